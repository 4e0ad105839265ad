"""A linear-chain conditional random field (Lafferty, McCallum and Pereira 2001): exact sums and maxima over sequences.

P(labels | text) is proportional to exp of the sum of a score of each label at its place, of each label after the one
before it, and of the first one. Sequences stand in rows padded to the longest and sorted by falling length, so that at
each place those that are still going are the first rows. Sums are scaled at every place, which keeps them in range
without a logarithm (Rabiner 1989).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.schema import Array, FloatArray

LEAST = 1e-6  # of a span's probability: less likely ones are not looked at


@dataclass(frozen=True)
class Chain:
    """Scores that do not depend on the place.

    Attributes:
        follow: (k, k), of a label (column) after another (row); -inf where it may not follow.
        begin: (k,), of the first label.
    """

    follow: FloatArray
    begin: FloatArray


@dataclass(frozen=True)
class Sums:
    """What forward and backward sums over all sequences give.

    Attributes:
        log: (n,), logarithm of the sum of exp(score) of all sequences.
        each: (n, t, k), probability of each label at each place; 0 beyond the end.
        pairs: (k, k), expected number of labels after each other, over all rows.
        ahead, behind, scale, shown: scaled sums from both sides, (n, t, k), what they were divided by, (n, t), and
            exp(score) of each label at its place, (n, t, k).
    """

    log: FloatArray
    each: FloatArray
    pairs: FloatArray
    ahead: FloatArray
    behind: FloatArray
    scale: FloatArray
    shown: FloatArray


def sums(scores: FloatArray, lengths: Array, chain: Chain) -> Sums:
    """Of scores (n, t, k) of labels at places and lengths (n,) from 1 to t, falling."""
    n, t, _ = scores.shape
    follow = np.exp(chain.follow)
    top = scores.max(axis=2, keepdims=True)
    shown = np.exp(scores - top)
    going = [int(np.count_nonzero(lengths > i)) for i in range(t)]
    ahead, behind, scale = np.zeros(scores.shape), np.ones(scores.shape), np.ones((n, t))
    for i, live in enumerate(going):
        before = np.exp(chain.begin) if i == 0 else ahead[:live, i - 1] @ follow
        found = before * shown[:live, i]
        scale[:live, i] = found.sum(axis=1)
        ahead[:live, i] = found / scale[:live, i, None]
    pairs = np.zeros(follow.shape)
    for i in range(t - 2, -1, -1):
        live = going[i + 1]
        later = shown[:live, i + 1] * behind[:live, i + 1] / scale[:live, i + 1, None]
        pairs += ahead[:live, i].T @ later
        behind[:live, i] = later @ follow.T
    there = np.arange(t) < lengths[:, None]
    log = np.where(there, np.log(scale) + top[..., 0], 0.0).sum(axis=1)
    return Sums(log, ahead * behind * there[..., None], pairs * follow, ahead, behind, scale, shown)


def log_prob(scores: FloatArray, labels: Array, chain: Chain) -> float:
    """log P(labels (t,)) of one sequence with scores (t, k); -inf where a label may not stand after the one before."""
    if not len(labels):
        return 0.0
    own = scores[np.arange(len(labels)), labels].sum() + chain.begin[labels[0]]
    own += chain.follow[labels[:-1], labels[1:]].sum()
    return float(own - sums(scores[None], np.array([len(labels)]), chain).log[0])


def likeliest(scores: FloatArray, chain: Chain) -> Array:
    """The most probable labels (t,) of one sequence with scores (t, k) (Viterbi 1967)."""
    t = len(scores)
    if not t:
        return np.zeros(0, np.int64)
    best, back = chain.begin + scores[0], np.zeros(scores.shape, np.int64)
    for i in range(1, t):
        each = best[:, None] + chain.follow
        back[i], best = each.argmax(axis=0), each.max(axis=0) + scores[i]
    out = [int(best.argmax())]
    for i in range(t - 1, 0, -1):
        out.append(int(back[i, out[-1]]))
    return np.array(out[::-1], np.int64)


def stretches(scores: FloatArray, chain: Chain, least: float = LEAST) -> list[tuple[int, int, int, float]]:
    """(first word, word after the last, kind, probability) of each span that has more than the least, exactly.

    A span of a kind begins with its label 1 + 2 kind, goes on with the next one and ends where that does not follow.
    """
    t, k = scores.shape
    if not t:
        return []
    all_, follow = sums(scores[None], np.array([t]), chain), np.exp(chain.follow)
    ahead, behind, scale, shown = all_.ahead[0], all_.behind[0], all_.scale[0], all_.shown[0]
    out = list[tuple[int, int, int, float]]()
    for kind in range(k // 2):
        first, on = 1 + 2 * kind, 2 + 2 * kind
        for start in np.flatnonzero(ahead[:, first] * behind[:, first] > least):
            here, end = float(ahead[start, first]), int(start)
            while True:
                state = first if end == start else on
                if end + 1 == t:
                    mass, goes_on = here, 0.0
                else:
                    after = here * follow[state] * shown[end + 1] * behind[end + 1] / scale[end + 1]
                    mass, goes_on = float(after.sum() - after[on]), float(after[on])
                if mass > least:
                    out.append((int(start), end + 1, kind, min(1.0, mass)))
                if goes_on <= least:
                    break
                here *= float(follow[state, on] * shown[end + 1, on] / scale[end + 1])
                end += 1
    return out


def worth_most(found: list[tuple[int, int, int, float]], size: int, threshold: float) -> list[int]:
    """Positions, in order, of the spans without overlap whose sum of (probability - threshold) is largest.

    That sum is the expected number of right spans less `threshold` times the number of spans. The set of the largest
    expected F1 = 2 right / (said + true) is of this kind, with half that F1 as its threshold (Lipton, Elkan and
    Naryanaswamy 2014, for labels without an order).
    """
    ending: dict[int, list[int]] = {}
    for i, one in enumerate(found):
        if one[3] > threshold:
            ending.setdefault(one[1], []).append(i)
    best, taken = [0.0] * (size + 1), [-1] * (size + 1)
    for end in range(1, size + 1):
        best[end] = best[end - 1]
        for i in ending.get(end, ()):
            worth = best[found[i][0]] + found[i][3] - threshold
            if worth > best[end]:
                best[end], taken[end] = worth, i
    out, end = list[int](), size
    while end:
        i = taken[end]
        if i >= 0:
            out.append(i)
        end = found[i][0] if i >= 0 else end - 1
    return out[::-1]
