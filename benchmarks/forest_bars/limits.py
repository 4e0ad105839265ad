"""Bars on fidelity: a limit on a family's figure on a set, alone or against its reference in the same run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .record import Cell, Record, mean, median
from .sets import BREAST

FRESH = "fresh rows"
WORDS = {"c2st": "C2ST", "dcr": "DCR share", "copies": "exact copies", "tstr": "TSTR", "seconds": "seconds, cold",
         "gib": "GiB"}  # fmt: skip


@dataclass(frozen=True)
class Limit:
    """A figure that must be at most `most`.

    `kind`: the figure itself; how far it is `above` that of fresh rows; how far it is `below` TRTR (of TSTR).
    """

    family: str
    set: str
    figure: str
    kind: Literal["itself", "above", "below"]
    most: float

    def put(self, record: Record) -> None:
        """Make the bar where there are cells for it: the median over seeds, the mean over breast cancer's splits."""
        failed = [c for c in record.cells if c["set"] == self.set and c["family"] == self.family and "error" in c]
        if failed:
            record.bar(self.name, "failed", f"<= {self.most:g}", False, failed)
            return
        cells = record.of(set=self.set, family=self.family)
        reference = {c["seed"]: c for c in record.of(set=self.set, family=FRESH)}
        if not cells or (self.kind == "above" and not all(c["seed"] in reference for c in cells)):
            return

        def value(cell: Cell) -> float | None:
            own = cell["mib"] / 1024 if self.figure == "gib" else cell[self.figure]
            if own is None or self.kind == "itself":
                return own
            return cell["trtr"] - own if self.kind == "below" else own - reference[cell["seed"]][self.figure]

        found = (mean if self.set == BREAST else median)(cells, value)
        if found is None:
            return
        used = [*cells, *reference.values()] if self.kind == "above" else cells
        record.bar(self.name, found, f"<= {self.most:g}", found <= self.most, used)

    @property
    def name(self) -> str:
        words, breast = WORDS[self.figure], self.set == BREAST
        real = "real against real" if breast else "fresh rows"
        said = {"itself": words, "above": f"{words} above {real}", "below": "TRTR minus TSTR"}[self.kind]
        return f"{self.family} on {'breast' if breast else self.set}: {said}"


def _limits(family: str, name: str, *rules: tuple[str, Literal["itself", "above", "below"], float]) -> list[Limit]:
    return [Limit(family, name, *rule) for rule in rules]


LIMITS: Sequence[Limit] = (
    *_limits("chain_forest", "adult", ("c2st", "above", 0.045), ("dcr", "above", 0.015), ("copies", "itself", 0.001),
             ("tstr", "below", 0.008), ("seconds", "itself", 10.0), ("gib", "itself", 1.5)),
    *_limits("chain_forest", "california_housing", ("c2st", "above", 0.09), ("dcr", "itself", 0.55),
             ("tstr", "below", 0.045), ("seconds", "itself", 6.0)),
    *_limits("chain_forest", BREAST, ("c2st", "above", 0.06), ("tstr", "below", 0.008), ("seconds", "itself", 3.0)),
    *_limits("joint_forest", "adult", ("c2st", "itself", 0.70), ("dcr", "itself", 0.55), ("copies", "itself", 0.003),
             ("seconds", "itself", 10.0)),
)  # fmt: skip
