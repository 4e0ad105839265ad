"""Runs a plan: what is not yet in `results.jsonl`, as many units at once as there are cores.

Workers append their own results, cell by cell, so that a kill at any moment loses only what was being worked on. One
process at a time runs a study: its folder is locked while it does.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import time
from typing import Any

from ..core.errors import BadInput, ObverseError
from ..data.split import Split, splits
from . import plan as plans
from . import results
from .alike import groups
from .lock import lock
from .plan import Plan
from .results import Result
from .schedule import Task, left


def split_rows(plan: Plan, frame: Any) -> list[Split]:
    """The plan's splits of the frame's rows, or of the pictures or texts; classes keep their shares, and texts that
    are nearly the same their side."""
    labels: Any = None
    if plan.task == "class":
        labels = frame[plan.target].to_numpy() if plan.modality == "table" else frame.labels
    alike = groups(frame.texts) if plan.modality == "text" else None
    return splits(len(frame), plan.splits, seed=plan.seed, test_share=plan.test_share, stratify=labels, groups=alike)


def run(
    plan: Plan,
    frame: Any,
    folder: Path,
    *,
    n_jobs: int,
    budget: float | None = None,
    progress: bool = True,
    elsewhere: Any = None,
) -> list[Result]:
    """Run what is left of the plan and return all results.

    Args:
        plan: frozen in `folder`.
        frame: the rows of the study, or its pictures or texts.
        n_jobs: units at once.
        budget: seconds after which no new question is started.
        progress: show a bar with the time left on stderr, if that is a terminal.
        elsewhere: texts of another source, None without.

    Raises:
        BadInput: another process is running this study.
        ObverseError: a worker process died.
    """
    stop = None if budget is None else time() + budget
    with alone(folder):
        found = results.read(folder)
        todo, rows = left(plan, found), split_rows(plan, frame)
        tasks = (
            Task(plan, frame, rows[unit.split], unit, questions, folder.resolve(), os.getpid(), stop, elsewhere)
            for unit, questions in todo.items()
            if stop is None or time() < stop
        )
        total = sum(map(len, todo.values()))
        found += work(tasks, total, n_jobs=min(n_jobs, max(len(todo), 1)), progress=progress)
    return found


def work(tasks: Iterator[Task], total: int, *, n_jobs: int, progress: bool) -> list[Result]:
    """Results of the tasks, which come to so many of them, `n_jobs` tasks at once; ObverseError as `run`."""
    # read by the worker processes when they start: OpenMP threads that wait must not spin
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    found: list[Result] = []
    with warnings.catch_warnings(), _bar(total, progress) as advance, closing(_together(tasks, n_jobs)) as batches:
        # joblib takes what a worker holds after its task for a leak, starts another and says so: nothing is lost
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs", category=UserWarning)
        for batch in batches:
            found += batch
            advance(len(batch))
    return found


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the study's lock (`lock`)."""
    with (folder / plans.FILE).open("rb") as file:
        try:
            lock(file.fileno(), wait=False)
        except BlockingIOError as error:
            raise BadInput(f"{folder}: another process is running this study; wait for it, or choose --out") from error
        yield


def _together(tasks: Iterator[Task], n_jobs: int) -> Generator[list[Result], None, None]:
    """Results of each unit as it finishes. A task is drawn only when a worker is free to start it."""
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import BrokenProcessPool

    from .unit import run as run_unit  # brings scikit-learn and XGBoost, which take a second to load

    if n_jobs == 1:
        yield from map(run_unit, tasks)
        return
    at_once: Any = {"return_as": "generator_unordered", "pre_dispatch": n_jobs, "batch_size": 1}
    try:
        with parallel_config(backend="loky", inner_max_num_threads=1):
            pool: Any = Parallel(n_jobs, **at_once)
            yield from pool(delayed(run_unit)(task) for task in tasks)
    except OSError:  # before this process ends, or what the workers still start is reported as leaked
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
        raise
    except BrokenProcessPool as error:
        raise ObverseError(
            "a worker process died, most likely for want of memory; finished parts are kept: "
            "run it again with fewer jobs, or start another study with fewer rows"
        ) from error


@contextmanager
def _bar(total: int, wanted: bool) -> Iterator[Callable[[int], object]]:
    """A progress bar on stderr; yields the function that moves it on."""
    if not (wanted and total and sys.stderr.isatty()):
        yield lambda _: None
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
        yield lambda steps: bar.advance(task, steps)
