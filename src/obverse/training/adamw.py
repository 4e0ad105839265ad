"""AdamW (Loshchilov and Hutter 2019) over named tensors: PyTorch's own fused step, called directly.

The class `torch.optim.AdamW` makes the same numbers, and loads the compiler when it is built: eleven hundred modules
and two seconds of every process, more than a small network of a table takes to train.
"""

# pyright: reportPrivateImportUsage=false
# (operations on lists of tensors have names that begin with an underscore)

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .device import Parameters

if TYPE_CHECKING:
    import torch

EPSILON = 1e-8
KINDS = ("steps", "mean", "square")


class AdamW:
    """Moving means of gradients and of their squares, and the step they give.

    Args:
        parameters: leaf tensors, changed in place; matrices decay, vectors and what is named a bias do not.
        betas: of the two moving means.
        decay: weight decay.
    """

    def __init__(self, parameters: Parameters, betas: tuple[float, float], decay: float) -> None:
        import torch

        self.betas, self.parameters = betas, parameters
        self.state: dict[str, Parameters] = {
            "steps": {name: torch.zeros((), device=t.device) for name, t in parameters.items()},
            "mean": {name: torch.zeros_like(t, requires_grad=False) for name, t in parameters.items()},
            "square": {name: torch.zeros_like(t, requires_grad=False) for name, t in parameters.items()},
        }
        matrices = [name for name, t in parameters.items() if t.ndim > 1 and not name.endswith("bias")]
        others = [name for name in parameters if name not in matrices]
        self.groups = [(names, how) for names, how in ((matrices, decay), (others, 0.0)) if names]

    def step(self, gradients: Parameters, rate: float) -> None:
        """Move every parameter once; gradients are by the same names."""
        import torch

        for names, decay in self.groups:
            steps, mean, square = ([self.state[kind][name] for name in names] for kind in KINDS)
            torch._foreach_add_(steps, 1)
            torch._fused_adamw_(
                [self.parameters[name].detach() for name in names], [gradients[name] for name in names], mean, square,
                [], steps, lr=rate, beta1=self.betas[0], beta2=self.betas[1], weight_decay=decay, eps=EPSILON,
                amsgrad=False, maximize=False,
            )  # fmt: skip

    def tensors(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Everything it remembers, by `kind/name`."""
        for kind in KINDS:
            for name, tensor in self.state[kind].items():
                yield f"{kind}/{name}", tensor
