"""Processor seconds and memory of a process and all it started, read off /proc while they run (Linux, else zero)."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Session:
    """Everything in the session that a process leads; `look` from time to time, what ended in between is not lost."""

    def __init__(self, leader: int) -> None:
        self.leader = leader
        self.used: dict[int, float] = {}  # processor seconds by process
        self.mib = 0.0  # largest sum of resident sets seen

    @property
    def processor_seconds(self) -> float:
        """Of all processes seen."""
        return sum(self.used.values())

    def look(self) -> None:
        """Count once more."""
        resident = 0
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                # the name, in brackets, may hold anything; after it: state, parent, group, session, ..., times, pages
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # gone
            if int(fields[3]) == self.leader:
                self.used[int(folder.name)] = (int(fields[11]) + int(fields[12])) / TICKS
                resident += int(fields[21]) * PAGE
        self.mib = max(self.mib, resident / 2**20)
