"""What encoders that stay as they are have read of texts, kept for the next question about the same texts.

Reading takes nearly all the time of a family that learns one layer on top of an encoder, and learning curves, for one,
ask about the same texts again and again. Kept in the memory of the process, the texts read last, up to `MOST` bytes.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ..core.schema import Array, FloatArray

MOST = 128 * 2**20  # bytes, of all encoders together

_kept: OrderedDict[tuple[bytes, bytes], Array] = OrderedDict()
_one_at_a_time = threading.Lock()


def name(arrays: Iterable[Array]) -> bytes:
    """What tells an encoder of these weights from others."""
    made = hashlib.sha256()
    for array in arrays:
        made.update(str(array.shape).encode())
        made.update(np.ascontiguousarray(array))
    return made.digest()


def read(encoder: bytes, texts: Sequence[Array], say: Callable[[list[Array]], FloatArray]) -> FloatArray:
    """What an encoder says of each text, float64 (n, numbers) of float32's precision.

    Args:
        encoder: its name.
        texts: tokens of each, int64 (length,).
        say: what it says of some texts, (m, numbers); asked only about those that are not kept.
    """
    keys = [(encoder, tokens.tobytes()) for tokens in texts]
    with _one_at_a_time:
        found = {key: _kept[key] for key in keys if key in _kept}
    new = {key: tokens for key, tokens in zip(keys, texts, strict=True) if key not in found}
    if new or not texts:
        said = say(list(new.values())).astype(np.float32)
        if not texts:
            return said.astype(float)
        found |= dict(zip(new, said, strict=True))
    _keep({key: found[key] for key in keys})
    return np.array([found[key] for key in keys], dtype=float)


def _keep(found: dict[tuple[bytes, bytes], Array]) -> None:
    """Put these last, and forget the first ones beyond `MOST`."""
    with _one_at_a_time:
        for key, row in found.items():
            _kept[key] = row.copy() if row.base is not None else row  # a row of a large array would keep all of it
            _kept.move_to_end(key)
        size = sum(row.nbytes for row in _kept.values())
        while size > MOST:
            size -= _kept.popitem(last=False)[1].nbytes
