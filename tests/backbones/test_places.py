"""Places and indicators of a table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from obverse.backbones.coding import Coding
from obverse.backbones.places import Places
from obverse.modalities.table import TABLE


def test_a_code_that_no_row_held_is_never_the_highest():
    frame = pd.DataFrame({"n": [1, 2, 3, 4], "never true": pd.array([False, None, False, False], dtype="boolean")})
    places = Places(Coding.of(TABLE.learn(frame), bins=4))
    np.testing.assert_allclose(places.shares[0], [0, 0.75, 0.25], atol=1e-6)  # True, False and empty
    assert places.highest(0, np.array([[9.0, 1.0, 0.0], [9.0, 0.0, 1.0]])).tolist() == [1, 2]
