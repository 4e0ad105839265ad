"""Cost: what do training and answering take? Measured while the other questions were put, on one thread."""

from __future__ import annotations

from math import ceil

from ...core.card import Task
from ...core.model import Model
from ...core.queries import Ability, Native
from .question import Answer, Question, Subject


def _can(family: type[Model], task: Task | None) -> Ability:
    return Native()


def _put(subject: Subject) -> Answer:
    seconds = {name: subject.meter.seconds.get(name) for name in ("fit_s", "predict_s", "sample_s")}
    peak = subject.meter.peak_mb
    whole = None if peak is None else max(1, ceil(peak))  # a finer figure would be noise
    return Answer({**seconds, "peak_mb": whole})


QUESTION = Question(
    key="cost",
    title="Cost",
    ask="What do training and answering take, on one core?",
    verb="",
    metrics=("fit_s", "predict_s", "sample_s", "peak_mb"),
    can=_can,
    put=_put,
)
