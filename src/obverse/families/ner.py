"""Named entities and other spans of texts: P(spans | text), exactly, by a linear-chain conditional random field.

Each word's score is linear in how it and its neighbours are spelt (`backbones/word_traits.py`) and, with `weights`, in
what an encoder that others trained makes of it, which stays as it is. So the likelihood of all spans of a text is
exact, and its maximum the only one. What is answered is the set of spans with the largest expected number of right
ones, each weighed against a threshold: the most probable set leaves out too much where names are new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones import linear_chain
from ..backbones.arguments import COUNT, NOT_NEGATIVE, PART, POSITIVE_OR_NONE, check, or_none
from ..backbones.linear_chain import Chain
from ..backbones.word_traits import Traits
from ..backbones.words import Place, allowed, coded, words_of
from ..core.card import Card
from ..core.errors import BadInput, CannotAnswer
from ..core.evidence import Evidence
from ..core.modality import HOLE
from ..core.model import Model
from ..core.queries import Prediction, Predicts, Scores
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..core.store import Blob
from ..data.spans import Span
from ..modalities.spans import SPANNED
from ..training.chains import Weights, train

if TYPE_CHECKING:
    from collections.abc import Sequence

FEW = 20  # texts: of fewer every trait is kept
DENSE = 0.1  # of a standard deviation: so much less than a trait does a number of the encoder weigh at the outset


class NER(Predicts, Scores, Model):
    """P(spans | text): what is where.

    Args:
        weights: folder of an encoder that `transformers` saved (BERT and its kin), which reads the words, too; it stays
            as it is, and its readings take about five kB of memory a word while the model learns.
        threshold: what a span that is told costs, in right ones: from 0, for all that may be, to 1. Near half of the F1
            that can be reached the expected F1 is largest; None: the most probable set of spans as a whole.
        least: words that have a trait, such as an ending, at least; rarer traits are left out, unless there are fewer
            than twenty texts.
        penalty: strength of the L2 penalty on weights.
        steps: most steps of the solver; fewer than it takes to settle hold the weights back, too.
        budget: seconds after which the solver stops; None: when the steps are over.
        random_state: seeds nothing: the problem is convex.
    """

    card = Card(
        key="ner",
        title="Named entities: spans of a text and what they are",
        learns=frozenset({"P(y|x)"}),
        modality=SPANNED,
        backbone="linear",
        objective="log-likelihood of a linear-chain conditional random field, L2 penalty",
        log_prob="exact",
        missing="refused",
        condition="none",
        references=(
            "Lafferty, McCallum and Pereira 2001, Conditional random fields, ICML",
            "McCallum and Li 2003, Early results for named entity recognition with conditional random fields, CoNLL",
            "Ramshaw and Marcus 1995, Text chunking using transformation-based learning",
            "Lipton, Elkan and Naryanaswamy 2014, Optimal thresholding of classifiers to maximize F1, ECML",
        ),
        tasks=frozenset({"structure"}),
        density_tasks=frozenset({"structure"}),
        needs_target=True,
        avoid_when="spans overlap or begin inside words; or a text as a whole has one label: text_logistic",
        tiny={"steps": 30},
    )

    def __init__(
        self,
        weights: str | None = None,
        threshold: float | None = 0.15,
        least: int = 2,
        penalty: float = 1.0,
        steps: int = 80,
        budget: float | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.weights = weights
        self.threshold = threshold
        self.least = least
        self.penalty = penalty
        self.steps = steps
        self.budget = budget
        self.random_state = random_state

    # ------------------------------------------------------------------------- learning

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, threshold=or_none(PART), least=COUNT, penalty=NOT_NEGATIVE, steps=COUNT, budget=POSITIVE_OR_NONE)
        column = data.schema.target_column
        assert column is not None
        texts = [str(text) for text in data.values]
        places = [words_of(text) for text in texts]
        labels, cuts = list[Array](), 0
        for words, spans in zip(places, data.y, strict=True):
            own, whole = coded(words, spans)  # pyright: ignore[reportArgumentType]
            labels.append(own)
            cuts += not whole
        if cuts:
            self.remarks_ = (f"{cuts:,} texts have spans that begin or end inside a word; the whole word was taken",)
        spelt = [_spelt(text, words) for text, words in zip(texts, places, strict=True)]
        self.traits_ = Traits.learn(spelt, self.least if len(texts) >= FEW else 1)
        self.body_: Any
        self.cut_: Any
        self.body_, self.cut_ = self._encoder()
        said = self._readings(texts, places)
        self.centre_ = np.nanmean(said, axis=0) if said.size else np.zeros(said.shape[1], np.float32)
        self.spread_ = np.nanstd(said, axis=0) + np.float32(1e-6) if said.size else np.ones_like(self.centre_)
        held = [own for own in labels if len(own)]
        if not held:
            raise BadInput("the texts hold no words to learn from")
        found = train(
            self.traits_.matrix(spelt), self._even(said), held, allowed(len(column.values)), penalty=self.penalty,
            steps=self.steps, budget=self.budget, what=self.card.key,
        )  # fmt: skip
        self.weights_, self.history_ = found.weights, {"train": found.losses, "steps": len(found.losses)}

    def _encoder(self) -> tuple[Any, Any]:
        """The network of the folder and how it cuts texts; None without one."""
        if self.weights is None:
            return None, None
        from ..training.device import require_torch

        require_torch(self.card.key)
        from ..backbones.encoder_folder import from_folder

        return from_folder(self.weights)

    # ------------------------------------------------------------------------- queries

    def _readings(self, texts: Sequence[str], places: Sequence[Sequence[Place]]) -> Array:
        """float32 (words of all texts, numbers): what the encoder says of each word, nothing without one."""
        if self.body_ is None:
            return np.zeros((sum(map(len, places)), 0), np.float32)
        import torch

        from ..backbones.word_readings import readings
        from ..training.device import device, one_thread

        on = device()
        with torch.no_grad(), one_thread():
            return readings(self.body_.to(on).eval(), self.cut_, texts, places, on)

    def _even(self, said: Array) -> Array:
        """Readings of one size, in place; a word without any is like the mean of all."""
        said -= self.centre_
        said *= np.float32(DENSE) / self.spread_
        return np.nan_to_num(said, copy=False)

    def _scored(self, given: Evidence) -> list[tuple[str, list[Place], FloatArray]]:
        """Each text, its words and the scores (words, labels)."""
        texts = [str(text) for text in given.values]
        if any(HOLE in text for text in texts):
            raise CannotAnswer(f"{self.card.key} reads no texts with holes", instead="fill them first, as gpt does")
        places = [words_of(text) for text in texts]
        traits = self.traits_.matrix([_spelt(text, words) for text, words in zip(texts, places, strict=True)])
        scores = self.weights_.scores(traits, self._even(self._readings(texts, places)))
        first = np.cumsum([0, *map(len, places)])
        return [(text, words, scores[first[i] : first[i + 1]])
                for i, (text, words) in enumerate(zip(texts, places, strict=True))]  # fmt: skip

    def _predict(self, given: Evidence) -> Prediction:
        """For each text a list of `Span` in order."""
        out = list[list[Span]]()
        for _, words, scores in self._scored(given):
            found = linear_chain.stretches(scores, self.weights_.chain)
            if self.threshold is None:
                chosen = _runs(linear_chain.likeliest(scores, self.weights_.chain))
                sure = {one[:3]: one[3] for one in found}
                found = [(*one, sure.get(one, 0.0)) for one in chosen]
            else:
                found = [found[i] for i in linear_chain.worth_most(found, len(words), self.threshold)]
            out.append([Span(words[a][0], words[b - 1][1], self.classes_[kind], p) for a, b, kind, p in found])
        return Prediction(structure=out)

    def _log_prob(self, event: Evidence) -> FloatArray:
        out = np.zeros(len(event))
        told = np.full(len(event), None, dtype=object) if event.label is None else event.label
        for i, ((_, words, scores), spans) in enumerate(zip(self._scored(event), told, strict=True)):
            if spans is None:
                continue
            own, whole = coded(words, spans)
            possible = whole and all(kind >= 0 for _, _, kind in spans)
            out[i] = linear_chain.log_prob(scores, own, self.weights_.chain) if possible else -np.inf
        return out

    # --------------------------------------------------------------------------- state

    def _state(self) -> dict[str, Any]:
        chain, learned = self.weights_.chain, self.weights_
        state: dict[str, Any] = {
            "traits": Blob("json", self.traits_.to_json().encode()), "of_traits": learned.traits,
            "of_readings": learned.dense, "follow": chain.follow, "begin": chain.begin, "centre": self.centre_,
            "spread": self.spread_, "history": self.history_, "encoder": None,
        }  # fmt: skip
        if self.body_ is not None:
            state["encoder"] = {
                "config": Blob("json", self.body_.config.encode()),
                "tokens": Blob("json", self.cut_.to_json().encode()),
                "weights": {name: t.detach().cpu().numpy() for name, t in self.body_.named_parameters()},
            }
        return state

    def _restore(self, state: dict[str, Any]) -> None:
        self.traits_ = Traits.of_json(state["traits"].data.decode())
        self.weights_ = Weights(state["of_traits"], state["of_readings"], Chain(state["follow"], state["begin"]))
        self.centre_, self.spread_, self.history_ = state["centre"], state["spread"], state["history"]
        labels = len(self.weights_.chain.begin)
        if len(self.traits_) != len(self.weights_.traits) or labels != 1 + 2 * len(self.classes_):
            raise ValueError("the traits and their weights do not fit together")
        self.body_ = self.cut_ = None
        if state["encoder"] is not None:
            self.body_, self.cut_ = self._rebuilt(state["encoder"])

    def _rebuilt(self, held: dict[str, Any]) -> tuple[Any, Any]:
        from ..training.device import require_torch

        require_torch(self.card.key)
        import torch

        from ..backbones import tokens
        from ..backbones.encoder_folder import rebuilt

        body = rebuilt(held["config"].data.decode())
        own = dict(body.named_parameters())
        if own.keys() != held["weights"].keys():
            raise ValueError("weights of another network")
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(torch.as_tensor(held["weights"][name]))
        return body, tokens.of_json(held["tokens"].data.decode())


def _spelt(text: str, words: Sequence[Place]) -> list[str]:
    return [text[start:end] for start, end in words]


def _runs(labels: Array) -> list[tuple[int, int, int]]:
    """(first word, word after the last, kind) of each span that labels stand for."""
    out = list[tuple[int, int, int]]()
    for i, label in enumerate(labels):
        if label and label % 2:
            out.append((i, i + 1, int(label) // 2))
        elif label:
            out[-1] = (out[-1][0], i + 1, out[-1][2])
    return out
