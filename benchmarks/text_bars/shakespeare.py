"""tiny_shakespeare: its first nine tenths to learn from, the rest to be judged by, as nanoGPT cuts it."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass

from bars import DATA

SHARE = 0.9


@dataclass(frozen=True)
class Parts:
    """Two stretches of one text."""

    train: str
    test: str
    digest: str


def parts() -> Parts:
    """Read the file, packed or not."""
    folder = DATA / "tiny_shakespeare"
    packed = folder / "input.txt.gz"
    raw = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / "input.txt").read_bytes()
    text = raw.decode()
    cut = int(SHARE * len(text))
    return Parts(text[:cut], text[cut:], hashlib.sha256(raw).hexdigest())
