"""From what the caller gives to a plan and the rows it speaks of; everything that can be wrong is said at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..core.errors import BadInput
from ..data.draw import of_table
from .plan import Plan
from .prepare_pictures import is_pictures, prepare_pictures
from .prepare_texts import is_texts, prepare_texts
from .region import choose, to_plan
from .sift import check_classes, sift
from .wanted import Families, families_wanted, questions_wanted, together

if TYPE_CHECKING:
    import pandas as pd

    from ..core.card import Task
    from ..core.schema import Dataset
    from ..data.table import Table

NO_REGION = "no cut through one column leaves enough rows of every class on both sides"


@dataclass(frozen=True)
class Prepared:
    """What a study starts from.

    Attributes:
        plan: not yet frozen.
        frame: the rows of the study, numbered from 0; or its `Pictures` or `Texts`.
        source: where they were read from.
        notes: what a person should know about them.
        elsewhere: texts of another source, None without.
    """

    plan: Plan
    frame: Any
    source: str
    notes: tuple[str, ...]
    elsewhere: Any = None


def prepare(
    X: Any,
    y: Any,
    *,
    text: str | None = None,
    elsewhere: Any = None,
    families: Families,
    questions: Sequence[str] | None,
    splits: int,
    seed: int,
    test_share: float,
    rows: int | None,
    name: str | None,
    drop: Sequence[str],
) -> Prepared:
    """Read the data, draw rows, choose columns, families, questions and a region. Arguments and errors as `compare`."""
    _check_numbers(splits=splits, seed=seed, test_share=test_share, rows=rows)
    if is_texts(X, text):
        return Prepared(
            *prepare_texts(X, y, text=text, elsewhere=elsewhere, families=families, questions=questions, splits=splits,
                           seed=seed, test_share=test_share, rows=rows, name=name, drop=drop)
        )  # fmt: skip
    if elsewhere is not None:
        raise BadInput("elsewhere takes texts of another source, for a comparison of texts: name their column as text")
    if is_pictures(X):
        return Prepared(
            *prepare_pictures(X, y, families=families, questions=questions, splits=splits, seed=seed,
                              test_share=test_share, rows=rows, name=name, drop=drop)
        )  # fmt: skip
    table = _table(X, y, name, rows=rows, seed=seed, drop=drop)
    sifted, left_out = sift(table.frame, table.target)
    drawn = of_table(replace(table, frame=sifted), rows, seed)
    frame = drawn.frame.reset_index(drop=True)
    data = _encoded(frame, table.target)
    task = data.schema.task
    params, asked = _chosen(families, questions, task)
    region = choose(frame, data) if "shift" in asked else None
    notes = (*drawn.notes, *left_out, *data.schema.notes)
    if "shift" in asked and region is None:
        if questions is not None:
            raise BadInput(f"the question 'shift' cannot be asked: {NO_REGION}; leave it out")
        asked = tuple(key for key in asked if key != "shift")
        notes += (f"shift is not asked: {NO_REGION}",)
    plan = Plan(
        obverse=__version__,
        name=table.name,
        sha256=table.sha256,
        rows=len(frame),
        columns=frame.shape[1],
        target=table.target,
        task=task,
        families=tuple(sorted(params)),
        questions=asked,
        splits=splits,
        seed=seed,
        test_share=test_share,
        params={family: given for family, given in params.items() if given},
        drop=tuple(sorted(drop)),
        region=to_plan(region),
    )
    return Prepared(plan, frame, table.source, notes)


def _check_numbers(**given: Any) -> None:
    """BadInput that lists every number that makes no sense."""
    problems = [
        f"{name} must be a whole number from {least}, not {given[name]!r}"
        for name, least in (("splits", 1), ("seed", 0), ("rows", 2))
        if not (name == "rows" and given[name] is None) and not (type(given[name]) is int and given[name] >= least)
    ]
    if not 0 < given["test_share"] < 1:
        problems.append(f"test_share must lie between 0 and 1, not {given['test_share']!r}")
    if problems:
        raise BadInput(problems)


def _table(X: Any, y: Any, name: str | None, *, rows: int | None, seed: int, drop: Sequence[str]) -> Table:
    """The data with their target as one of the columns."""
    import pandas as pd

    from ..data.read import read
    from ..modalities.frames import column_names, target_series, to_frame

    if isinstance(X, str | Path):
        if y is not None and not isinstance(y, str):
            raise BadInput("with data from a file or the catalogue, y must be the name of a column")
        table = read(X, target=y, rows=rows, seed=seed, drop=drop)
    else:
        frame, _ = to_frame(X)
        names, problems = column_names(frame)
        if problems:
            raise BadInput(problems)
        frame = frame.set_axis(names, axis=1)
        if y is not None and not isinstance(y, str):
            label, series = target_series(y, names, len(frame))
            frame, y = frame.assign(**{label: pd.Series(series).to_numpy()}), label
        table = read(frame, target=y, drop=drop)
    return table if name is None else replace(table, name=name)


def _encoded(frame: pd.DataFrame, target: str | None) -> Dataset:
    """The rows as families see them, with the kind of the target; BadInput when it is none that can be judged."""
    from ..modalities.table import TABLE

    data = TABLE.learn(frame, target)
    column = data.schema.target_column
    if column is not None and column.missing == 1.0:
        raise BadInput(f"every cell of the target {target!r} is missing; name another")
    if column is not None and data.schema.task == "class":
        if len(column.values) < 2:
            raise BadInput(f"the target {target!r} has one class, {', '.join(map(repr, column.values))}; name another")
        check_classes(frame[column.name], column.name)
    return data


def _chosen(
    families: Families, questions: Sequence[str] | None, task: Task | None
) -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    """Families and questions; without a target only those that need none."""
    from .questions import KEYS, NEED_TARGET

    possible = [key for key in KEYS if task is not None or key not in NEED_TARGET]
    params, asked = together(
        lambda: families_wanted(
            families, lambda family: _unsuited(family, task), lambda f: not (f.card.by_name or f.card.extras)
        ),
        lambda: questions_wanted(questions, KEYS, possible, "needs a target"),
    )
    return params, asked


def _unsuited(family: Any, task: Task | None) -> str | None:
    """Why the family has no place in this study, None when it has one."""
    card = family.card
    if card.modality.name != "table":
        return f"{card.key} learns {card.modality.name}, not tables"
    if task is None and (card.needs_target or card.side == "discriminative"):
        return f"{card.key} needs a target: name the column to predict"
    if task is not None and task not in card.tasks:
        return f"{card.key} takes a {' or '.join(sorted(card.tasks))} target, and this one is a {task}"
    return None
