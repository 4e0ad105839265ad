from math import log

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import normalized_mutual_info_score


@pytest.fixture
def wnmi():
    from side_by_side import wnmi

    return wnmi


def table(**columns):
    return pd.DataFrame({name: list(cells) for name, cells in columns.items()})


def test_one_pair_by_hand(wnmi):
    # a: ab 1/2, 1/2. b: 3/4, 1/4. Together 1/2, 1/4, 1/4.
    h_a, h_b, h_ab = log(2), 2 * log(2) - 0.75 * log(3), 1.5 * log(2)
    n = 2 * (h_a + h_b - h_ab) / (h_a + h_b)
    real, made = table(a="0011", b="0001"), table(a="0011", b="0011")  # each gives the other: N is 1
    assert wnmi.wnmi_error(real, made) == pytest.approx(1 - n, abs=1e-12)
    assert wnmi.wnmi_error(real, real) == 0


def test_pairs_are_weighted_by_how_much_they_depend(wnmi):
    # a gives b in both tables (error 0, weight 2); b gives c in the made one alone (error 1, weight 1), and so does a
    real, made = table(a="0011", b="0011", c="0101"), table(a="0011", b="0011", c="0011")
    assert wnmi.wnmi_error(real, made) == pytest.approx((1 * 1 + 1 * 1 + 2 * 0) / (1 + 1 + 2), abs=1e-12)


def test_pairs_independent_in_both_tables_count_nothing(wnmi):
    assert wnmi.wnmi_error(table(a="0011", b="0101"), table(a="0011", b="0101")) == 0


def test_normalised_as_scikit_learn_does(wnmi):
    rng = np.random.default_rng(0)
    a = rng.integers(0, 4, 500)
    columns = [a, (a + rng.integers(0, 2, 500)) % 4, rng.integers(0, 3, 500)]
    n = wnmi.normalised(columns)
    for i in range(3):
        for j in range(3):
            assert n[i, j] == pytest.approx(normalized_mutual_info_score(columns[i], columns[j]), abs=1e-12)


def test_bins_are_the_real_tables(wnmi):
    real = pd.Series([*range(0, 110, 10), np.nan], dtype=float)  # 11 values from 0 to 100: ten bins of 10
    made = pd.Series([-5.0, 10.0, 10.1, 100.0, 1e9, np.nan])
    codes = wnmi.codes(real, made)
    assert codes[0].tolist() == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert codes[1].tolist() == [0, 0, 1, 9, 9, 10]


def test_values_the_real_table_has_not_are_one_value(wnmi):
    real, made = pd.Series(["x", "y", None]), pd.Series(["y", "z", "w", None])
    codes = wnmi.codes(real, made)
    assert codes[0].tolist() == [0, 1, 3] and codes[1].tolist() == [1, 2, 2, 3]


def test_one_column_has_no_pairs(wnmi):
    with pytest.raises(ValueError, match="between two columns"):
        wnmi.wnmi_error(table(a="01"), table(a="01"))
