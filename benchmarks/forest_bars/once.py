"""Fit one family, draw once, write the rows, say how long each step took: the process that is measured.

    python once.py '{"family": ..., "params": {}, "train": "train.parquet", "target": ..., "seed": 0, "rows": 100,
                     "out": "made.csv"}'

Called by `cold.once`; prints one JSON object. `ready` is the clock when the rows were written. The memory is the
largest resident set of this process alone.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def peak_mib() -> float:
    """Largest resident set so far. `getrusage` alone would also count what the starting process held."""
    try:
        text = Path("/proc/self/status").read_text()
        return int(text.partition("VmHWM:")[2].split()[0]) / 1024
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def main(asked: dict[str, Any]) -> dict[str, Any]:
    """The steps one by one."""
    marks = [time.perf_counter()]
    import pandas as pd

    import obverse

    train = pd.read_parquet(asked["train"])
    marks.append(time.perf_counter())
    model = obverse.fit(asked["family"], train, asked["target"], seed=asked["seed"], **asked["params"])
    marks.append(time.perf_counter())
    made, details = model.sample(asked["rows"], seed=asked["seed"], details=True)
    marks.append(time.perf_counter())
    if asked["out"] is not None:
        made.to_csv(asked["out"], index=False)
    plain = int | float | str | bool | None
    params = {k: v if isinstance(v, plain) else repr(v) for k, v in model.get_params().items()}
    fit, sample = marks[2] - marks[1], marks[3] - marks[2]
    ready = time.time()
    return {"fit_seconds": round(fit, 3), "sample_seconds": round(sample, 3), "mib": round(peak_mib(), 1),
            "how": str(details), "params": params, "ready": ready}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
