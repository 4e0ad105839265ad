"""Every error a user can meet: one line that says what is wrong, where, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence


class ObverseError(Exception):
    """Base of all errors raised on purpose; the command line prints its text and exits with `exit_code`."""

    exit_code = 1


class BadInput(ObverseError, ValueError):
    """The data or an argument cannot be used. Lists every problem found, not only the first."""

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("; ".join(self.problems))


class TooLong(BadInput):
    """A text, or a conversation, with more tokens than the model looks at."""


class BadCondition(BadInput):
    """A `given` or an event that cannot be parsed, or that names a column or value the data do not have."""

    exit_code = 2


class ImpossibleCondition(ObverseError, ValueError):
    """The condition has (almost) no probability under the fitted model, so nothing can be conditioned on it."""


class NotFitted(ObverseError, ValueError, AttributeError):
    """A query was asked before `fit` (or `load`)."""


class CannotAnswer(ObverseError):
    """The family cannot answer: why, the nearest question it can answer, and families that can answer this one."""

    def __init__(self, why: str, *, instead: str | None = None, families: Sequence[str] = ()) -> None:
        self.why, self.instead, self.families = why, instead, tuple(families)
        text = why
        if instead:
            text += f"; {instead}"
        if families:
            text += f"; families that can: {', '.join(self.families)}"
        super().__init__(text)


class BrokenModel(ObverseError):
    """A model folder whose files are changed, incomplete, or of a newer format."""


class MissingExtra(ObverseError, ImportError):
    """A feature needs an optional dependency; the text is the command that installs it."""


class NoAnswer(ObverseError):
    """A server that was asked gives no answer, or refuses one."""


class OutOfMemory(ObverseError, MemoryError):
    """Memory ended; the text says what to make smaller."""


class OutsideDomain(UserWarning):
    """Cells that a declared domain does not hold: told to the owner of the data at fit, and no part of the model."""
