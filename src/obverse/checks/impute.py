"""Impute: observed cells stay as they are, holes get the best guess or honest draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.queries import Impossible
from .needs import DISCRIMINATIVE, FILLS, HOLES, STRONG, TARGETED, Need, learns, needs
from .subject import Subject

ROWS = 120
CAN_IMPUTE = Need("can impute", lambda s: not isinstance(s.family.can("impute"), Impossible))


@needs(CAN_IMPUTE)
def check_observed_cells_stay(subject: Subject) -> None:
    """Only holes are filled: other cells, dtypes, columns and the index come back bit for bit."""
    X = subject.fresh("clinic", ROWS)
    X.index = [f"row {i}" for i in range(len(X))]
    for filled in (subject.model("clinic").impute(X, seed=0), *_draws(subject, X)):
        assert list(filled.columns) == list(X.columns) and filled.index.equals(X.index), (
            "impute changed columns or index"
        )
        for name in X.columns:
            assert filled[name].dtype == X[name].dtype, f"impute changed the dtype of {name!r} to {filled[name].dtype}"
            seen = X[name].notna()
            same = filled[name][seen].equals(X[name][seen])
            assert same, f"impute changed observed cells of {name!r}; only holes may be filled"


@needs(CAN_IMPUTE)
def check_complete_rows_come_back_unchanged(subject: Subject) -> None:
    """Rows without a hole are returned as they are, also as draws."""
    X = subject.fresh("clinic", ROWS).dropna()
    for filled in (subject.model("clinic").impute(X, seed=0), *_draws(subject, X)):
        assert filled.equals(X), "impute changed rows that have no missing cell"


def _draws(subject: Subject, X: Any) -> list[Any]:
    """Two completed copies, where the family has a distribution to draw from."""
    model = subject.model("clinic")
    has_distribution = subject.fills or model.schema_.task in subject.card.density_tasks
    return model.impute(X, draws=2, seed=0) if has_distribution else []


@needs(FILLS, HOLES)
def check_no_hole_remains(subject: Subject) -> None:
    """Every missing cell is filled, in the point and in each draw, with values the column can hold."""
    model, X = subject.model("clinic"), subject.fresh("clinic", ROWS)
    train = subject.train("clinic")
    for filled in (model.impute(X, seed=0), *model.impute(X, draws=2, seed=0)):
        left = [name for name in X.columns if filled[name].isna().any()]
        assert not left, f"impute left holes in {', '.join(left)}"
        for name in ("visits", "gain"):
            inside = filled[name].between(train[name].min(), train[name].max()) | X[name].notna()
            assert inside.all(), f"impute put values outside the observed bounds into {name!r}"


@needs(DISCRIMINATIVE, TARGETED)
def check_only_the_target_is_filled(subject: Subject) -> None:
    """A family that learns P(y|x) fills holes of its target and leaves those of x."""
    model, X, target = subject.model("clinic"), subject.fresh("clinic", ROWS), str(subject.target("clinic"))
    hidden = np.arange(len(X)) % 2 == 0
    X[target] = X[target].mask(hidden)
    filled = model.impute(X, seed=0)
    assert filled[target].notna().all(), "impute left holes in the target"
    for name in X.columns.drop(target):
        assert filled[name].equals(X[name]), f"a P(y|x) family cannot know {name!r}, yet impute filled it"


@needs(FILLS, STRONG, HOLES, learns("blobs"))
def check_guessed_numbers_beat_the_mean(subject: Subject) -> None:
    """On a world of correlated numbers the guess is nearer to the truth than the column's mean (RMSE)."""
    X, holes, hidden = _with_holes(subject, "blobs", ["u", "v"], 0.4)
    filled, means = subject.model("blobs").impute(hidden, seed=0), subject.train("blobs")[["u", "v"]].mean()
    error = np.concatenate([(filled[c] - X[c])[holes[c]] for c in ("u", "v")])
    plain = np.concatenate([(means[c] - X[c])[holes[c]] for c in ("u", "v")])
    share = np.sqrt((error**2).mean() / (plain**2).mean())
    assert share < 0.97, f"guessed numbers are off by {share:.2f} of what the column means are off by (RMSE)"


@needs(FILLS, STRONG, HOLES)
def check_guessed_categories_beat_the_mode(subject: Subject) -> None:
    """Where a category follows the other columns, the guess is right more often than the commonest value."""
    X, _, hidden = _with_holes(subject, "clinic", ["stage"], 1.0)
    right = (subject.model("clinic").impute(hidden, seed=0)["stage"] == X["stage"]).mean()
    plain = (X["stage"] == subject.train("clinic")["stage"].mode()[0]).mean()
    assert right > plain + 0.03, (
        f"guessed categories are right in {right:.1%} of cells, the commonest value in {plain:.1%}"
    )


@needs(FILLS, HOLES, learns("blobs"))
def check_draws_differ_and_keep_the_spread(subject: Subject) -> None:
    """Several draws differ from each other and spread like the cells they stand for."""
    X, holes, hidden = _with_holes(subject, "blobs", ["u", "v"], 0.4)
    copies = subject.model("blobs").impute(hidden, draws=5, seed=0)
    assert len(copies) == 5, f"impute(draws=5) gave {len(copies)} copies"
    for name in ("u", "v"):
        cells = np.stack([copy[name][holes[name]] for copy in copies])
        assert (cells.std(axis=0) > 0).all(), f"the draws for {name!r} are all equal in some cell"
        ratio = cells.std() / X[name][holes[name]].std()
        assert 0.6 < ratio < 1.6, f"the draws for {name!r} spread {ratio:.2f} times as much as the true cells"


def _with_holes(subject: Subject, world: str, columns: list[str], share: float) -> tuple[Any, Any, Any]:
    """Fresh rows, which of their cells were hidden (column -> boolean array), and the rows with those cells missing."""
    X = subject.fresh(world)
    holes = {name: np.random.default_rng(i).random(len(X)) < share for i, name in enumerate(columns)}
    return X, holes, X.assign(**{name: X[name].mask(hidden) for name, hidden in holes.items()})
