"""What every family from texts to texts must do, asked on the world `Clauses`, whose targets have known
probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.errors import BadInput, CannotAnswer, NotFitted
from ..core.modality import HOLE
from ..core.queries import Imputes, Predicts, Samples, Scores
from .answers import differing
from .elsewhere import ask
from .expecting import Expect
from .needs import HAS_FILE, Need, needs
from .pair_subject import SMALL, PairSubject

ASKED, DRAWN = 100, 60  # pairs asked about, targets drawn
RIGHT = 0.9  # share of targets that are those of the world; a dictionary of words has none
CLOSE, NEAR = 1e-4, 0.5  # nats: between answers that should be the same, and between a model and the truth
PAIRS_PREDICT = Need("writes the most likely target", lambda s: issubclass(s.family, Predicts))
PAIRS_DRAW = Need("draws targets", lambda s: issubclass(s.family, Samples))
PAIRS_SCORE = Need("has a likelihood of targets", lambda s: issubclass(s.family, Scores))
PAIRS_FILL = Need("fills holes", lambda s: issubclass(s.family, Imputes))


@needs()
def check_pair_model_must_be_fitted(subject: PairSubject) -> None:
    """Questions before fit, and what are no pairs of texts, are refused in one line."""
    with Expect(NotFitted, "a question to a model that is not fitted"):
        subject.make().predict(["the cat sees a dog"])
    made = subject.train(SMALL)
    sources, targets = made.texts.tolist(), made.told.tolist()
    wrong: dict[str, tuple[Any, Any]] = {
        "no text at all": ([], []), "sources without targets": (sources, None), "fewer targets": (sources, targets[1:]),
        "an empty source": (["", *sources[1:]], targets), "an empty target": (sources, ["", *targets[1:]]),
        "a missing source": ([None, *sources[1:]], targets), "a number among targets": (sources, [1, *targets[1:]]),
        "half a letter": (sources, ["\ud800", *targets[1:]]), "only missing targets": (sources, [None] * len(targets)),
        "a source with a hole": ([f"a{HOLE}", *sources[1:]], targets),
    }  # fmt: skip
    for what, (x, y) in wrong.items():
        with Expect(BadInput, what):
            subject.make().fit(x, y)


@needs(HAS_FILE)
def check_pair_same_seed_in_a_new_process(subject: PairSubject) -> None:
    """A fit with the same seed in a new process answers alike."""
    odd = differing(subject.reference, ask(subject).answers)
    assert not odd, f"in a new process {odd} differ; nothing may depend on hashes, time or earlier draws"


@needs()
def check_pairs_without_a_target_are_left_out(subject: PairSubject) -> None:
    """Pairs whose target is missing are left out, and that is said."""
    made = subject.train(SMALL)
    model = subject.make().fit(made.texts.tolist(), [None, *made.told.tolist()[1:]])
    assert any("1 unlabelled" in note for note in model.notes_), "a pair is left out and it is not said"


@needs(PAIRS_PREDICT)
def check_pair_targets_are_those_of_the_world(subject: PairSubject) -> None:
    """Sentences that were never met are answered as the world does, whatever stands beside them."""
    model, sources = subject.own(), subject.held[:ASKED]
    said: list[str] = model.predict(sources)
    assert type(said) is list and all(type(text) is str for text in said), "no list of str"
    right = np.array([one == other for one, other in zip(said, subject.world.likeliest(sources), strict=True)])
    assert right.mean() >= RIGHT, f"{right.mean():.0%} of new sentences are answered as the world does"
    assert model.predict([sources[7], sources[3]]) == [said[7], said[3]], "texts beside it matter"
    assert model.predict([]) == [], "no sources are not an empty list"


@needs(PAIRS_PREDICT, PAIRS_SCORE, PAIRS_DRAW)
def check_pair_prediction_is_likelier_than_draws(subject: PairSubject) -> None:
    """No target that is drawn is likelier than the one that is predicted."""
    model = subject.own()
    for source in subject.held[:4]:
        drawn = model.sample(DRAWN, given={"source": source}, seed=1)
        log = model.log_prob(([source] * (DRAWN + 1), [*model.predict([source]), *drawn]))
        assert log[0] >= log[1:].max() - CLOSE, f"for {source!r} a draw is {log[1:].max() - log[0]:.3f} nats likelier"


@needs(PAIRS_SCORE)
def check_pair_log_prob_is_of_each_pair_alone(subject: PairSubject) -> None:
    """A pair's log-probability depends neither on the pairs beside it nor on their order; without a target it is 0."""
    model, fresh = subject.own(), subject.fresh(40)
    sources, targets = fresh.texts.tolist(), fresh.told.tolist()
    log = model.log_prob((sources, targets))
    assert log.shape == (40,) and np.isfinite(log).all() and (log <= 0).all(), "masses of strings are above 1 or lost"
    order = np.random.default_rng(0).permutation(40)
    mixed = model.log_prob(([sources[i] for i in order], [targets[i] for i in order]))
    assert np.allclose(mixed[np.argsort(order)], log, atol=CLOSE), "order matters"
    alone = model.log_prob((sources[3:4], targets[3:4]))[0]
    assert abs(alone - log[3]) < CLOSE, f"alone a pair has {alone:.5f} nats, not {log[3]:.5f}"
    assert (model.log_prob(sources[:3]) == 0).all(), "any target at all has not probability 1"


@needs(PAIRS_SCORE)
def check_pair_probabilities_sum_to_one(subject: PairSubject) -> None:
    """All that can be said has, for one source, nearly probability 1, and never more."""
    model, targets = subject.own(), subject.world.targets
    for source in subject.held[:3]:
        total = float(np.exp(model.log_prob(([source] * len(targets), targets))).sum())
        assert 0.8 <= total <= 1 + CLOSE, f"all targets of {source!r} have probability {total:.4f}"


@needs(PAIRS_SCORE)
def check_pair_likelihood_approaches_the_truth(subject: PairSubject) -> None:
    """The mean log-probability of fresh targets is near the truth's; those of other sources are less likely."""
    model, fresh = subject.own(), subject.fresh(ASKED)
    sources, targets = fresh.texts.tolist(), fresh.told.tolist()
    log, truth = model.log_prob((sources, targets)), subject.world.log_prob(sources, targets)
    slack = 3 * float((log - truth).std()) / np.sqrt(ASKED)
    assert log.mean() <= truth.mean() + slack, f"{log.mean():.3f} nats a target, and the truth gives {truth.mean():.3f}"
    assert log.mean() > truth.mean() - NEAR, f"{log.mean():.3f} nats a target, and the truth gives {truth.mean():.3f}"
    odd = model.log_prob((sources, [*targets[1:], targets[0]]))
    assert np.median(odd) < log.mean() - 3, "targets of other sources are as likely"


@needs(PAIRS_DRAW)
def check_pair_samples_answer_their_source(subject: PairSubject) -> None:
    """Targets drawn are of the source, taken as it stands, with the world's shares; other conditions are refused."""
    model = subject.own()
    source = next(one for one in subject.held if len(subject.world.answers[one]) > 1)
    answers = subject.world.answers[source]
    drawn: list[str] = model.sample(DRAWN, given={"source": source}, seed=3)
    share = float(np.mean([text in answers for text in drawn]))
    assert type(drawn) is list and share >= 0.7, f"{share:.0%} of the targets drawn answer {source!r}"
    assert len(set(drawn)) > 1 and drawn != model.sample(DRAWN, given={"source": source}, seed=4), "all draws are alike"
    for wrong in ({"prompt": "ab"}, {"source": 3}, {}, {"source": source, "label": "x"}, {"source": f"a{HOLE}"}):
        with Expect(BadInput, f"the condition {wrong!r}"):
            model.sample(1, given=wrong)
    with Expect(CannotAnswer, "a draw without a source"):
        model.sample(1)


@needs(PAIRS_FILL)
def check_pair_holes_are_filled(subject: PairSubject) -> None:
    """A missing target is the predicted one, what stands around a hole stays, and what has none is as it was."""
    model, fresh = subject.own(), subject.fresh(4)
    sources, targets = fresh.texts.tolist(), fresh.told.tolist()
    start, end = targets[1].split(" ")[0], targets[2].rsplit(" ", 1)[1]
    filled = model.impute((sources, [None, f"{start}{HOLE}", f"{HOLE} {end}", targets[3]]), seed=1)
    assert filled[0] == model.predict(sources[:1])[0], f"{filled[0]!r} is not what is predicted"
    assert filled[1].startswith(start) and filled[2].endswith(end) and filled[3] == targets[3], f"{filled}"
    assert not any(HOLE in text for text in filled), f"holes are left: {filled}"
    likes = next(one for one in subject.held if len(subject.world.answers[one]) > 1)
    copies = model.impute(([likes] * 12, [None] * 12), draws=2, seed=1)
    assert len({text for copy in copies for text in copy}) > 1, "all draws are the same"
