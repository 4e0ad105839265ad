"""Tables: pandas DataFrames, arrays and records to encoded float64 arrays, and back in the input's own dtypes.

Every table family's card points here, so pandas is imported only where a verb needs it (`rows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..core.boxes import Box
from ..core.evidence import Evidence
from ..core.modality import Modality
from ..core.schema import Array, Dataset, FloatArray, Privacy, Schema

if TYPE_CHECKING:
    import pandas as pd


class TableModality(Modality):
    """Raw tables <-> float64 (n, d). See `core.schema` for the encoding."""

    name: ClassVar[str] = "table"
    cells: ClassVar[bool] = True

    def learn(
        self, X: Any, y: Any = None, *, group: str | None = None, order: str | None = None, task: str | None = None
    ) -> Dataset:
        """Infer the schema of training data, validate and encode them.

        Args:
            X: DataFrame, 2-D array (columns named x0, x1, ...), list of dicts or list of lists. The index is ignored.
            y: target: a column name of X, or one value a row (Series, array, list); missing = unlabelled.
            group, order: columns of X that are carried along and not modelled.
            task: `class` or `number` forces the kind of target. Otherwise text, truth values, categories and up to 20
                distinct whole numbers are classes.

        Returns:
            Dataset with values float64 (n, d); a target from outside X is the last column.

        Raises:
            BadInput: every problem found.
        """
        from . import rows

        return rows.learn(X, y, group=group, order=order, task=task)

    def learn_privately(self, X: Any, y: Any, domain: Any, privacy: Privacy, **roles: Any) -> Dataset:
        """Encode training data under declared columns: nothing in the schema depends on a row.

        Args:
            X, y, roles: as in `learn`; a `group` is refused, since each row counts as one person.
            domain: the columns, see `modalities.domain`; "observed" reads them off the data, unprotected.
            privacy: what goes into the schema.

        Returns:
            Dataset whose cells depend on their own row alone; what the domain does not hold is moved to the nearer
            bound or becomes missing, and told by an `OutsideDomain` warning.

        Raises:
            BadInput: every problem found; without a domain, the columns to declare.
        """
        from . import declared

        return declared.learn(X, y, domain, privacy, **roles)

    def read(
        self, X: Any, schema: Schema, *, need: str | Sequence[str] = "some", unseen: str = "unknown"
    ) -> tuple[Evidence, list[str]]:
        """Encode data for a query; columns are matched by name, those of arrays and lists by position.

        Args:
            X: what `learn` takes, or a dict or Series that is one row. Columns that are not there are unknown.
            schema: of the fitted model.
            need: `some` known column, all the `features`, `all` columns, or those of a list of names must be there
                (their cells may be missing).
            unseen: a category never met is `unknown` (NaN), or gets the `code` `UNSEEN`.

        Returns:
            Evidence with values float64 (n, d), and notes to say aloud.

        Raises:
            BadInput: every problem found.
        """
        from . import rows

        return rows.read(X, schema, need=need, unseen=unseen)

    def write(self, values: Array, schema: Schema) -> pd.DataFrame:
        """Encoded rows, float64 (n, d), as a DataFrame in the schema's dtypes, numbers on their grid and within bounds.

        Raises:
            ValueError: a missing cell in a column whose dtype has none.
        """
        from . import rows

        return rows.write(values, schema)

    def fill(self, X: Any, completed: Array, schema: Schema) -> Any:
        """A copy of X whose missing cells are taken from `completed`, float64 (n, d) in schema order.

        Observed cells, dtypes, index and columns the schema does not know stay as they are; columns are never added.
        A 2-D array comes back as an array of its dtype, anything else as a DataFrame.

        Raises:
            BadInput: a dtype of X that cannot hold the value of a hole.
        """
        from . import rows

        return rows.fill(X, completed, schema)

    def hide_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return evidence.without([_target(schema)])

    def only_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return evidence.only([_target(schema)])

    def with_target(self, evidence: Evidence, schema: Schema, value: float) -> Evidence:
        """See `Modality`."""
        return evidence.with_value(_target(schema), value)

    def target_of(self, evidence: Evidence, schema: Schema) -> FloatArray:
        """See `Modality`."""
        return evidence.values[:, _target(schema)]

    def blank(self, schema: Schema, box: Box | None = None) -> Evidence:
        """One row of which only the observed bounds and the box are known; the target is never missing."""
        return (box or Box()).evidence(schema, support=True)

    def tidy(self, values: Array, schema: Schema) -> Array:
        """See `Modality`."""
        from . import rows

        return rows.tidy(values, schema)


TABLE = TableModality()


def _target(schema: Schema) -> int:
    """Position of the target, which the caller knows to be there."""
    t = schema.target_index
    assert t is not None
    return t
