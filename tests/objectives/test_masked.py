"""Masked tokens: how many are hidden, replaced and kept, and what is asked of them."""

import math

import pytest
import torch

from obverse.objectives.masked import SHARE, hide, loss


def test_tokens_are_hidden_in_the_shares_of_the_paper():
    noise = torch.Generator().manual_seed(0)
    tokens = torch.randint(50, (400, 100), generator=noise)
    tokens[:, 80:] = -1
    shown, asked = hide(tokens, 50, 50, noise)
    there = tokens >= 0
    assert not asked[~there].any() and (shown[~asked] == tokens[~asked]).all()
    assert float(asked[there].float().mean()) == pytest.approx(SHARE, abs=0.01)
    hidden, same = shown[asked] == 50, shown[asked] == tokens[asked]
    assert float(hidden.float().mean()) == pytest.approx(0.8, abs=0.02)
    assert float(same.float().mean()) == pytest.approx(0.1 + 0.1 / 50, abs=0.02)


def test_something_is_always_asked_for_and_the_same_noise_asks_the_same():
    for seed in range(20):
        _, asked = hide(torch.tensor([[3, -1]]), 9, 9, torch.Generator().manual_seed(seed))
        assert asked.tolist() == [[True, False]]
    first, second = (hide(torch.arange(40)[None], 40, 40, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first[0], second[0]) and torch.equal(first[1], second[1])


def test_the_loss_is_the_mean_of_the_tokens_asked_for():
    scores = torch.log(torch.tensor([[0.5, 0.5], [0.1, 0.9]]))
    assert float(loss(scores, torch.tensor([0, 1]))) == pytest.approx(-(math.log(0.5) + math.log(0.9)) / 2)
