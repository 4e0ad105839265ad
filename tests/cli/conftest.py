"""A small table with holes as a CSV file, a model fitted to it through the command line, and a way to call that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from obverse.cli import app

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def run() -> Run:
    """Call `obverse` with these words in this process, perhaps with what is said to it on stdin."""

    def call(*words: object, said: str | None = None) -> Result:
        runner = CliRunner(env={"COLUMNS": "80"})
        return runner.invoke(app, [str(word) for word in words], input=said, prog_name="obverse")

    return call


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150 rows: a number and a category with holes, a decimal number, a name with a space, a two-class target."""
    rng = np.random.default_rng(0)
    ill = rng.random(150) < 0.4
    frame = pd.DataFrame(
        {
            "age": np.where(rng.random(150) < 0.1, np.nan, (rng.normal(45, 12, 150) + 10 * ill).round()),
            "weight": rng.normal(70, 10, 150) + 5 * ill,
            "smoker": pd.Series(np.where(rng.random(150) < np.where(ill, 0.7, 0.2), "yes", "no")).mask(
                rng.random(150) < 0.1
            ),
            "home town": rng.choice(["Ålesund", "Basel", "Cork"], 150),
            "outcome": np.where(ill, "ill", "well"),
        }
    )
    path = tmp_path_factory.mktemp("people") / "people.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def model(run: Run, people: Path) -> Path:
    """A naive Bayes model folder, next to the table."""
    folder = people.parent / "model"
    done = run("fit", "naive_bayes", people, "--target", "outcome", "--set", "strength=2", "--out", folder)
    assert done.exit_code == 0, done.output
    assert done.stdout == f"model: {folder}\n"
    return folder
