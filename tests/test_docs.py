"""Every code block of the README and the docs is run, and the output they show is the output they give.

`pycon` blocks are doctests; `console` blocks are commands with their output, `...` standing for lines that may differ;
`python` blocks are scripts. Blocks of one file share a folder and, for `pycon`, their names. The only `sh` blocks
allowed are the two set-up commands, which continuous integration itself runs. Links lead to files and headings that are
there, and the generated pages are what the code says today.
"""

import doctest
import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REAL_MODEL = "<!-- The blocks of this page need the model `llm`. -->"
SETUP = {"make demo", "make test"}
INERT = {"text", "toml", "json", "markdown", "yaml", "pyi"}  # shown, nothing to run (`pyi`: how something is called)
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


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


def page(path):
    """A case of the test below; one process unpacks the real model for all that need it."""
    marks = [pytest.mark.xdist_group("smollm")] if REAL_MODEL in path.read_text(encoding="utf-8") else []
    return pytest.param(path, marks=marks, id=str(path.relative_to(ROOT)))


@pytest.mark.parametrize("path", [page(path) for path in FILES])
def test_blocks_run_and_show_what_they_give(path, tmp_path, monkeypatch, request):
    if REAL_MODEL in path.read_text(encoding="utf-8"):
        request.getfixturevalue("smollm")  # skips where it is not installed
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


# ------------------------------------------------------------------------- links


def unfenced(path):
    """The text of a page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def links(path):
    """Where the links and pictures of a page lead; those into the web are left out."""
    found = LINK.findall(re.sub(r"`[^`\n]*`", "", unfenced(path)))
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def anchors(path):
    """The names GitHub gives to the headings of a page."""
    names: list[str] = []
    for heading in HEADING.findall(unfenced(path)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = sum(re.fullmatch(rf"{re.escape(name)}(-\d+)?", other) is not None for other in names)
        names.append(f"{name}-{count}" if name in names else name)
    return names


def dead(path):
    """Links of a page that lead nowhere."""
    out = []
    for target in links(path):
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or (anchor and (there.suffix != ".md" or anchor not in anchors(there))):
            out.append(target)
    return out


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    assert not dead(path)


def test_a_dead_link_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A `b.c` (d)\n\n# Twice\n\n# Twice\n\n```text\n[x](no.md)\n# No\n```\n`[y](no.md)` [z](https://a.b)\n"
    )
    good = ["#a-bc-d", "page.md#twice-1", "page.md"]
    bad = ["#no", "no.md", "page.md#twice-2"]
    page.write_text(page.read_text() + "".join(f"[w]({target})\n" for target in good + bad))
    assert dead(page) == bad


def test_every_page_is_reached_from_the_index():
    seen, ahead = set(), [ROOT / "docs" / "README.md"]
    while ahead:
        path = ahead.pop()
        if path not in seen:
            seen.add(path)
            targets = ((path.parent / target.partition("#")[0]).resolve() for target in links(path))
            ahead += [p for p in targets if p.suffix == ".md" and p.is_relative_to(ROOT)]
    decisions = ROOT / "docs" / "adr"  # the index links their folder
    assert not [str(p.relative_to(ROOT)) for p in PAGES if p not in seen and p.parent != decisions and p.parent != ROOT]


# --------------------------------------------------------------------- generated


def test_generated_pages_are_fresh():
    done = subprocess.run([sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True,
                          env=environment())  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture
def generate(tmp_path, monkeypatch):
    """`docs/generate.py`, writing into a folder of its own."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    module = importlib.import_module("generate")
    shutil.copy(ROOT / "README.md", tmp_path)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "README", tmp_path / "README.md")
    monkeypatch.setattr(module, "REFERENCE", tmp_path / "reference")
    monkeypatch.setattr(module, "BENCHMARKS", tmp_path / "benchmarks.md")
    return module


def test_stale_generated_pages_are_named_and_mended(generate, tmp_path, monkeypatch, capsys):
    assert generate.main() == 0
    pages = tmp_path / "reference"
    assert len(list(pages.iterdir())) > 5
    assert all(
        page.read_text(encoding="utf-8").startswith("<!-- Generated by `make docs` from") for page in pages.iterdir()
    )
    changed = [tmp_path / "README.md", pages / "schema.md"]
    for path in changed:
        path.write_text(path.read_text(encoding="utf-8").replace("P(x)", "Q(x)").replace("Column", "Colum"))
    (pages / "model.md").unlink()
    (pages / "old.md").write_text("of a class that is gone")
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    assert generate.main() == 1
    said = capsys.readouterr().err
    assert all(name in said for name in ("README.md", "schema.md", "model.md", "old.md")) and "given.md" not in said
    monkeypatch.setattr(sys, "argv", ["generate.py"])
    assert generate.main() == 0 and not (pages / "old.md").exists()
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    assert generate.main() == 0


def test_readme_has_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(command in text for command in SETUP)
