"""HyperImpute, or its missForest (hyperimpute, MIT), with their defaults: fill a table's holes.

    python hyperimpute_fill.py '{"table": "holed.csv", "seed": 0, "out": "filled.csv", "plugin": "hyperimpute",
                                  "threads": null, "classify": false}'

Text is given as it is: the package codes it itself, and classifies a column of fewer than five values, all others being
numbers to it. `classify` raises that number (HyperImpute's `class_threshold`) until every column of text is classified.
"""

from __future__ import annotations

from typing import Any

from steps import Steps, answer, is_number, read


def main(asked: dict[str, Any], steps: Steps) -> None:
    """Learn and fill."""
    import os
    import warnings

    if asked["threads"]:
        os.environ["N_JOBS"] = str(asked["threads"])  # else one process a core
    warnings.simplefilter("ignore")
    from hyperimpute.plugins.imputers import Imputers

    table = read(asked["table"])
    names = list(table.columns)
    for name in table:
        table[name] = table[name].astype(float if is_number(table[name]) else object)
    told: dict[str, Any] = {}
    if asked["classify"]:
        widest = max((table[n].nunique() for n in names if not is_number(table[n])), default=3)
        told["class_threshold"] = widest + 2  # it counts a hole among the values, and wants fewer than this
    plugin = Imputers().get(asked["plugin"], random_state=asked["seed"], **told)
    steps.done("import")
    filled = plugin.fit_transform(table.copy())
    steps.done("fill")
    filled.columns = names
    filled.to_csv(asked["out"], index=False)


if __name__ == "__main__":
    answer(main)
