"""What is particular to `masked_diffusion_lm`: exact sums, holes, steps, what does not fit."""

import numpy as np
import pytest

import obverse
from obverse.core.errors import BadInput, CannotAnswer
from obverse.data.worlds.grammar import Grammar
from obverse.objectives import absorbing

SMALL = {"layers": 1, "width": 32, "heads": 2, "batch": 16, "rate": 1e-2, "orders": 2}
WORDS = ["ab", "ab", "abb", "ba"] * 30


@pytest.fixture(scope="module")
def fitted():
    return obverse.fit("masked_diffusion_lm", WORDS, seed=0, context=5, epochs=12, **SMALL)


def test_it_learns_a_few_words_and_their_shares(fitted):
    share = np.exp(fitted.log_prob(["ab", "abb", "ba"]))
    np.testing.assert_allclose(share, [0.5, 0.25, 0.25], atol=0.12)
    drawn = fitted.sample(300, seed=1)
    assert np.mean([text in ("ab", "abb", "ba") for text in drawn]) > 0.85
    assert np.mean([text == "ab" for text in drawn]) == pytest.approx(share[0], abs=0.12)


def test_what_does_not_fit(fitted):
    assert np.isneginf(fitted.log_prob(["ababab"])) and np.isfinite(fitted.log_prob([""]))
    with pytest.raises(BadInput, match="the context is 5; raise it"):
        obverse.fit("masked_diffusion_lm", ["abcdef"], context=5, **SMALL)
    with pytest.raises(BadInput, match="at most 4"):
        fitted.sample(1, given={"prompt": "ababab"})
    with pytest.raises(BadInput, match="more tokens than the context"):
        fitted.impute(["aba[HOLE]ba"])
    with pytest.raises(CannotAnswer, match="scores whole texts only"):
        fitted.log_prob(["a[HOLE]"])
    with pytest.raises(BadInput, match="orders"):
        obverse.fit("masked_diffusion_lm", WORDS, orders=0)
    with pytest.raises(BadInput, match="does not take a class target"):
        obverse.fit("masked_diffusion_lm", WORDS, ["x", "y"] * 60)


def test_few_held_out_texts_are_judged_by_many_hidings(monkeypatch):
    """By one each, which pass was the best is chance, and training stops too soon."""
    seen = list[int]()

    def hide(tokens, noise):
        seen.append(len(tokens))
        return hidden(tokens, noise)

    hidden = absorbing.hide
    monkeypatch.setattr(absorbing, "hide", hide)
    obverse.fit("masked_diffusion_lm", WORDS * 4, seed=0, context=5, epochs=2, **SMALL)  # 24 of 480 are held out
    assert max(seen) >= 500 and sum(count >= 500 for count in seen) == 2


def test_few_steps_are_said(fitted):
    fitted.write = 2
    drawn, how = fitted.sample(20, seed=1, details=True)
    fitted.write = None
    assert len(drawn) == 20 and "2 steps" in how.how
    assert fitted.sample(1, seed=1, details=True)[1].how == "exact"


def test_holes_of_a_grammar_are_filled():
    texts = Grammar().sample(400, seed=1).texts.tolist()
    model = obverse.fit("masked_diffusion_lm", texts, seed=0, context=32, epochs=10, **SMALL)
    filled = model.impute(["the dog[HOLE].", "a cat looks at [HOLE].", "a bird sleeps."], seed=0)
    assert filled[0].startswith("the dog") and filled[0].endswith(".") and filled[2] == "a bird sleeps."
    assert filled[1].startswith("a cat looks at ") and "[HOLE]" not in "".join(filled)


def test_the_first_orders_run_from_either_end():
    forwards, backwards, *drawn = obverse.fit(
        "masked_diffusion_lm", WORDS, seed=0, context=5, epochs=1, **{**SMALL, "orders": 4}
    ).orders_.tolist()
    assert forwards == [0, 1, 2, 3, 4] and backwards == forwards[::-1]
    assert len(drawn) == 2 and all(sorted(order) == forwards for order in drawn)
    alone = obverse.fit("masked_diffusion_lm", WORDS, seed=0, context=5, epochs=1, **{**SMALL, "orders": 1})
    assert alone.orders_.tolist() == [forwards]
