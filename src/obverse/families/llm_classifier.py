"""A language model that exists, asked which label a text has: P(y | x) by a prompt (Brown et al. 2020), untrained.

Both sides of one model. Discriminative: the prompt holds the text, and labels are what it goes on with, P(label |
text). Generative: the prompt names the label, and the text is what it goes on with, P(text | label), which Bayes' rule
turns round with the labels' shares (Min et al. 2022, "noisy channel"). A few examples may stand before either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones.arguments import COUNT_OR_ZERO, TEXT, TRUTH, Rule, check, one_of
from ..core.card import Card
from ..core.errors import BadInput, CannotAnswer
from ..core.evidence import Evidence
from ..core.modality import HOLE
from ..core.model import Model
from ..core.queries import Prediction, Predicts
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..modalities.text import TEXTS

if TYPE_CHECKING:
    from ..backbones.causal_folder import FolderModel
    from ..backbones.continuations import Beginning
    from ..backbones.tokens import Subwords

NOTHING = ("", "N/A", "...")  # texts that say nothing, of which `calibrated` takes the mean (Zhao et al. 2021)


class LLMClassifier(Predicts, Model):
    """P(y | x) of texts; `fit` only looks at which labels there are, how often, and takes examples.

    Args:
        weights: `llm`, which is SmolLM2, or a folder with a causal language model that transformers saved.
        by: `text`: P(text | label) and Bayes' rule; `label`: P(label | text).
        shots: examples of each label that stand in the prompt, drawn from the texts.
        names: what each label is called in the prompt, where a label says little; a dict from label to text.
        about: a sentence or two that the prompt begins with.
        prior: P(label) by Bayes' rule: `observed` (the labels' shares) or `uniform`.
        calibrated: with `by="label"`, what the model says where the text says nothing is divided out, and the prior
            takes its place; else the model's own liking of some labels counts.
        random_state: draws the examples.
    """

    card = Card(
        key="llm_classifier",
        title="Language model that is asked which label a text has",
        learns=frozenset({"P(y|x)"}),
        modality=TEXTS,
        backbone="transformer",
        objective="none: a prompt",
        log_prob="exact",
        missing="refused",
        condition="none",
        references=(
            "Brown et al. 2020, Language models are few-shot learners, NeurIPS",
            "Min et al. 2022, Noisy channel language model prompting for few-shot text classification, ACL",
            "Zhao et al. 2021, Calibrate before use, ICML",
        ),
        tasks=frozenset({"class"}),
        density_tasks=frozenset({"class"}),
        needs_target=True,
        extras=("deep", "llm"),
        avoid_when="there are more than a few labelled texts: text_logistic then knows more, in a second",
        by_name=True,
        stands_on="weights",
        weights_licence="Apache-2.0 (SmolLM2)",
    )

    def __init__(
        self,
        weights: str = "llm",
        by: str = "text",
        shots: int = 0,
        names: Mapping[Any, str] | None = None,
        about: str = "",
        prior: str = "observed",
        calibrated: bool = True,
        random_state: RandomState = None,
    ) -> None:
        self.weights = weights
        self.by = by
        self.shots = shots
        self.names = names
        self.about = about
        self.prior = prior
        self.calibrated = calibrated
        self.random_state = random_state

    def _check(self) -> None:
        check(
            self, weights=TEXT, about=TEXT, by=one_of(("text", "label")), shots=COUNT_OR_ZERO,
            prior=one_of(("observed", "uniform")), calibrated=TRUTH,
            names=Rule("a dict from labels to texts, or None", _are_names),
        )  # fmt: skip
        from ..training.device import require_torch

        require_torch(self.card.key)

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self._check()
        from ..training.labels import shares_of

        column = data.schema.target_column
        assert column is not None
        unknown = [name for name in self.names or {} if str(name) not in map(str, column.values)]
        if unknown:
            raise BadInput(
                f"names= calls {unknown[0]!r}, which is no label; there are {', '.join(map(str, column.values))}"
            )
        called = {str(label): name for label, name in (self.names or {}).items()}
        self.called_ = [called.get(str(label), str(label)) for label in column.values]
        if len(set(self.called_)) < len(self.called_):
            raise BadInput("two labels are called the same in the prompt; names= tells them apart")
        self.share_ = shares_of(data.y, len(self.called_))
        self.examples_ = self._chosen(data, rng)
        self._open()
        self.bias_ = self._biased()

    def _chosen(self, data: Dataset, rng: np.random.Generator) -> list[tuple[str, int]]:
        """So many examples of each label, in an order drawn by lot."""
        found: list[tuple[str, int]] = []
        for code in range(len(self.called_)):
            own = np.flatnonzero(data.y == code)
            taken = rng.permutation(own)[: self.shots]
            found += [(str(data.values[i]), code) for i in taken]
        return [found[i] for i in rng.permutation(len(found))]

    def _open(self) -> None:
        """The network, and what is read once: the beginning of every prompt."""
        from ..backbones.causal_folder import from_folder
        from ..backbones.continuations import begun, further
        from ..training.device import device

        self._net: FolderModel
        self._cut: Subwords
        self._net, self._cut = from_folder(self.weights, 2)
        self._net.to(device())
        told = [self.about] if self.about else []
        told += [self._example(text, self.called_[code]) for text, code in self.examples_]
        self._starts: list[Beginning] = []
        before = "".join(f"{one}\n\n" for one in told)
        asked = [f"Label: {name}\nText:" for name in self.called_] if self.by == "text" else ["Text:"]
        start = begun(self._net, self._tokens(before)) if before else None
        for one in asked:  # a label's prompt, or the one of all texts
            tokens = self._tokens(one)
            self._starts.append(begun(self._net, tokens) if start is None else further(self._net, start, tokens))

    def _example(self, text: str, name: str) -> str:
        return f"Label: {name}\nText: {text}" if self.by == "text" else f"Text: {text}\nLabel: {name}"

    def _tokens(self, text: str) -> Array:
        return self._cut.encode([text])[0]

    def _biased(self) -> FloatArray:
        """Nats of each label where the text says nothing."""
        if self.by == "text" or not self.calibrated:
            return np.zeros(len(self.called_))
        said = self._of_labels(NOTHING)
        said -= np.logaddexp.reduce(said, axis=1, keepdims=True)
        return np.logaddexp.reduce(said, axis=0) - np.log(len(NOTHING))

    # ------------------------------------------------------------------------- queries

    def _predict(self, given: Evidence) -> Prediction:
        from scipy.special import softmax

        texts = [str(text) for text in given.values]
        if any(HOLE in text for text in texts):
            raise CannotAnswer(f"{self.card.key} reads no texts with holes", instead="fill them first, as gpt does")
        said = self._of_texts(texts) if self.by == "text" else self._of_labels(texts) - self.bias_
        if self.by == "text" or self.calibrated:
            with np.errstate(divide="ignore"):
                said = said + (np.log(self.share_) if self.prior == "observed" else 0.0)
        return Prediction(proba=softmax(said, axis=1))

    def _of_texts(self, texts: Sequence[str]) -> FloatArray:
        """log P(text | label), (n, labels)."""
        from ..backbones.continuations import nats

        rows = [self._tokens(f" {text}\n") for text in texts]
        return np.stack([nats(self._net, start, rows) for start in self._starts], axis=1)

    def _of_labels(self, texts: Sequence[str]) -> FloatArray:
        """log P(label | text), of the label's whole name, (n, labels); they do not sum to 1."""
        from ..backbones.continuations import further, nats

        names = [self._tokens(f" {name}\n") for name in self.called_]
        asked = [further(self._net, self._starts[0], self._tokens(f" {text}\nLabel:")) for text in texts]
        return np.stack([nats(self._net, one, names) for one in asked])

    # --------------------------------------------------------------------------- state

    def _state(self) -> dict[str, Any]:
        from ..backbones.lora import digest

        return {"called": self.called_, "share": self.share_, "bias": self.bias_, "base": digest(self.weights),
                "examples": [list(one) for one in self.examples_]}  # fmt: skip

    def _restore(self, state: dict[str, Any]) -> None:
        from ..backbones.lora import digest
        from ..training.device import require_torch

        require_torch(self.card.key)
        if digest(self.weights) != state["base"]:
            raise BadInput(f"{self.weights} holds another model than the one it was fitted with")
        self.called_, self.share_, self.bias_ = list(state["called"]), state["share"], state["bias"]
        self.examples_ = [(str(text), int(code)) for text, code in state["examples"]]
        self._open()


def _are_names(value: Any) -> bool:
    return value is None or (
        isinstance(value, Mapping) and all(isinstance(v, str) and v.strip() for v in value.values())
    )
