"""Masked diffusion language model: a text is written by revealing hidden tokens, in any order (Austin et al. 2021).

A transformer that reads from both sides learns to tell hidden tokens from those that are seen, however many these are
(`objectives/absorbing.py`). Asked, it reveals one after another along one of a few orders of the places, which belong
to the model: from either end, and others that are drawn once. So each text has an exact probability
(`backbones/orders.py`), which a network that is asked for several tokens at once has not. Holes in a text are what it
is made for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones import arguments as must
from ..core.card import Card
from ..core.errors import BadInput, CannotAnswer
from ..core.evidence import Evidence
from ..core.modality import HOLE
from ..core.model import Model
from ..core.queries import Details, Drawn, Imputes, Samples, Scores
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..core.store import Blob
from ..modalities.text import TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from ..backbones.orders import Revealed

SHOWN, MOST_EPOCHS, LEAST_STEPS = 2_000_000, 200, 20  # tokens shown, passes at most, steps of an epoch
HELD, MOST_HELD, LEAST_HELD = 0.05, 1_000, 20  # share, and numbers, of texts that training is judged by
JUDGED = 500  # hidings at least that they are judged by: what one says of a few texts is mostly chance
LONGEST = 24  # tokens of what is put into a hole


class MaskedDiffusionLM(Samples, Scores, Imputes, Model):
    """P(x) of texts that fit into the context.

    Args:
        tokens: how texts are cut: `characters`, `bytes`, or `bpe` (pieces of words learned from the texts).
        vocabulary: how many tokens `bpe` has.
        layers, heads, width: of the transformer; `width` is a multiple of twice `heads`.
        context: places of a text, the end's among them; a longer text is refused where one learns and has no
            probability where one asks.
        orders: in which places are revealed, how many: forwards, backwards, the others by lot; a text's probability is
            the mean over them, at the cost of each.
        write: steps in which a text is drawn; None: a token a step, as `log_prob` has it. Fewer are faster, and tokens
            of one step do not know of each other.
        dropout: share of numbers left out by lot in training.
        epochs: most passes; None takes as many as show 2,000,000 tokens, 1 to 200, and with a budget as many as it
            allows.
        batch: texts of a step; of contexts shorter than 128 as many more as make up for it, if an epoch still has
            twenty steps.
        rate: highest learning rate.
        decay: weight decay.
        patience: epochs without a better loss on texts held out after which training stops; the best weights are kept.
            0 never stops and keeps the last.
        budget: seconds after which training stops; None: when the epochs are over.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds the weights, the batches, the orders and the drawing.
    """

    card = Card(
        key="masked_diffusion_lm",
        title="Masked diffusion language model",
        learns=frozenset({"P(x)"}),
        modality=TEXTS,
        backbone="transformer",
        objective="masked diffusion: -log p(hidden tokens | seen ones), any share hidden",
        log_prob="exact",
        missing="refused",
        condition="prompt",
        references=(
            "Austin et al. 2021, Structured denoising diffusion models in discrete state-spaces, NeurIPS",
            "Sahoo et al. 2024, Simple and effective masked diffusion language models, NeurIPS",
            "Shi et al. 2024, Simplified and generalized masked diffusion for discrete data, NeurIPS",
            "Ou et al. 2024, Absorbing discrete diffusion models the conditional distributions of clean data, arXiv",
            "Uria, Murray and Larochelle 2014, A deep and tractable density estimator, ICML",
        ),
        tasks=frozenset(),
        density_tasks=frozenset(),
        extras=("deep",),
        avoid_when="only what comes next matters: gpt learns it from fewer passes and writes faster",
        by_name=True,
        tiny={
            "layers": 1,
            "width": 32,
            "heads": 2,
            "context": 28,
            "epochs": 60,
            "batch": 24,
            "rate": 6e-3,
            "orders": 2,
            "patience": 0,
        },
    )

    def __init__(
        self,
        tokens: str = "characters",
        vocabulary: int = 1024,
        layers: int = 4,
        heads: int = 4,
        width: int = 128,
        context: int = 128,
        orders: int = 4,
        write: int | None = None,
        dropout: float = 0.0,
        epochs: int | None = None,
        batch: int = 16,
        rate: float = 3e-3,
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
        self.orders = orders
        self.write = write
        self.dropout = dropout
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
            vocabulary=must.at_least(257), context=must.at_least(2), orders=must.COUNT, write=must.COUNT_OR_NONE,
            dropout=must.BELOW_ONE, epochs=must.COUNT_OR_NONE, batch=must.COUNT, rate=must.POSITIVE,
            decay=must.NOT_NEGATIVE, patience=must.COUNT_OR_ZERO, budget=must.POSITIVE_OR_NONE,
        )  # fmt: skip
        if self.width % (2 * self.heads):
            raise BadInput(f"width must be a multiple of twice heads ({2 * self.heads}), not {self.width}")
        from ..training.device import require_torch

        require_torch(self.card.key)

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self._check()
        import torch

        from ..backbones import tokens
        from ..objectives import absorbing
        from ..training.device import device, mixed, seeded
        from ..training.loop import Player, Recipe, train
        from ..training.tables import digest

        on, texts = device(), data.values.tolist()
        self.cut_ = tokens.learned(self.tokens, texts, self.vocabulary)
        grids = self._grids(texts)
        if grids is None:
            longest = max(map(len, self.cut_.encode(texts)))
            raise BadInput(f"a text has {longest:,} tokens and its end, and the context is {self.context:,}; raise it")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**31)))
            self.body_ = self._body().to(on)
        self.orders_ = self._orders(rng)
        flat, body = torch.as_tensor(grids, device=on), self.body_
        say = mixed(lambda shown: body.scores(body.read(shown)[0][-1][:, 1:]), on)

        def error(asked: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            own = flat[asked]
            hidden, weight = absorbing.hide(own, noise)
            return absorbing.loss(say(own.where(~hidden, body.mask)), own, hidden, weight)

        def loss(asked: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            body.train()
            with seeded(noise):
                return error(asked, noise)

        def judged(asked: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            body.eval()
            return error(asked.repeat(-(-JUDGED // count)), noise)

        count = min(MOST_HELD, round(HELD * len(texts)))
        order = torch.as_tensor(rng.permutation(len(texts)), device=on)
        held, rows = order.split([count, len(texts) - count] if count >= LEAST_HELD else [0, len(texts)])
        shown = MOST_EPOCHS if self.budget else round(SHOWN / grids.size)
        recipe = Recipe(
            epochs=self.epochs or int(np.clip(shown, 1, MOST_EPOCHS)), rate=self.rate, decay=self.decay,
            patience=self.patience, betas=(0.9, 0.99), budget=self.budget, average=0.99,
            batch=max(self.batch, min(self.batch * 128 // self.context, len(rows) // LEAST_STEPS)),
        )  # fmt: skip
        player = Player("network", dict(body.named_parameters()), loss, judged=judged)
        history = train([player], rows, held, recipe, rng, folder=self.checkpoint, data=digest(grids),
                        what=self.card.key)  # fmt: skip
        self.history_ = {"train": history.losses, "held": history.held, "steps": history.steps}
        self.body_ = body.eval()

    def _body(self) -> Any:
        """The network before training."""
        from ..backbones.encoder import Encoder

        return Encoder(self.cut_.size, width=self.width, layers=self.layers, heads=self.heads, context=self.context,
                       dropout=self.dropout, places=True)  # fmt: skip

    def _orders(self, rng: np.random.Generator) -> Array:
        """int64 (orders, context): along neighbours from either end, where most of a text can be told from what is seen
        beside it, and then by lot."""
        along = np.arange(self.context)
        drawn = [rng.permutation(self.context) for _ in range(self.orders - 2)]
        return np.stack([along, along[::-1], *drawn][: self.orders])

    def _grids(self, texts: Sequence[str]) -> Array | None:
        """Tokens int64 (n, context), ends behind each text; None where one does not fit."""
        out = np.zeros((len(texts), self.context), np.int64)
        for row, own in zip(out, self.cut_.encode(texts), strict=True):
            if len(own) >= self.context:
                return None
            row[: len(own)] = own
        return out

    # ------------------------------------------------------------------------- queries

    def _asked(self) -> Revealed:
        """The model where it is asked."""
        from ..backbones.orders import Revealed
        from ..training.device import device

        return Revealed(self.body_.to(device()), self.cut_.never_drawn)

    def _text(self, grid: Array) -> str:
        return self.cut_.decode(grid[: int((grid == self.cut_.end).argmax())])

    def _log_prob(self, event: Evidence) -> FloatArray:
        from ..training.device import one_thread

        texts = [str(text) for text in event.values]
        if any(HOLE in text and text != HOLE for text in texts):
            raise CannotAnswer(f"{self.card.key} scores whole texts only", instead="gpt, which scores beginnings, too")
        out = np.zeros(len(texts))
        known = [i for i, text in enumerate(texts) if text != HOLE]
        fitting = [i for i in known if len(self.cut_.encode([texts[i]])[0]) < self.context]
        out[known] = -np.inf
        if fitting:
            grids = self._grids([texts[i] for i in fitting])
            assert grids is not None
            asked = self._asked()
            with one_thread():
                each = np.stack([asked.log_prob(grids, order) for order in self.orders_])
            spread = np.array([self.cut_.spread(grid) for grid in grids])
            out[fitting] = np.logaddexp.reduce(each, axis=0) - np.log(len(each)) - spread
        return out

    def _reached(self, event: Evidence) -> Details | None:
        if self.cut_.whole:
            return None
        return Details("lower bound", notes=("a text may be cut into tokens in several ways, and one is scored",))

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        return self._draw(n, given, rng).rows

    def _draw(self, n: int, given: Evidence, rng: np.random.Generator) -> Drawn:
        from ..backbones.orders import HIDDEN
        from ..training.device import one_thread

        prompt = str(given.values[0]).removesuffix(HOLE)
        if HOLE in prompt:
            raise BadInput(f"a prompt has no holes, and this one holds {HOLE}; impute fills them")
        before = self.cut_.encode([prompt])[0]
        if len(before) >= self.context:
            raise BadInput(f"the prompt has {len(before):,} tokens, and a text at most {self.context - 1:,}")
        grids = np.full((n, self.context), HIDDEN, np.int64)
        grids[:, : len(before)] = before
        orders = self.orders_[rng.integers(len(self.orders_), size=n)]
        with one_thread():
            drawn = self._asked().reveal(grids, orders, rng, steps=self.write)
        how = ["the prompt is seen first"] * bool(prompt)
        how += [f"{self.write} steps, tokens of one drawn together"] * (self.write is not None)
        texts = [prompt + self._text(row[len(before) :]) for row in drawn]
        return Drawn(np.array([*texts, None], dtype=object)[:-1], Details("; ".join(how) or "exact"))

    def _impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        from ..training.device import one_thread

        copies = [given.values.copy() for _ in range(draws or 1)]
        with one_thread():
            for i in np.flatnonzero([HOLE in str(text) for text in given.values]):
                for copy in copies:
                    copy[i] = self._filled(str(given.values[i]), rng, likeliest=draws is None)
        return copies

    def _filled(self, text: str, rng: np.random.Generator, *, likeliest: bool) -> str:
        """The text with every hole filled, from left to right."""
        done, *rest = text.split(HOLE)
        for i, after in enumerate(rest):
            done = self._one(done, after, rng, last=i == len(rest) - 1, likeliest=likeliest)
        return done

    def _one(self, before: str, after: str, rng: np.random.Generator, *, last: bool, likeliest: bool) -> str:
        """`before`, what is put into a hole, and `after`; the text ends there where it is the last."""
        from ..backbones.orders import HIDDEN

        head, tail = self.cut_.encode([before, after])
        room = self.context - len(head) - len(tail) - 1
        if room < 0:
            raise BadInput(
                f"a text with a hole has more tokens than the context of {self.context:,}; give a part of it"
            )
        asked, sizes = self._asked(), np.arange(min(LONGEST, room) + 1)
        grids = np.full((len(sizes), self.context), HIDDEN, np.int64)
        nats = np.zeros(len(sizes))
        for row, size in enumerate(sizes):
            at = len(head) + int(size)
            seen: dict[int, int] = dict(enumerate(head.tolist())) | {
                int(at) + p: t for p, t in enumerate(tail.tolist())
            }
            if last:
                seen[at + len(tail)] = self.cut_.end
            nats[row] = self._seen(asked, grids[row], seen)
        if likeliest:
            chosen = int(nats.argmax())
        else:
            weight = np.exp(nats - nats.max())
            chosen = int(rng.choice(len(sizes), p=weight / weight.sum()))
        size, order = int(sizes[chosen]), self.orders_[rng.integers(len(self.orders_))]
        order = order[(order >= len(head)) & (order < len(head) + size)][None]
        inner = grids[chosen : chosen + 1]
        drawn = asked.reveal(inner, order, rng, likeliest=likeliest)[0]
        return before + self.cut_.decode(drawn[len(head) : len(head) + size]) + after

    def _seen(self, asked: Revealed, grid: Array, seen: dict[int, int]) -> float:
        """Reveal these places in a grid, along the first order, and say how probable they were, in nats."""
        places = [int(p) for p in self.orders_[0] if int(p) in seen]
        steps, total = list[Array](), 0.0
        for place in places:
            steps.append(grid.copy())
            grid[place] = seen[place]
        if steps:
            said = asked.log_probs(np.stack(steps), np.array(places))
            total = float(said[np.arange(len(places)), [seen[p] for p in places]].sum())
        return total

    def _completed(self, given: Evidence) -> Details:
        return Details("lengths weighed by what stands around a hole")

    # --------------------------------------------------------------------------- state

    def _state(self) -> dict[str, Any]:
        weights = {name: t.detach().cpu().numpy() for name, t in self.body_.named_parameters()}
        return {"weights": weights, "tokens": Blob("json", self.cut_.to_json().encode()), "orders": self.orders_,
                "history": self.history_}  # fmt: skip

    def _restore(self, state: dict[str, Any]) -> None:
        from ..training.device import require_torch

        require_torch(self.card.key)
        import torch

        from ..backbones import tokens

        self.cut_, self.history_ = tokens.of_json(state["tokens"].data.decode()), state["history"]
        self.orders_ = np.asarray(state["orders"])
        self.body_ = self._body().eval()
        own = dict(self.body_.named_parameters())
        if own.keys() != state["weights"].keys():
            raise ValueError("weights of another network")
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(torch.as_tensor(state["weights"][name]))
