"""How much memory there is to take: the machine's, or less where a control group (a container) allows less."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def available() -> int | None:
    """Bytes that can be taken now without swapping, as far as the system tells; None when it tells nothing.

    Linux: `MemAvailable`, and what each control group this process is in has left (version 2 and 1). Elsewhere on
    POSIX: all memory of the machine.
    """
    known = [*_free(), *_left_in_groups(ROOT, Path("/proc/self/cgroup"))]
    return min(known) if known else None


def _free() -> Iterator[int]:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        lines = []
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    if not found and "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    yield from found


def _left_in_groups(root: Path, membership: Path) -> Iterator[int]:
    """Limit less use of every group from this process' own up to the root; groups without a limit are left out."""
    try:
        lines = membership.read_text().splitlines()
    except OSError:
        return
    for line in lines:  # number:controllers:/path
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            mount, limit, used = (
                (root / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
                if controllers
                else (root, "memory.max", "memory.current")
            )
            own = mount / path.lstrip("/")
            for folder in (own, *own.parents):
                if folder.is_relative_to(mount):
                    yield from _left(folder / limit, folder / used)


def _left(limit: Path, used: Path) -> Iterator[int]:
    try:
        most, now = limit.read_text().strip(), used.read_text().strip()
    except OSError:
        return
    if most.isdigit() and now.isdigit():  # `max`: no limit
        yield max(int(most) - int(now), 0)
