"""From texts to a plan of their comparison; everything that can be wrong is said at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .. import __version__
from ..core.errors import BadInput
from ..core.modality import HOLE
from ..data.texts import DOCSTRINGS, Texts, is_plain, of_frame, read_texts
from ..training.device import require_torch
from . import variants
from .alike import groups
from .elsewhere import other_source
from .plan import Plan
from .questions import KEYS_OF_TEXTS, NEED_TARGET
from .sifted import sifted
from .wanted import Families, families_wanted, questions_wanted, together

LEAST, FEWEST = 20, 10  # texts of all, and of a class: both parts of a split need some
MOST_CLASSES = 100  # as pictures and tables of text labels have; more are no classes
MOST_SAID = 5
WITH_LABELS = ("text_logistic", "text_naive_bayes", "gpt:small", "bert:small", "bert:minilm")
WITHOUT = ("gpt:small", "gpt:pieces")


def is_texts(X: Any, text: str | None = None) -> bool:
    """Whether that is texts and no table: a column of texts is named, or it is `Texts`, plain text, `docstrings`, or a
    list, a Series or an array of str."""
    if text is not None or isinstance(X, Texts):
        return True
    if isinstance(X, str | Path):
        return is_plain(X) or (str(X) == DOCSTRINGS and not Path(X).exists())
    if isinstance(X, list | tuple | pd.Series) or (isinstance(X, np.ndarray) and X.ndim == 1):
        return len(X) > 0 and all(isinstance(one, str) for one in X)
    return False


def prepare_texts(
    X: Any,
    y: Any,
    *,
    text: str | None,
    elsewhere: Any,
    families: Families,
    questions: Sequence[str] | None,
    splits: int,
    seed: int,
    test_share: float,
    rows: int | None,
    name: str | None,
    drop: Sequence[str],
) -> tuple[Plan, Texts, str, tuple[str, ...], Texts | None]:
    """The plan, the texts, where they come from, notes, and texts of another source.

    Arguments and errors as `compare`, and MissingExtra.
    """
    found, source = _read(X, y, text), str(X) if isinstance(X, str | Path) else _kind(X)
    raw, (found, notes) = found, sifted(found)
    if rows is not None and rows < len(found):
        notes.append(f"{rows:,} of {len(found):,} texts were drawn")
        found = found.take(np.sort(np.random.default_rng([seed, 0]).permutation(len(found))[:rows]))
    near = len(found) - len(set(groups(found.texts).tolist())) if len(found) else 0
    if near:
        notes.append(
            f"{near:,} {'text differs' if near == 1 else 'texts differ'} from another one only in case, figures, "
            "spaces or signs; such texts stay on one side of every split"
        )
    task = None if found.labels is None else "class"
    possible = [key for key in KEYS_OF_TEXTS if task or key not in NEED_TARGET]
    if families is None:
        usual = WITH_LABELS if task else WITHOUT
        families = [key for key in usual if variants.usable(key)]
        notes += [f"left out {key}: {variants.problems(key, {})[0]}" for key in usual if key not in families]
    chosen, asked = together(
        lambda: families_wanted(families, lambda family: _unsuited(family, task), lambda _: True),
        lambda: questions_wanted(questions, KEYS_OF_TEXTS, possible, "needs labels", of=" of texts"),
        problems=_problems(found, drop) + _unasked(elsewhere, task, questions),
    )
    other = None
    if elsewhere is not None:
        other, more = other_source(lambda: _read(elsewhere, y if isinstance(y, str) else None, text), found, raw)
        notes += more
    if any("deep" in variants.family_of(key).card.extras for key in chosen):
        require_torch("a comparison of networks that read texts")
    plan = Plan(
        obverse=__version__,
        name=name or found.name,
        sha256=raw.sha256,
        rows=len(found),
        columns=1 if task is None else 2,
        target=None if task is None else found.columns[1],
        task=task,
        families=tuple(sorted(chosen)),
        questions=asked,
        splits=splits,
        seed=seed,
        test_share=test_share,
        params={family: given for family, given in chosen.items() if given},
        modality="text",
        elsewhere={} if other is None else {"name": other.name, "sha256": other.sha256, "texts": len(other)},
    )
    return plan, found, source, tuple(notes), other


def _kind(X: Any) -> str:
    return "DataFrame" if isinstance(X, pd.DataFrame) else "array"


def _read(X: Any, y: Any, text: str | None) -> Texts:
    """Texts of whatever it is, labels as objects of Python's own, None where unknown."""
    from ..modalities.image import labels_of
    from ..modalities.text import texts_of

    column = y if isinstance(y, str) else None
    if isinstance(X, str | Path):
        if y is not None and column is None:
            raise BadInput("with texts from a file, y must be the name of a column")
        found = read_texts(X, text=text, target=column)
    elif isinstance(X, pd.DataFrame):
        found = of_frame(X, text, column, "the table")
    else:
        found = texts_of(X, column)
    labels = found.labels if y is None or column is not None else y
    if labels is None:
        return found
    told, _ = labels_of(labels, len(found), "texts")
    held = np.empty(len(found), dtype=object)
    held[:] = told
    made = Texts.of(found.texts, held, found.name, found.notes, found.columns)
    return made


def _problems(found: Texts, drop: Sequence[str]) -> list[str]:
    out = ["texts have no columns to drop"] if drop else []
    holed = sum(HOLE in text for text in found.texts)
    out += [f"{holed:,} texts hold {HOLE}, which stands for what is unknown; leave them out"] if holed else []
    if len(found) < LEAST:
        one = "; a running text is one text: give a text a line" if len(found) == 1 else ""
        here = "is 1 text" if len(found) == 1 else f"are {len(found):,} texts"
        return [*out, f"there {here}, each counted once; a comparison needs at least {LEAST}{one}"]
    if found.labels is None:
        return out
    count = Counter(found.labels.tolist())
    if len(count) < 2:
        return [*out, f"{found.columns[1]!r} has one class, {next(iter(count))!r}; comparing needs two"]
    if len(count) > MOST_CLASSES:
        return [
            *out,
            f"{found.columns[1]!r} has {len(count):,} values; labels of texts are at most {MOST_CLASSES} classes",
        ]
    rare = [f"{k!r} ({n})" for k, n in count.items() if n < FEWEST]
    more = f" and {len(rare) - MOST_SAID} more" if len(rare) > MOST_SAID else ""
    rare = ", ".join(rare[:MOST_SAID])
    return [*out, f"every class needs {FEWEST} texts; there are fewer of {rare}{more}"] if rare else out


def _unasked(elsewhere: Any, task: str | None, questions: Sequence[str] | None) -> list[str]:
    """What is wrong about naming another source at all."""
    if elsewhere is None:
        return []
    if task is None:
        return ["elsewhere takes texts with labels, and these have none: name their column as the target"]
    return [] if questions is None or "shift" in questions else ["elsewhere is asked by the question 'shift': add it"]


def _unsuited(family: Any, task: str | None) -> str | None:
    """Why the family has no place in a comparison of texts, None when it has one."""
    card = family.card
    if card.modality.name != "text":
        return f"{card.key} learns {card.modality.name}, not texts"
    if task is None and card.needs_target:
        return f"{card.key} needs labels: name their column as the target"
    return None if task is None or task in card.tasks else f"{card.key} takes no labels"
