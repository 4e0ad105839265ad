"""What is left out of a comparison, what is refused, and that both are said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from obverse.core.errors import BadInput
from obverse.study.sift import check_classes, sift


def table(rows: int = 60, **more) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    base = {"x": rng.normal(size=rows), "kind": rng.choice(["a", "b"], size=rows)}
    return pd.DataFrame({**base, **more, "y": rng.choice(["no", "yes"], size=rows)})


def left(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    kept, notes = sift(frame, "y")
    return list(kept.columns), notes


def test_constant_identifying_and_repeated_columns_are_left_out_and_named():
    rows = np.arange(60)
    frame = table(
        always="same",
        number=rows[::-1] + 7,
        customer_id=rows * 13 % 997,
        name=[f"person {i}" for i in rows],
        again=table()["x"],
    )
    kept, notes = left(frame)
    assert kept == ["x", "kind", "y"]
    assert notes == [
        "left out 'always': the same in every row",
        "left out 'number', 'customer_id', 'name': an identifier or free text: nearly every row has a value of its own",
        "left out 'again' (as 'x'): the same as another column",
    ]


def test_what_only_looks_odd_stays():
    rng = np.random.default_rng(1)
    frame = table(
        sometimes=[None, 1.0] * 30,  # constant where known: that it is missing may say something
        count=rng.permutation(1_000)[:60],  # whole, all different, and neither consecutive nor called an identifier
        day=pd.date_range("2024-01-01", periods=60),
        price=np.round(rng.normal(size=60), 3),
        town=rng.choice([f"town {i}" for i in range(25)], size=60),
    )
    assert left(frame) == (list(frame.columns), [])


def test_a_table_that_cannot_be_compared_is_refused_for_every_reason_at_once():
    with pytest.raises(BadInput) as caught:
        sift(table(12, empty=None, void=np.nan), "y")
    assert caught.value.problems == [
        "12 rows are too few to train and judge on; a comparison needs at least 20",
        "columns 'empty', 'void' have no value in any row; read another way, or --drop empty,void",
    ]
    wide = pd.DataFrame(np.zeros((30, 5_000)), columns=[f"c{i}" for i in range(5_000)])
    with pytest.raises(BadInput, match="5,000 columns are more than a comparison takes"):
        sift(wide, "c0")


def test_a_table_of_which_nothing_is_left_is_refused():
    frame = pd.DataFrame({"id": np.arange(40), "y": ["a", "b"] * 20})
    with pytest.raises(BadInput, match=r"no column is left to learn from: left out 'id'"):
        sift(frame, "y")


def test_a_target_of_too_many_classes_is_refused():
    with pytest.raises(BadInput, match="the target 'code' has 100,000 classes in 100,000 rows"):
        check_classes(pd.Series([f"c{i}" for i in range(100_000)]), "code")
    check_classes(pd.Series(["a", "b", None]), "y")
