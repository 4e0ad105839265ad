"""What every finder of spans must do, asked on notices whose names are known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..core.errors import BadInput, CannotAnswer, NotFitted
from ..core.modality import HOLE
from ..core.queries import Scores
from .answers import differing
from .elsewhere import ask
from .expecting import Expect
from .needs import HAS_FILE, Need, needs
from .span_subject import SMALL, SpanSubject

FOUND = 0.8  # F1 on fresh notices; names are made up, so that to know those of the training texts finds few
SHORT = "Ba left Dor."  # whose sets of spans can all be listed
CLOSE = 1e-6
SPANS_SCORE = Need(
    "has an exact log_prob of spans", lambda s: issubclass(s.family, Scores) and s.card.log_prob == "exact"
)


@needs()
def check_span_model_must_be_fitted(subject: SpanSubject) -> None:
    """Questions before fit, texts without spans, and spans that are none are refused in one line."""
    made = subject.train(4)
    texts, spans = made.texts.tolist(), list(made.spans or ())
    with Expect(NotFitted, "a question to a model that is not fitted"):
        subject.make().predict(texts)
    whole = len(texts[0])
    wrong: dict[str, Any] = {
        "texts without spans": None, "spans of fewer texts": spans[1:],
        "a span beyond the end": [[(0, whole + 1, "place")], *spans[1:]],
        "an empty span": [[(1, 1, "place")], *spans[1:]],
        "spans that overlap": [[(0, 4, "place"), (2, 6, "firm")], *spans[1:]],
        "a span without a label": [[(0, 4, None)], *spans[1:]],
        "a span that is no triple": [[(0, 4)], *spans[1:]],
        "texts that hold nothing": [[]] * 4,
    }  # fmt: skip
    for what, given in wrong.items():
        with Expect(BadInput, what):
            subject.make().fit(texts, given)
    for what, text in {"an empty text": "", "a text with a hole": f"a{HOLE}", "no text": None}.items():
        with Expect(BadInput, what):
            subject.make().fit([text, *texts[1:]], [[], *spans[1:]])
    several: Any = [[(0, whole + 1, "place")], [(2, 1, "firm")], *spans[2:]]
    with Expect(BadInput, "two wrong spans") as told:
        subject.make().fit(texts, several)
    assert isinstance(told.error, BadInput) and len(told.error.problems) == 2, "it does not list every wrong span"


@needs(HAS_FILE)
def check_span_same_seed_in_a_new_process(subject: SpanSubject) -> None:
    """A fit with the same seed in a new process answers alike."""
    odd = differing(subject.reference, ask(subject).answers)
    assert not odd, f"in a new process {odd} differ; nothing may depend on hashes, time or earlier draws"


@needs()
def check_spans_are_in_their_texts(subject: SpanSubject) -> None:
    """For each text a list of (start, end, label) in order, without overlap, with labels of `classes_`."""
    model, texts = subject.own(), subject.fresh().texts.tolist()
    found = model.predict([*texts, "", " ", "\n\U0001f600"])
    assert len(found) == len(texts) + 3 and found[-3:-1] == [[], []], "there is not an answer for each text"
    for text, own in zip(texts, found, strict=False):
        assert all(0 <= start < end <= len(text) and label in model.classes_ for start, end, label in own), f"{own}"
        assert all(a[1] <= b[0] for a, b in pairwise(own)), f"spans overlap or are not in order: {own}"
    assert model.predict([]) == [], "no texts are not an empty list"


@needs()
def check_spans_do_not_depend_on_the_texts_beside(subject: SpanSubject) -> None:
    """A text alone gets the answer that it gets among others."""
    model, texts = subject.own(), subject.fresh(12).texts.tolist()
    together = model.predict(texts)
    assert model.predict([texts[5], texts[2]]) == [together[5], together[2]], "the texts beside a text matter"


@needs()
def check_spans_are_found(subject: SpanSubject) -> None:
    """Most names of fresh notices are found whole and with their label."""
    model, fresh = subject.own(), subject.fresh()
    f1 = _f1(fresh.spans or (), model.predict(fresh.texts.tolist()))
    assert f1 >= FOUND, f"an F1 of {f1:.2f} where what stands beside a name tells all"


@needs()
def check_spans_of_a_long_text_are_found(subject: SpanSubject) -> None:
    """A text of many notices is read to its end."""
    model, fresh = subject.own(), subject.fresh()
    text, truth = "", list[Any]()
    while len(text) < 4_000:
        for one, spans in zip(fresh.texts, fresh.spans or (), strict=True):
            truth += [(start + len(text), end + len(text), label) for start, end, label in spans]
            text += f"{one} "
    found = model.predict([text])[0]
    for part, low, high in (("half", 0, len(text) // 2), ("other half", len(text) // 2, len(text))):
        own, said = ([s for s in some if low <= s[0] < high] for some in (truth, found))
        assert _f1([own], [said]) >= FOUND, f"spans of the {part} of a long text are not found"


@needs(SPANS_SCORE)
def check_span_probabilities_sum_to_one(subject: SpanSubject) -> None:
    """The probabilities of all sets of spans of a short text sum to 1; what cannot be has none, the unknown is sure."""
    model = subject.own()
    words, classes = [(0, 2), (3, 7), (8, 11), (11, 12)], list(model.classes_)

    def sets(at: int) -> list[list[Any]]:
        if at == len(words):
            return [[]]
        out = sets(at + 1)
        for stop in range(at, len(words)):
            ways = sets(stop + 1)
            out = out + [[(words[at][0], words[stop][1], c), *rest] for c in classes for rest in ways]
        return out

    every = sets(0)
    log = model.log_prob(([SHORT] * len(every), every))
    total = float(np.exp(log).sum())
    assert abs(total - 1) < CLOSE, f"all {len(every)} sets of spans have probability {total:.6f}"
    odd = model.log_prob(([SHORT] * 2, [[(0, 2, "a kind never met")], None]))
    assert np.isneginf(odd[0]) and odd[1] == 0, f"an impossible set of spans and an unknown one have {odd} nats"


@needs(SPANS_SCORE)
def check_true_spans_are_likely(subject: SpanSubject) -> None:
    """The spans of fresh texts are likelier than none, and than others of the same place."""
    model, fresh = subject.own(), subject.fresh()
    texts, spans = fresh.texts.tolist(), list(fresh.spans or ())
    turned = {kind: subject.world.kinds[i - 1] for i, kind in enumerate(subject.world.kinds)}
    wrong = [[(start, end, turned[label]) for start, end, label in own] for own in spans]
    full = np.array([bool(own) for own in spans])
    tried: list[Any] = [spans, [[] for _ in spans], wrong]
    log = [model.log_prob((texts, said)) for said in tried]
    assert np.isfinite(log[0]).all() and (log[0] <= CLOSE).all(), "the spans of fresh texts have no probability"
    for other in log[1:]:
        assert (log[0] > other)[full].mean() > FOUND, "wrong spans are likelier than the true ones"


@needs()
def check_texts_of_unknown_spans_are_left_out(subject: SpanSubject) -> None:
    """It leaves out texts of which nobody says what they hold and says so, and refuses holes in questions."""
    made = subject.train(SMALL)
    spans: list[Any] = list(made.spans or ())
    spans[0], spans[1] = [], None
    model = subject.make().fit(made.texts.tolist(), spans)
    assert any("unlabelled" in note for note in model.notes_), "texts are left out and it is not said"
    with Expect(CannotAnswer, "a text with a hole"):
        model.predict([f"Ba left {HOLE}."])


def _f1(truth: Sequence[Any], found: Sequence[Any]) -> float:
    """2 right / (told + true) of spans that are right as a whole."""
    right = sum(len(set(own) & set(said)) for own, said in zip(truth, found, strict=True))
    return 2 * right / max(1, sum(map(len, truth)) + sum(map(len, found)))
