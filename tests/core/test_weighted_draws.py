"""Families that draw by weighted proposals: what that costs reaches the caller, whatever the question."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from obverse.core.card import Card
from obverse.core.model import Model
from obverse.core.queries import Details, Drawn, Samples, Scores
from obverse.modalities.table import TABLE


class Halves(Samples, Scores, Model):
    """Two independent uniform numbers. It says that half of its proposals are kept, and that rows are worth a quarter.

    Conditions on `u` alone are exact, those on `v` too are weighted, and conditions `is missing` it does not know.
    """

    card = Card(
        key="halves", title="Halves", learns=frozenset({"P(x)"}), modality=TABLE, backbone="none", objective="none",
        log_prob="unnormalised", missing="marginalised", condition="row", references=("none",), tasks=frozenset(),
    )  # fmt: skip

    def __init__(self, random_state: Any = None) -> None:
        self.random_state = random_state

    def _fit(self, data: Any, rng: Any) -> None:
        """Nothing to learn: the world is known."""

    def _state(self) -> dict[str, Any]:
        return {}

    def _restore(self, state: Any) -> None:
        """Nothing was learned."""

    def _log_prob(self, event: Any) -> Any:
        total = np.zeros(len(event))
        for region in event.regions.values():
            total += np.log(sum(max(min(b, 1.0) - max(a, 0.0), 0.0) for a, b, *_ in region.intervals))
        return total

    def _sample(self, n: int, given: Any, rng: Any) -> Any:
        return self._draw(n, given, rng).rows

    def _draw(self, n: int, given: Any, rng: Any) -> Drawn:
        rows = np.empty((n, 2))
        for j in range(2):
            ((a, b, *_),) = given.regions[j].intervals
            rows[:, j] = rng.uniform(max(a, 0.0), min(b, 1.0), n)
        free = given.regions[1] == TABLE.blank(self.schema_).regions[1]
        plain = free and given.regions[0] != TABLE.blank(self.schema_).regions[0]
        return Drawn(rows) if plain else Drawn(rows, Details("weighted", 0.5, n / 4, ("as it says",)))

    def _honours(self, asked: Any, columns: Any) -> Any:
        return "no" if "missing" in asked else "exact" if columns <= {0} else "weighted"


@pytest.fixture(scope="module")
def halves() -> Any:
    rows = np.random.default_rng(0).random((500, 2))
    rows[:2] = [[0, 0], [1, 1]]
    return Halves(random_state=0).fit(pd.DataFrame(rows, columns=["u", "v"]))


def test_free_draws_say_what_they_cost(halves: Any) -> None:
    _, how = halves.sample(40, seed=0, details=True)
    assert how == Details("weighted", 0.5, 10.0, ("as it says",))
    assert str(how) == "weighted | acceptance 0.5 | ESS 10 | as it says"


def test_a_condition_that_draws_exactly_costs_nothing(halves: Any) -> None:
    rows, how = halves.sample(40, given="u > 0.9", seed=0, details=True)
    assert how == Details("exact") and (rows["u"] > 0.9).all()
    p, how = halves.probability("u > 0.9", details=True)
    assert p == pytest.approx(0.1) and how == Details("exact")


@pytest.mark.parametrize("given", ["v > 0.999", "v > 0.999 or u < 0.001"])
def test_a_weighted_condition_reaches_the_family_and_reports_the_weights(halves: Any, given: str) -> None:
    rows, how = halves.sample(400, given=given, seed=0, details=True)
    assert ((rows["v"] > 0.999) | (rows["u"] < 0.001)).all()
    assert how.how == "weighted" and 0 < how.acceptance < 1 and 0 < how.ess < 400
    if " or " not in given:
        assert (how.acceptance, how.ess) == (0.5, 100.0)


def test_rejection_of_weighted_draws_multiplies_the_acceptances(halves: Any) -> None:
    rows, how = halves.sample(2000, given="u < v and v > 0.5", seed=0, details=True)
    assert (rows["u"] < rows["v"]).all()
    assert how.how == "rejection, weighted"
    assert how.acceptance == pytest.approx(0.75 / 2, abs=0.03)
    assert how.ess == pytest.approx(500)


def test_a_condition_the_family_does_not_know_is_met_by_rejection(halves: Any) -> None:
    _, how = halves.sample(2000, given="v > 0.5 and u is not missing", seed=0, details=True)
    assert how.how == "rejection, weighted"
    assert how.acceptance == pytest.approx(0.5 / 2, abs=0.03)


def test_an_event_is_a_share_of_weighted_draws_with_the_error_of_what_they_are_worth(halves: Any) -> None:
    p, how = halves.probability("v > 0.5", given="v > 0.2", seed=0, details=True)
    assert p == pytest.approx(0.5 / 0.8, abs=0.02)
    assert how.ess == 5000.0 and how.acceptance == 0.5
    assert float(how.how.rpartition(" ")[2]) == pytest.approx(np.sqrt(p * (1 - p) / 5000), rel=0.05)


def test_points_reach_a_family_that_honours_them(halves: Any) -> None:
    class Pinned(Halves):
        card = Halves.card

        def _draw(self, n: int, given: Any, rng: Any) -> Drawn:
            assert given.values[0, 1] == 0.25
            return Drawn(np.tile([0.5, 0.25], (n, 1)), Details("weighted", ess=1.0))

    pinned = Pinned(random_state=0).fit(halves.sample(50, seed=0))
    pinned._log_prob = lambda event: np.zeros(len(event))
    rows, how = pinned.sample(3, given="v == 0.25", seed=0, details=True)
    assert (rows["v"] == 0.25).all() and how.ess == 1.0
