"""The words of an answer: what a family can do, how an answer was reached, and the four hooks a family may have.

A family declares a capability by inheriting one of the four abstract classes here and writing its single hook; the
public verbs live in `Model` and are the same for everybody.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from .evidence import Evidence
from .schema import Array, FloatArray, Given

if TYPE_CHECKING:
    from .card import Card

Query = Literal["predict", "sample", "log_prob", "impute"]
QUERIES: tuple[Query, ...] = ("predict", "sample", "log_prob", "impute")
Honoured = Literal["exact", "weighted", "no"]


@dataclass(frozen=True)
class Native:
    """The family answers with its own hook."""

    symbol = "●"


@dataclass(frozen=True)
class Derived:
    """The contract answers from another hook, by the rule named in `how`."""

    how: str
    symbol = "◐"


@dataclass(frozen=True)
class Impossible:
    """No answer: `why`, and the nearest question that has one."""

    why: str
    instead: str = ""
    symbol = "·"


Ability = Native | Derived | Impossible


@dataclass(frozen=True)
class Details:
    """How an answer was reached.

    Attributes:
        how: `exact`, `lower bound`, `derived: Bayes over 3 classes`, `rejection`, `importance`, ...
        acceptance: share of proposals kept, None when nothing was rejected.
        ess: effective sample size of weighted draws, None when unweighted.
        notes: anything else said aloud (rows dropped, categories never seen, ...).
    """

    how: str = "exact"
    acceptance: float | None = None
    ess: float | None = None
    notes: tuple[str, ...] = ()

    def noting(self, *notes: str) -> Details:
        """The same with further notes."""
        return replace(self, notes=self.notes + notes)

    def __str__(self) -> str:
        parts = [self.how]
        if self.acceptance is not None:
            parts.append(f"acceptance {self.acceptance:.3g}")
        if self.ess is not None:
            parts.append(f"ESS {self.ess:.0f}")
        return " | ".join([*parts, *self.notes])


@dataclass(frozen=True)
class Prediction:
    """What a family says of the target of n rows.

    Attributes:
        proba: float64 (n, k), class probabilities in the order of the target's categories; None for numbers.
        mean: float64 (n,), conditional mean of a numeric target; None for classes.
        scale: float64 (n,), standard deviation of a Gaussian P(y|x); None when the family has no density of y.
        structure: answers that are neither (boxes, spans, strings), one entry a row; None for tables.
    """

    proba: FloatArray | None = None
    mean: FloatArray | None = None
    scale: FloatArray | None = None
    structure: Sequence[Any] | None = None


@dataclass(frozen=True)
class Drawn:
    """Examples and how they were drawn.

    Attributes:
        rows: n encoded examples.
        how: `exact`, or how proposals were weighted, with the share of them kept (`acceptance`) and how many
            independent draws the n are worth (`ess`).
    """

    rows: Array
    how: Details = field(default_factory=Details)


class Predicts(ABC):
    """Has a direct answer to `which y?`."""

    @abstractmethod
    def _predict(self, given: Evidence) -> Prediction:
        """Prediction of the target for n rows of evidence (the target's own cells are unknown there)."""


class Samples(ABC):
    """Creates examples.

    A family that draws by weighting or rejecting proposals also writes `_draw`, which says at what cost, and, where
    what it can do for a condition depends on more than the card says, `_honours`.
    """

    card: ClassVar[Card]

    @abstractmethod
    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        """n encoded examples that satisfy the single row of evidence; NaN cells are missing cells of the sample."""

    def _draw(self, n: int, given: Evidence, rng: np.random.Generator) -> Drawn:
        """The same with how they were drawn."""
        return Drawn(self._sample(n, given, rng))

    def _honours(self, asked: Set[Given], columns: Set[int]) -> Honoured:
        """How `_draw` meets a condition of these kinds on these columns: `exact`, and then so does `_log_prob`;
        `weighted`, by proposals whose cost it reports; or `no`, and the contract rejects draws made without it.
        """
        return "exact" if asked <= self.card.exact_given else "no"


class Scores(ABC):
    """Has a log-probability."""

    @abstractmethod
    def _log_prob(self, event: Evidence) -> FloatArray:
        """float64 (n,): log-measure, in nats, of each row of evidence, unknown cells summed out.

        A family that learned P(x|y) keeps the share of each label as its P(y), so that this measures x and y together;
        one that learned P(y|x) measures y given x. The same question gets the same answer: the noise of an estimate
        comes from a seed kept with the model and is the same for every row.
        """

    def _reached(self, event: Evidence) -> Details | None:
        """How `_log_prob`, and a prediction from it, is reached where that depends on what a row holds; None: as the
        card says."""
        return None


class Imputes(ABC):
    """Completes examples."""

    @abstractmethod
    def _impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        """Completed copies of the evidence's values: one (the point) when `draws` is None, else `draws` of them."""

    def _completed(self, given: Evidence) -> Details:
        """How `_impute` reaches its answer, where it is not exact."""
        return Details()
