"""How long a comparison of texts will take: what its families read and write, at the speed of one core of a laptop.

The rates are those of the lab log (docs/lab/compare-texts.md); another machine is faster or slower by a factor, which
the words "about" leave room for.
"""

from __future__ import annotations

import numpy as np

from ..data.texts import Texts
from .plan import Plan
from .questions.of_texts.labels import SIZES
from .questions.question import MOST_TEXTS
from .variants import VARIANTS

# seconds of one core for a million characters: shown in training (all passes counted), and read when asked
SHOWN = {"gpt:small": 65.0, "gpt:pieces": 25.0, "bert:small": 50.0}
READ = {"text_logistic": 3.0, "text_naive_bayes": 0.5, "gpt:small": 45.0, "gpt:pieces": 20.0, "bert:small": 4.0,
        "bert:minilm": 125.0}  # fmt: skip
LEARNED = {"text_logistic": 15.0, "text_naive_bayes": 0.5, "bert:minilm": 140.0}  # of families that pass once
WRITTEN = {"gpt:small": 350.0, "gpt:pieces": 250.0}
CHANGED = 14 * 200 + 4 * 300  # texts asked about changed and odd
JUDGED = 60.0  # seconds a million characters: of the reader that judges made texts


def seconds(plan: Plan, texts: Texts) -> float | None:
    """Of one core, for the whole plan; None where a family has settings of its own, or nothing is known of it."""
    if plan.params or not set(plan.families) <= READ.keys():
        return None
    characters = sum(map(len, texts.texts)) / 1e6
    test, mean = plan.test_share * characters, characters / len(texts)
    train = characters - test
    sizes = [train] + [n * mean for n in SIZES if "labels" in plan.questions and n * mean < train]
    total = 0.0
    for name in plan.families:
        if name in SHOWN:
            known = VARIANTS[name]
            passes = [float(np.clip((known.shown or 0) / 1e6 / size, 1, known.passes)) for size in sizes]
            total += SHOWN[name] * sum(n * size for n, size in zip(passes, sizes, strict=True))
        else:
            total += LEARNED[name] * sum(sizes)
        asked = test * len(sizes) if plan.task else 0.0
        asked += CHANGED * mean if {"shift", "flag"} & set(plan.questions) else 0.0
        total += READ[name] * asked
        if name in WRITTEN and "create" in plan.questions:
            total += (WRITTEN[name] + 2 * JUDGED) * min(MOST_TEXTS * mean, train)
    total += 4 * JUDGED * min(MOST_TEXTS * mean, train) if "create" in plan.questions else 0.0
    return plan.splits * total


def in_words(plan: Plan, texts: Texts, n_jobs: int) -> str:
    """`, about 8 minutes`; nothing where nothing is known."""
    whole = seconds(plan, texts)
    if whole is None:
        return ""
    minutes = whole / min(n_jobs, plan.splits * len(plan.families)) / 60
    return f", about {max(1, round(minutes)):,} minute{'s' if round(minutes) > 1 else ''}" if minutes >= 0.5 else ""
