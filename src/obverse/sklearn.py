"""Families of tables as scikit-learn estimators: for cross_val_score, GridSearchCV, Pipeline and all that takes one.

A `Model` reads off the data whether its target is a class or a number, and takes unlabelled rows and absent columns.
scikit-learn wants the kind of estimator before it sees data, sorted classes, and its own checks of shapes and names.
`Classifier` and `Regressor` are that difference and nothing more: meta-estimators as in scikit-learn's developer guide,
whose parameter `model` is the family, so that a grid says `model__C`. The fitted family is `model_`:
`search.best_estimator_.model_.sample(10)`.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from .core.card import Task
from .core.errors import BadInput
from .core.model import Model
from .core.schema import Array, FloatArray
from .registry import get

DEFAULT = "logistic"


class _Adapter(BaseEstimator):
    """What both kinds share: the parameter, the checks of X and y, and the family fitted as `model_`."""

    def __init__(self, model: Model | None = None) -> None:
        self.model = model

    def _learn(self, X: Any, target: Array, name: Any, task: Task) -> None:
        """Fit a clone of the family to X and the checked target, (n,)."""
        table = self._table(X, reset=True)
        self.model_ = self._family().fit(table, pd.Series(target, name=name).infer_objects(), task=task)

    def _known(self, X: Any) -> Any:
        """X of a query."""
        check_is_fitted(self, "model_")
        return self._table(X, reset=False)

    def _table(self, X: Any, *, reset: bool) -> Any:
        """X after scikit-learn's checks. A DataFrame stays as it is: its dtypes are for the family to read."""
        if isinstance(X, pd.DataFrame):
            # scikit-learn gives X the default "no_validation" and no type
            return validate_data(self, X, reset=reset, skip_check_array=True)  # pyright: ignore[reportArgumentType]
        # lists get no common dtype: text in one column must not turn the numbers of the others into text
        dtype = None if hasattr(X, "dtype") else object
        return validate_data(self, X, reset=reset, dtype=dtype, ensure_all_finite="allow-nan")

    def _family(self) -> Model:
        """A new, unfitted model with the parameters of `model`."""
        family: Any = get(DEFAULT)() if self.model is None else clone(self.model)
        return family

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        card = self._family().card
        tags.input_tags.allow_nan = card.missing != "refused"
        tags.input_tags.categorical = tags.input_tags.string = True
        return tags


class Classifier(ClassifierMixin, _Adapter):
    """A family as a scikit-learn classifier; any y is read as classes.

    Args:
        model: the family, an unfitted `Model` that is cloned and stays unfitted; None is logistic regression.

    Fitted attributes: `model_` (the fitted family), `classes_` (sorted, (k,), dtype of y), `n_features_in_`, and
    `feature_names_in_` when X has column names.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from X, (n, d), a DataFrame, array or lists, NaN = missing, and the classes y, (n,).

        Raises:
            ValueError (BadInput is one), TypeError: data that cannot be used.
        """
        target: Any = validate_data(self, y=y)
        check_classification_targets(target)
        classes = np.unique(target)
        if len(classes) == 1:
            raise BadInput(f"y has one class, {classes[0]!r}; give data with at least two")
        self._learn(X, target, _name(y), "class")
        self.classes_ = classes
        return self

    def predict(self, X: Any) -> Array:
        """The most probable class of each row, (n,), dtype of y; NotFittedError before `fit`."""
        proba = self.predict_proba(X)
        return self.classes_[proba.argmax(axis=1)]

    def predict_proba(self, X: Any) -> FloatArray:
        """Class probabilities, float64 (n, k), columns in the order of `classes_`; NotFittedError before `fit`."""
        known = self._known(X)
        return self.model_.predict_proba(known)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        assert tags.classifier_tags is not None
        tags.classifier_tags.poor_score = self._family().card.weak
        return tags


class Regressor(RegressorMixin, _Adapter):
    """A family as a scikit-learn regressor; y is read as numbers, however few and whole.

    Args:
        model: the family, an unfitted `Model` that is cloned and stays unfitted; None is linear regression.

    Fitted attributes: `model_` (the fitted family), `n_features_in_`, and `feature_names_in_` when X has column names.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from X, (n, d), a DataFrame, array or lists, NaN = missing, and the numbers y, (n,).

        Raises:
            ValueError (BadInput is one), TypeError: data that cannot be used.
        """
        target: Any = validate_data(self, y=y, y_numeric=True)
        self._learn(X, target, _name(y), "number")
        return self

    def predict(self, X: Any) -> FloatArray:
        """The conditional mean of y for each row, float64 (n,); NotFittedError before `fit`."""
        known = self._known(X)
        return self.model_.predict(known)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        assert tags.regressor_tags is not None
        tags.regressor_tags.poor_score = self._family().card.weak
        return tags


def wrap(model: Model, task: Task | None = None) -> Classifier | Regressor:
    """The scikit-learn estimator of a family; it is not fitted, even when `model` is.

    Args:
        model: any `Model` of tables.
        task: `class` or `number`; None takes the kind of target that `model` was fitted to, or the only kind its
            family has.

    Raises:
        BadInput: the kind of target is not known, or not one the family takes.
    """
    key, tasks = model.card.key, sorted(model.card.tasks)
    schema = getattr(model, "schema_", None)
    found = task or (schema.task if schema is not None else None) or (tasks[0] if len(tasks) == 1 else None)
    if found not in tasks:
        what = "needs to know its kind of target" if found is None else f"does not take a {found!r} target"
        raise BadInput(f"{key} {what}: wrap(model, task=...) with {' or '.join(map(repr, tasks))}")
    return Classifier(model) if found == "class" else Regressor(model)


def _name(y: Any) -> Any:
    """The target's own name, so that what `model_` samples has it too."""
    return y.name if isinstance(y, pd.Series) else None
