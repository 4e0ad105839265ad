"""kill -9 at ten random moments, then the same command: no cell repeated, none lost, the same final figures."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and process groups are POSIX's")

COMMAND = (
    "compare", "iris", "--families", "naive_bayes,logistic,joint_forest,marginals,xgboost",
    "--questions", "portrait,predict,create,fill,cost", "--splits", "3",
)  # fmt: skip
KILLS = 10


def start(folder: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "obverse", *COMMAND, "--jobs", "2", "--out", str(folder)]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, env=os.environ
    )


def lines(folder: Path) -> list[bytes]:
    path = folder / "results.jsonl"
    return [line for line in path.read_bytes().split(b"\n") if line.endswith(b"}")] if path.exists() else []


def cell(line: bytes) -> tuple[str, int, str]:
    found = json.loads(line)
    return found["family"], found["split"], found["question"]


def figures(folder: Path) -> dict[str, object]:
    summary = json.loads((folder / "summary.json").read_text())
    parts = {
        part["key"]: {k: part[k] for k in ("rows", "verdict", "references", "extra")} for part in summary["questions"]
    }
    parts.pop("cost")  # seconds and megabytes differ from run to run
    return {"questions": parts, "portrait": summary["portrait"]}


def busy_orphans() -> list[str]:
    """Worker processes whose parent is gone and that still work, after the time they have to notice it (Linux).

    One that was killed before it was handed anything only waits, and loky ends it after some minutes.
    """
    time.sleep(3)
    before = {p: ticks(p) for p in Path("/proc").glob("[0-9]*") if adopted_worker(p)}
    time.sleep(1)
    return [str(p) for p, spent in before.items() if ticks(p) > spent + 20]


def adopted_worker(process: Path) -> bool:
    try:
        status, words = (process / "status").read_text(), (process / "cmdline").read_bytes()
    except OSError:
        return False
    return b"LokyProcess" in words and "\nPPid:\t1\n" in status


def ticks(process: Path) -> int:
    """Processor time spent, in hundredths of a second."""
    try:
        return int((process / "stat").read_text().rsplit(")", 1)[1].split()[11])
    except OSError:
        return 0


@pytest.mark.xdist_group("kill")
def test_ten_kills_lose_nothing_and_repeat_nothing(tmp_path):
    rng = np.random.default_rng(0)
    folder, undisturbed = tmp_path / "killed", tmp_path / "whole"
    kept: list[bytes] = []
    landed = 0
    for number in range(KILLS):
        process = start(folder)
        before, wait = len(lines(folder)), rng.uniform(0.0, 0.8)
        # random moments while it works: not before this run has finished something (half of the time)
        until = time.monotonic() + 60
        while number % 2 and len(lines(folder)) == before and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(wait if number % 2 else 3 * wait)
        landed += process.poll() is None
        if number % 3:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()  # the workers are left behind, and must not write into the next run
        process.stdout.close()
        process.stderr.close()
        process.wait()
        now = lines(folder)
        assert now[: len(kept)] == kept, "a finished cell was lost or changed"
        kept = now
    assert not busy_orphans(), "workers went on without the study"
    assert landed >= KILLS / 2, "the study ended before the kills; make it longer"
    done = start(folder)
    _, err = done.communicate(timeout=300)
    assert done.returncode == 0, err
    final = lines(folder)
    cells = [cell(line) for line in final]
    assert final[: len(kept)] == kept and len(cells) == len(set(cells))
    whole = start(undisturbed)
    _, err = whole.communicate(timeout=300)
    assert whole.returncode == 0, err
    assert set(cells) == {cell(line) for line in lines(undisturbed)}
    assert figures(folder) == figures(undisturbed)
