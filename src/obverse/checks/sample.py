"""Sample: rows that look like the input, obey the condition, are no copies, and follow the model's own log_prob."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ..core.card import Given
from ..core.errors import BadCondition, ImpossibleCondition
from ..data.worlds import Finite
from .expecting import Expect
from .needs import EXACT, SAMPLES, SCORES, STRONG, learns, needs
from .subject import Subject

ROWS = 300
MANY = 4000
FIVE_SIGMA = 5.0


@dataclass(frozen=True)
class Case:
    """A condition on `clinic` rows, the kinds of condition it needs, and the same in pandas."""

    given: str
    kinds: frozenset[Given]
    holds: Callable[[Any], Any]


def _case(given: str, kinds: str, holds: Callable[[Any], Any]) -> Case:
    return Case(given, frozenset(cast("list[Given]", kinds.split())), holds)


CASES = (
    _case('region == "north"', "equal", lambda r: r["region"] == "north"),
    _case("visits == 3", "equal", lambda r: r["visits"] == 3),
    _case("smoker == true", "equal", lambda r: r["smoker"]),
    _case('stage == "late"', "equal", lambda r: r["stage"] == "late"),
    _case("gain == 0", "equal", lambda r: r["gain"] == 0),
    _case('region in ["north", "south"]', "set", lambda r: r["region"].isin(["north", "south"])),
    _case("visits in [2, 4]", "set", lambda r: r["visits"].isin([2, 4])),
    _case("weight > 75", "range", lambda r: r["weight"] > 75),
    _case("2 <= visits < 5", "range", lambda r: (r["visits"] >= 2) & (r["visits"] < 5)),
    _case("admitted >= 2024-03-01", "range", lambda r: r["admitted"] >= "2024-03-01"),
    _case('stage <= "middle"', "set", lambda r: r["stage"] <= "middle"),
    _case("0 < gain < 600", "range", lambda r: (r["gain"] > 0) & (r["gain"] < 600)),
    _case("visits is missing", "missing", lambda r: r["visits"].isna()),
    _case("region is not missing", "missing", lambda r: r["region"].notna()),
    _case("systolic > diastolic", "compare", lambda r: r["systolic"] > r["diastolic"]),
    _case("not (visits == 3)", "set range missing", lambda r: ~(r["visits"] == 3).fillna(False)),
    _case(
        "weight > 80 or insured == true and dose <= 8",
        "equal range",
        lambda r: (r["weight"] > 80) | (r["insured"].fillna(False) & (r["dose"] <= 8)),
    ),
)
POINT = _case("weight == 75.25", "equal", lambda r: r["weight"] == 75.25)


@needs(SAMPLES)
def check_samples_have_the_columns_and_dtypes_of_the_input(subject: Subject) -> None:
    """0, 1 or many rows come back as a DataFrame with the input's columns, dtypes and categories."""
    train, model = subject.train("clinic"), subject.model("clinic")
    for n in (0, 1, ROWS):
        rows = model.sample(n, seed=n)
        assert len(rows) == n, f"sample({n}) gave {len(rows)} rows"
        assert list(rows.columns) == list(train.columns), f"sample({n}) has columns {list(rows.columns)}"
        other = [name for name in train.columns if rows[name].dtype != train[name].dtype]
        assert not other, f"sample({n}) has other dtypes than the input in {', '.join(other)}"


@needs(SAMPLES)
def check_samples_keep_to_bounds_and_rounding(subject: Subject) -> None:
    """Numbers lie within the observed bounds, on the grid they were rounded to."""
    train, rows = subject.train("clinic"), subject.model("clinic").sample(ROWS, seed=0)
    for name in ("visits", "weight", "dose", "gain", "systolic", "admitted"):
        inside = rows[name].dropna().between(train[name].min(), train[name].max())
        assert inside.all(), f"{int((~inside).sum())} of {ROWS} samples of {name!r} lie outside the observed bounds"
    assert (rows["dose"] * 2 % 1 == 0).all(), "samples of 'dose' must be multiples of 0.5, as the data are"
    assert (rows["admitted"] == rows["admitted"].dt.normalize()).all(), "samples of 'admitted' must be whole days"


@needs(SAMPLES)
def check_samples_have_the_share_of_missing_cells(subject: Subject) -> None:
    """Each column misses as many cells as in the data, and those that miss none still do."""
    train, rows = subject.train("clinic"), subject.model("clinic").sample(MANY, seed=0)
    for name in train.columns:
        wanted, found = train[name].isna().mean(), rows[name].isna().mean()
        assert abs(wanted - found) < 0.06, (
            f"{found:.0%} of the samples of {name!r} are missing, {wanted:.0%} in the data"
        )
        assert wanted > 0 or found == 0, f"samples of {name!r} have missing cells, the data have none"


@needs(SAMPLES)
def check_given_holds_in_every_row(subject: Subject) -> None:
    """Every kind of condition holds in every row, after rounding and formatting."""
    model = subject.model("clinic")
    for case in CASES if "equal" not in subject.card.exact_given else (*CASES, POINT):
        rows = model.sample(60, given=case.given, seed=0)
        assert len(rows) == 60, f"sample(60, given={case.given!r}) gave {len(rows)} rows"
        broken = int((~case.holds(rows).fillna(False).astype(bool)).sum())
        assert not broken, f"given={case.given!r} is broken by {broken} of 60 rows"


@needs(SAMPLES)
def check_exact_conditions_need_no_rejection(subject: Subject) -> None:
    """A kind of condition that the card lists in `exact_given` is met without rejecting any draw."""
    model = subject.model("clinic")
    for case in (c for c in CASES if c.kinds <= subject.card.exact_given):
        _, how = model.sample(5, given=case.given, seed=0, details=True)
        assert how.acceptance is None, f"given={case.given!r} was met by {how}, card.exact_given promises exactness"


@needs(SAMPLES)
def check_an_impossible_condition_is_an_error(subject: Subject) -> None:
    """A contradiction or a value out of reach is ImpossibleCondition, an unknown name BadCondition: no hang."""
    model = subject.model("clinic")
    for given in ("weight > 75 and weight < 60", "weight > 1e9", 'region == "north" and region == "south"'):
        with Expect(ImpossibleCondition, f"sample(given={given!r})"):
            model.sample(3, given=given, seed=0)
    for given in ("height > 3", 'region == "atlantis"', "weight >"):
        with Expect(BadCondition, f"sample(given={given!r})"):
            model.sample(3, given=given, seed=0)


@needs(SAMPLES, learns("blobs"))
def check_samples_are_no_copies(subject: Subject) -> None:
    """On a continuous world no sample repeats a training row, or another sample."""
    train, rows = subject.train("blobs")[["u", "v"]], subject.model("blobs").sample(1000, seed=0)[["u", "v"]]
    copies = int(rows.merge(train, on=["u", "v"]).shape[0])
    assert not copies, f"{copies} of 1,000 samples are exact copies of training rows"
    double = int(rows.duplicated().sum())
    assert double <= 5, f"{double} of 1,000 samples repeat another sample"


@needs(SAMPLES, learns("blobs"))
def check_samples_have_the_means_and_spreads_of_the_data(subject: Subject) -> None:
    """On a continuous world the columns of samples have the data's mean and standard deviation."""
    train, rows = subject.train("blobs"), subject.model("blobs").sample(MANY, seed=0)
    for name in ("u", "v"):
        off = abs(rows[name].mean() - train[name].mean()) / train[name].std()
        ratio = rows[name].std() / train[name].std()
        assert off < 0.25, f"the mean of the samples of {name!r} is {off:.2f} standard deviations off the data's"
        assert 0.7 < ratio < 1.4, f"the spread of the samples of {name!r} is {ratio:.2f} times the data's"


@needs(SAMPLES, STRONG, learns("finite"))
def check_samples_know_how_columns_hang_together(subject: Subject) -> None:
    """On the finite world samples come closer to the truth than independent columns do."""
    cells: Any = Finite().table()
    names, p = ["sky", "wind", "season", "play"], cells["p"].to_numpy()
    alone = np.prod([cells.groupby(name)["p"].transform("sum").to_numpy() for name in names], axis=0)
    rows = subject.model("finite", 1000).sample(MANY, seed=0)
    share = _counts(cells, rows, names) / MANY
    own, floor = 0.5 * np.abs(share - p).sum(), 0.5 * np.abs(alone - p).sum()
    assert own < floor, f"samples are {own:.3f} away from the world (total variation), independent columns {floor:.3f}"


@needs(SAMPLES, SCORES, EXACT, learns("finite"))
def check_samples_follow_the_models_own_log_prob(subject: Subject) -> None:
    """On the finite world the counts of samples fit the model's own probabilities (chi-square)."""
    from scipy.stats import chi2  # pyright: ignore[reportMissingTypeStubs]

    names = ["sky", "wind", "season", "play"]
    cells: Any = Finite().table()
    model = subject.model("finite")
    wanted = np.exp(model.log_prob(cells[names], of=names)) * MANY
    found = _counts(cells, model.sample(MANY, seed=0)[names], names)
    common = wanted >= 5
    wanted = np.append(wanted[common], wanted[~common].sum())
    found = np.append(found[common], found[~common].sum())
    statistic = float(((found - wanted) ** 2 / np.maximum(wanted, 1e-9)).sum())
    limit = float(chi2.isf(1e-6, len(wanted) - 1))  # pyright: ignore[reportUnknownMemberType, reportArgumentType]
    assert statistic < limit, (
        f"counts of samples contradict log_prob: chi-square {statistic:.0f}, the limit is {limit:.0f}"
    )


def _counts(cells: Any, rows: Any, names: list[str]) -> Any:
    """Number of rows in each cell of the table, in its order."""
    return rows.value_counts(names).reindex(cells.set_index(names).index, fill_value=0).to_numpy()
