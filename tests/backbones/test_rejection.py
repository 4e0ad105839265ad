"""Rejection and resampling: the right distribution, no row twice, bounded work."""

from __future__ import annotations

import numpy as np
import pytest

from obverse.backbones import rejection
from obverse.backbones.rejection import reweighted
from obverse.core.errors import ImpossibleCondition


def uniform(rng, seen=None):
    def propose(m):
        if seen is not None:
            seen.append(m)
        return rng.random((m, 1))

    return propose


def test_rows_kept_follow_the_weighted_density_and_say_what_they_cost():
    rng = np.random.default_rng(0)
    drawn = reweighted(20_000, uniform(rng), lambda rows: np.log(rows[:, 0]), rng, "x")
    assert drawn.rows.shape == (20_000, 1)
    assert np.histogram(drawn.rows, 4, (0, 1))[0] / 20_000 == pytest.approx([1 / 16, 3 / 16, 5 / 16, 7 / 16], abs=0.012)
    assert drawn.how.how == "rejection" and drawn.how.ess == 20_000
    assert drawn.how.acceptance == pytest.approx(0.5, abs=0.02)


def test_where_too_few_are_kept_rows_are_chosen_by_weight_and_none_twice():
    rng, seen = np.random.default_rng(0), list[int]()
    drawn = reweighted(300, uniform(rng, seen), lambda rows: np.log(rows[:, 0]) - 20, rng, "x")
    assert len(np.unique(drawn.rows)) == 300
    assert drawn.rows.mean() == pytest.approx(2 / 3, abs=0.05)
    assert "importance" in drawn.how.how and drawn.how.acceptance is None and drawn.how.ess == 300
    assert sum(seen) < 3 * max(rejection.LEAST_PROPOSALS, 300 * rejection.PROPOSALS_PER_ROW)


def test_proposals_that_are_worth_less_than_is_asked_say_so_and_repeat():
    rng = np.random.default_rng(0)

    def one_in_ten_thousand(rows):
        return np.where(rows[:, 0] > 0.9999, -5.0, -60.0)

    drawn = reweighted(500, uniform(rng), one_in_ten_thousand, rng, "x")
    assert (drawn.rows > 0.9999).all() and 2 < drawn.how.ess < 60
    assert len(np.unique(drawn.rows)) < 60


def test_no_chance_at_all_is_an_error_that_names_the_question():
    rng = np.random.default_rng(0)
    with pytest.raises(ImpossibleCondition, match="the condition on the target 'y' has no probability"):
        reweighted(3, uniform(rng), lambda rows: np.full(len(rows), -np.inf), rng, "the target 'y'")


def test_time_is_bounded_too(monkeypatch):
    rng, clock = np.random.default_rng(0), iter(range(0, 10**9, 30))
    monkeypatch.setattr(rejection, "perf_counter", lambda: float(next(clock)))
    seen = list[int]()
    drawn = reweighted(5000, uniform(rng, seen), lambda rows: np.log(rows[:, 0]) - 9, rng, "x")
    assert len(drawn.rows) == 5000 and sum(seen) < 3 * rejection.LEAST_PROPOSALS


def test_no_rows_cost_nothing():
    rng = np.random.default_rng(0)
    assert reweighted(0, uniform(rng), lambda rows: rows[:, 0], rng, "x").rows.shape == (0, 1)


def test_a_pool_that_was_trimmed_keeps_the_weights_of_all():
    rng = np.random.default_rng(0)
    pool = rejection._Pool(500, rng)
    for i in range(40):
        rows = np.column_stack([rng.random(1000), np.full(1000, i)])
        pool.add(rows, np.log(rows[:, 0]) - (700 if i < 20 else 690))
    drawn = pool.chosen(200, "x")
    assert len(pool.rows) <= 500 and drawn.rows[:, 0].mean() == pytest.approx(2 / 3, abs=0.07)
    assert (drawn.rows[:, 1] >= 20).mean() > 0.95  # the first twenty batches weigh next to nothing
    assert pool.total**2 / pool.squares == pytest.approx(15_000, rel=0.05)  # twenty batches of 1,000, worth 3/4 each
