"""The `clinic` table: every dtype, kind of measure and kind of hole a table has, dependent on one outcome.

It stands on the `mixed` world, so the outcome can be predicted; the further columns follow the outcome too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..data.worlds import Mixed

HOLES = {"region": 0.1, "visits": 0.15, "insured": 0.1, "gain": 0.2}
STAGES = ("early", "middle", "late")


def as_table(columns: Mapping[str, Any]) -> Any:
    """A DataFrame of the columns."""
    import pandas as pd  # pyright: ignore[reportMissingTypeStubs]

    return pd.DataFrame(dict(columns))


def clinic(n: int, seed: int, *, holes: bool = True) -> Any:
    """n rows as a DataFrame; `holes=False` leaves no cell missing. The same seed gives the same rows."""
    import pandas as pd  # pyright: ignore[reportMissingTypeStubs]

    rng = np.random.default_rng([seed, 7])
    frame: Any = Mixed().sample(n, seed)
    ill = (frame["outcome"] == "ill").to_numpy()
    days = rng.integers(0, 200, n) + 100 * ill
    rises: Any = rng.normal(6.0, 2.0, n) + 3.0 * ill
    table: Any = pd.DataFrame(
        {
            "region": frame["region"],  # text
            "visits": frame["visits"].astype("Int64"),  # whole numbers that may be missing
            "weight": frame["weight"],  # a density, never missing
            "smoker": frame["smoker"],  # bool
            "insured": pd.array(rng.random(n) < np.where(ill, 0.4, 0.8), dtype="boolean"),
            "stage": pd.Categorical(
                np.array(STAGES)[rng.binomial(2, np.where(ill, 0.85, 0.15))], list(STAGES), ordered=True
            ),
            "admitted": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D"),
            "dose": np.round(2 * rises) / 2,  # decimals on a grid of a half
            "gain": np.where(
                rng.random(n) < 0.4, 0.0, 500.0 + 200.0 * ill + 100.0 * rng.standard_normal(n)
            ),  # an atom at nought
            "systolic": rng.normal(130.0 + 15.0 * ill, 10.0, n).round().astype(int),
            "diastolic": rng.normal(100.0, 15.0, n).round().astype(int),
            "outcome": frame["outcome"].astype("category"),
        }
    )
    for name, share in HOLES.items() if holes else ():
        table[name] = table[name].mask(rng.random(n) < share)
    return table
