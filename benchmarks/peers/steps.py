"""What every script of a peer does alike: read a table, time its steps, answer with one JSON object.

The scripts stand alone, in an environment without Obverse; they share this file because it lies beside them.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def is_number(column: Any) -> bool:
    """Whether a column as `read` gives it holds numbers (the rest is text)."""
    return column.dtype.kind in "iuf"


def read(path: str) -> Any:
    """The table; only an empty cell is missing."""
    import pandas as pd

    return pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)


def peak_mib() -> float:
    """Largest resident set of this process so far (Linux)."""
    text = Path("/proc/self/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024


class Steps:
    """Seconds of each step, in the order they are marked."""

    def __init__(self) -> None:
        self.last, self.seconds = time.perf_counter(), {}

    def done(self, name: str) -> None:
        """End a step, begin the next."""
        now = time.perf_counter()
        self.seconds[f"{name}_seconds"], self.last = round(now - self.last, 3), now


def answer(main: Callable[[dict[str, Any], Steps], dict[str, Any] | None]) -> None:
    """Call `main` with what the command line asks for, and print seconds, memory and what it says besides."""
    asked, steps = json.loads(sys.argv[1]), Steps()
    said = main(asked, steps) or {}
    print(json.dumps(steps.seconds | {"mib": round(peak_mib(), 1)} | said))
