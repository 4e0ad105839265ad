"""What a modality owes the contract: raw data to arrays, answers back to raw data, and how to hold a hole."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from .evidence import Evidence
from .schema import Array, Dataset, Schema


class Modality(ABC):
    """Raw data <-> arrays. One instance a modality, without state; a `Card` points at it.

    `name` is `table`, `text`, `image`, `audio` or `video`.
    """

    name: ClassVar[str]

    @abstractmethod
    def learn(
        self, X: Any, y: Any = None, *, task: str | None = None, group: str | None = None, order: str | None = None
    ) -> Dataset:
        """Read training data: infer the schema, validate (BadInput lists every problem), encode."""

    @abstractmethod
    def read(
        self, X: Any, schema: Schema, *, need: str = "some", unseen: str = "unknown"
    ) -> tuple[Evidence, list[str]]:
        """Encode data for a query under a fitted schema.

        `need` says what must be present: `some` column, the `features`, or `all`. `unseen` says what becomes of a
        category never met: `unknown` (as if the cell were empty) or `code` (`UNSEEN`, which has probability zero).
        Returns the evidence and notes to say aloud.
        """

    @abstractmethod
    def write(self, values: Array, schema: Schema) -> Any:
        """Encoded examples as the user's own type: schema dtypes, rounding, missing cells."""

    @abstractmethod
    def fill(self, X: Any, completed: Array, schema: Schema) -> Any:
        """A copy of X with only its holes taken from `completed`; observed cells stay bit-identical."""

    def to_json(self) -> str:
        """The name."""
        return self.name
