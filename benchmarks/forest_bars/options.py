"""What a benchmark was asked to do differently from its defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """None leaves a benchmark's own default.

    Attributes:
        sets, families, seeds, labels: what to go through.
        rows: most rows of each part of a split, to try a benchmark out.
        unlabelled: rows without their target that generative families may learn from beside the few labels.
        longest: seconds after which a cold process is ended.
    """

    sets: Sequence[str] | None = None
    families: Sequence[str] | None = None
    seeds: Sequence[int] | None = None
    labels: Sequence[int] | None = None
    rows: int | None = None
    unlabelled: int = 0
    longest: float = 1_800.0
