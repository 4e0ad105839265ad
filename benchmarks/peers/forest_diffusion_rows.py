"""ForestDiffusion: flow matching with boosted trees. Learn a table, draw rows.

    python forest_diffusion_rows.py '{"train": "train.csv", "rows": 100, "seed": 0, "out": "made.csv", "target": "y",
                                      "options": {"n_t": 50, "duplicate_K": 100}, "fit_rows": null}'

The options are its defaults. Classes are given as labels, of which each gets boosters of its own; a numeric target is
a column like the others. Rows with a missing number are left out: with holes it trains a booster a column and step.
"""

from __future__ import annotations

from typing import Any

from steps import Steps, answer, is_number, read


def main(asked: dict[str, Any], steps: Steps) -> dict[str, Any]:
    """Learn and draw."""
    import warnings

    import numpy as np

    warnings.simplefilter("ignore")
    from ForestDiffusion import ForestDiffusionModel
    from matrix import Matrix

    train = read(asked["train"]).head(asked.get("fit_rows"))
    whole = train[[c for c in train if is_number(train[c])]].notna().all(axis=1)
    train = train[whole]
    label = None if is_number(train[asked["target"]]) else asked["target"]
    names = [c for c in train if c != label]
    matrix, labels = Matrix(train[names]), None if label is None else Matrix(train[[label]])
    at = {kind: [i for i, k in enumerate(matrix.kinds) if k == kind] for kind in ("text", "whole")}
    pair = [i for i in at["text"] if len(matrix.values[i]) == 2]
    steps.done("import")
    model = ForestDiffusionModel(
        matrix.cells, label_y=None if labels is None else labels.cells[:, 0], bin_indexes=pair,
        cat_indexes=[i for i in at["text"] if i not in pair], int_indexes=at["whole"],
        n_jobs=asked.get("threads") or -1, seed=asked["seed"], **asked.get("options", {}),
    )  # fmt: skip
    steps.done("fit")
    made = np.asarray(model.generate(batch_size=asked["rows"]))
    steps.done("sample")
    table = matrix.table(made[:, : len(names)])
    if labels is not None:
        table[label] = labels.table(made[:, -1:])[label]
    table[list(train.columns)].to_csv(asked["out"], index=False)
    return {"rows_left_out": int((~whole).sum())}


if __name__ == "__main__":
    answer(main)
