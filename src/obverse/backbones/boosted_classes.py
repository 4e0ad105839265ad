"""P(class | columns before it) by boosted trees (XGBoost): the last link of a chain whose target is a class.

The number of rounds is chosen on a fifth of the rows, and the trees are grown again on all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.evidence import Region
from ..core.schema import Array, Dataset, FloatArray
from ..core.store import Blob
from .conditional import Conditional, Reader, blocks, category_orders, cells_of
from .threads import threads

HELD_OUT = 5  # one row in so many chooses the number of rounds
PATIENCE = 10
SETTINGS = {"learning_rate": 0.1, "max_depth": 7, "subsample": 0.9, "colsample_bytree": 0.8, "tree_method": "hist"}
VECTOR_LEAVES = 8  # classes from which one tree a round serves all of them
GOLDEN = (np.sqrt(5) - 1) / 2  # its multiples fill an interval more evenly than chance


@dataclass(frozen=True)
class BoostedClasses(Conditional):
    """See the module docstring.

    Attributes:
        reader: how rows are read; j: position of the class; before: of the columns it depends on.
        order: for each of `before` the rank of every category code (empty for numbers), as the trees read them.
        share: (k,) share of each class among the labelled rows, one imaginary row spread over all of them.
        booster: XGBoost's model of the classes that were met.
        met: codes of those classes.
    """

    reader: Reader
    j: int
    before: Array
    order: tuple[Array, ...]
    share: FloatArray
    met: Array
    booster: Any

    @classmethod
    def fit(cls, data: Dataset, j: int, before: Array, reader: Reader, rounds: int,
            rng: np.random.Generator) -> BoostedClasses:  # fmt: skip
        """Learn from the rows that have a class."""
        import xgboost

        data = data.take(~np.isnan(data.values[:, j]))
        count = np.bincount(data.values[:, j].astype(int), minlength=len(data.schema.columns[j].values))
        met = np.flatnonzero(count)
        code = np.searchsorted(met, data.values[:, j].astype(int))
        order = category_orders(data.schema, data.values, before, np.eye(len(met))[code])
        x = cells_of(data.values, before, order, reader.offset)
        settings = SETTINGS | {"objective": "multi:softprob", "num_class": len(met), "seed": int(rng.integers(2**31))}
        settings["nthread"] = threads(len(x))
        if len(met) >= VECTOR_LEAVES:
            settings["multi_strategy"] = "multi_output_tree"
        out = rng.permutation(len(data)) % HELD_OUT == 0
        if 0 < out.sum() < len(out):
            kept, held = (xgboost.DMatrix(x[m], code[m]) for m in (~out, out))
            trial = xgboost.train(settings, kept, rounds, evals=[(held, "held")], early_stopping_rounds=PATIENCE,
                                  verbose_eval=False)  # fmt: skip
            rounds = trial.best_iteration + 1
        booster = xgboost.train(settings, xgboost.DMatrix(x, code), rounds)
        return cls(reader, j, before, order, (count + 1 / len(count)) / (count.sum() + 1), met, booster)

    def probabilities(self, rows: FloatArray) -> FloatArray:
        """(n, k); classes never met share what a single row would have."""
        out = np.empty((len(rows), len(self.share)))
        unmet = 1 - self.share[self.met].sum()
        for part in blocks(len(rows)):
            x = cells_of(rows[part], self.before, self.order, self.reader.offset)
            own = self.booster.inplace_predict(x).reshape(len(x), -1).astype(float)
            out[part] = self.share
            out[part, self.met] = (1 - unmet) * own / own.sum(axis=1, keepdims=True)
        return out

    def log_value(self, rows: FloatArray, *, present: bool = False) -> FloatArray:
        """See `Conditional`; a class is never missing."""
        code = rows[:, self.j].astype(int)
        with np.errstate(divide="ignore"):
            log = np.log(self.probabilities(rows)[np.arange(len(rows)), np.maximum(code, 0)])
        return np.where(code >= 0, log, -np.inf)

    def draw(self, rows: FloatArray, region: Region | None, noise: FloatArray) -> tuple[FloatArray, FloatArray]:
        """See `Conditional`."""
        ladder = np.cumsum(self.probabilities(rows) * (1.0 if region is None else np.array(region.codes)), axis=1)
        cells = (noise[:, :1] * ladder[:, -1:] >= ladder).sum(axis=1).clip(0, len(self.share) - 1)
        with np.errstate(divide="ignore"):
            weight = np.zeros(len(rows)) if region is None else np.log(ladder[:, -1])
        return cells.astype(float), weight

    def evened(self, rows: FloatArray, noise: FloatArray) -> FloatArray:
        """The noise of many rows drawn at once, spread so that like rows share out their classes evenly.

        Every row keeps its own chances, and shares of classes among like rows come out as near to them as so many rows
        allow (systematic sampling, Madow and Madow 1944): rows are put in order of a leaf and of their chances, and
        the noise runs through multiples of the golden ratio.
        """
        import xgboost

        chance = self.probabilities(rows)[:, -1]
        x = cells_of(rows, self.before, self.order, self.reader.offset)
        leaf = self.booster.predict(xgboost.DMatrix(x), pred_leaf=True, iteration_range=(0, 1)).reshape(len(x), -1)[
            :, -1
        ]
        out = noise.copy()
        out[np.lexsort((chance, leaf)), 0] = (noise[0, 0] + GOLDEN * np.arange(len(x))) % 1.0
        return out

    def means(self, rows: FloatArray) -> FloatArray:
        """Mean class code, which means something for two classes only."""
        return self.probabilities(rows) @ np.arange(len(self.share))

    def state(self) -> dict[str, Any]:
        """See `Conditional`."""
        return {
            "j": self.j, "before": self.before, "order": list(self.order), "share": self.share, "met": self.met,
            "booster": Blob("ubj", bytes(self.booster.save_raw("ubj"))),
        }  # fmt: skip

    @classmethod
    def from_state(cls, reader: Reader, state: Mapping[str, Any]) -> BoostedClasses:
        """Inverse of `state`."""
        import xgboost

        booster = xgboost.Booster()
        booster.load_model(bytearray(state["booster"].data))
        share, met = state["share"], state["met"]
        if len(share) != len(reader.schema.columns[int(state["j"])].values) or met.min() < 0 or met.max() >= len(share):
            raise ValueError("the classes of a boosted model do not fit the target")
        return cls(reader, int(state["j"]), state["before"], tuple(state["order"]), share, met, booster)
