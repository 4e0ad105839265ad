"""Runs a plan: what is not yet in `results.jsonl`, as many units at once as there are cores, most telling order first.

Only the process that was started writes results; workers compute and hand them back.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pandas as pd

from ..core.errors import ObverseError
from ..data.split import Split, splits
from . import results
from .plan import Plan
from .results import Result
from .schedule import Unit, left


def split_rows(plan: Plan, frame: pd.DataFrame) -> list[Split]:
    """The plan's splits of the frame's rows; classes keep their shares."""
    labels = frame[plan.target].to_numpy() if plan.task == "class" else None
    return splits(len(frame), plan.splits, seed=plan.seed, test_share=plan.test_share, stratify=labels)


def run(
    plan: Plan, frame: pd.DataFrame, folder: Path, *, n_jobs: int, budget: float | None = None, progress: bool = True
) -> list[Result]:
    """Run what is left of the plan and return all results.

    Args:
        plan: frozen in `folder`.
        frame: the rows of the study.
        n_jobs: units at once.
        budget: seconds after which no new unit is started.
        progress: show a bar with the time left on stderr, if that is a terminal.

    Raises:
        ObverseError: a worker process died.
    """
    results.mend(folder)
    found = results.read(folder)
    todo, rows, stop = left(plan, found), split_rows(plan, frame), monotonic() + (budget or 0.0)
    # read by the worker processes when they start: OpenMP threads that wait must not spin
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    jobs = ((plan, frame, rows[u.split], u) for u in todo if budget is None or monotonic() < stop)
    with _bar(len(todo), progress) as advance:
        for batch in _together(jobs, min(n_jobs, max(len(todo), 1))):
            results.append(folder, batch)
            found += batch
            advance()
    return found


def _together(jobs: Iterator[tuple[Plan, pd.DataFrame, Split, Unit]], n_jobs: int) -> Iterator[list[Result]]:
    """Results of each unit as it finishes. A job is drawn only when a worker is free to start it."""
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky.process_executor import BrokenProcessPool

    from .unit import run as run_unit  # brings scikit-learn and XGBoost, which take a second to load

    if n_jobs == 1:
        yield from (run_unit(*job) for job in jobs)
        return
    at_once: Any = {"return_as": "generator_unordered", "pre_dispatch": n_jobs, "batch_size": 1}
    try:
        with parallel_config(backend="loky", inner_max_num_threads=1):
            pool: Any = Parallel(n_jobs, **at_once)
            yield from pool(delayed(run_unit)(*job) for job in jobs)
    except BrokenProcessPool as error:
        raise ObverseError(
            "a worker process died, most likely for want of memory; finished parts are kept: "
            "run it again with fewer jobs, or start another study with fewer rows"
        ) from error


@contextmanager
def _bar(total: int, wanted: bool) -> Iterator[Callable[[], object]]:
    """A progress bar on stderr; yields the function that moves it one on."""
    if not (wanted and total and sys.stderr.isatty()):
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)
