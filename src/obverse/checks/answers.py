"""Everything a model says about some rows, as text that is equal exactly when the answers are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.errors import CannotAnswer
from ..core.model import Model
from ..core.queries import Impossible

SEED = 11


def answers(model: Model, X: Any) -> dict[str, str]:
    """Question -> answer for every verb, drawing verbs with a seed and then with the model's own generator.

    A refusal (CannotAnswer) is an answer too. The model's generator advances.
    """
    event = f"`{X.columns[0]}` is not missing"
    questions: dict[str, Callable[[], Any]] = {
        "predict": lambda: model.predict(X),
        "predict_proba": lambda: model.predict_proba(X),
        "log_prob": lambda: model.log_prob(X),
        "impute": lambda: model.impute(X, seed=SEED),
        "impute with draws": lambda: model.impute(X, draws=2, seed=SEED),
        "sample": lambda: model.sample(20, seed=SEED),
        "probability": lambda: model.probability(event, seed=SEED),
        "the next sample": lambda: model.sample(3),
        "the sample after that": lambda: model.sample(3),
        "the next imputation": lambda: model.impute(X, draws=1),
    }
    return {name: answer(ask) for name, ask in questions.items()}


def answer(ask: Callable[[], Any]) -> str:
    """The answer as text, or the refusal."""
    try:
        return as_text(ask())
    except CannotAnswer as refusal:
        return f"cannot: {refusal}"


def as_text(answer: Any) -> str:
    """Every value in full precision, column names and dtypes included."""
    if isinstance(answer, list):
        return "\n".join(as_text(one) for one in answer)  # pyright: ignore[reportUnknownVariableType]
    if hasattr(answer, "dtypes"):
        cells = {name: answer[name].astype(object).tolist() for name in answer.columns}
        return repr((answer.dtypes.astype(str).to_dict(), cells))
    return repr(answer.tolist() if hasattr(answer, "tolist") else answer)


def differing(one: dict[str, str], other: dict[str, str]) -> str:
    """The questions whose answers differ, joined by commas; empty when none does."""
    return ", ".join(name for name in one if one[name] != other[name])


def rowwise(model: Model) -> dict[str, Callable[[Any], Any]]:
    """The verbs that answer row by row without drawing, as far as this fitted model can answer them."""
    task = model.schema_.task
    verbs: dict[str, Callable[[Any], Any]] = {}
    if task is not None and not isinstance(model.can("predict", target=task), Impossible):
        verbs["predict"] = model.predict
        if task == "class":
            verbs["predict_proba"] = model.predict_proba
    if not isinstance(model.can("log_prob", target=task), Impossible):
        verbs["log_prob"] = model.log_prob
    return verbs
