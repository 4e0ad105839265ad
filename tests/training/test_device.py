"""Torch is asked for by name, and only when something learns."""

from __future__ import annotations

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
