"""The loop: the best weights are kept, seeds decide, and a training that is killed goes on to the same result."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from obverse.core.errors import BadInput

torch = pytest.importorskip("torch")

from obverse.training.device import arrays_of, trainable  # noqa: E402
from obverse.training.loop import History, Player, Recipe, train  # noqa: E402

X = np.random.default_rng(0).normal(size=(300, 8))
Y = X @ np.arange(8.0) + np.random.default_rng(1).normal(size=300)
DROPS = 0.3  # share of inputs that noise hides, so that the generator's state matters

# One training in a process of its own; `slow` leaves time to kill it between two epochs.
SCRIPT = """
import json, sys, time
from tests_loop import fitted
history, weights = fitted(sys.argv[1], slow=float(sys.argv[2]))
print(json.dumps({"losses": history.losses, "held": history.held, "best": history.best,
                  "weights": {k: w.tobytes().hex() for k, w in weights.items()}}))
"""


def fitted(folder: str | None = None, *, slow: float = 0.0, seed: int = 0, epochs: int = 12, patience: int = 20):
    """A line fitted with hidden inputs: history and weights."""
    rng = np.random.default_rng(seed)
    weights = trainable({"w": rng.normal(size=(8, 1)), "b": np.zeros(1)}, torch.device("cpu"))
    x, y = torch.as_tensor(X, dtype=torch.float32), torch.as_tensor(Y, dtype=torch.float32)

    def loss(rows, noise):
        time.sleep(slow)
        kept = torch.rand(len(rows), 8, generator=noise) > DROPS
        return ((x[rows] * kept) @ weights["w"][:, 0] + weights["b"] - y[rows]).square().mean()

    recipe = Recipe(epochs=epochs, batch=50, rate=0.1, patience=patience, average=0.9)
    rows = torch.arange(300)
    history = train([Player("line", weights, loss)], rows[:250], rows[250:], recipe, rng, folder=folder, data="line")
    return history, arrays_of(weights)


def same(one: tuple[History, dict], other: tuple[History, dict]) -> bool:
    bits = all(one[1][k].tobytes() == other[1][k].tobytes() for k in one[1])
    return one[0] == other[0] and bits


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    assert same(fitted(), fitted())
    assert not same(fitted(), fitted(seed=1))


def test_it_learns():
    history, weights = fitted(epochs=30)
    assert history.held[history.best] < 0.7 * history.held[0]
    assert np.corrcoef(weights["w"][:, 0], np.arange(8))[0, 1] > 0.9


def test_the_best_weights_on_held_out_rows_are_kept_and_training_stops_by_them():
    steps: list[int] = []
    weights = trainable({"w": np.zeros(1)}, torch.device("cpu"))

    def loss(rows, noise):
        """The held-out row is best served near 1; the others pull on to 10."""
        held = bool((rows == 0).any())
        steps.append(0 if held else 1)
        return (weights["w"] - (1.0 if held else 10.0)).square().sum()

    rows = torch.arange(5)
    recipe = Recipe(epochs=500, batch=4, rate=0.05, decay=0.0, patience=3, warm_up=0.0, least=0.0)
    history = train([Player("p", weights, loss)], rows[1:], rows[:1], recipe, np.random.default_rng(0))
    assert history.best == int(np.argmin(history.held)) and len(history.held) == history.best + 1 + 3
    assert abs(float(weights["w"][0].detach()) - 1) < 0.1
    assert len(history.losses) < 500


def test_without_patience_or_held_out_rows_the_last_weights_are_kept():
    weights = trainable({"w": np.zeros(1)}, torch.device("cpu"))

    def loss(rows, noise):
        return (weights["w"] - 10).square().sum()

    history = train([Player("p", weights, loss)], torch.arange(4), None, Recipe(epochs=5, patience=0, rate=0.1),
                    np.random.default_rng(0))  # fmt: skip
    assert history.best == 4 and history.held == [] and float(weights["w"][0].detach()) > 0.1


def test_players_take_turns():
    calls: list[str] = []
    sides = [trainable({"w": np.zeros(1)}, torch.device("cpu")) for _ in range(2)]

    def loss_of(i):
        def loss(rows, noise):
            calls.append("ab"[i])
            return (sides[i]["w"] - 1).square().sum() + sides[1 - i]["w"].sum()

        return loss

    players = [Player("a", sides[0], loss_of(0)), Player("b", sides[1], loss_of(1), every=3)]
    train(players, torch.arange(12), None, Recipe(epochs=1, batch=2, patience=0), np.random.default_rng(0))
    assert "".join(calls) == "abaaabaa"
    assert all(float(s["w"][0].detach()) > 0 for s in sides)  # nobody moves the other's weights


def test_a_loss_that_is_no_number_is_an_error():
    weights = trainable({"w": np.ones(1)}, torch.device("cpu"))
    with pytest.raises(FloatingPointError, match="epoch 1"):
        train([Player("p", weights, lambda r, g: weights["w"].sum() * float("nan"))], torch.arange(4), None,
              Recipe(epochs=1), np.random.default_rng(0))  # fmt: skip


def run(folder: Path, slow: float) -> subprocess.Popen[str]:
    code = SCRIPT.replace("tests_loop", Path(__file__).stem)
    start = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
    return subprocess.Popen(
        [sys.executable, "-c", start + code, str(folder), str(slow)], stdout=subprocess.PIPE, text=True
    )


def test_a_training_that_was_killed_goes_on_to_the_same_bits(tmp_path):
    whole = fitted()
    process = run(tmp_path / "state", 0.02)
    deadline = time.monotonic() + 60
    while not (tmp_path / "state" / "epoch-00003").is_dir() and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it ended before it was killed"
    again, _ = (second := run(tmp_path / "state", 0.0)).communicate(timeout=60)
    assert second.returncode == 0
    said = json.loads(again)
    assert said["losses"] == whole[0].losses and said["held"] == whole[0].held and said["best"] == whole[0].best
    assert said["weights"] == {k: w.tobytes().hex() for k, w in whole[1].items()}


def test_a_finished_training_is_not_trained_again(tmp_path):
    first = fitted(str(tmp_path))
    start = time.monotonic()
    assert same(first, fitted(str(tmp_path), slow=1.0)) and time.monotonic() - start < 1.0


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    fitted(str(tmp_path), epochs=1)
    with pytest.raises(BadInput, match="another training"):
        fitted(str(tmp_path), epochs=1, seed=3)


def test_a_changed_checkpoint_is_refused_and_nothing_in_it_is_pickled(tmp_path):
    fitted(str(tmp_path), epochs=1)
    (state,) = tmp_path.glob("epoch-*")
    assert sorted(p.name for p in state.iterdir()) == ["state.json", "tensors.safetensors"]
    data = bytearray((state / "tensors.safetensors").read_bytes())
    data[-1] ^= 1
    (state / "tensors.safetensors").write_bytes(data)
    with pytest.raises(BadInput, match="changed"):
        fitted(str(tmp_path), epochs=1)


def test_progress_is_silent_without_a_terminal(capsys):
    fitted(epochs=2)
    assert capsys.readouterr() == ("", "")


def test_it_does_not_stop_before_it_has_begun_and_held_out_rows_can_have_a_loss_of_their_own():
    weights = trainable({"w": np.zeros(1)}, torch.device("cpu"))

    def loss(rows, noise):
        return (weights["w"] - 1.0).square().sum()

    def judged(rows, noise):
        return weights["w"].square().sum()  # rises from the start

    recipe = Recipe(epochs=50, batch=4, rate=0.01, patience=2, least=0.4)
    history = train(
        [Player("one", weights, loss, judged=judged)], torch.arange(4), torch.arange(1), recipe,
        np.random.default_rng(0),
    )  # fmt: skip
    assert history.best == 0 and len(history.held) == 21


def test_buffers_are_kept_with_the_best_weights_and_over_a_kill(tmp_path):
    """What the loss changes by itself (a running mean, a count of steps) goes back to the epoch that was best."""

    def counted(folder, epochs, seen):
        weights = trainable({"w": np.zeros((8, 1))}, torch.device("cpu"))
        x, y = torch.as_tensor(X, dtype=torch.float32), torch.as_tensor(Y, dtype=torch.float32)

        def loss(rows, noise):
            seen.add_(1)
            return ((x[rows] @ weights["w"])[:, 0] - y[rows]).square().mean()

        def judged(rows, noise):
            return (seen - 10.0).square()  # best after ten steps, two epochs of five

        rows = torch.arange(300)
        player = Player("line", weights, loss, judged=judged, buffers={"seen": seen})
        recipe = Recipe(epochs=epochs, batch=50, rate=0.1, patience=20)
        return train([player], rows[:250], rows[250:], recipe, np.random.default_rng(0), folder=folder, data="line")

    seen = torch.zeros(())
    assert counted(None, 6, seen).best == 1 and float(seen) == 10.0
    again = torch.zeros(())
    counted(tmp_path / "c", 6, again)
    found = torch.zeros(())
    history = counted(tmp_path / "c", 6, found)  # everything is done: only the kept state is put back
    assert history.best == 1 and float(found) == 10.0


def test_a_budget_ends_training_and_a_longer_one_is_not_reached():
    weights = trainable({"w": np.zeros((8, 1))}, torch.device("cpu"))
    x, y = torch.as_tensor(X, dtype=torch.float32), torch.as_tensor(Y, dtype=torch.float32)

    def loss(rows, noise):
        time.sleep(0.01)
        return ((x[rows] @ weights["w"])[:, 0] - y[rows]).square().mean()

    def steps(epochs, budget):
        recipe = Recipe(epochs=epochs, batch=50, patience=0, budget=budget)
        return train([Player("line", weights, loss)], torch.arange(300), None, recipe, np.random.default_rng(0)).steps

    assert steps(3, 60.0) == 18
    assert 1 <= steps(100_000, 0.3) <= 31  # of at least a hundredth of a second each
