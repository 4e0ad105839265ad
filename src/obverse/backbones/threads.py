"""How many threads may work: on few rows they cost more than they save, and they spin on shared cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

ENOUGH = 5_000  # rows from which one library call may use every core
ENOUGH_FOR_TASKS = 2_000  # rows from which whole tasks run side by side

T = TypeVar("T")
R = TypeVar("R")


def threads(rows: int) -> int:
    """Threads for so many rows, as XGBoost counts them: 1, or 0 for one a core."""
    return 0 if rows >= ENOUGH else 1


def side_by_side(task: Callable[[T], R], items: Iterable[T], rows: int) -> list[R]:
    """The task done for every item, the last one first, in a thread a core; each must keep to one thread itself.

    Answers come in the order of the items. An error or an interrupt drops what has not begun.
    """
    wanted = list(items)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if rows < ENOUGH_FOR_TASKS or cores < 2:
        return [task(item) for item in wanted]
    pool = ThreadPoolExecutor(cores)
    try:
        return [begun.result() for begun in [pool.submit(task, item) for item in wanted[::-1]][::-1]]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
