"""Chained equations: every column is predicted from all others, again and again until the holes are filled.

After MICE (van Buuren and Groothuis-Oudshoorn 2011) and missForest (Stekhoven and Bühlmann 2012), with a mean of
linear, boosted, forest and kernel learners for each column, weighted on held-out rows. Holes start as a mixture of
products fills them (`latent_classes`), which needs no other cell of the row. The columns' conditionals need not belong
to one joint distribution (a dependency network, Heckerman and others 2000), so it fills and predicts and does nothing
else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..backbones.arguments import COUNT, check
from ..backbones.equations import ROW_COST, Equation
from ..backbones.filled import Filled
from ..backbones.forest import category_ranks
from ..backbones.latent_classes import LatentClasses, latent_classes
from ..backbones.threads import side_by_side
from ..core.card import Card
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Imputes, Prediction, Predicts
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..modalities.table import TABLE

TOGETHER = 2  # columns learned side by side, from the same fillings of the others
MOST_ROWS = 20_000  # that equations are fitted to: bounds time
ROWS_PER_COMPONENT, MOST_COMPONENTS, STEPS = 30, 100, 10  # of the mixture that fills at first
SWEEPS = 3  # over all columns when new rows are filled
CHAINS, DRAWN_SWEEPS = 5, 3  # fillings of a row's other holes that a mean is taken over; sweeps of each
DONORS, NEAREST = 2_000, 10  # values kept of a number; those whose prediction is nearest may be drawn
BLOCK = 20_000  # rows filled at once: bounds memory
LEAST_CHANCE = 1e-6  # of a class that no learner expects


@dataclass(frozen=True)
class Link:
    """A column's equation and, of numbers, what is drawn: known cells (`value`), rising by their prediction (`near`),
    both in the units of the matrix."""

    j: int
    equation: Equation
    near: FloatArray
    value: FloatArray


class ChainedEquations(Predicts, Imputes, Model):
    """P(x_j | all other columns) for every column, filled in turn.

    Args:
        max_iter: rounds of learning every column from filled others; one round where nothing is missing.
        random_state: seeds learners, held-out rows and draws.
    """

    card = Card(
        key="chained_equations",
        title="Chained equations (linear, boosted and forest)",
        learns=frozenset({"P(x)", "P(x,y)"}),
        modality=TABLE,
        backbone="trees",
        objective="squared error or cross-entropy of each column given all others",
        log_prob="none",
        missing="imputed",
        condition="none",
        references=(
            "van Buuren and Groothuis-Oudshoorn 2011, mice: Multivariate imputation by chained equations in R",
            "Stekhoven and Bühlmann 2012, MissForest",
            "Breiman 1996, Stacked regressions",
        ),
        by_name=True,
        avoid_when="probabilities of whole rows or new rows are wanted: ask joint_forest",
        tiny={"max_iter": 1},
    )

    def __init__(self, max_iter: int = 2, random_state: RandomState = None) -> None:
        self.max_iter = max_iter
        self.random_state = random_state

    # ------------------------------------------------------------------------- learning

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, max_iter=COUNT)
        if len(data) > MOST_ROWS:
            data = data.take(np.sort(rng.choice(len(data), MOST_ROWS, replace=False)))
        plain = replace(data, schema=data.schema.with_target(None))
        parts = max(1, round(1 / (ROWS_PER_COMPONENT / max(len(data), 1) + 1 / MOST_COMPONENTS)))
        self.start_ = latent_classes(plain, category_ranks(plain), parts, STEPS, rng)
        self.filled_ = Filled.of(plain.schema, data.values)
        known = ~np.isnan(data.values)
        x = self.filled_.matrix(self._started(data.values))
        self.seed_ = int(rng.integers(2**31))
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, "blas"):  # around all threads: each would else restore what another has set
            self.links_ = self._chained(data.values, known, x, rng)

    def _chained(self, values: FloatArray, known: Array, x: Array, rng: np.random.Generator) -> list[Link]:
        """An equation for every column, after `max_iter` rounds in which the holes of x are filled by each."""
        holes, weights, links = bool((~known).any()), dict[int, FloatArray](), list[Link]()
        order = [int(j) for j in np.argsort(~known.sum(axis=0), kind="stable") if self._varies(int(j), values)]
        for turn in range(self.max_iter if holes else 1):
            last, links = turn == self.max_iter - 1 or not holes, []
            for at in range(0, len(order), TOGETHER):
                part = order[at : at + TOGETHER]
                tasks = [(j, weights.get(j), own) for j, own in zip(part, rng.spawn(len(part)), strict=True)]

                def learned(task: tuple[int, FloatArray | None, np.random.Generator], last: bool = last) -> Any:
                    return self._learn(task[0], values, known, x, task[1], task[2], last=last)

                for link, rows, said in side_by_side(learned, tasks, ROW_COST * len(x)):
                    x[rows, self.filled_.part(link.j)] = said
                    weights[link.j] = link.equation.weights
                    links.append(link)
        return links

    def _varies(self, j: int, values: FloatArray) -> bool:
        """Whether a column has anything to learn; the start fills the others."""
        cells = values[~np.isnan(values[:, j]), j]
        if values.shape[1] < 2:
            return False
        if self.filled_.is_category(j):
            return len(self.filled_.values[j]) > 1
        return len(cells) > 1 and bool(cells.min() < cells.max())

    def _learn(
        self, j: int, values: FloatArray, known: Array, x: Array, weights: FloatArray | None,
        rng: np.random.Generator, *, last: bool,
    ) -> tuple[Link, Array, FloatArray]:  # fmt: skip
        """The equation of column j, the rows where the column has holes and what it fills them with.

        Without weights of the learners they are found first.
        """
        f = self.filled_
        rows = np.flatnonzero(known[:, j])
        y = f.units(j, values[rows, j])
        if f.is_category(j):
            code = np.searchsorted(f.values[j], values[rows, j]).clip(0, len(f.values[j]) - 1)
            met = f.values[j][code] == values[rows, j]
            rows, y = rows[met], code[met].astype(float)
        classes, others = len(f.values[j]), f.others(j)
        own = x[np.ix_(rows, others)]
        equation = None
        if weights is None:
            equation = Equation.weighed(own, y, classes, rng)
            weights = equation.weights
        if equation is None or last:
            equation = Equation.fit(own, y, classes, weights, rng)
        holes = np.flatnonzero(~known[:, j])
        said = f.likeliest(j, equation.answer(x[np.ix_(holes, others)])) if len(holes) else x[:0, f.part(j)]
        if classes or not last:
            return Link(j, equation, np.empty(0), np.empty(0)), holes, said
        few = rng.permutation(len(rows))[:DONORS]
        near = equation.answer(own[few])[:, 0]
        order = np.argsort(near, kind="stable")
        return Link(j, equation, near[order], y[few][order]), holes, said

    # -------------------------------------------------------------------------- filling

    def _started(self, values: FloatArray) -> FloatArray:
        """Rows whose holes the mixture has filled with its means and modes."""
        return self.start_.mixture.impute(Evidence(values), None, np.random.default_rng(0))[0]  # which draw nothing

    def _means(self, values: FloatArray) -> tuple[Array, FloatArray]:
        """The matrix of rows with the mean of every hole, over several fillings of the row's other holes; and the rows
        as they start."""
        start = self._started(values)
        x, holes = self.filled_.matrix(start), np.isnan(values)
        for _ in range(SWEEPS):
            for link, rows, asked in self._holed(x, holes):
                x[rows, self.filled_.part(link.j)] = self.filled_.likeliest(link.j, link.equation.answer(asked))
        mean = x.astype(float)  # rounded to float32, sums that differ in their last bit would differ in much more
        for link, rows, asked in self._holed(x, holes):
            mean[rows, self.filled_.part(link.j)] = link.equation.answer(asked)
        many = np.flatnonzero(holes.sum(axis=1) > 1)  # a single hole depends on no other
        if len(many):
            noise = np.repeat(self._noise().transpose(1, 2, 0), len(many), axis=2)
            total = np.zeros((CHAINS * len(many), x.shape[1]))
            self._walk(np.tile(x[many], (CHAINS, 1)), np.tile(holes[many], (CHAINS, 1)), noise, total)
            total = total.reshape(CHAINS, len(many), -1).sum(axis=0)
            for j in range(values.shape[1]):
                rows, part = np.flatnonzero(holes[many, j]), self.filled_.part(j)
                if any(link.j == j for link in self.links_):
                    mean[many[rows], part] = total[rows, part] / (CHAINS * (DRAWN_SWEEPS - 1))
        return mean, start

    def _noise(self) -> FloatArray:
        """(CHAINS, DRAWN_SWEEPS, columns) numbers in [0, 1), those of the chains spread evenly; the same for every row,
        so that a row's answer does not depend on the rows beside it."""
        rng, shape = np.random.default_rng(self.seed_), (CHAINS, DRAWN_SWEEPS, len(self.schema_.columns))
        strata = rng.permuted(np.broadcast_to(np.arange(CHAINS)[:, None, None], shape), axis=0)
        return (strata + rng.random(shape)) / CHAINS

    def _walk(self, x: Array, holes: Array, noise: FloatArray, total: Array | None = None) -> Array:
        """Rows of the matrix with their holes drawn, column after column, sweep after sweep (Gibbs sampling).

        `noise`, (sweeps, columns, rows), decides; what the equations say after the first sweep is added
        to `total`.
        """
        for sweep in range(DRAWN_SWEEPS):
            for link, rows, asked in self._holed(x, holes):
                said, part, u = link.equation.answer(asked), self.filled_.part(link.j), noise[sweep][link.j]
                if sweep and total is not None:
                    total[rows, part] += said
                x[rows, part] = _draw(link, said, u[rows])
        return x

    def _holed(self, x: Array, holes: Array) -> Iterator[tuple[Link, Array, Array]]:
        """For each column with holes its link, the rows and what its equation reads of them now."""
        for link in self.links_:
            rows = np.flatnonzero(holes[:, link.j])
            if len(rows):
                yield link, rows, x[np.ix_(rows, self.filled_.others(link.j))]

    def _impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        copies = [given.values.copy() for _ in range(draws or 1)]
        holed = np.flatnonzero(np.isnan(given.values).any(axis=1))
        for at in range(0, len(holed), BLOCK):
            rows = holed[at : at + BLOCK]
            values = given.values[rows]
            if draws is None:
                copies[0][rows] = self._written(values, *self._means(values))
                continue
            for copy in copies:
                start = self.start_.mixture.impute(Evidence(values), 1, rng)[0]
                noise = rng.random((DRAWN_SWEEPS, values.shape[1], len(values)))
                x = self._walk(self.filled_.matrix(start), np.isnan(values), noise)
                copy[rows] = self._written(values, x, start)
        return copies

    def _written(self, values: FloatArray, x: Array, start: FloatArray) -> FloatArray:
        """Rows whose holes hold what the matrix says, or where no equation speaks, the start."""
        out = np.where(np.isnan(values), start, values)
        for link in self.links_:
            rows = np.flatnonzero(np.isnan(values[:, link.j]))
            out[rows, link.j] = self.filled_.cells(link.j, x[rows, self.filled_.part(link.j)])
        return out

    def _predict(self, given: Evidence) -> Prediction:
        schema = self.schema_
        t, column = schema.target_index, schema.target_column
        assert t is not None and column is not None
        number, chances = np.zeros(len(given)), np.zeros((len(given), len(column.values)))
        for at in range(0, len(given), BLOCK):
            rows = slice(at, at + BLOCK)
            x, start = self._means(given.values[rows])
            if column.kind == "number":
                number[rows] = self._written(given.values[rows], x, start)[:, t]
            else:
                chances[rows, self.filled_.values[t]] = x[:, self.filled_.part(t)]
        if column.kind == "number":
            return Prediction(mean=number)
        chances = np.maximum(chances, LEAST_CHANCE)
        return Prediction(proba=chances / chances.sum(axis=1, keepdims=True))

    # ---------------------------------------------------------------------------- state

    def _state(self) -> dict[str, Any]:
        links = [
            {"j": link.j, "near": link.near, "value": link.value, "equation": link.equation.state()}
            for link in self.links_
        ]
        return {"start": self.start_.state(), "filled": self.filled_.state(), "links": links, "seed": self.seed_}

    def _restore(self, state: dict[str, Any]) -> None:
        schema = self.schema_.with_target(None)
        self.start_ = LatentClasses.from_state(schema, state["start"])
        self.filled_ = Filled.from_state(schema, state["filled"])
        self.seed_, self.links_ = int(state["seed"]), []
        for part in state["links"]:
            j = int(part["j"])
            equation = Equation.from_state(part["equation"], len(self.filled_.others(j)))
            self.links_.append(Link(j, equation, part["near"], part["value"]))


def _draw(link: Link, said: FloatArray, u: FloatArray) -> FloatArray:
    """A value for each row, (n, k), decided by u (n,) in [0, 1): one of the chances, or a known cell of like prediction
    (predictive mean matching, Little 1988)."""
    if not len(link.near):
        ladder = np.cumsum(said, axis=1)
        which = (u[:, None] * ladder[:, -1:] >= ladder).sum(axis=1).clip(0, said.shape[1] - 1)
        return np.eye(said.shape[1])[which]
    first = np.searchsorted(link.near, said[:, 0]) - NEAREST // 2 + (u * NEAREST).astype(int)
    return link.value[first.clip(0, len(link.value) - 1)][:, None]
