"""Paired comparison of figures measured on the same splits, with an interval that allows for overlapping splits.

Random splits share training rows, so their differences are not independent and the ordinary paired t interval is too
narrow. The corrected resampled t interval replaces s²/n by s² (1/n + test rows / training rows).
Source: Nadeau & Bengio (2003), "Inference for the generalization error", Machine Learning 52.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any, Literal

import numpy as np

from ..core.errors import BadInput
from ..core.schema import FloatArray
from .metrics import Better

Verdict = Literal["better", "worse", "no difference found"]
CONFIDENCE = 0.95
FEWEST = 3  # splits; two give one degree of freedom and an interval nobody can use


@dataclass(frozen=True)
class Paired:
    """What is known of the difference between two series of figures, first minus second.

    Attributes:
        mean_difference: in the figure's own units; for `half` figures, of the distances from 0.5. None when n is 0.
        low, high: 95 % interval of it; None when there are too few splits for one, or infinite figures.
        p_value: two-sided, of no difference; None when there are too few splits.
        verdict: whether the first is better, worse, or no difference was found.
        n: splits in which both had a figure.
    """

    mean_difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    verdict: Verdict
    n: int


@dataclass(frozen=True)
class Ranking:
    """Who is best, and who cannot be told apart from the best.

    Attributes:
        best: name of the best by mean; None when nobody has a figure.
        ties: those with no difference found to the best, best mean first.
        order: everyone with a figure, best mean first.
        means: name -> mean over the splits that have a figure.
        against_best: name -> comparison of that one (first) with the best (second).
    """

    best: str | None
    ties: tuple[str, ...]
    order: tuple[str, ...]
    means: dict[str, float]
    against_best: dict[str, Paired]


def paired(first: Any, second: Any, *, better: Better, test_share: float) -> Paired:
    """Compare two series of figures of the same splits by the corrected resampled t interval.

    `first`, `second`: n figures each, split by split; None or NaN where undefined, and such splits are left out.
    `test_share`: test rows as a share of the rows of a split (test + training), strictly between 0 and 1.

    With fewer than 3 splits there is a mean difference but no interval, and the verdict is "no difference found".
    When every difference is the same the variance estimate is 0, which says that the figures are coarse rather than
    that they are certain; when a figure is infinite (a density of 0) there is no variance. In both cases a two-sided
    sign test decides, and the interval is the single point, or none.

    Raises BadInput for series of different lengths or a share outside 0..1.
    """
    if not 0 < test_share < 1:
        raise BadInput(f"test_share is {test_share}: give test rows / (test + training rows), between 0 and 1")
    a, b = _losses(first, better), _losses(second, better)
    if a.shape != b.shape or a.ndim != 1:
        raise BadInput(f"figures of shapes {a.shape} and {b.shape} cannot be paired: give one figure a split for both")
    both = ~np.isnan(a) & ~np.isnan(b)
    a, b, n = a[both], b[both], int(both.sum())
    with np.errstate(invalid="ignore"):
        d = np.where(a == b, 0.0, a - b)  # two infinite losses do not differ
    if n < FEWEST:
        return Paired(_signed(_mean(d), better) if n else None, None, None, None, "no difference found", n)
    mean, half_width, p = _resampled_t(d, test_share / (1 - test_share), scale=float(np.abs([a, b]).max()))
    verdict: Verdict = "no difference found" if p >= 1 - CONFIDENCE else "better" if mean < 0 else "worse"
    middle = _signed(mean, better)
    if half_width is None:
        return Paired(middle, None, None, p, verdict, n)
    return Paired(middle, middle - half_width, middle + half_width, p, verdict, n)


def winners(figures: Mapping[str, Sequence[float | None] | FloatArray], better: Better, test_share: float) -> Ranking:
    """Rank by mean and compare everyone with the best. `figures`: name -> one figure a split, None or NaN if undefined.

    Only those with a figure in as many splits as anyone can be best; the others are compared with it over the splits
    they share. The comparisons are not corrected for their number: among many equals, one in twenty will look worse.
    """
    losses = {name: _losses(f, better) for name, f in figures.items()}
    measured = {name: int((~np.isnan(v)).sum()) for name, v in losses.items()}
    order = sorted((n for n in losses if measured[n]), key=lambda n: float(np.nanmean(losses[n])))
    if not order:
        return Ranking(None, (), (), {}, {})
    best = next(n for n in order if measured[n] == max(measured.values()))
    against = {n: paired(figures[n], figures[best], better=better, test_share=test_share) for n in order if n != best}
    ties = tuple(n for n, p in against.items() if p.verdict == "no difference found")
    means = {n: float(np.nanmean(np.asarray(figures[n], dtype=np.float64))) for n in order}
    return Ranking(best, ties, tuple(order), means, against)


def _resampled_t(d: FloatArray, test_to_train: float, scale: float) -> tuple[float, float | None, float]:
    """Mean, half the width of its interval and p-value of n >= 3 paired differences of figures as large as `scale`."""
    from scipy.special import stdtr, stdtrit

    n, mean = len(d), _mean(d)
    if np.isinf(d).any():
        return mean, None, _sign_test(d)
    rounding = 1e-12 * scale if np.isfinite(scale) else 0.0
    spread = float(d.std(ddof=1))
    if spread <= rounding:
        return mean, 0.0, _sign_test(np.where(np.abs(d) > rounding, d, 0.0))
    error = spread * np.sqrt(1 / n + test_to_train)
    half_width = error * stdtrit(n - 1, (1 + CONFIDENCE) / 2)
    return mean, float(half_width), float(2 * stdtr(n - 1, -abs(mean) / error))


def _mean(d: FloatArray) -> float:
    """Mean difference; infinite in the direction of the majority when some differences are infinite."""
    if not np.isinf(d).any():
        return float(d.mean())
    majority = float(np.sign(d).sum())
    return majority * np.inf if majority else 0.0


def _sign_test(d: FloatArray) -> float:
    """Two-sided p-value of as uneven a number of gains and losses, if both were equally likely."""
    gains, losses = int((d < 0).sum()), int((d > 0).sum())
    tail = sum(comb(gains + losses, i) for i in range(min(gains, losses) + 1))
    return min(1.0, 2 * tail / 2 ** (gains + losses))


def _losses(figures: Any, better: Better) -> FloatArray:
    """The figures turned so that lower is better; NaN where undefined."""
    v = np.asarray(figures, dtype=np.float64)
    return np.abs(v - 0.5) if better == "half" else -v if better == "higher" else v


def _signed(loss: float, better: Better) -> float:
    """A difference of losses, in the sign of the figures themselves."""
    return -loss if better == "higher" else loss
