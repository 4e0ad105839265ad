"""Which columns `log_prob` scores, which it conditions on, and which it sums out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import BadInput, CannotAnswer
from .evidence import Evidence
from .queries import Scores
from .schema import UNSEEN, Array, FloatArray, Schema

if TYPE_CHECKING:
    from .model import Model

Names = Sequence[str] | None


def roles(model: Model, X: Any, evidence: Evidence, of: Names, given: Names) -> tuple[Evidence, Evidence | None]:
    """The event scored together with its condition, and the condition alone (None when there is none).

    Raises:
        BadInput: a name that is no column, or a column to score that X does not have.
        CannotAnswer: the family scores its target only.
    """
    schema, modality = model.schema_, model.card.modality
    default = given is None and (of is None or schema.target not in of)
    by_label = default and model.card.learned(schema.task) == "P(x|y)"
    if not modality.cells:
        if of is not None or given is not None:
            raise CannotAnswer(f"{model.card.key} has no columns to choose from", instead="log_prob(X)")
        return evidence, modality.only_target(evidence, schema) if by_label else None
    _check_names(schema, of, given)
    everything, t = range(len(schema.columns)), schema.target_index
    condition = None if given is None else [schema.index(c) for c in given]
    if not isinstance(model, Scores):
        _check_target_only(model, of, given)
        assert t is not None
        scored, of = [t], [schema.columns[t].name]
        condition = [j for j in everything if j != t] if condition is None else condition
    else:
        condition = [t] if by_label and t is not None else condition or []
        scored = [j for j in everything if j not in condition] if of is None else [schema.index(c) for c in of]
    _check_presence(model, X, evidence, of or ())
    values = _forget_unseen(schema, evidence.values, condition)
    known = Evidence(_settled(schema, values, condition) if isinstance(model, Scores) else values)
    event = known.only([*scored, *condition])
    return event, known.only(condition) if condition else None


def _check_names(schema: Schema, of: Names, given: Names) -> None:
    text = [name for name, columns in (("of", of), ("given", given)) if isinstance(columns, str)]
    if text:
        raise BadInput([f"log_prob: {name} is a list of column names, not one text" for name in text])
    problems = [f"log_prob: no column named {c!r}" for c in [*(of or ()), *(given or ())] if c not in schema]
    problems += [f"log_prob: column {c!r} is both scored and given" for c in of or () if c in (given or ())]
    if problems:
        raise BadInput(problems)


def _check_target_only(model: Model, of: Names, given: Names) -> None:
    target = model.schema_.target
    if (of is not None and list(of) != [target]) or target in (given or ()):
        raise CannotAnswer(f"{model.card.key} scores its target only", instead=f"log_prob(X, of=[{target!r}])")


def _check_presence(model: Model, X: Any, evidence: Evidence, of: Sequence[str]) -> None:
    """BadInput when X has no such column: summed out, it would score 0 in every row and look certain.

    A column that is there and empty stays unknown; the modality, which alone knows what X holds, tells the two apart.
    """
    schema = model.schema_
    empty = [c for c in of if np.isnan(evidence.values[:, schema.index(c)]).all()]
    if not empty:
        return
    try:
        model.card.modality.read(X, schema, need=empty)
    except BadInput as error:
        raise BadInput([f"log_prob: {problem}, so it cannot be scored" for problem in error.problems]) from None


def _forget_unseen(schema: Schema, values: FloatArray, columns: Sequence[int]) -> Array:
    """Categories never met are unknown where they are conditioned on; where they are scored they have probability 0."""
    out = values.copy()
    for j in (j for j in columns if schema.columns[j].kind == "category"):
        out[:, j] = np.where(out[:, j] == UNSEEN, np.nan, out[:, j])
    return out


def _settled(schema: Schema, values: FloatArray, columns: Sequence[int]) -> Array:
    """Numbers conditioned on stand on their grid, as in `predict`; scored off the grid they have probability 0."""
    out = values.copy()
    for j in columns:
        out[:, j] = schema.columns[j].on_grid(values[:, j])
    return out
