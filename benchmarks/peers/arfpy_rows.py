"""Adversarial random forests, arfpy (MIT), with its defaults: learn a table, draw rows.

    python arfpy_rows.py '{"train": "train.csv", "rows": 100, "seed": 0, "out": "made.csv"}'

It takes no missing numbers, so those are filled with the column's median; a missing text is a text of its own. Its
whole numbers come back as fractions and are rounded here, which its users have to do too.
"""

from __future__ import annotations

from typing import Any

from steps import Steps, answer, is_number, read

EMPTY = "(missing)"


def main(asked: dict[str, Any], steps: Steps) -> None:
    """Learn and draw."""
    import warnings

    import numpy as np

    warnings.simplefilter("ignore")
    from arfpy import arf

    np.random.seed(asked["seed"])
    train = read(asked["train"])
    numbers = [c for c in train if is_number(train[c])]
    whole = [c for c in numbers if (train[c].dropna() % 1 == 0).all()]
    for name in train:
        text = train[name].astype(object)
        train[name] = train[name].fillna(train[name].median()) if name in numbers else text.fillna(EMPTY)
    steps.done("import")
    forest = arf.arf(x=train, verbose=False, random_state=asked["seed"])
    forest.forde()
    steps.done("fit")
    made = forest.forge(n=asked["rows"])
    steps.done("sample")
    made = made.astype({c: object for c in made if c not in numbers}).replace(EMPTY, None)
    made[whole] = made[whole].astype(float).round()
    made[train.columns].to_csv(asked["out"], index=False)


if __name__ == "__main__":
    answer(main)
