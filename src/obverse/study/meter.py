"""Seconds and memory of named steps of one process."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

PROC = Path("/proc/self")
MB = 1e6


class Meter:
    """Measures steps one after the other.

    Attributes:
        seconds: wall-clock seconds by step.
        peak_mb: most memory that a step held beyond what the process held before it, in megabytes (10^6 bytes); None
            where the system keeps no such record.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.peak_mb: float | None = None

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """Measure the body under the name `step`."""
        before, start = _restart_peak(), perf_counter()
        yield
        self.seconds[step] = perf_counter() - start
        if before is not None:
            grown = (_peak() - before) / MB
            self.peak_mb = max(grown, self.peak_mb or 0.0)


def _restart_peak() -> int | None:
    """Make the kernel's record of the peak start from what is held now, and return that; None when it keeps none.

    What was freed is given back to the system first, else the step would reuse it and seem to need nothing.
    """
    try:
        ctypes.CDLL(None).malloc_trim(0)
        (PROC / "clear_refs").write_text("5")  # see proc(5): resets the peak resident set size
        return _peak()
    except (OSError, AttributeError):  # no /proc, no malloc_trim: not Linux with glibc
        return None


def _peak() -> int:
    """Bytes: largest resident set since the last restart."""
    status = (PROC / "status").read_text()
    kilobytes = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
    return int(kilobytes) * 1024
