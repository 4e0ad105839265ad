"""A language model on a server: what OpenAI's and Anthropic's addresses take and give, which many other servers copy.

https://platform.openai.com/docs/api-reference and https://docs.anthropic.com/en/api/messages. Keys come from the
environment when a question is put, and are kept nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

from ..core.errors import BadInput, CannotAnswer, NoAnswer
from .requests import Refused, Server, checked_url, is_open

STYLES = ("openai", "anthropic")
HOMES = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com/v1"}
KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
VERSION = "2023-06-01"  # of Anthropic's interface

Turns = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Hosted:
    """One model on one server.

    Attributes:
        model: its name there.
        style: `openai` or `anthropic`.
        url: what addresses begin with; None: the home of the style.
        key_from: the variable of the environment that holds the key; None: the usual one of the style.
        timeout, retries: see `requests.Server`.
    """

    model: str
    style: str
    url: str | None
    key_from: str | None
    timeout: float
    retries: int

    def server(self) -> Server:
        """Where to ask, with the key.

        Raises:
            BadInput: there is no key, it can be none, or it would be sent unencrypted to another machine.
        """
        url, name = checked_url(self.url or HOMES[self.style]), self.key_from or KEYS[self.style]
        if self.style == "anthropic" and not url.endswith("/v1"):
            url += "/v1"  # people give this one without
        key = os.environ.get(name, "").strip()
        if not key and (self.url is None or self.key_from is not None):
            raise BadInput(f"{urlsplit(url).netloc} wants a key, and the environment has none: set {name}")
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise BadInput(f"what the environment calls {name} can be no key: it holds blanks or odd characters")
        if key and is_open(url):
            raise BadInput(f"the key in {name} would travel unencrypted to {urlsplit(url).netloc}; use https")
        if self.style == "anthropic":
            headers = {"anthropic-version": VERSION} | ({"x-api-key": key} if key else {})
        else:
            headers = {"Authorization": f"Bearer {key}"} if key else {}
        return Server(url, headers, key, self.timeout, self.retries)

    def answer(self, turns: Turns, **how: Any) -> str:
        """What the model says next.

        Args:
            turns: of `system` (first, or none), `user` and `assistant`.
            how: `length` (most tokens), and perhaps `temperature`, `top_p` and `seed`; None leaves one to the server.
        """
        server = self.server()
        try:
            said = server.ask(self._path, self._body(turns, **how))
            if self.style == "anthropic":
                return "".join(part["text"] for part in said["content"] if part["type"] == "text")
            return str(said["choices"][0]["message"]["content"] or "")
        except Refused as error:
            self._explain(error, server)
        except (KeyError, IndexError, TypeError):
            raise NoAnswer(
                f"{server.host} answers in another form than that of {self.style}; style= names it"
            ) from None

    def pieces(self, turns: Turns, **how: Any) -> Iterator[str]:
        """The same as it comes."""
        server = self.server()
        try:
            for event in server.events(self._path, self._body(turns, **how) | {"stream": True}):
                if "error" in event:
                    told = event["error"].get("message") if isinstance(event["error"], dict) else event["error"]
                    raise NoAnswer(f"{server.host} broke off: {told}")
                if self.style == "anthropic":
                    piece = event.get("delta", {}).get("text") if event.get("type") == "content_block_delta" else None
                else:
                    piece = (event.get("choices") or [{}])[0].get("delta", {}).get("content")
                if piece:
                    yield str(piece)
        except Refused as error:
            self._explain(error, server)
        except (AttributeError, IndexError, TypeError):
            raise NoAnswer(
                f"{server.host} answers in another form than that of {self.style}; style= names it"
            ) from None

    def tokens(self, text: str) -> tuple[list[str], list[float]]:
        """The tokens of a text and the nats of each given those before it; the first, before which there is nothing, is
        left out where the server does so.

        Raises:
            CannotAnswer: the server returns none of a text that is given to it.
        """
        refusal = CannotAnswer("this server returns no log-probabilities of a text that is given to it",
                               instead="ask sample or predict here, or a gpt of a folder")  # fmt: skip
        if self.style == "anthropic":
            raise refusal
        server = self.server()
        body = {"model": self.model, "prompt": text, "max_tokens": 0, "echo": True, "logprobs": 0, "temperature": 1}
        try:
            found = server.ask("/completions", body)["choices"][0]["logprobs"]
            tokens, nats = list(map(str, found["tokens"])), list(found["token_logprobs"])
            known = [(t, float(n)) for t, n in zip(tokens, nats, strict=True) if n is not None]
        except Refused as error:
            if error.code in (400, 404, 405, 422, 501):
                raise refusal from None
            self._explain(error, server)
        except (KeyError, IndexError, TypeError, ValueError):
            raise refusal from None
        if len(known) < len(tokens) - 1 or "".join(tokens) != text:  # it drew tokens of its own, or said nothing
            raise refusal
        return [t for t, _ in known], [n for _, n in known]

    @property
    def _path(self) -> str:
        return "/messages" if self.style == "anthropic" else "/chat/completions"

    def _body(self, turns: Turns, *, length: int, temperature: float | None = None, top_p: float | None = None,
              seed: int | None = None) -> dict[str, Any]:  # fmt: skip
        own = {"temperature": temperature, "top_p": top_p, "seed": None if self.style == "anthropic" else seed}
        body: dict[str, Any] = {"model": self.model} | {k: v for k, v in own.items() if v is not None}
        if self.style == "anthropic":  # what the system says is no turn
            told = [t["content"] for t in turns if t["role"] == "system"]
            spoken = [dict(t) for t in turns if t["role"] != "system"]
            return body | {"max_tokens": length, "messages": spoken} | ({"system": "\n\n".join(told)} if told else {})
        word = (
            "max_completion_tokens" if self.url is None else "max_tokens"
        )  # OpenAI's newer word; others know the older
        return body | {word: length, "messages": [dict(t) for t in turns]}

    def _explain(self, error: Refused, server: Server) -> NoReturn:
        """The same error with what to do."""
        name = self.key_from or KEYS[self.style]
        if error.code in (401, 403):
            what = f"it refuses the key in {name}" if server.secret else f"it wants a key: set {name}"
        elif error.code == 404:
            what = f"it knows no model {self.model!r}, or url= is not where its addresses begin"
        elif error.code in (301, 302, 303, 307, 308):
            what = "it sends elsewhere, which is not followed; give the address itself as url="
        else:
            what = ""
        raise Refused(f"{error}; {what}" if what else str(error), error.code) from None
