"""A language model on somebody's server, asked in words (OpenAI's and Anthropic's interfaces): samples and labels.

Nothing is trained: `fit` takes a few texts to show as examples, and no question is put before one is asked. This is the
one family that uses the network. Keys come from the environment and are kept nowhere; what is asked is sent away.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones import arguments as must
from ..core import literal
from ..core.card import Card
from ..core.errors import BadInput, CannotAnswer
from ..core.evidence import Evidence
from ..core.modality import HOLE
from ..core.model import Model
from ..core.queries import Details, Drawn, Prediction, Predicts, Samples, Scores
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..modalities.text import TEXTS

if TYPE_CHECKING:
    import pandas as pd

    from ..backbones.hosted import Hosted

Turn = dict[str, str]


class HostedLLM(Samples, Predicts, Scores, Model):
    """Texts like those it is shown, and by asking the labels of texts.

    Args:
        model: the model's name on the server.
        style: `openai` (also vLLM, llama.cpp, Ollama, LM Studio and many more) or `anthropic`: the form of questions.
        url: what the server's addresses begin with, such as http://localhost:8000/v1; None: the home of the style.
        key_from: the variable of the environment that holds the key; None: OPENAI_API_KEY or ANTHROPIC_API_KEY.
        shots: texts, of each label where there are labels, that it is shown as examples.
        about: a sentence or two that the server is told first.
        asks: how often it is asked for the label of one text; the shares of its answers are the probabilities.
        temperature, top_p: how it draws; None leaves them to the server, and to 0 where a label is asked for once.
        length: most tokens of a text it writes.
        timeout: seconds for an answer.
        retries: how often a question is put again that the server is too busy for, after a growing pause.
        random_state: draws the examples, and seeds for servers that take some.
    """

    card = Card(
        key="hosted_llm",
        title="Language model on a server, asked in words",
        learns=frozenset({"P(x)", "P(x,y)"}),
        modality=TEXTS,
        backbone="a server",
        objective="none: a prompt",
        log_prob="unnormalised",
        missing="refused",
        condition="prompt",
        references=(
            "OpenAI, API reference: chat completions, completions",
            "Anthropic, API reference: messages",
            "Brown et al. 2020, Language models are few-shot learners, NeurIPS",
        ),
        tasks=frozenset({"class"}),
        density_tasks=frozenset({"class"}),
        exact_given=frozenset({"equal"}),
        avoid_when="the texts must not leave this machine, or probabilities are wanted: gpt, llm_classifier",
        by_name=True,
        stands_on="model",
    )

    def __init__(
        self,
        model: str = "",
        style: str = "openai",
        url: str | None = None,
        key_from: str | None = None,
        shots: int = 3,
        about: str = "",
        asks: int = 1,
        temperature: float | None = None,
        top_p: float | None = None,
        length: int = 256,
        timeout: float = 60.0,
        retries: int = 4,
        random_state: RandomState = None,
    ) -> None:
        self.model = model
        self.style = style
        self.url = url
        self.key_from = key_from
        self.shots = shots
        self.about = about
        self.asks = asks
        self.temperature = temperature
        self.top_p = top_p
        self.length = length
        self.timeout = timeout
        self.retries = retries
        self.random_state = random_state

    def _check(self) -> None:
        from ..backbones.hosted import STYLES
        from ..backbones.requests import checked_url

        name = must.Rule("the name of a variable", lambda v: isinstance(v, str) and re.fullmatch(r"\w+", v) is not None)
        must.check(
            self, model=must.Rule("the model's name on the server", lambda v: isinstance(v, str) and bool(v.strip())),
            style=must.one_of(STYLES), url=must.or_none(must.TEXT), key_from=must.or_none(name), about=must.TEXT,
            shots=must.COUNT_OR_ZERO, asks=must.COUNT, temperature=must.or_none(must.NOT_NEGATIVE),
            top_p=must.or_none(must.SHARE), length=must.COUNT, timeout=must.POSITIVE, retries=must.COUNT_OR_ZERO,
        )  # fmt: skip
        if self.url is not None:
            checked_url(self.url)

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self._check()
        from ..training.labels import classes, shares_of

        count = classes(data.schema)
        label = np.full(len(data), np.nan) if data.label is None else data.y
        self.share_ = shares_of(label, count)
        found: list[tuple[str, int]] = []
        for code in range(count) or [-1]:
            own = np.flatnonzero(label == code) if count else np.arange(len(data))
            found += [(str(data.values[i]), code) for i in rng.permutation(own)[: self.shots]]
        self.examples_ = [found[i] for i in rng.permutation(len(found))]

    def _server(self) -> Hosted:
        from ..backbones.hosted import Hosted

        self._check()
        return Hosted(self.model, self.style, self.url, self.key_from, self.timeout, self.retries)

    # ------------------------------------------------------------------------- samples

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        return self._draw(n, given, rng).rows

    def _draw(self, n: int, given: Evidence, rng: np.random.Generator) -> Drawn:
        prompt, server, texts = _prompt(given), self._server(), list[str]()
        for _ in range(n):
            turns = self._asked_to_write(prompt, given.label, rng)
            texts.append(prompt + server.answer(turns, **self._how(rng)))
        how = Details(
            f"written by {self.model} when asked", notes=("how probable such texts are, the server does not say",)
        )
        return Drawn(np.array([*texts, None], dtype=object)[:-1], how)

    def stream(self, prompt: str = "", *, label: Any = None, seed: int | None = None) -> Iterator[str]:
        """What the server writes after a prompt, as it comes.

        Raises:
            NoAnswer: it gives none.
            BadInput: no text it was shown had this label, or there is no key.
        """
        self._fitted("sample")
        given: dict[str, Any] = {"prompt": prompt} | ({} if label is None else {"label": label})
        evidence, rng = literal.evidence(self.card, self.schema_, given), self._draws(seed)
        assert evidence is not None
        turns = self._asked_to_write(_prompt(evidence), evidence.label, rng)
        return self._server().pieces(turns, **self._how(rng))

    def chat(self, turns: Sequence[Mapping[str, str]], *, seed: int | None = None) -> Iterator[str]:
        """The server's answer to a conversation, as it comes; see `gpt` for the turns."""
        self._fitted("sample")
        from ..backbones.turns import checked

        told = [{"role": "system", "content": self.about}] if self.about and turns[0].get("role") != "system" else []
        return self._server().pieces([*told, *checked(turns)], **self._how(self._draws(seed)))

    def _how(self, rng: np.random.Generator) -> dict[str, Any]:
        seed = int(rng.integers(2**31))
        return {"length": self.length, "temperature": self.temperature, "top_p": self.top_p, "seed": seed}

    def _asked_to_write(self, prompt: str, label: FloatArray | None, rng: np.random.Generator) -> list[Turn]:
        """Examples, of the label that is known or drawn by its share, and what to write."""
        code, kind = -1, ""
        if len(self.share_):
            known = label is not None and not np.isnan(label[0])
            code = int(label[0]) if known and label is not None else int(rng.choice(len(self.share_), p=self.share_))
            kind = f" of the kind {str(self.classes_[code])!r}"
        shown = [text for text, of in self.examples_ if of == code]
        asked = [f"Here are texts{kind}, each between <text> and </text>."] if shown else []
        asked += [f"<text>{text}</text>" for text in shown]
        like = f"{kind} like these" if shown else kind
        if prompt:
            asked.append(f"Another text{like} begins as follows. Go on exactly where it ends. Write only what comes "
                         f"next, not what is there already.\n\n{prompt}")  # fmt: skip
        else:
            asked.append(f"Write one new text{like}. Write only the text itself, without <text>.")
        return [*self._told(), {"role": "user", "content": "\n\n".join(asked)}]

    def _told(self, more: str = "") -> list[Turn]:
        text = f"{self.about}\n\n{more}".strip()
        return [{"role": "system", "content": text}] if text else []

    # -------------------------------------------------------------------------- labels

    def _predict(self, given: Evidence) -> Prediction:
        texts = [str(text) for text in given.values]
        if any(HOLE in text for text in texts):
            raise CannotAnswer(f"{self.card.key} reads no texts with holes", instead="fill them first, as gpt does")
        server, labels = self._server(), [str(label) for label in self.classes_]
        told = self._told("Which label does a text have? Answer with one of these labels, and nothing else: "
                          f"{', '.join(labels)}.")  # fmt: skip
        for text, code in self.examples_:
            told += [{"role": "user", "content": text}, {"role": "assistant", "content": labels[code]}]
        sure = 0.0 if self.asks == 1 else None
        how = {"temperature": sure if self.temperature is None else self.temperature, "top_p": self.top_p}
        length = 16 + 2 * max(map(len, labels))  # tokens; no label has more
        out = np.zeros((len(texts), len(labels)))
        for i, text in enumerate(texts):
            turns = [*told, {"role": "user", "content": text}]
            said = Counter(_label(server.answer(turns, length=length, seed=s, **how), labels) for s in range(self.asks))
            for code, times in said.items():
                out[i] += times * (self.share_ if code is None else np.eye(len(labels))[code])
        return Prediction(proba=out / self.asks)

    # --------------------------------------------------------------------- probability

    def _log_prob(self, event: Evidence) -> FloatArray:
        if event.label is not None and not np.isnan(event.label).all():
            raise CannotAnswer("a server gives no probability of a text and its label",
                               instead="leave the labels out, or ask predict_proba")  # fmt: skip
        return np.array([self.token_log_prob(str(text)).log_prob.sum() for text in event.values])

    def token_log_prob(self, text: str) -> pd.DataFrame:
        """Columns `token` (str) and `log_prob` (float64, nats), where the server returns them of a given text.

        Without the end of the text, and where the server begins with nothing, without its first token.

        Raises:
            CannotAnswer: it returns none, as most do; servers for one's own models, such as vLLM, do.
        """
        self._fitted("log_prob")
        import pandas as pd

        asked = text.removesuffix(HOLE)
        if not asked or HOLE in asked:
            raise BadInput("the server scores a text that has letters and no holes")
        tokens, nats = self._server().tokens(asked)
        return pd.DataFrame({"token": pd.Series(tokens, dtype="str"), "log_prob": np.array(nats, dtype=float)})

    def _reached(self, event: Evidence) -> Details | None:
        return Details(
            "unnormalised", notes=("as the server says: without the end of a text, perhaps its first token",)
        )

    # --------------------------------------------------------------------------- state

    def _state(self) -> dict[str, Any]:
        return {"share": self.share_, "examples": [list(one) for one in self.examples_]}

    def _restore(self, state: dict[str, Any]) -> None:
        self.share_ = np.asarray(state["share"])
        self.examples_ = [(str(text), int(code)) for text, code in state["examples"]]


def _prompt(given: Evidence) -> str:
    text = str(given.values[0]).removesuffix(HOLE)
    if HOLE in text:
        raise BadInput(f"a prompt has no holes, and this one holds {HOLE}")
    return text


def _label(answer: str, labels: Sequence[str]) -> int | None:
    """Which label an answer names: it alone, else the one it names first; None where it names none."""
    said = answer.strip().strip(".\"'`*").casefold()
    for i, label in enumerate(labels):
        if said == label.casefold():
            return i
    found = [(m.start(), -len(label), i) for i, label in enumerate(labels)
             if (m := re.search(rf"(?<!\w){re.escape(label.casefold())}(?!\w)", said))]  # fmt: skip
    return min(found)[2] if found else None
