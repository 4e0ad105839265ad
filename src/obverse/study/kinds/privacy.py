"""The price of a dial: one family at several values of one argument, its fidelity beside what it gives away.

Every value is fitted on the same splits and asked the question of creating, so its figures are those of `compare`. The
folder holds the frozen plan, a folder of results for each value and for the references, and the summary; a study that
was stopped goes on where it was.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import BadInput
from ...core.params import check, names
from ..leaks import MODEL
from ..metrics import METRICS
from ..questions import REFERENCE
from ..results import Result, plain
from ..withheld import FIDELITY, PRIVACY, why_withheld, withhold

if TYPE_CHECKING:
    from ..plan import Plan
    from ..prepare import Prepared

KIND, QUESTION = "privacy", "create"
DIAL, VALUES = "min_samples_leaf", (2, 5, 10, 20, 50, 100)
SHOWN = (*FIDELITY, *PRIVACY, MODEL)
Value = int | float | str | bool


@dataclass(frozen=True)
class DialStudy:
    """A study that has run.

    Attributes:
        folder: holds plan.toml, results by value, environment.json and summary.json.
        summary: the content of summary.json.
    """

    folder: Path
    summary: dict[str, Any]


def privacy(
    X: Any,
    y: Any = None,
    *,
    family: str,
    dial: str = DIAL,
    values: Sequence[Value] = VALUES,
    splits: int = 3,
    seed: int = 0,
    rows: int = 20_000,
    drop: Sequence[str] = (),
    out: str | Path | None = None,
    n_jobs: int | None = None,
    progress: bool = True,
) -> DialStudy:
    """Fit a family at several values of one argument and measure fidelity and privacy of the rows it creates.

    Args:
        X, y: data and target, as `compare` takes them.
        family: key of a family that creates rows.
        dial: name of one of its arguments.
        values: of the argument, in the order in which they are drawn.
        splits, seed, rows, drop, n_jobs, progress: as `compare` takes them.
        out: folder of the study; None for `obverse-privacy-<name>`.

    Raises:
        BadInput: data, family, argument or values that cannot be used, or a folder that holds something else.
    """
    import joblib

    from .. import environment, plan
    from ..prepare import prepare

    _check_dial(family, dial, values)
    prepared = prepare(X, y, families=[family], questions=[QUESTION], splits=splits, seed=seed, test_share=0.3,
                       rows=rows, name=None, drop=drop)  # fmt: skip
    frozen = replace(prepared.plan, questions=(KIND,), params={family: {dial: list(values)}})
    folder = Path(out) if out is not None else Path(f"obverse-{KIND}-{frozen.name}")
    plan.freeze(frozen, folder)
    start, machine = monotonic(), environment.resumed(folder)
    environment.write_json(folder / environment.FILE, machine)
    if progress:
        what = f"{frozen.name}: {family} at {len(values)} values of {dial}, {splits} splits"
        print(what, file=sys.stderr, flush=True)
    found = _run(prepared, frozen, folder, dial, values, n_jobs or joblib.cpu_count(), progress)
    machine["seconds"] = round(machine["seconds"] + monotonic() - start, 1)
    environment.write_json(folder / environment.FILE, machine)
    words = ["obverse", "study", KIND, prepared.source, "--family", family]
    words += ["--dial", f"{dial}={','.join(map(str, values))}", "--splits", str(splits), "--seed", str(seed)]
    words += ["--target", frozen.target] if frozen.target else []
    words += ["--rows", str(rows)] if rows != 20_000 else []
    summary = _summary(prepared, frozen, dial, values, found) | {"environment": machine}
    summary["plan"]["command"] = shlex.join(words)
    environment.write_json(folder / "summary.json", summary)
    return DialStudy(folder, summary)


def _check_dial(family: str, dial: str, values: Sequence[Value]) -> None:
    """BadInput for a family that creates no rows, an argument it has not, or values that are no dial."""
    from ...core.queries import Impossible
    from ...registry import get

    cls = get(family)
    if isinstance(able := cls.can("sample"), Impossible):
        raise BadInput(f"{family} creates no rows: {able.why}; name a family that `obverse list --can sample` shows")
    if dial == DIAL and dial not in names(cls):
        raise BadInput(f"{family} has no {DIAL}; give --dial NAME=A,B,C with one of {', '.join(names(cls))}")
    check(cls, {dial: None}, family)
    if dial == "random_state":
        raise BadInput("random_state is no dial: the study seeds its families itself")
    if len(set(map(str, values))) < max(2, len(values)):
        raise BadInput(f"a dial needs at least two values, each once, not {', '.join(map(str, values)) or 'none'}")


# ---------------------------------------------------------------- running


def _run(
    prepared: Prepared, frozen: Plan, folder: Path, dial: str, values: Sequence[Value], n_jobs: int, progress: bool
) -> dict[str, list[Result]]:
    """Results by value (as text), and of the references; only what is not there yet is worked out."""
    from .. import results
    from ..run import alone, split_rows, work
    from ..schedule import Task, Unit

    family = frozen.families[0]
    rows = split_rows(frozen, prepared.frame)
    places = {str(value): folder / f"{i + 1:02d}" for i, value in enumerate(values)} | {REFERENCE: folder / REFERENCE}
    with alone(folder):
        tasks = []
        for name, place in places.items():
            place.mkdir(exist_ok=True)
            done = {r.split for r in results.read(place)}
            given = {} if name == REFERENCE else {family: {dial: values[list(places).index(name)]}}
            plan = replace(frozen, questions=(QUESTION,), params=given)
            unit = REFERENCE if name == REFERENCE else family
            tasks += [
                Task(plan, prepared.frame, rows[s], Unit(unit, s), (QUESTION,), place.resolve(), os.getpid())
                for s in range(frozen.splits)
                if s not in done
            ]
        work(iter(tasks), len(tasks), n_jobs=min(n_jobs, max(len(tasks), 1)), progress=progress)
    return {name: results.read(place) for name, place in places.items()}


# ---------------------------------------------------------------- summing up


def _summary(
    prepared: Prepared, plan: Plan, dial: str, values: Sequence[Value], found: Mapping[str, Sequence[Result]]
) -> dict[str, Any]:
    """The study as JSON's types: figures by value, what fresh real rows have, and what the two ends say."""
    from ...registry import get

    card = get(plan.families[0]).card
    rows = [_row(str(value), found[str(value)], plan.splits) for value in values]
    fresh = _by_split(found[REFERENCE], plan.splits)
    fresh["tstr"] = [r.metrics.get("trtr") for r in sorted(found[REFERENCE], key=lambda r: r.split)]
    metrics = [m for m in SHOWN if any(row["mean"][m] is not None for row in rows)]
    out = {
        "kind": KIND,
        "title": f"{plan.name}: what {dial} of {card.key} costs and protects",
        "data": {n: getattr(plan, n) for n in ("name", "sha256", "rows", "columns", "target", "task")}
        | {"source": prepared.source, "notes": list(prepared.notes)},
        "plan": {n: getattr(plan, n) for n in ("seed", "splits", "test_share", "hash")},
        "family": {"key": card.key, "title": card.title, "side": card.side},
        "dial": dial,
        "metrics": metrics,
        "rows": rows,
        "fresh": {m: _mean(fresh.get(m, [])) for m in metrics},
    }
    return plain(out | {"sentence": _sentence(out)})


def _by_split(found: Sequence[Result], splits: int) -> dict[str, list[float | None]]:
    """Figure of each split by metric."""
    by_split = {r.split: r.metrics for r in found}
    return {m: [by_split.get(s, {}).get(m) for s in range(splits)] for m in SHOWN}


def _row(value: str, found: Sequence[Result], splits: int) -> dict[str, Any]:
    figures = _by_split(found, splits)
    held = why_withheld(figures)
    figures = withhold(figures) if held else figures
    failed = sorted({f"{r.status}: {r.why}" for r in found if r.status != "ok"})
    return {"value": value, "values": figures, "mean": {m: _mean(v) for m, v in figures.items()}} | {
        "withheld": held,
        "failed": failed,
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return float(np.mean(known)) if known else None


def _sentence(study: Mapping[str, Any]) -> str:
    """From the first value to the last: what is paid, and what it buys."""
    first, last = study["rows"][0], study["rows"][-1]
    moves = []
    for m in study["metrics"]:
        a, b = first["mean"][m], last["mean"][m]
        if a is not None and b is not None:
            fresh = study["fresh"].get(m)
            beside = f" (real rows {METRICS[m].show(fresh)})" if fresh is not None else ""
            moves.append(f"{METRICS[m].title} {METRICS[m].show(a)} to {METRICS[m].show(b)}{beside}")
    if not moves:
        return "No value of the dial has figures at both ends."
    return f"From {study['dial']} {first['value']} to {last['value']}: {'; '.join(moves)}."
