"""Ridge regression on a kernel of distance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from obverse.backbones import laplace_kernel
from obverse.backbones.laplace_kernel import RIDGE, LaplaceKernel

RNG = np.random.default_rng(0)
X = RNG.normal(5.0, [1.0, 10.0], (600, 2)).astype(np.float32)


def test_it_solves_the_normal_equations_of_kernel_ridge_regression() -> None:
    y = RNG.normal(size=(600, 2))
    asked = X[:7] + np.float32(0.3)
    z, q = ((a - X.mean(axis=0)) / X.std(axis=0) / np.sqrt(2) for a in (X.astype(float), asked.astype(float)))
    kernel = [np.exp(-np.linalg.norm(a[:, None] - z, axis=-1)) for a in (z, q)]
    mean = y.mean(axis=0)
    truth = kernel[1] @ np.linalg.solve(kernel[0] + RIDGE * np.eye(600), y - mean) + mean
    assert LaplaceKernel.fit(X, y, RNG).answer(asked) == pytest.approx(truth, abs=2e-3)


def test_a_smooth_surface_is_learned_and_far_away_the_mean_is_said() -> None:
    y = np.sin(2 * X[:, :1].astype(float)) + np.cos(X[:, 1:] / 5)
    made = LaplaceKernel.fit(X[:500], y[:500], RNG)
    assert np.sqrt(np.mean((made.answer(X[500:]) - y[500:]) ** 2)) < 0.35 * y.std()
    far = made.answer(np.full((1, 2), 1e4, np.float32))
    assert far[0] == pytest.approx(y[:500].mean(axis=0), abs=1e-3)


def test_of_many_rows_a_draw_is_kept() -> None:
    y = X[:, :1].astype(float)
    made = LaplaceKernel.fit(X, y, np.random.default_rng(0), most=100)
    assert made.centres.shape == (100, 2)
    assert np.corrcoef(made.answer(X)[:, 0], y[:, 0])[0, 1] > 0.95


def test_a_row_has_the_same_answer_alone_and_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    x = RNG.normal(size=(600, 90)).astype(np.float32)  # of so many columns float32 sums differ by 1e-5
    made = LaplaceKernel.fit(x, x[:, :9].astype(float), RNG)
    together = made.answer(x)
    alone = np.concatenate([made.answer(row[None]) for row in x[:100]])
    assert np.abs(alone - together[:100]).max() < 1e-12
    monkeypatch.setattr(laplace_kernel, "BLOCK", 64)
    assert np.abs(made.answer(x) - together).max() < 1e-12


def test_state_rebuilds_it_and_a_wrong_width_is_refused() -> None:
    made = LaplaceKernel.fit(X, np.eye(3)[RNG.integers(3, size=600)], RNG)
    assert (LaplaceKernel.from_state(made.state(), 2).answer(X) == made.answer(X)).all()
    with pytest.raises(ValueError, match="kernel"):
        LaplaceKernel.from_state(made.state(), 3)
    with pytest.raises(ValueError, match="kernel"):
        LaplaceKernel.from_state(made.state() | {"weights": made.weights[:-1]}, 2)


def test_solving_keeps_to_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The threads of a small factorisation wait for each other on shared cores."""
    import scipy.linalg
    from threadpoolctl import threadpool_info, threadpool_limits

    seen, factored = [], scipy.linalg.cho_factor

    def watched(*args: Any, **more: Any) -> Any:
        seen.extend(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")
        return factored(*args, **more)

    monkeypatch.setattr(scipy.linalg, "cho_factor", watched)
    with threadpool_limits(2, "blas"):
        LaplaceKernel.fit(X, X[:, :1].astype(float), np.random.default_rng(0))
    assert seen and set(seen) == {1}
