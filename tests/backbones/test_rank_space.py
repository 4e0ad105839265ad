"""A column on the line of its ranks: masses, densities and draws that belong together."""

from __future__ import annotations

import numpy as np
import pytest

from obverse.backbones.rank_space import RankSpace
from obverse.core.evidence import Region, interval
from obverse.core.schema import Column

RNG = np.random.default_rng(0)
CATEGORY = Column("c", "category", "str", values=("a", "b", "c"))
WHOLE = Column("w", "number", "int64", step=1.0, low=0.0, high=9.0)
FINE = Column("f", "number", "float64", low=0.0, high=1.0, atoms=(0.0,))
WIDE = Column("p", "number", "int64", step=1.0, low=0.0, high=1e6)

CASES = {
    "category": (CATEGORY, RNG.integers(0, 3, 200).astype(float)),
    "whole": (WHOLE, RNG.integers(0, 10, 400).astype(float)),
    "fine": (FINE, np.where(RNG.random(500) < 0.3, 0.0, RNG.random(500))),
    "wide": (WIDE, RNG.integers(0, 1_000_000, 500).astype(float)),
}


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> tuple[RankSpace, np.ndarray]:
    column, cells = CASES[request.param]
    return RankSpace.of(column, cells)[0], cells


def test_every_known_cell_has_a_rank_of_its_own_and_a_missing_one_none() -> None:
    cells = np.array([2.0, np.nan, 1.0, 1.0])
    space, rank = RankSpace.of(CATEGORY, cells)
    assert sorted(rank[[0, 2, 3]]) == [0, 1, 2]
    assert rank[1] == -1
    assert rank[0] == 2
    assert space.rows == 3


def test_everything_is_the_whole_line(case: tuple[RankSpace, np.ndarray]) -> None:
    space, _ = case
    pieces = space.pieces(Region.everything(space.column))
    assert (pieces[:, 1] - pieces[:, 0]).sum() == pytest.approx(space.rows)


def test_places_go_to_numbers_and_back(case: tuple[RankSpace, np.ndarray]) -> None:
    space, _ = case
    place = np.linspace(0.01, space.rows - 0.01, 97)
    number = space.numbers_at(place)
    low, high = space.interval_of(number)
    assert ((low <= place + 1e-6) & (place <= np.maximum(high, low) + 1e-6)).all()


def test_a_region_holds_as_many_ranks_as_rows(case: tuple[RankSpace, np.ndarray]) -> None:
    space, cells = case
    if space.column.kind == "category":
        region = Region(False, codes=(True, False, True))
    else:
        region = interval(float(np.quantile(cells, 0.2)), float(np.quantile(cells, 0.7)))
    pieces = space.pieces(region)
    rows = region.contains(cells).sum()
    assert (pieces[:, 1] - pieces[:, 0]).sum() == pytest.approx(rows, abs=0 if space.tied else 25)


def test_the_slope_of_a_density_integrates_to_the_line() -> None:
    column, cells = CASES["fine"]
    space, _ = RankSpace.of(column, cells)
    x = (np.arange(400_000) + 0.5) / 200_000 - 0.5
    area = np.exp(space.log_slope(x)).sum() / 200_000
    assert area + (cells == 0).sum() == pytest.approx(len(cells), rel=1e-3)


def test_atoms_of_a_density_keep_their_mass() -> None:
    column, cells = CASES["fine"]
    low, high = RankSpace.of(column, cells)[0].interval_of(np.array([0.0, 0.123]))
    assert high[0] - low[0] == (cells == 0).sum()
    assert high[1] == low[1]


def test_heaps_on_a_fine_grid_are_kept_and_forgotten_with_histogram() -> None:
    cells = np.concatenate([RNG.integers(0, 1_000_000, 500), np.full(40, 137_500)]).astype(float)
    kept, forgotten = (RankSpace.of(WIDE, cells, histogram=h)[0] for h in (False, True))
    width = [np.subtract(*s.interval_of(np.array([137_500.0]))[::-1])[0] for s in (kept, forgotten)]
    assert width[0] >= 40
    assert width[1] < 10


def test_few_knots_are_kept_of_a_number_that_hardly_repeats() -> None:
    cells = RNG.random(10_000)
    space, _ = RankSpace.of(Column("x", "number", "float64", low=0.0, high=1.0), cells)
    assert len(space.value) <= 2 * np.sqrt(len(cells)) + 2


@pytest.mark.parametrize("name", ["whole", "fine", "wide", "category"])
def test_what_was_never_met_has_a_mass_that_sums_to_one(name: str) -> None:
    space, _ = RankSpace.of(*CASES[name])
    assert space.unmet_mass(Region.everything(space.column)) == pytest.approx(1.0)
    part = Region(False, codes=(True, True, False)) if name == "category" else interval(0.0, space.column.high)
    drawn = space.draw_unmet(part, RNG.random(500))
    assert part.contains(drawn).all()
    if name == "whole":
        points = np.arange(-30.0, 40.0)
        assert np.exp(space.log_unmet(points)).sum() == pytest.approx(1.0)


def test_state_round_trip_and_damage(case: tuple[RankSpace, np.ndarray]) -> None:
    space, _ = case
    again = RankSpace.from_state(space.column, space.state())
    place = np.linspace(0, space.rows - 1e-9, 31)
    assert (again.numbers_at(place) == space.numbers_at(place)).all()
    with pytest.raises(ValueError, match="fit its values"):
        RankSpace.from_state(space.column, space.state() | {"low": space.low[:-1]})
    with pytest.raises(ValueError, match="overlap"):
        RankSpace.from_state(space.column, space.state() | {"high": space.high + space.rows})


def test_the_ends_of_a_continuous_line_are_bounds_and_no_heaps() -> None:
    cells = RNG.normal(size=500)
    bounds = float(cells.min()), float(cells.max())
    space, _ = RankSpace.of(Column("n", "number", "float64", low=bounds[0], high=bounds[1]), cells)
    for place in (np.linspace(0.01, 0.6, 20), space.rows - np.linspace(0.01, 0.6, 20)):
        number = space.numbers_at(place)
        assert ((number > bounds[0]) & (number < bounds[1])).all(), "moved to a bound it would be a copy"
        assert len(np.unique(number)) == 20


def test_a_tied_column_of_many_values_has_no_more_cells_than_asked() -> None:
    """Each holds whole values, and as many rows as the values allow."""
    values = np.repeat(np.arange(100.0), 30)
    space, _ = RankSpace.of(Column("n", "number", "int64", step=1.0, low=0.0, high=99.0), values)
    few, every = space.cells(8), space.cells(128)
    assert space.tied and len(few) == 9 and set(few) <= set(every) and len(every) == 101
    assert few[0] == 0 and few[-1] == 3_000 and np.ptp(np.diff(few)) <= 30
