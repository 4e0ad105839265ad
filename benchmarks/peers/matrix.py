"""A table as the matrix of numbers that some peers want, and back: text as codes, numbers as they are.

A missing number stays NaN, a missing text is a code of its own. On the way back whole numbers are rounded to whole
numbers where the training table had no others, since the peers are told which columns those are or cannot know it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from steps import is_number

EMPTY = "\0"


class Matrix:
    """The codes of one training table."""

    def __init__(self, table: Any) -> None:
        self.names = list(table.columns)
        self.values: list[Any] = []  # the texts of a column by code, None for numbers
        self.whole: list[bool] = []
        blocks = []
        for name in self.names:
            column = table[name]
            if is_number(column):
                cells = column.to_numpy(float)
                self.values.append(None)
                self.whole.append(bool(np.all(cells[~np.isnan(cells)] == np.round(cells[~np.isnan(cells)]))))
            else:
                text = column.astype(object).where(column.notna(), EMPTY).astype(str)
                values, cells = np.unique(text.to_numpy(), return_inverse=True)
                self.values.append(values)
                self.whole.append(False)
            blocks.append(cells)
        self.cells = np.column_stack(blocks).astype(float)

    @property
    def kinds(self) -> list[str]:
        """`text`, `whole` or `number`, a column each."""
        return ["text" if v is not None else "whole" if w else "number"
                for v, w in zip(self.values, self.whole, strict=True)]  # fmt: skip

    def table(self, cells: Any) -> Any:
        """Rows of such a matrix as a table."""
        import pandas as pd

        out = {}
        for j, (name, values) in enumerate(zip(self.names, self.values, strict=True)):
            column = np.asarray(cells[:, j], dtype=float)
            if values is None:
                out[name] = np.round(column) if self.whole[j] else column
            else:
                text = values[np.rint(column).astype(int).clip(0, len(values) - 1)].astype(object)
                out[name] = np.where(text == EMPTY, None, text)
        return pd.DataFrame(out)
