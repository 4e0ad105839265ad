"""Measure the bars that one machine can measure and write docs/bars/*.json: `make bars` (all) or `bars.py NAME ...`.

Each figure carries the command that made it, the bar, whether it is met, the commit, the seed and the machine. Wall
times are of whole processes; memory is the largest resident set of the process and its children.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "bars"
PYTHON = sys.executable
DATA = Path(os.environ.get("OBVERSE_DATA", ROOT.parent / "shared" / "data"))
OBVERSE = str(Path(sys.executable).parent / "obverse")


def run(command: list[str], **kwargs) -> tuple[float, subprocess.CompletedProcess]:
    """Seconds and result of one command, which must succeed."""
    start = time.perf_counter()
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE", "OBVERSE_DATA": str(DATA)},
        **kwargs,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return seconds, done


def import_seconds() -> list[dict]:
    """`import obverse` in a fresh process, median of seven, minus nothing: interpreter start included in neither."""
    code = "import time; t = time.perf_counter(); import obverse; print(time.perf_counter() - t)"
    times = sorted(float(run([PYTHON, "-c", code])[1].stdout) for _ in range(7))
    torch = run([PYTHON, "-c", "import obverse, sys; print('torch' in sys.modules)"])[1].stdout.strip()
    return [
        bar("import obverse, seconds", times[3], "< 0.5", times[3] < 0.5, "python -c 'import obverse'"),
        bar("import obverse loads torch", torch, "False", torch == "False", "python -c 'import obverse, sys'"),
    ]


def clean_clone() -> list[dict]:
    """`make demo` on a clean clone: whole time, time of the comparison, first line, size of the environment."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "obverse"
        run(["git", "clone", "--quiet", str(ROOT), str(clone)])
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("OBVERSE", "VIRTUAL_ENV"))}
        start = time.perf_counter()
        process = subprocess.Popen(
            ["make", "demo"], cwd=clone, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert process.stdout is not None
        lines = [(time.perf_counter() - start, line.rstrip()) for line in process.stdout]
        whole = time.perf_counter() - start
        if process.wait():
            sys.exit("make demo failed:\n" + "\n".join(line for _, line in lines))
        size = sum(f.stat().st_size for f in (clone / ".venv").rglob("*") if f.is_file() and not f.is_symlink()) / 2**20
        began = next(t for t, line in lines if "obverse compare" in line)
        first = next(t for t, line in lines if t > began and "obverse compare" not in line) - began
        report = clone / "demo-report" / "report.html"
        return [
            bar("make demo from a clean clone, seconds", whole, "<= 240", whole <= 240, "make demo"),
            bar("the comparison itself, 5 splits, seconds", whole - began, "<= 90", whole - began <= 90, "make demo"),
            bar("first progress line after, seconds", first, "<= 2", first <= 2, "make demo"),
            bar("base environment after the demo, MB", size, "<= 650", size <= 650, "make demo"),
            bar("report.html, bytes", report.stat().st_size, "<= 1 MB", report.stat().st_size <= 1e6, "make demo"),
        ]


def adult() -> list[dict]:
    """The main job on 20,000 rows of Adult as they are, three splits."""
    with tempfile.TemporaryDirectory() as folder:
        command = [OBVERSE, "compare", "adult", "--seeds", "3", "--out", str(Path(folder) / "adult")]
        peak = Peak()
        seconds, _ = run(command)
        memory = peak.stop()
        summary = (Path(folder) / "adult" / "summary.json").read_text().replace(f" --out {folder}/adult", "")
        (OUT / "compare_adult_summary.json").write_text(summary)
        page = (Path(folder) / "adult" / "report.html").stat().st_size
    shown = "obverse compare adult --seeds 3"
    return [
        bar("obverse compare on Adult 20,000 rows, 3 splits, seconds", seconds, "<= 900", seconds <= 900, shown),
        bar("the same, all processes together, GiB", memory / 1024, "<= 3", memory / 1024 <= 3, shown),
        bar("the same, report.html, bytes", page, "<= 1 MB", page <= 1e6, shown),
    ]


def script(*words: str) -> Callable[[], None]:
    """A benchmark with a script of its own, which writes its own file."""

    def measure() -> None:
        run([PYTHON, *words], cwd=ROOT)

    return measure


def kill() -> list[dict]:
    """kill -9 at ten random moments, then the same command (tests/study/test_kill.py)."""
    command = [PYTHON, "-m", "pytest", "-q", "tests/study/test_kill.py"]
    seconds, _ = run(command, cwd=ROOT)
    name = "ten kills: finished cells repeated or lost, final figures that differ"
    return [bar(name, 0, "0", True, f"pytest tests/study/test_kill.py ({seconds:.0f} s)")]


def suite() -> list[dict]:
    """The whole test suite."""
    seconds, _ = run(["make", "test"], cwd=ROOT)
    return [bar("make test, seconds (environment made)", seconds, "<= 600", seconds <= 600, "make test")]


class Peak:
    """Largest sum of the proportional memory of this process and all below it, sampled ten times a second (Linux)."""

    def __init__(self) -> None:
        import threading

        self.largest, self.going = 0.0, True
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        while self.going:
            self.largest = max(self.largest, sum(_pss_mb(pid) for pid in _family(os.getpid())))
            time.sleep(0.1)

    def stop(self) -> float:
        """End the watch; MB."""
        self.going = False
        self.thread.join()
        return self.largest


def _family(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in task.read_text().split():
                found += [int(child), *_family(int(child))]
        except OSError:
            continue
    return found


def _pss_mb(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024


def bar(name: str, figure: object, wanted: str, met: bool, command: str) -> dict:
    """One measured bar."""
    value = round(figure, 3) if isinstance(figure, float) else figure
    print(f"{'met ' if met else 'OPEN'}  {name}: {value} (bar {wanted})", flush=True)
    return {"bar": name, "figure": value, "wanted": wanted, "met": bool(met), "command": command}


def machine() -> dict:
    """Where and on which commit the figures were made."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    return {"commit": commit, "python": platform.python_version(), "platform": platform.platform(terse=True),
            "processor": platform.processor() or platform.machine(), "cores": os.cpu_count(),
            "made": time.strftime("%Y-%m-%d")}  # fmt: skip


FORESTS = ("fidelity", "argn", "prediction", "few_labels", "missing", "likelihood", "condition")
MEASURES: dict[str, Callable[[], list[dict] | None]] = {
    "import": import_seconds,
    "clean_clone": clean_clone,
    "adult": adult,
    "large_csv": script("benchmarks/large_csv.py", "--compare"),
    "overhead": script("benchmarks/overhead.py"),
    "kill": kill,
    "suite": suite,
    **{name: script("benchmarks/forests.py", name) for name in FORESTS},
    "million": script("benchmarks/million.py"),
    "constraints": script("benchmarks/constraints.py"),
    "anomaly": script("benchmarks/anomaly.py"),
    "detection": script("benchmarks/detection.py"),
}


def main() -> int:
    """Run the named measures, or all."""
    OUT.mkdir(parents=True, exist_ok=True)
    names = sys.argv[1:] or list(MEASURES)
    ok = True
    for name in names:
        rows = MEASURES[name]()
        if rows is None:
            continue
        ok &= all(row["met"] for row in rows)
        (OUT / f"{name}.json").write_text(json.dumps({"machine": machine(), "bars": rows}, indent=1) + "\n")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
