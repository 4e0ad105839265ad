"""The judge of synthetic tables, as it stands beside the checkout (or where $OBVERSE_JUDGE says), on files of CSV.

Its two scores that saturate need sdmetrics and are left out where that is not installed.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
from bars import ROOT

from .sets import Split

JUDGE = Path(os.environ.get("OBVERSE_JUDGE", ROOT.parent / "shared" / "judge" / "tabular_judge.py"))


@cache
def judge() -> ModuleType:
    """The judge as a module."""
    found = importlib.util.spec_from_file_location("tabular_judge", JUDGE)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Files:
    """A split as the judge reads it."""

    target: str
    train: Path
    test: Path
    fresh: Path | None

    @classmethod
    def of(cls, split: Split, folder: Path) -> Files:
        """Write the parts of a split as CSV."""
        return cls(
            split.target,
            _csv(split.train, folder / "train.csv"),
            _csv(split.test, folder / "test.csv"),
            None if split.fresh is None else _csv(split.fresh, folder / "fresh.csv"),
        )

    def verdict(self, synthetic: Path) -> dict[str, Any]:
        """The figures of one made table."""
        read = judge().read_table
        said = judge().judge(read(self.train), read(self.test), read(synthetic), self.target)
        return {"c2st": said["c2st_test"], "c2st_train": said["c2st_train"], "dcr": said["dcr_share"],
                "copies": said["exact_copies"], "copies_of_test": said["exact_copies_test"], "tstr": said["tstr"],
                "trtr": said["trtr"], "missing_gap": said["missing_gap"], "unseen": said["unseen_category"],
                "outside": said["out_of_range"], "whole": said["whole_kept"]}  # fmt: skip

    def reference(self) -> dict[str, Any]:
        """What real rows get: the fresh ones; without any, train told from test, and nothing else."""
        if self.fresh is not None:
            return self.verdict(self.fresh)
        read, align = judge().read_table, judge().align
        train = read(self.train)
        return {"c2st": judge().c2st(align(read(self.test), train), align(train, train), 0, 10_000)}


def _csv(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, index=False)
    return path
