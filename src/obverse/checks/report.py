"""What the battery found: one outcome a check, as text for people and as JSON for tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["passed", "failed", "expected", "not applicable"]
STATUSES: tuple[Status, ...] = ("passed", "failed", "expected", "not applicable")


@dataclass(frozen=True)
class Outcome:
    """The result of one check.

    Attributes:
        group, name: of the check.
        status: `passed`; `failed`; `expected`: failed as the card says, with its reason; or `not applicable`.
        seconds: wall time.
        message: why, unless it passed.
    """

    group: str
    name: str
    status: Status
    seconds: float
    message: str = ""


@dataclass(frozen=True)
class Report:
    """The outcomes of one family, in the order of the battery."""

    family: str
    outcomes: tuple[Outcome, ...]

    @property
    def ok(self) -> bool:
        """No check failed, but for those the card expects to fail."""
        return not self.failed

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The failures."""
        return tuple(o for o in self.outcomes if o.status == "failed")

    @property
    def counts(self) -> dict[Status, int]:
        """Number of checks by status."""
        found = Counter(o.status for o in self.outcomes)
        return {status: found[status] for status in STATUSES}

    @property
    def seconds(self) -> float:
        """Wall time of all checks."""
        return sum(o.seconds for o in self.outcomes)

    def to_json(self) -> dict[str, Any]:
        """Plain dict: family, ok, counts, seconds and every outcome."""
        return {
            "family": self.family,
            "ok": self.ok,
            "counts": dict(self.counts),
            "seconds": round(self.seconds, 3),
            "checks": [asdict(o) | {"seconds": round(o.seconds, 3)} for o in self.outcomes],
        }

    def __str__(self) -> str:
        tally = ", ".join(f"{count} {status}" for status, count in self.counts.items() if count)
        lines = [f"{self.family}: {tally} in {self.seconds:.1f} s"]
        for group in dict.fromkeys(o.group for o in self.outcomes):
            mine = [o for o in self.outcomes if o.group == group]
            run = [o for o in mine if o.status != "not applicable"]
            lines.append(f"  {group:<10} {sum(o.status == 'passed' for o in run)} of {len(run)} passed")
            lines += [f"    {o.status}: {o.name}: {o.message}" for o in mine if o.status in ("failed", "expected")]
        return "\n".join(lines)
