"""One unit of a study, as a worker process runs it: the questions of the plan put to one family on one split."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, cached_property
from importlib import import_module
from threading import Thread
from time import sleep, time
from typing import Any

import numpy as np

from ..core.errors import CannotAnswer
from ..core.model import Model
from ..core.queries import Impossible
from . import questions, references, region, results
from .failures import FAILURES, one_line
from .judge import of_split
from .meter import Meter
from .plan import Plan
from .questions.question import Question, Subject, fit
from .results import Result, Status
from .schedule import Task
from .variants import arguments, family_of


def seed_of(plan: Plan, split: int) -> int:
    """The seed of all that is drawn on a split, the same for every family."""
    return int(np.random.SeedSequence([plan.seed, split]).generate_state(1)[0] >> 1)


def run(task: Task) -> list[Result]:
    """Answer the questions one after the other; each result is on disk before the next question starts.

    Numerical libraries get one thread: the study itself runs as many units at once as there are cores, and threads
    would only fight.
    """
    done: list[Result] = []
    if os.getpid() != task.parent:  # a terminal's Ctrl-C reaches every process; the first one says it and ends the rest
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with(task.parent)
    with _one_thread():
        work = _Work(task)
        for question in task.questions:
            if task.stop is not None and time() > task.stop:
                break
            result = work.result(question)
            if _orphaned(task.parent):  # the study was killed, and may be running again: leave the file to that run
                os._exit(0)
            results.append(task.folder, result)
            done.append(result)
    return done


@cache
def _end_with(parent: int) -> None:
    """Let this worker end when the process that started the study does, however that ends."""

    def watch() -> None:
        while not _orphaned(parent):
            sleep(1.0)
        os._exit(0)

    if parent != os.getpid():
        Thread(target=watch, daemon=True).start()


def _orphaned(parent: int) -> bool:
    return parent not in (os.getpid(), os.getppid())


class _Work:
    """The unit while it runs: fitted when the first question needs it; a fit that fails, fails them all."""

    def __init__(self, task: Task) -> None:
        self.plan, self.unit, self.frame = task.plan, task.unit, task.frame
        rows, frame = task.rows, task.frame
        table = task.plan.modality == "table"
        self.train, self.test = (frame.iloc[r] if table else frame.take(r) for r in (rows.train, rows.test))
        self.seed = seed_of(task.plan, task.unit.split)
        self.refusal: str | None = None
        self.folder, self.elsewhere = task.folder, task.elsewhere

    def result(self, key: str) -> Result:
        """The answer to one question, whatever becomes of it."""
        status: Status = "ok"
        why, metrics, extra = None, {}, {}
        try:
            if self.unit.family == questions.PORTRAIT:
                extra = self._portrait()
            elif self.unit.family == questions.REFERENCE:
                metrics, extra = self._reference(key)
            else:
                status, why, metrics, extra = self._put(questions.get(key, self.plan.modality))
        except CannotAnswer as error:
            status, why = "cannot", str(error)
        except FAILURES as error:
            status, why = "failed", one_line(error)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return Result(self.unit.family, self.unit.split, key, status, why, metrics, extra, self.seed, at)

    def _portrait(self) -> dict[str, Any]:
        from .portrait import portrait

        return portrait(self.frame, self.plan.target, self.plan.task, self.plan.seed)

    def _reference(self, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
        if self.plan.modality == "text":
            from .questions.of_texts import create as of_texts

            answer = of_texts.reference(self.train, self.test, self.seed)
            return answer.metrics, answer.extra
        if self.plan.modality != "image":
            return references.figures(key, self.train, self.test, self.plan.target, self.plan.task, self.seed), {}
        from .questions.of_pictures import create, fill

        if key == "fill":
            return fill.reference(self.train, self.test, self.seed).metrics, {}
        judge = of_split(self.folder, self.unit.split, self.train, self.seed)
        answer = create.reference(judge, self.train, self.test, self.seed)
        return answer.metrics, answer.extra

    def _put(self, question: Question) -> tuple[Status, str | None, dict[str, Any], dict[str, Any]]:
        ability = question.can(family_of(self.unit.family), self.plan.task)
        if isinstance(ability, Impossible):
            return "cannot", ability.why, {}, {}
        if self.refusal is not None:
            return "failed", self.refusal, {}, {}
        answer = question.put(self.subject)
        return "ok", None, answer.metrics, answer.extra

    def _made(self, rows: Any) -> Model:
        """The family, not fitted, to learn from these rows."""
        name = self.unit.family
        own = arguments(name, rows if self.plan.modality == "text" else None)
        given: dict[str, Any] = {**own, **self.plan.params.get(name, {}), "random_state": self.seed}
        return family_of(name)(**given)

    @cached_property
    def subject(self) -> Subject:
        """The fitted family."""
        meter, plan = Meter(), self.plan
        try:
            model = self._made(self.train)
            with meter.measure("fit_s"):
                fit(model, self.train, plan.target, plan.task)
        except FAILURES as error:
            self.refusal = one_line(error)
            raise
        return Subject(
            model, self.train, self.test, plan.target, plan.task, self.seed, meter, self._made,
            region.from_plan(plan.region), self.folder, self.unit.split, self.elsewhere,
        )  # fmt: skip


@contextmanager
def _one_thread() -> Iterator[None]:
    # Loaded here, so that their threads are there to be limited and the first family is not charged for loading them.
    from threadpoolctl import threadpool_limits

    for library in ("sklearn.ensemble", "sklearn.linear_model", "sklearn.neighbors", "sklearn.svm", "xgboost"):
        import_module(library)
    with threadpool_limits(1):
        yield
