"""Files larger than memory: a seeded uniform sample in one pass, the same whatever the blocks, and what it says."""

import gzip
import hashlib
import io
import json
import math
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from obverse.core.errors import BadInput
from obverse.data import memory
from obverse.data import read as reading
from obverse.data.content import of_bytes, of_file
from obverse.data.draw import Draw, of_table
from obverse.data.parsed import Wanted
from obverse.data.read import read
from obverse.data.readers import parse

ROWS = 3_000


@pytest.fixture
def small_files_are_large(monkeypatch):
    monkeypatch.setattr(reading, "STREAMED", 1_000)


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "place": np.arange(ROWS),
            "number": rng.normal(size=ROWS),
            "holes": pd.array(np.where(rng.random(ROWS) < 0.3, None, rng.integers(0, 9, ROWS)), "Int64"),
            "word": pd.Series(rng.choice(["a", 'b "q", c', "é\nf", ("long " * 20).strip()], ROWS), dtype="str"),
        }
    )


def content_of(frame, ending):
    if ending == ".parquet":
        out = io.BytesIO()
        frame.to_parquet(out, row_group_size=700)
        return out.getvalue()
    if ending == ".jsonl":
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    return frame.to_csv(index=False, sep="\t" if ending == ".tsv" else ",").encode()


# ---------------------------------------------------------------- the draw itself


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_the_sample_is_the_rows_with_the_smallest_keys(frame, ending):
    parsed = parse(of_bytes(content_of(frame, ending), "t"), ending, Wanted(rows=100, seed=5))
    keys = np.random.default_rng(5).random(ROWS)
    expected = frame.iloc[np.sort(np.argsort(keys)[:100])].reset_index(drop=True)
    if ending == ".jsonl":
        expected = expected.astype({"holes": "float64"})
    pd.testing.assert_frame_equal(parsed.frame, expected)
    assert parsed.total == ROWS


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
@pytest.mark.parametrize("block", [500, 1_013, 9_999, 1 << 20])
def test_blocks_change_nothing(frame, ending, block):
    """The smallest block holds about four rows; every block parts rows, quotes and letters of two bytes elsewhere."""
    content = of_bytes(content_of(frame, ending), "t")
    whole = parse(content, ending, Wanted(rows=200, seed=1))
    blocks = parse(content, ending, Wanted(rows=200, seed=1, block=block))
    pd.testing.assert_frame_equal(blocks.frame, whole.frame)
    assert (blocks.sha256, blocks.total, blocks.size) == (whole.sha256, whole.total, whole.size)


def test_each_row_is_as_likely_as_any_other():
    """5 of 20 rows, 4,000 times: chi-square of 19 degrees of freedom beyond 43.8 has probability 0.001."""
    times, counts, pairs = 4_000, np.zeros(20), Counter()
    for seed in range(times):
        draw = Draw(5, seed, np.concatenate)
        for first in (0, 3, 10, 11):  # blocks of 3, 7, 1 and 9 rows
            draw.add(np.arange(first, {0: 3, 3: 10, 10: 11, 11: 20}[first]))
        rows, positions = draw.kept()
        np.testing.assert_array_equal(rows, positions)
        counts[rows] += 1
        pairs[tuple(rows[:2])] += 1
    assert counts.sum() == 5 * times
    expected = times * 5 / 20
    statistic = ((counts - expected) ** 2 / expected).sum() / (1 - 5 / 20)  # drawn without putting back
    assert statistic < 43.8
    first_two = math.comb(18, 3) / math.comb(20, 5)  # rows 0 and 1 both in it
    assert pairs[0, 1] / times == pytest.approx(first_two, abs=4 * math.sqrt(first_two / times))


def test_few_rows_are_held():
    draw = Draw(10, 0, np.concatenate)
    for first in range(0, 100_000, 1_000):
        draw.add(np.arange(first, first + 1_000))
        assert sum(map(len, draw._blocks)) <= 2 * 10
    assert draw.total == 100_000


def test_a_small_file_is_kept_whole(frame):
    parsed = parse(of_bytes(content_of(frame, ".csv"), "t"), ".csv", Wanted(rows=ROWS))
    pd.testing.assert_frame_equal(parsed.frame, frame)


# ---------------------------------------------------------------- what `read` makes of it


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".tsv", ".jsonl", ".jsonl.gz", ".parquet", ".parquet.gz"])
def test_a_large_file_is_sampled_and_says_so(frame, tmp_path, ending, monkeypatch):
    path, content = tmp_path / f"big{ending}", content_of(frame, ending.removesuffix(".gz"))
    path.write_bytes(gzip.compress(content) if ending.endswith(".gz") else content)
    whole = read(path, rows=150, seed=3)
    assert len(whole.frame) == whole.total == ROWS  # not large: the caller draws
    assert whole.notes == ()
    monkeypatch.setattr(reading, "STREAMED", 1_000)
    table = read(path, target="word", rows=150, seed=3)
    assert (len(table.frame), table.total, table.target, table.name) == (150, ROWS, "word", "big")
    assert table.sha256 == whole.sha256 == hashlib.sha256(content).hexdigest()
    (note,) = table.notes
    assert note.startswith(f"150 of 3,000 rows, drawn with seed 3, stand for the file ({len(content) / 1e6:.1f} MB, ")
    pd.testing.assert_frame_equal(
        table.frame, whole.frame[whole.frame["place"].isin(table.frame["place"])].reset_index(drop=True)
    )
    assert not table.frame.equals(read(path, rows=150, seed=4).frame)


def test_types_are_those_of_the_drawn_rows(small_files_are_large, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,x\n" * 5_000 + "word,x\n")
    assert read(path, rows=10).frame["a"].dtype == np.int64
    assert read(path, rows=5_001).frame["a"].dtype == "str"


def test_a_row_number_without_a_name_is_known_by_its_place(small_files_are_large, tmp_path, frame):
    frame.drop(columns="place").to_csv(tmp_path / "t.csv")
    table = read(tmp_path / "t.csv", rows=20)
    assert list(table.frame.columns) == ["number", "holes", "word"]
    assert "only numbers the rows" in table.notes[1]


def test_columns_that_are_left_out_are_not_looked_at(small_files_are_large, tmp_path):
    (tmp_path / "t.csv").write_text("a,b,c\n" + "1,inf,x\n" * 1_000)
    table = read(tmp_path / "t.csv", rows=10, drop=["b"])
    assert list(table.frame.columns) == ["a", "c"]
    with pytest.raises(BadInput, match="infinite"):
        read(tmp_path / "t.csv", rows=10)


def test_parquet_is_read_a_batch_at_a_time(tmp_path):
    """A file of many rows: what is held never exceeds a batch and the sample, so this is far below the whole."""
    n = 2_000_000
    pq.write_table(pa.table({"x": np.arange(n, dtype=np.float64)}), tmp_path / "t.parquet")
    before, peak = pa.total_allocated_bytes(), pa.default_memory_pool().max_memory()
    parsed = parse(of_file(tmp_path / "t.parquet"), ".parquet", Wanted(rows=50))
    assert parsed.total == n and len(parsed.frame) == 50
    assert pa.default_memory_pool().max_memory() - max(before, peak) < n * 8 / 2


# ---------------------------------------------------------------- faults in a streamed file


@pytest.mark.parametrize(
    "fault, expected",
    [
        (b"1,2\n", "line 2002 has 2 cells where the first line has 3"),
        (b"1,2,3,4\n", "line 2002 has 4 cells where"),
        (b'1,"2,3\n', "line 2002 cannot be split into cells"),
        (b"1,caf\xe9,3\n", "is not UTF-8 text (line 2002)"),
        (b"1,\x00,3\n", "NUL byte in line 2002"),
        (b"1,-inf,3\n", "column 'b' of t.csv holds an infinite number (the first in line 2,002)"),
        (b"1,1e999,3\n", "column 'b' of t.csv holds an infinite number (the first in line 2,002)"),
        (b"1," + b"x" * (40 << 20) + b",3\n", "line 2002 is longer than 16.8 MB"),
    ],
)
@pytest.mark.parametrize("block", [2_000, 1 << 20])
def test_faults_are_found_in_any_block(fault, expected, block):
    good = b"1,2,3\n" * 1_000
    content = of_bytes(b"a,b,c\n" + good + good + fault + good, "t.csv")
    with pytest.raises(BadInput) as caught:
        parse(content, ".csv", Wanted(rows=100_000, block=block))
    assert expected in str(caught.value).replace("\n", "\\n")


def test_a_quote_left_open_at_the_very_end_is_found():
    """A parser that does not ask for the closing quote would make one cell of the rest."""
    with pytest.raises(BadInput, match="line 3 cannot be split into cells"):
        parse(of_bytes(b'a,b\n1,2\n3,"4\n5,6\n', "t.csv"), ".csv")
    with pytest.raises(BadInput, match="line 3 cannot be split into cells"):
        parse(of_bytes(b'a,b\n1,2\n3,"4', "t.csv"), ".csv")
    frame = parse(of_bytes(b'a,b\n1,5" pipe\n', "t.csv"), ".csv").frame
    assert frame["b"][0] == '5" pipe'


def test_a_cell_longer_than_a_block_is_read():
    cell = "long " * 1_000_000
    frame = parse(of_bytes(f'a,b\n1,2\n3,"{cell}"\n'.encode(), "t.csv"), ".csv").frame
    assert frame["b"][1] == cell.strip()


def test_a_compressed_file_cut_short_fails_in_its_stream(small_files_are_large, tmp_path, frame):
    for ending in (".csv", ".jsonl", ".parquet"):
        content = gzip.compress(content_of(frame, ending))
        (tmp_path / f"t{ending}.gz").write_bytes(content[: len(content) // 2])
        with pytest.raises(BadInput, match="is not a whole gzip file"):
            read(tmp_path / f"t{ending}.gz", rows=10)


# ---------------------------------------------------------------- memory


def test_a_file_that_memory_does_not_hold_asks_for_rows(tmp_path, monkeypatch, frame):
    path = tmp_path / "t.csv"
    path.write_bytes(content_of(frame, ".csv"))
    monkeypatch.setattr(memory, "available", lambda: 4 * path.stat().st_size)
    assert len(read(path).frame) == ROWS
    monkeypatch.setattr(memory, "available", lambda: 4 * path.stat().st_size - 4)
    with pytest.raises(BadInput, match=r"t\.csv is 0\.\d MB, more than memory holds: give --rows N to read a seeded"):
        read(path)
    assert len(read(path, rows=7).frame) == 7  # streamed, although it is a small file


def test_a_compressed_file_that_is_larger_than_it_says_ends_at_what_memory_holds(tmp_path, monkeypatch):
    """Two members: the last four bytes tell the size of the second one only."""
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 500_000) + gzip.compress(b"3,4\n"))
    monkeypatch.setattr(memory, "available", lambda: 400_000)
    with pytest.raises(BadInput, match="more than memory holds"):
        read(path)


def test_a_compressed_file_tells_its_size(tmp_path, monkeypatch):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + bytes(range(48, 58)) * 100_000))
    monkeypatch.setattr(memory, "available", lambda: 4 * 8_000)
    with pytest.raises(BadInput, match="more than memory holds"):
        read(path)


def test_parquet_tells_its_size_in_its_footer(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"x": np.zeros(100_000)}), path)
    assert path.stat().st_size < 50_000
    monkeypatch.setattr(memory, "available", lambda: 4 * 500_000)
    with pytest.raises(BadInput, match=r"is 0\.8 MB, more than memory holds"):
        read(path)
    assert len(read(path, rows=10).frame) == 10


def test_the_limits_of_control_groups_count(tmp_path):
    group = tmp_path / "a" / "b"
    group.mkdir(parents=True)
    (tmp_path / "a" / "memory.max").write_text("3000\n")
    (tmp_path / "a" / "memory.current").write_text("1000\n")
    (group / "memory.max").write_text("max\n")
    (group / "memory.current").write_text("10\n")
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("500\n")
    (tmp_path / "memory" / "memory.usage_in_bytes").write_text("600\n")
    membership = tmp_path / "cgroup"
    membership.write_text("0::/a/b\n4:memory:/x\n3:cpu,cpuacct:/x\n")
    assert sorted(memory._left_in_groups(tmp_path, membership)) == [0, 2000]
    assert list(memory._left_in_groups(tmp_path, tmp_path / "none")) == []


def test_memory_is_a_sensible_number():
    found = memory.available()
    assert found is None or 2**20 < found < 2**50


# ---------------------------------------------------------------- drawing from what is in memory


def test_rows_of_a_table_in_memory(frame):
    table = read(frame)
    drawn = of_table(table, 10, 1)
    assert (len(drawn.frame), drawn.total) == (10, ROWS)
    assert drawn.frame["place"].is_monotonic_increasing and list(drawn.frame.index) == list(range(10))
    assert drawn.notes == ("10 of 3,000 rows, drawn with seed 1, stand for the table",)
    pd.testing.assert_frame_equal(drawn.frame, of_table(table, 10, 1).frame)
    assert of_table(table, ROWS, 1) is table and of_table(table, None, 1) is table


@pytest.mark.parametrize("rows", [0, -3, 2.5, True])
def test_rows_must_be_a_number_of_rows(frame, rows):
    with pytest.raises(BadInput, match="rows must be a whole number from 1"):
        read(frame, rows=rows)
