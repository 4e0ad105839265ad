"""PyOD's detectors (BSD-2-Clause) with their defaults, in their own environment: oddity of rows.

    python pyod_detectors.py '{"tables": [{"rows": "rows.npz", "seed": 0, "out": "made.npz"}],
                               "detectors": ["IForest"], "seconds": 60}'

`rows.npz` holds train and test, float64; `out` gets the scores of the test rows, higher = odder, one array a detector.
Prints one JSON object a table, a line each: processor seconds of fitting and scoring of each detector, or why it has no
scores. Detectors compile on their first use; a small table is scored before the clock runs. LSCP has no default
detectors and gets eight LOFs, as in its own example. What takes more than `seconds` of the processor is ended.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import json
import signal
import sys
import time
import warnings
from typing import Any

import numpy as np

MODULES = {"FeatureBagging": "feature_bagging"}


def built(name: str, seed: int) -> Any:
    """A detector with its defaults, seeded where it takes a seed."""
    kind = getattr(importlib.import_module(f"pyod.models.{MODULES.get(name, name.lower())}"), name)
    words: dict[str, Any] = {"random_state": seed} if "random_state" in inspect.signature(kind).parameters else {}
    if name == "LSCP":
        lof = importlib.import_module("pyod.models.lof").LOF
        words["detector_list"] = [lof(n_neighbors=k) for k in range(5, 45, 5)]
    return kind(**words)


class TooLong(Exception):
    """More processor seconds than were given."""


def _end(*_: object) -> None:
    raise TooLong


def ready(names: list[str]) -> None:
    """Have every detector score a small table once."""
    small = np.random.default_rng(0).normal(size=(100, 4))
    for name in names:
        with contextlib.suppress(Exception):  # one that cannot says so on the first real table
            built(name, 0).fit(small).decision_function(small[:20])


def scored(name: str, rows: Any, seed: int, seconds: float) -> tuple[Any, dict[str, Any]]:
    """Scores of the test rows, None where there are none, and processor seconds or the reason."""
    start = time.process_time()
    np.random.seed(seed)  # some draw from numpy's own
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        found = built(name, seed).fit(rows["train"]).decision_function(rows["test"])
    except TooLong:
        return None, {"error": f"ended after {seconds:g} s"}
    except Exception as error:
        return None, {"error": f"{type(error).__name__}: {error}"[:200]}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return found, {"seconds": round(time.process_time() - start, 3)}


def main(asked: dict[str, Any]) -> None:
    """Each table and detector in turn."""
    warnings.filterwarnings("ignore")
    signal.signal(signal.SIGPROF, _end)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        ready(asked["detectors"])
    for one in asked["tables"]:
        said: dict[str, Any] = {}
        scores: dict[str, Any] = {}
        rows = np.load(one["rows"])
        for name in asked["detectors"]:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                found, said[name] = scored(name, rows, one["seed"], asked["seconds"])
            if found is not None:
                scores[name] = found
        np.savez(one["out"], **scores)
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
