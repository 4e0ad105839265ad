"""PyTorch when it is there, the device it computes on, and parameters between numpy and it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import MissingExtra
from ..core.schema import Array

if TYPE_CHECKING:
    import torch

Parameters = dict[str, "torch.Tensor"]


def require_torch(who: str) -> Any:
    """The module `torch`; `who` names what needs it.

    Raises:
        MissingExtra: it is not installed; the text is the command that installs it.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtra(f'{who} learns with PyTorch, which is not installed: pip install "obverse[deep]"') from error
    return torch


def device() -> torch.device:
    """The first GPU when there is one, else the CPU."""
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def trainable(arrays: Mapping[str, Array], on: torch.device) -> Parameters:
    """Arrays as float32 leaves that gradients are taken of."""
    import torch

    return {
        name: torch.tensor(np.asarray(a), dtype=torch.float32, device=on).requires_grad_() for name, a in arrays.items()
    }


def arrays_of(parameters: Parameters) -> dict[str, Array]:
    """The parameters as float32 arrays of their own."""
    return {name: p.detach().cpu().numpy().copy() for name, p in parameters.items()}


def generator(rng: np.random.Generator) -> torch.Generator:
    """A torch generator on the CPU, seeded from numpy's: noise is made there and moved, so devices see the same."""
    import torch

    return torch.Generator().manual_seed(int(rng.integers(2**62)))


@contextmanager
def seeded(noise: torch.Generator) -> Iterator[None]:
    """Layers that draw by themselves, such as dropout, are seeded from this generator; PyTorch's own is left alone."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**62, (1,), generator=noise)))
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """One CPU thread: sums are then made in one order, so that the same seed gives the same weights on any number of
    cores; networks of tables are too small to gain much from a second."""
    import torch

    was = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(was)
