"""One unit of a study, as a worker process runs it: every question of the plan put to one family on one split."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import CannotAnswer, ObverseError
from ..core.queries import Impossible
from ..data.split import Split
from ..registry import get
from . import questions, references
from .meter import Meter
from .plan import Plan
from .questions.question import Question, Subject
from .results import Result, Status
from .schedule import Unit, asked

# What a family, or a library under it, may raise on data it does not like. Anything else ends the study.
FAILURES = (
    ObverseError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    RuntimeError,
    AttributeError,
    MemoryError,
)


def seed_of(plan: Plan, split: int) -> int:
    """The seed of all that is drawn on a split, the same for every family."""
    return int(np.random.SeedSequence([plan.seed, split]).generate_state(1)[0] >> 1)


def run(plan: Plan, frame: pd.DataFrame, rows: Split, unit: Unit) -> list[Result]:
    """Results of the unit, one a question.

    `frame`: all rows of the study; `rows`: which of them train and test. Numerical libraries get one thread: the
    study itself runs as many units at once as there are cores, and threads would only fight.
    """
    with _one_thread():
        work = _Work(plan, frame.iloc[rows.train], frame.iloc[rows.test], unit)
        return [work.result(question) for question in asked(plan, unit)]


class _Work:
    """The unit while it runs: fitted when the first question needs it; a fit that fails, fails them all."""

    def __init__(self, plan: Plan, train: pd.DataFrame, test: pd.DataFrame, unit: Unit) -> None:
        self.plan, self.train, self.test, self.unit = plan, train, test, unit
        self.seed = seed_of(plan, unit.split)
        self.refusal: str | None = None

    def result(self, key: str) -> Result:
        """The answer to one question, whatever becomes of it."""
        status: Status = "ok"
        why, metrics, extra = None, {}, {}
        try:
            if self.unit.family == questions.REFERENCE:
                data = (self.train, self.test, self.plan.target, self.plan.task)
                metrics = references.figures(key, *data, self.seed)
            else:
                status, why, metrics, extra = self._put(questions.get(key))
        except CannotAnswer as error:
            status, why = "cannot", str(error)
        except FAILURES as error:
            status, why = "failed", _one_line(error)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return Result(self.unit.family, self.unit.split, key, status, why, metrics, extra, self.seed, at)

    def _put(self, question: Question) -> tuple[Status, str | None, dict[str, Any], dict[str, Any]]:
        ability = question.can(get(self.unit.family), self.plan.task)
        if isinstance(ability, Impossible):
            return "cannot", ability.why, {}, {}
        if self.refusal is not None:
            return "failed", self.refusal, {}, {}
        answer = question.put(self.subject)
        return "ok", None, answer.metrics, answer.extra

    @cached_property
    def subject(self) -> Subject:
        """The fitted family."""
        meter, plan = Meter(), self.plan
        given: dict[str, Any] = {**plan.params.get(self.unit.family, {}), "random_state": self.seed}
        model = get(self.unit.family)(**given)
        try:
            with meter.measure("fit_s"):
                model.fit(self.train, plan.target, task=plan.task)
        except FAILURES as error:
            self.refusal = _one_line(error)
            raise
        return Subject(model, self.train, self.test, plan.target, plan.task, self.seed, meter)


@contextmanager
def _one_thread() -> Iterator[None]:
    # Loaded here, so that their threads are there to be limited and the first family is not charged for loading them.
    from threadpoolctl import threadpool_limits

    for library in ("sklearn.ensemble", "sklearn.linear_model", "xgboost"):
        import_module(library)
    with threadpool_limits(1):
        yield


def _one_line(error: BaseException) -> str:
    """The error in one line, with its kind when it is not one of Obverse's own."""
    text = " ".join(str(error).split()) or "no reason given"
    text = text if len(text) <= 300 else f"{text[:297]}..."
    return text if isinstance(error, ObverseError) else f"{type(error).__name__}: {text}"
