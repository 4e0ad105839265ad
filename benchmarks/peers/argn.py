"""TabularARGN of mostlyai-engine (Apache-2.0) with its defaults, in its own environment: draw rows, or score them.

    python argn.py '{"do": "sample", "train": "train.csv", "rows": 100, "seed": 0, "out": "made.csv"}'
    python argn.py '{"do": "score", "train": "train.csv", "test": "test.csv", "seed": 0, "fixed_order": false,
                     "out": "scores.json"}'

Prints one JSON object: seconds of each step and peak memory. In `score` every cell is text, one word a value, and every
column a category whose words are the events that are scored; written are the log-probabilities of the test rows. By
default the engine learns the columns in any order (it scores them in the table's); with `fixed_order` in that one only.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def peak_mib() -> float:
    """Largest resident set of this process so far (Linux)."""
    text = Path("/proc/self/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024


def main(asked: dict[str, Any]) -> dict[str, Any]:
    """The steps one by one."""
    import pandas as pd
    from mostlyai.engine import TabularARGN

    words: dict[str, Any] = {"dtype": "str"} if asked["do"] == "score" else {}
    train = pd.read_csv(asked["train"], keep_default_na=False, na_values=[""], low_memory=False, **words)
    model = TabularARGN(
        random_state=asked["seed"],
        tgt_encoding_types=dict.fromkeys(train.columns, "TABULAR_CATEGORICAL") if words else None,
        enable_flexible_generation=not asked.get("fixed_order", False),
    )
    start = time.perf_counter()
    model.fit(train)
    fitted = time.perf_counter()
    if asked["do"] == "sample":
        model.sample(n_samples=asked["rows"]).to_csv(asked["out"], index=False)
    else:
        test = pd.read_csv(asked["test"], keep_default_na=False, na_values=[""], **words)
        Path(asked["out"]).write_text(json.dumps([float(v) for v in model.log_prob(test)]))
    done = time.perf_counter()
    model.close()
    return {"fit_seconds": round(fitted - start, 3), f"{asked['do']}_seconds": round(done - fitted, 3),
            "mib": round(peak_mib(), 1)}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
