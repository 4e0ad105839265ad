"""Cost: what do training and answering take? Measured while the other questions were put, on one thread."""

from __future__ import annotations

from math import ceil

from ...core.card import Task
from ...core.model import Model
from ...core.queries import Ability, Impossible, Native
from .question import Answer, Question, Subject


def _can(family: type[Model], task: Task | None) -> Ability:
    return Native()


def _put(subject: Subject) -> Answer:
    """What no other question has measured in this process is measured now."""
    family, seconds = type(subject.model), subject.meter.seconds
    if subject.target is not None:
        _ = subject.prediction
    if "sample_s" not in seconds and not isinstance(family.can("sample", target=subject.task), Impossible):
        _ = subject.created
    rates = {
        "predict_rows_s": (len(subject.test), seconds.get("predict_s")),
        "sample_rows_s": (len(subject.created) if "sample_s" in seconds else 0, seconds.get("sample_s")),
    }
    peak = subject.meter.peak_mb
    whole = None if peak is None else max(1, ceil(peak))  # a finer figure would be noise
    return Answer(
        {"fit_s": seconds["fit_s"], "peak_mb": whole}
        | {name: None if taken is None else rows / max(taken, 1e-9) for name, (rows, taken) in rates.items()}
    )


QUESTION = Question(
    key="cost",
    title="Cost",
    ask="What do training and answering take, on one core?",
    verb="",
    metrics=("fit_s", "predict_rows_s", "sample_rows_s", "peak_mb"),
    can=_can,
    put=_put,
)
