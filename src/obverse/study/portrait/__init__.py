"""What the data are like, before any verdict: columns, holes, what depends on what, and typical and odd rows.

The columns and the holes are counted. The rest is what a generative model of the whole table knows and a discriminative
one does not: the joint forest, fitted once, gives exact probabilities of any part of a row, without drawing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...core.card import Task
from ...core.errors import BadInput
from ...core.evidence import Evidence
from ...core.schema import Array
from ...families.joint_forest import JointForest
from ...modalities.table import TABLE
from ..results import plain
from .columns import columns
from .dependence import Sample, dependence
from .examples import examples
from .holes import holes

TREES = 20
ROWS, FEWEST, CELLS = 20_000, 1_000, 1_000_000  # rows and cells of the table that the model learns from
SCORED, SCORED_CELLS = 5_000, 400_000  # rows and cells of those that it rates


def portrait(frame: pd.DataFrame, target: str | None, task: Task | None, seed: int) -> dict[str, Any]:
    """What the data are like, in JSON's own types; the same arguments give the same answer.

    Args:
        frame: the rows of the study. A large table is represented by a part of its rows, drawn with the seed, wherever
            the model is needed; columns and holes are counted in all of them.
        target: name of the target, None without one.
        task: kind of the target, `class` or `number`.
        seed: of the model and of all that is drawn.

    Returns:
        `rows`, `columns` and `missing`; `model`, `log_prob_mean` (nats a row), `dependence` and `examples`, which are
        None when the model cannot learn these data, and `refused`, why not. The modules say what each holds.

    Raises:
        BadInput: the table cannot be read.
    """
    data = TABLE.learn(frame, target, task=task)
    width = len(data.schema.columns)
    rng = np.random.default_rng([seed, len(data), width])
    learnt = _some(len(data), min(ROWS, max(FEWEST, CELLS // width)), rng)
    counted = {
        "rows": len(data),
        "columns": columns(data),
        "missing": holes(np.isnan(data.values), data.schema.names),
    }
    try:
        model = JointForest(TREES, random_state=seed).fit(frame.iloc[learnt], target, task=task)
    except BadInput as error:
        unknown = dict.fromkeys(("model", "log_prob_mean", "dependence", "examples"))
        return plain(counted | unknown | {"refused": str(error)})
    mixture, cells = model.mixture_, TABLE.read(frame.iloc[learnt], model.schema_)[0].values
    sample = Sample.of(model.schema_, cells)
    rated = _some(len(cells), min(SCORED, max(FEWEST, SCORED_CELLS // width)), rng)
    density = mixture.log_prob(Evidence(cells[rated]))
    tells = [sample.cut[i].index for i in sample.order]
    known = {
        "model": JointForest.card.key,
        "log_prob_mean": density.mean(),
        "dependence": dependence(mixture, sample),
        "examples": examples(mixture, cells[rated], density, learnt[rated], tells, rng),
        "refused": None,
    }
    return plain(counted | known)


def _some(n: int, most: int, rng: np.random.Generator) -> Array:
    """Positions of at most so many of n rows, in order."""
    return np.sort(rng.permutation(n)[:most])
