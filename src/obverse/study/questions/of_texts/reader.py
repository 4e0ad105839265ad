"""The reader that judges made texts: logistic regression over words and characters, trained anew for every figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....core.model import Model
from ....data.texts import Texts
from ....registry import get

FAMILY = "text_logistic"


def detector(texts: Sequence[str], labels: Sequence[Any]) -> Model:
    """The same that looks at pairs of words, too, and so at their order."""
    return reader(texts, labels, words=(1, 2))


def reader(texts: Sequence[str], labels: Sequence[Any], **settings: Any) -> Model:
    """Fitted; a text without a letter is one space, since an empty one teaches nothing."""
    told = np.empty(len(labels), dtype=object)
    told[:] = labels
    return get(FAMILY)(**settings).fit(Texts.of([text or " " for text in texts], told, "read"))
