"""Where cells are empty, in which patterns, and which columns are empty together more often than by chance."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.schema import Array

COLUMNS, PATTERNS, PAIRS = 30, 8, 5
FEWEST, LIFT, DEVIATIONS = 5, 1.5, 4.0  # rows, times the expected share, standard deviations: clearly more than chance


def holes(empty: Array, names: tuple[str, ...]) -> dict[str, Any]:
    """Shares, patterns and pairs of empty cells.

    Args:
        empty: boolean (n, d).
        names: of the d columns.

    Returns:
        `share` of all cells; `columns` that have holes, most first; `patterns`, the commonest first, each with the
        columns that are empty in it (the complete rows are among them whenever there are any); `others`, the number
        and share of rows of the patterns that are not listed; `together`, pairs with the share of rows where both are
        empty and the share expected if their holes had nothing to do with each other.
    """
    share = empty.mean(axis=0)
    most = [j for j in np.argsort(-share, kind="stable") if share[j] > 0]
    patterns = _patterns(empty, names)
    shown = patterns[:PATTERNS]
    complete = next((p for p in patterns if not p["columns"]), None)
    if complete is not None and complete not in shown:
        shown = [*shown[: PATTERNS - 1], complete]
    rest = len(empty) - sum(p["rows"] for p in shown)
    return {
        "share": float(empty.mean()),
        "columns": [{"name": names[j], "share": float(share[j])} for j in most[:COLUMNS]],
        "columns_left_out": max(0, len(most) - COLUMNS),
        "patterns": shown,
        "others": {"patterns": len(patterns) - len(shown), "share": rest / len(empty)},
        "together": _together(empty, names),
    }


def _patterns(empty: Array, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Every pattern that occurs, commonest first."""
    packed = np.packbits(empty, axis=1)
    keys = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, count = np.unique(keys, return_index=True, return_counts=True)
    order = np.lexsort((first, -count))
    return [
        {
            "columns": [names[j] for j in np.flatnonzero(empty[first[i]])],
            "rows": int(count[i]),
            "share": float(count[i] / len(empty)),
        }
        for i in order
    ]


def _together(empty: Array, names: tuple[str, ...]) -> list[dict[str, Any]]:
    n, share = len(empty), empty.mean(axis=0)
    numbers = empty.astype(np.float32)
    both = (numbers.T @ numbers).astype(float) / n
    expected = np.outer(share, share)
    deviation = np.sqrt(np.outer(share * (1 - share), share * (1 - share)) / n)
    clear = (n * both >= FEWEST) & (both >= LIFT * expected) & (both - expected > DEVIATIONS * deviation)
    a, b = np.nonzero(np.triu(clear, 1))
    order = np.argsort(-(both - expected)[a, b], kind="stable")[:PAIRS]
    return [
        {"a": names[i], "b": names[j], "both": float(both[i, j]), "expected": float(expected[i, j])}
        for i, j in zip(a[order], b[order], strict=True)
    ]
