"""The command as a process of its own: what it imports, exit codes, and which stream says what."""

from __future__ import annotations

import subprocess
import sys

import obverse

HEAVY = ("torch", "xgboost", "sklearn", "matplotlib")


def process(*words, code=None):
    start = ["-m", "obverse"] if code is None else ["-c", code]
    return subprocess.run([sys.executable, *start, *map(str, words)], capture_output=True, text=True, timeout=120)


def run_and_report(modules):
    """Code that runs the command and ends stderr with those of `modules` it imported."""
    report = f"print(*{{*{modules}}} & set(sys.modules), file=sys.stderr)"
    return f"import sys\nfrom obverse.cli import main\ntry:\n    main()\nfinally:\n    {report}"


def test_version_and_help_import_no_table_library():
    code = run_and_report(("pandas", "numpy", *HEAVY))
    version, usage = process("--version", code=code), process("--help", code=code)
    assert (version.returncode, version.stdout, version.stderr) == (0, f"obverse {obverse.__version__}\n", "\n")
    assert (usage.returncode, usage.stderr) == (0, "\n") and "log-prob" in usage.stdout


def test_list_imports_nothing_heavy():
    done = process("list", code=run_and_report(HEAVY))
    assert (done.returncode, done.stderr) == (0, "\n") and "naive_bayes" in done.stdout


def test_usage_errors_go_to_stderr_with_exit_code_2():
    done = process("frobnicate")
    assert (done.returncode, done.stdout) == (2, "") and "frobnicate" in done.stderr


def test_a_defect_is_one_line_with_exit_code_1(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("1 / 0\n")
    done = process("check", path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: ZeroDivisionError: division by zero; add --debug for the traceback\n"
    assert "Traceback" in process("check", path, "--debug").stderr
