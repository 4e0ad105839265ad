"""The family in a process of its own: what importing it loads, and whether the same seed gives the same answers there.

`ask` starts a Python that runs `main` and reads back one line of JSON.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from .load import load_module
from .pair_subject import PairSubject
from .span_subject import SpanSubject
from .subject import Subject
from .text_subject import TextSubject

HEAVY = (
    "torch",
    "transformers",
    "diffusers",
    "tensorflow",
    "jax",
    "xgboost",
    "lightgbm",
    "catboost",
    "sklearn",
    "matplotlib",
)
SECONDS = 600
Asked = Subject | TextSubject | SpanSubject | PairSubject
KINDS: dict[str, type[Asked]] = {k.__name__: k for k in (Subject, TextSubject, SpanSubject, PairSubject)}


@dataclass(frozen=True)
class Elsewhere:
    """What the other process saw: heavy modules loaded by importing the family, and its answers."""

    heavy: tuple[str, ...]
    answers: dict[str, str]


def ask(subject: Asked) -> Elsewhere:
    """Fit the family to its world in a new process; AssertionError with that process's last words when it fails."""
    family = subject.family
    request = json.dumps(
        {
            "module": family.__module__,
            "file": str(subject.file),
            "name": family.__qualname__,
            "params": subject.params,
            "kind": type(subject).__name__,
        }
    )
    start = f"import sys; from {__name__} import main; main(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", start, request], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    assert done.returncode == 0, f"fitting it in a new process failed: {last}"
    seen = json.loads(done.stdout.splitlines()[-1])
    return Elsewhere(tuple(seen["heavy"]), seen["answers"])


def main(request: str) -> None:
    """Answer one request on stdout."""
    wanted: dict[str, Any] = json.loads(request)
    before = set(sys.modules)
    if importlib.util.find_spec(wanted["module"].partition(".")[0]) is not None:
        module = importlib.import_module(wanted["module"])
    else:
        module = load_module(wanted["file"])
    heavy = [name for name in HEAVY if name in sys.modules and name not in before]
    subject = KINDS[wanted["kind"]](getattr(module, wanted["name"]), wanted["params"])
    print(json.dumps({"heavy": heavy, "answers": subject.reference}))
