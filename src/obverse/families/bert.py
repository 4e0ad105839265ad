"""A transformer that reads texts from both sides (Devlin et al. 2019): P(label | text).

It first learns to tell hidden tokens from those around them, of the user's own texts, texts without a label among
them; then labels. The first part can be left out, so that its worth is measured. A folder that transformers saved
brings what others learned in that way; with few labels its encoder is best left as it is, and only the last layer is
learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones import arguments as must
from ..core.card import Card
from ..core.errors import BadInput, CannotAnswer
from ..core.evidence import Evidence
from ..core.modality import HOLE
from ..core.model import Model
from ..core.queries import Prediction, Predicts
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..core.store import Blob
from ..modalities.text import TEXTS

if TYPE_CHECKING:
    import torch

    from ..backbones.encoder import Reader
    from ..backbones.tokens import Tokens
    from ..training.texts import Windows

SHOWN, MOST_EPOCHS, LEAST_STEPS = 1_200_000, 60, 20  # tokens that each part shows, passes at most, steps of an epoch
NEW_RATE, FOLDER_RATE = 1e-3, 5e-5


class BERT(Predicts, Model):
    """P(y | x) of texts.

    Args:
        tokens: how texts are cut: `bpe` (pieces of words learned from the texts; the default), `characters` or `bytes`.
        vocabulary: how many tokens `bpe` has.
        layers, heads, width: of the transformer; `width` is a multiple of twice `heads`.
        context: tokens that are looked at together. A longer text is read in stretches, whose scores are averaged.
        dropout: share of numbers left out by lot in training.
        weights: a folder with an encoder that transformers saved (BERT and its kin), instead of a transformer from
            scratch; tokens and sizes are then the folder's.
        pretrain: hidden tokens are learned before labels; None: where there are no weights.
        frozen: the encoder stays as it is (after `pretrain`), and of labels only the last layer learns, which is a
            logistic regression on the means, largest and smallest numbers of all layers; fast, and for few labels.
            What it read of the last texts, up to 128 MB, is kept in memory, so that no text is read twice.
        C: with `frozen`, the inverse strength of its L2 penalty.
        epochs: most passes of each of the two parts; None takes as many as show 1,200,000 tokens, 1 to 60, and with a
            budget as many as it allows.
        batch: texts of a step, of whole contexts; of shorter ones as many as fill them, if an epoch still has twenty
            steps.
        rate: highest learning rate; None: 0.001, with weights 0.00005.
        decay: weight decay.
        patience: epochs without a better loss on texts held out after which a part stops; the best weights are kept.
            0 never stops and keeps the last.
        budget: seconds after which training stops, half of them for each of two parts; None: when the epochs are over.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds the weights and the batches.
    """

    card = Card(
        key="bert",
        title="Transformer that reads from both sides",
        learns=frozenset({"P(y|x)"}),
        modality=TEXTS,
        backbone="transformer",
        objective="masked tokens: -log p(token | both sides), then cross-entropy",
        log_prob="exact",
        missing="refused",
        condition="none",
        references=(
            "Devlin et al. 2019, BERT: pre-training of deep bidirectional transformers, NAACL",
            "Reimers and Gurevych 2019, Sentence-BERT, EMNLP",
        ),
        tasks=frozenset({"class"}),
        density_tasks=frozenset({"class"}),
        needs_target=True,
        unlabelled=True,
        extras=("deep",),
        avoid_when="there are a few thousand texts and no weights: text_logistic is as good and takes a second",
        by_name=True,
        tiny={"tokens": "characters", "layers": 1, "width": 32, "heads": 2, "context": 16, "epochs": 10, "batch": 32,
              "rate": 1e-2},
    )  # fmt: skip

    def __init__(
        self,
        tokens: str = "bpe",
        vocabulary: int = 2048,
        layers: int = 2,
        heads: int = 4,
        width: int = 128,
        context: int = 128,
        dropout: float = 0.1,
        weights: str | None = None,
        pretrain: bool | None = None,
        frozen: bool = False,
        C: float = 0.1,
        epochs: int | None = None,
        batch: int = 4,
        rate: float | None = None,
        decay: float = 0.1,
        patience: int = 10,
        budget: float | None = None,
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
        self.pretrain = pretrain
        self.frozen = frozen
        self.C = C
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.decay = decay
        self.patience = patience
        self.budget = budget
        self.checkpoint = checkpoint
        self.random_state = random_state

    # ------------------------------------------------------------------------- learning

    def _check(self) -> None:
        from ..backbones.tokens import KINDS

        must.check(
            self, tokens=must.one_of(KINDS), layers=must.COUNT, heads=must.COUNT, width=must.COUNT,
            vocabulary=must.at_least(257), context=must.at_least(2), dropout=must.BELOW_ONE,
            pretrain=must.or_none(must.TRUTH), frozen=must.TRUTH, C=must.POSITIVE, epochs=must.COUNT_OR_NONE,
            batch=must.COUNT, rate=must.POSITIVE_OR_NONE, decay=must.NOT_NEGATIVE, patience=must.COUNT_OR_ZERO,
            budget=must.POSITIVE_OR_NONE,
        )  # fmt: skip
        if self.width % (2 * self.heads):
            raise BadInput(f"width must be a multiple of twice heads ({2 * self.heads}), not {self.width}")
        from ..training.device import require_torch

        require_torch(self.card.key)

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self._check()
        from ..backbones.language import marks_of
        from ..backbones.stretches import stretches
        from ..training.device import device
        from ..training.labels import classes
        from ..training.texts import Windows

        on, count = device(), classes(data.schema)
        texts = data.values.tolist()
        self.reader_, self.cut_ = self._start(texts, count, seed=int(rng.integers(2**31)))
        net = self.reader_.to(on)
        cut = self.cut_.encode(texts)
        codes = marks_of(data.y, count + 1, by_passages=False)[:, 0]
        self.history_: dict[str, Any] = {}
        pretrain = self.weights is None if self.pretrain is None else self.pretrain
        if pretrain:
            full = [i for i, one in enumerate(cut) if len(one)]
            rows = Windows([cut[i] for i in full], codes[full], count + 1, net.body.context, rng, on)
            self._learn("tokens", rows, rng, share=1.0 if self.frozen else 0.5)
        told = np.flatnonzero(data.labelled)
        if self.frozen:
            self._stays()
            self._regress([cut[i] for i in told], data.y[told].astype(int), count)
        else:
            parts = [(s, codes[i]) for i in told for s in stretches(cut[i], net.body.context)]
            rows = Windows([s for s, _ in parts], np.array([c for _, c in parts]), count + 1,
                           net.body.context, rng, on)  # fmt: skip
            self._learn("labels", rows, rng, share=0.5 if pretrain else 1.0)
        self.reader_ = net.eval()

    def _start(self, texts: Sequence[str], count: int, seed: int) -> tuple[Reader, Tokens]:
        """The network before training, and how texts are cut."""
        import torch

        from ..backbones.encoder import Reader

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if self.weights is not None:
                from ..backbones.encoder_folder import from_folder

                body, cut = from_folder(self.weights)
            else:
                from ..backbones import tokens

                cut = tokens.learned(self.tokens, texts, self.vocabulary)
                body = self._body(cut.size)
            return Reader(body, count, every=self.frozen), cut

    def _body(self, size: int) -> Any:
        """A transformer over so many tokens."""
        from ..backbones.encoder import Encoder

        return Encoder(size, width=self.width, layers=self.layers, heads=self.heads, context=self.context,
                       dropout=self.dropout)  # fmt: skip

    def _learn(self, what: str, rows: Windows, rng: np.random.Generator, *, share: float) -> None:
        """One of the two parts, `tokens` or `labels`, with a share of the budget."""
        from ..training.device import device, mixed, seeded
        from ..training.loop import Player, Recipe, train
        from ..training.tables import digest

        net = self.reader_
        say = self._error(what, rows, mixed(net.told if what == "tokens" else net, device()))

        def loss(asked: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            net.train()
            with seeded(noise):  # numbers left out by lot
                return say(asked, noise)

        def judged(asked: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            net.eval()
            return say(asked, noise)

        shown = MOST_EPOCHS if self.budget else round(SHOWN / rows.tokens)
        fill = round(self.batch * net.body.context * len(rows.rows) / rows.tokens)
        recipe = Recipe(
            epochs=self.epochs or int(np.clip(shown, 1, MOST_EPOCHS)), decay=self.decay, patience=self.patience,
            batch=max(self.batch, min(fill, len(rows.rows) // LEAST_STEPS)), betas=(0.9, 0.99),
            rate=self.rate or (NEW_RATE if self.weights is None else FOLDER_RATE), warm_up=0.1,
            budget=self.budget and share * self.budget,
        )  # fmt: skip
        player = Player("network", net.learns(tokens=what == "tokens"), loss, judged=judged)
        folder = None if self.checkpoint is None else f"{self.checkpoint}/{what}"
        history = train([player], rows.rows, rows.held, recipe, rng, folder=folder,
                        data=digest(rows.flat.cpu().numpy(), rows.mark.cpu().numpy()),
                        what=f"{self.card.key}, {what}")  # fmt: skip
        self.history_[what] = {"train": history.losses, "held": history.held, "steps": history.steps}

    def _error(self, what: str, rows: Windows, scores: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
        """The loss of some rows with noise: of hidden tokens, or of labels."""
        import torch
        from torch.nn import functional

        from ..objectives import masked

        body = self.reader_.body

        def one(mark: torch.Tensor, tokens: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            if what == "tokens":
                shown, asked = masked.hide(tokens, body.mask, body.vocabulary, noise)
                return masked.loss(scores(shown, asked), tokens[asked])
            return functional.cross_entropy(scores(tokens), mark % rows.kinds)

        def error(asked: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            said = [(one(mark, t, noise), len(mark)) for mark, t in rows.batches(asked, noise)]
            return torch.stack([nats * n for nats, n in said]).sum() / sum(n for _, n in said)

        return error

    def _regress(self, cut: Sequence[Array], codes: Array, count: int) -> None:
        """The last layer by scikit-learn: logistic regression on what the encoder makes of the texts."""
        import torch
        from sklearn.linear_model import LogisticRegression

        x = self._readings(cut)
        found = LogisticRegression(C=self.C, max_iter=2_000).fit(x, codes)
        weight, bias = np.zeros((count, x.shape[1])), np.full(count, -np.inf)  # a class only declared has no share
        coef, intercept = found.coef_, found.intercept_
        if len(found.classes_) == 2:
            coef, intercept = np.vstack([0 * coef, coef]), np.append(0.0, intercept)
        weight[found.classes_], bias[found.classes_] = coef, intercept
        head = self.reader_.head
        with torch.no_grad():
            head.weight.copy_(torch.as_tensor(weight))
            head.bias.copy_(torch.as_tensor(bias))

    # ------------------------------------------------------------------------- queries

    def _say_each(self, cut: Sequence[Array], say: Callable[..., Any]) -> FloatArray:
        """What the network says of each text, float64 (n, numbers): see `stretches.means`."""
        from ..backbones.stretches import means, stretches
        from ..training.device import device, mixed, one_thread

        net, on = self.reader_.to(device()).eval(), device()
        with one_thread():
            return means([stretches(tokens, net.body.context) for tokens in cut], mixed(say, on), on)

    def _stays(self) -> None:
        """The encoder does not change any more: it has a name for what it reads."""
        from ..backbones import readings

        self.encoder_ = readings.name(p.detach().cpu().numpy() for p in self.reader_.body.parameters())

    def _readings(self, cut: Sequence[Array]) -> FloatArray:
        """What an encoder that stays as it is says of each text: see `readings`."""
        from ..backbones import readings

        return readings.read(self.encoder_, cut, lambda some: self._say_each(some, self.reader_.features))

    def _predict(self, given: Evidence) -> Prediction:
        from scipy.special import softmax

        texts = [str(text) for text in given.values]
        if any(HOLE in text for text in texts):
            raise CannotAnswer(f"{self.card.key} reads no texts with holes", instead="fill them first, as gpt does")
        cut = self.cut_.encode(texts)
        if not self.frozen:
            return Prediction(proba=softmax(self._say_each(cut, self.reader_), axis=1))
        weight, bias = (p.detach().double().cpu().numpy() for p in self.reader_.head.parameters())
        return Prediction(proba=softmax(self._readings(cut) @ weight.T + bias, axis=1))

    # --------------------------------------------------------------------------- state

    def _state(self) -> dict[str, Any]:
        net = self.reader_
        weights = {name: t.detach().cpu().numpy() for name, t in net.named_parameters()}
        config = None if self.weights is None else Blob("json", net.body.config.encode())
        return {"weights": weights, "config": config, "tokens": Blob("json", self.cut_.to_json().encode()),
                "history": self.history_}  # fmt: skip

    def _restore(self, state: dict[str, Any]) -> None:
        from ..training.device import require_torch

        require_torch(self.card.key)
        import torch

        from ..backbones import tokens
        from ..backbones.encoder import Reader

        self.history_, self.cut_ = state["history"], tokens.of_json(state["tokens"].data.decode())
        if state["config"] is None:
            body = self._body(self.cut_.size)
        else:
            from ..backbones.encoder_folder import rebuilt

            body = rebuilt(state["config"].data.decode())
        self.reader_ = Reader(body, len(self.classes_), every=self.frozen).eval()
        own = dict(self.reader_.named_parameters())
        if own.keys() != state["weights"].keys():
            raise ValueError("weights of another network")
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(torch.as_tensor(state["weights"][name]))
        if self.frozen:
            self._stays()
