"""Texts as tokens and back: characters, bytes, or pieces of words learned from the texts (byte-pair encoding).

Characters are exact: each string is one sequence of tokens, and one that never met a character still has a probability,
since `other` stands for any of those, all alike. Subwords (Sennrich et al. 2016, by the library `tokenizers`) make long
texts short; a string can then be cut in several ways, of which one is scored, so that its probability is a lower bound.
Token 0 ends a text. Whatever is learned is JSON.
"""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..core.errors import BadInput, MissingExtra
from ..core.schema import Array

KINDS = ("characters", "bytes", "bpe")
END, OTHER = 0, 1
MOST_CHARACTERS = 4_000  # the most frequent; rarer ones are `other`
CODE_POINTS = 0x110000 - 0x800  # of Unicode, without halves of letters


class Tokens(ABC):
    """Abstract: how a text is cut.

    Attributes:
        kind: as in `KINDS`.
        size: how many tokens there are, those that are never drawn among them.
        end: the token that ends a text.
        whole: each string is one sequence of tokens.
    """

    kind: str
    size: int
    end: int = END
    whole: bool = True

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> list[Array]:
        """int64 (length,) of each text, without the end."""

    @abstractmethod
    def decode(self, tokens: Iterable[int]) -> str:
        """The text; bytes that make no letter yet become U+FFFD."""

    @abstractmethod
    def to_json(self) -> str:
        """All there is to know."""

    @property
    def never_drawn(self) -> Sequence[int]:
        """Tokens that stand for nothing that could be written."""
        return ()

    def spread(self, tokens: Array) -> float:
        """Nats that it costs beyond its tokens which string they are."""
        return 0.0


class Characters(Tokens):
    """One token a character."""

    kind = "characters"

    def __init__(self, characters: str) -> None:
        self.characters = characters
        self.code = {character: i + 2 for i, character in enumerate(characters)}
        self.size = len(characters) + 2

    @classmethod
    def learn(cls, texts: Iterable[str]) -> Characters:
        """Those of the texts, in order; of very many the most frequent."""
        count: Counter[str] = Counter()
        for text in texts:
            count.update(text)
        kept = sorted(count, key=lambda c: (-count[c], c))[:MOST_CHARACTERS]
        return cls("".join(sorted(kept)))

    def encode(self, texts: Sequence[str]) -> list[Array]:
        """See `Tokens`."""
        return [np.fromiter((self.code.get(c, OTHER) for c in text), np.int64, len(text)) for text in texts]

    def decode(self, tokens: Iterable[int]) -> str:
        """See `Tokens`."""
        return "".join(self.characters[t - 2] for t in tokens if t >= 2)

    @property
    def never_drawn(self) -> Sequence[int]:
        """See `Tokens`: which of all other characters is meant, nobody knows."""
        return (OTHER,)

    def spread(self, tokens: Array) -> float:
        """See `Tokens`: `other` is any character that is none of these, all alike."""
        return int((tokens == OTHER).sum()) * math.log(CODE_POINTS - len(self.characters))

    def to_json(self) -> str:
        """See `Tokens`."""
        return json.dumps({"kind": self.kind, "characters": self.characters}, ensure_ascii=True)


class Subwords(Tokens):
    """Tokens of the library `tokenizers`; of a folder that transformers saved, or learned here.

    Args:
        held: the library's tokenizer as JSON.
        end: its token that ends a text.
        kind: `bytes` where no two bytes were ever joined.
        template: how the folder writes a conversation (see `conversation`); empty where it does not say.
    """

    def __init__(self, held: str, end: int = END, *, bytewise: bool = False, template: str = "") -> None:
        try:
            self.tokenizer: Any = _library().Tokenizer.from_str(held)
        except Exception as error:  # the library raises that very class
            raise BadInput(f"this is no tokenizer that can be read ({str(error).splitlines()[0]})") from error
        self.size, self.end, self.bytewise = self.tokenizer.get_vocab_size(), end, bytewise
        self.whole, self.template = bytewise, template
        self.kind = "bytes" if bytewise else "bpe"

    @classmethod
    def learn(cls, texts: Iterable[str], vocabulary: int, *, bytewise: bool = False) -> Subwords:
        """Bytes, and the `vocabulary` - 257 pairs that are joined, most frequent first."""
        library = _library()
        made = library.Tokenizer(library.models.BPE())
        made.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = library.decoders.ByteLevel()
        trainer = library.trainers.BpeTrainer(
            vocab_size=257 if bytewise else max(257, vocabulary), special_tokens=["<|end|>"], show_progress=False,
            initial_alphabet=library.pre_tokenizers.ByteLevel.alphabet(),
        )  # fmt: skip
        made.train_from_iterator(texts, trainer)
        return cls(made.to_str(), made.token_to_id("<|end|>"), bytewise=bytewise)

    def encode(self, texts: Sequence[str]) -> list[Array]:
        """See `Tokens`."""
        found = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [np.array(one.ids, dtype=np.int64) for one in found]

    def decode(self, tokens: Iterable[int]) -> str:
        """See `Tokens`."""
        return self.tokenizer.decode([int(t) for t in tokens if t != self.end], skip_special_tokens=False)

    @property
    def marks_by_name(self) -> dict[str, str]:
        """What templates call the token that ends a text."""
        return {"eos_token": self.tokenizer.id_to_token(self.end) or "", "bos_token": ""}  # a mark begins every text

    def to_json(self) -> str:
        """See `Tokens`."""
        held = json.loads(self.tokenizer.to_str())
        own = {"template": self.template} if self.template else {}
        return json.dumps({"kind": self.kind, "end": self.end, "tokenizer": held} | own, ensure_ascii=True)


def learned(kind: str, texts: Sequence[str], vocabulary: int) -> Tokens:
    """How texts like these are cut.

    Args:
        kind: `characters`, `bytes` or `bpe`.
        texts: to learn from.
        vocabulary: of `bpe`: how many tokens there are.
    """
    if kind == "characters":
        return Characters.learn(texts)
    return Subwords.learn(texts, vocabulary, bytewise=kind == "bytes")


def of_json(text: str) -> Tokens:
    """Inverse of `to_json`."""
    held = json.loads(text)
    if held["kind"] == "characters":
        return Characters(held["characters"])
    return Subwords(json.dumps(held["tokenizer"]), int(held["end"]), bytewise=held["kind"] == "bytes",
                    template=held.get("template", ""))  # fmt: skip


def _library() -> Any:
    try:
        import tokenizers
        import tokenizers.decoders
        import tokenizers.models
        import tokenizers.pre_tokenizers
        import tokenizers.trainers
    except ImportError as error:
        raise MissingExtra('pieces of words need tokenizers: pip install "obverse[deep]"') from error
    return tokenizers
