"""What a training says when memory ends: one line, with what to make smaller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..core.errors import OutOfMemory

CPU = ("DefaultCPUAllocator", "bad_alloc")  # in the plain RuntimeError that PyTorch raises there


@contextmanager
def memory_told(what: str, batch: int) -> Iterator[None]:
    """Turn the ways in which memory ends into one line.

    Args:
        what: is being trained.
        batch: its examples of a step.

    Raises:
        OutOfMemory: of the CPU's memory or the GPU's.
    """
    import torch

    try:
        yield
    except (MemoryError, RuntimeError) as error:
        on_gpu = isinstance(error, torch.cuda.OutOfMemoryError)
        if not on_gpu and not isinstance(error, MemoryError) and not any(part in str(error) for part in CPU):
            raise
        where = "the GPU's memory" if on_gpu else "memory"
        raise OutOfMemory(
            f"{what} ran out of {where} with {batch} examples a step: set a smaller batch, or a smaller network"
        ) from error
