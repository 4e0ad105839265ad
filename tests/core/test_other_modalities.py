"""The contract serves what is no table: tiny pictures with labels, and texts continued from a prompt (ADR 0002)."""

import numpy as np
import pytest

from obverse.core.card import Card
from obverse.core.errors import BadInput, CannotAnswer
from obverse.core.evidence import Evidence
from obverse.core.modality import HOLE, Modality
from obverse.core.model import Model
from obverse.core.queries import Derived, Samples, Scores
from obverse.core.schema import Column, Dataset, Schema


class Pixels(Modality):
    """Pictures float64 (n, 2, 2), holes NaN, with a class label."""

    name, cells = "image", False

    def learn(self, X, y=None, *, task=None, group=None, order=None):
        labels, codes = np.unique(np.asarray(y), return_inverse=True)
        columns = (Column("x", "structure", "picture"), Column("label", "category", "int64", tuple(labels.tolist())))
        return Dataset(Schema(columns, target="label", rows=len(X)), np.asarray(X, float), label=codes.astype(float))

    def read(self, X, schema, *, need="some", unseen="unknown"):
        if isinstance(X, tuple):
            return Evidence(np.asarray(X[0], float), label=np.asarray(X[1], float)), []
        return Evidence(np.asarray(X, float), label=np.full(len(X), np.nan)), []

    def write(self, values, schema):
        return values

    def fill(self, X, completed, schema):
        return np.where(np.isnan(X), completed, X)

    def hide_target(self, evidence, schema):
        return Evidence(evidence.values, label=np.full(len(evidence), np.nan))

    def only_target(self, evidence, schema):
        return Evidence(np.full_like(evidence.values, np.nan), label=evidence.label)

    def with_target(self, evidence, schema, value):
        return Evidence(evidence.values, label=np.full(len(evidence), value))

    def target_of(self, evidence, schema):
        return evidence.label

    def blank(self, schema, box=None):
        codes = np.flatnonzero(box.regions[1].codes) if box else []
        return Evidence(np.full((1, 2, 2), np.nan), label=np.full(1, codes[0] if len(codes) == 1 else np.nan))

    def tidy(self, values, schema):
        return np.round(values)


class Blurs(Scores, Samples, Model):
    """P(x|y): a unit Gaussian round the mean picture of each class."""

    card = Card(
        key="blurs", title="Blurs", learns=frozenset({"P(x|y)"}), modality=Pixels(), backbone="none",
        objective="maximum likelihood", log_prob="exact", missing="marginalised", condition="label",
        references=("test",),
        tasks=frozenset({"class"}), exact_given=frozenset({"equal"}),
    )  # fmt: skip

    def __init__(self, random_state=None):
        self.random_state = random_state

    def _fit(self, data, rng):
        classes = range(len(data.schema.columns[1].values))
        self.mean_ = np.stack([data.values[data.y == c].mean(axis=0) for c in classes])
        self.prior_ = np.array([(data.y == c).mean() for c in classes])

    def _log_prob(self, event):
        gap = np.nan_to_num(event.values[:, None] - self.mean_[None])
        known = ~np.isnan(event.values)[:, None]
        log = (-0.5 * gap**2 - 0.5 * np.log(2 * np.pi)) * known
        joint = log.sum(axis=(2, 3)) + np.log(self.prior_)
        chosen = np.where(np.isnan(event.label), 0, event.label).astype(int)
        return np.where(np.isnan(event.label), np.logaddexp.reduce(joint, axis=1), joint[np.arange(len(joint)), chosen])

    def _sample(self, n, given, rng):
        prior = self.prior_ if np.isnan(given.label[0]) else np.eye(len(self.prior_))[int(given.label[0])]
        return self.mean_[rng.choice(len(prior), size=n, p=prior)] + rng.normal(size=(n, 2, 2))

    def _state(self):
        return {"mean": self.mean_, "prior": self.prior_}

    def _restore(self, state):
        self.mean_, self.prior_ = state["mean"], state["prior"]


class Texts(Modality):
    """Strings in an object array; a hole is the literal [HOLE]."""

    name, cells = "text", False

    def learn(self, X, y=None, *, task=None, group=None, order=None):
        return Dataset(Schema((Column("text", "structure", "str"),), rows=len(X)), np.array(X, dtype=object))

    def read(self, X, schema, *, need="some", unseen="unknown"):
        return Evidence(np.array(X, dtype=object)), []

    def write(self, values, schema):
        return list(values)

    def fill(self, X, completed, schema):
        return list(completed)

    def hide_target(self, evidence, schema):
        return evidence

    def only_target(self, evidence, schema):
        return Evidence(np.full(len(evidence), HOLE, dtype=object))

    def with_target(self, evidence, schema, value):
        return evidence

    def target_of(self, evidence, schema):
        return np.full(len(evidence), np.nan)

    def blank(self, schema, box=None):
        return Evidence(np.array([HOLE], dtype=object))

    def tidy(self, values, schema):
        return values


class Letters(Samples, Scores, Model):
    """P(x): strings of five letters drawn from the training letters; a prompt is continued."""

    card = Card(
        key="letters", title="Letters", learns=frozenset({"P(x)"}), modality=Texts(), backbone="none",
        objective="frequencies", log_prob="exact", missing="refused", condition="prompt", references=("test",),
        tasks=frozenset(),
    )  # fmt: skip

    def __init__(self, random_state=None):
        self.random_state = random_state

    def _fit(self, data, rng):
        self.letters_ = sorted(set("".join(data.values)))

    def _sample(self, n, given, rng):
        start = given.values[0].removesuffix(HOLE)
        return np.array([start + "".join(rng.choice(self.letters_, 5 - len(start))) for _ in range(n)], dtype=object)

    def _log_prob(self, event):
        return np.array([-len(text) * np.log(len(self.letters_)) for text in event.values])

    def _state(self):
        return {"letters": self.letters_}

    def _restore(self, state):
        self.letters_ = state["letters"]


@pytest.fixture
def pictures():
    rng = np.random.default_rng(0)
    y = np.repeat([3, 7], [60, 20])
    return rng.normal(size=(80, 2, 2)) + np.where(y == 7, 4.0, 0.0)[:, None, None], y


def test_a_picture_family_predicts_by_bayes_and_scores_x_given_y(pictures):
    x, y = pictures
    model = Blurs(random_state=0).fit(x, y)
    assert isinstance(Blurs.can("predict", target="class"), Derived)
    proba = model.predict_proba(x)
    joint = np.stack([model._log_prob(Evidence(x, label=np.full(80, c))) for c in (0.0, 1.0)], axis=1)
    np.testing.assert_allclose(proba, np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True)), atol=1e-12)
    assert (model.predict(x) == y).mean() > 0.95
    codes = (y == 7).astype(float)
    expected = (-0.5 * (x - model.mean_[codes.astype(int)]) ** 2 - 0.5 * np.log(2 * np.pi)).sum(axis=(1, 2))
    np.testing.assert_allclose(model.log_prob((x, codes)), expected, atol=1e-9)  # the prior is divided out


def test_pictures_are_drawn_tidied_and_saved(pictures, tmp_path):
    model = Blurs(random_state=0).fit(*pictures)
    drawn = model.sample(5, seed=1)
    assert drawn.shape == (5, 2, 2)
    np.testing.assert_array_equal(drawn, np.round(drawn))
    again = Blurs.load(model.save(tmp_path / "m"))
    np.testing.assert_array_equal(again.sample(5, seed=1), drawn)
    np.testing.assert_array_equal(again.predict(pictures[0]), model.predict(pictures[0]))


def test_a_bare_label_is_a_condition(pictures):
    model = Blurs(random_state=0).fit(*pictures)
    for given in (7, "7", "label == 7", {"label": 7}):
        drawn = model.sample(300, given=given, seed=2)
        assert (model.predict(drawn) == 7).mean() > 0.95
    with pytest.raises(BadInput, match="no value 8"):
        model.sample(1, given=8)


def test_questions_about_columns_are_refused_where_there_are_none(pictures):
    model = Blurs(random_state=0).fit(*pictures)
    with pytest.raises(CannotAnswer, match="no columns"):
        model.probability("label == 7")
    with pytest.raises(CannotAnswer, match="no columns"):
        model.log_prob(pictures[0], of=["x"])


def test_a_prompt_is_literal_and_continued():
    model = Letters(random_state=0).fit(["abba", "baa"])
    assert all(text.startswith("a == b") or len(text) == 5 for text in model.sample(3, seed=0))
    assert all(text.startswith("ab ") for text in model.sample(4, given={"prompt": "ab "}, seed=0))
    with pytest.raises(BadInput, match="prompt"):
        model.sample(1, given="ab")
    with pytest.raises(CannotAnswer, match=r"has no target|without a target"):
        model.predict(["ab"])
    np.testing.assert_allclose(model.log_prob(["abb"]), [-3 * np.log(2)])
