"""Writing: whole or not at all, and what comes back is what was written."""

import os

import numpy as np
import pandas as pd
import pytest

from obverse.core.errors import BadInput
from obverse.data import files
from obverse.data.read import read, write

ENDINGS = ["csv", "csv.gz", "tsv", "jsonl", "jsonl.gz", "parquet"]


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": rng.normal(size=50) * 1e-7,
            "holes": np.where(rng.random(50) < 0.2, np.nan, rng.normal(size=50)),
            "whole": rng.integers(-9, 9, 50),
            "word": pd.Series(rng.choice(["a", 'b "q", c', "None", "é\n", "e\rf"], 50), dtype="str").mask(
                rng.random(50) < 0.2
            ),
            "flag": rng.random(50) < 0.5,
            "maybe": pd.array([True, None] * 25, "boolean"),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 10**15, 50), unit="us"),
        }
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_round_trip(frame, tmp_path, ending):
    frame["word"] = frame["word"].str.strip() if "sv" in ending else frame["word"]
    write(frame, tmp_path / f"t.{ending}")
    pd.testing.assert_frame_equal(read(tmp_path / f"t.{ending}").frame, frame, check_exact=True)


def test_parquet_keeps_every_dtype(tmp_path):
    frame = pd.DataFrame(
        {
            "int": pd.array([1, None], "Int64"),
            "small": np.array([1, 2], "int8"),
            "grade": pd.Categorical(["lo", "hi"], ["lo", "hi"], ordered=True),
            "text": pd.array(["?", None], "string"),
            "when": pd.to_datetime(["2024-01-01", None]).tz_localize("UTC"),
        }
    )
    write(frame, tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(read(tmp_path / "t.parquet").frame, frame)


@pytest.mark.parametrize("ending", ENDINGS)
def test_same_rows_same_bytes(frame, tmp_path, ending):
    write(frame, tmp_path / f"a.{ending}")
    write(frame.copy(), tmp_path / f"b.{ending}")
    first = (tmp_path / f"a.{ending}").read_bytes()
    assert first == (tmp_path / f"b.{ending}").read_bytes()
    if ending.endswith(".gz"):
        assert first[4:8] == bytes(4)  # the header's time stamp


def test_the_index_is_not_written(frame, tmp_path):
    write(frame[::-1], tmp_path / "t.csv")
    assert list(read(tmp_path / "t.csv").frame.columns) == list(frame.columns)


def test_a_failed_rename_leaves_the_old_file_and_nothing_else(frame, tmp_path):
    """The target is a folder that is not empty, so the last step fails for real."""
    (tmp_path / "t.csv").mkdir()
    (tmp_path / "t.csv" / "inside").touch()
    with pytest.raises(BadInput, match="cannot write"):
        write(frame, tmp_path / "t.csv")
    assert os.listdir(tmp_path / "t.csv") == ["inside"]
    assert [name for name in os.listdir(tmp_path) if name.startswith(".t.csv")] == []


def test_the_old_file_stays_whole_until_the_new_one_is(frame, tmp_path):
    """Somebody who has the old file open reads it to its end: it is replaced, not overwritten."""
    write(frame, tmp_path / "t.csv")
    old = (tmp_path / "t.csv").read_bytes()
    with open(tmp_path / "t.csv", "rb") as reader:
        write(frame.head(2), tmp_path / "t.csv")
        assert reader.read() == old
    assert len(read(tmp_path / "t.csv").frame) == 2


def test_what_cannot_be_written(frame, tmp_path):
    with pytest.raises(BadInput, match=r"must end in \.csv"):
        write(frame, tmp_path / "t.xlsx")
    with pytest.raises(BadInput, match="there is no folder"):
        write(frame, tmp_path / "no" / "t.csv")
    with pytest.raises(BadInput, match="no infinite numbers, and column 'x'"):
        write(pd.DataFrame({"x": [np.inf]}), tmp_path / "t.jsonl")
    with pytest.raises(BadInput, match="parquet cannot hold"):
        write(pd.DataFrame({"x": [1, "a"]}), tmp_path / "t.parquet")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
def test_a_written_file_is_an_ordinary_file(tmp_path):
    files.write_bytes(tmp_path / "t.csv", b"a\n1\n")
    assert (tmp_path / "t.csv").stat().st_mode & 0o777 == 0o644
