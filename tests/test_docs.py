"""Every code block of the README and the docs is run, and the output they show is the output they give.

`pycon` blocks are doctests; `console` blocks are commands with their output, `...` standing for lines that may differ;
`python` blocks are scripts. Blocks of one file share a folder and, for `pycon`, their names. The only `sh` blocks
allowed are the two set-up commands, which continuous integration itself runs.
"""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SETUP = {"make demo", "make test"}
INERT = {"text", "toml", "json", "markdown", "yaml"}  # shown, nothing to run


def blocks(path):
    return BLOCK.findall(path.read_text(encoding="utf-8"))


def environment():
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "OMP_NUM_THREADS": "1",
    }


def matches(shown, real):
    """Whether real output is the shown one, `...` matching any run of characters."""
    shown, real = ("\n".join(line.rstrip() for line in text.strip().splitlines()) for text in (shown, real))
    parts = [re.escape(part) for part in shown.split("...")]
    return re.fullmatch(".*?".join(parts), real, re.DOTALL) is not None


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_blocks_run_and_show_what_they_give(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for kind, body in blocks(path):
        if kind == "pycon":
            test = parser.get_doctest(body, names, path.name, str(path), 0)
            report: list[str] = []
            runner.run(test, out=report.append, clear_globs=False)
            names.update(test.globs)
            assert not report, "".join(report)
        elif kind == "console":
            for command in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                line, _, shown = command.partition("\n")
                done = subprocess.run(line, shell=True, capture_output=True, text=True, env=environment(), timeout=300)
                if shown.strip():
                    assert matches(shown, done.stdout + done.stderr), f"$ {line}\n{done.stdout}{done.stderr}"
                else:
                    assert done.returncode == 0, f"$ {line}\n{done.stderr}"
        elif kind == "python":
            done = subprocess.run([sys.executable, "-W", "error", "-c", body], capture_output=True, text=True,
                                  env=environment(), timeout=300)  # fmt: skip
            assert done.returncode == 0, done.stderr
        elif kind == "sh":
            assert set(body.strip().splitlines()) <= SETUP, f"{path.name}: write `console`, so that the block is run"
        else:
            assert kind in INERT, f"{path.name}: a block of kind {kind!r} is never run"


def test_generated_tables_are_fresh():
    done = subprocess.run([sys.executable, ROOT / "docs" / "generate.py", "--check"], env=environment())
    assert done.returncode == 0, "README.md is stale: make docs"


def test_readme_has_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(command in text for command in SETUP)
