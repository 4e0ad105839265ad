"""The text form of `given`, read by a tokeniser and a recursive-descent parser; nothing is ever evaluated.

    or_        = and_ {"or" and_}
    and_       = not_ {"and" not_}
    not_       = "not" not_ | "(" or_ ")" | comparison
    comparison = operand op operand {op operand} | name ["not"] "in" list | name "is" ["not"] "missing"
    operand    = name | value
    list       = "[" value {"," value} "]"            (round brackets do as well)

Words are case-insensitive. `30 <= age < 40` means `age >= 30 and age < 40`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from .errors import BadCondition
from .given import (
    LARGEST,
    NAME,
    OPS,
    WORDS,
    And,
    Columns,
    Compare,
    Expression,
    Member,
    Missing,
    Not,
    Op,
    Or,
    Value,
    instant,
    name_text,
    value_text,
)

MAX_LENGTH = 10_000  # characters
MAX_DEPTH = 64  # nested brackets and `not`s; well within Python's own limit for every walk over the tree
SHOWN = 60  # characters of the text quoted in an error

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}
            (?:[Tt][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?)?(?![\w:]))
      | (?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.]))
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<quoted>`(?:[^`]|``)*`)
      | (?P<name>"""
    + NAME
    + r""")
      | (?P<op><=|>=|==|!=|<|>)
      | (?P<mark>[()\[\],])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "'": "'"}
_FLIPPED: dict[Op, Op] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_CLOSING = {"(": ")", "[": "]"}
_AFTER_NAME = "a comparison (==, !=, <, <=, >, >=, in, is missing)"
_HINTS = {
    "=": "equality is written ==",
    "&": "write: and",
    "|": "write: or",
    "!": "write: not (...)",
    '"': "the text that starts here has no closing quote",
    "'": "the text that starts here has no closing quote",
    "`": "the column name that starts here has no closing backtick",
}
_ODD_NAME = "a column name that is not a plain word goes in backticks: `mean radius`"


@dataclass(frozen=True)
class Token:
    """One word of the text.

    Attributes:
        kind: `value`, `name`, `op`, `word` (and, or, ...), `mark` (bracket or comma) or `end`.
        text: as written; words in lower case, names without their backticks.
        start: position of the first character, from 0.
        value: of a `value`.
    """

    kind: str
    text: str
    start: int
    value: Value = ""


def parse_text(text: str, *, shorthand: str | None = None) -> Expression:
    """The expression a text spells; with `shorthand` a single value or word means `shorthand == value`.

    Raises BadCondition with what was expected, where (characters count from 1) and an example.
    """
    if len(text) > MAX_LENGTH:
        raise BadCondition(f"condition: {len(text)} characters, at most {MAX_LENGTH} are read; write a shorter one")
    tokens = _tokens(text)
    if shorthand is not None and len(tokens) == 2 and tokens[0].kind in ("value", "name"):
        return Compare(shorthand, "==", tokens[0].value if tokens[0].kind == "value" else tokens[0].text)
    return _Parser(text, tokens).whole()


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            _fail(text, at, f"unexpected {text[at]!r}", _HINTS.get(text[at], _ODD_NAME))
        if match.lastgroup != "space":
            tokens.append(_token(text, match.lastgroup or "", match.group(), at))
        at = match.end()
    return [*tokens, Token("end", "", len(text))]


def _token(text: str, kind: str, found: str, at: int) -> Token:
    if kind == "date":
        if instant(found) is None:
            _fail(text, at, f"{found} is not a date", "write year-month-day, for instance: 2024-01-31")
        return Token("value", found, at, found)
    if kind == "number":
        if abs(float(found)) > LARGEST:
            _fail(text, at, "the number is too large", "leave that side of the range open")
        return Token("value", found, at, int(found) if found.lstrip("+-").isdigit() else float(found))
    if kind == "text":
        return Token("value", found, at, _unescaped(text, found, at))
    if kind == "quoted":
        return Token("name", found[1:-1].replace("``", "`"), at)
    word = found.lower()
    if kind == "name" and word in ("true", "false"):
        return Token("value", found, at, word == "true")
    if kind == "name" and word in WORDS:
        return Token("word", word, at)
    return Token(kind, found, at)


def _unescaped(text: str, found: str, at: int) -> str:
    def replace(match: re.Match[str]) -> str:
        if match.group(1) not in _ESCAPES:
            _fail(text, at + 1 + match.start(), f"unknown escape {match.group()}", r"write \\ for a backslash")
        return _ESCAPES[match.group(1)]

    return re.sub(r"\\(.)", replace, found[1:-1], flags=re.DOTALL)


def _fail(text: str, at: int, what: str, instead: str) -> NoReturn:
    """Raise BadCondition that says what is wrong at position `at`, quoting the text around it."""
    where = f"at character {at + 1} of" if at < len(text.rstrip()) else "at the end of"
    start = max(0, min(at - SHOWN // 2, len(text) - SHOWN))
    shown = " ".join(text[start : start + SHOWN].split())
    before, after = "..." if start else "", "..." if start + SHOWN < len(text) else ""
    raise BadCondition(f'condition: {what} {where} "{before}{shown}{after}"; {instead}')


class _Parser:
    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text, self._tokens = text, tokens
        self._next, self._depth = 0, 0

    def whole(self) -> Expression:
        if self._now.kind == "end":
            self._fail("nothing to read", "write for instance: age >= 60")
        expression = self._or()
        if self._now.kind != "end":
            self._fail(f"expected 'and' or 'or' before {self._now.text!r}", self._hint())
        return expression

    @property
    def _now(self) -> Token:
        return self._tokens[self._next]

    def _take(self, *texts: str) -> Token | None:
        """The current token if it is one of the words, operators or marks, stepping past it."""
        token = self._now
        if token.kind in ("word", "mark", "op") and token.text in texts:
            self._next += 1
            return token
        return None

    def _fail(self, what: str, instead: str) -> NoReturn:
        _fail(self._text, self._now.start, what, instead)

    def _or(self) -> Expression:
        parts = [self._and()]
        while self._take("or"):
            parts.append(self._and())
        return Or(tuple(parts)) if len(parts) > 1 else parts[0]

    def _and(self) -> Expression:
        parts = [self._not()]
        while self._take("and"):
            parts.append(self._not())
        return And(tuple(parts)) if len(parts) > 1 else parts[0]

    def _not(self) -> Expression:
        opening = self._take("not", "(")
        if opening is None:
            return self._comparison()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail(f"more than {MAX_DEPTH} nested brackets", "write it with fewer")
        if opening.text == "not":
            inner: Expression = Not(self._not())
        else:
            inner = self._or()
            if not self._take(")"):
                self._fail("expected ')'", self._hint("every '(' needs its ')'"))
        self._depth -= 1
        return inner

    def _comparison(self) -> Expression:
        first = self._operand("a column name", "write for instance: age >= 60")
        if first.kind == "name":
            if self._take("is"):
                return self._missing(first)
            if self._take("not"):
                if not self._take("in"):
                    self._fail("expected 'in' after 'not'", f"write for instance: not ({_written(first)} == 60)")
                return self._member(first, negated=True)
            if self._take("in"):
                return self._member(first, negated=False)
        parts: list[Expression] = []
        while op := self._take(*OPS):
            second = self._operand(f"a value after '{op.text}'", f"write for instance: {_written(first)} {op.text} 60")
            parts.append(self._pair(first, OPS[op.text], second))
            first = second
        if not parts:
            self._fail(f"expected {_AFTER_NAME} after {_written(first)}", self._hint())
        return And(tuple(parts)) if len(parts) > 1 else parts[0]

    def _pair(self, left: Token, op: Op, right: Token) -> Expression:
        if left.kind == right.kind == "value":
            self._fail("two values are compared", "one side must be a column, for instance: age >= 60")
        if left.kind == right.kind:
            return Columns(left.text, op, right.text)
        if left.kind == "name":
            return Compare(left.text, op, right.value)
        return Compare(right.text, _FLIPPED[op], left.value)

    def _operand(self, wanted: str, instead: str) -> Token:
        token = self._now
        if token.kind not in ("name", "value"):
            if token.kind == "word" and token.text in ("missing", "none", "null", "nan"):
                instead = "for empty cells write for instance: age is missing"
            self._fail(f"expected {wanted}", instead)
        self._next += 1
        return token

    def _missing(self, column: Token) -> Expression:
        negated = self._take("not") is not None
        if not self._take("missing"):
            name = name_text(column.text)
            self._fail("expected 'missing' after 'is'", f"write: {name} is missing, or for a value: {name} == ...")
        return Missing(column.text, negated)

    def _member(self, column: Token, negated: bool) -> Expression:
        example = f'write for instance: {name_text(column.text)} in ["N", "S"]'
        opening = self._take("[", "(")
        if opening is None:
            self._fail("expected a list after 'in'", example)
        values: list[Value] = []
        closing = _CLOSING[opening.text]
        while not (values and self._take(closing)):
            token = self._now
            if token.kind != "value":
                self._fail("expected a value (text in quotes) in the list", example)
            self._next += 1
            values.append(token.value)
            if not self._take(",") and self._now.text != closing:
                self._fail(f"expected ',' or {closing!r} in the list", example)
        return Member(column.text, tuple(values), negated)

    def _hint(self, otherwise: str = 'write for instance: age >= 60 and smoker == "yes"') -> str:
        """What to do when a token follows another that it cannot follow."""
        before = self._tokens[self._next - 1] if self._next else self._now
        if self._now.text == "(" and before.kind == "name":
            return "a condition calls no functions; compare columns with values, for instance: age >= 60"
        if before.kind == self._now.kind == "name" or (before.kind == "value" and self._now.kind == "name"):
            return _ODD_NAME
        return otherwise


def _written(token: Token) -> str:
    return name_text(token.text) if token.kind == "name" else value_text(token.value)
