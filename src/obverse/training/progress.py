"""How far a training is, on stderr, when somebody sits before it."""

from __future__ import annotations

import sys
import time

QUIET = 2.0  # seconds before anything is said, since short work needs no bar
BETWEEN = 0.5


class Progress:
    """One line that is written over; silent unless stderr is a terminal."""

    def __init__(self, what: str, epochs: int) -> None:
        self.what, self.epochs = what, epochs
        self.start = self.said = time.monotonic()
        self.first: int | None = None
        self.shown = False

    def say(self, epoch: int, loss: float, held: float | None) -> None:
        """After an epoch (counted from 1): its losses, and the time left if all epochs are taken."""
        self.first = epoch - 1 if self.first is None else self.first
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self.start < QUIET or now - self.said < BETWEEN:
            return
        left = (now - self.start) / (epoch - self.first) * (self.epochs - epoch)
        losses = f"loss {loss:.4f}" + ("" if held is None else f", held out {held:.4f}")
        line = f"{self.what}: epoch {epoch} of {self.epochs}, {losses}, at most {left:.0f} s left"
        sys.stderr.write(f"\r{line:<100}")
        sys.stderr.flush()
        self.said, self.shown = now, True

    def end(self) -> None:
        """Wipe the line."""
        if self.shown:
            sys.stderr.write("\r" + " " * 100 + "\r")
            sys.stderr.flush()
