"""One numpy Generator reaches everything: how a `random_state` becomes it, and how its state is saved as JSON."""

# pyright: reportUnnecessaryIsInstance=false
# (users' arguments are checked at run time)

from __future__ import annotations

from typing import Any, cast

import numpy as np

from .errors import BadInput

RandomState = int | np.random.Generator | np.random.RandomState | None


def generators(random_state: RandomState) -> tuple[np.random.Generator, np.random.Generator]:
    """Two independent generators, one for fitting and one for drawing, from scikit-learn's kinds of `random_state`.

    None takes fresh entropy from the operating system; the same int gives the same two generators in any process.
    """
    if isinstance(random_state, np.random.RandomState | np.random.Generator):
        entropy = int.from_bytes(random_state.bytes(16), "little")
    else:
        entropy = None if random_state is None else _whole(random_state, "random_state", ", a numpy generator")
    fit, draw = np.random.SeedSequence(entropy).spawn(2)
    return np.random.default_rng(fit), np.random.default_rng(draw)


def seeded(seed: int) -> np.random.Generator:
    """The generator of a drawing verb that was given its own seed; BadInput when that is no whole number from 0."""
    return np.random.default_rng(np.random.SeedSequence(_whole(seed, "seed")))


def _whole(value: Any, name: str, also: str = "") -> int:
    """The value as an int; BadInput unless it is a whole number from 0."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise BadInput(f"{name} must be a whole number{also} or None, not {value!r}")
    whole = int(cast("int", value))
    if whole < 0:
        raise BadInput(f"{name} must not be negative, got {whole}")
    return whole


def state_of(rng: np.random.Generator) -> dict[str, Any]:
    """The generator's state as JSON (PCG64: whole numbers only)."""
    return dict(rng.bit_generator.state)


def restored(state: dict[str, Any]) -> np.random.Generator:
    """Inverse of `state_of`."""
    bits = np.random.PCG64()
    bits.state = state  # pyright: ignore[reportAttributeAccessIssue]  numpy types it too narrowly
    return np.random.Generator(bits)
