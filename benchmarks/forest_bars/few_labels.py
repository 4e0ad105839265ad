"""Who is least surprised by the true class after 20, 50 and 100 labels? Log-loss, five seeds, paired.

Eight sets. Every family learns from the same labelled rows, the first n of one order per seed in which every class
comes once before any comes twice, and is asked for the same test rows, at most 4,000. Letter has 26 classes, so that 20
labels cannot hold them all: test rows of classes that the labels do not hold are left out, for every family alike.
California's target is a number, for which xgboost has no distribution: there the question is whether it is above or
below the median of the training rows.

The bar, for each n: sets on which some one generative or hybrid family has a lower mean log-loss than both xgboost and
logistic. Since the best of several is picked after the fact, the table also counts the sets for each family alone, and
the seeds that the picked one won. With --unlabelled N the families that learn P(x, y) also see N training rows
without their target; such lines say "+N".

    python benchmarks/forests.py few_labels --sets heart_cleveland pima --labels 20 50 100
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import obverse

from .cold import spec
from .options import Options
from .record import Record, mean, table
from .scoring import figures
from .sets import EIGHT, Split, split

KEYS = ("set", "labels", "family", "seed")
LABELS = (20, 50, 100)
DISCRIMINATIVE = ("xgboost", "logistic")
GENERATIVE = ("naive_bayes", "gaussian_mixture", "joint_forest", "chain_forest", "grafted")
SEEDS = (0, 1, 2, 3, 4)
ASKED = 4_000
WANTED = 4  # sets of eight
TIE = 1e-6  # nats: grafted predicts as xgboost does, which is not below it


def measure(options: Options, record: Record) -> None:
    """Every set, seed, number of labels and family."""
    families = options.families or (*DISCRIMINATIVE, *GENERATIVE)
    for name in options.sets or EIGHT:
        for seed in options.seeds or SEEDS:
            part = _classes(split(name, seed).at_most(options.rows))
            order = _order(part)
            for n in options.labels or LABELS:
                few = part.train.iloc[order[:n]].reset_index(drop=True)
                met = part.test[part.target].isin(few[part.target].unique())
                asked = part.test[met].head(ASKED)
                rest = part.train.iloc[order[n : n + options.unlabelled]].assign(**{part.target: np.nan})
                head = {"set": name, "labels": n, "seed": seed, "data": part.sha256, "asked": len(asked)}
                for family in families:
                    record.put(**head, family=family, **_one(family, part, few, asked))
                    if len(rest) and "P(x,y)" in _learns(family):
                        both = pd.concat([few, rest.astype(few.dtypes.drop(part.target))], ignore_index=True)
                        found = _one(family, part, both, asked)
                        record.put(**head, family=f"{family} +{options.unlabelled}", **found)


def _classes(part: Split) -> Split:
    """The same split with a class target."""
    if part.task == "class":
        return part
    middle = part.train[part.target].median()
    for frame in (part.train, part.test):
        frame[part.target] = np.where(frame[part.target] > middle, "above", "below")
    return part


def _order(part: Split) -> np.ndarray:
    """Positions of the training rows in the order they get their labels."""
    order = np.random.default_rng([part.seed, 20]).permutation(len(part.train))
    labels = part.train[part.target].iloc[order]
    first = ~labels.duplicated().to_numpy()
    return np.concatenate([order[first], order[~first]])


def _learns(family: str) -> frozenset[str]:
    found = obverse.list_families().get(spec(family)[0])
    return frozenset() if found is None else found.card.learns


def _one(family: str, part: Split, few: pd.DataFrame, asked: pd.DataFrame) -> dict[str, Any]:
    key, params = spec(family)
    try:
        model = obverse.fit(key, few, part.target, seed=part.seed, task="class", **params)
        return figures(model, asked, part.target)
    except (obverse.ObverseError, ValueError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _best(record: Record, name: str, n: int) -> tuple[float, str, float] | None:
    """The lower of the two discriminative means, and the best other family with its mean."""
    cells = {f: record.of(set=name, labels=n, family=f) for f in record.all_of("family")}
    whole = max(map(len, cells.values()))  # a family that failed on some seeds is not comparable
    known = {f: m for f, c in cells.items() if len(c) == whole and (m := mean(c, "log_loss")) is not None}
    others = [f for f in known if f not in DISCRIMINATIVE]
    if not others or not all(f in known for f in DISCRIMINATIVE):
        return None
    best = min(others, key=lambda f: known[f])
    return min(known[f] for f in DISCRIMINATIVE), best, known[best]


def bars(record: Record) -> None:
    """On how many sets a generative or hybrid family is below both, for each number of labels."""
    sets = record.all_of("set")
    for n in sorted(record.all_of("labels")):
        found = [best for name in sets if (best := _best(record, name, n)) is not None]
        if found:
            below = sum(best[2] < best[0] - TIE for best in found)
            said = f"{n} labels: sets of {len(found)} on which some generative or hybrid family has the lowest log-loss"
            record.bar(said, below, f">= {WANTED}", below >= WANTED, record.of(labels=n))


def show(record: Record) -> None:
    """Mean log-loss of both discriminative families and of the best other, and how often each family alone is below."""
    lines: list[list[Any]] = []
    alone: dict[str, list[int]] = {}
    for n in sorted(record.all_of("labels")):
        for name in record.all_of("set"):
            best = _best(record, name, n)
            if best is None:
                continue
            limit, family, value = best
            rivals = {f: {c["seed"]: c["log_loss"] for c in record.of(set=name, labels=n, family=f)}
                      for f in (*DISCRIMINATIVE, family)}  # fmt: skip
            seeds = [s for s in rivals[family] if all(s in r for r in rivals.values())]
            won = sum(rivals[family][s] < min(rivals[f][s] for f in DISCRIMINATIVE) - TIE for s in seeds)
            both = [mean(record.of(set=name, labels=n, family=f), "log_loss") for f in DISCRIMINATIVE]
            lines.append([name, n, *both, value, family, f"{won}/{len(seeds)}"])
            for other in record.all_of("family"):
                own = mean(record.of(set=name, labels=n, family=other), "log_loss")
                if other not in DISCRIMINATIVE and own is not None:
                    alone.setdefault(other, []).append(int(own < limit - TIE))
    table(["set", "labels", "xgboost", "logistic", "best", "of", "won"], lines)
    table(["family alone", "below both", "of"], [[f, sum(won), len(won)] for f, won in alone.items()])
