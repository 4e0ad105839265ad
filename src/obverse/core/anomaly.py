"""How odd a row is, and which of its cells is wrong: made of `log_prob` alone.

A row's oddity is its surprise, -log p(row). The oddity of a cell is the probability that the cell is *wrong*: that its
value got there by mistake and says nothing, while the other cells stay as they are. Which cells of a row are wrong is
what is unknown, and Bayes' rule weighs the possible answers: with nothing wrong the row has probability p(row); with
the cells S wrong it has

    WRONG^|S|  *  p(cells outside S)  *  product over S of q(cell),

where q is what mistakes look like: half of them another row's value, half anything at all, within or far beyond the
observed bounds. A cell that is wrong makes its neighbours look odd, too; since every answer explains the whole row,
the cell that explains it best takes the blame from them, and two cells that contradict each other share it. One wrong
cell is considered for every cell, and further ones beside those that explained most so far, while that explains more.
Masses and densities are met on both sides of a comparison, so that cells of different columns compare.
"""

# pyright: reportPrivateUsage=false, reportMissingTypeStubs=false
# (the contract calls the families' hooks)

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from . import lookup
from .derive import MEANS
from .errors import BadInput, CannotAnswer
from .evidence import Evidence
from .patches import surprise
from .queries import Details, Scores
from .schema import Array, Column, FloatArray

if TYPE_CHECKING:
    from .model import Model

By = Literal["row", "cell", "patch"]
WRONG = 0.01  # share of cells that are wrong, before anything is known of them
ANYTHING = 0.5  # share of mistakes that may be any value, not one that the column is known to hold
MOST_WRONG = 5  # cells of one row found wrong together
MOST_AT_ONCE, CELLS_AT_ONCE = 8_192, 4_000_000  # rows, and cells, that one call is asked about
LARGEST = 1e300  # stands for infinitely much likelier


def anomaly(model: Model, X: Any, by: By) -> tuple[Any, Details]:
    """What `Model.anomaly` says: (n,) for rows, a frame for cells, (n, h, w) for patches; and how it is reached."""
    if by not in ("row", "cell", "patch"):
        raise BadInput(f"anomaly: by is 'row' or 'cell', or 'patch' of pictures, not {by!r}")
    _check(model, by)
    known, notes = model.card.modality.read(X, model.schema_, need="some", unseen="code")
    if by == "patch":
        return surprise(model, known), _how(model, [known]).noting(*notes)
    found, how = _rows(model, known) if by == "row" else _cells(model, known)
    return (found if by == "row" else _as_frame(model, X, found)), how.noting(*notes)


def _check(model: Model, by: By) -> None:
    """CannotAnswer for families without a probability of the whole row, or without cells."""
    card = model.card
    # what mistakes look like is on the scale of the schema
    if by == "cell" and card.modality.cells and card.log_prob == "unnormalised":
        raise CannotAnswer(
            f"{card.key} has no probabilities on the scale of the data, which cells are weighed on",
            instead='ask by="row", or joint_forest by cell',
        )
    pictures = card.modality.name == "image"
    if by == "patch" and not pictures:
        raise CannotAnswer(f"{card.key} learns {card.modality.name}, which has no patches", instead='ask by="cell"')
    whole = isinstance(model, Scores) and card.side != "discriminative"
    if whole and (card.modality.cells or by == "row" or (pictures and by == "patch")):
        return
    able = [
        key
        for key in lookup.able("log_prob", modality=card.modality.name, target=model.schema_.task)
        if issubclass(lookup.get(key), Scores) and lookup.get(key).card.side != "discriminative"
    ]
    if whole:
        ask = 'ask by="row" or by="patch"' if pictures else 'ask by="row"'
        raise CannotAnswer(f"{card.key} has no columns whose cells could be wrong", instead=ask)
    can = type(model).can("log_prob", target=model.schema_.task)
    instead = "log_prob(X) rates its target" if not hasattr(can, "why") else "ask a family that has one"
    raise CannotAnswer(f"{card.key} has no probability of a whole row", instead=instead, families=able)


def _rows(model: Any, known: Evidence) -> tuple[FloatArray, Details]:
    """-log p(known cells) of each row, in nats."""
    return -model._log_prob(known), _how(model, [known])


# ------------------------------------------------------------------------- cells


def _cells(model: Any, known: Evidence) -> tuple[FloatArray, Details]:
    """P(wrong) of every known cell, float64 (n, d), NaN where unknown."""
    values = known.values
    there = ~np.isnan(values)
    columns = np.flatnonzero(there.any(axis=0))
    mistake, alone = _mistaken(model, values, columns)
    none = model._log_prob(known)
    total, mine = none.copy(), np.full(values.shape, -np.inf)  # log-weights of all answers, and of those with a cell
    rows, base, best, wrong = np.arange(len(values)), np.zeros(len(values)), none, np.zeros(values.shape, bool)
    for _ in range(MOST_WRONG):
        weight = np.full((len(rows), values.shape[1]), -np.inf)
        at, column = np.nonzero(there[rows] & ~wrong[rows])
        rest = np.where(wrong[rows], np.nan, values[rows])
        weight[at, column] = base[at] + np.log(WRONG) + mistake[rows[at], column]
        weight[at, column] += _log_prob(model, rest, at, column, hide=True)
        both: FloatArray = np.logaddexp.reduce(weight, axis=1)
        total[rows] = np.logaddexp(total[rows], both)
        mine[rows] = np.logaddexp(mine[rows], np.where(wrong[rows], both[:, None], weight))
        free: Array = there[rows] & ~wrong[rows]
        chosen, on = _likeliest(weight, alone[rows], free), np.arange(len(rows))
        unexplained: Array = total[rows] == -np.inf
        on = np.flatnonzero((unexplained | (weight[on, chosen] > best)) & (free.sum(axis=1) > 1))
        if not len(on):
            break
        rows, chosen, best = rows[on], chosen[on], weight[on, chosen[on]]
        base = base[on] + np.log(WRONG) + mistake[rows, chosen]
        wrong[rows, chosen] = True
    with np.errstate(invalid="ignore"):
        chance = np.where(total[:, None] == -np.inf, wrong, np.exp(np.minimum(mine - total[:, None], 0.0)))
    asked = itertools.chain([known], (known.without([int(j)]) for j in columns))
    return np.where(there, chance, np.nan), _how(model, asked)


def _likeliest(weight: FloatArray, alone: FloatArray, there: Array) -> Array:
    """The cell of each row that explains most, (n,); where none explains it, the one that is oddest by itself."""
    lost: Array = (weight == -np.inf).all(axis=1)
    return np.where(there, np.where(lost[:, None], alone, weight), -np.inf).argmax(axis=1)


def _mistaken(model: Any, values: FloatArray, columns: Array) -> tuple[FloatArray, FloatArray]:
    """log q(cell), and how much likelier q makes the cell than its column does, both (n, d); NaN where unknown."""
    known = [(j, *np.unique(values[:, j], return_inverse=True)) for j in columns.tolist()]
    single = np.full((sum(len(distinct) for _, distinct, _ in known), values.shape[1]), np.nan)
    ends = np.cumsum([0, *(len(distinct) for _, distinct, _ in known)]).tolist()
    for (j, distinct, _), first in zip(known, ends, strict=False):
        single[first : first + len(distinct), j] = distinct
    at, column = np.nonzero(~np.isnan(single))
    own = np.full(len(single), np.nan)
    own[at] = _log_prob(model, single, at, column, hide=False)
    mistake, alone = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    for (j, distinct, which), first in zip(known, ends, strict=False):
        mine = own[first : first + len(distinct)]
        free = _anything(model.schema_.columns[j], distinct)
        with np.errstate(invalid="ignore"):  # unknown cells are NaN
            log = np.logaddexp(np.log1p(-ANYTHING) + mine, np.log(ANYTHING) + free)
            mistake[:, j] = log[which]
            alone[:, j] = np.where(mine == -np.inf, LARGEST, log - mine)[which]
    return mistake, alone


def _log_prob(model: Any, values: FloatArray, row: Array, column: Array, *, hide: bool) -> FloatArray:
    """log p of the chosen rows, with one cell hidden or as they are, (len(row),): many at once, for calls cost time."""
    out = np.empty(len(row))
    block = max(1, min(MOST_AT_ONCE, CELLS_AT_ONCE // values.shape[1]))
    for first in range(0, len(row), block):
        part = slice(first, first + block)
        asked = values[row[part]]
        if hide:
            asked[np.arange(len(asked)), column[part]] = np.nan
        out[part] = model._log_prob(Evidence(asked))
    return out


def _anything(column: Column, cells: FloatArray) -> FloatArray:
    """Log-measure of cells under no knowledge but the schema's.

    A category: all alike, with room for one never met. A number: even within the observed bounds, where half of it
    lies, and beyond them falling with the square of the distance; on its grid a mass, else a density, whose atoms it
    does not know.
    """
    if column.kind == "category":
        return np.full(len(cells), -np.log(len(column.values) + 1))
    low, high = (column.low, column.high) if column.low <= column.high else (0.0, 0.0)
    middle, half = low / 2 + high / 2, high / 2 - low / 2
    half = half or column.step or abs(middle) or 1.0
    with np.errstate(divide="ignore"):
        away = np.log(2) + np.log(np.abs(cells / 2 - middle / 2)) - np.log(half)  # halved, or the largest overflow
    log = -np.log(4) - np.log(half) - 2 * np.maximum(away, 0.0)
    if column.step is not None:
        return log + np.log(column.step)
    return np.where(np.isin(cells, column.atoms), -np.inf, log)


def _how(model: Any, asked: Iterable[Evidence]) -> Details:
    """How the answers were reached: what the family says of the first that is not exact, else its card."""
    reached = filter(None, (model._reached(one) for one in asked))
    return next(reached, Details(MEANS[model.card.log_prob]))


def _as_frame(model: Model, X: Any, chance: FloatArray) -> Any:
    """Cells as a DataFrame in the columns of X that the model knows, with its index."""
    import pandas as pd

    frame: Any = pd.DataFrame(chance, columns=list(model.schema_.names))
    if not isinstance(X, pd.DataFrame):
        return frame
    held = [name for name in X.columns if name in model.schema_]
    frame.index = X.index
    return frame[held or list(frame)]
