"""A training whose memory ends says so in one line, by the real end of memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("torch")

# The address space is closed a little above what is in use, so that the allocator of PyTorch fails by itself.
LITTLE = """
import os, resource, sys
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import accelerate, numpy as np, torch, typer, obverse
from obverse.cli.errors import one_line_errors

x = np.random.default_rng(0).integers(0, 256, (400, 64, 64, 3), dtype=np.uint8)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 500_000_000,) * 2)

@one_line_errors
def learn(debug):
    obverse.fit("image_diffusion", x, [0, 1] * 200, seed=0, batch=400, epochs=1)

@one_line_errors
def ask(debug):
    np.zeros(10**12)

try:
    dict(learn=learn, ask=ask)[sys.argv[1]](debug=False)
except typer.Exit as end:
    sys.exit(end.exit_code)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux closes the address space and tells what is in use")
@pytest.mark.parametrize("what, says", [
    ("learn", "error: image_diffusion ran out of memory with 400 examples a step: set a smaller batch"),
    ("ask", "error: out of memory: Unable to allocate"),
])  # fmt: skip
def test_the_end_of_memory_is_one_line(what, says):
    done = subprocess.run([sys.executable, "-c", LITTLE, what], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith(says) and done.stderr.count("\n") == 1, done.stderr
