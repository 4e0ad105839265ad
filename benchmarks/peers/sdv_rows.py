"""Gaussian copula, CTGAN and TVAE of SDV (BUSL-1.1) with their defaults: learn a table, draw rows.

    python sdv_rows.py '{"model": "tvae", "train": "train.csv", "rows": 100, "seed": 0, "out": "made.csv",
                         "options": {"epochs": 300}}'

SDV takes no seed; torch and numpy get it. The kinds of the columns are given, so that no column is taken for an address
or a name and replaced by invented ones.
"""

from __future__ import annotations

from typing import Any

from steps import Steps, answer, is_number, read


def main(asked: dict[str, Any], steps: Steps) -> None:
    """Learn and draw."""
    import warnings

    import numpy as np

    warnings.simplefilter("ignore")
    from sdv import single_table
    from sdv.metadata import Metadata

    np.random.seed(asked["seed"])
    if asked["model"] != "copula":
        import torch

        torch.manual_seed(asked["seed"])
    train = read(asked["train"])
    kinds = {c: {"sdtype": "numerical" if is_number(train[c]) else "categorical"} for c in train}
    metadata = Metadata.load_from_dict({"tables": {"table": {"columns": kinds}}, "relationships": []})
    names = {"copula": "GaussianCopulaSynthesizer", "ctgan": "CTGANSynthesizer", "tvae": "TVAESynthesizer"}
    model = getattr(single_table, names[asked["model"]])(metadata, **asked.get("options", {}))
    steps.done("import")
    model.fit({"table": train})
    steps.done("fit")
    made = model.sample(asked["rows"])
    steps.done("sample")
    made = made["table"] if isinstance(made, dict) else made
    made[train.columns].to_csv(asked["out"], index=False)


if __name__ == "__main__":
    answer(main)
