"""A public domain: what each column may hold, said by a person and not read off the rows.

    {"age":       {"low": 17, "high": 90, "step": 1},                       whole years; without a step continuous
     "gain":      {"low": 0, "high": 99999, "step": 1, "atoms": [0], "cuts": [3000, 5000, 10000]},
     "hired":     {"low": "2015-01-01", "high": "2025-12-31", "missing": true},      days
     "workclass": {"values": ["Private", "State-gov", "Never-worked"], "missing": true},
     "sex":       ["Female", "Male"]}                                       short for {"values": [...]}

As a dict, as JSON text, or as the path of a JSON file. `atoms` are numbers that get a bin of their own, `cuts` the
numbers at which bins begin, instead of equally wide ones. `missing` says that cells may be empty. dtypes follow from
it too, since pandas reads the same column as another one when a single cell is empty.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from ..core.errors import BadInput
from ..core.schema import Column
from .cells import seconds

DAY = 86_400.0
LARGEST_WHOLE = 2**53
SOME_MISSING = 0.5  # stands for "cells may be missing" until the share is estimated
_ALLOWED = {"values": ("values", "ordered", "missing"), "low": ("low", "high", "step", "atoms", "cuts", "missing")}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def read(domain: Any) -> dict[str, Any]:
    """The domain as a dict, from any of its forms; BadInput when it is none."""
    if isinstance(domain, str | Path):
        text = str(domain)
        if not text.lstrip().startswith("{"):
            try:
                text = Path(text).read_text(encoding="utf-8")
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else error
                raise BadInput(f"domain: cannot read {str(domain)!r} ({why}); give the path of a JSON file") from error
        try:
            domain = json.loads(text)
        except ValueError as error:
            raise BadInput(f"domain is not JSON ({error})") from error
    if not isinstance(domain, Mapping):
        raise BadInput(f"domain must be a dict, the path of a JSON file or 'observed', not {domain!r}")
    return {str(name): said for name, said in cast("Mapping[Any, Any]", domain).items()}


def template(names: list[str], numbers: set[str]) -> str:
    """What to type for columns without a domain."""
    shown = [
        f'"{name}": ' + ('{"low": ..., "high": ..., "step": 1}' if name in numbers else '["...", "..."]')
        for name in names
    ]
    return f"domain={{{', '.join(shown)}}}"


def column(name: str, said: Any, *, target: bool) -> tuple[Column, tuple[float, ...]]:
    """A column and the cuts between its bins, from what was said of it; BadInput lists what is wrong."""
    facts: dict[str, Any] = {"values": said} if isinstance(said, list | tuple) else said
    kind = next((k for k in _ALLOWED if isinstance(facts, Mapping) and k in facts), None)
    if kind is None:
        raise BadInput(f'{name!r} must be a list of values or {{"low": ..., "high": ...}}, not {said!r}')
    odd = [k for k in facts if k not in _ALLOWED[kind]]
    if odd:
        raise BadInput(f"{name!r} has no {', '.join(map(repr, odd))}; it takes {', '.join(_ALLOWED[kind])}")
    wrong = [k for k in ("missing", "ordered") if not isinstance(facts.get(k, False), bool)]
    if wrong:
        raise BadInput(f"{name!r}: {' and '.join(wrong)} must be true or false")
    missing = facts.get("missing", False) and not target
    draft = Column(name, "number", "float64", missing=SOME_MISSING if missing else 0.0)
    if kind == "values":
        return _category(draft, facts), ()
    return _number(draft, facts)


def spelling(value: Any) -> str | None:
    """One text for all ways in which a reader may hand over the same category (1, 1.0, "1"); None for no category.

    A reader of text files turns a whole column from numbers into text when one cell is no number. By their spelling the
    other cells still are the categories they were, so that no row changes what another one counts as.
    """
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            return None
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    if not isinstance(value, str):
        return None
    text = value.strip()
    if text.lower() in ("true", "false"):
        return text.lower()
    if not _NUMBER.fullmatch(text):
        return text
    return spelling(int(text)) if text.lstrip("+-").isdigit() else spelling(float(text)) or text


def number(value: Any) -> float:
    """A cell as a number, NaN when it is none; of a text by its spelling."""
    if isinstance(value, str):
        text = value.strip()
        return float(text) if _NUMBER.fullmatch(text) else math.nan
    try:
        return float(value) if isinstance(value, int | float | np.number | np.bool_) else math.nan
    except OverflowError:
        return math.copysign(math.inf, value)


def _category(draft: Column, facts: Mapping[str, Any]) -> Column:
    values, name = facts["values"], draft.name
    if not isinstance(values, list | tuple) or not values:
        raise BadInput(f"{name!r} needs a list of at least one value, not {values!r}")
    each = cast("list[Any]", list(cast("list[Any]", values)))
    odd = [v for v in each if not isinstance(v, str | int | float) or spelling(v) is None]
    if odd:
        raise BadInput(f"{name!r}: {odd[0]!r} is no text, finite number or truth value")
    spelled = [spelling(v) for v in each]
    double = [v for v, s in zip(each, spelled, strict=True) if spelled.count(s) > 1]
    if double:
        raise BadInput(f"{name!r}: {', '.join(map(repr, double[:4]))} cannot be told apart in a file; name one of them")
    empty = draft.missing > 0
    kinds: set[type] = {type(v) for v in each}
    if kinds == {bool}:
        dtype = "boolean" if empty else "bool"
    elif kinds == {int} and all(-(2**63) <= v < 2**63 for v in each):
        dtype = "Int64" if empty else "int64"
    elif kinds == {str}:
        dtype = "str"
    elif kinds == {float}:
        dtype = "float64"
    else:
        dtype = "object"
    return replace(draft, kind="category", dtype=dtype, values=tuple(each), ordered=facts.get("ordered", False))


def _number(draft: Column, facts: Mapping[str, Any]) -> tuple[Column, tuple[float, ...]]:
    name, problems = draft.name, list[str]()
    dates = isinstance(facts["low"], str)
    low, high = _point(facts["low"], dates), _point(facts.get("high"), dates)
    atoms, cuts = (sorted({_point(v, dates) for v in _listed(facts.get(k))}) for k in ("atoms", "cuts"))
    step = facts.get("step", DAY if dates else None)
    if step is not None and not (_is_number(step) and 0 < step < math.inf):
        raise BadInput(f"{name!r}: step must be a number above 0 or left out, not {step!r}")
    step = None if step is None else float(step)
    if not all(map(math.isfinite, (low, high, *atoms, *cuts))):
        what = "dates such as 2024-01-31" if dates else "finite numbers"
        raise BadInput(f"{name!r}: low, high, atoms and cuts must be {what}")
    if low > high or (step is None and low == high):
        problems.append(f"{name!r}: low must be below high")
    column = replace(draft, low=low, high=high, step=step, atoms=tuple(atoms))
    ends = np.array([low, high, *atoms])
    if step is not None and (np.abs(column.on_grid(ends) - ends) > 1e-6 * step).any():
        problems.append(f"{name!r}: low, high and atoms must be whole multiples of the step {step:g}")
    if any(not low <= v <= high for v in atoms) or any(not low < v < high for v in cuts):
        problems.append(f"{name!r}: atoms must lie within low and high, cuts between them")
    if problems:
        raise BadInput(problems)
    whole = step is not None and step.is_integer() and max(-low, high) <= LARGEST_WHOLE
    dtype = "datetime64[us]" if dates else ("Int64" if draft.missing else "int64") if whole else "float64"
    return replace(column, dtype=dtype), tuple(cuts)


def _listed(value: Any) -> list[Any]:
    return cast("list[Any]", list(value)) if isinstance(value, list | tuple) else [] if value is None else [math.nan]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _point(value: Any, date: bool) -> float:
    """A bound as float64, seconds for dates; NaN when it is none."""
    if not date:
        return float(value) if _is_number(value) else math.nan
    times = pd.to_datetime(pd.Series([value], dtype=object), utc=True, errors="coerce", format="ISO8601")
    return float(seconds(times)[0]) if isinstance(value, str) else math.nan
