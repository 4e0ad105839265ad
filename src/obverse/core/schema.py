"""What each column is: kind, dtype to give back, measure of its likelihood, bounds, atoms and share of missing cells.

The schema, not the family, fixes the measure, so that likelihoods of different families compare:

* a *mass* column (category, bool, or a number on a grid of `step`) has log-probabilities of its values;
* a *density* column has a log-density in the data's own units, except at its `atoms`, which are masses.

Inside Obverse a table is a float64 array: category columns hold codes 0..k-1 into `Column.values`, number columns hold
the number (dates: seconds since 1970), NaN is an unknown cell, and `UNSEEN` a category never met while fitting.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["category", "number", "structure"]
Task = Literal["class", "number", "structure"]
Given = Literal["none", "equal", "set", "range", "missing", "compare", "partial_input"]  # kinds of condition
Array = npt.NDArray[Any]
FloatArray = npt.NDArray[np.float64]
UNSEEN = -1.0
_TASKS: dict[Kind, Task] = {"category": "class", "number": "number", "structure": "structure"}


@dataclass(frozen=True)
class Column:
    """Facts about one column.

    Attributes:
        name: as in the user's data.
        kind: `category` (finite set of `values`), `number`, or `structure` (a text, a picture, boxes, spans: what it
            holds is its modality's business, and its likelihood is a mass).
        dtype: the pandas dtype to give back, as a string (`Int64`, `category`, `datetime64[us]`, ...).
        values: categories in code order; JSON scalars. Empty for numbers.
        ordered: the categories have an order, so `<` makes sense.
        step: grid spacing of a rounded number, None when continuous. Grid points are whole multiples of it.
        low, high: smallest and largest observed number (NaN for categories).
        atoms: numbers that hold a visible share of the rows (a point mass on a density column).
        missing: share of missing cells, 0..1.
    """

    name: str
    kind: Kind
    dtype: str
    values: tuple[str | int | float | bool, ...] = ()
    ordered: bool = False
    step: float | None = None
    low: float = float("nan")
    high: float = float("nan")
    atoms: tuple[float, ...] = ()
    missing: float = 0.0

    @property
    def measure(self) -> Literal["mass", "density"]:
        """Whether log-probabilities of this column are of masses or of densities."""
        return "density" if self.kind == "number" and self.step is None else "mass"

    @property
    def labels(self) -> Array:
        """The categories as an array (k,): of numpy's own dtype where they are of one kind, else (and text) objects."""
        kinds: set[type] = {type(v) for v in self.values}
        return np.asarray(self.values, None if len(kinds) == 1 and kinds <= {int, float, bool} else object)

    @property
    def is_date(self) -> bool:
        """A date or time stamp, held inside as seconds since 1970-01-01 UTC."""
        return self.dtype.startswith(("datetime64", "timestamp", "date32", "date64"))

    def on_grid(self, numbers: FloatArray) -> FloatArray:
        """Nearest grid point, spelt with the step's own decimals; unchanged for continuous columns."""
        if self.step is None:
            return numbers
        if float(self.step).is_integer():  # rounding to decimals would cost large whole numbers their last digits
            return np.round(numbers / self.step) * self.step
        decimals = max(0, -int(np.floor(np.log10(self.step) + 1e-9)) + 2)
        return np.round(np.round(numbers / self.step) * self.step, min(decimals, 12))

    def snap(self, numbers: FloatArray) -> FloatArray:
        """Nearest grid point, kept within the observed bounds."""
        return np.clip(self.on_grid(numbers), self.low, self.high)


@dataclass(frozen=True)
class Privacy:
    """Differential privacy of a fitted model: epsilon, delta = 0, neighbours differ by one row more or less.

    Attributes:
        epsilon: what all published counts cost together.
        tables: tables of counts published, each with noise for an equal part of epsilon.
        declared: bounds, categories, grids and dtypes were declared; otherwise they stand as observed, unprotected.
        secret: the noise came from the operating system; otherwise from a seed, and whoever has it can subtract it.
        cuts: for each column the declared numbers between its bins; empty where bins are equally wide.
    """

    epsilon: float
    tables: int = 0
    declared: bool = True
    secret: bool = True
    cuts: tuple[tuple[float, ...], ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the guarantee is true of everything a model folder holds."""
        return self.declared and self.secret

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Privacy:
        """Inverse of `asdict`."""
        rest: dict[str, Any] = {**data, "cuts": tuple(tuple(cuts) for cuts in data["cuts"])}
        return cls(**rest)


@dataclass(frozen=True)
class Schema:
    """The columns of a table in order, which one is the target, and the columns that tie rows together.

    `group` (rows that belong together) and `order` (time) name columns that are carried along for splits and are
    never modelled. `rows` is the number of rows the facts were read from. `constraints` are the texts of what every
    created row keeps (`core.constraints`). With `privacy` the shares of missing cells and `rows` are estimates from
    noisy counts, and 0 before those were made.
    """

    columns: tuple[Column, ...]
    target: str | None = None
    group: str | None = None
    order: str | None = None
    rows: int = 0
    notes: tuple[str, ...] = field(default=())
    constraints: tuple[str, ...] = ()
    privacy: Privacy | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)

    def index(self, name: str) -> int:
        """Position of a column; KeyError when there is none of that name."""
        for i, c in enumerate(self.columns):
            if c.name == name:
                return i
        raise KeyError(name)

    def __getitem__(self, name: str) -> Column:
        return self.columns[self.index(name)]

    def __contains__(self, name: object) -> bool:
        return any(c.name == name for c in self.columns)

    @property
    def target_index(self) -> int | None:
        """Position of the target among the columns, None without a target."""
        return None if self.target is None else self.index(self.target)

    @property
    def target_column(self) -> Column | None:
        """The target's facts, None without a target."""
        return None if self.target is None else self[self.target]

    @property
    def task(self) -> Task | None:
        """`class`, `number` or `structure` by the kind of the target, None without one."""
        column = self.target_column
        return None if column is None else _TASKS[column.kind]

    @property
    def features(self) -> tuple[int, ...]:
        """Positions of all columns but the target."""
        t = self.target_index
        return tuple(i for i in range(len(self.columns)) if i != t)

    def with_target(self, target: str | None) -> Schema:
        """The same columns with another target."""
        return replace(self, target=target)

    def to_json(self) -> dict[str, Any]:
        """Plain dict; NaN bounds become None."""
        out = asdict(self)
        for c in out["columns"]:
            for key in ("low", "high"):
                c[key] = None if np.isnan(c[key]) else c[key]
        return out

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Schema:
        """Inverse of `to_json`."""
        columns: list[Column] = []
        rest: dict[str, Any]
        for c in data["columns"]:
            low, high = (float("nan") if c[k] is None else float(c[k]) for k in ("low", "high"))
            rest = {**c, "values": tuple(c["values"]), "atoms": tuple(c["atoms"]), "low": low, "high": high}
            columns.append(Column(**rest))
        rest = {**data, "columns": tuple(columns), "notes": tuple(data["notes"])}
        rest["constraints"] = tuple(data.get("constraints", ()))  # models of before had neither
        rest["privacy"] = Privacy.from_json(data["privacy"]) if data.get("privacy") else None
        return cls(**rest)


@dataclass(frozen=True)
class Dataset:
    """Examples ready for a family.

    Attributes:
        schema: what the columns are.
        values: for tables float64 (n, d), encoded as the module says, target included; for other modalities the
            modality's own array of x, first axis rows.
        label: the target of modalities whose x is not a table (codes, texts, boxes...); None for tables.
        groups, order: the raw group and order columns, one entry a row, or None.
    """

    schema: Schema
    values: Array
    label: Any = None
    groups: Array | None = None
    order: Array | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def x(self) -> FloatArray:
        """Table features only, float64 (n, d-1) when there is a target."""
        return self.values[:, list(self.schema.features)]

    @property
    def y(self) -> FloatArray:
        """The target: float64 (n,) of codes or numbers, NaN where unlabelled; structures (boxes, spans) as they are."""
        t = self.schema.target_index
        if t is None:
            raise KeyError("this data set has no target")
        return self.values[:, t] if self.label is None else self.label

    @property
    def labelled(self) -> Array:
        """Boolean (n,): which examples have a target."""
        if self.label is None:
            return ~np.isnan(self.y)
        return np.array([y is not None and y == y for y in self.label], dtype=bool)

    def take(self, rows: Array) -> Dataset:
        """The chosen rows (positions or a boolean mask)."""

        def pick(a: Any) -> Any:
            return None if a is None else a[rows]

        return replace(
            self, values=self.values[rows], label=pick(self.label), groups=pick(self.groups), order=pick(self.order)
        )
