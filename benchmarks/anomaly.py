"""Odd rows beside PyOD: ROC-AUC on the ADBench tables, every detector with its defaults, in one run.

    python benchmarks/anomaly.py [--sets 45_wine] [--seeds 0] [--slow]
    python benchmarks/anomaly.py --show             the table and bars of the cells there are, nothing measured

Fitted without labels on 70 % of the rows, odd ones among them, and scored on the other 30 % (splits by class, seeds 0,
1, 2). Ours is -log_prob of one family with its defaults. Bar: its mean ROC-AUC over the sets is no lower than that of
the detector with the best mean. A detector that fails or needs too long on a set has no mean, and is shown. Ours also
scores a second table with one cell of ten hidden and one column made text. Writes docs/bars/anomaly.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bars import DATA, OUT
from forest_bars.record import Record, table
from peers.environment import interpreter
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

import obverse

KEYS = ("set", "cells", "scored_by", "seed")
FOLDER = DATA / "adbench_dev"
OURS = ("gaussian_copula", "joint_forest", "gaussian_mixture", "marginals")
FAMILY = OURS[0]
QUICK = ("IForest", "ECOD", "COPOD", "HBOS", "KNN", "LOF", "CBLOF", "PCA", "OCSVM", "MCD", "GMM", "KDE", "INNE", "LODA",
         "QMCD", "Sampling", "CD", "HDBSCAN")  # fmt: skip
SLOW = ("KPCA", "FeatureBagging", "ABOD", "COF", "SOD", "LSCP")
HIDDEN = 0.1


def measure(words: argparse.Namespace, record: Record) -> None:
    """Every set and seed: ours, then PyOD in one process for all, for it compiles its detectors anew in each."""
    with tempfile.TemporaryDirectory() as folder:
        tables: list[dict[str, Any]] = []
        for name in words.sets:
            with np.load(FOLDER / f"{name}.npz") as held:
                x, y = held["X"].astype(float), held["y"].astype(int)
            digest = hashlib.sha256((FOLDER / f"{name}.npz").read_bytes()).hexdigest()
            for seed in words.seeds:
                train, test, _, odd = train_test_split(x, y, test_size=0.3, stratify=y, random_state=seed)
                head: dict[str, Any] = {"set": name, "seed": seed, "data": digest}
                for family in words.families:
                    figures = ours(family, _frame(train), _frame(test), odd, seed)
                    record.put(**head, cells="all", scored_by=family, **figures)
                if FAMILY in words.families:
                    figures = ours(FAMILY, _roughened(train, seed), _roughened(test, seed), odd, seed)
                    record.put(**head, cells="some", scored_by=FAMILY, **figures)
                rows, out = (str(Path(folder) / f"{name}.{seed}.{what}.npz") for what in ("rows", "made"))
                np.savez(rows, train=train, test=test)
                tables.append({"rows": rows, "seed": seed, "out": out, "head": head, "odd": odd})
        if words.detectors:
            theirs(words, tables, record)


def ours(family: str, train: pd.DataFrame, test: pd.DataFrame, odd: Any, seed: int) -> dict[str, Any]:
    """ROC-AUC of -log_prob and processor seconds."""
    start = time.process_time()
    oddity = -obverse.fit(family, train, seed=seed).log_prob(test)
    seconds = time.process_time() - start
    return {"auc": float(roc_auc_score(odd, np.nan_to_num(oddity, posinf=1e300, neginf=-1e300))), "seconds": seconds}


def theirs(words: argparse.Namespace, tables: list[dict[str, Any]], record: Record) -> None:
    """The same of every detector, or why it has none, kept table by table."""
    asked = {"tables": [{k: one[k] for k in ("rows", "seed", "out")} for one in tables],
             "detectors": words.detectors, "seconds": words.longest}  # fmt: skip
    script = Path(__file__).parent / "peers" / "pyod_detectors.py"
    command = [str(interpreter("pyod")), str(script), json.dumps(asked)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for one, line in zip(tables, process.stdout, strict=False):
            with np.load(one["out"]) as scores:
                for name, figures in json.loads(line).items():
                    if name in scores.files:
                        oddity = np.nan_to_num(scores[name].ravel(), posinf=1e300, neginf=-1e300)
                        figures["auc"] = float(roc_auc_score(one["odd"], oddity))
                    record.put(**one["head"], cells="all", scored_by=name, **figures)
    if process.returncode:
        sys.exit(f"{script.name} failed")


def _frame(rows: Any) -> pd.DataFrame:
    """Rows as a table."""
    return pd.DataFrame(rows, columns=[f"x{j}" for j in range(rows.shape[1])])


def _roughened(rows: Any, seed: int) -> pd.DataFrame:
    """One cell in ten hidden; the first column, rounded, as text."""
    frame = _frame(rows)
    frame = frame.mask(np.random.default_rng([seed, len(rows)]).random(frame.shape) < HIDDEN)
    first = frame.columns[0]
    return frame.assign(**{first: frame[first].map(lambda v: None if pd.isna(v) else f"value {v:.0f}")})


def means(record: Record, cells: str = "all") -> dict[str, dict[str, float]]:
    """ROC-AUC of each who scored all splits of a set, by set."""
    out: dict[str, dict[str, float]] = {}
    for who in record.all_of("scored_by"):
        for name in record.all_of("set"):
            key = (name, cells, who)
            aucs = [cell.get("auc", np.nan) for cell in record.cells if tuple(cell[k] for k in KEYS[:3]) == key]
            if aucs and np.isfinite(aucs).all():
                out.setdefault(who, {})[name] = float(np.mean(aucs))
    return out


def bars(record: Record) -> None:
    """Ours against the best of the detectors that scored every set."""
    found, sets = means(record), record.all_of("set")
    whole = {who: float(np.mean(list(by.values()))) for who, by in found.items() if len(by) == len(sets)}
    peers = {who: mean for who, mean in whole.items() if who in (*QUICK, *SLOW)}
    if not peers or FAMILY not in whole:
        return
    best = max(peers, key=lambda who: peers[who])
    used = [*record.of(cells="all", scored_by=FAMILY), *record.of(cells="all", scored_by=best)]
    said = f"{FAMILY}: mean ROC-AUC of {len(sets)} sets, beside {best}, the best of {len(peers)} detectors"
    record.bar(said, whole[FAMILY], f">= {peers[best]:.4f}", whole[FAMILY] >= peers[best], used)
    rough = means(record, "some").get(FAMILY, {})
    if len(rough) == len(sets):
        mean = float(np.mean(list(rough.values())))
        said = f"{FAMILY} with one cell of ten hidden and a column of text, beside {best} on the whole table"
        used = record.of(cells="some", scored_by=FAMILY)
        record.bar(said, mean, "accepted (> .5)", mean > 0.5, used)


def show(record: Record) -> None:
    """A line each, best mean first, then those without a mean."""
    found, sets = means(record), record.all_of("set")
    lines: list[list[Any]] = []
    for who in record.all_of("scored_by"):
        by = found.get(who, {})
        mean = float(np.mean(list(by.values()))) if len(by) == len(sets) else None
        seconds = [c["seconds"] for c in record.of(cells="all", scored_by=who) if c.get("seconds") is not None]
        lines.append([who, mean, *(by.get(name) for name in sets), f"{np.mean(seconds):.2f}" if seconds else "-"])
    rough = means(record, "some")
    for who, by in rough.items():
        mean = float(np.mean(list(by.values()))) if len(by) == len(sets) else None
        lines.append([f"{who}, holes and text", mean, *(by.get(name) for name in sets), "-"])
    lines.sort(key=lambda line: -(line[1] or 0.0))
    table(["scored by", "mean", *sets, "s"], lines)


def main() -> int:
    """Measure, or show what was measured; 1 when a bar is open."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sets", nargs="+", default=sorted(path.stem for path in FOLDER.glob("*.npz")))
    asked.add_argument("--families", nargs="*", default=list(OURS))
    asked.add_argument("--detectors", nargs="*", default=list(QUICK))
    asked.add_argument("--slow", action="store_true", help="also the detectors that take minutes")
    asked.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    asked.add_argument("--longest", type=float, default=120.0, help="processor seconds a detector may take")
    asked.add_argument("--out", type=Path, default=OUT, help="folder of the JSON file")
    asked.add_argument("--show", action="store_true")
    words = asked.parse_args()
    words.detectors = [*words.detectors, *(SLOW if words.slow else ())]
    record = Record("anomaly", KEYS, words.out)
    if not words.show:
        measure(words, record)
    show(record)
    bars(record)
    record.write()
    return 0 if record.met else 1


if __name__ == "__main__":
    sys.exit(main())
