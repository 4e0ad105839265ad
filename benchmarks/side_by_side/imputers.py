"""Imputers that need an environment of their own, on a table with holes: the filled table, seconds and memory.

miceforest draws by default (predictive mean matching), which a squared error punishes; without matching it gives what
its boosters predict. HyperImpute searches a learner a column; its missForest chains forests. All with their defaults,
and HyperImpute also told that every column of text is one of categories (its own guess stops at four values).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from forest_bars.judging import judge
from forest_bars.peer import peer

SCRIPTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "miceforest": ("miceforest", "miceforest_fill.py", {"matching": True}),
    "miceforest, no matching": ("miceforest", "miceforest_fill.py", {"matching": False}),
    "HyperImpute": ("hyperimpute", "hyperimpute_fill.py", {"plugin": "hyperimpute", "classify": False}),
    "HyperImpute, classify": ("hyperimpute", "hyperimpute_fill.py", {"plugin": "hyperimpute", "classify": True}),
    "missForest (hyperimpute)": ("hyperimpute", "hyperimpute_fill.py", {"plugin": "missforest", "classify": False}),
}
TOLD = ("HyperImpute, classify",)  # other than by its defaults


def filled(name: str, holed: pd.DataFrame, seed: int, **limits: Any) -> tuple[pd.DataFrame | None, dict[str, Any]]:
    """The table without holes, or None, and the process's part of a cell: seconds are those of learning and filling.

    What is still empty afterwards is a failure too.
    """
    environment, script, options = SCRIPTS[name]
    asked = {"seed": seed, "threads": limits.get("threads"), **options}
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder) / "holed.csv", Path(folder) / "filled.csv"
        holed.to_csv(table, index=False)
        run = peer(environment, script, asked | {"table": table, "out": out}, **limits)
        figures = run.figures()
        if run.error:
            return None, figures
        made = judge().read_table(out)
    figures |= {"process_seconds": figures["seconds"], "seconds": figures.pop("fill_seconds")}
    if made.shape != holed.shape or made.isna().to_numpy().any():
        return None, figures | {"error": f"{int(made.isna().to_numpy().sum())} cells left empty"}
    return made, figures
