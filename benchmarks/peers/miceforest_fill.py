"""miceforest (MIT): chained equations with LightGBM, five rounds, one drawn completion.

    python miceforest_fill.py '{"table": "holed.csv", "seed": 0, "out": "filled.csv", "matching": true}'

`matching` is its default, predictive mean matching with five candidates, which draws; without it a hole gets what the
booster predicts, which is nearer to the truth in squared error.
"""

from __future__ import annotations

from typing import Any

from steps import Steps, answer, is_number, read

ROUNDS = 5


def main(asked: dict[str, Any], steps: Steps) -> None:
    """Learn and fill."""
    import miceforest

    table = read(asked["table"])
    names = list(table.columns)
    table.columns = [f"c{i}" for i in range(len(names))]  # LightGBM refuses names with some signs
    for name in table:
        table[name] = table[name].astype(float if is_number(table[name]) else "category")
    steps.done("import")
    more = {} if asked["matching"] else {"mean_match_candidates": 0}
    kernel = miceforest.ImputationKernel(table, num_datasets=1, random_state=asked["seed"], **more)
    kernel.mice(ROUNDS)
    filled = kernel.complete_data(0)
    steps.done("fill")
    filled.columns = names
    filled.to_csv(asked["out"], index=False)


if __name__ == "__main__":
    answer(main)
