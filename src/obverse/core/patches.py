"""Where a picture is odd: how surprising each patch of it is, given all the rest.

-log p(patch | rest) = log p(rest) - log p(picture), by `log_prob` with a hole where the patch is; so whatever family
has a likelihood of pictures with holes has a map, and the map needs no training of its own.
"""

# pyright: reportPrivateUsage=false
# (the contract calls the families' hooks)

from __future__ import annotations

from typing import Any

import numpy as np

from .evidence import Evidence
from .schema import FloatArray

PATCHES = 7  # along the shorter side, at most; a patch has at least two pixels a side


def surprise(model: Any, known: Evidence) -> FloatArray:
    """Nats per number of the patch that each pixel lies in, float64 (n, h, w).

    `known` holds pictures (n, h, w, c). The patch is not weighed against others: a picture that is odd all over is
    bright all over.
    """
    values = known.values
    whole = model._log_prob(known)
    out = np.empty(values.shape[:3])
    for rows, columns in patches(*values.shape[1:3]):
        holed = values.copy()
        holed[:, rows, columns] = np.nan
        rest = model._log_prob(Evidence(holed, label=known.label))
        size = values[0, rows, columns].size
        out[:, rows, columns] = ((rest - whole) / size)[:, None, None]
    return out


def patches(height: int, width: int) -> list[tuple[slice, slice]]:
    """Squares of pixels that lie beside each other and cover a picture; those at the end may be smaller."""
    side = max(2, -(-min(height, width) // PATCHES))
    rows, columns = (_stretches(length, side) for length in (height, width))
    return [(r, c) for r in rows for c in columns]


def _stretches(length: int, side: int) -> list[slice]:
    return [slice(at, min(at + side, length)) for at in range(0, length, side)]
