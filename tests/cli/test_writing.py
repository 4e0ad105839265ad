"""Writing results: what cannot be written is one line, and what was there before stays whole."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

LINUX = sys.platform == "linux"


def verbs(model, people, folder):
    """Every verb that writes, and where to."""
    return [
        (("fit", "marginals", people, "--out", folder / "m"), folder / "m"),
        (("predict", model, people, "--out", folder / "t.csv"), folder / "t.csv"),
        (("sample", model, "-n", "500", "--out", folder / "t.parquet"), folder / "t.parquet"),
        (("impute", model, people, "--out", folder / "t.jsonl"), folder / "t.jsonl"),
        (("log-prob", model, people, "--out", folder / "t.csv.gz"), folder / "t.csv.gz"),
    ]


def contents(folder):
    """The bytes of every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fails(done, *texts):
    assert done.exit_code == 1 and done.stdout == "", done.output
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    for text in texts:
        assert text in line


@pytest.fixture
def mounted(tmp_path):
    """Mount a file system in memory at a folder, with these options; taken away after the test."""
    folders = []

    def mount(options):
        if not LINUX or os.geteuid() != 0:
            pytest.skip("only the superuser of a Linux may mount a file system")
        folder = tmp_path / f"mount{len(folders)}"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"cannot mount a file system here: {done.stderr.strip()}")
        folders.append(folder)
        return folder

    yield mount
    for folder in folders:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_folder_that_can_only_be_read(run, model, people, mounted):
    folder = mounted("size=1m")
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    for words, _ in verbs(model, people, folder):
        fails(run(*words), "cannot write", "nothing can be written to the folder", str(folder))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser can write everywhere")
def test_a_folder_one_may_not_write_to(run, model, people, tmp_path):
    tmp_path.chmod(0o555)
    for words, _ in verbs(model, people, tmp_path):
        fails(run(*words), "cannot write", "nothing can be written to the folder")


def test_a_full_disk_leaves_nothing_half_written_and_the_old_file_whole(run, model, people, mounted):
    folder = mounted("size=256k")
    for words, _ in verbs(model, people, folder):
        assert run(*words).exit_code == 0
    before = contents(folder)
    with (folder / "filler").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(bytes(512))
    for words, out in verbs(model, people, folder):
        fails(run(*words), "cannot write", "No space left on device", out.name)
    (folder / "filler").unlink()
    assert contents(folder) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", [("-n", "3"), ("-n", "2000"), ("-n", "3", "--json")])
def test_a_full_disk_behind_stdout(model, words):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "obverse", "sample", str(model), *words]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr == "error: [Errno 28] No space left on device\n"


def test_a_reader_that_goes_away_ends_it_quietly(model):
    command = f"'{sys.executable}' -m obverse sample '{model}' -n 20000 | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
    assert done.stdout.count("\n") == 1 and done.stderr == ""


def test_a_folder_where_a_file_should_go(run, model, people, tmp_path):
    for words, out in verbs(model, people, tmp_path)[1:]:
        out.mkdir()
        (out / "diary.txt").write_text("dear diary")
        fails(run(*words), "cannot write", "it is a folder")
        assert [path.name for path in out.iterdir()] == ["diary.txt"]


def test_a_file_where_a_folder_should_go(run, people, tmp_path):
    out = tmp_path / "m"
    out.write_text("dear diary")
    fails(run("fit", "marginals", people, "--out", out), "cannot write", "it is a file")
    fails(run("fit", "marginals", people, "--out", out / "n" / "o"), "cannot write", f"{out} is a file")
    assert out.read_text() == "dear diary"


def test_what_cannot_be_written_is_said_before_any_work(run, people, tmp_path):
    """The data are not even looked for."""
    fails(run("fit", "marginals", tmp_path / "no.csv", "--out", people), "cannot write a model")
    fails(run("fit", "marginals", tmp_path / "no.csv", "--out", people.parent), "is not a model folder")
    fails(run("predict", tmp_path / "no_model", people, "--out", tmp_path / "no" / "t.csv"), "there is no folder")


# ---------------------------------------------------------------- Ctrl-C


def interrupted(words, ready, **keywords):
    """The command, stopped by Ctrl-C once `ready(process id)` holds; its exit code, stdout and stderr."""
    command = [sys.executable, "-m", "obverse", *map(str, words)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, **keywords
    ) as child:
        try:
            deadline = time.monotonic() + 60
            while not ready(child.pid):
                assert child.poll() is None, child.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            time.sleep(1)
            child.send_signal(signal.SIGINT)
            stdout, stderr = child.communicate(timeout=60)
        finally:
            child.kill()  # or a test that fails would wait for it without end
    return child.returncode, stdout, stderr


def has_loaded(library):
    return lambda pid: library in Path(f"/proc/{pid}/maps").read_text()


@pytest.mark.skipif(not LINUX, reason="asks /proc how far the process is")
def test_ctrl_c_in_the_middle_of_a_fit(run, people, tmp_path):
    """A million trees take an hour; the old model stays as it is and nothing else is left."""
    out = tmp_path / "m"
    assert run("fit", "marginals", people, "--out", out).exit_code == 0
    before = contents(tmp_path)
    words = ("fit", "xgboost", people, "--target", "outcome", "--set", "n_estimators=1000000", "--out", out)
    assert interrupted(words, has_loaded("libxgboost")) == (1, "", "stopped\n")
    assert contents(tmp_path) == before and [path.name for path in tmp_path.iterdir()] == ["m"]


@pytest.mark.skipif(not LINUX, reason="asks /proc how far the process is")
def test_ctrl_c_while_a_large_file_is_read(tmp_path):
    """Threads that read ahead are not left behind: the process ends at once and by itself."""
    path = tmp_path / "t.csv.gz"  # 2 GB of rows in a few megabytes
    rows = gzip.compress(b"1.5,some text,7\n" * 65_536)
    path.write_bytes(gzip.compress(b"a,b,c\n") + rows * 2_000)

    def is_reading(pid):
        files = Path(f"/proc/{pid}/fd")
        return any(os.path.realpath(file) == str(path) for file in files.iterdir())

    words = ("fit", "marginals", path, "--out", tmp_path / "m")
    assert interrupted(words, is_reading) == (1, "", "stopped\n")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv.gz"]
