"""Files that are not what they should be: one clear line each, never a traceback, never a wait without end."""

from __future__ import annotations

import decimal
import gzip
import json
import os
import socket
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from obverse.core.errors import BadInput
from obverse.data import read as reading
from obverse.data.read import read


def put(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def error(source, **keywords):
    with pytest.raises(BadInput) as caught:
        read(source, **keywords)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 1_000
    return str(caught.value)


@pytest.fixture(params=["held", "streamed"])
def way(request, monkeypatch):
    """Keyword arguments that read a file whole, or as a stream."""
    if request.param == "streamed":
        monkeypatch.setattr(reading, "STREAMED", -1)
        return {"rows": 10}
    return {}


# ---------------------------------------------------------------- no file that can be read


def test_what_is_no_file(tmp_path):
    assert "there is no file" in error(tmp_path / "no.csv")
    assert "is a folder" in error(tmp_path)
    assert "cannot read" in error(str(tmp_path / "nul\0.csv"))
    assert "cannot read" in error(tmp_path / ("x" * 300 + ".csv"))
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    assert "cannot read" in error(tmp_path / "loop.csv")
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert "is a folder" in error(folder)
    assert "cannot read" in error(put(tmp_path / "t.csv", "a\n1\n") / "u.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet", "t.jsonl"])
def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path, name):
    os.mkfifo(tmp_path / name)
    found = []
    reader = threading.Thread(target=lambda: found.append(error(tmp_path / name)), daemon=True)
    reader.start()
    reader.join(timeout=10)
    assert found and "is a pipe or a device" in found[0]


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no devices with names here")
def test_a_device_or_a_socket_is_refused(tmp_path):
    (tmp_path / "t.csv").symlink_to("/dev/zero")
    assert "is a pipe or a device" in error(tmp_path / "t.csv")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.csv"))
        assert "is a pipe or a device" in error(tmp_path / "s.csv")


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet", "t.jsonl"])
def test_a_file_one_may_not_read(tmp_path, name):
    """In a process of an ordinary user where this one is the superuser's, whom nothing is forbidden."""
    path = put(tmp_path / name, "a\n1\n")
    path.chmod(0)
    code = (
        "import os, sys; from pathlib import Path; import obverse.data.read as reading\n"
        "from obverse.core.errors import BadInput\n"
        "from obverse.data import readers, delimited, jsonl, parquet; import pyarrow.csv, pyarrow.parquet\n"
        "os.chdir(Path(sys.argv[1]).parent); os.geteuid() or os.setuid(65534)\n"
        "try:\n    reading.read('./' + Path(sys.argv[1]).name)\n"
        "except BadInput as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60)
    assert done.stdout == f"cannot read {name}: Permission denied\n", done.stderr


# ---------------------------------------------------------------- content that is no table


@pytest.mark.parametrize("content", ["", " ", "\n\n", " \r\n \n", "\ufeff", "\ufeff\n"])
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl"])
def test_empty_text(tmp_path, content, name, way):
    assert "is empty" in error(put(tmp_path / name, content), **way)


@pytest.mark.parametrize("content", ["a,b", "a,b\n", "a,b\r\n\r\n", "\ufeffa,b\r", "\n\n a , b \n\n\n"])
def test_only_a_line_of_names(tmp_path, content, way):
    assert "has column names but no rows" in error(put(tmp_path / "t.csv", content), **way)


def test_empty_parquet(tmp_path, way):
    assert "is not a whole parquet file" in error(put(tmp_path / "t.parquet", b""), **way)
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "t.parquet")
    assert "has column names but no rows" in error(tmp_path / "t.parquet", **way)
    pq.write_table(pa.table({}), tmp_path / "t.parquet")
    assert "has no columns" in error(tmp_path / "t.parquet", **way)
    (tmp_path / "t.jsonl").write_text("{}\n{}\n")
    assert "is empty" in error(tmp_path / "t.jsonl", **way)


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"a,b\n1,\x002\n", "NUL byte in line 2"),
        (b"a\x00,b\n1,2\n", "NUL byte in line 1"),
        (bytes(range(256)) * 50, "is not text (a NUL byte in line 2)"),
        (b"PK\x03\x04\x14\x00\x06\x00" + bytes(500), "is a zip archive, perhaps a spreadsheet"),
        (b"PAR1\x15\x00\x15\xff" + bytes(500), "is a parquet file; let its name end in .parquet"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "is compressed by gzip; let its name end in .gz"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(255, 0, -1)), "is not UTF-8 text (line 1)"),
        ("a,b\n1,é\n".encode("utf-16"), "looks like utf-16, so `iconv -f utf-16 -t utf-8 OLD > NEW`"),
        ("a,b\n1,é\n".encode("utf-16-le"), "looks like utf-16le"),
        ("a,b\n1,x\n".encode("utf-16-be"), "looks like utf-16be"),
        ("a,b\n1,caf\xe9\n".encode("latin1"), "is not UTF-8 text (line 2); save it as UTF-8: it looks like latin1"),
        ("a,b\n1,5 €\n".encode("cp1252"), "looks like windows-1252"),
        (b"a,b\r1,x\r2,\xe9\r", "is not UTF-8 text (line 3)"),
        (b"a,b\n1,x\n2,\xc3", "is not UTF-8 text (line 3)"),  # ends within a letter
    ],
)
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.jsonl"])
def test_bytes_that_are_no_text(tmp_path, content, expected, name, way):
    text = error(put(tmp_path / name, gzip.compress(content, mtime=0) if name.endswith(".gz") else content), **way)
    assert expected in text


def test_what_iconv_is_told_to_do_works(tmp_path):
    """The fix that the error names, done by Python's own codecs."""
    for encoding in ("utf-16", "utf-16le", "windows-1252", "latin1"):
        path = put(tmp_path / "t.csv", "a,b\n1,caf\xe9\n".encode(encoding))
        named = error(path).partition("iconv -f ")[2].partition(" ")[0]
        path.write_text(path.read_bytes().decode(named), encoding="utf-8")
        assert read(path).frame["b"][0] == "café"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_marks_change_nothing(tmp_path, end, mark, way):
    text = mark + end.join(['"a ""x""",b', "1,é", '2,"u,v"', ""])
    frame = read(put(tmp_path / "t.csv", text), **way).frame
    pd.testing.assert_frame_equal(frame, pd.DataFrame({'a "x"': [1, 2], "b": ["é", "u,v"]}))
    problem = error(put(tmp_path / "t.csv", text + "3" + end), **way)
    assert "line 4 has 1 cell where the first line has 2" in problem


@pytest.mark.parametrize(
    "content", [b"a,b\n1," + b"x" * 40_000_000, b"a" * 40_000_000, b'a,b\n1,"' + b"x\n" * 20_000_000]
)
def test_a_line_without_end(tmp_path, content, way):
    text = error(put(tmp_path / "t.csv", content), **way)
    assert "is longer than 16.8 MB" in text or "cannot be split into cells" in text
    assert "line 1" in text or "line 2" in text


def test_a_line_without_end_in_json_lines(tmp_path, way):
    path = put(tmp_path / "t.jsonl", b'{"a": 1}\n{"a": "' + b"x" * 40_000_000)
    assert "line 2 is longer than" in error(path, **way)


# ---------------------------------------------------------------- damaged files


@pytest.mark.parametrize("name", ["t.csv.gz", "t.jsonl.gz", "t.parquet.gz"])
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.99])
def test_a_gzip_file_cut_short(tmp_path, name, kept, way):
    frame = pd.DataFrame({"a": np.random.default_rng(0).normal(size=5_000)})
    reading.write(frame, tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    put(tmp_path / name, whole[: int(kept * len(whole))])
    text = error(tmp_path / name, **way)
    assert "is not a whole gzip file" in text or (kept == 0 and ("is empty" in text or "not a whole parquet" in text))


def test_a_gzip_file_with_a_changed_byte_or_rubbish_behind_it(tmp_path, way):
    whole = bytearray(gzip.compress(b"a,b\n" + os.urandom(20_000).hex().encode() + b",2\n"))
    assert "is not a whole gzip file" in error(put(tmp_path / "t.csv.gz", bytes(whole) + b"rubbish"), **way)
    whole[len(whole) // 2] ^= 0xFF
    assert "is not a whole gzip file" in error(put(tmp_path / "t.csv.gz", bytes(whole)), **way)


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9, 0.999])
def test_a_parquet_file_cut_short(tmp_path, kept, way):
    pd.DataFrame({"a": np.random.default_rng(0).normal(size=5_000)}).to_parquet(tmp_path / "t.parquet")
    whole = (tmp_path / "t.parquet").read_bytes()
    put(tmp_path / "t.parquet", whole[: int(kept * len(whole))])
    assert "is not a whole parquet file" in error(tmp_path / "t.parquet", **way)


def test_a_parquet_file_with_a_damaged_middle(tmp_path, way):
    pd.DataFrame({"a": np.random.default_rng(0).normal(size=5_000)}).to_parquet(tmp_path / "t.parquet")
    whole = bytearray((tmp_path / "t.parquet").read_bytes())
    whole[4:2_000] = bytes(1_996)
    assert "is not a whole parquet file" in error(put(tmp_path / "t.parquet", bytes(whole)), **way)


# ---------------------------------------------------------------- cells that are no values


def test_parquet_columns_that_hold_no_plain_values_are_all_listed(tmp_path, way):
    table = pa.table(
        {
            "fine": [1, 2],
            "lists": [[1], [2, 3]],
            "structs": [{"a": 1}, {"a": 2}],
            "bytes": [b"x", b"y"],
            "times": pa.array([1, 2], pa.time32("s")),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    text = error(tmp_path / "t.parquet", **way)
    for name in ("lists", "structs", "bytes", "times"):
        assert f"column '{name}' of" in text and f"--drop {name}" in text
    assert "'fine'" not in text
    drop = ["lists", "structs", "bytes", "times"]
    assert read(tmp_path / "t.parquet", drop=drop, **way).frame.to_dict("list") == {"fine": [1, 2]}


def test_parquet_written_by_others_is_read(tmp_path, way):
    table = pa.table(
        {
            "price": pa.array([decimal.Decimal("1.25"), None], pa.decimal128(10, 2)),
            "day": pa.array([19_000, None], pa.date32()),
            "count": pa.array([1, None], pa.int32()),
            "flag": pa.array([True, None]),
            "nothing": pa.nulls(2),
            "word": pa.array(["x", None], pa.string_view()),
            "key": pa.array(["u", "v"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    found = read(tmp_path / "t.parquet", **way)
    assert [str(t) for t in found.frame.dtypes] == [
        *("float64", "datetime64[ms]", "Int32", "boolean", "float64", "str", "category"),
    ]
    assert found.notes == ("decimals are read as double precision: 'price'",)
    assert found.frame["price"][0] == 1.25 and found.frame["day"][0] == pd.Timestamp("2022-01-08")


def test_json_lines_with_nested_values(tmp_path, way):
    path = put(tmp_path / "t.jsonl", '{"a": 1, "b": [1]}\n{"a": {"b": 1}, "b": 2}\n{"a": 1}\n')
    text = error(path, **way)
    assert "line 1 is not one flat object" in text and "'b' holds a list" in text and "line 2" in text
    assert len(read(put(path, '{"a": 1, "b": [1]}\n{"a": 2, "b": {}}\n'), drop=["b"], **way).frame) == 2


@pytest.mark.parametrize(
    "line, expected",
    [
        ("[" * 100_000, "cannot be read as JSON"),
        ('{"a": ' + "9" * 5_000 + "}", "cannot be read as JSON"),
        ('{"a": "\\ud800"}', "holds half of a letter"),
        ('{"\\udfff": 1}', "holds half of a letter"),
        ('{"a": 1} {"a": 2}', "is not JSON"),
        ("null", "is not one flat object"),
        ('{"a": 1,}', "is not JSON"),
        ("a,b", "is not JSON"),
    ],
)
def test_lines_that_are_no_objects(tmp_path, line, expected, way):
    assert f"line 2 {expected}" in error(put(tmp_path / "t.jsonl", f'{{"a": 1}}\n{line}\n'), **way)


# ---------------------------------------------------------------- very wide tables


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet"])
def test_5000_columns_are_read(tmp_path, name, way):
    names = [f"c{i}" for i in range(5_000)]
    if name == "t.csv":
        put(tmp_path / name, ",".join(names) + "\n" + (",".join("1" * 5_000) + "\n") * 3)
    elif name == "t.jsonl":
        put(tmp_path / name, (json.dumps(dict.fromkeys(names, 1)) + "\n") * 3)
    else:
        pq.write_table(pa.table({n: [1, 1, 1] for n in names}), tmp_path / name)
    frame = read(tmp_path / name, **way).frame
    assert frame.shape == (3, 5_000) and (frame == 1).all(axis=None) and list(frame.columns) == names


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet"])
def test_100000_names_are_too_many(tmp_path, name, way):
    n = 20_000 if name == "t.parquet" else 100_000  # such a parquet file takes long to write
    names = [f"c{i}" for i in range(n)]
    if name == "t.csv":
        put(tmp_path / name, ",".join(names) + "\n" + ",".join("1" * n) + "\n")
    elif name == "t.jsonl":
        put(tmp_path / name, json.dumps(dict.fromkeys(names, 1)) + "\n")
    else:
        pq.write_table(pa.table([[1]] * n, names=names), tmp_path / name)
    assert f"has {n:,} columns, more than the 10,000 that are read" in error(tmp_path / name, **way)


def test_a_wide_table_says_ragged_rows_too(tmp_path, way):
    path = put(tmp_path / "t.csv", ",".join(f"c{i}" for i in range(5_000)) + "\n1,2\n")
    assert "line 2 has 2 cells where the first line has 5000" in error(path, **way)
