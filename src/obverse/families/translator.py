"""An encoder–decoder transformer (Vaswani et al. 2017): P(target text | source text), such as a translation.

Source and target are cut by one vocabulary, learned from both. The probability of a target, its end included, is that
of its tokens in turn; the most likely target is searched for by beams, others are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..backbones import arguments as must
from ..core import rng as generators
from ..core.card import Card
from ..core.errors import BadInput, CannotAnswer
from ..core.evidence import Evidence
from ..core.modality import HOLE
from ..core.model import Model
from ..core.queries import Details, Drawn, Imputes, Prediction, Predicts, Samples, Scores
from ..core.rng import RandomState
from ..core.schema import Array, Column, Dataset, FloatArray, Schema
from ..core.store import Blob
from ..modalities.pairs import PAIRS, SOURCE, TARGET
from ..modalities.text import text_column

if TYPE_CHECKING:
    import torch

    from ..backbones.language import Language
    from ..backbones.tokens import Tokens

SHOWN, MOST_EPOCHS = 6_000_000, 60  # tokens of both sides that training shows, and passes at most
MOST_DRAWN = 200  # tokens of a target of a folder's model, unless length says otherwise
TOGETHER = 128  # sources worked on at once, which bounds memory


class Translator(Predicts, Samples, Scores, Imputes, Model):
    """P(y | x) of pairs of texts.

    Args:
        tokens: how texts are cut: `bpe` (pieces of words, learned from sources and targets together; the default),
            `characters` (exact) or `bytes`.
        vocabulary: how many tokens `bpe` has.
        encoder_layers, decoder_layers, heads, width: of the transformer; `width` is a multiple of twice `heads`.
        context: tokens of a source, and of a target, that are looked at together. Longer sources are refused.
        dropout: share of numbers left out by lot in training; worth a try where the pairs are shown many times.
        smoothing: share of a token's weight that training spreads over all tokens.
        weights: a folder with an encoder–decoder that transformers saved, to go on learning from; tokens, sizes and
            dropout are then the folder's, and nothing is smoothed.
        epochs: most passes over the pairs; None takes as many as show 6,000,000 tokens, 1 to 60, and with a budget as
            many as it allows.
        batch: tokens of a step, of sources and targets together.
        rate: highest learning rate.
        decay: weight decay.
        patience: epochs without a better loss on pairs held out after which training stops; the best weights are kept.
            0 never stops and keeps the last.
        budget: seconds after which training stops; None: when the epochs are over.
        beams: beginnings that the search for the most likely target keeps.
        length_penalty: power of their length that the nats of found targets are divided by: 0 finds the most likely,
            which is often short; 1 the best by the token, as translations are often made.
        temperature: by which scores are divided when drawing: below 1 for likelier targets, 0 for the likeliest token
            every time.
        top_p: share of the probability that tokens are drawn from, the likeliest first.
        length: most tokens of a target that is made; None: as many as half more than the longest it learned from.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds the weights, the batches and the drawing.
    """

    card = Card(
        key="translator",
        title="Encoder–decoder transformer from texts to texts",
        learns=frozenset({"P(y|x)"}),
        modality=PAIRS,
        backbone="transformer",
        objective="autoregressive: -log p(token | tokens before it, source)",
        log_prob="exact",
        missing="refused",
        condition="source",
        references=(
            "Vaswani et al. 2017, Attention is all you need, NeurIPS",
            "Sennrich et al. 2016, Neural machine translation of rare words with subword units, ACL",
            "Littman et al. 1998, Automatic cross-language information retrieval using latent semantic indexing",
        ),
        tasks=frozenset({"structure"}),
        density_tasks=frozenset({"structure"}),
        needs_target=True,
        extras=("deep",),
        avoid_when="there are a few labels to tell and no texts to write: bert or text_logistic",
        by_name=True,
        tiny={"vocabulary": 320, "encoder_layers": 1, "decoder_layers": 1, "width": 32, "heads": 2, "context": 32,
              "smoothing": 0.0, "epochs": 12, "batch": 600, "rate": 1e-2},
    )  # fmt: skip

    def __init__(
        self,
        tokens: str = "bpe",
        vocabulary: int = 2000,
        encoder_layers: int = 2,
        decoder_layers: int = 2,
        heads: int = 4,
        width: int = 128,
        context: int = 128,
        dropout: float = 0.0,
        smoothing: float = 0.1,
        weights: str | None = None,
        epochs: int | None = None,
        batch: int = 1200,
        rate: float = 3e-3,
        decay: float = 0.1,
        patience: int = 10,
        budget: float | None = None,
        beams: int = 4,
        length_penalty: float = 0.0,
        temperature: float = 1.0,
        top_p: float = 1.0,
        length: int | None = None,
        checkpoint: str | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.tokens = tokens
        self.vocabulary = vocabulary
        self.encoder_layers = encoder_layers
        self.decoder_layers = decoder_layers
        self.heads = heads
        self.width = width
        self.context = context
        self.dropout = dropout
        self.smoothing = smoothing
        self.weights = weights
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.decay = decay
        self.patience = patience
        self.budget = budget
        self.beams = beams
        self.length_penalty = length_penalty
        self.temperature = temperature
        self.top_p = top_p
        self.length = length
        self.checkpoint = checkpoint
        self.random_state = random_state

    @classmethod
    def from_pretrained(cls, folder: str | Path, *, beams: int = 4, length_penalty: float = 0.0,
                        temperature: float = 1.0, top_p: float = 1.0, length: int | None = None,
                        random_state: RandomState = None) -> Self:  # fmt: skip
        """A model with the weights of an encoder–decoder that transformers saved, as they are.

        Raises:
            BadInput: the folder holds no such model, or none as safetensors.
        """
        model = cls(weights=str(folder), beams=beams, length_penalty=length_penalty, temperature=temperature,
                    top_p=top_p, length=length, random_state=random_state)  # fmt: skip
        model._check()
        from ..backbones.seq2seq_folder import from_folder

        model.net_, model.cut_ = from_folder(folder)
        model.longest_, model.history_ = MOST_DRAWN, {}
        model._set_schema(Schema((text_column(SOURCE), Column(TARGET, "structure", "str")), target=TARGET))
        _, model.rng_ = generators.generators(random_state)
        model.notes_, model.combinations_ = (f"weights of {Path(folder).name}, not trained here",), []
        return model

    # ------------------------------------------------------------------------- learning

    def _check(self) -> None:
        from ..backbones.tokens import KINDS

        must.check(
            self, tokens=must.one_of(KINDS), vocabulary=must.at_least(257),
            heads=must.COUNT, width=must.COUNT, encoder_layers=must.COUNT, decoder_layers=must.COUNT,
            context=must.at_least(2), dropout=must.BELOW_ONE, smoothing=must.BELOW_ONE, epochs=must.COUNT_OR_NONE,
            batch=must.COUNT, rate=must.POSITIVE, decay=must.NOT_NEGATIVE, patience=must.at_least(0),
            budget=must.POSITIVE_OR_NONE, beams=must.COUNT, length_penalty=must.NOT_NEGATIVE,
            temperature=must.NOT_NEGATIVE, top_p=must.SHARE, length=must.COUNT_OR_NONE,
        )  # fmt: skip
        if self.width % (2 * self.heads):
            raise BadInput(f"width must be a multiple of twice heads ({2 * self.heads}), not {self.width}")
        from ..training.device import require_torch

        require_torch(self.card.key)

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self._check()
        import torch

        from ..backbones.meeting import vectors
        from ..objectives import next_token
        from ..training.device import device, mixed, seeded
        from ..training.loop import Player, Recipe, train
        from ..training.pairs import Bundles, fitting
        from ..training.tables import digest

        on, sources, targets = device(), data.values.tolist(), data.label.tolist()
        net, cut = self._start([*sources, *targets], seed=int(rng.integers(2**31)))
        net.to(on)
        scores = mixed(net, on)
        read = fitting(cut.encode(sources), net.context, "sources")
        ended = fitting([np.append(one, cut.end) for one in cut.encode(targets)], net.context, "targets")
        rows = Bundles(read, ended, self.batch, rng, on)
        if self.weights is None:
            one, other = ([texts[i] for i in rows.learned] for texts in (read, ended))
            net.begin_at(vectors(one, other, cut.size, self.width, rng))
        smoothing = self.smoothing if self.weights is None else 0.0
        self.longest_ = min(net.context - 1, max(map(len, ended)) * 3 // 2)

        def error(asked: torch.Tensor, spread: float) -> torch.Tensor:
            said = [(next_token.loss(scores(s, t[:, :-1]), t, spread), (t >= 0).sum()) for s, t in rows.batches(asked)]
            return torch.stack([nats * n for nats, n in said]).sum() / torch.stack([n for _, n in said]).sum()

        def loss(asked: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            net.train()
            with seeded(noise):
                return error(asked, smoothing)

        def judged(asked: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            net.eval()
            return error(asked, 0.0)

        shown = MOST_EPOCHS if self.budget else round(SHOWN / rows.tokens)
        recipe = Recipe(epochs=self.epochs or int(np.clip(shown, 1, MOST_EPOCHS)), batch=1, rate=self.rate,
                        decay=self.decay, patience=self.patience, betas=(0.9, 0.99), budget=self.budget)  # fmt: skip
        history = train(
            [Player("network", dict(net.named_parameters()), loss, judged=judged)], rows.rows, rows.held, recipe, rng,
            folder=self.checkpoint, data=digest(np.concatenate(read), np.concatenate(ended)), what=self.card.key,
        )  # fmt: skip
        self.history_ = {"train": history.losses, "held": history.held, "steps": history.steps, "tokens": rows.tokens}
        self.net_, self.cut_ = net.eval(), cut

    def _start(self, texts: Sequence[str], seed: int) -> tuple[Any, Tokens]:
        """The network before training, and how texts are cut."""
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if self.weights is not None:
                from ..backbones.seq2seq_folder import from_folder

                return from_folder(self.weights)
            from ..backbones import tokens

            cut = tokens.learned(self.tokens, texts, self.vocabulary)
            return self._network(cut.size), cut

    def _network(self, size: int) -> Any:
        """A transformer over so many tokens."""
        from ..backbones.seq2seq import Seq2Seq

        return Seq2Seq(size, width=self.width, layers=(self.encoder_layers, self.decoder_layers), heads=self.heads,
                       context=self.context, dropout=self.dropout)  # fmt: skip

    # ------------------------------------------------------------------------- queries

    def _predict(self, given: Evidence) -> Prediction:
        from ..backbones.beam import likeliest

        out = np.empty(len(given), dtype=object)
        with self._threads():
            for rows, sources in self._blocks(given):
                told = self._told(sources)
                never = [*self.cut_.never_drawn, *getattr(told.net, "never", ())]
                asked = self.cut_.end, self.beams, self._most, never, self.length_penalty
                out[rows] = [self.cut_.decode(tokens) for tokens in likeliest(told.net, told.memory, *asked)]
        return Prediction(structure=out.tolist())

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        return self._draw(n, given, rng).rows

    def _draw(self, n: int, given: Evidence, rng: np.random.Generator) -> Drawn:
        texts, cut = list[str](), 0
        with self._threads():
            for _, sources in self._blocks(given):
                language, nothing = self._language(sources), np.empty(0, np.int64)
                for at in range(0, n, TOGETHER):
                    marks = np.zeros((min(TOGETHER, n - at), 2), np.int64)
                    steps = language.steps(marks, nothing, self._most, rng, self.temperature, self.top_p)
                    rows = np.stack(list(steps), axis=1)
                    cut += int((rows[:, -1] >= 0).sum())
                    texts += [self.cut_.decode(row[row >= 0]) for row in rows]
        ways = ("temperature", self.temperature), ("top-p", self.top_p)
        how = [f"{name} {value:g}" for name, value in ways if value != 1]
        notes = (f"{cut:,} of {n:,} texts were cut at {self._most:,} tokens; length= allows more",) if cut else ()
        return Drawn(np.array([*texts, None], dtype=object)[:-1], Details(" and ".join(how) or "exact", notes=notes))

    def _log_prob(self, event: Evidence) -> FloatArray:
        """log P(target | source); a target that ends in a hole stands for all that begin as it does, and one that is
        unknown for any."""
        out = np.zeros(len(event))
        known = np.array([i for i, one in enumerate(event.label) if one is not None], dtype=int)
        texts = [str(event.label[i]) for i in known]
        whole = [text.removesuffix(HOLE) for text in texts]
        if any(HOLE in text for text in whole):
            raise CannotAnswer("a target with a hole before its end has no probability here", instead="impute it first")
        cut = self.cut_.encode(whole)
        each = [c if t.endswith(HOLE) else np.append(c, self.cut_.end) for c, t in zip(cut, texts, strict=True)]
        with self._threads():
            for rows, sources in self._blocks(Evidence(event.values[known])):
                marks = np.arange(len(rows))[:, None] + np.zeros(2, np.int64)
                out[known[rows]] = self._language(sources).nats([each[i] for i in rows], marks)
        return out

    def _reached(self, event: Evidence) -> Details | None:
        if all(one is None for one in event.label):
            return Details(f"beam search, {self.beams} wide, length penalty {self.length_penalty:g}")
        if self.cut_.whole:
            return None
        return Details("lower bound", notes=("a text may be cut into tokens in several ways, and one is scored",))

    def _impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        from ..backbones.infilling import Filler

        copies = [given.label.copy() for _ in range(draws or 1)]
        for i in np.flatnonzero([one is None or HOLE in one for one in given.label]):
            target, alone = given.label[i], Evidence(given.values[i : i + 1])
            if target is None or target == HOLE:
                made = list(self._predict(alone).structure or ()) if draws is None else self._sample(draws, alone, rng)
            else:
                with self._threads():
                    filler = Filler(self._language(next(self._blocks(alone))[1]), np.full(1, np.nan), self._most)
                    made = [filler.filled(target, rng, likeliest=draws is None) for _ in copies]
            for copy, text in zip(copies, made, strict=True):
                copy[i] = text
        return copies

    def _completed(self, given: Evidence) -> Details:
        inside = any(HOLE in (one or "").removesuffix(HOLE) for one in given.label)
        return Details("candidates weighed by what follows" if inside else "the likeliest by search, draws exact")

    def _blocks(self, given: Evidence) -> Iterator[tuple[Array, list[Array]]]:
        """Rows that are worked on together, and their sources' tokens, by length.

        Raises:
            BadInput: a source is longer than the context.
        """
        from ..training.pairs import fitting

        cut = fitting(self.cut_.encode([str(one) for one in given.values]), self.net_.context, "sources")
        order = np.argsort([len(one) for one in cut], kind="stable")
        for at in range(0, len(order), TOGETHER):
            rows = order[at : at + TOGETHER]
            yield rows, [cut[i] for i in rows]

    def _told(self, sources: list[Array]) -> Any:
        """The network with these sources read."""
        from ..backbones.seq2seq import Told
        from ..training.device import device

        return Told(self.net_.to(device()), sources)

    def _language(self, sources: list[Array]) -> Language:
        """What writes targets of these sources, whose places are the marks."""
        from ..backbones.language import Language

        return Language(self._told(sources), self.cut_, np.zeros(0), passages=False)

    def _threads(self) -> AbstractContextManager[None]:
        """One thread for a small network, for which a second is no gain; all there are for one of a folder."""
        from ..training.device import one_thread

        return one_thread() if self.weights is None else nullcontext()

    @property
    def _most(self) -> int:
        return min(self.net_.context - 1, self.length or self.longest_)

    # --------------------------------------------------------------------------- state

    def _state(self) -> dict[str, Any]:
        weights = {name: t.detach().cpu().numpy() for name, t in self.net_.named_parameters()}
        config = None if self.weights is None else Blob("json", self.net_.config.encode())
        return {"weights": weights, "config": config, "tokens": Blob("json", self.cut_.to_json().encode()),
                "longest": self.longest_, "history": self.history_}  # fmt: skip

    def _restore(self, state: dict[str, Any]) -> None:
        from ..backbones import tokens
        from ..training.device import require_torch

        require_torch(self.card.key)
        import torch

        self.longest_, self.history_ = int(state["longest"]), state["history"]
        self.cut_ = tokens.of_json(state["tokens"].data.decode())
        if state["config"] is None:
            net = self._network(self.cut_.size)
        else:
            from ..backbones.seq2seq_folder import rebuilt

            net = rebuilt(state["config"].data.decode())
        own = dict(net.named_parameters())
        if own.keys() != state["weights"].keys():
            raise ValueError("weights of another network")
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(torch.as_tensor(state["weights"][name]))
        self.net_ = net.eval()
