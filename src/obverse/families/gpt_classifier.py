"""One causal transformer, two objectives: P(text, label) by a language model, or P(label | text) by a layer on its end.

All but the objective is the same, so that a difference between the two is the objective's: tokens, network, the weights
it begins with, and how it is trained are those of `gpt`. Generative (Ng and Jordan 2002; Yogatama et al. 2017): every
text is read behind the mark of its label, and Bayes' rule with the labels' shares says which label a text has.
Discriminative (Radford et al. 2018): cross-entropy of the label, from the state at the token that ends the text.
"""

# pyright: reportPrivateUsage=false
# (it calls the hooks of the language model inside it)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones.arguments import at_least, check, one_of
from ..core import derive
from ..core.card import Card
from ..core.errors import CannotAnswer
from ..core.evidence import Evidence
from ..core.modality import HOLE
from ..core.model import Model
from ..core.queries import Details, Drawn, Prediction, Predicts, Samples, Scores
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..modalities.text import TEXTS
from .gpt import GPT

if TYPE_CHECKING:
    from ..backbones.end_reader import EndReader

GENERATIVE, DISCRIMINATIVE = "generative", "discriminative"


class GPTClassifier(Predicts, Samples, Scores, Model):
    """P(x, y) or P(y | x) of texts, as `objective` says.

    With the discriminative objective a text longer than the context is read in stretches that lie side by side, each
    with an end of its own, and the mean of their scores counts; texts without a label teach it only how texts are cut.
    `log_prob` then scores labels, and there is no `sample`.

    Args:
        objective: `generative` (a language model told the label, and Bayes' rule) or `discriminative` (a layer on the
            state at the text's end, cross-entropy).
        tokens, vocabulary, layers, heads, width, dropout, weights, lora: see `gpt`.
        context: tokens that are looked at together, from 3; see `gpt`.
        epochs, batch, rate, decay, patience, budget, checkpoint: of training, the same for both; see `gpt`.
        temperature, top_p, length: of drawing, with the generative objective; see `gpt`.
        random_state: seeds the weights, which begin alike with both objectives, the batches and the drawing.
    """

    card = Card(
        key="gpt_classifier",
        title="One transformer as a language model of each label, or with a layer that tells labels",
        learns=frozenset({"P(x,y)", "P(y|x)"}),
        modality=TEXTS,
        backbone="transformer",
        objective="autoregressive: -log p(token | label, tokens before it); or cross-entropy",
        log_prob="exact",
        missing="refused",
        condition="prompt",
        references=(
            "Ng and Jordan 2002, On discriminative vs. generative classifiers, NeurIPS",
            "Yogatama, Dyer, Ling and Blunsom 2017, Generative and discriminative text classification, arXiv",
            "Radford et al. 2018, Improving language understanding by generative pre-training",
        ),
        tasks=frozenset({"class"}),
        density_tasks=frozenset({"class"}),
        exact_given=frozenset({"equal"}),
        needs_target=True,
        extras=("deep",),
        avoid_when="the two objectives need not be compared: gpt does the one, and bert reads from both sides",
        by_name=True,
        tiny=dict(GPT.card.tiny),
    )

    def __init__(
        self,
        objective: str = GENERATIVE,
        tokens: str = "characters",
        vocabulary: int = 1024,
        layers: int = 4,
        heads: int = 4,
        width: int = 128,
        context: int = 128,
        dropout: float = 0.0,
        weights: str | None = None,
        lora: int = 0,
        epochs: int | None = None,
        batch: int = 4,
        rate: float | None = None,
        decay: float = 0.1,
        patience: int = 10,
        budget: float | None = None,
        temperature: float = 1.0,
        top_p: float = 1.0,
        length: int | None = None,
        checkpoint: str | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.objective = objective
        self.tokens = tokens
        self.vocabulary = vocabulary
        self.layers = layers
        self.heads = heads
        self.width = width
        self.context = context
        self.dropout = dropout
        self.weights = weights
        self.lora = lora
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.decay = decay
        self.patience = patience
        self.budget = budget
        self.temperature = temperature
        self.top_p = top_p
        self.length = length
        self.checkpoint = checkpoint
        self.random_state = random_state

    # ------------------------------------------------------------------------- learning

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, objective=one_of((GENERATIVE, DISCRIMINATIVE)), context=at_least(3))
        writer = self._writer()
        writer._check()
        self.reader_: EndReader | None = None
        if self.objective == GENERATIVE:
            writer._fit(data, rng)
        else:
            self.reader_ = self._tell(writer, data, rng)
        self.writer_, self.history_ = writer, writer.history_

    def _writer(self) -> GPT:
        """The language model, or what its network is taken from."""
        return GPT(**{name: v for name, v in self.get_params().items() if name not in ("objective", "random_state")})

    def _tell(self, writer: GPT, data: Dataset, rng: np.random.Generator) -> EndReader:
        """The network that the language model would begin with and a layer on it, taught to tell labels."""
        from ..backbones.end_reader import EndReader
        from ..backbones.language import Language
        from ..training.device import device
        from ..training.labels import classes, shares_of
        from ..training.writing import learn_labels

        count, told = classes(data.schema), np.flatnonzero(data.labelled)
        texts = data.values.tolist()
        net, cut = writer._start(texts, count + 1, seed=int(rng.integers(2**31)))
        writer.language_ = Language(net, cut, shares_of(data.y, count), passages=False)
        writer.longest_ = 0
        reader = EndReader(net, count).to(device())
        each = self._stretches(writer, [texts[i] for i in told])
        codes = np.repeat(data.y[told].astype(np.int64), [len(one) for one in each])
        lesson = replace(writer._lesson(net), what=self.card.key)
        parts = [part for one in each for part in one]
        writer.history_ = learn_labels(reader, parts, codes, lesson, rng, device())
        if len(told) < len(data):
            self.remarks_ = (
                f"{len(data) - len(told):,} texts without a label say only how texts are cut: the objective is P(y|x)",
            )
        return reader

    def _stretches(self, writer: GPT, texts: Sequence[str]) -> list[list[Array]]:
        """The parts in which each text is read, every one with the end: it and the mark take two places."""
        from ..backbones.stretches import stretches

        net, cut = writer.language_.net, writer.language_.cut
        size = min(net.context, self.context) - 2
        return [[np.append(part, cut.end) for part in stretches(one, size)] for one in cut.encode(texts)]

    # ------------------------------------------------------------------------- queries

    def _predict(self, given: Evidence) -> Prediction:
        return Prediction(proba=derive.normalised(self._scores([str(text) for text in given.values])))

    def _scores(self, texts: Sequence[str]) -> FloatArray:
        """(n, labels): log P(text, label), or log P(label | text) but for a number for each text."""
        with self.writer_._threads():
            if self.reader_ is None:
                return self.writer_._asked().log_joint(texts, np.full(len(texts), np.nan))
            if any(HOLE in text for text in texts):
                raise self._refusal("answer to texts with holes", "fill them first, as gpt does")
            from ..backbones.stretches import means
            from ..training.device import device, mixed

            on, reader = device(), self.reader_.to(device()).eval()
            return means(self._stretches(self.writer_, texts), mixed(reader, on), on)

    def _log_prob(self, event: Evidence) -> FloatArray:
        if self.reader_ is None:
            return self.writer_._log_prob(event)
        label = np.asarray(event.label, dtype=float)
        if np.isnan(label).any():
            raise self._refusal("probability of a text", "score labels, log_prob((texts, labels))")
        scores, out = self._scores([str(text) for text in event.values]), np.full(len(label), -np.inf)
        known = np.flatnonzero(label >= 0)  # a label that was never met has no probability
        said = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        out[known] = said[known, label[known].astype(int)]
        return out

    def _reached(self, event: Evidence) -> Details | None:
        return self.writer_._reached(event) if self.reader_ is None else None

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        return self._draw(n, given, rng).rows

    def _draw(self, n: int, given: Evidence, rng: np.random.Generator) -> Drawn:
        if self.reader_ is not None:
            raise self._refusal("distribution of texts to draw from", "ask predict")
        return self.writer_._draw(n, given, rng)

    def _refusal(self, what: str, instead: str) -> CannotAnswer:
        return CannotAnswer(
            f"{self.card.key} was fitted with the objective {DISCRIMINATIVE!r}, P(label | text): it has no {what}",
            instead=f"{instead}, or fit it with objective={GENERATIVE!r}",
        )

    # --------------------------------------------------------------------------- state

    def _state(self) -> dict[str, Any]:
        head = {} if self.reader_ is None else dict(self.reader_.head.named_parameters())
        return {"writer": self.writer_._state(), "head": {n: p.detach().cpu().numpy() for n, p in head.items()}}

    def _restore(self, state: dict[str, Any]) -> None:
        self.writer_, self.reader_ = self._writer(), None
        self.writer_._restore(state["writer"])
        self.history_ = self.writer_.history_
        if bool(state["head"]) != (self.objective == DISCRIMINATIVE):
            raise ValueError("a model of the other objective")
        if not state["head"]:
            return
        import torch

        from ..backbones.end_reader import EndReader

        self.reader_ = EndReader(self.writer_.language_.net, len(self.classes_)).eval()
        with torch.no_grad():
            for name, parameter in self.reader_.head.named_parameters():
                parameter.copy_(torch.as_tensor(state["head"][name]))
