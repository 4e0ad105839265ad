"""Fitted scikit-learn estimators as bytes and back: skops' format, a fixed list of types, every index looked at.

skops (https://skops.readthedocs.io) never unpickles: it builds objects of types it knows to be harmless and of the few
named here, whatever else a file asks for. But a harmless type can hold numbers that do harm. Compiled code follows the
children of tree nodes and reads as many support vectors as it is told to, without looking, so what was loaded is
checked before it predicts anything. What is wrong comes out as an error of which `Model.load` makes a BrokenModel.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.schema import Array
from ..core.store import Blob

TRUSTED = [
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
]
BITSET_WORDS = 8  # of 32 bits: one bit for each of 256 categories
# what reading a broken archive can raise beside the errors that `Model.load` expects
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, ImportError, ArithmeticError, AssertionError, MemoryError,
    RuntimeError,
)  # fmt: skip


def dumped(estimator: Any) -> Blob:
    """A fitted estimator as a file in skops' format."""
    from skops.io import dumps

    return Blob("skops", dumps(estimator, compression=zipfile.ZIP_DEFLATED, compresslevel=1))


def loaded(blob: Blob, kinds: tuple[type, ...], width: int, classes: int) -> Any:
    """The estimator of a blob that `dumped` made.

    Args:
        blob: the file.
        kinds: what it may be.
        width: columns of the matrix it will predict from.
        classes: classes declared, of whose codes it knows some; 0 for a numeric target.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: the file is broken, of a type that is not on the list, not
            of these kinds, or its arrays do not fit together.
    """
    from skops.io import loads

    try:
        estimator = loads(blob.data, trusted=TRUSTED)
    except UNREADABLE as error:
        raise ValueError(f"the file of its estimator cannot be read, {type(error).__name__}: {error}") from error
    if type(estimator) not in kinds:
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise ValueError(f"the file of its estimator holds a {type(estimator).__name__}, not a {wanted}")
    for part in _parts(estimator):
        CHECKS[type(part).__name__](part, width)
    _answers(estimator, width, classes)
    return estimator


def _parts(estimator: Any) -> Iterator[Any]:
    """The estimators inside that hold what was learned."""
    name = type(estimator).__name__
    if name == "CalibratedClassifierCV":
        for calibrated in estimator.calibrated_classifiers_:
            yield from _parts(calibrated.estimator)
    elif name == "Pipeline":
        for _, step in estimator.steps:
            yield from _parts(step)
    elif name in CHECKS:
        yield estimator
    else:
        raise ValueError(f"the file of its estimator holds a {name}, which no family saves")


def _answers(estimator: Any, width: int, classes: int) -> None:
    """ValueError unless it has one finite answer, or one probability a class it knows, for a row of zeros."""
    row = np.zeros((1, width))
    if classes:
        seen = np.asarray(estimator.classes_)
        _require(np.isin(seen, np.arange(classes)).all(), "it knows classes that are not there")
        answer, expected = estimator.predict_proba(row), (1, len(seen))
    else:
        answer, expected = estimator.predict(row), (1,)
    if answer.shape != expected or not np.isfinite(answer).all():
        raise ValueError(f"its estimator answers {answer.tolist()} where {expected} finite numbers belong")


# ------------------------------------------------------------------ what must fit


def _require(holds: Any, what: str) -> None:
    if not holds:
        raise ValueError(f"its estimator is damaged: {what}")


def _check_nodes(leaf: Array, left: Array, right: Array, feature: Array, width: int) -> None:
    """Children come after their parent, so that every walk ends, and columns are there."""
    count, inner = len(leaf), np.flatnonzero(~leaf)
    _require(count, "a tree without a node")
    for child in (left[inner], right[inner]):
        _require(((child > inner) & (child < count)).all(), "a node of a tree leads nowhere")
    _require(((feature[inner] >= 0) & (feature[inner] < width)).all(), "a tree reads a column that is not there")


def _check_forest(forest: Any, width: int) -> None:
    for one in forest.estimators_:
        tree = one.tree_
        _require(0 < tree.node_count <= tree.capacity, "a tree that miscounts its nodes")
        left = tree.children_left
        _check_nodes(left == -1, left, tree.children_right, tree.feature, width)


def _check_boosting(boosting: Any, width: int) -> None:
    category = np.asarray(boosting._bin_mapper.is_categorical_)
    _require(category.shape == (width,), "its columns are not those of the table")
    for tree in (tree for trees in boosting._predictors for tree in trees):
        nodes, bits = tree.nodes, np.asarray(tree.raw_left_cat_bitsets)
        _check_nodes(nodes["is_leaf"] != 0, nodes["left"], nodes["right"], nodes["feature_idx"], width)
        chosen = nodes[(nodes["is_categorical"] != 0) & (nodes["is_leaf"] == 0)]
        _require(bits.ndim == 2 and bits.shape[1] == BITSET_WORDS, "sets of categories of another size")
        _require((chosen["bitset_idx"] < len(bits)).all(), "a node of a tree without its set of categories")
        _require(category[chosen["feature_idx"]].all(), "a tree reads a number as a category")


def _check_kernel_machine(machine: Any, width: int) -> None:
    classes = len(getattr(machine, "classes_", ()))
    vectors, support = machine.support_vectors_, np.asarray(machine._n_support)
    count = len(vectors)
    _require(machine.kernel == "rbf" and machine._sparse is False, "another kernel than the one of its family")
    _require(vectors.shape == (count, width) and machine.support_.shape == (count,), "support vectors of another size")
    _require(machine._dual_coef_.shape == (max(classes - 1, 1), count), "weights of another number of support vectors")
    _require(machine._intercept_.shape == (max(classes * (classes - 1) // 2, 1),), "intercepts of other classes")
    held = support.sum() if classes else support[0]
    _require((support >= 0).all() and held == count and len(support) == max(classes, 2), "support vectors went missing")


def _check_arrays(part: Any, width: int) -> None:
    """Plain arrays, which numpy checks itself when it multiplies them."""


CHECKS = {
    "RandomForestClassifier": _check_forest,
    "RandomForestRegressor": _check_forest,
    "HistGradientBoostingClassifier": _check_boosting,
    "HistGradientBoostingRegressor": _check_boosting,
    "SVC": _check_kernel_machine,
    "SVR": _check_kernel_machine,
    "Nystroem": _check_arrays,
    "LinearSVC": _check_arrays,
    "LinearSVR": _check_arrays,
}
