"""Write the report of a study beside its results, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import BadInput
from .page import render

LIMIT = 1_000_000  # bytes


def write(summary: Mapping[str, Any], folder: Path) -> Path:
    """Write report.html into the folder, beside the summary.json it shows; returns the path of the page.

    Raises:
        BadInput: the summary is not of a study, or its page would be larger than 1 MB.
    """
    page = render(summary).encode("utf-8", "replace")
    if len(page) > LIMIT:
        raise BadInput(
            f"the report would take {len(page) / 1e6:.1f} MB, and 1 MB is the limit; compare fewer families or splits"
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return _whole(folder / "report.html", page)


def _whole(path: Path, content: bytes) -> Path:
    """A kill leaves the old file or the new one."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
    return path
