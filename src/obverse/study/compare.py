"""`compare`: every family on your own data, question by question, on the same splits; the main job."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..core.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

    from ..core.card import Task
    from ..data.table import Table
    from .plan import Plan

ROWS = 20_000
SPLITS = 5
TEST_SHARE = 0.3
Families = Sequence[str] | Mapping[str, Mapping[str, Any]] | None


@dataclass(frozen=True)
class Study:
    """A study that has run.

    Attributes:
        folder: holds plan.toml, results.jsonl, environment.json and summary.json.
        summary: the content of summary.json.
    """

    folder: Path
    summary: dict[str, Any]

    def show(self) -> None:
        """Print the tables and verdicts."""
        from .terminal import show

        report = self.folder / "report.html"
        show(self.summary, report if report.exists() else self.folder)

    def frame(self) -> pd.DataFrame:
        """Every figure as one row: family, split, question, status, why, metric, value (float64)."""
        import pandas as pd

        from .results import read

        rows = [
            (r.family, r.split, r.question, r.status, r.why, metric, value)
            for r in read(self.folder)
            for metric, value in (r.metrics or {None: None}).items()
        ]
        frame = pd.DataFrame(rows, columns=["family", "split", "question", "status", "why", "metric", "value"])
        return frame.astype({"value": "float64"})


def compare(
    X: Any,
    y: Any = None,
    *,
    families: Families = None,
    splits: int = SPLITS,
    seed: int = 0,
    out: str | Path | None = None,
    n_jobs: int | None = None,
    budget: float | None = None,
    questions: Sequence[str] | None = None,
    name: str | None = None,
    rows: int | None = ROWS,
    test_share: float = TEST_SHARE,
    progress: bool = True,
) -> Study:
    """Compare families on one table and write the study to a folder; run again, it goes on where it stopped.

    Args:
        X: DataFrame or array, a path, or a catalogue name.
        y: target: a column of X, or one value a row; None takes the catalogue's own, else compares without a target.
        families: keys, or keys with constructor arguments; None takes every table family that suits the target.
        splits: random train/test splits, the same for every family; at least 3 for a verdict.
        seed: of everything random.
        out: folder of the study; None for `obverse-<name>`.
        n_jobs: units (a family on a split) at once; None for one a core.
        budget: seconds after which nothing new is started.
        questions: some of predict, probabilities, create, fill, cost; None for all.
        name: of the data, for titles.
        rows: a larger table is represented by so many of its rows, drawn with the seed; None for all rows.
        test_share: test rows as a share of all.
        progress: say on stderr what is going on.

    Raises:
        BadInput: data, families or numbers that cannot be used, or a folder that holds something else.
    """
    _check_numbers(splits=splits, seed=seed, test_share=test_share, rows=rows, n_jobs=n_jobs, budget=budget)
    if progress and isinstance(X, str | Path):
        _say(f"reading {X}")
    table = _table(X, y, name)
    frame, notes = _drawn(table, rows, seed)
    task, more = _task(frame, table.target)
    params = _params(families, task)
    planned = _plan(table, frame, task, params, _questions(questions, task), splits, seed, test_share)
    folder = Path(out) if out is not None else Path("obverse-" + re.sub(r"[^\w.-]+", "-", table.name))
    data = {
        "source": table.source,
        "missing_share": float(frame.isna().to_numpy().mean()),
        "notes": [*table.notes, *notes, *more],
    }
    command = _command(planned, table.source, rows, out)
    return _run(planned, frame, folder, data, command, n_jobs=n_jobs, budget=budget, progress=progress)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# ---------------------------------------------------------------- what is to be compared


def _check_numbers(**given: Any) -> None:
    """BadInput that lists every number that makes no sense."""
    whole = {"splits": 1, "seed": 0, "rows": 2, "n_jobs": 1}
    problems = [
        f"{name} must be a whole number from {least}, not {given[name]!r}"
        for name, least in whole.items()
        if not (given[name] is None and name in ("rows", "n_jobs"))
        and (isinstance(given[name], bool) or not isinstance(given[name], int) or given[name] < least)
    ]
    if not 0 < given["test_share"] < 1:
        problems.append(f"test_share must lie between 0 and 1, not {given['test_share']!r}")
    if given["budget"] is not None and given["budget"] <= 0:
        problems.append(f"budget must be a positive number of seconds, not {given['budget']!r}")
    if problems:
        raise BadInput(problems)


def _table(X: Any, y: Any, name: str | None) -> Table:
    """The data with their target as one of the columns."""
    import pandas as pd

    from ..data.read import read
    from ..modalities.frames import column_names, target_series, to_frame

    if isinstance(X, str | Path):
        if y is not None and not isinstance(y, str):
            raise BadInput("with data from a file or the catalogue, y must be the name of a column")
        table = read(X, target=y)
    else:
        frame, _ = to_frame(X)
        names, problems = column_names(frame)
        if problems:
            raise BadInput(problems)
        frame = frame.set_axis(names, axis=1)
        if y is not None and not isinstance(y, str):
            label, series = target_series(y, names, len(frame))
            frame, y = frame.assign(**{label: pd.Series(series).to_numpy()}), label
        table = read(frame, target=y)
    return table if name is None else replace(table, name=name)


def _drawn(table: Table, rows: int | None, seed: int) -> tuple[pd.DataFrame, list[str]]:
    """All rows, or so many of them, and what to say about it."""
    frame = table.frame
    if rows is None or len(frame) <= rows:
        return frame.reset_index(drop=True), []
    note = f"{rows:,} of {len(frame):,} rows, drawn with seed {seed}, stand for the table (rows=None takes all)"
    return frame.sample(rows, random_state=seed).sort_index().reset_index(drop=True), [note]


def _task(frame: pd.DataFrame, target: str | None) -> tuple[Task | None, tuple[str, ...]]:
    """Kind of the target, and what reading the columns has to say."""
    from ..modalities.table import TABLE

    schema = TABLE.learn(frame, target).schema
    return schema.task, schema.notes


def _params(families: Families, task: Task | None) -> dict[str, dict[str, Any]]:
    """Family -> its constructor arguments; BadInput lists unknown families, arguments, and families of other targets."""
    from ..core import params
    from ..registry import families as registered
    from ..registry import get

    if families is None:
        return {key: {} for key, family in registered().items() if _unsuited(family, task) is None}
    wanted = {key: dict(families[key]) if isinstance(families, Mapping) else {} for key in families}
    problems = [] if wanted else ["name at least one family; `obverse list` shows them"]
    for key, given in wanted.items():
        try:
            params.check(get(key), {k: v for k, v in given.items() if k != "random_state"}, key)
        except BadInput as error:
            problems += error.problems
            continue
        problem = _unsuited(get(key), task)
        problems += [problem] if problem else []
        if "random_state" in given:
            problems.append(f"{key}: the study seeds its families itself; leave random_state out and give seed")
    if problems:
        raise BadInput(problems)
    return wanted


def _unsuited(family: Any, task: Task | None) -> str | None:
    """Why the family has no place in this study, None when it has one."""
    card = family.card
    if card.modality.name != "table":
        return f"{card.key} learns {card.modality.name}, not tables"
    if task is None and (card.needs_target or card.side == "discriminative"):
        return f"{card.key} needs a target: name the column to predict"
    if task is not None and task not in card.tasks:
        return f"{card.key} takes a {' or '.join(sorted(card.tasks))} target, and this one is a {task}"
    return None


def _questions(asked: Sequence[str] | None, task: Task | None) -> tuple[str, ...]:
    """Keys in the order of `KEYS`; without a target only those that need none."""
    from .questions import KEYS, NEED_TARGET

    possible = [key for key in KEYS if task is not None or key not in NEED_TARGET]
    if asked is None:
        return tuple(possible)
    problems = [f"no question {key!r}; there are: {', '.join(KEYS)}" for key in asked if key not in KEYS]
    problems += [f"the question {key!r} needs a target" for key in asked if key in KEYS and key not in possible]
    if problems or not asked:
        raise BadInput(problems or f"ask at least one question of {', '.join(KEYS)}")
    return tuple(key for key in possible if key in asked)


def _plan(
    table: Table,
    frame: pd.DataFrame,
    task: Task | None,
    params: Mapping[str, Mapping[str, Any]],
    questions: tuple[str, ...],
    splits: int,
    seed: int,
    test_share: float,
) -> Plan:
    from .plan import Plan

    return Plan(
        obverse=__version__,
        name=table.name,
        sha256=table.sha256,
        rows=len(frame),
        columns=frame.shape[1],
        target=table.target,
        task=task,
        families=tuple(sorted(params)),
        questions=questions,
        splits=splits,
        seed=seed,
        test_share=test_share,
        params={family: given for family, given in params.items() if given},
    )
