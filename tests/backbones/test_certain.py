"""A column that follows from another one is recognised, and drawn rows keep to it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from obverse.backbones.certain import follows
from obverse.families.chain_forest import ChainForest

N = 3_000
RNG = np.random.default_rng(2)
CITY = RNG.choice(30, N).astype(float)
STATE = np.where(CITY < 3, np.nan, CITY // 5)  # an empty cell may follow too
TABLE = np.stack([RNG.normal(size=N), CITY, STATE], axis=1)


def test_a_column_follows_from_another_one() -> None:
    assert follows(TABLE, 2, np.array([0, 1]))
    assert not follows(TABLE, 1, np.array([0, 2]))
    assert not follows(TABLE, 2, np.array([0]))  # every number of it is another one: chance


@pytest.mark.parametrize("row", [0, N - 1])
def test_one_row_that_does_not_follow_is_enough(row: int) -> None:
    broken = TABLE.copy()
    broken[row, 2] = 17
    assert not follows(broken, 2, np.array([0, 1]))


def test_rows_keep_to_what_follows() -> None:
    number = RNG.choice(40, N, p=RNG.dirichlet(np.full(40, 0.5)))
    name = np.array([f"level {k}" for k in range(40)])[number]
    table = pd.DataFrame({"name": name, "number": number, "y": RNG.normal(number)})
    made = ChainForest(random_state=0).fit(table, "y").sample(20_000, seed=0)
    assert (made["name"] != "level " + made["number"].astype(str)).mean() < 0.002
