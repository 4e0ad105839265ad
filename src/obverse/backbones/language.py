"""A causal network, how it cuts texts, and what it learned of labels: what such a language model can be asked.

A label is part of the mark that every window of a text begins with, so that P(text | label) is one reading of the text,
and P(text, label) that times the label's share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..core.errors import BadInput, CannotAnswer, TooLong
from ..core.modality import HOLE
from ..core.schema import Array, FloatArray
from .causal import chosen, draws, log_probs
from .tokens import Tokens


def marks_of(label: Array, kinds: int, by_passages: bool) -> Array:
    """int64 (n, 2): the marks of a text of each label, of its first window and of later ones.

    Labels are codes, NaN where unknown; there are `kinds` - 1 of them, and the last kind is for none. What was learned
    by passages begins anywhere, with the mark of later windows.
    """
    code = np.where(np.isnan(label) | (label < 0), kinds - 1, label).astype(np.int64)
    return np.stack([code + (kinds if by_passages else 0), code + kinds], axis=1)


@dataclass
class Language:
    """See the module docstring.

    Attributes:
        net: see `causal`.
        cut: texts to tokens and back.
        share: (labels,) share of each label; empty where there are none.
        passages: it learned passages of long texts, not whole texts.
    """

    net: Any
    cut: Tokens
    share: FloatArray
    passages: bool

    # --------------------------------------------------------------------- probability

    def log_joint(self, texts: Sequence[str], label: FloatArray) -> FloatArray:
        """log P(text, each label), (n, labels), -inf where another label is known; (n, 1) log P(text) without labels.

        A text that ends in a hole stands for all that begin as it does.

        Raises:
            CannotAnswer: a text has a hole before its end.
        """
        known = [text.removesuffix(HOLE) for text in texts]
        if any(HOLE in text for text in known):
            raise CannotAnswer("a text with a hole before its end has no probability here", instead="impute it first")
        cut = self.cut.encode(known)
        each = [a if t.endswith(HOLE) else np.append(a, self.cut.end) for a, t in zip(cut, texts, strict=True)]
        if not len(self.share):
            return self.nats(each, self._marks(np.full(len(texts), np.nan)))[:, None]
        asked = np.isnan(label)[:, None] | (label[:, None] == np.arange(len(self.share)))
        out = np.full(asked.shape, -np.inf)
        rows, code = np.nonzero(asked)
        with np.errstate(divide="ignore"):
            prior = np.log(self.share)[code]
        out[rows, code] = prior + self.nats([each[i] for i in rows], self._marks(code.astype(float)))
        return out

    def nats(self, tokens: Sequence[Array], marks: Array) -> FloatArray:
        """log P of each sequence of tokens behind its marks (n, 2), float64 (n,)."""
        said = log_probs(self.net, tokens, marks)
        return np.array([one.sum() - self.cut.spread(own) for one, own in zip(said, tokens, strict=True)])

    def by_token(self, text: str, label: float) -> tuple[list[str], FloatArray]:
        """The tokens of a text as they read, its end as an empty one, and the nats of each given those before it.

        Without a label (NaN) where there are labels, a token's probability is that of all labels together; either way
        they sum to `log_joint`'s. A text that ends in a hole has no end.
        """
        tokens = self.cut.encode([text.removesuffix(HOLE)])[0]
        if HOLE in text.removesuffix(HOLE):
            raise CannotAnswer("a text with a hole before its end has no probability here", instead="impute it first")
        shown = [self.cut.decode([token]) for token in tokens]
        if not text.endswith(HOLE):
            tokens, shown = np.append(tokens, self.cut.end), [*shown, ""]
        codes = np.arange(len(self.share)) if np.isnan(label) and len(self.share) else np.array([label])
        said = np.stack(log_probs(self.net, [tokens] * len(codes), self._marks(codes.astype(float))))
        said -= np.array([self.cut.spread(tokens[i : i + 1]) for i in range(len(tokens))])
        if len(codes) == 1:
            return shown, said[0]
        with np.errstate(divide="ignore"):
            so_far = np.log(self.share)[:, None] + np.concatenate(
                [np.zeros((len(codes), 1)), said.cumsum(axis=1)], axis=1
            )
        return shown, np.diff(np.logaddexp.reduce(so_far, axis=0))

    def _marks(self, label: FloatArray) -> Array:
        return marks_of(label, len(self.share) + 1, self.passages)

    def marks(self, prompt: str, n: int, rng: np.random.Generator, label: FloatArray | None = None) -> Array:
        """Marks (n, 2) of texts that begin with the prompt: of the one label that is known, else of labels drawn from
        P(label | prompt)."""
        if label is not None and not np.isnan(label[0]):
            return self._marks(np.full(n, float(label[0])))
        if not len(self.share):
            return self._marks(np.full(n, np.nan))
        log = self.log_joint([prompt + HOLE], np.full(1, np.nan))[0]
        share = np.exp(log - log.max())
        return self._marks(rng.choice(len(share), size=n, p=share / share.sum()).astype(float))

    # -------------------------------------------------------------------------- drawing

    def prompt(self, text: str) -> tuple[str, Array]:
        """What stands before the hole at the end, and its tokens.

        Raises:
            BadInput: it has other holes, or (TooLong) more tokens than are looked at.
        """
        prompt = text.removesuffix(HOLE)
        if HOLE in prompt:
            raise BadInput(f"a prompt has no holes, and this one holds {HOLE}; impute fills them")
        tokens = self.cut.encode([prompt])[0]
        most = self.net.context - 1
        if len(tokens) > most:
            raise TooLong(f"the prompt has {len(tokens):,} tokens, and the context takes {most:,}; give its last part")
        return prompt, tokens

    def steps(self, marks: Array, before: Array, longest: int, rng: np.random.Generator, temperature: float = 1.0,
              top_p: float = 1.0) -> Iterator[Array]:  # fmt: skip
        """See `causal.draws`: (n,) tokens a step, -1 for texts that have ended."""

        def choose(scores: torch.Tensor, lot: FloatArray) -> Array:
            return chosen(scores, lot, temperature, top_p, self.cut.never_drawn)

        return draws(self.net, marks, before, self.cut.end, longest, rng, choose)

    def continued(self, prompt: str, before: Sequence[int] | Array, drawn: Sequence[int] | Array) -> str:
        """The tokens drawn as text, as they read behind the prompt, which was cut into `before`."""
        if self.cut.kind == "characters":
            return self.cut.decode(drawn)
        start = self.cut.decode(before)
        return self.cut.decode([*before, *drawn])[len(start) :]

    def pieces(self, prompt: str, before: Array, steps: Iterator[Array]) -> Iterator[str]:
        """What one text goes on with, as soon as each part of it is a whole letter."""
        drawn, said, now = list[int](), "", ""
        for step in steps:
            drawn += [int(token) for token in step[:1] if token >= 0]
            now = self.continued(prompt, before, drawn)
            if len(now) > len(said) and not now.endswith("\ufffd"):  # else the rest of the letter is still to come
                yield now[len(said) :]
                said = now
        if now != said:
            yield now[len(said) :]
