"""How likely are held-out rows? Mean log-probability in nats per row, on six sets.

Two scales:

* own: the schema's measure (masses of categories and of numbers on a grid, densities of the rest), the same for every
  family of ours; `log_prob` of all columns together, missing cells summed out. Rows with a category that the training
  rows do not hold have no probability under any of them and are left out.
* grid: every cell is one of at most 50 events (see `grid`), so that TabularARGN takes part. Its own `log_prob` on the
  raw table is one of digits and bins, each with tokens for missing and unknown values, and compares with nothing. On
  the grid it is told that every column is a category (it learns them as such, one token an event), ours see bins as
  whole numbers; both give a probability to each of the same events. That its probabilities over all events sum to one
  is checked on a table of two columns and twelve events in the same run: the rest is what it keeps for its "rare" and
  unknown tokens, which is not given back to it.

TabularARGN by default learns the columns in any order and scores them in the table's. Told to learn that order alone
("fixed") it may be the likelier model, so both are fitted, and the bar takes the better of the two on each set.

A family may give some rows no probability at all (-inf). Means are over the rows to which all families of that set,
scale and seed gave some; the others are counted, for each family. The bar, for a set: chain_forest is above
gaussian_mixture and naive_bayes on their own scale and above TabularARGN on the grid, medians over seeds of the paired
differences, and refuses no more rows than they do.

    python benchmarks/forests.py likelihood --sets heart_cleveland --seeds 0
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import obverse

from .cold import spec
from .grid import as_words, on_grid
from .options import Options
from .peer import ARGN, argn, warm
from .record import Cell, Record, median, table
from .sets import SIX, Split, split

KEYS = ("set", "scale", "family", "seed")
FAMILIES = ("chain_forest", "joint_forest", "gaussian_mixture", "naive_bayes")
OURS = "chain_forest"
FIXED = f"{ARGN} fixed"
RIVALS = (("own", "gaussian_mixture"), ("own", "naive_bayes"), ("grid", ARGN), ("grid", FIXED))
SEEDS = (0, 1, 2)
PEER_SEEDS = 1
CHECK = "check of the peer"
WANTED = 5  # sets of six
Floats = npt.NDArray[np.float64]


def measure(options: Options, record: Record) -> None:
    """Every set and seed, on both scales; the peer on the first seed alone."""
    if not options.families:
        warm()
        record.put(set=CHECK, scale="grid", family=ARGN, seed=0, **_sums_to_one(options))
    families = options.families or FAMILIES
    for name in options.sets or SIX:
        for i, seed in enumerate(options.seeds or SEEDS):
            part = split(name, seed).at_most(options.rows)
            seen = _seen(part)
            scores = {f: _ours(f, part, part.train, seen) for f in families}
            _keep(record, part, "own", scores, len(part.test) - len(seen))
            train, test = on_grid(part.train, part.test)
            scores = {f: _ours(f, part, train, test) for f in families}
            if i < PEER_SEEDS and not options.families:  # families named: what is recorded of the peer stays
                scores |= {who: _peer(who, train, test, seed, options) for who in (ARGN, FIXED)}
            _keep(record, part, "grid", scores, len(part.test) - len(test))


def _seen(part: Split) -> pd.DataFrame:
    """Test rows whose categories the training rows hold."""
    keep = np.ones(len(part.test), bool)
    for name in part.test.columns:
        if name == part.target or not pd.api.types.is_numeric_dtype(part.test[name]):
            known = part.test[name].isna() | part.test[name].isin(part.train[name].unique())
            keep &= known.to_numpy() | (part.task == "number" and name == part.target)
    return part.test[keep].reset_index(drop=True)


def _ours(family: str, part: Split, train: pd.DataFrame, test: pd.DataFrame) -> dict[str, Any]:
    """Log-probabilities of the test rows, all columns together."""
    key, params = spec(family)
    try:
        start = time.perf_counter()
        model = obverse.fit(key, train, part.target, seed=part.seed, task=part.task, **params)
        fitted = time.perf_counter()
        rows = model.log_prob(test, of=list(test.columns))
    except obverse.ObverseError as error:
        return {"error": str(error)}
    return {"rows": rows, "fit_seconds": fitted - start, "score_seconds": time.perf_counter() - fitted}


def _peer(who: str, train: pd.DataFrame, test: pd.DataFrame, seed: int, options: Options) -> dict[str, Any]:
    """The same of TabularARGN, in its own environment."""
    with tempfile.TemporaryDirectory() as text:
        folder, out = Path(text), Path(text) / "scores.json"
        for frame, name in ((train, "train.csv"), (test, "test.csv")):
            as_words(frame).to_csv(folder / name, index=False)
        run = argn(options.longest, do="score", train=folder / "train.csv", test=folder / "test.csv", seed=seed,
                   fixed_order=who == FIXED, out=out)  # fmt: skip
        if run.error:
            return {"error": run.error}
        return {"rows": np.asarray(json.loads(out.read_text())), **run.figures()}


def _keep(record: Record, part: Split, scale: str, scores: dict[str, dict[str, Any]], left_out: int) -> None:
    """One cell a family: the mean over the rows that all of them give some probability."""
    finite = [np.isfinite(s["rows"]) for s in scores.values() if "rows" in s]
    common = np.logical_and.reduce(finite) if finite else np.array([], bool)
    for family, found in scores.items():
        head = {"set": part.name, "scale": scale, "family": family, "seed": part.seed, "data": part.sha256}
        figures = {k: v for k, v in found.items() if k != "rows"}
        if "rows" in found:
            rows: Floats = found["rows"]
            figures |= {"nats": float(rows[common].mean()) if common.any() else None, "rows": int(common.sum()),
                        "refused": int((~np.isfinite(rows)).sum()), "left_out": left_out}  # fmt: skip
        record.put(**head, **figures)


def _sums_to_one(options: Options) -> dict[str, Any]:
    """What TabularARGN's probabilities of all twelve events of a small table sum to."""
    rng = np.random.default_rng(0)
    a = rng.choice(3, 2_000, p=[0.5, 0.3, 0.2])
    b = np.minimum(rng.poisson(a + 0.5), 3)
    train = pd.DataFrame({"a": a, "b": b})
    events = pd.DataFrame([(i, j) for i in range(3) for j in range(4)], columns=["a", "b"])
    found = _peer(ARGN, train, events, 0, options)
    if "error" in found:
        return found
    return {"sum_over_events": float(np.exp(found.pop("rows")).sum()), **found}


def _gains(record: Record, name: str, scale: str, rival: str) -> tuple[float, int] | None:
    """Median over seeds of ours minus the rival's nats, and how many more rows ours refuses at most."""
    theirs = {c["seed"]: c for c in record.of(set=name, scale=scale, family=rival)}
    ours = [c for c in record.of(set=name, scale=scale, family=OURS) if c["seed"] in theirs]

    def gain(cell: Cell) -> float | None:
        other = theirs[cell["seed"]]["nats"]
        return None if cell["nats"] is None or other is None else cell["nats"] - other

    found = median(ours, gain)
    if found is None:
        return None
    return found, max(c["refused"] - theirs[c["seed"]]["refused"] for c in ours)


def bars(record: Record) -> None:
    """Sets on which chain_forest is above all three; and that the peer was scored as a distribution."""
    above, counted, used = 0, 0, []
    for name in record.all_of("set"):
        gains = [_gains(record, name, scale, rival) for scale, rival in RIVALS]
        if all(g is not None for g in gains):
            counted += 1
            above += all(g is not None and g[0] > 0 and g[1] <= 0 for g in gains)
            used += record.of(set=name)
    if counted:
        name = f"{OURS}: sets of {counted} with nats above gaussian_mixture, naive_bayes and {ARGN}"
        record.bar(name, above, f">= {WANTED}", above >= WANTED, used)
    for cell in record.of(set=CHECK):
        total = cell["sum_over_events"]
        wanted, met = "0.98 to 1.001", 0.98 <= total <= 1.001
        record.bar(f"{ARGN}: its probabilities of all events of a small table sum to", total, wanted, met, [cell])


def show(record: Record) -> None:
    """Nats per row, medians over seeds, a line a set and scale."""
    families = [f for f in (*FAMILIES, ARGN, FIXED) if f in record.all_of("family")]
    families += [f for f in record.all_of("family") if f not in families]
    short = {"gaussian_mixture": "gauss.mix.", ARGN: "ARGN", FIXED: "fixed"}
    lines: list[list[Any]] = []
    for scale in ("own", "grid"):
        for name in (n for n in record.all_of("set") if n != CHECK):
            cells = {f: record.of(set=name, scale=scale, family=f) for f in families}
            if any(cells.values()):
                refused = sum(c["refused"] for group in cells.values() for c in group)
                lines.append([name, scale, *(median(c, "nats") for c in cells.values()), refused])
    table(["set", "scale", *(short.get(f, f) for f in families), "-inf"], lines, digits=2)
