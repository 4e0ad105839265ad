"""Write the report of a study beside its results, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import BadInput
from ..data.files import write_bytes
from . import dial
from .size import fitted

LIMIT = 1_000_000  # bytes


def write(summary: Mapping[str, Any], folder: Path) -> Path:
    """Write report.html into the folder, beside the summary.json it shows; returns the path of the page.

    It is never larger than 1 MB: a summary with more to show than that loses its least needed parts, and says so.

    Raises:
        BadInput: the summary is not of a study, or is one that no page of 1 MB can hold.
    """
    made = dial.render(summary) if summary.get("kind") == dial.KIND else fitted(summary, LIMIT)
    page = made.encode("utf-8", "replace")
    if len(page) > LIMIT:
        raise BadInput(f"the report would take {len(page) / 1e6:.1f} MB, and 1 MB is the limit; compare fewer families")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.html"
    write_bytes(path, page)
    return path
