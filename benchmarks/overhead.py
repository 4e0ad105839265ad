"""What going through Obverse costs: the time of fit + predict_proba against plain scikit-learn (and XGBoost) pipelines.

    OBVERSE_DATA=../shared/data python benchmarks/overhead.py [FAMILY ...]

Adult, 20,000 rows, 70 % to fit and 30 % to ask. The plain side encodes the same rows as we do, with OrdinalEncoder for
trees and OneHotEncoder + StandardScaler for distances and linear models, sparse where that is faster, and fits the same
estimator with the same arguments. Both sides take turns in one process on one thread; times are of the processor, so
that they are those of a watch on an idle machine, and the fastest turn of each counts, since whatever else runs only
adds. Accuracies are shown to prove that both sides do the same work. Writes docs/bars/overhead.json when all families
were measured.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from bars import DATA, OUT, bar, machine

WANTED = 1.1
SHOWN = "python benchmarks/overhead.py"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
SEED = 0
SECONDS = 20.0  # of turns a family, at least three turns


@dataclass(frozen=True)
class Rows:
    """The split, features and labels apart; `gamma` is scikit-learn's "scale" on its encoding, for Nystroem."""

    X: pd.DataFrame
    y: pd.Series
    fresh: pd.DataFrame
    truth: np.ndarray
    text: list[str]
    numbers: list[str]
    gamma: float = 0.0


def adult() -> Rows:
    from obverse.data.read import read

    os.environ.setdefault("OBVERSE_DATA", str(DATA))
    frame = read("adult").frame
    order = np.random.default_rng(SEED).permutation(len(frame))[:20_000]
    frame = frame.iloc[order].reset_index(drop=True)
    cut = 14_000
    X, y = frame.drop(columns="income"), frame["income"]
    text = [c for c in X if pd.api.types.is_string_dtype(X[c].dtype)]
    numbers = [c for c in X if c not in text]
    rows = Rows(X[:cut], y[:cut], X[cut:], y[cut:].to_numpy(), text, numbers)
    encoded = one_hot(rows, sparse=False).fit_transform(rows.X)
    return replace(rows, gamma=1 / (encoded.shape[1] * encoded.var()))


# ------------------------------------------------------------------- the plain side


def ordinal(rows: Rows) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OrdinalEncoder

    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    return ColumnTransformer([("codes", codes, rows.text)], remainder="passthrough")


def one_hot(rows: Rows, *, sparse: bool) -> Any:
    """Sparse or dense, whichever the estimator is faster with."""
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    hot = OneHotEncoder(handle_unknown="ignore", sparse_output=sparse)
    return ColumnTransformer([("hot", hot, rows.text), ("z", StandardScaler(), rows.numbers)])


def random_forest(rows: Rows) -> Any:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline

    return make_pipeline(ordinal(rows), RandomForestClassifier(random_state=SEED))


def hist_gradient_boosting(rows: Rows) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline

    categories = list(range(len(rows.text)))
    boosting = HistGradientBoostingClassifier(categorical_features=categories, early_stopping=False)
    return make_pipeline(ordinal(rows), boosting)


def svm(rows: Rows) -> Any:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.kernel_approximation import Nystroem
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    from obverse.core.rng import generators

    # the same landmarks as ours: how many steps the linear machine takes depends on them more than on anything else
    seed = int(generators(SEED)[0].integers(2**31))
    machine = LinearSVC(dual=False, random_state=seed)
    kernel = make_pipeline(Nystroem(gamma=rows.gamma, n_components=200, random_state=seed), machine)
    return make_pipeline(one_hot(rows, sparse=False), CalibratedClassifierCV(kernel, ensemble=False))


def knn(rows: Rows) -> Any:
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline

    return make_pipeline(one_hot(rows, sparse=False), KNeighborsClassifier())


def logistic(rows: Rows) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(one_hot(rows, sparse=True), LogisticRegression(max_iter=2000))


def xgboost(rows: Rows) -> Any:
    from sklearn.pipeline import make_pipeline
    from xgboost import XGBClassifier

    kinds = ["c"] * len(rows.text) + ["q"] * len(rows.numbers)
    return make_pipeline(ordinal(rows), XGBClassifier(enable_categorical=True, feature_types=kinds, n_jobs=1))


PLAIN: dict[str, Callable[[Rows], Any]] = {
    "random_forest": random_forest, "hist_gradient_boosting": hist_gradient_boosting, "svm": svm, "knn": knn,
    "logistic": logistic, "xgboost": xgboost,
}  # fmt: skip


# -------------------------------------------------------------------------- turns


def ours(family: str, rows: Rows) -> np.ndarray:
    import obverse

    return obverse.fit(family, rows.X, rows.y, seed=SEED).predict_proba(rows.fresh)


def plain(family: str, rows: Rows) -> np.ndarray:
    labels = np.unique(rows.y, return_inverse=True)[1] if family == "xgboost" else rows.y  # XGBoost wants codes
    return PLAIN[family](rows).fit(rows.X, labels).predict_proba(rows.fresh)


def measure(family: str, rows: Rows) -> dict:
    """The fastest turn of each side, in seconds of the processor."""
    sides, best, accuracy = {"obverse": ours, "plain": plain}, {}, {}
    classes, begun, turns = np.unique(rows.y), time.perf_counter(), 0
    while turns < 3 or time.perf_counter() - begun < SECONDS:
        for side, work in sides.items() if turns % 2 else reversed(sides.items()):
            start = time.process_time()
            proba = work(family, rows)
            seconds = time.process_time() - start
            best[side] = min(seconds, best.get(side, np.inf))
            accuracy[side] = float((classes[proba.argmax(axis=1)] == rows.truth).mean())
        turns += 1
    return {"turns": turns, "seconds": best, "accuracy": accuracy}


def main() -> int:
    rows = adult()
    names = sys.argv[1:] or list(PLAIN)
    found = []
    for family in names:
        one = measure(family, rows)
        seconds, accuracy = one["seconds"], one["accuracy"]
        ratio = seconds["obverse"] / seconds["plain"]
        row = bar(f"{family}: fit + predict_proba, times plain", ratio, f"<= {WANTED}", ratio <= WANTED, SHOWN)
        print(
            f"      {seconds['obverse']:.3f} s against {seconds['plain']:.3f} s, best of {one['turns']} turns; "
            f"accuracy {accuracy['obverse']:.4f} against {accuracy['plain']:.4f}"
        )
        found.append({**row, **{f"{side} seconds": round(s, 3) for side, s in seconds.items()},
                      **{f"{side} accuracy": round(a, 4) for side, a in accuracy.items()},
                      "turns": one["turns"]})  # fmt: skip
    if set(names) == set(PLAIN):
        (OUT / "overhead.json").write_text(json.dumps({"machine": machine(), "bars": found}, indent=1) + "\n")
    return 0 if all(row["met"] for row in found) else 1


if __name__ == "__main__":
    if not ONE_THREAD.items() <= os.environ.items():  # libraries read it when they are loaded, so start again with it
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ONE_THREAD})
    sys.exit(main())
