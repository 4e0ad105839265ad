"""`compare`: every family on your own data, question by question, on the same splits; the main job."""

from __future__ import annotations

import csv
import io
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from ..core.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

    from .plan import Plan
    from .prepare import Prepared
    from .results import Result
    from .wanted import Families

ROWS = 20_000
SPLITS, SPLITS_OF_NETWORKS = 5, 3  # of tables; of pictures and texts, where networks are trained
TEST_SHARE = 0.3


@dataclass(frozen=True)
class Study:
    """A study that has run.

    Attributes:
        folder: holds plan.toml, results.jsonl, environment.json and summary.json.
        summary: the content of summary.json.
    """

    folder: Path
    summary: dict[str, Any]

    def show(self) -> None:
        """Print the tables and verdicts."""
        from .terminal import show

        report = self.folder / "report.html"
        show(self.summary, report if report.exists() else self.folder)

    def frame(self) -> pd.DataFrame:
        """Every figure as one row: family, split, question, status, why, metric, value (float64)."""
        import pandas as pd

        from .results import read

        rows = [
            (r.family, r.split, r.question, r.status, r.why, metric, value)
            for r in read(self.folder)
            for metric, value in (r.metrics or {None: None}).items()
        ]
        frame = pd.DataFrame(rows, columns=["family", "split", "question", "status", "why", "metric", "value"])
        return frame.astype({"why": "str", "value": "float64"})


def compare(
    X: Any,
    y: Any = None,
    *,
    text: str | None = None,
    elsewhere: Any = None,
    families: Families = None,
    splits: int | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    n_jobs: int | None = None,
    budget: float | None = None,
    questions: Sequence[str] | None = None,
    name: str | None = None,
    rows: int | None = ROWS,
    test_share: float = TEST_SHARE,
    drop: Sequence[str] = (),
    progress: bool = True,
) -> Study:
    """Compare families on one table, on pictures of classes, or on texts, and write the study to a folder.

    Run again, it goes on where it stopped.

    Args:
        X: DataFrame or array, a path, or a catalogue name; pictures as an array (n, h, w) or (n, h, w, c), a folder of
            class sub-folders, an .npz or idx file, or `digits`; texts as a list of str, a .txt file, `docstrings`, or
            a table of which `text` names a column.
        y: target: a column of X, or one value a row; None takes the catalogue's own, else compares without a target.
        text: the column of a table that holds the texts to compare on; the target is then their labels.
        elsewhere: texts of another source with labels of the same names, given as X is: a file with the same columns,
            a table, or `Texts`. Nothing is learned from them; `shift` asks about them. Of texts only.
        families: keys, or keys with constructor arguments; a word behind a colon (`gpt:small`) tells settings of one
            family apart (`variants`). None takes every table family that suits the target, but those that need an
            extra or say that they are asked for by name; of texts, those of `prepare_texts`.
        splits: random train/test splits, the same for every family; at least 3 for a verdict. None for 5, of pictures
            and texts for 3.
        seed: of everything that is drawn.
        out: folder of the study; None for `obverse-<name>`.
        n_jobs: units (a family on a split) at once; None for one a core.
        budget: seconds after which nothing new is started.
        questions: some of portrait (what the data are like), predict, probabilities, missing, labels, shift, create,
            flag, fill, cost; None for all.
        name: of the data, for titles.
        rows: a larger table is represented by so many of its rows, drawn with the seed; None for all rows.
        test_share: test rows as a share of all.
        drop: columns to leave out; constant ones, identifiers and repeated ones are left out anyway.
        progress: say on stderr what is going on.

    Raises:
        BadInput: data, families or numbers that cannot be used, or a folder that holds something else.
    """
    _check_run(n_jobs, budget)
    if progress and isinstance(X, str | Path):
        _say(f"reading {X}")
    from . import plan
    from .prepare import prepare
    from .prepare_pictures import is_pictures
    from .prepare_texts import is_texts

    if splits is None:
        splits = SPLITS_OF_NETWORKS if is_texts(X, text) or is_pictures(X) else SPLITS
    prepared = prepare(
        X,
        y,
        text=text,
        elsewhere=elsewhere,
        families=families,
        questions=questions,
        splits=splits,
        seed=seed,
        test_share=test_share,
        rows=rows,
        name=name,
        drop=drop,
    )
    folder = Path(out) if out is not None else Path("obverse-" + re.sub(r"[^\w.-]+", "-", prepared.plan.name))
    plan.freeze(prepared.plan, folder)
    drawn = None if rows == ROWS else rows or prepared.plan.rows
    command = _command(
        prepared,
        text=text,
        elsewhere=elsewhere,
        families=families,
        questions=questions,
        rows=drawn,
        drop=list(drop) or None,
        out=out,
    )
    return _run(prepared, folder, command, n_jobs=n_jobs, budget=budget, progress=progress)


def _check_run(n_jobs: int | None, budget: float | None) -> None:
    problems = []
    if n_jobs is not None and not (type(n_jobs) is int and n_jobs >= 1):
        problems.append(f"n_jobs must be a whole number from 1, or None for one a core, not {n_jobs!r}")
    if budget is not None and not budget > 0:
        problems.append(f"budget must be a positive number of seconds, not {budget!r}")
    if problems:
        raise BadInput(problems)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _run(
    prepared: Prepared, folder: Path, command: str, *, n_jobs: int | None, budget: float | None, progress: bool
) -> Study:
    """Run what is left, and sum up."""
    import joblib

    from . import environment, results
    from .run import run
    from .schedule import cells

    plan, start = prepared.plan, monotonic()
    machine = environment.resumed(folder)
    environment.write_json(folder / environment.FILE, machine)
    n_jobs, whole = n_jobs or joblib.cpu_count(), cells(plan)
    if progress:
        _say(_first_line(prepared, n_jobs, whole - _left(plan, results.read(folder)), whole))
    try:
        found = run(plan, prepared.frame, folder, n_jobs=n_jobs, budget=budget, progress=progress,
                    elsewhere=prepared.elsewhere)  # fmt: skip
    except KeyboardInterrupt:
        done = whole - _left(plan, results.read(folder))
        raise KeyboardInterrupt(f"stopped: {done} of {whole} parts are done; the same command goes on") from None
    machine["seconds"] = round(machine["seconds"] + monotonic() - start, 1)
    environment.write_json(folder / environment.FILE, machine)

    from .region import described, from_plan
    from .summary import FILE, summarise

    notes = list(prepared.notes)
    if missing := _left(plan, found):
        notes.append(f"the time budget ended it early: {missing} of {whole} parts have not run; run it again to go on")
    data = {
        "source": prepared.source,
        "missing_share": float(prepared.frame.isna().to_numpy().mean()) if plan.modality == "table" else 0.0,
        "notes": notes,
    }
    if plan.modality == "image":
        data["shape"] = "{} × {} pixels, {}".format(*_size(prepared.frame.pixels.shape))
    if plan.modality == "text":
        data["shape"] = _length(prepared.frame.texts)
    region = from_plan(plan.region)
    shown = described(region, prepared.frame) if region else None
    summary = summarise(plan, found, data=data, command=command, environment=machine, region=shown)
    environment.write_json(folder / FILE, summary)
    return Study(folder, summary)


def _size(shape: tuple[int, ...]) -> tuple[int, int, str]:
    return shape[1], shape[2], "colour" if shape[3] == 3 else "grey"


def _length(texts: Any) -> str:
    """How long they are."""
    sizes = sorted(map(len, texts))
    return f"{sizes[len(sizes) // 2]:,} characters in the middle, {sizes[-1]:,} at most"


def _left(plan: Plan, found: Sequence[Result]) -> int:
    """How many results are not there yet."""
    from .schedule import left

    return sum(map(len, left(plan, found).values()))


def _first_line(prepared: Prepared, n_jobs: int, done: int, whole: int) -> str:
    plan = prepared.plan
    target = f", target {plan.target}" if plan.target else ""
    families = "1 family" if len(plan.families) == 1 else f"{len(plan.families)} families"
    splits = "1 split" if plan.splits == 1 else f"{plan.splits} splits"
    what = f"{plan.rows:,} rows × {plan.columns} columns{target}"
    if plan.modality == "image":
        what = "{:,} pictures of {} × {} pixels, {}".format(plan.rows, *_size(prepared.frame.pixels.shape))
    line = ""
    if plan.modality == "text":
        from .forecast import in_words

        what = f"{plan.rows:,} texts{target}"
        line = in_words(plan, prepared.frame, n_jobs)
    line = f"{plan.name}: {what}; {families} × {splits}, {n_jobs} at a time{line}"
    return f"{line}; {done} of {whole} parts are done already" if done else line


def _command(prepared: Prepared, **given: Any) -> str:
    """What to type to run the study again: on the command line, or in Python for what only Python can say."""
    plan, source = prepared.plan, prepared.source
    given = {name: str(v) if isinstance(v, Path) else v for name, v in given.items() if v is not None}
    other = given.get("elsewhere")
    unsaid = other is not None and not isinstance(other, str)  # a table of another source has no name to type
    if unsaid:
        del given["elsewhere"]
    if source in ("DataFrame", "array") or plan.params or plan.test_share != TEST_SHARE or unsaid:
        arguments = {**given, "splits": plan.splits, "seed": plan.seed, "test_share": plan.test_share}
        data = "X" if source in ("DataFrame", "array") else repr(source)
        target = "y" if source == "array" else repr(plan.target if plan.modality != "image" else None)
        said = [data, target, *(f"{k}={v!r}" for k, v in arguments.items()), *(["elsewhere=other"] if unsaid else [])]
        return f"obverse.compare({', '.join(said)})"
    words = ["obverse", "compare", source, "--splits", str(plan.splits), "--seed", str(plan.seed)]
    words += ["--target", plan.target] if plan.target and plan.modality != "image" else []
    for name, value in given.items():
        words += [f"--{name}", _joined(value) if isinstance(value, list | tuple) else str(value)]
    return shlex.join(words)


def _joined(names: Sequence[str]) -> str:
    """Names as a line of CSV, so that a comma in one stays in it."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue()
