"""The conformance battery: what every family must do, as small named checks anybody can run on a family of their own.

    report = check(MyFamily)          print(report); report.ok; report.to_json()
    obverse check my_family.py        the same from a shell

    @parametrize_with_checks([MyFamily])
    def test_my_family(subject, check):
        check(subject)

The pattern is scikit-learn's `check_estimator` and `parametrize_with_checks`. A failure the author knows of stands in
`Card.expected_failures` with its reason, and is strict: once the check passes, the entry must go.
"""

from __future__ import annotations

import importlib.util
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..core.errors import BadInput
from ..core.model import Model
from ..modalities.boxes import Boxes
from ..modalities.pairs import Pairs
from ..modalities.spans import SpansOfText
from . import (
    basics,
    boxes,
    coherence,
    honesty,
    impute,
    log_prob,
    pairs,
    pictures,
    predict,
    repeat,
    sample,
    spans,
    texts,
)
from .box_subject import BoxSubject
from .load import load_file
from .needs import Check
from .pair_subject import PairSubject
from .picture_subject import PictureSubject
from .report import Outcome, Report
from .span_subject import SpanSubject
from .subject import Subject
from .text_subject import TextSubject

__all__ = [
    "BATTERY",
    "BOXES",
    "PAIRS",
    "PICTURES",
    "SPANS",
    "TEXTS",
    "BoxSubject",
    "Check",
    "Outcome",
    "PairSubject",
    "PictureSubject",
    "Report",
    "SpanSubject",
    "Subject",
    "TextSubject",
    "check",
    "checks_for",
    "load_file",
    "parametrize_with_checks",
]

_GROUPS = (basics, repeat, honesty, predict, sample, log_prob, impute, coherence)
BATTERY: tuple[Check, ...] = tuple(c for group in _GROUPS for c in vars(group).values() if isinstance(c, Check))
PICTURES: tuple[Check, ...] = tuple(c for c in vars(pictures).values() if isinstance(c, Check))
BOXES: tuple[Check, ...] = (*pictures.ALIKE, *(c for c in vars(boxes).values() if isinstance(c, Check)))
SPANS: tuple[Check, ...] = (*pictures.ALIKE, *(c for c in vars(spans).values() if isinstance(c, Check)))
TEXTS: tuple[Check, ...] = (*pictures.ALIKE, *(c for c in vars(texts).values() if isinstance(c, Check)))
PAIRS: tuple[Check, ...] = (*pictures.ALIKE, *(c for c in vars(pairs).values() if isinstance(c, Check)))
AnySubject = Subject | PictureSubject | BoxSubject | TextSubject | SpanSubject | PairSubject


def check(family: type[Model] | Model) -> Report:
    """Run the whole battery on a family, or on a model with its own constructor arguments; never raises for a failure.

    Raises:
        BadInput: the battery has no worlds for its modality, or Python runs without assertions (`python -O`).
    """
    if not __debug__:
        raise BadInput("python -O removes the assertions the battery is made of; run it without -O")
    subject = _subject(family)
    return Report(subject.card.key, tuple(_outcome(c, subject) for c in _battery(subject)))


def checks_for(family: type[Model] | Model) -> list[Check]:
    """The checks that apply to a family, in the order of the battery."""
    subject = _subject(family)
    return [c for c in _battery(subject) if not c.unmet(subject)]


def parametrize_with_checks(families: Iterable[type[Model] | Model]) -> Any:
    """A pytest decorator: the test gets every `subject` with every `check` that applies to it, one test each.

    Checks the card expects to fail are strict xfails. Under pytest-xdist with `--dist loadgroup`, the checks of a
    family stay in one process, where they share its fitted models.
    """
    import pytest

    parallel = importlib.util.find_spec("xdist") is not None
    cases: list[Any] = []
    for subject in map(_subject, families):
        key, known = subject.card.key, subject.card.expected_failures
        for c in (c for c in _battery(subject) if not c.unmet(subject)):
            marks = [pytest.mark.xdist_group(f"battery-{key}")] if parallel else []
            marks += [pytest.mark.xfail(reason=known[c.name], strict=True)] if c.name in known else []
            cases.append(pytest.param(subject, c, marks=marks, id=f"{key}-{c.name}"))
    return pytest.mark.parametrize(("subject", "check"), cases)


def _subject(family: type[Model] | Model) -> AnySubject:
    kind, params = (family, None) if not isinstance(family, Model) else (type(family), family.get_params())
    own = None if params is None else {k: v for k, v in params.items() if k != "random_state"}
    if isinstance(kind.card.modality, Boxes):
        return BoxSubject(kind, own)
    if isinstance(kind.card.modality, SpansOfText):
        return SpanSubject(kind, own)
    if isinstance(kind.card.modality, Pairs):
        return PairSubject(kind, own)
    subjects = {"image": PictureSubject, "text": TextSubject}
    return subjects.get(kind.card.modality.name, Subject)(kind, own)


def _battery(subject: AnySubject) -> tuple[Check, ...]:
    if isinstance(subject, BoxSubject):
        return BOXES
    if isinstance(subject, SpanSubject):
        return SPANS
    if isinstance(subject, PairSubject):
        return PAIRS
    if isinstance(subject, TextSubject):
        alone = subject.card.stands_on and subject.card.stands_on not in subject.params
        return (pictures.check_picture_import_is_light,) if alone else TEXTS
    return PICTURES if isinstance(subject, PictureSubject) else BATTERY


def _outcome(c: Check, subject: AnySubject) -> Outcome:
    reason = subject.card.expected_failures.get(c.name)
    unmet = c.unmet(subject)
    if unmet:
        return Outcome(c.group, c.name, "not applicable", 0.0, unmet)
    start = time.perf_counter()
    problem = _problem(c, subject)
    seconds = time.perf_counter() - start
    if reason is None:
        return Outcome(c.group, c.name, "failed" if problem else "passed", seconds, problem)
    if problem:
        return Outcome(c.group, c.name, "expected", seconds, reason)
    stale = f"passes, but the card expects it to fail ({reason}); remove it from expected_failures"
    return Outcome(c.group, c.name, "failed", seconds, stale)


def _problem(c: Check, subject: AnySubject) -> str:
    """Why the check failed, empty when it passed."""
    try:
        c(subject)
    except Exception as error:  # the family's own code runs here: whatever escapes from it is its failure
        place = traceback.extract_tb(error.__traceback__)[-1]
        if Path(place.filename).parent == Path(__file__).parent and isinstance(error, AssertionError):
            return str(error)
        return f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno}, in {place.name})"
    return ""
