"""Questions to a server over HTTP, as JSON: with a limit in time, tried again where it helps, and errors of one line.

By Python's own library. Proxies of the environment are heard, redirections are not followed: they could carry a key to
another host. What a key is, is never part of an error.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlsplit

from ..core.errors import BadInput, NoAnswer

AGAIN = (408, 429, 500, 502, 503, 504, 529)  # of which the next try may be answered
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds between tries, doubled each time
MOST_BYTES = 20_000_000  # of an answer
SAID = 200  # characters of what the server says that an error repeats
LOCAL = ("localhost", "127.0.0.1", "::1")


class Refused(NoAnswer):
    """The server answered with an error: its number and what it says."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Server:
    """Where to ask.

    Attributes:
        url: that every address begins with.
        headers: sent with every question.
        secret: a part of them that no error may repeat; empty where there is none.
        timeout: seconds for a whole answer; of one that comes in pieces for each piece.
        retries: how often a question is put again.
    """

    url: str
    headers: Mapping[str, str]
    secret: str
    timeout: float
    retries: int

    @property
    def host(self) -> str:
        """As errors name it."""
        return urlsplit(self.url).netloc

    def ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one question.

        Raises:
            Refused: the server answers with an error.
            NoAnswer: there is no network or no server, it is too slow, or what it says is no JSON object.
        """
        deadline = time.monotonic() + self.timeout
        data = bytearray()
        with self._opened(path, body) as answer:
            while part := self._part(answer, "read1", 65_536):
                data += part
                if time.monotonic() > deadline:
                    raise NoAnswer(self._slow())
                if len(data) > MOST_BYTES:
                    raise NoAnswer(f"{self.host} answers with more than {MOST_BYTES // 10**6} MB")
        return self._object(bytes(data))

    def events(self, path: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The answer as objects that come one after another (server-sent events); errors as of `ask`."""
        with self._opened(path, body) as answer:
            while line := self._part(answer, "readline", MOST_BYTES):
                kind, _, rest = line.partition(b":")
                if kind == b"data" and rest.strip() == b"[DONE]":
                    return
                if kind == b"data":
                    yield self._object(rest)

    def _opened(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer, its body still to be read, once a try succeeds."""
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json", **self.headers}
        )
        for tried in range(self.retries + 1):
            try:
                return _OPENER.open(request, timeout=self.timeout)
            except urllib.error.HTTPError as error:
                with error:
                    code, wait = error.code, _asked_wait(error.headers.get("Retry-After"))
                    said = self._clean(_told(error))
                if code not in AGAIN or tried == self.retries or (wait or 0) > LONGEST_WAIT:
                    often = f" after {tried + 1} tries" if tried else ""
                    later = f"; it asks to wait {wait:.0f} s" if (wait or 0) > LONGEST_WAIT else ""
                    raise Refused(f"{self.host} answers {code}{often}: {said}{later}", code) from None
            except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
                reason = getattr(error, "reason", None) or error
                if (
                    not isinstance(reason, ConnectionResetError | http.client.RemoteDisconnected)
                    or tried == self.retries
                ):
                    raise NoAnswer(self._unreachable(reason)) from None
                wait = None
            time.sleep(
                wait if wait is not None else min(LONGEST_WAIT, FIRST_WAIT * 2**tried) * random.uniform(0.8, 1.2)
            )
        raise AssertionError("every try ends in an answer or an error")

    def _part(self, answer: Any, how: str, most: int) -> bytes:
        try:
            return getattr(answer, how)(most)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(self._unreachable(error)) from None

    def _object(self, data: bytes) -> dict[str, Any]:
        try:
            found = json.loads(data)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            shown = self._clean(data.decode("utf-8", "replace"))
            raise NoAnswer(f"{self.host} answers with something else than a JSON object: {shown or 'nothing'}")
        return found

    def _unreachable(self, reason: Any) -> str:
        if isinstance(reason, TimeoutError):
            return self._slow()
        if isinstance(reason, socket.gaierror):
            return f"the name {self.host} is not found; check the address and the network"
        if isinstance(reason, ssl.SSLError):
            return f"{self.host} cannot be spoken to safely ({getattr(reason, 'reason', None) or reason})"
        told = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        return f"{self.host} does not answer ({self._clean(told)}); check the address and the network"

    def _slow(self) -> str:
        return f"{self.host} gave no answer within {self.timeout:g} s; timeout= waits longer"

    def _clean(self, text: str) -> str:
        """One short line, without the key."""
        line = " ".join(text.split())
        return (line.replace(self.secret, "[key]") if self.secret else line)[:SAID]


def checked_url(url: str) -> str:
    """The address without a slash at its end.

    Raises:
        BadInput: it is no address of http, holds a name and a password, or would send a key unencrypted to another
            machine.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(f"url must be an address such as https://host/v1, not {url!r}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise BadInput("url is an address and nothing else; the key comes from the environment")
    return url.rstrip("/")


def is_open(url: str) -> bool:
    """Whether what is sent there can be read on its way."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in LOCAL


def _told(error: IO[bytes]) -> str:
    """What the body of an error says."""
    try:
        raw = error.read(100_000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return ""
    try:
        found = json.loads(raw)
    except ValueError:
        return re.sub(r"<[^>]*>", " ", raw)  # a page of a proxy
    inner = found.get("error", found) if isinstance(found, dict) else found
    said = inner.get("message") or inner.get("detail") if isinstance(inner, dict) else inner
    return str(said or raw)


def _asked_wait(header: str | None) -> float | None:
    """Seconds that the server asks to wait; it may also name a date, which is not heard."""
    try:
        return None if header is None else max(0.0, float(header))
    except ValueError:
        return None


class _Stay(urllib.request.HTTPRedirectHandler):
    """Redirections are errors."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """None: not followed."""


_OPENER = urllib.request.build_opener(_Stay)
