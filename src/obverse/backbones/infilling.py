"""Holes of a text filled by a model that reads from left to right: by candidates, weighed by what follows them.

Continuations are drawn after what stands before the hole. Each beginning of a continuation, of any length, is a
candidate f; a candidate met so often among the draws stands for P(f | before), so that weighing it with the exact
P(after | before, f) gives P(f | before, after): self-normalised importance sampling. Without anything after the hole a
draw is exact.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from ..core.modality import HOLE
from ..core.schema import Array, FloatArray
from .causal import log_probs
from .language import Language

CONTINUATIONS = 16  # drawn for a hole
LONGEST = 24  # tokens of what is put into a hole that something follows


@dataclass(frozen=True)
class Filler:
    """Fills the holes of texts of one label (code (1,), NaN where unknown); open ends with at most so many tokens."""

    language: Language
    label: FloatArray
    longest: int

    def filled(self, text: str, rng: np.random.Generator, *, likeliest: bool) -> str:
        """The text with every hole filled, from left to right: by the likeliest of the candidates, or by one of them
        drawn."""
        done, *rest = text.split(HOLE)
        for i, after in enumerate(rest):
            last = i == len(rest) - 1
            done += (self._end if last and not after else self._inner)(done, after, last, rng, likeliest) + after
        return done

    def _drawn(self, before: Array, marks: Array, longest: int, rng: np.random.Generator) -> list[Array]:
        """Continuations, with the end where it was drawn."""
        end = self.language.cut.end
        grid = np.stack(list(self.language.steps(marks, before, longest, rng)), axis=1)
        out = list[Array]()
        for row in grid:
            kept = row[row >= 0]
            out.append(np.append(kept, end) if len(kept) < len(row) else kept)
        return out

    def _end(self, done: str, after: str, last: bool, rng: np.random.Generator, likeliest: bool) -> str:
        """What may follow until the end of the text."""
        before = self.language.cut.encode([done])[0]
        marks = self.language.marks(done, CONTINUATIONS if likeliest else 1, rng, self.label)
        drawn = self._drawn(before, marks, self.longest, rng)
        best = 0
        if likeliest:
            whole = [np.concatenate([before, one]) for one in drawn]
            said = log_probs(self.language.net, whole, marks, len(before))
            best = int(np.argmax([nats[len(before) :].sum() for nats in said]))
        return self.language.continued(done, before, drawn[best])

    def _inner(self, done: str, after: str, last: bool, rng: np.random.Generator, likeliest: bool) -> str:
        """What may stand between `done` and `after`."""
        before, behind = self.language.cut.encode([done, after])
        if last:
            behind = np.append(behind, self.language.cut.end)
        behind = behind[: self.language.net.context]  # no window shows the hole to what is further on
        marks = self.language.marks(done, CONTINUATIONS, rng, self.label)
        met: Counter[tuple[tuple[int, ...], int]] = Counter()
        for i, one in enumerate(self._drawn(before, marks, LONGEST, rng)):
            inner = one[:-1] if len(one) and one[-1] == self.language.cut.end else one
            met.update((tuple(inner[:size].tolist()), _same(marks, i)) for size in range(len(inner) + 1))
        candidates = list(met)
        whole = [np.concatenate([before, np.array(inner, np.int64), behind]) for inner, _ in candidates]
        said = log_probs(self.language.net, whole, marks[[i for _, i in candidates]], len(before))
        follows = np.array([nats[len(nats) - len(behind) :].sum() for nats in said])
        if likeliest:
            best = int(np.argmax([nats[len(before) :].sum() for nats in said]))
        else:
            weight = np.exp(follows - follows.max()) * np.array([met[one] for one in candidates])
            best = int(rng.choice(len(candidates), p=weight / weight.sum()))
        return self.language.continued(done, before, np.array(candidates[best][0], np.int64))


def _same(marks: Array, i: int) -> int:
    """The first text with the same marks: candidates that differ in nothing else are one."""
    return int(np.flatnonzero((marks == marks[i]).all(axis=1))[0])
