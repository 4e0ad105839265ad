"""`Model`: the public verbs, the same for every family.

A verb validates its input, checks that the model is fitted, then uses the family's own hook, else an exact derivation,
else raises CannotAnswer with the reason and what to ask instead. A family inherits `Model` and the abstract classes of
`core.queries` it has hooks for, writes `_fit`, `_state`, `_restore` and those hooks, and overrides nothing else.
"""

# pyright: reportPrivateUsage=false, reportUnnecessaryIsInstance=false
# (users' arguments are checked at run time)

from __future__ import annotations

import inspect
import warnings
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from . import conditions, derive, keeping, literal, lookup, params, rng, store
from .anomaly import By, anomaly
from .card import Card, Given, Task
from .constraints import combinations, declare
from .errors import BadInput, BrokenModel, CannotAnswer, NotFitted
from .given import Expression, parse
from .modality import Modality
from .model_card import model_card
from .queries import Ability, Details, Impossible, Query, Scores
from .roles import roles
from .schema import Column, Dataset, FloatArray, Schema
from .suited import suited

Condition = str | Mapping[str, Any] | Expression | None
MOST_ROWS = 10**9  # of one sample: more is a slip of the keyboard, and memory ends long before
VERBS = ("fit", "predict", "predict_proba", "sample", "log_prob", "impute", "probability", "anomaly", "save", "load",
         "can")  # fmt: skip


class Model(ABC):
    """One family, fitted or not. See the module docstring for what a family writes.

    Fitted attributes: `schema_` (Schema), `classes_` (array of class labels, only with a class target),
    `rng_` (the generator of drawing verbs), `notes_` (what fitting has to say aloud).
    """

    card: ClassVar[Card]
    random_state: rng.RandomState

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        overridden = [verb for verb in VERBS if verb in cls.__dict__]
        if overridden:
            raise TypeError(f"{cls.__name__} overrides {', '.join(overridden)}; write the underscored hooks instead")

    # ------------------------------------------------------ what a family writes

    @abstractmethod
    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        """Learn from encoded data; set attributes that end in `_` (`schema_` only if the data's must not be told).

        `remarks_`, a tuple of texts, joins what fitting has to say aloud.
        """

    @abstractmethod
    def _state(self) -> store.State:
        """Everything learned, as nested dicts of arrays, numbers, text and `store.Blob`."""

    @abstractmethod
    def _restore(self, state: store.State) -> None:
        """Inverse of `_state`; `schema_` is already set."""

    # ------------------------------------------------------------------ abilities

    @classmethod
    def can(cls, query: Query, *, target: Task | None = None, given: Given = "none") -> Ability:
        """Native, Derived(how) or Impossible(why, instead), without building the family.

        `target` is the kind of target in question (`class`, `number`), `given` the kind of condition.
        """
        return derive.ability(cls, query, target, given)

    # ------------------------------------------------------------------------ fit

    def fit(
        self, X: Any, y: Any = None, *, task: Task | None = None, group: str | None = None, order: str | None = None,
        constraints: Any = None,
    ) -> Self:  # fmt: skip
        """Learn from data and forget any earlier fit.

        Args:
            X: DataFrame, array, list of records or whatever the modality reads.
            y: target: a column name of X, a Series or an array; NaN = unlabelled. None fits P(x).
            task: `class` or `number` forces the kind of target; None reads it off the data.
            group, order: columns of X that tie rows together or order them; carried, never modelled.
            constraints: texts such as "start <= end" that every created or completed row keeps (`core.constraints`).

        Raises:
            BadInput: every problem of the data or of the constraints, in one line.
        """
        if task is None and tuple(self.card.tasks) == ("structure",):
            task = "structure"  # texts may be classes or answers, and the family knows which
        data = self._read(X, y, task=task, group=group, order=order)
        if constraints is not None and not self.card.modality.cells:
            raise BadInput(f"{self.card.key} has no columns to constrain; leave constraints out")
        data, broken = declare(data, constraints)
        met = combinations(data)
        data, notes = suited(self.card, data)
        fit_rng, draw_rng = rng.generators(self.random_state)
        for name in [a for a in vars(self) if a.endswith("_") and not a.startswith("_")]:
            delattr(self, name)
        with _many_classes():
            self._fit(data, fit_rng)
        self.rng_ = draw_rng
        self._set_schema(getattr(self, "schema_", data.schema))
        self.combinations_ = met
        self.notes_ = (*data.schema.notes, *notes, *broken, *getattr(self, "remarks_", ()))
        return self

    def _read(self, X: Any, y: Any, **roles: Any) -> Dataset:
        """Training data; a family that must not look at them first reads them under columns that were declared."""
        return self.card.modality.learn(X, y, **roles)

    def _set_schema(self, schema: Schema) -> None:
        self.schema_ = schema
        column = schema.target_column
        if column is not None and column.values:
            self.classes_ = column.labels

    # ---------------------------------------------------------------------- predict

    def predict(self, X: Any, *, details: bool = False) -> Any:
        """The most probable class (labels as given, (n,)) or the conditional mean of a numeric target (float64 (n,),
        dates as datetime64).

        Missing cells and absent columns are unknown: like `log_prob`, this uses the values that are known, while a
        condition (`sample`, `probability`) also uses that the cell is there. With `details=True` a pair
        (answer, Details).
        """
        prediction, how = self._prediction(X)
        if prediction.proba is not None:
            answer: Any = self.classes_[prediction.proba.argmax(axis=1)]
        elif prediction.mean is not None:
            column = self.schema_.target_column
            assert column is not None
            answer = _dates(self.card.modality, column, prediction.mean) if column.is_date else prediction.mean
        else:
            answer = prediction.structure
        return (answer, how) if details else answer

    def predict_proba(self, X: Any, *, details: bool = False) -> Any:
        """Class probabilities, float64 (n, k), columns in the order of `classes_`.

        Raises:
            CannotAnswer: the target is a number.
        """
        prediction, how = self._prediction(X)
        if prediction.proba is None:
            raise CannotAnswer("only a class target has class probabilities", instead="predict gives the answer itself")
        return (prediction.proba, how) if details else prediction.proba

    def _prediction(self, X: Any) -> tuple[Any, Details]:
        schema = self._fitted("predict")
        if schema.target is None:
            raise CannotAnswer(
                f"{self.card.key} was fitted without a target",
                instead="fit it with one: y in Python, --target on the command line",
            )
        self._require("predict")
        evidence, notes = self.card.modality.read(X, schema, need="some")
        prediction, how = derive.predict(self, self.card.modality.hide_target(evidence, schema))
        return prediction, how.noting(*notes)

    # ----------------------------------------------------------------------- sample

    def sample(self, n: int, *, given: Condition = None, seed: int | None = None, details: bool = False) -> Any:
        """n new examples in the input's own dtypes, rounding, bounds and share of missing cells.

        Args:
            n: number of rows, at most a thousand million.
            given: a condition in the language of `core.given`, text or dict; holds exactly in every row, as do the
                constraints the model was fitted with. For families whose card says so, {"prompt": text} or
                {"source": text}, taken literally; {"caption": text} or `caption == "text"` for pictures of a caption.
            seed: makes this call repeatable; None advances the model's own generator.

        Raises:
            ImpossibleCondition: the condition has (almost) no probability.
            BadCondition: it cannot be parsed or names what the data do not have.
        """
        schema = self._fitted("sample")
        text = self.card.condition in literal.KINDS
        self._require("sample", "none" if given is None else "partial_input" if text else "equal")
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or not 0 <= n <= MOST_ROWS:
            raise BadInput(f"n must be a whole number of rows from 0 to {MOST_ROWS:,}, not {n!r}")
        condition = literal.evidence(self.card, schema, given) if text else self._parse(given)
        rows, how, schema = keeping.sample(self, int(n), condition, self._draws(seed))
        answer = self.card.modality.write(rows, schema)
        return (answer, how) if details else answer

    def probability(
        self, event: Condition, *, given: Condition = None, seed: int | None = None, details: bool = False
    ) -> Any:
        """P(event | given), a float in 0..1. Comparisons between columns are estimated with draws (see details)."""
        self._fitted("probability")
        if not self.card.modality.cells:
            raise CannotAnswer(f"{self.card.key} has no columns to ask about", instead="log_prob scores whole examples")
        expression = self._parse(event)
        if expression is None:
            raise BadInput("probability needs an event, for instance probability('age >= 60')")
        answer, how = conditions.probability(self, expression, self._parse(given), self._draws(seed))
        return (answer, how) if details else answer

    def _parse(self, given: Condition) -> Expression | None:
        if given is not None and not self.card.modality.cells and self.card.condition != "label":
            raise CannotAnswer(f"{self.card.key} takes no condition", instead="leave given out")
        shorthand = self.schema_.target if self.card.condition == "label" else None
        return parse(given, shorthand=shorthand)

    # --------------------------------------------------------------------- log_prob

    def log_prob(
        self, X: Any, *, of: Sequence[str] | None = None, given: Sequence[str] | None = None, details: bool = False
    ) -> Any:
        """Nats per row, float64 (n,): columns `of` scored, columns `given` conditioned on, all others summed out.

        By default a P(y|x) family scores y given the rest, a P(x|y) family x given y, a joint family every column
        present. Missing cells are unknown. The schema fixes what is a mass and what a density (`core.schema`).

        Raises:
            BadInput: an unknown column, or a column to score that X does not have.
            CannotAnswer: a P(y|x) family scores its target only.
        """
        schema = self._fitted("log_prob")
        self._require("log_prob")
        modality = self.card.modality
        evidence, notes = modality.read(X, schema, need="some", unseen="code")
        event, condition = roles(self, X, evidence, of, given)
        if isinstance(self, Scores):
            total = self._log_prob(event)
            if condition is not None:
                base = self._log_prob(condition)
                total = np.where(np.isneginf(base), -np.inf, total - np.where(np.isneginf(base), 0.0, base))
            reached = (self._reached(e) for e in (event, condition) if e is not None)
            how = next(filter(None, reached), Details(derive.MEANS[self.card.log_prob]))
        else:
            prediction, how = derive.predict(self, modality.hide_target(event, schema))
            total = derive.log_conditional(schema, prediction, modality.target_of(event, schema))
            how = Details("derived: log of P(y|x)", notes=how.notes)
        return (total, how.noting(*notes)) if details else total

    # ----------------------------------------------------------------------- impute

    def impute(self, X: Any, *, draws: int | None = None, seed: int | None = None, details: bool = False) -> Any:
        """A copy of X with its holes filled; observed cells stay bit-identical.

        Args:
            X: data with missing cells.
            draws: None for the point (conditional mean snapped to the grid, or mode); K for a list of K copies whose
                holes are drawn from their distribution given the rest of the row.
            seed: makes this call repeatable.
        """
        schema = self._fitted("impute")
        self._require("impute")
        if draws is not None and (not isinstance(draws, int | np.integer) or draws < 1):
            raise BadInput(f"draws must be None or a whole number from 1, not {draws!r}")
        evidence, notes = self.card.modality.read(X, schema, need="some")
        copies, how, schema = keeping.impute(self, evidence, draws, self._draws(seed))
        answers = [self.card.modality.fill(X, completed, schema) for completed in copies]
        answer = answers[0] if draws is None else answers
        return (answer, how.noting(*notes)) if details else answer

    # ---------------------------------------------------------------------- anomaly

    def anomaly(self, X: Any, *, by: By = "row", details: bool = False) -> Any:
        """How odd each row is, float64 (n,), or how probably each of its cells is wrong, DataFrame (n, columns).

        Of pictures: how odd each is, (n,), or by patch where, (n, h, w): nats per number of -log p(patch | rest).

        By row: surprise -log p(known cells), in nats; rows with holes have fewer cells to be surprised at. By cell: the
        probability, 0 to 1, that the cell's value is a mistake, when one cell in a hundred is; NaN where X has none
        (see `core.anomaly`). Of cells that contradict each other all are suspects and share it.

        Raises:
            BadInput: `by` is neither, or X cannot be read.
            CannotAnswer: the family has no probability of a whole row, or its examples have no cells.
        """
        self._fitted("anomaly")
        answer, how = anomaly(self, X, by)
        return (answer, how) if details else answer

    # ------------------------------------------------------------------ save, load

    def save(self, folder: str | Path) -> Path:
        """Write the model as a folder (see `core.store`); an existing model there is replaced whole."""
        schema = self._fitted("save")
        seed = int(self.random_state) if isinstance(self.random_state, int | np.integer) else None
        arguments = self.get_params() | {"random_state": seed}
        learned = {"family": self._state(), "rng": rng.state_of(self.rng_), "notes": list(self.notes_),
                   "combinations": self.combinations_}  # fmt: skip
        return store.write(
            folder,
            card=self.card.to_json(),
            params=arguments,
            schema=schema.to_json(),
            state=learned,
            model_card=model_card(self.card, schema, arguments),
        )

    @classmethod
    def load(cls, folder: str | Path) -> Model:
        """Read a model folder of this family (of any, when called on `Model`); BrokenModel when it is not whole."""
        saved = store.read(folder)
        key = str(saved.card.get("key"))
        family: type[Model] = lookup.get(key) if inspect.isabstract(cls) else cls
        if family.card.key != key:
            raise BrokenModel(f"{folder} is a {key!r} model, not {cls.card.key!r}; load it with obverse.load(folder)")
        if saved.card.get("modality") != family.card.modality.name:
            named = saved.card.get("modality")
            raise BrokenModel(f"{folder} says {key!r} is of modality {named!r}, not {family.card.modality.name!r}")
        try:
            params.check(family, saved.params, key)
            model = family(**saved.params)
            model._set_schema(Schema.from_json(saved.schema))
            if family.card.modality.cells:  # columns that could not be given back would be found only by a query
                family.card.modality.write(np.empty((0, len(model.schema_.columns))), model.schema_)
            with _many_classes():
                model._restore(saved.state["family"])
            model.rng_ = rng.restored(saved.state["rng"])
            model.notes_ = tuple(saved.state["notes"])
            model.combinations_ = list(saved.state.get("combinations", ()))  # models of before had none
        except (AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:  # torch's word is the last
            what = f"{type(error).__name__}: {error}".splitlines()[0]
            raise BrokenModel(f"{folder} is not a whole {key!r} model ({what}); fit and save again") from error
        return model

    # -------------------------------------------------------- scikit-learn's protocol

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Constructor arguments and their values (scikit-learn's protocol)."""
        return params.read(self)

    def set_params(self, **values: Any) -> Self:
        """Set constructor arguments; BadInput names unknown ones."""
        params.write(self, values)
        return self

    def __sklearn_tags__(self) -> Any:
        """scikit-learn asks this of estimators; a Model alone cannot say which kind of target it will meet."""
        raise BadInput(
            "scikit-learn must know the kind of target: obverse.sklearn.wrap(model, task='class' or 'number')"
        )

    def __repr__(self) -> str:
        initial = params.defaults(type(self))
        changed = {k: v for k, v in self.get_params().items() if repr(v) != repr(initial[k])}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in changed.items())})"

    # ---------------------------------------------------------------------- checks

    def _fitted(self, verb: str) -> Schema:
        if not hasattr(self, "schema_"):
            raise NotFitted(f"this {type(self).__name__} is not fitted yet: call fit(X, y) before {verb}")
        return self.schema_

    def _require(self, query: Query, given: Given = "none") -> None:
        """CannotAnswer, with a family that can, when the ability table says so."""
        target = self.schema_.task
        ability = self.can(query, target=target, given=given)
        if isinstance(ability, Impossible):
            able = lookup.able(query, modality=self.card.modality.name, target=target, given=given)
            raise CannotAnswer(ability.why, instead=ability.instead, families=able)

    def _draws(self, seed: int | None) -> np.random.Generator:
        return self.rng_ if seed is None else rng.seeded(seed)


@contextmanager
def _many_classes() -> Generator[None]:
    """scikit-learn's classifiers take many classes of few rows for a slip; whoever chose such a target meant it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes is greater than 50%", UserWarning)
        yield


def _dates(modality: Modality, column: Column, mean: FloatArray) -> Any:
    """Seconds as the modality writes dates; like any conditional mean neither rounded to a grid nor kept in bounds."""
    free = replace(column, step=None, low=float(mean.min()), high=float(mean.max()))
    return np.asarray(modality.write(mean[:, None], Schema((free,)))[column.name])
