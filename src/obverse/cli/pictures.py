"""Pictures in a terminal: shades of grey as characters, several side by side, for a look before a file is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from obverse.core.schema import Array

SHADES = " .:-=+*#%@"  # from dark to light, in characters that every terminal and every pipe takes
COLUMNS, GAP = 80, 2
SMALL = 16  # pixels across up to which a pixel is two characters, as wide as a line is high


def show(pixels: Array) -> None:
    """Print pictures uint8 (n, h, w, c)."""
    typer.echo("\n\n".join(rows(pixels)))


def rows(pixels: Array) -> list[str]:
    """Rows of pictures side by side, each some lines of at most 80 columns."""
    grey = pixels.mean(axis=3)
    if grey.shape[2] <= SMALL:
        drawn = [["".join(2 * _shade(v) for v in line) for line in one] for one in grey]
    else:
        less = -(-grey.shape[2] // (COLUMNS - GAP))  # so many pixels in a character, twice as many above each other
        drawn = [["".join(map(_shade, line)) for line in _smaller(one, 2 * less, less)] for one in grey]
    across = max(1, (COLUMNS + GAP) // (len(drawn[0][0]) + GAP)) if drawn else 1
    return [
        "\n".join((" " * GAP).join(parts).rstrip() for parts in zip(*drawn[i : i + across], strict=True))
        for i in range(0, len(drawn), across)
    ]


def _shade(value: float) -> str:
    return SHADES[int(value * len(SHADES) / 256)]


def _smaller(one: Array, down: int, right: int) -> Array:
    """Means of blocks of a picture (h, w); what is left over at its edges is dropped."""
    height, width = (side - side % block for side, block in zip(one.shape, (down, right), strict=True))
    return one[:height, :width].reshape(height // down, down, width // right, right).mean(axis=(1, 3))
