"""The optimiser makes the numbers of PyTorch's class, and does not load the compiler that the class loads."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from obverse.training.adamw import AdamW  # noqa: E402
from obverse.training.device import trainable  # noqa: E402

FIT = """
import sys
import numpy as np
import obverse
obverse.fit("table_vae", np.arange(80.0).reshape(40, 2), seed=0, epochs=2)
print("torch" in sys.modules, "torch._dynamo" in sys.modules)
"""


def test_a_step_is_that_of_the_class():
    rng = np.random.default_rng(0)
    start = {"w": rng.normal(size=(4, 3)), "w.bias": rng.normal(size=(2, 3)), "v": rng.normal(size=5)}
    ours, theirs = (trainable(start, torch.device("cpu")) for _ in range(2))
    own = AdamW(ours, (0.8, 0.95), 0.1)
    groups = [
        {"params": [theirs["w"]], "weight_decay": 0.1},
        {"params": [theirs["w.bias"], theirs["v"]], "weight_decay": 0.0},
    ]
    reference = torch.optim.AdamW(groups, lr=0.01, betas=(0.8, 0.95), fused=True)
    for _ in range(5):
        gradients = {name: torch.as_tensor(rng.normal(size=w.shape), dtype=torch.float32) for name, w in start.items()}
        for name, tensor in theirs.items():
            tensor.grad = gradients[name].clone()
        reference.step()
        own.step(gradients, 0.01)
    assert all(torch.equal(ours[name], theirs[name]) for name in start)
    assert not torch.equal(ours["w"], torch.as_tensor(start["w"], dtype=torch.float32))


def test_training_does_not_load_the_compiler():
    done = subprocess.run([sys.executable, "-c", FIT], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True", "False"], done.stderr
