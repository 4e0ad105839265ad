"""Honesty: what the card and `can` declare is what happens, and nothing is known that cannot be known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.card import Task
from ..core.errors import BadInput, CannotAnswer
from ..core.model import Model
from ..core.queries import QUERIES, Impossible, Imputes, Native, Predicts, Query, Samples, Scores
from .expecting import Expect
from .needs import HOLES, PREDICTS_CLASS, PREDICTS_NUMBER, STRONG, Need, needs
from .subject import SMALL, Subject

HOOKS: dict[Query, type] = {"predict": Predicts, "sample": Samples, "log_prob": Scores, "impute": Imputes}
TABLE_OF: dict[Task, str] = {"class": "mixed", "number": "line"}


@needs()
def check_native_means_own_hook(subject: Subject) -> None:
    """`can` says Native only where the family has a hook, and finds an answer to something."""
    family = subject.family
    for query, hook in HOOKS.items():
        native = isinstance(family.can(query), Native)
        assert not native or issubclass(family, hook), f"can({query!r}) is Native without the hook of {hook.__name__}"
    able = [query for query in QUERIES if not isinstance(family.can(query), Impossible)]
    assert able, "the family can answer no query; inherit Predicts, Samples, Scores or Imputes"


@needs()
def check_answers_exactly_what_can_says(subject: Subject) -> None:
    """A query gets an answer where `can` has one, and else CannotAnswer with the reason and what to ask instead."""
    targets: list[Task | None] = [*subject.tasks, *([None] if subject.untargeted else [])]
    for target in targets:
        table = TABLE_OF[target] if target else "mixed"
        X = subject.fresh(table, 5)
        model = subject.model(table) if target else subject.make().fit(subject.train(table, SMALL))
        for query in QUERIES:
            ability = subject.family.can(query, target=target)
            if query == "predict" and target is None:
                ability = Impossible("fitted without a target")
            where = f"{query} with {f'a {target}' if target else 'no'} target"
            if isinstance(ability, Impossible):
                with Expect(CannotAnswer, where) as caught:
                    _verbs(model)[query](X)
                refusal: Any = caught.error
                assert refusal.why and refusal.instead, f"{where}: CannotAnswer must say why, and what to ask instead"
            else:
                answer = _verbs(model)[query](X)
                assert len(answer) == len(X), f"{where}: {len(answer)} answers for {len(X)} rows"


def _verbs(model: Model) -> dict[Query, Callable[[Any], Any]]:
    return {
        "predict": model.predict,
        "sample": lambda X: model.sample(len(X), seed=0),
        "log_prob": model.log_prob,
        "impute": lambda X: model.impute(X, seed=0),
    }


@needs()
def check_takes_the_targets_of_the_card(subject: Subject) -> None:
    """A kind of target that the card does not list is refused with BadInput; so is none, where one is needed."""
    refused: list[tuple[Task, str, str]] = [("class", "mixed", "outcome"), ("number", "line", "y")]
    for task, table, target in refused:
        if subject.tasks and task not in subject.tasks:
            with Expect(BadInput, f"fit with a {task} target, which the card does not list,"):
                subject.make().fit(subject.train(table), target)
    if subject.untargeted:
        subject.make().fit(subject.train("mixed", 50))
    else:
        with Expect(BadInput, "fit without a target (card: needs_target, or learns no P(x))"):
            subject.make().fit(subject.train("mixed", 50))


@needs(Need("refuses missing cells", lambda s: s.card.missing == "refused"))
def check_missing_cells_are_refused(subject: Subject) -> None:
    """A family whose card refuses missing inputs says so, instead of guessing."""
    X = subject.fresh("mixed", 5).assign(weight=float("nan"))
    with Expect((BadInput, CannotAnswer), "predict with a missing cell (card.missing is 'refused')"):
        subject.model("mixed").predict(X)


@needs(HOLES, Need("marginalises missing cells", lambda s: s.card.missing == "marginalised"), PREDICTS_CLASS)
def check_nothing_known_gives_the_prior(subject: Subject) -> None:
    """With every feature summed out, the prediction is the share of each class in training."""
    model, row = subject.model("mixed"), subject.fresh("mixed", 1)
    X = row.assign(**dict.fromkeys(row.columns, None))
    share = subject.train("mixed")["outcome"].value_counts(normalize=True).sort_index().to_numpy()
    gap = np.abs(model.predict_proba(X)[0] - share).max()
    assert gap < 0.05, (
        f"with nothing known, class probabilities are {gap:.2f} off the class shares: cells are not summed out"
    )


@needs(PREDICTS_CLASS)
def check_random_labels_cannot_be_predicted(subject: Subject) -> None:
    """Labels drawn by lot are predicted no better than by chance, also when the table still holds them."""
    rng = np.random.default_rng(3)
    train, X = subject.train("blobs"), subject.fresh("blobs", 1500)
    train["blob"], X["blob"] = rng.permutation(train["blob"]), rng.permutation(X["blob"])
    model = subject.make().fit(train, "blob")
    auc = _auc(X["blob"].to_numpy() == "b", model.predict_proba(X)[:, 1])
    assert abs(auc - 0.5) < 0.07, f"random labels are predicted with ROC-AUC {auc:.2f}: the target leaks into predict"


@needs(PREDICTS_CLASS, STRONG)
def check_classes_are_predicted_better_than_by_the_prior(subject: Subject) -> None:
    """On a learnable world it beats `dummy`, or the card says `weak`."""
    X = subject.fresh("blobs", 1000)
    proba, truth = subject.model("blobs").predict_proba(X), (X["blob"] == "b").to_numpy()
    auc = _auc(truth, proba[:, 1])
    assert auc > 0.65, (
        f"ROC-AUC on the world `blobs` is {auc:.2f}, the prior's is 0.50; if that is meant, set card.weak"
    )
    right, prior = ((proba[:, 1] > 0.5) == truth).mean(), max(truth.mean(), 1 - truth.mean())
    assert right > prior + 0.03, (
        f"accuracy on `blobs` is {right:.2f}, that of always saying the commoner class {prior:.2f}"
    )


@needs(PREDICTS_NUMBER, STRONG)
def check_numbers_are_predicted_better_than_by_the_mean(subject: Subject) -> None:
    """On a learnable world it beats `dummy`, or the card says `weak`."""
    X = subject.fresh("line", 500)
    y = X["y"].to_numpy(float)
    share = float(((y - subject.model("line").predict(X)) ** 2).mean() / y.var())
    assert share < 0.7, (
        f"squared error on the world `line` is {share:.2f} of the variance; if that is meant, set card.weak"
    )


def _auc(positive: np.ndarray[Any, Any], score: np.ndarray[Any, Any]) -> float:
    """Chance that a positive scores above a negative, ties counted half."""
    gap = score[positive][:, None] - score[~positive][None, :]
    return float((gap > 0).mean() + 0.5 * (gap == 0).mean())
