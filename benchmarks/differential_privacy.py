"""What epsilon costs: Adult drawn and predicted by noisy counts over a declared domain, and without a guarantee.

    python benchmarks/differential_privacy.py [--families naive_bayes] [--epsilons 1 3 none] [--seeds 0]
    python benchmarks/differential_privacy.py --seeds 1 2 --predict-only        seconds instead of minutes
    python benchmarks/differential_privacy.py --show              the table and bars of the cells there are

Each cell fits a family to 20,000 rows with fresh noise, asks it about 10,000 test rows (ROC-AUC, log-loss) and has
20,000 made rows judged (C2ST, TSTR, DCR). The domain is benchmarks/domains/adult.json: categories as its documentation
lists them, bounds and bins in round numbers. Noise differs from run to run. Writes docs/bars/differential_privacy.json.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bars import OUT, ROOT
from forest_bars.judging import Files
from forest_bars.limits import FRESH
from forest_bars.record import Record, median, table
from forest_bars.scoring import figures
from forest_bars.sets import Split, split

import obverse

KEYS = ("set", "family", "epsilon", "seed")
SET = "adult"
FAMILIES = ("naive_bayes",)
NOISELESS = "1e6"  # the same bins with practically no noise
EPSILONS = ("0.1", "0.5", "1", "3", "10", NOISELESS, "none")
DOMAIN = ROOT / "benchmarks" / "domains" / f"{SET}.json"
# how much worse than another epsilon naive Bayes may be: (figure, epsilon, beside, by at most)
LIMITS = (
    ("roc_auc", "1", NOISELESS, 0.01),
    ("roc_auc", "3", NOISELESS, 0.005),
    ("roc_auc", "1", "none", 0.01),
    ("tstr", "1", "none", 0.01),
    ("c2st", "3", "none", 0.01),
)


def measure(words: argparse.Namespace, record: Record) -> None:
    """Every seed, family and epsilon."""
    for seed in words.seeds:
        part = split(SET, seed)
        with tempfile.TemporaryDirectory() as folder:
            files = Files.of(part, Path(folder))
            if not words.predict_only and not record.of(set=SET, family=FRESH, seed=seed):
                record.put(set=SET, family=FRESH, epsilon="", seed=seed, data=part.sha256, **files.reference())
            for family in words.families:
                for epsilon in words.epsilons:
                    found = one(part, None if words.predict_only else files, Path(folder), family, epsilon)
                    record.put(set=SET, family=family, epsilon=epsilon, seed=seed, data=part.sha256, **found)


def one(part: Split, files: Files | None, folder: Path, family: str, epsilon: str) -> dict[str, Any]:
    """The figures of one fit; without files its rows are not judged."""
    private = {} if epsilon == "none" else {"epsilon": float(epsilon), "domain": str(DOMAIN)}
    start = time.process_time()
    model = obverse.fit(family, part.train, part.target, seed=part.seed, **private)
    seconds = time.process_time() - start
    found = {"fit_seconds": seconds, **figures(model, part.test, part.target)}
    if files is None:
        return found
    made = folder / "made.csv"
    model.sample(len(part.train), seed=part.seed).to_csv(made, index=False)
    return found | files.verdict(made)


def bars(record: Record) -> None:
    """Naive Bayes with a guarantee beside the same without."""
    for figure, epsilon, beside, by in LIMITS:
        cells = record.of(family="naive_bayes", epsilon=epsilon)
        ours, plain = median(cells, figure), median(record.of(family="naive_bayes", epsilon=beside), figure)
        if ours is None or plain is None:
            continue
        loss = ours - plain if figure == "c2st" else plain - ours
        name = f"naive_bayes on {SET}, epsilon {epsilon} beside {beside}: {figure} lost"
        record.bar(name, round(loss, 5), f"<= {by:g}", loss <= by, cells)


def show(record: Record) -> None:
    """A line a family and epsilon, medians over seeds."""
    lines: list[list[Any]] = []
    for family in record.all_of("family"):
        for epsilon in ("", *EPSILONS):
            cells = record.of(family=family, epsilon=epsilon)
            if cells:
                each = [median(cells, k) for k in ("roc_auc", "log_loss", "tstr", "c2st", "dcr", "fit_seconds")]
                lines.append([family, epsilon, len(cells), *each])
    table(["rows made by", "epsilon", "runs", "ROC-AUC", "log-loss", "TSTR", "C2ST", "DCR", "fit s"], lines)


def main() -> int:
    """Measure, or show what was measured; 1 when a bar is open."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--families", nargs="+", default=list(FAMILIES))
    asked.add_argument("--epsilons", nargs="+", default=list(EPSILONS), choices=EPSILONS)
    asked.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    asked.add_argument("--predict-only", action="store_true", help="made rows are not judged")
    asked.add_argument("--out", type=Path, default=OUT, help="folder of the JSON file")
    asked.add_argument("--show", action="store_true")
    words = asked.parse_args()
    record = Record("differential_privacy", KEYS, words.out)
    if not words.show:
        measure(words, record)
    show(record)
    bars(record)
    record.write()
    return 0 if record.met else 1


if __name__ == "__main__":
    sys.exit(main())
