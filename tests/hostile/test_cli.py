"""What is wrong is said in one line by the real command: no traceback, nothing half-written, no memory, no wait.

Every command is a process of its own, forked from one that has imported pandas already.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load, save

FORKS = """
import json, os, sys, tempfile
import pandas, scipy.sparse, safetensors.numpy
import obverse.cli, obverse.registry
obverse.registry.families()
for line in sys.stdin:
    words, folder = json.loads(line)
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    child = os.fork()
    if not child:
        os.dup2(out.fileno(), 1), os.dup2(err.fileno(), 2), os.chdir(folder)
        sys.argv, code = ["obverse", *words], 0
        try:
            obverse.cli.main()
        except SystemExit as done:
            code = done.code or 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
            code = 1
        sys.stdout.flush(), sys.stderr.flush(), os._exit(code)
    _, status, used = os.wait4(child, 0)
    out.seek(0), err.seek(0)
    answer = [os.waitstatus_to_exitcode(status), out.read().decode(), err.read().decode(), used.ru_maxrss]
    print(json.dumps(answer), flush=True)
"""
MEMORY = 600_000  # kB that no refusal may need; the libraries alone take about 100,000


@dataclass(frozen=True)
class Done:
    """How a command ended; `kilobytes` is the most memory it held."""

    code: int
    out: str
    err: str
    kilobytes: int


Run = Callable[..., Done]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Call `obverse` with these words in a process of its own."""
    place = tmp_path_factory.mktemp("cwd")
    with subprocess.Popen(
        [sys.executable, "-c", FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"COLUMNS": "80", "NO_COLOR": "1"},
    ) as parent:  # fmt: skip
        assert parent.stdin is not None and parent.stdout is not None

        def call(*words: object) -> Done:
            parent.stdin.write(json.dumps([[str(w) for w in words], str(place)]) + "\n")
            parent.stdin.flush()
            return Done(*json.loads(parent.stdout.readline()))

        yield call
    assert not list(place.iterdir())


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    ill = rng.random(120) < 0.4
    table = {
        "age": rng.integers(18, 90, 120),
        "town": rng.choice(["Basel", "Cork"], 120),
        "ill": np.where(ill, "y", "n"),
    }
    path = tmp_path_factory.mktemp("people") / "people.csv"
    pd.DataFrame(table).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def model(run: Run, people: Path) -> Path:
    folder = people.parent / "model"
    done = run("fit", "naive_bayes", people, "--target", "ill", "--out", folder)
    assert done.code == 0, done.err
    return folder


@pytest.fixture
def broken(model: Path, tmp_path: Path) -> Path:
    """A copy of the model to spoil."""
    return Path(shutil.copytree(model, tmp_path / "broken"))


def fails(done: Done, code: int, *texts: str) -> None:
    """One line on stderr that holds the texts, nothing on stdout, little memory."""
    assert (done.code, done.out) == (code, ""), done
    assert done.err.startswith("error: ") and done.err.count("\n") == 1, done.err
    assert len(done.err) < 1000 and "Traceback" not in done.err and "add --debug" not in done.err, done.err
    for text in texts:
        assert text in done.err
    assert done.kilobytes < MEMORY


def usage(done: Done, *texts: str) -> None:
    """Refused by the reader of options: exit code 2 and the option by name."""
    assert (done.code, done.out) == (2, "") and "Traceback" not in done.err, done
    assert all(text in done.err for text in texts), done.err


# ------------------------------------------------------------------ conditions


@pytest.mark.parametrize(
    ("condition", "code", "text"),
    [
        ("age > 50 and age < 30", 1, "no row can satisfy"),
        ("age == 2000", 1, "widen it"),
        ("age > 1e300", 1, "widen it"),
        ('town == "Oslo"', 2, "Oslo"),
        ('twon == "Cork"', 2, '"town"'),
        ("__import__('os').system('touch owned')", 2, "__import__"),
        ("(" * 10_000 + "age > 5" + ")" * 10_000, 2, "characters"),
        ("(" * 4_000 + "age > 5" + ")" * 4_000, 2, "nested"),
        ("not " * 2_000 + "age > 5", 2, "nested"),
        (" or ".join(["age > 5"] * 10_000), 2, "characters"),
        ("age > 5" + " " * 100_000, 2, "characters"),
        ("age > " + "9" * 5_000, 2, "too large"),
        ("age >", 2, "expected a value"),
        ("age > 5\x1b[31m", 2, "unexpected"),
        ("", 2, "nothing to read"),
    ],
)
@pytest.mark.parametrize("verb", ["sample", "probability"])
def test_conditions_that_cannot_be_met_or_read(run, model, verb, condition, code, text):
    done = run("sample", model, "--given", condition) if verb == "sample" else run("probability", model, condition)
    if verb == "probability" and code == 1:  # an event that cannot happen has an answer
        assert (done.code, float(done.out)) == (0, pytest.approx(0, abs=1e-3))
        return
    fails(done, code, text)


def test_a_condition_of_a_megabyte_comes_from_python_only(model):
    import obverse

    with pytest.raises(obverse.BadCondition, match="characters, at most"):
        obverse.load(model).sample(1, given="age > 5 or " * 100_000 + "age > 5")


# ------------------------------------------------------------------ models


def rewrite(folder: Path, name: str, data: bytes) -> None:
    """One file replaced, and a manifest that vouches for it."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / name).write_bytes(data)
    manifest["sha256"][name] = hashlib.sha256(data).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def edit(folder: Path, name: str, change: Callable[[Any], Any]) -> None:
    data = json.loads((folder / name).read_text())
    rewrite(folder, name, json.dumps(change(data)).encode())


def weights(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    arrays = dict(load((folder / "weights.safetensors").read_bytes()))
    change(arrays)
    rewrite(folder, "weights.safetensors", save(arrays))


def declared(shape: list[int], length: int | None = None) -> bytes:
    """A safetensors file that declares much and holds nothing."""
    header = json.dumps({"weight": {"dtype": "F64", "shape": shape, "data_offsets": [0, int(np.prod(shape)) * 8]}})
    return (len(header) if length is None else length).to_bytes(8, "little") + header.encode()


def manifest(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def link(folder: Path, name: str, to: Path) -> None:
    shutil.move(folder / name, to)
    (folder / name).symlink_to(to)


SPOILED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a changed byte": (lambda f: (f / "schema.json").write_bytes((f / "schema.json").read_bytes() + b" "), "changed"),
    "a file cut short": (lambda f: os.truncate(f / "weights.safetensors", 100), "changed after saving"),
    "an empty manifest": (lambda f: os.truncate(f / "manifest.json", 0), "not JSON"),
    "a nested manifest": (lambda f: (f / "manifest.json").write_text("[" * 10**6), "not JSON"),
    "a newer format": (lambda f: manifest(f, format=2), "newer Obverse"),
    "a format of text": (lambda f: manifest(f, format="1"), "newer Obverse"),
    "a way out": (lambda f: manifest(f, sha256={"../people.csv": "0" * 64}), "not a file of the folder"),
    "an absolute path": (lambda f: manifest(f, sha256={"/etc/passwd": "0" * 64}), "not a file of the folder"),
    "the folder itself": (lambda f: manifest(f, sha256={"..": "0" * 64}), ".. is missing"),
    "a link": (lambda f: link(f, "weights.safetensors", f.parent / "elsewhere"), "not a file of the folder"),
    "another family": (lambda f: edit(f, "card.json", lambda c: c | {"key": "naive_byes"}), "'naive_bayes'"),
    "a family of a number": (lambda f: edit(f, "card.json", lambda c: c | {"key": 7}), "no family"),
    "another modality": (lambda f: edit(f, "card.json", lambda c: c | {"modality": "image"}), "modality 'image'"),
    "a card of a list": (lambda f: edit(f, "card.json", lambda _: []), "card.json"),
    "unknown arguments": (lambda f: edit(f, "params.json", lambda p: p | {"params": {"alpha": 1}}), "'alpha'"),
    "arguments of a list": (lambda f: edit(f, "params.json", lambda p: p | {"params": [1]}), "not a whole"),
    "arguments of a text": (lambda f: edit(f, "params.json", lambda p: p | {"params": "strength"}), "not a whole"),
    "no state": (lambda f: edit(f, "params.json", lambda p: {"params": p["params"]}), "missing"),
    "a state of a number": (lambda f: edit(f, "params.json", lambda p: p | {"state": 3}), "not a whole"),
    "an array too few": (lambda f: weights(f, lambda a: a.pop("family/weight")), "family/weight"),
    "columns of a number": (lambda f: edit(f, "schema.json", lambda s: s | {"columns": 3}), "not a whole"),
    "an unknown kind": (
        lambda f: edit(f, "schema.json", lambda s: s | {"columns": [c | {"kind": "x"} for c in s["columns"]]}),
        "not a whole",
    ),
    "an unknown dtype": (
        lambda f: edit(f, "schema.json", lambda s: s | {"columns": [c | {"dtype": "x"} for c in s["columns"]]}),
        "not a whole",
    ),
    "a target it has not": (lambda f: edit(f, "schema.json", lambda s: s | {"target": "x"}), "not a whole"),
    "a column too few": (lambda f: edit(f, "schema.json", lambda s: s | {"columns": s["columns"][1:]}), "not a whole"),
    "indices out of bounds": (
        lambda f: weights(f, lambda a: a.update({k: v + 10**6 for k, v in a.items() if k.endswith("/indices")})),
        "not a whole",
    ),
    "weights of another shape": (
        lambda f: weights(f, lambda a: a.update({"family/weight": np.ones((7, 3))})),
        "family/weight as float64 (7, 3), not float64 (2,)",
    ),
    "a huge shape": (lambda f: rewrite(f, "weights.safetensors", declared([10**6, 10**6])), "cannot be read"),
    "a shape beyond counting": (
        lambda f: rewrite(f, "weights.safetensors", declared([2**30, 2**30])),
        "cannot be read",
    ),
    "a huge header": (lambda f: rewrite(f, "weights.safetensors", declared([1], 2**62)), "cannot be read"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_spoiled_models(run, broken, what):
    spoil, text = SPOILED[what]
    spoil(broken)
    before = {path.name: path.lstat().st_mtime_ns for path in broken.iterdir()}
    for words in (("sample", broken), ("predict", broken, broken.parent / "no.csv")):
        fails(run(*words), 1, text)
    assert before == {path.name: path.lstat().st_mtime_ns for path in broken.iterdir()}


def test_trees_that_lead_round_in_circles(run, people, tmp_path):
    folder = tmp_path / "forest"
    done = run("fit", "joint_forest", people, "--target", "ill", "--set", "n_estimators=2", "--out", folder)
    assert done.code == 0, done.err
    left = "family/joint/partition/left"
    weights(folder, lambda a: a.update({left: np.zeros_like(a[left])}))
    fails(run("sample", folder), 1, "not a whole")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a place where nobody may write")
def test_a_place_that_may_not_be_written(run, people):
    fails(run("fit", "naive_bayes", people, "--target", "ill", "--out", "/proc/self/model"), 1, "cannot write")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_model_that_may_not_be_replaced(run, people, broken):
    before = (broken / "manifest.json").read_bytes()
    broken.parent.chmod(0o500)
    try:
        fails(run("fit", "marginals", people, "--target", "ill", "--out", broken), 1, "cannot write")
        assert (broken / "manifest.json").read_bytes() == before
    finally:
        broken.parent.chmod(0o700)


def test_what_stands_where_the_model_should_go_is_kept(run, people, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("x")
    (tmp_path / "file").write_text("x")
    for name in ("thesis", "file"):
        fails(run("fit", "naive_bayes", people, "--target", "ill", "--out", tmp_path / name), 1, name)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["chapter.tex", "file", "thesis"]


# ----------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("strenght=1", "strength"),
        ("strength=", "a number"),
        ("strength=[1]", "a number"),
        ("strength=null", "a number"),
        ("strength=NaN", "above 0"),
        ("strength=-1", "above 0"),
        ("strength=1e999", "above 0"),
        ("bins=1.5", "a whole number"),
        ("bins=0", "from 1"),
        ("bins=true", "a whole number"),
        ("=3", "no argument"),
        ("random_state=3", "--seed"),
    ],
)
def test_settings(run, people, tmp_path, setting, text):
    done = run("fit", "naive_bayes", people, "--target", "ill", "--set", setting, "--out", tmp_path / "m")
    fails(done, 1, text)
    assert not list(tmp_path.iterdir())


def test_numbers_out_of_range(run, people, model, tmp_path):
    for words, option in (
        (("sample", model, "-n", "-1"), "-n"),
        (("sample", model, "-n", "many"), "-n"),
        (("sample", model, "--seed", "-1"), "--seed"),
        (("sample", model, "--seed", "1.5"), "--seed"),
        (("fit", "naive_bayes", people, "--seed", "-1", "--out", tmp_path / "m"), "--seed"),
        (("fit", "naive_bayes", people, "--set", "strength", "--out", tmp_path / "m"), "--set"),
        (("impute", model, people, "--draws", "0"), "--draws"),
    ):
        usage(run(*words), option)
    fails(run("sample", model, "-n", 10**12), 1, "1,000,000,000")
    nothing = run("sample", model, "-n", "0")
    assert (nothing.code, nothing.out, nothing.err) == (0, "age,town,ill\n", "")
    assert not list(tmp_path.iterdir())


# -------------------------------------------------------------------- data


def table(folder: Path, text: str) -> Path:
    path = folder / "new.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("height\n3\n", "none of the columns"),
        ("age\nold\n", "'old'"),
        ("age\n2020-01-01\n", "numbers"),
        ("age\ninf\n", "infinite"),
    ],
)
def test_data_that_cannot_be_used(run, model, tmp_path, text, said):
    fails(run("predict", model, table(tmp_path, text)), 1, said)


def test_what_was_never_seen_is_said_and_taken_as_unknown(run, model, tmp_path):
    new = run("predict", model, table(tmp_path, "age,town,shoe\n40,Oslo,44\n"), "--proba")
    unknown = run("predict", model, table(tmp_path, "age,town\n40,\n"), "--proba")
    assert (new.code, new.out) == (0, unknown.out)
    notes = new.err.splitlines()
    assert len(notes) == 2 and all(line.startswith("note: ") for line in notes)
    assert "never seen in training" in new.err and "'shoe' ignored" in new.err
    assert run("predict", model, table(tmp_path, "age,town\n40.5,1\n")).code == 0
