"""Basics: the card, the constructor, fitting, and what every verb does with good and bad input."""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import re
from typing import Any, cast, get_args

import numpy as np

from ..core import card as cards
from ..core.errors import BadInput, NotFitted
from ..core.model import Model
from ..core.queries import QUERIES
from .answers import answers, as_text, differing, rowwise
from .expecting import Expect
from .needs import SAMPLES, needs
from .subject import QUESTIONED, SMALL, Subject

# ------------------------------------------------------------------------ the card


@needs()
def check_card_is_complete(subject: Subject) -> None:
    """Every required field of the card says something, in the words of `core.card`, and can be written as JSON."""
    card = subject.card
    for name in ("key", "title", "backbone", "objective"):
        assert getattr(card, name).strip(), f"card.{name} is empty; say it in a few words"
    assert card.references, "card.references is empty; name the paper or the library the family follows"
    words: dict[str, tuple[frozenset[Any], Any]] = {
        "learns": (card.learns, cards.Objective),
        "log_prob": (frozenset({card.log_prob}), cards.LogProb),
        "missing": (frozenset({card.missing}), cards.Missing),
        "condition": (frozenset({card.condition}), cards.Condition),
        "tasks": (card.tasks, cards.Task),
        "density_tasks": (card.density_tasks, cards.Task),
        "exact_given": (card.exact_given, cards.Given),
    }
    for name, (used, known) in words.items():
        odd = sorted(used - set(get_args(known)))
        assert not odd, (
            f"card.{name} says {', '.join(map(repr, odd))}; it knows {', '.join(map(repr, get_args(known)))}"
        )
    assert card.learns, "card.learns is empty; name the distributions fit can learn"
    json.dumps(card.to_json(), allow_nan=False)


@needs()
def check_key_is_the_name_of_the_file(subject: Subject) -> None:
    """The key is the module's name (or the class's, in snake case), so that people find the file."""
    family, key = subject.family, subject.card.key
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", family.__name__).lower()
    own = family.__module__.rpartition(".")[2]
    assert key in (own, snake), f"card.key is {key!r}; make it {own!r} (the file) or {snake!r} (the class)"


@needs()
def check_expected_failures_are_checks(subject: Subject) -> None:
    """Every expected failure names a check that applies, and gives a reason."""
    from . import BATTERY

    applying = {c.name for c in BATTERY if not c.unmet(subject)}
    for name, reason in subject.card.expected_failures.items():
        assert name in applying, f"card.expected_failures names {name!r}, which is no check of this family; remove it"
        assert reason.strip(), f"card.expected_failures gives no reason for {name!r}; say why it must fail"


# ----------------------------------------------------------------- the constructor


@needs()
def check_builds_without_arguments(subject: Subject) -> None:
    """Every argument has a default, and `random_state` is one, None by default."""
    parameters = inspect.signature(subject.family).parameters
    without = [p.name for p in parameters.values() if p.default is p.empty]
    assert not without, f"arguments without a default: {', '.join(without)}; give each a sensible one"
    assert "random_state" in parameters, "the constructor has no random_state=None; fit takes its seed from there"
    assert parameters["random_state"].default is None, "random_state must be None by default"
    subject.family()


@needs()
def check_init_only_stores(subject: Subject) -> None:
    """The constructor keeps its arguments as they are, and does, prints and draws nothing."""
    given = {name: object() for name in inspect.signature(subject.family).parameters}
    said, state = io.StringIO(), _global_state()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        model = subject.family(**given)
    for name, value in given.items():
        kept = getattr(model, name, None)
        assert kept is value, f"__init__ must store self.{name} = {name} unchanged; check and convert it in _fit"
    extra = sorted(set(vars(model)) - set(given))
    assert not extra, f"__init__ sets {', '.join(extra)}; only arguments belong there, _fit sets what is learned"
    assert not said.getvalue(), f"__init__ printed {said.getvalue()!r}; it must be silent"
    assert _global_state() == state, "__init__ drew from numpy's global generator"


@needs()
def check_parameters_round_trip(subject: Subject) -> None:
    """get_params, set_params, scikit-learn's clone and repr agree about the arguments."""
    from sklearn.base import clone  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    model = subject.make()
    same = cast("Model", clone(cast("Any", model)))
    assert same is not model and same.get_params() == model.get_params(), "clone(model) has other parameters"
    other = subject.make(random_state=None).set_params(**model.get_params())
    assert other.get_params() == model.get_params(), "set_params(**get_params()) changed a parameter"
    assert repr(subject.make(random_state=987)).startswith(f"{subject.family.__name__}("), (
        "repr must start with the class"
    )
    assert "random_state=987" in repr(subject.make(random_state=987)), "repr must show the arguments that were changed"
    with Expect(BadInput, "set_params with an unknown argument"):
        model.set_params(no_such_argument=1)


# --------------------------------------------------------------------- fit and ask


@needs()
def check_fit_returns_self(subject: Subject) -> None:
    """`fit` returns the model itself, so that calls chain."""
    model = subject.make()
    assert model.fit(subject.train("clinic", QUESTIONED), subject.target("clinic")) is model, "fit must return self"


@needs()
def check_queries_before_fit_say_so(subject: Subject) -> None:
    """Every query of an unfitted model raises NotFitted, whose text names `fit`."""
    X = subject.fresh("clinic", 3)
    for name in (*QUERIES, "predict_proba", "probability", "save"):
        argument: Any = {"sample": 1, "probability": "weight > 0", "save": "nowhere"}.get(name, X)
        with Expect(NotFitted, f"{name} before fit") as caught:
            getattr(subject.make(), name)(argument)
        assert "fit" in str(caught.error), f"the error of {name} before fit must say to call fit: {caught.error}"


@needs()
def check_second_fit_forgets_the_first(subject: Subject) -> None:
    """A model fitted twice answers as one that saw the second data only."""
    first = "steps" if subject.can_learn("steps") else "finite"
    used = subject.fit(first, SMALL).fit(subject.train("clinic", SMALL), subject.target("clinic"))
    odd = differing(subject.reference, subject.question(used))
    assert not odd, f"after a second fit, {odd} still depend on the first; start _fit from nothing"


@needs()
def check_nothing_given_is_changed(subject: Subject) -> None:
    """Fitting and asking leave the data, the arguments and numpy's global generator as they were."""
    train, X = subject.train("clinic", SMALL), subject.fresh("clinic", 20)
    before = as_text(train), as_text(X)
    model = subject.make()
    arguments, state = dict(model.get_params()), _global_state()
    model.fit(train, subject.target("clinic"))
    assert as_text(train) == before[0], "fit changed the training data; work on a copy"
    answers(model, X)
    assert as_text(X) == before[1], "a query changed the data it was given; work on a copy"
    changed = [name for name, value in model.get_params().items() if value is not arguments[name]]
    assert not changed, f"fit or a query changed the arguments {', '.join(changed)}; store what is learned as name_"
    assert _global_state() == state, "numpy's global generator was used; draw from the rng that _fit and the hooks get"


def _global_state() -> str:
    state: Any = np.random.get_state(legacy=False)
    return repr((state["state"]["key"].tolist(), state["state"]["pos"]))


# --------------------------------------------------------------- good and bad input


@needs()
def check_bad_training_data_list_every_problem(subject: Subject) -> None:
    """Data that cannot be learned raise BadInput, with all that is wrong and not only the first."""
    frame, target = subject.train("clinic", 40), subject.target("clinic")
    with Expect(BadInput, "fit with a complex and an infinite column") as caught:
        subject.make().fit(frame.assign(weird=[1j] * len(frame), endless=float("inf")), target)
    _names_both("fit", caught, "weird", "endless")
    with Expect(BadInput, "fit to a table without rows"):
        subject.make().fit(frame.iloc[:0], target)
    with Expect(BadInput, "fit with a target that is no column"):
        subject.make().fit(frame, "no such column")


@needs()
def check_bad_queries_list_every_problem(subject: Subject) -> None:
    """Rows that cannot be read raise BadInput, with all that is wrong and not only the first."""
    model, X = subject.model("clinic"), subject.fresh("clinic", 5)
    for name, ask in rowwise(model).items():
        with Expect(BadInput, f"{name} of columns never seen"):
            ask(X[["dose"]].rename(columns={"dose": "potion"}))
        with Expect(BadInput, f"{name} of text in columns of numbers") as caught:
            ask(X.assign(dose="much", systolic="high"))
        _names_both(name, caught, "dose", "systolic")


@needs(SAMPLES)
def check_bad_numbers_of_rows_are_refused(subject: Subject) -> None:
    """`sample` takes whole numbers from 0."""
    model: Any = subject.model("clinic")
    for n in (-1, 1.5, "3"):
        with Expect(BadInput, f"sample({n!r})"):
            model.sample(n)


@needs()
def check_one_row_can_be_asked_about(subject: Subject) -> None:
    """One row is enough for a query, as a DataFrame or as a dict."""
    model, X = subject.model("clinic"), subject.fresh("clinic", 1)
    for name, ask in rowwise(model).items():
        answer = ask(X)
        assert len(answer) == 1, f"{name} of one row gave {len(answer)} answers"
        alike = as_text(ask(X.iloc[0].to_dict())) == as_text(answer)
        assert alike, f"{name} of a dict differs from {name} of the same row as a DataFrame"


@needs()
def check_few_rows_can_be_learned(subject: Subject) -> None:
    """Eight rows are enough to fit and to answer."""
    train = subject.train("clinic", 8)
    answers(subject.make().fit(train, subject.target("clinic")), train)


@needs()
def check_every_dtype_can_be_asked_about(subject: Subject) -> None:
    """Text, categories, truth values, nullable numbers and dates: every row gets a finite answer."""
    model, X = subject.model("clinic"), subject.fresh("clinic", 40)
    for name, ask in rowwise(model).items():
        answer = np.asarray(ask(X))
        assert len(answer) == len(X), f"{name} of {len(X)} rows gave {len(answer)} answers"
        usable = answer.dtype.kind not in "fc" or np.isfinite(answer).all()
        assert usable, f"{name} gave NaN or infinite numbers for ordinary rows"


def _names_both(verb: str, caught: Expect, *names: str) -> None:
    told = str(caught.error)
    left = [name for name in names if name not in told]
    assert not left, f"{verb} must list every bad column, and left out {', '.join(left)}: {told}"
