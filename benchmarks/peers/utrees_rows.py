"""Unmasking trees, utrees: learn a table, draw rows.

    python utrees_rows.py '{"train": "train.csv", "rows": 100, "seed": 0, "out": "made.csv",
                            "options": {"duplicate_K": 50}, "fit_rows": null}'

`fit_rows` is how many of the training rows it gets, the first ones; `duplicate_K` is its default.
"""

from __future__ import annotations

from typing import Any

from steps import Steps, answer, read


def main(asked: dict[str, Any], steps: Steps) -> None:
    """Learn and draw."""
    import warnings

    warnings.simplefilter("ignore")
    from matrix import Matrix
    from utrees import UnmaskingTrees

    matrix = Matrix(read(asked["train"]).head(asked.get("fit_rows")))
    kinds = {"text": "categorical", "whole": "integer", "number": "continuous"}
    model = UnmaskingTrees(random_state=asked["seed"], xgboost_kwargs={"n_jobs": asked.get("threads") or -1},
                           **asked.get("options", {}))  # fmt: skip
    steps.done("import")
    model.fit(matrix.cells, quantize_cols=[kinds[k] for k in matrix.kinds])
    steps.done("fit")
    made = model.generate(n_generate=asked["rows"])
    steps.done("sample")
    matrix.table(made).to_csv(asked["out"], index=False)


if __name__ == "__main__":
    answer(main)
