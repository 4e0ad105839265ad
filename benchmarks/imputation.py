"""Three cells in ten are hidden: how near the truth does each imputer come, and in how many seconds?

    python benchmarks/imputation.py [--sets adult] [--imputers chained_equations joint_forest] [--seeds 0 1 2]
    python benchmarks/imputation.py --peers         those with environments of their own, once, with the first seed
    python benchmarks/imputation.py --show          the table and bars of the cells there are, nothing measured

3,000 training rows of each of six sets (fewer where there are fewer), 30 % of their cells hidden completely at random,
the target's included. Each imputer learns from the table with its holes and fills it. NRMSE is the root mean squared
error over the hidden cells in units of the column's standard deviation, mean over columns of numbers; accuracy is the
share of hidden categories that are right, mean over their columns.

scikit-learn's imputers take numbers only: categories are given one-hot to those that are linear or measure distances,
as codes to trees, and are read off as the largest indicator or the nearest code. `chained random forest` is the plain
loop that people write themselves: four rounds, a classifier for text and a regressor for numbers. miceforest,
HyperImpute and its missForest have environments of their own (`side_by_side/imputers.py`); a run in parts adds to the
file, so they are measured once and kept. One that fails, or takes longer than --longest, fills nothing there. Where a
peer has no figures of its own, those in `RECORDED` stand for it: an earlier run of the same kind with other masks.

Bars, median over seeds: Adult NRMSE <= .89 and accuracy >= .73, California <= .49 and >= .80, each within 10 seconds;
better than every imputer on both figures, over the seeds that both have, on at least 4 of the 6 sets.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bars import OUT
from forest_bars.record import WIDTH, Record, median, table
from forest_bars.sets import SIX, split
from side_by_side import generation, imputers

import obverse

OURS = "chained_equations"
ROWS, SHARE, SEEDS = 3_000, 0.3, (0, 1, 2)
WANTED = {"adult": (0.89, 0.73), "california_housing": (0.49, 0.80)}
LONGEST, SETS = 10.0, 4
ROUNDS, TREES = 4, 50
PROCESSOR = 300.0  # seconds that an imputer with an environment of its own may use on one set
RECORDED = {
    ("california_housing", "HyperImpute"): (0.504, 0.702),
    ("california_housing", "miceforest"): (0.654, 0.778),
    ("california_housing", "missForest (hyperimpute)"): (0.622, 0.597),
    ("adult", "miceforest, no matching"): (0.972, 0.604),
}
Imputer = Callable[[pd.DataFrame, int], pd.DataFrame]


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def figures(truth: pd.DataFrame, filled: pd.DataFrame, hidden: np.ndarray) -> dict[str, float | None]:
    """NRMSE and accuracy over the hidden cells, None where there is no such column."""
    errors: list[float] = []
    right: list[float] = []
    for j, name in enumerate(truth.columns):
        rows = hidden[:, j]
        if not rows.any():
            continue
        if _is_number(truth[name]):
            true, said = (pd.to_numeric(f[name]).to_numpy(float) for f in (truth, filled))
            errors.append(float(np.sqrt(np.mean((true[rows] - said[rows]) ** 2)) / np.nanstd(true)))
        else:
            same = truth[name].astype(str).to_numpy() == filled[name].astype(str).to_numpy()
            right.append(float(same[rows].mean()))
    return {"nrmse": float(np.mean(errors)) if errors else None, "accuracy": float(np.mean(right)) if right else None}


def ours(family: str) -> Imputer:
    """A family of Obverse, fitted without a target."""
    return lambda holed, seed: obverse.fit(family, holed, seed=seed).impute(holed, seed=seed)


def coded(make: Callable[[int], Any], *, one_hot: bool) -> Imputer:
    """An imputer of numbers, with categories as indicators (in units of deviation, as the numbers) or as codes."""

    def fill(holed: pd.DataFrame, seed: int) -> pd.DataFrame:
        blocks, back = [], []
        for name in holed:
            column = holed[name]
            if _is_number(column):
                cells = column.to_numpy(float)[:, None]
            else:
                values = sorted(column.dropna().astype(str).unique())
                code = pd.Categorical(column.astype(str).where(column.notna()), categories=values).codes
                cells = np.where(code < 0, np.nan, code)[:, None].astype(float)
                if one_hot:
                    cells = np.where(code[:, None] < 0, np.nan, code[:, None] == np.arange(len(values)))
            mean, spread = np.nanmean(cells, axis=0), np.nanstd(cells, axis=0)
            spread = np.where(spread > 0, spread, 1.0)
            blocks.append((cells - mean) / spread if one_hot else cells)
            back.append((mean, spread) if one_hot else (np.zeros(len(mean)), np.ones(len(mean))))
        x = make(seed).fit_transform(np.hstack(blocks))
        out, at = holed.copy(), 0
        for name, block, (mean, spread) in zip(holed, blocks, back, strict=True):
            cells, at = x[:, at : at + block.shape[1]] * spread + mean, at + block.shape[1]
            gone = holed[name].isna().to_numpy()
            if _is_number(holed[name]):
                out[name] = np.where(gone, cells[:, 0], holed[name].to_numpy(float))
                continue
            values = np.array(sorted(holed[name].dropna().astype(str).unique()), dtype=object)
            best = cells.argmax(axis=1) if one_hot else np.rint(cells[:, 0]).clip(0, len(values) - 1).astype(int)
            out[name] = holed[name].astype(object).where(~gone, values[best])
        return out

    return fill


def chained_forest(holed: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The plain loop: forests of scikit-learn with their defaults, column after column."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    known, out = holed.notna(), holed.copy()
    for name in holed:
        number = _is_number(holed[name])
        out[name] = out[name].astype(float) if number else out[name].astype(object)
        start = holed[name].mean() if number else holed[name].mode().iloc[0]
        out.loc[~known[name], name] = start
    for turn in range(ROUNDS):
        for name in known.columns[known.sum().argsort()[::-1]]:
            rows = known[name].to_numpy()
            if rows.all():
                continue
            x = pd.get_dummies(out.drop(columns=name)).to_numpy(np.float32)
            kind = RandomForestRegressor if _is_number(holed[name]) else RandomForestClassifier
            learner = kind(TREES, random_state=seed + turn, n_jobs=-1).fit(x[rows], out.loc[rows, name])
            out.loc[~rows, name] = learner.predict(x[~rows])
    return out


def peers() -> dict[str, Imputer]:
    """scikit-learn's imputers, and the plain loop."""
    from sklearn.ensemble import ExtraTreesRegressor
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

    trees = ExtraTreesRegressor(TREES, n_jobs=-1, random_state=0)
    return {
        "mean or mode": coded(lambda _: SimpleImputer(), one_hot=True),
        "KNNImputer": coded(lambda _: KNNImputer(), one_hot=True),
        "IterativeImputer": coded(lambda s: IterativeImputer(n_nearest_features=30, random_state=s), one_hot=True),
        "IterativeImputer, ExtraTrees": coded(
            lambda s: IterativeImputer(trees, max_iter=5, random_state=s), one_hot=False
        ),
        "chained random forest": chained_forest,
    }


def measure(words: argparse.Namespace, record: Record) -> None:
    """Every imputer on the same holes."""
    every = {OURS: ours(OURS), "joint_forest": ours("joint_forest"), **peers()}
    wanted = words.imputers or list(imputers.SCRIPTS if words.peers else every)
    measured = {(c["set"], c["imputer"], c["seed"]) for c in record.cells if generation.stands(c)}
    for name in words.sets:
        for seed in words.seeds[:1] if words.peers else words.seeds:
            part = split(name, seed)
            truth = part.train.head(ROWS).reset_index(drop=True)
            hidden = (np.random.default_rng([seed, 30]).random(truth.shape) < SHARE) & truth.notna().to_numpy()
            for imputer in wanted:
                head = {"set": name, "imputer": imputer, "seed": seed, "data": part.sha256}
                if words.peers and (name, imputer, seed) in measured:
                    continue  # peers once
                if imputer in imputers.SCRIPTS:
                    limits = {"longest": 4 * words.longest, "processor": words.longest, "threads": words.threads}
                    made, cell = imputers.filled(imputer, truth.mask(hidden), seed, **limits)
                    record.put(**head, **cell, **({} if made is None else figures(truth, made, hidden)))
                    continue
                start, used = time.perf_counter(), time.process_time()
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")  # a peer that does not converge says so
                        filled = every[imputer](truth.mask(hidden), seed)
                except (ValueError, TypeError, obverse.ObverseError) as error:
                    record.put(**head, error=f"{type(error).__name__}: {error}")
                    continue
                spent = {"seconds": time.perf_counter() - start, "processor_seconds": time.process_time() - used}
                record.put(**head, **figures(truth, filled, hidden), **spent)


def _pair(cells: list[dict[str, Any]]) -> tuple[float | None, float | None]:
    return median(cells, "nrmse"), median(cells, "accuracy")


def not_behind(record: Record, name: str) -> list[str] | None:
    """The imputers of a set that are not worse than ours on a figure, over the seeds both have; None without ours.

    One that was told more than its defaults (`imputers.TOLD`) stands in the tables, and is none of those the bar names.
    """
    mine = record.of(set=name, imputer=OURS)
    if not mine:
        return None
    out = []
    for imputer in record.all_of("imputer"):
        if imputer in imputers.TOLD:
            continue
        theirs = record.of(set=name, imputer=imputer)
        seeds = {c["seed"] for c in theirs} & {c["seed"] for c in mine}
        a, b = ([c for c in cells if c["seed"] in seeds] for cells in (mine, theirs))
        if imputer != OURS and seeds and not _better(_pair(a), _pair(b)):
            out.append(imputer)
    return out + [who for who, pair in recorded(record, name).items() if not _better(_pair(mine), pair)]


def recorded(record: Record, name: str) -> dict[str, tuple[float, float]]:
    """The earlier figures of the peers that have none on a set."""
    return {who: pair for (where, who), pair in RECORDED.items()
            if where == name and not record.of(set=name, imputer=who)}  # fmt: skip


def _better(a: tuple[float | None, float | None], b: tuple[float | None, float | None]) -> bool:
    """On every figure that both have."""
    nrmse = a[0] is None or b[0] is None or a[0] < b[0]
    return nrmse and (a[1] is None or b[1] is None or a[1] > b[1])


def bars(record: Record) -> None:
    """The two sets with limits, seconds, and the sets on which nobody is better on either figure."""
    for name, (most, least) in WANTED.items():
        cells = record.of(set=name, imputer=OURS)
        if cells:
            nrmse, accuracy = _pair(cells)
            seconds = median(cells, "seconds") or 0.0
            record.bar(f"{OURS} on {name}: NRMSE", nrmse, f"<= {most}", nrmse <= most, cells)
            record.bar(f"{OURS} on {name}: accuracy", accuracy, f">= {least}", accuracy >= least, cells)
            record.bar(f"{OURS} on {name}: seconds", seconds, f"<= {LONGEST:g}", seconds <= LONGEST, cells)
    sets = record.all_of("set")
    ahead = {name: not_behind(record, name) for name in sets}
    won = [name for name, others in ahead.items() if others == []]
    for name, others in ahead.items():
        if others:
            print(f"{name}: not behind {OURS} on both figures: {', '.join(others)}")
    said = f"{OURS}: sets of {len(sets)} on which it is better than every other on both figures"
    record.bar(said, len(won), f">= {SETS}", len(won) >= SETS, record.of(imputer=OURS))


def show(record: Record) -> None:
    """A line an imputer and set, medians over seeds; a table a set."""
    for name in record.all_of("set"):
        lines: list[list[Any]] = []
        for imputer in record.all_of("imputer"):
            cells = record.of(set=name, imputer=imputer)
            if cells:
                lines.append([imputer, *_pair(cells), median(cells, "seconds"), len(cells)])
        lines += [[f"{who} (recorded)", *pair, None, None] for who, pair in recorded(record, name).items()]
        print(f"{name}: 30 % hidden")
        table(["imputer", "NRMSE", "accuracy", "s", "seeds"], lines)
        for cell in (c for c in record.cells if c["set"] == name and "error" in c):
            print(f"{cell['imputer']}, seed {cell['seed']}: {cell['error']}"[:WIDTH])
        print()


def main() -> int:
    """Measure, or show what was measured; 1 when a bar is open."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sets", nargs="+", default=list(SIX))
    asked.add_argument("--imputers", nargs="+")
    asked.add_argument("--peers", action="store_true", help="only those with environments of their own, one seed")
    asked.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    asked.add_argument(
        "--longest",
        type=float,
        default=PROCESSOR,
        help="processor seconds of a peer on one set; four times as many by the clock",
    )
    asked.add_argument("--threads", type=int, help="of a peer's libraries; without it they choose")
    asked.add_argument("--out", type=Path, default=OUT, help="folder of the JSON file, instead of docs/bars")
    asked.add_argument("--take", nargs="+", type=Path, default=[], help="files whose cells are taken in first")
    asked.add_argument("--fresh", action="store_true", help="forget what the file holds")
    asked.add_argument("--show", action="store_true")
    words = asked.parse_args()
    record = Record("imputation", ("set", "imputer", "seed"), words.out, afresh=words.fresh)
    for path in words.take:
        record.take(path)
    if not words.show:
        measure(words, record)
    show(record)
    bars(record)
    record.write()
    return 0 if record.met else 1


if __name__ == "__main__":
    sys.exit(main())
