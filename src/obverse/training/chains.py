"""The weights of a linear-chain conditional random field: largest likelihood less an L2 penalty, by L-BFGS.

The problem is convex (Lafferty, McCallum and Pereira 2001), so nothing is drawn by lot. Fewer steps than it takes to
settle act as a further penalty.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from ..backbones.linear_chain import Chain, sums
from ..core.schema import Array, FloatArray
from .progress import Progress

MEMORY = 6  # steps that the solver looks back on


@dataclass(frozen=True)
class Weights:
    """Of labels.

    Attributes:
        traits: float64 (traits, k).
        dense: float64 (numbers, k).
        chain: see `linear_chain`.
    """

    traits: FloatArray
    dense: FloatArray
    chain: Chain

    def scores(self, traits: sparse.csr_matrix, dense: Array) -> FloatArray:
        """(words, k) of words with these traits and numbers."""
        return np.asarray(traits @ self.traits) + (dense @ self.dense.astype(dense.dtype)).astype(float)


@dataclass(frozen=True)
class Trained:
    """Weights, and the mean loss of a text, in nats, after each step."""

    weights: Weights
    losses: list[float]


def train(
    traits: sparse.csr_matrix,
    dense: Array,
    labels: Sequence[Array],
    allowed: tuple[FloatArray, FloatArray],
    *,
    penalty: float,
    steps: int,
    budget: float | None = None,
    what: str = "training",
) -> Trained:
    """Learn from the words of texts, one after another.

    Args:
        traits: (words, traits), 1 where a word has a trait.
        dense: (words, numbers), none or of about one size; may be float32.
        labels: int64 (words of the text,) of each text, none of them empty.
        allowed: 0 where a label may follow another (k, k) or begin a text (k,), -inf where not.
        penalty: half of it times the sum of squared weights is added to minus the log-likelihood, in nats.
        steps: at most.
        budget: seconds after which it stops, too.
        what: for the line of progress.

    Raises:
        FloatingPointError: the loss is no number.
    """
    from scipy.optimize import minimize

    problem = _Problem(traits, dense, labels, allowed, penalty)
    line, losses, begun = Progress(what, steps), list[float](), time.monotonic()

    def told(intermediate_result: Any) -> None:
        losses.append(float(intermediate_result.fun) / len(labels))
        line.say(len(losses), losses[-1], None)
        if budget is not None and time.monotonic() - begun >= budget:
            raise StopIteration

    options = {"maxiter": steps, "maxcor": MEMORY, "ftol": 1e-7}
    start = np.zeros(problem.size)
    found = minimize(problem.loss, start, jac=True, method="L-BFGS-B", callback=told, options=options)
    line.end()
    if not np.isfinite(found.fun):
        raise FloatingPointError(f"the loss became {found.fun}")
    return Trained(problem.weights(found.x), losses)


class _Problem:
    """Loss and gradient of all weights in one vector."""

    def __init__(self, traits: sparse.csr_matrix, dense: Array, labels: Sequence[Array],
                 allowed: tuple[FloatArray, FloatArray], penalty: float) -> None:  # fmt: skip
        self.traits, self.dense, self.penalty = traits, dense, penalty
        self.across = sparse.csr_matrix(traits.T)
        self.free = tuple(np.isfinite(part) for part in allowed)
        self.k = k = len(allowed[1])
        sizes = np.array([len(one) for one in labels])
        order = np.argsort(-sizes, kind="stable")
        first = np.cumsum([0, *sizes])
        self.lengths = sizes[order]
        self.row = np.repeat(np.arange(len(labels)), self.lengths)
        self.place = np.concatenate([np.arange(size) for size in self.lengths])
        self.word = first[order][self.row] + self.place
        flat = np.concatenate(labels)
        self.told = np.zeros((len(flat), k))
        self.told[np.arange(len(flat)), flat] = 1
        self.follow, self.begin = np.zeros((k, k)), np.bincount([one[0] for one in labels], minlength=k).astype(float)
        for one in labels:
            np.add.at(self.follow, (one[:-1], one[1:]), 1)
        self.trait_count = int(traits.shape[1])  # pyright: ignore[reportOptionalSubscript]
        self.size = (self.trait_count + dense.shape[1] + k + 1) * k

    def parts(self, vector: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Weights of traits, of numbers, of labels after each other and of the first one."""
        table = vector.reshape(-1, self.k)
        f, d = self.trait_count, self.dense.shape[1]
        return table[:f], table[f : f + d], table[f + d : -1], table[-1]

    def weights(self, vector: FloatArray) -> Weights:
        """With -inf where a label may not stand."""
        traits, dense, follow, begin = self.parts(vector)
        chain = Chain(np.where(self.free[0], follow, -np.inf), np.where(self.free[1], begin, -np.inf))
        return Weights(traits.copy(), dense.copy(), chain)

    def loss(self, vector: FloatArray) -> tuple[float, FloatArray]:
        """Minus the log-likelihood and the penalty, in nats, and its gradient."""
        weights = self.weights(vector)
        _, _, follow, begin = self.parts(vector)
        own = weights.scores(self.traits, self.dense)
        padded = np.zeros((len(self.lengths), int(self.lengths[0]), self.k))
        padded[self.row, self.place] = own[self.word]
        found = sums(padded, self.lengths, weights.chain)
        said = np.empty(own.shape)
        said[self.word] = found.each[self.row, self.place]
        over = said - self.told
        parts = (
            np.asarray(self.across @ over),
            (self.dense.T @ over.astype(self.dense.dtype)).astype(float),
            np.where(self.free[0], found.pairs - self.follow, 0.0),
            np.where(self.free[1], found.each[:, 0].sum(axis=0) - self.begin, 0.0)[None],
        )
        truth = (own * self.told).sum() + (follow * self.follow).sum() + (begin * self.begin).sum()
        nats = found.log.sum() - truth + 0.5 * self.penalty * (vector @ vector)
        return float(nats), np.concatenate(parts).ravel() + self.penalty * vector
