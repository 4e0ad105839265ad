"""Windows of texts: every token once an epoch where texts are short, random places of long ones, an end held out."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from obverse.training.texts import Windows

CPU = torch.device("cpu")


def windows(sizes, context, labels=None):
    rng, first = np.random.default_rng(0), np.cumsum([0, *sizes])
    texts = [np.arange(a, b) for a, b in pairwise(first)]
    codes = np.zeros(len(sizes), np.int64) if labels is None else np.asarray(labels)
    return Windows(texts, codes, 2, context, rng, CPU), texts


def test_short_texts_are_rows_of_their_own():
    made, _ = windows([3, 5, 2], 8, [0, 1, 0])
    assert not made.passages and made.tokens == 10 and len(made.rows) == 3 and len(made.held) == 0
    found = {}
    for marks, tokens in made.batches(made.rows, torch.Generator().manual_seed(0)):
        found |= {int(t[0]): (int(m), t[t >= 0].tolist()) for m, t in zip(marks, tokens, strict=True)}
    assert found == {0: (0, [0, 1, 2]), 3: (1, [3, 4, 5, 6, 7]), 8: (0, [8, 9])}


def test_sorting_by_length_loses_no_row_and_saves_padding():
    made, texts = windows([*np.random.default_rng(1).integers(2, 200, 100)], 256)
    parts = made.batches(made.rows, torch.Generator().manual_seed(0))
    assert len(parts) > 1
    seen = sorted(int(token) for _, tokens in parts for token in tokens[tokens >= 0])
    learned = sorted(token for i, text in enumerate(texts) for token in text)
    assert seen == learned
    assert sum(tokens.numel() for _, tokens in parts) < 0.8 * 100 * made.longest


def test_a_long_text_among_many_begins_once_and_goes_on_elsewhere():
    made, _ = windows([*[3] * 30, 100], 10)
    assert not made.passages
    marks, tokens = made.batches(made.rows[-10:], torch.Generator().manual_seed(0))[0]
    assert marks.tolist().count(0) >= 1 and marks.tolist().count(2) >= 7  # kind 0, and kind 0 going on
    for mark, row in zip(marks.tolist(), tokens, strict=True):
        assert (row[1:] - row[:-1] == 1).all() and (int(row[0]) == 90) == (mark == 0)
    other = made.batches(made.rows[-10:], torch.Generator().manual_seed(1))[0][1]
    assert not torch.equal(other, tokens)


def test_one_long_text_is_learned_as_passages_and_its_end_is_held_out():
    made, _ = windows([5_000], 20)
    assert made.passages and made.tokens == pytest.approx(4_900, abs=20)
    marks, tokens = made.batches(made.rows, torch.Generator().manual_seed(0))[0]
    assert set(marks.tolist()) == {2} and int(tokens.max()) < 4_900
    held = torch.cat([t.flatten() for _, t in made.batches(made.held, torch.Generator().manual_seed(0))])
    assert sorted(held[held >= 0].tolist()) == list(range(4_900, 5_000))


def test_of_many_texts_some_are_held_out_whole():
    made, _ = windows([4] * 600, 8)
    parts = made.batches(made.held, torch.Generator().manual_seed(0))
    held = {int(row[0]) // 4 for _, tokens in parts for row in tokens}
    assert len(held) == 30 and len(made.rows) == 570
