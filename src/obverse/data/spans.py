"""Texts with spans: stretches of a text that have a label, such as the names of persons and places in it.

A .jsonl file has a line for each text, either `text` and `spans`, a list of [start, end, label] with offsets in
characters, the end not included, or `tokens` and `tags`. A .conll, .bio or .iob file has a token and its tag a line and
an empty line between texts. Tags are BIO: B-person begins a span, I-person goes on with it, O is none. Tokens are
joined by a space, and spans count from the beginning of that text. What does not fit is named, several places at once.
"""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import BadInput
from ..core.schema import Array
from .content import of_file
from .files import check_file
from .pictures import shortened
from .texts import checked_texts, read_texts

if TYPE_CHECKING:
    import pandas as pd

LINES, COLUMNS = (".jsonl", ".jsonl.gz"), tuple(f"{e}{z}" for e in (".conll", ".bio", ".iob") for z in ("", ".gz"))
OUTSIDE, BEGINS, GOES_ON = "O", "B-", "I-"
START_OF_FILE = "-DOCSTART-"  # of CoNLL 2003: parts documents
Spans = list[tuple[int, int, Any]]


class Span(tuple[int, int, Any]):
    """(start, end, label) of a stretch of a text, and in `score` how probable it is, from 0 to 1."""

    score: float

    def __new__(cls, start: int, end: int, label: Any, score: float = 1.0) -> Span:
        """Like a tuple."""
        made = super().__new__(cls, (start, end, label))
        made.score = score
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (*self, self.score)


@dataclass(frozen=True)
class Marked:
    """Texts with what is in them.

    Attributes:
        texts: (n,) object array of str.
        spans: for each text its spans (start, end, label) in order; None where the source has none.
        name: of the source.
        sha256: of texts and spans.
        notes: how they were read.
    """

    texts: Array
    spans: list[Spans] | None
    name: str
    sha256: str = ""
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def of(cls, texts: Sequence[str], spans: Sequence[Any] | None, name: str, notes: tuple[str, ...] = ()) -> Marked:
        """With their digest; BadInput where spans do not fit their texts."""
        held = np.empty(len(texts), dtype=object)
        held[:] = checked_texts(list(texts), name)
        kept = None if spans is None else fitting(spans, held.tolist(), name)
        made = hashlib.sha256("\0".join(held).encode())
        made.update(repr(kept).encode())
        return cls(held, kept, name, made.hexdigest(), notes)


def read_spans(path: str | Path) -> Marked:
    """Texts and their spans of a file; those of a plain file (.txt) or a table have no spans.

    Raises:
        BadInput: no such file, a line that does not say a text and its spans, spans that overlap or do not lie in their
            text, or tags that are not BIO or not as many as tokens; several problems are listed.
    """
    where = Path(path).expanduser()
    low = where.name.lower()
    if low.endswith(COLUMNS):
        return _of_columns(where)
    if low.endswith(LINES) and (found := _of_lines(where)) is not None:
        return found
    plain = read_texts(path)
    return Marked(plain.texts, None, plain.name, plain.sha256, plain.notes)


def of_tags(tokens: Sequence[str], tags: Sequence[str]) -> tuple[str, Spans]:
    """Tokens joined by a space, and the spans that BIO tags name.

    I- after O or after another label begins a span, as in the scheme that CoNLL 2003 was first given out in.

    Raises:
        BadInput: there are not as many tags as tokens, or a tag is not BIO.
    """
    if len(tokens) != len(tags):
        raise BadInput(f"there are {len(tokens)} tokens and {len(tags)} tags")
    spans: Spans = []
    start, before, label = 0, 0, None
    for token, tag in zip(tokens, tags, strict=True):
        if tag != OUTSIDE and not (tag.startswith((BEGINS, GOES_ON)) and tag[2:]):
            raise BadInput(f"{tag!r} is no tag: they are {OUTSIDE}, {BEGINS}label and {GOES_ON}label")
        now = None if tag == OUTSIDE else tag[2:]
        if now is not None and tag.startswith(GOES_ON) and now == label:
            spans[-1] = (spans[-1][0], start + len(token), now)
        elif now is not None:
            spans.append((start, start + len(token), now))
        label = now
        before = start + len(token)
        start = before + 1
    return " ".join(tokens), spans


def fitting(spans: Sequence[Any], texts: Sequence[str], where: str = "the texts") -> list[Any]:
    """The spans of each text in order, None where they are unknown (None).

    Raises:
        BadInput: spans of fewer texts, or such as are empty, overlap, stick out of their text or have no label.
    """
    if len(spans) != len(texts):
        raise BadInput(f"{where}: there are spans of {len(spans):,} texts for {len(texts):,} texts; give a list each")
    problems, out = list[str](), list[Any]()
    for i, (text, own) in enumerate(zip(texts, spans, strict=True)):
        said = f"{where}: text {i + 1:,}"
        unknown = own is None or (isinstance(own, float) and own != own)
        if unknown:
            out.append(None)
            continue
        try:
            kept = sorted(((_offset(s), _offset(e), label) for s, e, label in own), key=lambda one: one[:2])
        except (TypeError, ValueError):
            problems.append(f"{said} needs a list of (start, end, label), offsets in characters, not {str(own)[:60]!r}")
            continue
        out.append(kept)
        end, last = 0, None
        for one in kept:
            start, stop, label = one
            if not start < stop:
                problems.append(f"{said}: the span {one} is empty; start < end, and the end is not included")
            elif start < 0 or stop > len(text):
                problems.append(f"{said}: the span {one} does not lie in the text, of {len(text):,} characters")
            elif start < end:
                problems.append(f"{said}: the spans {last} and {one} overlap")
            if label is None or label != label or label == "":
                problems.append(f"{said}: the span ({start}, {stop}) has no label")
            end, last = max(end, stop), one
    if problems:
        raise BadInput(shortened(problems))
    return out


def as_table(texts: Sequence[str], found: Sequence[Spans]) -> pd.DataFrame:
    """What is found in texts, a row for each span: the text's number from 1, start, end, label, score and words."""
    import pandas as pd

    rows = [
        (i + 1, start, end, label, round(getattr(one, "score", 1.0), 4), text[start:end])
        for i, (text, own) in enumerate(zip(texts, found, strict=True))
        for one in own
        for start, end, label in [one]
    ]
    return pd.DataFrame(rows, columns=["text", "start", "end", "label", "score", "words"])


def _offset(value: Any) -> int:
    if isinstance(value, bool) or int(value) != value:
        raise ValueError(f"{value!r} is no offset")
    return int(value)


def _of_lines(where: Path) -> Marked | None:
    """Of JSON lines; None where they hold no spans and no tags."""
    texts, spans, problems = list[str](), list[Any](), list[str]()
    for number, line in enumerate(_content(where).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row: Any = json.loads(line)
        except ValueError as error:
            problems.append(f"{where} line {number} is no JSON ({error})")
            continue
        if not isinstance(row, dict) or not row.keys() & {"text", "tokens"}:
            problems.append(f"{where} line {number} has neither text and spans nor tokens and tags")
        elif "tokens" in row:
            _add(texts, spans, problems, f"{where} line {number}", row["tokens"], row.get("tags"))
        else:
            texts.append(row["text"])
            spans.append(row.get("spans"))
    if problems:
        raise BadInput(shortened(problems))
    if not texts:
        raise BadInput(f'{where} is empty; it needs lines such as {{"text": "Ann sings", "spans": [[0, 3, "person"]]}}')
    if all(own is None for own in spans):
        return None
    return Marked.of(texts, spans, _name(where))


def _of_columns(where: Path) -> Marked:
    """Of a token and a tag a line: the first and the last of what spaces part."""
    texts, spans, problems = list[str](), list[Any](), list[str]()
    block: list[list[str]] = []
    begun = 1
    for number, line in enumerate([*_content(where).split("\n"), ""], start=1):
        parts = line.split()
        if parts and parts[0] != START_OF_FILE:
            begun = begun if block else number
            block.append(parts)
            if len(parts) == 1:
                problems.append(f"{where} line {number} has no tag; a line is a token and its tag")
        elif block:
            tokens, tags = [one[0] for one in block], [one[-1] for one in block]
            if all(len(one) > 1 for one in block):
                _add(texts, spans, problems, f"{where} line {begun}", tokens, tags)
            block = []
    if problems:
        raise BadInput(shortened(problems))
    if not texts:
        raise BadInput(f"{where} is empty; it needs a token and its tag a line, such as Ann B-person")
    return Marked.of(texts, spans, _name(where))


def _add(texts: list[str], spans: list[Any], problems: list[str], said: str, tokens: Any, tags: Any) -> None:
    """One text of tokens and, perhaps, tags."""
    lists = [one for one in (tokens, tags) if one is not None]
    if not all(isinstance(one, list) and all(isinstance(word, str) for word in one) for one in lists):
        problems.append(f"{said}: tokens and tags are lists of text")
        return
    try:
        text, own = of_tags(tokens, [OUTSIDE] * len(tokens) if tags is None else tags)
    except BadInput as error:
        problems.extend(f"{said}: {problem}" for problem in error.problems)
        return
    texts.append(text)
    spans.append(None if tags is None else own)


def _content(where: Path) -> str:
    check_file(where)
    with of_file(where).passing(text=True) as passing:
        raw = passing.read()
        passing.check()
    return raw.removeprefix(codecs.BOM_UTF8).decode().replace("\r\n", "\n")


def _name(where: Path) -> str:
    return where.name.partition(".")[0]
