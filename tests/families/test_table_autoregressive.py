"""The network's own claims: an order is a mask, numpy and torch agree, checkpoints lead to the same model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.backbones import order_net
from obverse.core.errors import BadInput
from obverse.data import worlds

torch = pytest.importorskip("torch")

from obverse.objectives.autoregressive import gains, negative_log_likelihood, shown_in  # noqa: E402
from obverse.training.device import trainable  # noqa: E402

SIZES = (3, 5, 2, 7)
SHARES = tuple(np.full(k, 1 / k) for k in SIZES)
PLACES = (None, np.linspace(0.1, 0.9, 5), None, np.append(np.linspace(0.1, 0.9, 6), np.nan))


def network() -> order_net.OrderNet:
    rng = np.random.default_rng(0)
    weights = order_net.start(SIZES, SHARES, PLACES, width=8, embed=6, rng=rng)
    weights["out"] = rng.normal(size=weights["out"].shape)
    return order_net.OrderNet({k: w.astype(np.float32) for k, w in weights.items()}, SHARES, np.zeros(4))


def scores(net: order_net.OrderNet, codes: np.ndarray, order: list[int]) -> torch.Tensor:
    starts = torch.as_tensor(np.cumsum([0, *SIZES[:-1]]))
    runs = [(len(codes), shown_in(torch.tensor(order)))]
    return order_net.logits(trainable(net.weights, torch.device("cpu")), torch.as_tensor(codes), starts, runs)


def rows(n: int = 50) -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.stack([rng.integers(-1, k, n) for k in SIZES], axis=1)


def test_a_column_sees_only_those_before_it_in_the_order():
    net, codes, order = network(), rows(), [2, 0, 3, 1]
    before = scores(net, codes, order)
    for place, j in enumerate(order):
        changed = codes.copy()
        changed[:, j] = (changed[:, j] + 1) % SIZES[j]
        moved = (scores(net, changed, order) != before).any(dim=2).any(dim=1)
        assert set(np.flatnonzero(moved.detach().numpy())) == set(order[place + 1 :])


def test_numpy_says_what_torch_says():
    net, codes, order = network(), rows(), [2, 0, 3, 1]
    said = scores(net, codes, order).detach().double()
    for place, j in enumerate(order):
        shown = np.full_like(codes, -1)
        shown[:, order[:place]] = codes[:, order[:place]]
        wanted = torch.softmax(said[j], dim=1)[:, : SIZES[j]].numpy()
        assert np.abs(net.chances(shown, j) - wanted).max() < 1e-5


def test_unknown_cells_cost_nothing():
    net, codes = network(), rows()
    nats = negative_log_likelihood(scores(net, codes, [0, 1, 2, 3]), torch.as_tensor(codes)).detach().numpy()
    assert (nats[(codes < 0).all(axis=1)] == 0).all() and (nats >= 0).all()


def test_a_column_learned_by_heart_answers_by_its_shares_and_the_others_keep_their_network():
    """Column 1 follows column 0; the network is as sure of column 3, whose cells are drawn by lot."""
    rng = np.random.default_rng(0)
    weights = order_net.start(SIZES, SHARES, PLACES, width=8, embed=6, rng=rng)
    weights["out"] = np.zeros(weights["out"].shape)
    weights["out.bias"][1, 0, :5] = [4, 0, 0, 0, 0]
    weights["out.bias"][3, 0, :7] = [4, 0, 0, 0, 0, 0, 0]
    net = order_net.OrderNet(weights, SHARES, np.full(4, 1e-3))
    codes = np.stack([rng.integers(k, size=400) for k in SIZES], axis=1)
    codes[:, 1] = 0
    mixed = net.mixed(codes, np.array([0, 1, 2, 3]))
    assert mixed.slack[1] < 0.01 and mixed.slack[3] > 0.95
    assert np.abs(mixed.chances(codes, 3) - SHARES[3]).max() < 0.05
    assert (net.slack == 1e-3).all()


def test_held_out_rows_judge_a_column_by_its_shares_at_most():
    alone = torch.log(torch.full((4, 7), 1e-12))
    for j, share in enumerate(SHARES):
        alone[j, : len(share)] = torch.as_tensor(np.log(share), dtype=torch.float32)
    codes = torch.as_tensor(np.random.default_rng(0).integers(0, 2, (200, 4)))
    by_heart = torch.zeros(4, 200, 7)
    by_heart[3, :, 6] = 20.0  # sure and wrong
    wanted = sum(np.log(k) for k in SIZES)
    cost = gains(lambda c, runs: by_heart, codes, torch.arange(4), alone)
    assert float(negative_log_likelihood(by_heart, codes).mean()) > 20
    assert float(cost) <= wanted + 1e-4


def test_few_rows_with_many_idle_columns_are_learned_all_the_same():
    """A target that follows one of ten numbers: the nine others, which follow nothing, must not end training."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 10))
    frame = pd.DataFrame(x, columns=list("abcdefghij")).assign(y=3 * x[:, 4] + 0.5 * rng.normal(size=200))
    model = obverse.fit("table_autoregressive", frame, "y", seed=0)
    fresh = rng.normal(size=(300, 10))
    said = model.predict(pd.DataFrame(fresh, columns=list("abcdefghij")))
    assert np.corrcoef(said, fresh[:, 4])[0, 1] > 0.8


def test_training_from_a_checkpoint_gives_the_same_model(tmp_path):
    frame = worlds.ALL[0].sample(150, 0)
    made = [
        obverse.fit("table_autoregressive", frame, seed=0, epochs=3, checkpoint=where)
        for where in (None, str(tmp_path / "state"), str(tmp_path / "state"))
    ]
    drawn = [m.sample(20, seed=1) for m in made]
    assert drawn[0].equals(drawn[1]) and drawn[0].equals(drawn[2])
    with pytest.raises(BadInput, match="another training"):
        obverse.fit("table_autoregressive", frame.head(140), seed=0, epochs=3, checkpoint=str(tmp_path / "state"))


def test_arguments_are_checked_together():
    with pytest.raises(BadInput, match=r"width .*any_order"):
        obverse.fit("table_autoregressive", worlds.ALL[0].sample(50, 0), width=0, any_order=2.0)
