"""A language model that reads and writes from left to right (Radford et al. 2018): P(text), and P(text, label).

Its probability of a string, the end of the text included, is exact, so that it also draws, goes on from a prompt, fills
holes by weighing what follows them, and, where texts have labels, says by Bayes' rule which label a text has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..backbones import arguments as must
from ..core import literal
from ..core import rng as generators
from ..core.card import Card
from ..core.errors import BadInput
from ..core.evidence import Evidence
from ..core.modality import HOLE
from ..core.model import Model
from ..core.queries import Details, Drawn, Imputes, Samples, Scores
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray, Schema
from ..modalities.text import TEXTS, text_column

if TYPE_CHECKING:
    import pandas as pd

    from ..backbones.language import Language
    from ..backbones.tokens import Tokens
    from ..training.writing import Lesson

SHOWN, SHOWN_FOLDER = 1_200_000, 60_000  # tokens that training shows, unless epochs say otherwise; with weights
NEW_RATE, FOLDER_RATE, LORA_RATE = 3e-3, 5e-5, 5e-4
MOST_DRAWN = 1_000  # tokens of a drawn text, unless length says otherwise
TOGETHER = 256  # texts drawn at once, which bounds memory


class GPT(Samples, Scores, Imputes, Model):
    """P(x) of texts, or P(x, y) of texts with labels.

    Args:
        tokens: how texts are cut: `characters` (exact; the default), `bytes`, or `bpe`: pieces of words, learned from
            the texts.
        vocabulary: how many tokens `bpe` has.
        layers, heads, width: of the transformer; `width` is a multiple of twice `heads`.
        context: tokens that are looked at together. Longer texts are read in windows that overlap by half. With
            weights it is the folder's, and this is how many are looked at in training, whose memory grows with it.
        dropout: share of numbers left out by lot in training.
        weights: a folder with a causal language model that transformers saved, to go on learning from instead of a
            transformer from scratch; tokens and sizes are then the folder's. `llm` is SmolLM2 (`backbones.packaged`).
        lora: with weights, the rank of small matrices beside the large ones, which alone are learned and saved; 0: all
            weights are.
        epochs: most passes over the texts; None takes as many as show 1,200,000 tokens, with weights 60,000, 1 to 60,
            and with a budget as many as it allows.
        batch: windows of a step; of texts shorter than the context, as many as fill them, if an epoch still has
            twenty steps.
        rate: highest learning rate; None: 0.003, with weights 0.00005, with lora 0.0005.
        decay: weight decay.
        patience: epochs without a better loss on texts held out after which training stops; the best weights are
            kept. 0 never stops and keeps the last.
        budget: seconds after which training stops; None: when the epochs are over.
        temperature: by which scores are divided when drawing: below 1 for likelier texts, 0 for the likeliest token
            every time.
        top_p: share of the probability that tokens are drawn from, the likeliest first.
        length: most tokens of a drawn text; None: as many as the longest text it learned from, at most 1,000.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds the weights, the batches and the drawing.
    """

    card = Card(
        key="gpt",
        title="Language model that reads and writes from left to right",
        learns=frozenset({"P(x)", "P(x,y)"}),
        modality=TEXTS,
        backbone="transformer",
        objective="autoregressive: -log p(token | tokens before it)",
        log_prob="exact",
        missing="refused",
        condition="prompt",
        references=(
            "Radford et al. 2018, Improving language understanding by generative pre-training",
            "Vaswani et al. 2017, Attention is all you need, NeurIPS",
            "Holtzman et al. 2020, The curious case of neural text degeneration, ICLR",
            "Hu et al. 2022, LoRA: low-rank adaptation of large language models, ICLR",
            "nanoGPT",
        ),
        tasks=frozenset({"class"}),
        density_tasks=frozenset({"class"}),
        exact_given=frozenset({"equal"}),
        extras=("deep",),
        avoid_when="only the label is wanted and there are few of them",
        by_name=True,
        tiny={"layers": 1, "width": 32, "heads": 2, "context": 16, "epochs": 40, "batch": 32, "rate": 1e-2},
    )

    def __init__(
        self,
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

    @classmethod
    def from_pretrained(cls, folder: str | Path, *, temperature: float = 1.0, top_p: float = 1.0,
                        length: int | None = None, random_state: RandomState = None) -> Self:  # fmt: skip
        """A model with the weights of a causal language model that transformers saved, as they are.

        Raises:
            BadInput: the folder holds no such model, or none as safetensors.
        """
        model = cls(weights=str(folder), temperature=temperature, top_p=top_p, length=length, random_state=random_state)
        model._check()
        from ..backbones.causal_folder import from_folder
        from ..backbones.language import Language

        net, cut = from_folder(folder, marks=2)
        model.language_ = Language(net, cut, np.zeros(0), passages=False)
        model.longest_, model.history_ = MOST_DRAWN, {}
        model._set_schema(Schema((text_column(),)))
        _, model.rng_ = generators.generators(random_state)
        model.notes_, model.combinations_ = (f"weights of {Path(folder).name}, not trained here",), []
        return model

    # ------------------------------------------------------------------------- learning

    def _check(self) -> None:
        from ..backbones.tokens import KINDS

        must.check(
            self, tokens=must.one_of(KINDS), layers=must.COUNT, heads=must.COUNT, width=must.COUNT,
            vocabulary=must.at_least(257), context=must.at_least(2), dropout=must.BELOW_ONE, epochs=must.COUNT_OR_NONE,
            batch=must.COUNT, decay=must.NOT_NEGATIVE, patience=must.COUNT_OR_ZERO, lora=must.COUNT_OR_ZERO,
            rate=must.POSITIVE_OR_NONE, budget=must.POSITIVE_OR_NONE, temperature=must.NOT_NEGATIVE, top_p=must.SHARE,
            length=must.COUNT_OR_NONE,
        )  # fmt: skip
        if self.width % (2 * self.heads):
            raise BadInput(f"width must be a multiple of twice heads ({2 * self.heads}), not {self.width}")
        if self.lora and self.weights is None:
            raise BadInput("lora= learns beside weights that are there: name them, for instance weights='llm'")
        from ..training.device import require_torch

        require_torch(self.card.key)

    @property
    def _usual_rate(self) -> float:
        return NEW_RATE if self.weights is None else LORA_RATE if self.lora else FOLDER_RATE

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self._check()
        from ..backbones.language import Language, marks_of
        from ..training.device import device
        from ..training.labels import classes, shares_of
        from ..training.writing import learn

        on, count = device(), classes(data.schema)
        label = np.full(len(data), np.nan) if data.label is None else data.y
        texts, kinds = data.values.tolist(), count + 1
        net, cut = self._start(texts, kinds, seed=int(rng.integers(2**31)))
        net.to(on)
        ended = [np.append(one, cut.end) for one in cut.encode(texts)]
        codes = marks_of(label, kinds, by_passages=False)[:, 0]
        self.longest_ = min(MOST_DRAWN, max(map(len, ended)))
        learned = {name: p for name, p in net.named_parameters() if p.requires_grad}
        self.history_, passages = learn(net, learned, ended, codes, kinds, self._lesson(net), rng, on)
        self.language_ = Language(net, cut, shares_of(label, count), passages)

    def _lesson(self, net: Any) -> Lesson:
        """How a network is trained."""
        from ..training.writing import Lesson

        own, plain = self.weights is not None, self.rate or self._usual_rate
        return Lesson(
            window=min(net.context, self.context) if own else net.context, shown=SHOWN_FOLDER if own else SHOWN,
            epochs=self.epochs, batch=self.batch, rate=plain, decay=self.decay, patience=self.patience,
            budget=self.budget, random=bool(self.dropout) or own, checkpoint=self.checkpoint, what=self.card.key,
        )  # fmt: skip

    def _start(self, texts: Sequence[str], kinds: int, seed: int) -> tuple[Any, Tokens]:
        """The network before training, and how texts are cut."""
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if self.weights is not None:
                from ..backbones.causal_folder import from_folder
                from ..backbones.lora import adapted

                net, cut = from_folder(self.weights, 2 * kinds)
                return (adapted(net, self.lora) if self.lora else net), cut
            from ..backbones import tokens

            cut = tokens.learned(self.tokens, texts, self.vocabulary)
            return self._network(cut.size, kinds), cut

    def _network(self, size: int, kinds: int) -> Any:
        """A transformer over so many tokens and kinds of mark."""
        from ..backbones.transformer import Transformer

        return Transformer(size, 2 * kinds, width=self.width, layers=self.layers, heads=self.heads,
                           context=self.context, dropout=self.dropout)  # fmt: skip

    # ------------------------------------------------------------------------- queries

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        return self._draw(n, given, rng).rows

    def _draw(self, n: int, given: Evidence, rng: np.random.Generator) -> Drawn:
        language = self._asked()
        prompt, before = language.prompt(str(given.values[0]))
        texts, cut = list[str](), 0
        for at in range(0, n, TOGETHER):
            marks = language.marks(prompt, min(TOGETHER, n - at), rng, given.label)
            rows = np.stack(list(self._steps(marks, before, rng)), axis=1)
            cut += int((rows[:, -1] >= 0).sum())
            texts += [prompt + language.continued(prompt, before, row[row >= 0]) for row in rows]
        how = [f"temperature {self.temperature:g}"] * (self.temperature != 1)
        how += [f"top-p {self.top_p:g}"] * (self.top_p < 1)
        notes = (f"{cut:,} of {n:,} texts were cut at {self._most:,} tokens; length= allows more",) if cut else ()
        return Drawn(np.array([*texts, None], dtype=object)[:-1], Details(" and ".join(how) or "exact", notes=notes))

    def stream(self, prompt: str = "", *, label: Any = None, seed: int | None = None) -> Iterator[str]:
        """What comes after a prompt, piece by piece as it is drawn; together what `sample(1, ...)` draws with the same
        seed, prompt and label.

        Raises:
            BadInput: the prompt is longer than the context, or no text it learned from had this label.
        """
        self._fitted("sample")
        given: dict[str, Any] = {"prompt": prompt} | ({} if label is None else {"label": label})
        evidence, rng = literal.evidence(self.card, self.schema_, given), self._draws(seed)
        assert evidence is not None
        language = self._asked()
        text, before = language.prompt(str(evidence.values[0]))
        marks = language.marks(text, 1, rng, evidence.label)
        return language.pieces(text, before, self._steps(marks, before, rng))

    def chat(self, turns: Sequence[Mapping[str, str]], *, seed: int | None = None) -> Iterator[str]:
        """The answer to a conversation, piece by piece as it is drawn, by the template of the folder of its weights.

        Args:
            turns: each {"role": "system", "user" or "assistant", "content": text}; the last is the user's.
            seed: makes this answer repeatable; None advances the model's own generator.

        Raises:
            CannotAnswer: the folder brought no template: it was taught no conversation.
            BadInput: a turn is none, or (`TooLong`) they leave the answer no room in the context.
        """
        self._fitted("sample")
        from ..backbones.conversation import opening

        language, rng = self._asked(), self._draws(seed)
        before, marks = opening(language, turns), language.marks("", 1, rng)
        return language.pieces("", before, self._steps(marks, before, rng))

    def token_log_prob(self, text: str, *, label: Any = None) -> pd.DataFrame:
        """How probable each token of a text is given those before: columns `token` (str, the last empty: the end) and
        `log_prob` (float64, nats), which sum to `log_prob` of the text, or with a label to log P(text | label).

        Raises:
            BadInput: no text it learned from had this label.
        """
        self._fitted("log_prob")
        import pandas as pd

        given = {"prompt": ""} if label is None else {"prompt": "", "label": label}
        told = literal.evidence(self.card, self.schema_, given)
        code = np.nan if told is None or told.label is None else float(told.label[0])
        event = self.card.modality.read([text], self.schema_)[0]
        with self._threads():
            tokens, nats = self._asked().by_token(str(event.values[0]), code)
        return pd.DataFrame({"token": pd.Series(tokens, dtype="str"), "log_prob": nats})

    def _steps(self, marks: Array, before: Array, rng: np.random.Generator) -> Iterator[Array]:
        steps = self.language_.steps(marks, before, self._most, rng, self.temperature, self.top_p)
        while True:
            with self._threads():  # not around the whole: between two steps others compute
                step = next(steps, None)
            if step is None:
                return
            yield step

    def _asked(self) -> Language:
        """The model where it is asked."""
        from ..training.device import device

        self.language_.net.to(device())
        return self.language_

    def _threads(self) -> AbstractContextManager[None]:
        """One thread for a small network, for which a second is no gain; all there are for one of a folder."""
        from ..training.device import one_thread

        return one_thread() if self.weights is None else nullcontext()

    @property
    def _most(self) -> int:
        return self.length or self.longest_

    def _impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        from ..backbones.infilling import Filler

        copies = [given.values.copy() for _ in range(draws or 1)]
        with self._threads():
            for i in np.flatnonzero([HOLE in str(text) for text in given.values]):
                filler = Filler(self._asked(), given.label[i : i + 1], self._most)
                for copy in copies:
                    copy[i] = filler.filled(str(given.values[i]), rng, likeliest=draws is None)
        return copies

    def _completed(self, given: Evidence) -> Details:
        inside = any(HOLE in str(text).removesuffix(HOLE) for text in given.values)
        return Details("candidates weighed by what follows" if inside else "exact")

    def _log_prob(self, event: Evidence) -> FloatArray:
        with self._threads():
            joint = self._asked().log_joint([str(t) for t in event.values], np.asarray(event.label, dtype=float))
        return np.logaddexp.reduce(joint, axis=1)

    def _reached(self, event: Evidence) -> Details | None:
        if self.language_.cut.whole:
            return None
        return Details("lower bound", notes=("a text may be cut into tokens in several ways, and one is scored",))

    # --------------------------------------------------------------------------- state

    def _state(self) -> dict[str, Any]:
        from ..backbones.language_state import state_of

        base = self.weights if self.lora else None
        return {**state_of(self.language_, of_folder=self.weights is not None, base=base),
                "longest": self.longest_, "history": self.history_}  # fmt: skip

    def _restore(self, state: dict[str, Any]) -> None:
        from ..training.device import require_torch

        require_torch(self.card.key)
        from ..backbones.language_state import restored

        self.longest_, self.history_ = int(state["longest"]), state["history"]
        self.language_ = restored(state, self._network, base=self.weights if self.lora else None, rank=self.lora)
