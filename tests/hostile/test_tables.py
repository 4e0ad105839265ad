"""Any table a data frame can hold goes through every verb: it works, or it is refused in one line, and that is rare.

A thousand tables of mixed dtypes, magnitudes, texts, holes and names, a family each, and forty for the networks.
`OBVERSE_HOSTILE_CASES` and `OBVERSE_HOSTILE_SEED` ask for more and for others.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, seed, settings
from pandas.testing import assert_frame_equal

import obverse
from obverse.core.errors import CannotAnswer, ImpossibleCondition, ObverseError
from obverse.core.given import parse, to_text
from obverse.core.queries import Derived, Impossible, Samples
from obverse.registry import families

CASES, SHARES = int(os.environ.get("OBVERSE_HOSTILE_CASES", "1000")), 4
SEED = int(os.environ.get("OBVERSE_HOSTILE_SEED", "0"))
NETWORK_SHARE = 25  # one table of a network for so many of the others
BRIEF = {"epochs": 4, "steps": 8, "n_estimators": 4, "base_params": {"n_estimators": 4}}  # what is learned is no matter
WHOLE_WAY = 0.8  # least share of the tables that every verb must take
DRAWS = 300  # rows sampled to judge the share of missing cells
BLUR = 0.03  # by how much shrinkage may move that share, besides chance; and observed bounds, where few are known


def numbers(series: pd.Series) -> np.ndarray[Any, Any]:
    """The known cells of a number or time column as float64, times in their own unit."""
    known = series.dropna()
    if known.dtype.kind in "Mm":
        return known.dt.total_seconds() if known.dtype.kind == "m" else known.map(lambda t: t.timestamp())
    return known.to_numpy(dtype=np.float64)


def check_within(case: Any, rows: pd.DataFrame) -> None:
    """Every cell is one that the column has seen, or a number between its smallest and largest."""
    for name in case.frame.columns:
        seen, got = case.frame[name].dropna(), rows[name].dropna()
        if not len(got):
            continue
        assert len(seen), f"{name!r} was empty in training"
        if seen.dtype.kind in "iufMm" and not isinstance(seen.dtype, pd.CategoricalDtype):
            a, b = numbers(seen), numbers(got)
            slack = {"f": 0.0, "M": 1e-6}.get(seen.dtype.kind, 4 * np.spacing(np.abs(a).max()))
            assert a.min() - slack <= b.min() and b.max() <= a.max() + slack, (name, a.min(), b.min(), b.max(), a.max())
        else:
            assert set(got) <= set(seen), (name, set(got) - set(seen))


def check_sample(case: Any, model: Any) -> None:
    """Dtypes, bounds and values of what was seen; the share of missing cells too, unless a moment is all it learned."""
    brief = bool(model.card.extras)
    rows = model.sample(DRAWS, seed=1)
    names = list(case.frame) if not case.beside else [*case.x, case.target]
    assert list(rows) == names
    for name in names:
        assert rows[name].dtype == case.frame[name].dtype, (name, rows[name].dtype, case.frame[name].dtype)
        share, drawn = case.frame[name].isna().mean(), rows[name].isna().mean()
        if name == case.target:
            assert drawn == 0
        else:
            chance, known = 5 * np.sqrt(share * (1 - share) / DRAWS), case.frame[name].notna().sum()
            slack = chance + BLUR + 0.25 / known if 0 < share < 1 else 0.0
            assert brief or abs(drawn - share) <= slack, (name, share, drawn)
    check_within(case, rows)
    assert_frame_equal(rows, model.sample(DRAWS, seed=1))


def check_given(case: Any, model: Any) -> None:
    """A cell that was seen, as a condition in either form, holds in every row and has a probability.

    A family that can only reject draws never draws one value of a continuous column again, and says so.
    """
    name = case.frame.columns[len(case.frame) % case.frame.shape[1]]
    known = case.frame[name].dropna()
    if not len(known) or isinstance(known.iloc[0], pd.Timedelta):
        return
    text = to_text(parse({name: known.iloc[0]}))
    assert 0 <= model.probability(text) <= 1
    if isinstance(model.can("sample", given="equal"), Derived) and model.schema_[name].measure == "density":
        return
    for condition in ({name: known.iloc[0]}, text):
        rows = model.sample(5, given=condition, seed=2)
        assert rows[name].notna().all()
        kind = known.dtype.kind
        rounded = kind == "M" or (kind in "iu" and np.abs(numbers(known)).max() > 2**53)
        if not (rounded and model.schema_[name].kind == "number"):  # a double does not hold every cell
            assert (rows[name] == known.iloc[0]).all(), (condition, rows[name])


def check_filled(case: Any, model: Any, holed: pd.DataFrame, filled: pd.DataFrame) -> None:
    """Dtypes, names, index and observed cells are as they were; what the model knows about is full."""
    assert list(filled) == list(holed) and filled.index.equals(holed.index)
    for name in holed:
        before, after = holed[name], filled[name]
        assert after.dtype == before.dtype
        known = before.notna().to_numpy()
        same_bits(before[known], after[known])
        fills = isinstance(model, Samples) or name == case.target
        if fills and model.schema_[name].missing < 1:
            assert after.notna().all(), f"holes left in {name!r}"
    check_within(case, filled)


def same_bits(before: pd.Series, after: pd.Series) -> None:
    if before.dtype.kind == "f":
        a, b = (s.to_numpy(dtype=np.float64) for s in (before, after))
        assert a.tobytes() == b.tobytes()
    else:
        assert all(type(x) is type(y) and x == y for x, y in zip(before, after, strict=True))


def check_predict(case: Any, model: Any) -> None:
    answer = model.predict(case.x)
    assert len(answer) == len(case.x)
    assert not pd.isna(answer).any()
    if model.schema_.task == "class":
        proba = model.predict_proba(case.x)
        assert proba.shape == (len(case.x), len(model.classes_))
        assert (proba >= 0).all()
        np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-6)
        assert set(answer) <= set(model.classes_)
    one = case.x.iloc[[0], :1]  # all other columns unknown
    assert not pd.isna(model.predict(one)).any()


def answers(case: Any, model: Any) -> list[Any]:
    """What a saved and loaded model must repeat, draws without a seed included."""
    out: list[Any] = [model.notes_, scores(case, model)]
    if not refused(model, "predict"):
        out.append(model.predict(case.x))
    if not refused(model, "impute"):
        out.append(model.impute(case.frame))
    if not refused(model, "sample"):
        out.append(model.sample(20))
    return out


def scores(case: Any, model: Any) -> Any:
    """log_prob of the table, why there is none, or None."""
    if refused(model, "log_prob"):
        return None
    try:
        return model.log_prob(case.frame)
    except CannotAnswer as error:  # a normal distribution has no atoms
        return f"log_prob: {error}"


def refused(model: Any, query: Any) -> bool:
    return isinstance(model.can(query, target=model.schema_.task), Impossible) or (
        query == "predict" and model.schema_.target is None
    )


def small(cls: Any) -> dict[str, Any]:
    """Arguments that make a family quick: few trees, and a network is trained for a moment only."""
    return {**cls.card.tiny, **{k: v for k, v in BRIEF.items() if k in cls.card.tiny}}


def goes(case: Any) -> str:
    """How far the table got: `whole way`, or the verb that refused it and why."""
    cls = families()[case.family]
    y = None if case.target is None else case.frame[case.target] if case.beside else case.target
    try:
        model = cls(**small(cls), random_state=0).fit(case.x if case.beside else case.frame, y)
    except ObverseError as error:
        assert "\n" not in str(error)
        return f"fit: {type(error).__name__}: {error}"
    way = "whole way"
    if not refused(model, "sample"):
        check_sample(case, model)
        try:
            check_given(case, model)
        except ImpossibleCondition as error:
            if not cls.card.extras:
                raise
            way = f"given: {error}"  # after a moment of training a network may never draw a rare value, and says so
    if not refused(model, "impute"):
        check_filled(case, model, case.frame, model.impute(case.frame))
        try:
            copies = model.impute(case.frame, draws=2, seed=3)
        except CannotAnswer as error:  # a point has no draws
            way = f"impute: {error}"
        else:
            for copy in copies:
                check_filled(case, model, case.frame, copy)
    if not refused(model, "predict"):
        check_predict(case, model)
    nats = scores(case, model)
    if isinstance(nats, str):
        way = nats
    elif nats is not None:
        assert not np.isnan(nats).any()
        assert cls.card.side == "discriminative" or np.isfinite(nats).all(), nats
    with tempfile.TemporaryDirectory() as place:
        again = obverse.load(model.save(Path(place) / "model"))
    for a, b in zip(answers(case, model), answers(case, again), strict=True):
        assert_frame_equal(a, b) if isinstance(a, pd.DataFrame) else np.testing.assert_array_equal(a, b)
    return way


@pytest.mark.parametrize("share", range(SHARES))
def test_any_table_goes_through_every_verb(any_case, share):
    many_go(any_case, CASES // SHARES, SEED * SHARES + share)


def test_any_table_goes_through_every_verb_of_the_networks(network_case):
    pytest.importorskip("torch")
    many_go(network_case, max(1, CASES // NETWORK_SHARE), SEED)


def many_go(strategy: Any, count: int, first: int) -> None:
    """So many tables go, and few of them are refused."""
    ways: Counter[str] = Counter()

    @seed(first)
    @settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def goes_all_the_way(case):
        ways[goes(case)] += 1

    goes_all_the_way()
    assert ways["whole way"] >= WHOLE_WAY * ways.total(), ways.most_common(20)
