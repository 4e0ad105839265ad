"""A real server of a language model: the forms of OpenAI and Anthropic over HTTP, answered by a model of transformers.

It is started for tests on this machine alone, `with Served(folder) as server`, and can be told to be busy, slow or
broken before it answers: `server.first` lists what it sends in place of its next answers.
"""

from __future__ import annotations

import inspect
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KEY, MODEL = "key-for-tests-0123456789", "small"


class Served:
    """See the module docstring; `url` is its address, `seen` the bodies of the questions it got.

    Args:
        folder: of the model, as transformers saves one.
        echoes: it returns the log-probabilities of a text that is given to it.
        key: that it wants; None: it asks for none.
    """

    def __init__(self, folder: Path, *, echoes: bool = True, key: str | None = KEY) -> None:
        import torch
        from tokenizers import Tokenizer
        from transformers import AutoModelForCausalLM

        self.net = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.cut = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.template = (folder / "chat_template.jinja").read_text()
        asked = inspect.signature(type(self.net).forward).parameters
        self.word = "cache" if "cache" in asked else "past_key_values"  # the name changed within transformers 5
        self.echoes, self.key = echoes, key
        self.first: list[Callable[[BaseHTTPRequestHandler], None]] = []
        self.seen: list[dict] = []
        self.lock = threading.Lock()

    def __enter__(self) -> Served:
        class Handler(_Handler):
            served = self

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def drawn(self, turns: list[dict], most: int, temperature: float, seed: int):
        """Tokens that answer the turns, one after another."""
        import torch
        from transformers import DynamicCache
        from transformers.utils.chat_template_utils import render_jinja_template

        end = self.net.config.eos_token_id
        named = {"eos_token": self.cut.id_to_token(end), "bos_token": ""}
        text = render_jinja_template([turns], chat_template=self.template, add_generation_prompt=True, **named)[0][0]
        ids = torch.tensor([self.cut.encode(text, add_special_tokens=False).ids])
        noise, kept = torch.Generator().manual_seed(seed), DynamicCache(config=self.net.config)
        for _ in range(most):
            with torch.no_grad():
                scores = self.net(ids, use_cache=True, **{self.word: kept}).logits[0, -1]
            proba = torch.softmax(scores / max(temperature, 1e-6), dim=-1)
            token = int(scores.argmax()) if temperature == 0 else int(torch.multinomial(proba, 1, generator=noise))
            if token == end:
                return
            yield self.cut.decode([token])
            ids = torch.tensor([[token]])

    def scored(self, text: str) -> tuple[list[str], list[float | None]]:
        """The tokens of a text and the nats of each given those before it; of the first there are none."""
        import torch

        ids = self.cut.encode(text, add_special_tokens=False).ids
        with torch.no_grad():
            said = self.net(torch.tensor([ids])).logits[0].double().log_softmax(-1)
        return [self.cut.decode([i]) for i in ids], [None, *(float(said[j, i]) for j, i in enumerate(ids[1:]))]


class _Handler(BaseHTTPRequestHandler):
    served: Served
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def do_POST(self) -> None:
        own = self.served
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with own.lock:
            own.seen.append(body | {"path": self.path})
            first = own.first.pop(0) if own.first else None
        if first is not None:
            first(self)
        elif own.key not in (None, self.headers.get("x-api-key"), self.headers.get("Authorization", "")[7:]):
            told = self.headers.get("Authorization", self.headers.get("x-api-key", "nothing"))
            self.send(401, {"error": {"message": f"Incorrect API key provided: {told}"}})  # servers repeat it, too
        elif body["model"] != MODEL:
            self.send(404, {"error": {"message": f"The model {body['model']!r} does not exist"}})
        elif self.path == "/v1/chat/completions":
            self.chat(body, body["messages"])
        elif self.path == "/v1/messages":
            told = [{"role": "system", "content": body["system"]}] if "system" in body else []
            self.chat(body, [*told, *body["messages"]])
        elif self.path == "/v1/completions" and own.echoes:
            tokens, nats = own.scored(body["prompt"])
            self.send(
                200, {"choices": [{"text": body["prompt"], "logprobs": {"tokens": tokens, "token_logprobs": nats}}]}
            )
        else:
            self.send(404, {"detail": "Not Found"})

    def chat(self, body: dict, turns: list[dict]) -> None:
        most = body.get("max_tokens", 16)
        pieces = self.served.drawn(turns, most, body.get("temperature", 1.0), body.get("seed", 0))
        messages = self.path == "/v1/messages"
        if not body.get("stream"):
            text = "".join(pieces)
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            self.send(200, {"content": [{"type": "text", "text": text}]} if messages else {"choices": [choice]})
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for piece in pieces:
            event = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
            if not messages:
                event = {"choices": [{"index": 0, "delta": {"content": piece}}]}
            self.wfile.write(
                b"event: content_block_delta\n" * messages + b"data: " + json.dumps(event).encode() + b"\n\n"
            )
            self.wfile.flush()
        self.wfile.write(b'data: {"type": "message_stop"}\n\n' if messages else b"data: [DONE]\n\n")
        self.close_connection = True

    def send(self, code: int, body: dict | bytes, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)


def says(code: int, body: dict | bytes, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """A first answer: this."""
    return lambda handler: handler.send(code, body, **headers)  # type: ignore[attr-defined]


def sleeps(seconds: float) -> Callable[[BaseHTTPRequestHandler], None]:
    """A first answer: none for so long."""

    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return slow


def trickles(handler: BaseHTTPRequestHandler) -> None:
    """A first answer: a byte now and then, without end."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    """A first answer: the line goes dead."""
    handler.close_connection = True
