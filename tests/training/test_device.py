"""Torch is asked for by name, and only when something learns."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import obverse
from obverse.core.errors import MissingExtra

NO_TORCH = "import sys; sys.modules['torch'] = None\n"


def test_without_torch_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r'pip install "obverse\[deep\]"'):
        obverse.fit("table_vae", np.random.default_rng(0).normal(size=(40, 2)))


def test_without_torch_families_are_listed_and_fitted_models_answer(tmp_path):
    pytest.importorskip("torch")
    rows = np.random.default_rng(0).normal(size=(60, 2))
    for key in ("table_autoregressive", "table_vae"):
        model = obverse.fit(key, rows, seed=0, epochs=2)
        folder = model.save(tmp_path / key)
        code = (
            f"{NO_TORCH}import obverse\nfrom obverse.registry import families\nassert {key!r} in families()\n"
            f"print(obverse.load({str(folder)!r}).sample(3, seed=1).to_numpy().tolist())"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == str(model.sample(3, seed=1).to_numpy().tolist())


def test_precision_is_heard_from_accelerate_and_answers_stay_float32(monkeypatch):
    torch = pytest.importorskip("torch")
    from obverse.core.errors import BadInput
    from obverse.training.device import mixed, precision

    cpu, layer = torch.device("cpu"), torch.nn.Linear(300, 4)
    x = torch.randn(5, 300, generator=torch.Generator().manual_seed(0))
    monkeypatch.delenv("ACCELERATE_MIXED_PRECISION", raising=False)
    assert precision(cpu) is None and mixed(layer, cpu)(x).equal(layer(x))
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    said = mixed(layer, cpu)(x)
    assert said.dtype == torch.float32 and not said.equal(layer(x)) and said.allclose(layer(x), atol=0.05)
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "fp16")
    with pytest.raises(BadInput, match="no or bf16, not fp16"):
        precision(cpu)


def test_accelerate_launch_trains(tmp_path):
    pytest.importorskip("accelerate")
    pixels, labels = np.random.default_rng(0).integers(0, 256, (40, 8, 8), dtype=np.uint8), np.tile([0, 1], 20)
    np.savez(tmp_path / "few.npz", images=pixels, labels=labels)
    launch = ["accelerate.commands.launch", "--cpu", "--num_processes=1", "--num_machines=1", "--mixed_precision=no"]
    words = ["-m", "obverse", "fit", "resnet", "few.npz", "--set", "epochs=1", "--out", "m"]
    command = [sys.executable, "-m", *launch, "--dynamo_backend=no", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0 and (tmp_path / "m").is_dir(), done.stderr


def test_several_processes_are_refused(tmp_path):
    pytest.importorskip("accelerate")
    (tmp_path / "two.py").write_text("from obverse.training.device import device\ndevice()\n")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", "--standalone", "two.py"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    )
    assert done.returncode
    assert "2 processes were launched and a training has one: accelerate launch --num_processes 1" in done.stderr
