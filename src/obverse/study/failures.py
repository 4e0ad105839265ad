"""What a family, or a library under it, may raise on data it does not like, and how that is recorded in one line."""

from __future__ import annotations

from ..core.errors import ObverseError

# Anything else ends the study.
FAILURES = (
    ObverseError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    RuntimeError,
    AttributeError,
    MemoryError,
)
LONGEST = 300


def one_line(error: BaseException) -> str:
    """The error in one line, with its kind when it is not one of Obverse's own."""
    text = " ".join(str(error).split()) or "no reason given"
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
    return text if isinstance(error, ObverseError) else f"{type(error).__name__}: {text}"
