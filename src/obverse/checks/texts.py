"""What every family of texts must do, asked on the world `Chains`, whose strings have known probabilities."""

from __future__ import annotations

import numpy as np

from ..core.errors import BadInput, CannotAnswer, NotFitted
from ..core.modality import HOLE
from ..core.model import Model
from ..core.queries import Impossible, Imputes, Samples, Scores
from .answers import differing
from .elsewhere import ask
from .expecting import Expect
from .needs import HAS_FILE, Need, needs
from .text_subject import FRESH, SMALL, TextSubject

DRAWN, LONGEST = 200, 6  # texts drawn; letters of the strings whose probabilities are summed
PREDICTED = 0.75  # share of labels right; chance gives a half, and the truth 0.84
CLOSE, NEAR = 1e-4, 0.25  # nats: between answers that should be the same, and between a model and the truth
TEXTS_DRAW = Need("draws texts", lambda s: issubclass(s.family, Samples) and s.card.condition in ("prompt", "none"))
TEXTS_PROMPTED = Need("goes on from a prompt", lambda s: s.card.condition == "prompt")
TEXTS_PREDICT = Need("predicts classes", lambda s: not isinstance(s.family.can("predict", target="class"), Impossible))
TEXTS_SCORE = Need("has a likelihood of texts", lambda s: issubclass(s.family, Scores))
TEXTS_EXACT = Need(
    "has an exact log_prob of texts", lambda s: issubclass(s.family, Scores) and s.card.log_prob == "exact"
)
TEXTS_FILL = Need("fills holes", lambda s: issubclass(s.family, Imputes))
TEXTS_UNTARGETED = Need("learns without labels", lambda s: s.untargeted)
TEXTS_LABELLED_DRAW = Need(
    "draws texts of a class",
    lambda s: issubclass(s.family, Samples) and "class" in s.tasks and s.card.condition != "none",
)


@needs()
def check_text_model_must_be_fitted(subject: TextSubject) -> None:
    """Questions before fit, and what is no text or empty, are refused in one line."""
    with Expect(NotFitted, "a question to a model that is not fitted"):
        subject.make().sample(1)
    made = subject.train(SMALL)
    labels = made.told if subject.tasks else None
    wrong = {
        "no text at all": [],
        "an empty text": ["", *made.texts[1:]],
        "a missing text": [None, *made.texts[1:]],
        "a number among texts": [1, *made.texts[1:]],
        "half a letter": ["\ud800", *made.texts[1:]],
        "a text with a hole": [f"a{HOLE}", *made.texts[1:]],
    }
    for what, texts in wrong.items():
        with Expect(BadInput, what):
            subject.make().fit(texts, None if labels is None else labels[: len(texts)])


@needs(HAS_FILE)
def check_text_same_seed_in_a_new_process(subject: TextSubject) -> None:
    """A fit with the same seed in a new process answers alike."""
    odd = differing(subject.reference, ask(subject).answers)
    assert not odd, f"in a new process {odd} differ; nothing may depend on hashes, time or earlier draws"


@needs(TEXTS_PREDICT)
def check_text_predictions_are_probabilities(subject: TextSubject) -> None:
    """Rows sum to 1, do not depend on the texts beside them, and classes are told apart better than by chance."""
    model, fresh = subject.own(), subject.fresh()
    texts = fresh.texts.tolist()
    proba = model.predict_proba(texts)
    assert np.allclose(proba.sum(axis=1), 1) and (proba >= 0).all(), "predict_proba gives no probabilities"
    assert np.allclose(model.predict_proba([texts[5], texts[2]]), proba[[5, 2]], atol=CLOSE), "texts beside it matter"
    best = subject.world.posterior(texts).argmax(axis=1)
    sure = np.abs(subject.world.posterior(texts)[:, 0] - 0.5) > 0.2  # a single letter says nothing
    agree = float((model.predict(texts) == np.array(subject.world.classes)[best])[sure].mean())
    assert agree >= PREDICTED, f"{agree:.0%} of the labels that can be told from the text are told"


@needs(TEXTS_SCORE)
def check_text_log_prob_is_of_each_text_alone(subject: TextSubject) -> None:
    """A text's log-probability depends neither on the texts beside it, nor on their lengths, nor on their order."""
    model, texts = subject.own(), subject.fresh(40).texts.tolist()
    log = model.log_prob(texts)
    assert log.shape == (40,) and np.isfinite(log).all() and (log <= 0).all(), "masses of strings are above 1 or lost"
    order = np.random.default_rng(0).permutation(40)
    assert np.allclose(model.log_prob([texts[i] for i in order])[np.argsort(order)], log, atol=CLOSE), "order matters"
    for i in (0, 7):
        for beside in ([], ["abc" * 20], ["a"] * 9):
            alone = model.log_prob([texts[i], *beside])[0]
            assert abs(alone - log[i]) < CLOSE, f"beside {beside[:1]} a text has {alone:.5f} nats, not {log[i]:.5f}"


@needs(TEXTS_EXACT)
def check_text_probabilities_sum_to_one(subject: TextSubject) -> None:
    """The probabilities of all short strings sum to 1 less what longer ones have; P(text) is the sum over labels."""
    model = subject.own()
    strings, longer = subject.world.strings(LONGEST)
    total = float(np.exp(model.log_prob(strings)).sum())
    assert total <= 1 + CLOSE, f"the strings of up to {LONGEST} letters alone have probability {total:.4f}"
    assert abs(total - (1 - longer)) < 0.08, (
        f"short strings have probability {total:.3f}, and in truth {1 - longer:.3f}"
    )
    if model.schema_.target is not None:
        few = strings[:30]
        each = [model.log_prob((few, [label] * len(few))) for label in model.classes_]
        assert np.allclose(np.logaddexp.reduce(each), model.log_prob(few), atol=CLOSE), "log P(x) is no sum over labels"


@needs(TEXTS_SCORE)
def check_text_likelihood_approaches_the_truth(subject: TextSubject) -> None:
    """The mean log-probability of fresh texts is near the truth's, and of noise it is lower."""
    model, texts = subject.own(), subject.fresh().texts.tolist()
    log, truth = model.log_prob(texts), subject.world.log_prob(texts)
    slack = 3 * float((log - truth).std()) / np.sqrt(FRESH)
    assert log.mean() <= truth.mean() + slack, f"{log.mean():.3f} nats a text, and the truth gives {truth.mean():.3f}"
    assert log.mean() > truth.mean() - NEAR, f"{log.mean():.3f} nats a text, and the truth gives {truth.mean():.3f}"
    odd = ["xyz" * len(text) for text in texts[:20]]
    assert np.median(model.log_prob(odd)) < np.median(log), "letters it never met are likelier"


@needs(TEXTS_DRAW)
def check_text_samples_are_texts(subject: TextSubject) -> None:
    """A list of str of the world's letters, other ones for another seed, as long as in truth, not only copies."""
    model, train = subject.own(), subject.train()
    one: list[str] = model.sample(DRAWN, seed=1)
    two: list[str] = model.sample(DRAWN, seed=2)
    assert type(one) is list and len(one) == DRAWN and all(type(text) is str for text in one), "no list of str"
    assert one != two, "another seed draws the same texts"
    assert model.sample(0) == [], "no texts are not an empty list"
    share = float(subject.world.holds(one).mean())
    assert share >= 0.9, f"{share:.0%} of the texts are made of the letters it learned from"
    known: list[str] = train.texts.tolist()
    mean, true = (float(np.mean([len(text) for text in texts])) for texts in (one, known))
    assert abs(mean - true) < 1, f"texts drawn have {mean:.1f} letters, and those it learned from {true:.1f}"
    long_ = [text for text in one if len(text) > LONGEST]
    copies = float(np.mean([text in set(known) for text in long_])) if long_ else 0.0
    assert copies < 0.5, f"{copies:.0%} of the long texts it draws are texts it learned from"


@needs(TEXTS_PROMPTED)
def check_text_samples_go_on_from_their_prompt(subject: TextSubject) -> None:
    """Every text drawn begins with the prompt, taken as it stands; other conditions are refused."""
    model = subject.own()
    for prompt in ("ab", "c", ""):
        drawn = model.sample(20, given={"prompt": prompt}, seed=3)
        assert all(text.startswith(prompt) for text in drawn), f"texts drawn do not begin with {prompt!r}"
    for wrong in ({"source": "ab"}, {"prompt": 3}, {}, {"prompt": f"a{HOLE}b"}):
        with Expect(BadInput, f"the condition {wrong!r}"):
            model.sample(1, given=wrong)


@needs(TEXTS_LABELLED_DRAW)
def check_text_samples_are_of_the_class_asked(subject: TextSubject) -> None:
    """Texts drawn of a class are likelier in it than in the other, and an unknown class is refused."""
    model = subject.own()
    for i, label in enumerate(subject.world.classes):
        drawn = [text for text in model.sample(DRAWN, given={"label": label}, seed=4) if len(text) > 2]
        share = float((subject.world.posterior(drawn).argmax(axis=1) == i).mean())
        assert share >= PREDICTED, f"{share:.0%} of the texts of a class look like it"
    with Expect(BadInput, "a class that was never met"):
        model.sample(1, given={"label": "stormy"})


@needs(TEXTS_FILL)
def check_text_holes_are_filled(subject: TextSubject) -> None:
    """What stands around a hole stays, what has none is as it was, and draws differ."""
    model = subject.own()
    holed = [f"ab{HOLE}c", f"a{HOLE}", "abc", f"a{HOLE}a{HOLE}c"]
    filled = model.impute(holed, seed=1)
    assert [type(text) for text in filled] == [str] * 4 and filled[2] == "abc", f"{filled}"
    assert not any(HOLE in text for text in filled), f"holes are left: {filled}"
    kept = filled[0].startswith("ab") and filled[0].endswith("c") and filled[1].startswith("a")
    assert kept and filled[3].startswith("a") and filled[3].endswith("c"), f"what stood there was changed: {filled}"
    copies = model.impute([f"a{HOLE}c"] * 12, draws=2, seed=1)
    assert len({text for copy in copies for text in copy}) > 1, "all draws are the same"


@needs(TEXTS_UNTARGETED)
def check_text_family_learns_without_labels(subject: TextSubject) -> None:
    """Fitted to texts alone it draws or scores them, and predicts nothing."""
    model: Model = subject.own(SMALL, labelled=False)
    if isinstance(model, Samples):
        assert len(model.sample(2, seed=0)) == 2, "it draws nothing"
    if isinstance(model, Scores):
        assert np.isfinite(model.log_prob(["ab", "c"])).all(), "it has no likelihood without labels"
    with Expect(CannotAnswer, "a prediction without a target"):
        model.predict(["ab"])
