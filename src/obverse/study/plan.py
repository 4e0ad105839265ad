"""The frozen plan of a study: what is compared, on which data, written before the first result and never after.

`plan.toml` holds it, and its sha256 is the plan's name: a folder goes on with the plan it was started with, or not at
all.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..core.card import Task
from ..core.errors import BadInput
from ..data.files import write_bytes

FILE = "plan.toml"
HEAD = "# What this study compares, frozen before its first result. A changed plan is another study.\n"
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Plan:
    """A study before it has run.

    Attributes:
        obverse: version that runs it; another version may give other figures.
        name: of the data.
        sha256: of the data as read, before rows were drawn from them.
        rows, columns: shape of what is compared, after rows were drawn.
        target, task: column to predict and its kind, None without one.
        families: keys, as given, or names with settings (`variants`).
        elsewhere: name, sha256 and number of the texts of another source that are asked about; empty without one.
        modality: what an example is, `table` (a row), `image` or `text`.
        params: constructor arguments by family, where they are not the defaults.
        drop: columns that were left out on request.
        region: the part of x for the question of shift, as `region.to_plan` has it; empty without one.
        questions: keys, in the order of `questions.KEYS`.
        splits: number of paired train/test splits.
        seed: of splits, families and everything drawn.
        test_share: test rows as a share of all rows.
    """

    obverse: str
    name: str
    sha256: str
    rows: int
    columns: int
    target: str | None
    task: Task | None
    families: tuple[str, ...]
    questions: tuple[str, ...]
    splits: int
    seed: int
    test_share: float
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    region: Mapping[str, Any] = field(default_factory=dict)
    modality: str = "table"
    elsewhere: Mapping[str, Any] = field(default_factory=dict)

    @property
    def toml(self) -> str:
        """The plan as text; equal plans have equal text."""
        data = {"name": self.name, "sha256": self.sha256, "rows": self.rows, "columns": self.columns}
        data |= {"target": self.target, "task": self.task, "drop": self.drop or None}
        data |= {} if self.modality == "table" else {"modality": self.modality}
        tables = {"data": data} | ({"region": self.region} if self.region else {})
        tables |= {"elsewhere": self.elsewhere} if self.elsewhere else {}
        tables |= {f"params.{family}": dict(p) for family, p in sorted(self.params.items())}
        top = {name: getattr(self, name) for name in ("obverse", "families", "questions", "splits", "seed")}
        return HEAD + write_toml(top | {"test_share": self.test_share}, tables)

    @property
    def hash(self) -> str:
        """sha256 of the text, in hexadecimal."""
        return hashlib.sha256(self.toml.encode()).hexdigest()

    def differences(self, other: Plan) -> list[str]:
        """What another plan has instead, one line each."""
        mine, theirs = (_flat(tomllib.loads(plan.toml)) for plan in (self, other))
        keys = [key for key in {**mine, **theirs} if repr(mine.get(key)) != repr(theirs.get(key))]
        return [f"{key} is {_shown(mine, key)} here and {_shown(theirs, key)} there" for key in keys]


def freeze(plan: Plan, folder: Path) -> None:
    """Write the plan into a new or empty folder, or accept the equal plan that is there.

    Raises:
        BadInput: the folder holds another study (says what differs), or files that are no study.
    """
    path = folder / FILE
    if path.is_file():
        there = read(folder)
        if there.hash != plan.hash:
            differ = "; ".join(plan.differences(there))
            raise BadInput(f"{folder} holds another study ({differ}); choose another --out, or remove it")
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} exists and holds no study; choose another --out")
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(path, plan.toml.encode())


def read(folder: Path) -> Plan:
    """The plan of a study folder; BadInput when there is none, or it cannot be read."""
    path = folder / FILE
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        lists = {name: tuple(found.pop(name)) for name in ("families", "questions")}
        data = {"target": None, "task": None} | found.pop("data")
        return Plan(**data | {"drop": tuple(data.get("drop", ()))}, **lists, **found)
    except FileNotFoundError as error:
        raise BadInput(f"{folder} is no study: it has no {FILE}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise BadInput(f"{path} cannot be read ({error}); restore it, or choose another --out") from error


def _flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in nested.items():
        out |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return out


def _shown(values: Mapping[str, Any], key: str) -> str:
    if key not in values:
        return "not set"
    value = values[key]
    if key == "data.sha256":
        return str(value)[:12]
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


# ---------------------------------------------------------------- writing TOML


def write_toml(top: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> str:
    """TOML 1.0 of text, numbers, truth values and lists of them; what is None is left out, as TOML has no word for it.

    `tables`: dotted name -> its keys. Raises BadInput for other values.
    """
    lines = _pairs(top)
    for name, table in tables.items():
        lines += ["", f"[{'.'.join(map(_key, name.split('.')))}]", *_pairs(table)]
    return "\n".join(lines) + "\n"


def _pairs(table: Mapping[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(key, value)}" for key, value in table.items() if value is not None]


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")  # JSON leaves DEL as it is, TOML forbids it


def _value(key: str, value: Any) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(key, v) for v in value)}]"
    raise BadInput(f"{key} is a {type(value).__name__}; a plan holds text, numbers, true, false and lists of them")
