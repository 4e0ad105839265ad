"""Pictures of coloured shapes on a grey, noisy ground: many to a picture with their boxes, or one with its caption.

Discs, squares and triangles are drawn with soft edges, from the share of each pixel that they cover. What is in a
picture is known, so a detector's boxes and a made picture's colour, shape and place can be judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.schema import Array, FloatArray

SHAPES = ("disc", "square", "triangle")
COLOURS = {
    "red": (220, 40, 40),
    "green": (40, 180, 60),
    "blue": (50, 80, 220),
    "yellow": (230, 210, 50),
    "purple": (160, 60, 190),
}
PLACES = {"top left": (0.3, 0.3), "top right": (0.7, 0.3), "bottom left": (0.3, 0.7), "bottom right": (0.7, 0.7)}
GROUND, NOISE = (70, 170), 8.0  # range of the ground's grey; standard deviation of every pixel's noise
FINE = 4  # points a side at which the cover of a pixel is looked at
OVERLAP = 0.1  # most share of a box that another may cover
TRIES = 50  # places tried for a shape before it is left out


@dataclass(frozen=True)
class Scenes:
    """Pictures with what is in them.

    Attributes:
        pixels: uint8 (n, size, size, 3).
        boxes: for each picture float32 (k, 4), left, top, right and bottom in pixels from the upper left corner.
        labels: for each picture k names of shapes, dtype object.
    """

    pixels: Array
    boxes: list[Array]
    labels: list[Array]


@dataclass(frozen=True)
class Captioned:
    """Pictures of one shape each.

    Attributes:
        pixels: uint8 (n, size, size, 3).
        captions: such as `a red disc at the top left`.
        facts: int64 (n, 3), positions of colour, shape and place in their tables.
    """

    pixels: Array
    captions: list[str]
    facts: Array


def scenes(n: int, seed: int, *, size: int = 64, most: int = 4) -> Scenes:
    """n pictures of one to `most` shapes, a sixth to two fifths of the picture wide, which hardly overlap."""
    rng = np.random.default_rng([seed, 11])
    pixels, boxes, labels = np.empty((n, size, size, 3), np.uint8), [], []
    for i in range(n):
        canvas, held, names = _ground(size, rng), np.empty((0, 4)), []
        for _ in range(int(rng.integers(1, most + 1))):
            box = _free_box(size, held, rng)
            if box is None:
                continue
            shape, colour = rng.integers(len(SHAPES)), rng.integers(len(COLOURS))
            _paint(canvas, int(shape), int(colour), box)
            held = np.vstack([held, box])
            names.append(SHAPES[shape])
        pixels[i] = _noisy(canvas, rng)
        boxes.append(held.astype(np.float32))
        labels.append(np.array(names, dtype=object))
    return Scenes(pixels, boxes, labels)


def captioned(n: int, seed: int, *, size: int = 32, held_out: bool = False) -> Captioned:
    """n pictures of one shape, of the combinations of colour, shape and place that are `held_out`, or of the others.

    A fifth of the combinations is held out: every pair of a colour, shape or place is among the others.
    """
    rng = np.random.default_rng([seed, 12])
    every = np.array([(c, s, p) for c in range(len(COLOURS)) for s in range(len(SHAPES)) for p in range(len(PLACES))])
    out = (every[:, 0] + every[:, 1] + 2 * every[:, 2]) % 5 == 0
    facts = rng.choice(every[out == held_out], size=n)
    pixels = np.empty((n, size, size, 3), np.uint8)
    for i, (colour, shape, place) in enumerate(facts):
        canvas = _ground(size, rng)
        middle = np.array(list(PLACES.values())[place]) * size + rng.uniform(-0.04, 0.04, 2) * size
        half = rng.uniform(0.14, 0.2) * size
        _paint(canvas, int(shape), int(colour), np.concatenate([middle - half, middle + half]))
        pixels[i] = _noisy(canvas, rng)
    return Captioned(pixels, [caption(*fact) for fact in facts], facts)


def caption(colour: int, shape: int, place: int) -> str:
    """The caption of one combination."""
    return f"a {list(COLOURS)[colour]} {SHAPES[shape]} at the {list(PLACES)[place]}"


def _ground(size: int, rng: np.random.Generator) -> FloatArray:
    return np.full((size, size, 3), rng.uniform(*GROUND))


def _noisy(canvas: FloatArray, rng: np.random.Generator) -> Array:
    return np.clip(np.rint(canvas + rng.normal(0, NOISE, canvas.shape)), 0, 255).astype(np.uint8)


def _free_box(size: int, held: FloatArray, rng: np.random.Generator) -> FloatArray | None:
    """A square box that covers little of the others and is covered little, None where none was found."""
    for _ in range(TRIES):
        side = rng.uniform(size / 6, size / 2.5)
        corner = rng.uniform(0, size - side, 2)
        box = np.concatenate([corner, corner + side])
        over = np.minimum(box[2:], held[:, 2:]) - np.maximum(box[:2], held[:, :2])
        area = np.prod(np.maximum(over, 0), axis=1)
        smaller = np.minimum(side**2, np.prod(held[:, 2:] - held[:, :2], axis=1))
        if (area <= OVERLAP * smaller).all():
            return box
    return None


def _paint(canvas: FloatArray, shape: int, colour: int, box: FloatArray) -> None:
    """Draw the shape that just fits the box."""
    size = len(canvas)
    at = (np.arange(size * FINE) + 0.5) / FINE
    x, y = ((at - low) / (high - low) * 2 - 1 for low, high in ((box[0], box[2]), (box[1], box[3])))
    x, y = x[None, :], y[:, None]
    inside = {
        "disc": x**2 + y**2 <= 1,
        "square": (abs(x) <= 1) & (abs(y) <= 1),
        "triangle": (abs(y) <= 1) & (2 * abs(x) <= y + 1),
    }[SHAPES[shape]]
    cover = inside.reshape(size, FINE, size, FINE).mean(axis=(1, 3))[..., None]
    canvas += cover * (np.array(list(COLOURS.values())[colour]) - canvas)
