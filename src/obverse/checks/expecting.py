"""`with Expect(BadInput, "an empty table"):` the block must raise that error."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Expect:
    """A block that must raise one of `kinds`, which is then kept as `error`; `what` names what the block tries.

    AssertionError when it raises nothing or something else.
    """

    def __init__(self, kinds: type[Exception] | tuple[type[Exception], ...], what: str) -> None:
        self.kinds = kinds if isinstance(kinds, tuple) else (kinds,)
        self.what = what
        self.error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        wanted = f"{self.what} must raise {' or '.join(k.__name__ for k in self.kinds)}"
        assert error is not None, f"{wanted}, and raised nothing"
        if isinstance(error, self.kinds):
            self.error = error
            return True
        if isinstance(error, Exception):
            raise AssertionError(f"{wanted}, not {type(error).__name__}: {error}") from error
        return False
