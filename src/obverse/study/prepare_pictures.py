"""From pictures to a plan of their comparison; everything that can be wrong is said at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..data.pictures import ARRAYS, DIGITS, FORMATS, Pictures, read_pictures
from ..training.device import require_torch
from .plan import Plan
from .questions import KEYS_OF_PICTURES
from .wanted import Families, families_wanted, questions_wanted, together

LEAST = 10  # pictures of a class: both parts of a split need some


def is_pictures(X: Any) -> bool:
    """Whether that is pictures and no table: `Pictures`, an array of 3 or 4 axes, `digits`, or a path to some."""
    if isinstance(X, Pictures) or (isinstance(X, str) and X == DIGITS):
        return True
    if not isinstance(X, str | Path):
        return getattr(X, "ndim", 0) in (3, 4)
    where = Path(X).expanduser()
    if where.is_dir():
        return any(f.suffix.lower() in FORMATS for f in where.glob("*")) or any(
            f.suffix.lower() in FORMATS for f in where.glob("*/*")
        )
    return str(where).lower().endswith(ARRAYS) and where.is_file()


def prepare_pictures(
    X: Any,
    y: Any,
    *,
    families: Families,
    questions: Sequence[str] | None,
    splits: int,
    seed: int,
    test_share: float,
    rows: int | None,
    name: str | None,
    drop: Sequence[str],
) -> tuple[Plan, Pictures, str, tuple[str, ...]]:
    """The plan, the pictures, where they come from and notes. Arguments and errors as `compare`, and MissingExtra."""
    require_torch("a comparison of pictures")
    found, source = _read(X, y), str(X) if isinstance(X, str | Path) else "array"
    problems = _problems(found, drop)
    notes = list(found.notes)
    if rows is not None and rows < len(found):
        notes.append(f"{rows:,} of {len(found):,} pictures were drawn")
        found = found.take(np.sort(np.random.default_rng([seed, 0]).permutation(len(found))[:rows]))
    chosen, asked = together(
        lambda: families_wanted(families, _unsuited, lambda _: True),
        lambda: questions_wanted(questions, KEYS_OF_PICTURES, KEYS_OF_PICTURES, of=" of pictures"),
        problems=problems,
    )
    plan = Plan(
        obverse=__version__,
        name=name or found.name,
        sha256=found.sha256,
        rows=len(found),
        columns=int(np.prod(found.pixels.shape[1:])),
        target="label",
        task="class",
        families=tuple(sorted(chosen)),
        questions=asked,
        splits=splits,
        seed=seed,
        test_share=test_share,
        params={family: given for family, given in chosen.items() if given},
        modality="image",
    )
    return plan, found, source, tuple(notes)


def _read(X: Any, y: Any) -> Pictures:
    if isinstance(X, str | Path):
        X = read_pictures(X)
    if isinstance(X, Pictures):
        return X if y is None else Pictures.of(X.pixels, np.asarray(y), X.name, X.notes)
    from ..modalities.image import IMAGE

    data = IMAGE.learn(X, y)
    return Pictures.of(data.values.astype(np.uint8), None if y is None else np.asarray(y), "pictures")


def _problems(found: Pictures, drop: Sequence[str]) -> list[str]:
    out = ["pictures have no columns to drop"] if drop else []
    if found.labels is None:
        return [*out, f"{found.name} has no classes to compare by; put the pictures into sub-folders, or give labels"]
    if len(found.labels) != len(found):
        return [*out, f"there are {len(found.labels):,} labels for {len(found):,} pictures"]
    if unknown := sum(label is None for label in found.labels.tolist()):
        return [*out, f"{unknown:,} of {len(found):,} pictures have no label; leave them out"]
    known, count = np.unique(found.labels.astype(str), return_counts=True)
    if len(known) < 2:
        return [*out, f"{found.name} has one class, {known[0]}; comparing needs two"]
    rare = [f"{k} ({n})" for k, n in zip(known, count, strict=True) if n < LEAST]
    return [*out, f"every class needs {LEAST} pictures; there are fewer of {', '.join(rare)}"] if rare else out


def _unsuited(family: Any) -> str | None:
    """Why the family has no place in a comparison of pictures, None when it has one."""
    card = family.card
    suits = card.modality.name == "image" and "class" in card.tasks
    return None if suits else f"{card.key} does not learn pictures of classes"
