"""PyTorch when it is there, the device and the precision it computes with, and parameters between numpy and it.

`accelerate` finds the device, so that its settings and `accelerate launch` are heard: ACCELERATE_USE_CPU=true keeps
off the GPU, ACCELERATE_MIXED_PRECISION=no or bf16 decides on the precision.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import BadInput, MissingExtra
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
    """The GPU when there is one that CUDA or ROCm drives, else the CPU.

    Raises:
        BadInput: several processes were launched; a training has one.
        MissingExtra: accelerate is not installed.
    """
    import torch

    try:
        from accelerate import PartialState
    except ImportError as error:
        raise MissingExtra('networks need accelerate, which is not installed: pip install "obverse[deep]"') from error
    count = os.environ.get("WORLD_SIZE", "1")  # every launcher sets it
    if count != "1":
        raise BadInput(f"{count} processes were launched and a training has one: accelerate launch --num_processes 1")
    found = PartialState().device
    return found if found is not None and found.type == "cuda" else torch.device("cpu")


def precision(on: torch.device) -> torch.dtype | None:
    """bfloat16 where the device computes with it (GPUs from Ampere on) or ACCELERATE_MIXED_PRECISION asks for it, else
    None: float32 throughout.

    Raises:
        BadInput: ACCELERATE_MIXED_PRECISION names another precision, whose gradients would need scaling.
    """
    import torch

    able = on.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    asked = os.environ.get("ACCELERATE_MIXED_PRECISION", "bf16" if able else "no")
    if asked not in ("no", "bf16"):
        raise BadInput(f"networks learn in float32 or bfloat16: ACCELERATE_MIXED_PRECISION is no or bf16, not {asked}")
    return torch.bfloat16 if asked == "bf16" else None


def mixed(network: Callable[..., torch.Tensor], on: torch.device) -> Callable[..., torch.Tensor]:
    """The network with its products in the device's `precision`; what it says is float32, as losses need it."""
    import torch

    dtype = precision(on)
    if dtype is None:
        return network

    @functools.wraps(network)
    def said(*args: Any, **more: Any) -> torch.Tensor:
        with torch.autocast(on.type, dtype):
            out = network(*args, **more)
        return out.float()

    return said


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
