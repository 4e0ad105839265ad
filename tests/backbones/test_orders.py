"""Probabilities along orders of places, and draws, against all texts that fit, listed."""

from itertools import product

import numpy as np
import pytest
import torch

from obverse.backbones.encoder import Encoder
from obverse.backbones.orders import HIDDEN, Revealed
from obverse.objectives import absorbing

LETTERS, PLACES = 3, 4  # kinds of token, the end among them


@pytest.fixture(scope="module")
def asked():
    torch.manual_seed(0)
    body = Encoder(LETTERS, width=8, layers=1, heads=2, context=PLACES, dropout=0.0).eval()
    for parameter in body.parameters():
        torch.nn.init.normal_(parameter, std=0.6)
    return Revealed(body, ())


def every():
    rows = [t for size in range(PLACES) for t in product(range(1, LETTERS), repeat=size)]
    return np.array([[*t, *[0] * (PLACES - len(t))] for t in rows])


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]])
def test_all_texts_that_fit_have_probability_one(asked, order):
    log = asked.log_prob(every(), np.array(order))
    assert np.exp(log).sum() == pytest.approx(1, abs=1e-6)
    two = asked.log_prob(every()[[5, 3]], np.array(order))
    np.testing.assert_allclose(two, log[[5, 3]], atol=1e-5)


def test_draws_have_the_probabilities_that_are_said(asked):
    order, texts = np.array([2, 0, 3, 1]), every()
    share = np.exp(asked.log_prob(texts, order))
    start = np.full((4_000, PLACES), HIDDEN)
    drawn = asked.reveal(start, np.tile(order, (4_000, 1)), np.random.default_rng(0))
    met = np.array([(drawn == text).all(axis=1).mean() for text in texts])
    assert met.sum() == 1, "every draw is a text that fits"
    assert np.abs(met - share).max() < 4 * np.sqrt(0.25 / 4_000)
    fast = asked.reveal(start[:500], np.tile(order, (500, 1)), np.random.default_rng(0), steps=2)
    assert all((texts == row).all(axis=1).any() for row in fast), "tokens drawn together still make a text"


def test_what_is_seen_stays(asked):
    start = np.array([[HIDDEN, 2, HIDDEN, HIDDEN]] * 50)
    drawn = asked.reveal(start, np.tile(np.arange(PLACES), (50, 1)), np.random.default_rng(1))
    assert (drawn[:, 1] == 2).all() and (drawn[:, 0] > 0).all() and (drawn[:, 3] == 0).all()


def test_the_loss_bounds_what_orders_say(asked):
    """Over many draws of what is hidden the loss is the mean of -log p over all orders."""
    from itertools import permutations

    tokens = torch.tensor([[1, 2, 0, 0], [2, 0, 0, 0]])
    each = np.stack([asked.log_prob(tokens.numpy(), np.array(order)) for order in permutations(range(PLACES))])
    noise = torch.Generator().manual_seed(0)
    many = tokens.repeat(3_000, 1)
    hidden, weight = absorbing.hide(many, noise)
    with torch.no_grad():
        shown = many.where(~hidden, asked.body.mask)
        scores = asked.body.scores(asked.body.read(shown)[0][-1][:, 1:])[..., :LETTERS]
    # the last place can hold an end only; the loss leaves that to be learned
    scores[:, -1, 1:] = -1e9
    found = float(absorbing.loss(scores, many, hidden, weight))
    assert found == pytest.approx(-each.mean(), rel=0.05)
    assert np.logaddexp.reduce(each, axis=0).mean() - np.log(len(each)) >= each.mean()
