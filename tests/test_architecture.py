"""The rules of the code base that a reader relies on, read off the source: layers, size, safety, kinds of classes."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import obverse
from obverse.core.model import VERBS, Model
from obverse.core.queries import Imputes, Predicts, Samples, Scores
from obverse.registry import families

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "obverse"
FILES = sorted(SOURCE.rglob("*.py"))
LONGEST_FILE = 400

# A module may import from its own layer's package and from the layers above it in this list, never from those below.
LAYERS = (
    ("core",),
    ("data",),
    ("modalities", "backbones"),
    ("objectives",),
    ("training",),
    ("families",),
    ("registry", "shipped"),
    ("facade", "sklearn"),
    ("checks", "study"),
    ("report",),
    ("scenarios",),
    ("server",),
    ("cli",),
    ("__init__", "__main__"),
)
LEVEL = {name: i for i, names in enumerate(LAYERS) for name in names}

UNSAFE_MODULES = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "marshal", "shelve", "jsonpickle"}
UNSAFE_CALLS = {"eval", "exec", "__import__"}
UNSAFE_METHODS = {
    "read_pickle",
    "to_pickle",
    "joblib.load",
    "joblib.dump",
    "torch.load",
    "builtins.eval",
    "builtins.exec",
}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "stuff"}

# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATHS = [
    "/" + "/".join(p) + "/" for p in (["ro" + "ot"], ["ho" + "me"], ["wo" + "rk"], ["op" + "t"], ["Us" + "ers"])
]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ------------------------------------------------------------------- layers


def layer_of(path: Path) -> str:
    """The package of `src/obverse` a file belongs to, or its own name when it lies at the top."""
    return path.relative_to(SOURCE).with_suffix("").parts[0]


def imported(path: Path, module: ast.Module | None = None) -> set[str]:
    """Layers of Obverse that a file imports anywhere: at its top, in functions, under TYPE_CHECKING, by name."""
    package = ("obverse", *path.relative_to(SOURCE).parts[:-1])
    found: set[str] = set()
    for node in ast.walk(module or tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else ()
            base = ".".join([*start, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
    inside = [name.split(".") for name in found if name.split(".")[0] == "obverse"]
    # `from obverse import __version__` asks the top for a constant: it says nothing about direction
    return {"__init__" if len(parts) == 1 else parts[1] for parts in inside if parts[1:] != ["__version__"]}


def up(importer: str, used: set[str]) -> list[str]:
    """Which of the layers used are not below the importer; names that are no layer come from the top."""
    levels = {name: LEVEL.get(name, LEVEL["__init__"]) for name in used if name != importer}
    return sorted(name for name, level in levels.items() if level >= LEVEL[importer])


def test_every_package_and_module_has_a_layer():
    unknown = {layer_of(path) for path in FILES} - LEVEL.keys()
    assert not unknown, f"put {sorted(unknown)} into LAYERS, and into the order of the design"


@pytest.mark.parametrize(
    "layer", [n for names in LAYERS[:-1] for n in names if (SOURCE / n).exists()] + ["registry", "facade"]
)
def test_imports_go_one_way(layer):
    wrong = {named(p): bad for p in FILES if layer_of(p) == layer and (bad := up(layer, imported(p)))}
    assert not wrong, f"{layer} may only import from layers before it: {wrong}"


def test_an_upward_import_is_seen_wherever_it_hides():
    code = {
        "from ..registry import get": {"registry"},
        "def f():\n    import obverse.cli.main": {"cli"},
        "from importlib import import_module\nimport_module('obverse.study.run')": {"study"},
        "from .. import registry, __version__": {"registry"},
        "import numpy\nfrom .schema import Schema": {"core"},
    }
    for text, expected in code.items():
        assert imported(SOURCE / "core" / "schema.py", ast.parse(text)) == expected, text
    assert up("core", {"registry", "core"}) == ["registry"] and up("cli", {"registry", "study"}) == []
    assert up("modalities", {"backbones"}) == ["backbones"] and up("study", {"fit"}) == ["fit"]


# --------------------------------------------------------------- small files


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_is_short_and_says_what_it_is(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE, "split it by idea"
    assert ast.get_docstring(tree(path)) or not tree(path).body, "a module starts with what it is"


def test_files_are_named_after_an_idea():
    vague = [named(path) for path in FILES if VAGUE & {part.strip("_") for part in path.with_suffix("").parts}]
    assert not vague, f"name the one idea in them: {vague}"


# -------------------------------------------------------------- light import


def loaded_after(code: str) -> set[str]:
    """Top-level packages a fresh interpreter holds after running the code."""
    show = "; import sys, json; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code + show], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_obverse_is_light():
    heavy = {"torch", "xgboost", "sklearn", "matplotlib", "pyarrow", "transformers", "diffusers"}
    assert not loaded_after("import obverse") & heavy


def test_listing_the_families_loads_no_backbone():
    loaded = loaded_after("from obverse.registry import families; assert families()")
    assert "obverse" in loaded and not loaded & {"torch", "xgboost", "transformers", "diffusers"}


# ------------------------------------------------------------- safe and plain


def unsafe(module: ast.Module) -> list[str]:
    """What in a file could run code that came as data."""
    found: list[str] = []
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.partition(".")[0] in UNSAFE_MODULES]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found += [node.module or ""] if (node.module or "").partition(".")[0] in UNSAFE_MODULES else []
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            found += [name] if name in UNSAFE_CALLS or {name, name.rpartition(".")[2]} & UNSAFE_METHODS else []
            found += (
                ["allow_pickle"]
                if any(k.arg == "allow_pickle" and not is_false(k.value) for k in node.keywords)
                else []
            )
    return found


def is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


@pytest.mark.parametrize("path", FILES, ids=named)
def test_nothing_unpickles_or_evaluates(path):
    assert not unsafe(tree(path))


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from cloudpickle import dumps",
        "eval('1')",
        "pd.read_pickle(p)",
        "np.load(p, allow_pickle=True)",
    ],
)
def test_unsafe_code_is_seen(code):
    assert unsafe(ast.parse(code))


@pytest.mark.parametrize(
    "code", ["model.eval()", "np.load(p, allow_pickle=False)", "compile(given, schema)", "json.load(f)"]
)
def test_safe_code_is_let_through(code):
    assert not unsafe(ast.parse(code))


# ---------------------------------------------------------- two levels of classes


def classes() -> set[type]:
    """Every class defined in Obverse."""
    found: set[type] = set()
    for info in pkgutil.walk_packages(obverse.__path__, "obverse."):
        if not info.name.endswith("__main__"):
            module = importlib.import_module(info.name)
            found |= {c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == info.name}
    return found


def built() -> set[str]:
    """Names that are called anywhere in the source."""
    calls = (node.func for path in FILES for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
    return {ast.unparse(function).rpartition(".")[2] for function in calls}


def is_final(cls: type, built: set[str]) -> bool:
    """A finished thing: not abstract, no bundle of hooks that waits for `Model`, no private part that nobody builds."""
    bundle = issubclass(cls, (Predicts, Samples, Scores, Imputes)) and not issubclass(cls, Model)
    part = cls.__name__.startswith("_") and cls.__name__ not in built
    return not (inspect.isabstract(cls) or bundle or part or issubclass(cls, Exception))


def test_a_concrete_class_has_no_subclass():
    """Two levels only, abstract or final: what a class does is read in one file."""
    ours, names = classes(), built()
    wrong = {f"{c.__name__}({b.__name__})" for c in ours for b in c.__bases__ if b in ours and is_final(b, names)}
    assert not wrong, f"inherit from abstract classes only, share code by functions: {sorted(wrong)}"


@pytest.mark.parametrize("key", sorted(families()))
def test_a_family_overrides_no_public_verb(key):
    family = families()[key]
    fixed = [*VERBS, "get_params", "set_params"]
    changed = [v for v in fixed if inspect.getattr_static(family, v) is not inspect.getattr_static(Model, v)]
    assert not changed, f"{key} writes hooks, the verbs are Model's: {changed}"


# ------------------------------------------------------------- repository text


def repository_files() -> list[Path]:
    """Files that are or would be committed; skipped outside a git checkout."""
    command = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"not a git checkout: {error}")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    """The text of a file, empty when it is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def machine_paths(text: str) -> list[str]:
    """Absolute paths of somebody's machine; the end of a relative path or of an address is none."""
    names = "|".join(map(re.escape, MACHINE_PATHS))
    return re.findall(rf"(?<![\w.~*/-])(?:file://)?(?:{names})[\w.-]*", text)


def test_the_repository_names_no_machine():
    wrong = {named(path): hits[:3] for path in repository_files() if (hits := machine_paths(text_of(path)))}
    assert not wrong, f"say it without a path of this machine: {wrong}"
    here = str(ROOT)
    assert here.count("/") < 2 or not [named(p) for p in repository_files() if here in text_of(p)]


def test_a_machine_path_is_seen():
    assert machine_paths("see " + MACHINE_PATHS[0] + "data.csv") and machine_paths(
        "file://" + MACHINE_PATHS[3] + "index"
    )
    assert not machine_paths("https://example.org" + MACHINE_PATHS[1] + "page") and not machine_paths("../shared/data")
