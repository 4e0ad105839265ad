"""PyOD's detectors (BSD-2-Clause) with their defaults, in their own environment: oddity of rows.

    python pyod_detectors.py '{"rows": "rows.npz", "detectors": ["IForest"], "seconds": 60, "seed": 0,
                               "out": "made.npz"}'

`rows.npz` holds train and test, float64; `out` gets the scores of the test rows, higher = odder, one array a detector.
Prints one JSON object: processor seconds of fitting and scoring of each detector, or why it has no scores. Detectors
compile on their first use; a small table is scored before the clock runs. LSCP has no default detectors and gets eight
LOFs, as in its own example. What takes more than `seconds` of the processor is ended.
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


def main(asked: dict[str, Any]) -> dict[str, Any]:
    """Each detector in turn."""
    warnings.filterwarnings("ignore")
    signal.signal(signal.SIGPROF, _end)
    said: dict[str, Any] = {}
    scores: dict[str, Any] = {}
    rows, seed = np.load(asked["rows"]), int(asked["seed"])
    small = np.random.default_rng(0).normal(size=(100, 4))
    for name in asked["detectors"]:
        start = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            try:
                built(name, seed).fit(small).decision_function(small[:20])
                np.random.seed(seed)  # some draw from numpy's own
                start = time.process_time()
                signal.setitimer(signal.ITIMER_PROF, asked["seconds"])
                scores[name] = built(name, seed).fit(rows["train"]).decision_function(rows["test"])
                said[name] = {"seconds": round(time.process_time() - start, 3)}
            except TooLong:
                said[name] = {"error": f"ended after {asked['seconds']:g} s"}
            except Exception as error:
                said[name] = {"error": f"{type(error).__name__}: {error}"[:200]}
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
    np.savez(asked["out"], **scores)
    return said


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
