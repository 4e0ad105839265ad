"""A lock on an open file that goes with the process, however that ends. Systems without such locks have none."""

from __future__ import annotations


def lock(file: int, *, wait: bool) -> None:
    """Hold the file of this descriptor for oneself until it is closed.

    Raises:
        BlockingIOError: another process holds it, and `wait` is False.
    """
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
