"""What a modality owes the contract: raw data to arrays and back, and where x, y and holes are held."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from .boxes import Box
from .evidence import Evidence
from .schema import Array, Dataset, FloatArray, Schema

HOLE = "[HOLE]"  # what is unknown in a text; elsewhere NaN


class Modality(ABC):
    """Raw data <-> arrays. One instance a modality, without state; a `Card` points at it.

    `name` is `table`, `text`, `image`, `audio` or `video`. `cells` says whether an example is a row of named cells, so
    that conditions, columns to score and events make sense; elsewhere an example is one x with, perhaps, a label.
    """

    name: ClassVar[str]
    cells: ClassVar[bool]

    @abstractmethod
    def learn(
        self, X: Any, y: Any = None, *, task: str | None = None, group: str | None = None, order: str | None = None
    ) -> Dataset:
        """Read training data: infer the schema, validate (BadInput lists every problem), encode."""

    @abstractmethod
    def read(
        self, X: Any, schema: Schema, *, need: str | Sequence[str] = "some", unseen: str = "unknown"
    ) -> tuple[Evidence, list[str]]:
        """Encode data for a query under a fitted schema.

        `need` says what must be present: `some` column, the `features`, `all`, or a list of columns by name. `unseen`
        says what becomes of a category never met: `unknown` (as if the cell were empty) or `code` (`UNSEEN`, which has
        probability zero).
        Returns the evidence and notes to say aloud.
        """

    @abstractmethod
    def write(self, values: Array, schema: Schema) -> Any:
        """Encoded examples as the user's own type: schema dtypes, rounding, missing cells."""

    @abstractmethod
    def fill(self, X: Any, completed: Array, schema: Schema) -> Any:
        """A copy of X with only its holes taken from `completed`; observed cells stay bit-identical."""

    @abstractmethod
    def hide_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """The same with y unknown."""

    @abstractmethod
    def only_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """The same with x unknown."""

    @abstractmethod
    def with_target(self, evidence: Evidence, schema: Schema, value: Any) -> Evidence:
        """The same with y set, in every row, to a class code, a number or, where y is one, a text."""

    @abstractmethod
    def target_of(self, evidence: Evidence, schema: Schema) -> FloatArray:
        """y as float64 (n,): class codes or numbers, NaN where unknown."""

    @abstractmethod
    def blank(self, schema: Schema, box: Box | None = None) -> Evidence:
        """One example of which nothing is known but what any sample must satisfy (the observed bounds of a table) and
        what the box of a condition says."""

    @abstractmethod
    def tidy(self, values: Array, schema: Schema) -> Array:
        """Drawn examples as they will be written: numbers on their grid and within their bounds."""
