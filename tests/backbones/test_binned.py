"""A column on a line of cells: every value has its place, and parts of the line add up."""

import numpy as np
import pytest

from obverse.backbones.binned import Line, bins_for, category_line, number_line
from obverse.core.evidence import Region, interval
from obverse.core.schema import Column

NONE = np.zeros(0, int)


def smooth(n=500, seed=0):
    values = np.random.default_rng(seed).normal(size=n)
    return Column("x", "number", "float64", low=values.min(), high=values.max()), values


def heaped(n=500, seed=0):
    values = np.where(np.random.default_rng(seed).random(n) < 0.4, 0.0, smooth(n)[1])
    return Column("x", "number", "float64", low=values.min(), high=values.max(), atoms=(0.0,)), values


def whole(n=500, seed=0):
    values = np.random.default_rng(seed).poisson(300, size=n).astype(float)
    return Column("x", "number", "int64", step=1.0, low=values.min(), high=values.max()), values


CASES = pytest.mark.parametrize("made", [smooth, heaped, whole])


@CASES
def test_every_value_has_one_cell_and_shares_of_a_bin_sum_to_one(made):
    column, values = made()
    line, base = number_line(column, values, 20)
    cell = line.cell_of(values)
    assert (cell >= 0).all()
    assert ((line.low[cell] < values) | (line.low[cell] == line.high[cell])).all() and (values <= line.high[cell]).all()
    np.testing.assert_allclose(line.overlap, 1.0)
    assert base.sum() == pytest.approx(1.0) and (base > 0).all() and (np.diff(line.bin) >= 0).all()
    counted = np.bincount(line.bin[cell], minlength=line.bins) / len(values)
    np.testing.assert_allclose(counted, base, atol=0.01)


@CASES
def test_positions_are_found_again_from_what_lies_below_them(made):
    column, values = made()
    line, _ = number_line(column, values, 20)
    x = np.linspace(column.low, column.high, 301)[1:-1] + 1e-4
    which, share = line.below(x)
    np.testing.assert_allclose(line.at(which, share), x, atol=1e-6)


@CASES
def test_a_region_and_its_complement_make_the_whole(made):
    column, values = made()
    line, _ = number_line(column, values, 20)
    low, high = np.quantile(values, [0.2, 0.7])
    region = interval(float(low), float(high))
    inside, outside = (line.within(r, column, NONE) for r in (region, region.complement()))
    np.testing.assert_allclose(inside.overlap + outside.overlap, line.overlap, atol=1e-12)
    which, share = inside.below(np.array([-np.inf, np.inf]))
    assert which[0] <= which[1] and share[0] == 0


def test_a_heap_is_a_point_and_belongs_only_to_regions_that_hold_it():
    column, values = heaped()
    line, base = number_line(column, values, 20)
    at = line.cell_of(np.zeros(1))[0]
    assert line.low[at] == line.high[at] == 0.0
    assert base[line.bin[at]] == pytest.approx((values == 0).mean(), abs=0.01)
    open_end, closed = interval(0.0, 5.0, with_low=False), interval(0.0, 5.0)
    for region, held in ((open_end, 0.0), (closed, 1.0)):
        assert line.within(region, column, NONE).overlap[line.bin[at]] == held


def test_cells_of_whole_numbers_end_half_a_step_beside_them():
    column, values = whole()
    line, _ = number_line(column, values, 20)
    np.testing.assert_array_equal((line.low * 2) % 2, 1.0)


def test_a_column_without_a_value_or_with_one_has_a_line():
    for column in (Column("x", "number", "float64"), Column("x", "number", "int64", step=1.0)):
        for values in (np.full(3, np.nan), np.full(5, 7.0)):
            line, base = number_line(column, values, 8)
            assert base.sum() == pytest.approx(1.0) and (line.high >= line.low).all()


def test_categories_lie_at_their_ranks_and_many_share_bins():
    rng = np.random.default_rng(0)
    rank = rng.permutation(1000)
    count = rng.geometric(0.02, 1000).astype(float)
    count[3] = 5000
    line, base = category_line(count, rank, 32)
    assert line.bins < 80
    alone = line.bin[rank[3]]
    assert (line.bin == alone).sum() == 1
    assert base[alone] == pytest.approx(count[3] / count.sum(), abs=0.01)
    region = Region(False, codes=tuple((np.arange(1000) % 2 == 0).tolist()))
    held = line.within(region, Column("c", "category", "object", values=tuple(range(1000))), rank)
    assert (held.overlap * base).sum() == pytest.approx(count[::2].sum() / count.sum(), abs=0.01)


def test_more_rows_get_more_bins_up_to_a_limit():
    assert bins_for(10) == 8 < bins_for(1000) < bins_for(100_000) == bins_for(10**7)


def test_a_line_is_rebuilt_from_its_state():
    column, values = heaped()
    line, _ = number_line(column, values, 20)
    again = Line(**line.state())
    np.testing.assert_array_equal(again.share, line.share)
