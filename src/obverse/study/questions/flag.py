"""Flag: does it find rows whose cells do not belong together, single wrong cells, and wrong targets?

Rows and cells are rated by `Model.anomaly`, targets by `Model.log_prob`. The oddities are made from the test rows
themselves, so that no single value gives them away: a mixed row takes every cell from another row, a wrong cell or
target is another row's. Only what the columns have to do with each other can tell.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from ...core.card import Task
from ...core.model import Model
from ...core.queries import Ability, Scores
from ...core.schema import Array, FloatArray
from ..suspects import described
from .question import Answer, Question, Subject

ROWS = 1_000  # looked at for odd rows and wrong targets
CELLS = 6_000  # looked at for odd cells: rows times columns
SHOWN = 5  # real rows for the report
LIMIT = 1e6  # nats: stands for impossible
Drawn = np.random.Generator


def _can(family: type[Model], task: Task | None) -> Ability:
    return family.can("log_prob", target=task)


def mixed(rows: pd.DataFrame, rng: Drawn) -> pd.DataFrame:
    """As many rows whose cells each come from another row of the same column."""
    columns = {name: rows[name].array.take(rng.permutation(len(rows))) for name in rows.columns}
    return pd.DataFrame(columns, index=rows.index)


def swapped(rows: pd.DataFrame, names: list[str], rng: Drawn) -> tuple[pd.DataFrame, Array]:
    """Each row with one known cell of the columns `names` replaced by another row's, and bool (n, d) which.

    A row in which no known cell has another value to take stays as it is.
    """
    out, changed = rows.copy(), np.zeros(rows.shape, bool)
    at = rng.choice([list(rows.columns).index(name) for name in names], size=len(rows))
    for j in np.unique(at):
        cells = rows.iloc[:, j]
        codes = pd.factorize(cells)[0]
        here = np.flatnonzero((at == j) & (codes >= 0))
        other = rng.permutation(np.flatnonzero(codes >= 0))
        taken = [
            int(next((k for k in np.roll(other, -i) if codes[k] != codes[row]), row)) for i, row in enumerate(here)
        ]
        out.isetitem(j, _replaced(cells, here, taken))
        changed[here, j] = codes[taken] != codes[here]
    return out, changed


def _replaced(cells: Any, here: Array, taken: list[int]) -> Any:
    index = np.arange(len(cells))
    index[here] = taken
    return cells.array.take(index)


def _put(subject: Subject) -> Answer:
    rng = np.random.default_rng([subject.seed, 3])
    rows = subject.test.sample(min(ROWS, len(subject.test)), random_state=subject.seed)
    few = rows.iloc[: max(30, CELLS // rows.shape[1])]
    oddities = mixed(rows, rng), swapped(few, list(rows.columns), rng)
    wrong = None if subject.target is None else swapped(rows, [subject.target], rng)
    figures: dict[str, float | None] = {"flag_rows": None, "flag_cells": None}
    extra: dict[str, Any] = {}
    if isinstance(subject.model, Scores):
        surprise, odd = (_nats(subject.model.anomaly(some)) for some in (rows, oddities[0]))
        figures["flag_rows"] = _auc(np.repeat([0, 1], [len(rows), len(odd)]), np.concatenate([surprise, odd]))
        if _is_exact(subject.model, few):
            figures["flag_cells"] = _cells(subject.model, *oddities[1])
            extra["odd"] = _shown(subject.model, rows, surprise)
    figures["flag_labels"] = None if wrong is None else _labels(subject.model, rows, *wrong, str(subject.target))
    return Answer(figures, extra)


def _is_exact(model: Model, rows: pd.DataFrame) -> bool:
    """Whether single cells are summed out. A family that averages over draws would take minutes for thousands."""
    names = list(rows.columns)
    for name in names[:2]:  # one of the two is no target
        rest = [other for other in names if other != name]
        if model.log_prob(rows.iloc[:2], of=rest, given=[], details=True)[1].how != "exact":
            return False
    return True


def _cells(model: Model, rows: pd.DataFrame, changed: Array) -> float | None:
    known = rows.notna().to_numpy()
    return _auc(changed[known], model.anomaly(rows, by="cell").to_numpy()[known])


def _shown(model: Model, rows: pd.DataFrame, surprise: FloatArray) -> dict[str, Any]:
    """The oddest of the real rows, as they are."""
    most = np.argsort(-surprise, kind="stable")[:SHOWN]
    odd = rows.iloc[most]
    return {"looked": len(rows), **described(model, odd, odd.index.to_numpy(), surprise[most])}


def _labels(model: Model, rows: pd.DataFrame, wrong: pd.DataFrame, changed: Array, target: str) -> float | None:
    """Right and wrong targets of the same rows, each rated by -log p(target | rest)."""
    rest = [name for name in rows.columns if name != target]
    hit = changed[:, rows.columns.get_loc(target)]
    right, false = rows[hit], wrong[hit]
    surprise = [-_nats(model.log_prob(part, of=[target], given=rest)) for part in (right, false)] if hit.any() else []
    return _auc(np.repeat([0, 1], hit.sum()), np.concatenate(surprise)) if surprise else None


def _nats(log_prob: FloatArray) -> FloatArray:
    return np.clip(log_prob, -LIMIT, LIMIT)


def _auc(odd: Array, score: FloatArray) -> float | None:
    return float(roc_auc_score(odd, score)) if 0 < odd.sum() < len(odd) else None


QUESTION = Question(
    key="flag",
    title="Flag what is odd",
    ask="Does it notice rows whose cells do not belong together, single wrong cells, and wrong targets?",
    verb="notices odd rows best",
    metrics=("flag_rows", "flag_cells", "flag_labels"),
    can=_can,
    put=_put,
)
