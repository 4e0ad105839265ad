"""The paired interval against textbook t quantiles, and what is said when there is nothing to say."""

import numpy as np
import pytest

from obverse.core.errors import BadInput
from obverse.study.stats import paired, winners

T_975 = {2: 4.302653, 4: 2.776445, 9: 2.262157}  # textbook two-sided 5 % points of Student's t by degrees of freedom


@pytest.mark.parametrize("n", [3, 5, 10])
def test_interval_is_the_corrected_resampled_t(n):
    rng = np.random.default_rng(n)
    a, b = rng.normal(0.8, 0.05, n), rng.normal(0.7, 0.05, n)
    d = a - b
    half = T_975[n - 1] * np.sqrt(np.var(d, ddof=1) * (1 / n + 0.25 / 0.75))
    result = paired(a, b, better="higher", test_share=0.25)
    assert result.n == n
    assert result.mean_difference == pytest.approx(d.mean())
    assert (result.low, result.high) == pytest.approx((d.mean() - half, d.mean() + half), rel=1e-6)
    assert (result.p_value < 0.05) == (result.low > 0 or result.high < 0)


def test_p_value_is_one_in_twenty_at_the_quantile():
    d = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    error = np.sqrt(np.var(d, ddof=1) * (1 / 5 + 1))
    result = paired(d + T_975[4] * error, np.zeros(5), better="higher", test_share=0.5)
    assert result.p_value == pytest.approx(0.05, abs=1e-7)
    assert result.low == pytest.approx(0, abs=1e-5)


def test_small_test_parts_approach_the_ordinary_paired_t():
    from scipy.stats import ttest_rel

    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 8))
    ordinary = ttest_rel(a, b)
    result = paired(a, b, better="lower", test_share=1e-9)
    assert result.p_value == pytest.approx(ordinary.pvalue, rel=1e-6)
    assert (result.low, result.high) == pytest.approx(tuple(ordinary.confidence_interval()), rel=1e-6)


def test_overlapping_splits_widen_the_interval():
    a, b = np.array([0.80, 0.82, 0.81, 0.83, 0.80]), np.array([0.79, 0.80, 0.80, 0.805, 0.795])
    narrow, wide = (paired(a, b, better="higher", test_share=s) for s in (0.01, 0.5))
    assert narrow.verdict == "better"
    assert wide.verdict == "no difference found"
    assert wide.high - wide.low > narrow.high - narrow.low


@pytest.mark.parametrize(("better", "verdict"), [("higher", "better"), ("lower", "worse")])
def test_the_verdict_follows_the_direction(better, verdict):
    a, b = [0.9, 0.91, 0.92, 0.9, 0.93], [0.5, 0.52, 0.51, 0.5, 0.53]
    assert paired(a, b, better=better, test_share=0.3).verdict == verdict
    assert paired(a, b, better=better, test_share=0.3).mean_difference == pytest.approx(0.4)
    assert paired(b, a, better=better, test_share=0.3).verdict == {"better": "worse", "worse": "better"}[verdict]


def test_half_figures_are_compared_by_their_distance_from_a_half():
    near, low = [0.51, 0.52, 0.49, 0.5, 0.51], [0.2, 0.22, 0.18, 0.21, 0.2]
    result = paired(near, low, better="half", test_share=0.3)
    assert result.verdict == "better"
    assert result.mean_difference == pytest.approx(np.mean(np.abs(np.array(near) - 0.5) - np.abs(np.array(low) - 0.5)))
    mirrored = paired(near, [1 - x for x in low], better="half", test_share=0.3)
    assert mirrored.mean_difference == pytest.approx(result.mean_difference)


def test_two_splits_say_nothing():
    result = paired([0.9, 0.9], [0.1, 0.2], better="higher", test_share=0.3)
    assert result.verdict == "no difference found"
    assert result.mean_difference == pytest.approx(0.75)
    assert (result.low, result.high, result.p_value, result.n) == (None, None, None, 2)
    assert paired([None, 1.0], [1.0, None], better="higher", test_share=0.3).mean_difference is None


def test_without_variance_a_sign_test_decides():
    same = paired([0.7] * 5, [0.7] * 5, better="higher", test_share=0.3)
    assert (same.verdict, same.p_value, same.low, same.high) == ("no difference found", 1.0, 0.0, 0.0)
    five = paired([0.8] * 5, [0.7] * 5, better="higher", test_share=0.3)
    assert (five.verdict, five.p_value) == ("no difference found", pytest.approx(1 / 16))
    six = paired([0.8] * 6, [0.7] * 6, better="higher", test_share=0.3)
    assert (six.verdict, six.p_value) == ("better", pytest.approx(1 / 32))
    assert six.low == six.high == pytest.approx(0.1)


def test_an_infinite_loss_counts_against_its_owner():
    result = paired([1.0] * 6, [np.inf] * 6, better="lower", test_share=0.3)
    assert (result.verdict, result.low, result.high) == ("better", None, None)
    assert result.mean_difference == -np.inf
    assert paired([np.inf] * 6, [np.inf] * 6, better="lower", test_share=0.3).verdict == "no difference found"
    assert winners({"a": [np.inf, 1, 1], "b": [2, 2, 2]}, "lower", 0.3).best == "b"


def test_undefined_splits_are_left_out():
    a, b = [0.9, None, 0.8, 0.85, 0.9], [0.7, 0.1, np.nan, 0.72, 0.69]
    result = paired(a, b, better="higher", test_share=0.3)
    assert result.n == 3
    assert result.mean_difference == pytest.approx(np.mean([0.2, 0.13, 0.21]))


def test_bad_arguments_are_refused():
    with pytest.raises(BadInput, match="cannot be paired"):
        paired([1, 2, 3], [1, 2], better="lower", test_share=0.3)
    with pytest.raises(BadInput, match="test_share"):
        paired([1, 2, 3], [1, 2, 3], better="lower", test_share=0)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(500):
        d = rng.normal(0.3, 1, 6)  # independent differences: a test part of no weight
        result = paired(d, np.zeros(6), better="higher", test_share=1e-9)
        inside += result.low <= 0.3 <= result.high
    assert 0.925 < inside / 500 < 0.975


def test_winners_names_the_best_and_those_not_told_apart_from_it():
    rng = np.random.default_rng(0)
    base = rng.normal(0.8, 0.02, 6)
    noise = rng.normal(0, 0.004, (3, 6))
    figures = {"poor": base - 0.3 + noise[0], "good": base + noise[1], "also": base - 0.001 + noise[2]}
    ranking = winners(figures, "higher", 0.3)
    assert ranking.best in {"good", "also"}
    assert set(ranking.ties) == {"good", "also"} - {ranking.best}
    assert ranking.order[-1] == "poor"
    assert ranking.against_best["poor"].verdict == "worse"
    assert ranking.means["poor"] == pytest.approx(figures["poor"].mean())
    assert winners({k: -v for k, v in figures.items()}, "lower", 0.3).best == ranking.best


def test_winners_by_distance_from_a_half():
    ranking = winners(
        {"copies": [0.3, 0.31, 0.29], "fresh": [0.52, 0.5, 0.51], "floor": [0.99, 0.98, 0.99]}, "half", 0.3
    )
    assert ranking.order == ("fresh", "copies", "floor")


def test_only_the_fully_measured_can_be_best():
    figures = {"partial": [0.99, None, None, None], "whole": [0.8, 0.7, 0.75, 0.9], "none": [None] * 4}
    ranking = winners(figures, "higher", 0.3)
    assert ranking.best == "whole"
    assert ranking.order == ("partial", "whole")
    assert ranking.against_best["partial"].n == 1
    assert winners({"none": [None]}, "higher", 0.3).best is None
