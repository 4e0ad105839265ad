"""The battery of texts passes a plain, exact family, and finds what is broken in others."""

from itertools import pairwise

import numpy as np
import pytest

from obverse.checks import TEXTS, TextSubject
from obverse.core.card import Card
from obverse.core.errors import BadInput
from obverse.core.modality import HOLE
from obverse.core.model import Model
from obverse.core.queries import Samples, Scores
from obverse.modalities.text import TEXTS as MODALITY

END = "\0"


class Bigrams(Samples, Scores, Model):
    """P(x, y): counts of which letter follows which, for each label; one count for any character never met."""

    card = Card(
        key="bigrams", title="Bigrams", learns=frozenset({"P(x)", "P(x,y)"}), modality=MODALITY, backbone="none",
        objective="counts", log_prob="exact", missing="refused", condition="prompt", references=("test",),
        tasks=frozenset({"class"}), density_tasks=frozenset({"class"}), exact_given=frozenset({"equal"}),
    )  # fmt: skip

    def __init__(self, random_state=None):
        self.random_state = random_state

    def _fit(self, data, rng):
        self.letters_ = END + "".join(sorted(set("".join(data.values))))
        count = 1 if data.label is None else len(data.schema.columns[1].values)
        code = np.zeros(len(data), int) if data.label is None else data.y.astype(int)
        self.share_ = np.bincount(code, minlength=count) / len(code)
        counts = np.full((count, len(self.letters_), len(self.letters_) + 1), 0.01)
        for text, label in zip(data.values, code, strict=True):
            for a, b in zip(END + text, text + END, strict=True):
                counts[label, self.letters_.index(a), self.letters_.index(b)] += 1
        self.follow_ = counts / counts.sum(axis=2, keepdims=True)

    def _steps(self, text, code):
        """log p of every character and of the end."""
        at = [self.letters_.find(letter) for letter in END + text + END]
        other = np.log(0x110000 - 0x800 - len(self.letters_) + 1)  # any other character, all alike
        return [np.log(self.follow_[code, max(a, 0), b]) - (other if b < 0 else 0.0)
                for a, b in pairwise(at)]  # fmt: skip

    def _one(self, text, code):
        steps = self._steps(text.removesuffix(HOLE), code)
        return np.log(self.share_[code]) + sum(steps[:-1] if text.endswith(HOLE) else steps)

    def _log_prob(self, event):
        each = np.array([[self._one(str(t), c) for c in range(len(self.share_))] for t in event.values])
        unknown = np.isnan(event.label) if len(self.share_) > 1 else np.ones(len(event), bool)
        code = np.where(unknown, 0, event.label).astype(int)
        return np.where(unknown, np.logaddexp.reduce(each, axis=1), each[np.arange(len(each)), code])

    def _sample(self, n, given, rng):
        prompt, out, unknown = self._prompt(given), [], bool(np.isnan(given.label[0]))
        for _ in range(n):
            code = rng.choice(len(self.share_), p=self.share_) if unknown else int(given.label[0])
            text = prompt
            while True:
                p = self.follow_[code, self.letters_.find((END + text)[-1]), :-1]
                letter = self.letters_[rng.choice(len(p), p=p / p.sum())]
                if letter == END:
                    break
                text += letter
            out.append(text)
        return np.array([*out, None], dtype=object)[:-1]

    def _prompt(self, given):
        prompt = given.values[0].removesuffix(HOLE)
        if HOLE in prompt:
            raise BadInput("a prompt has no holes")
        return prompt

    def _state(self):
        return {"letters": self.letters_, "share": self.share_, "follow": self.follow_}

    def _restore(self, state):
        self.letters_, self.share_, self.follow_ = state["letters"], state["share"], state["follow"]


class DependsOnNeighbours(Bigrams):
    """Its texts are scored as if padded to the longest of them."""

    def _log_prob(self, event):
        return super()._log_prob(event) - 0.01 * max(map(len, event.values))


class ForgetsTheEnd(Bigrams):
    """The end of a text costs nothing, so that probabilities of all strings sum to more than 1."""

    def _one(self, text, code):
        return super()._one(text + HOLE, code)


class IgnoresPrompts(Bigrams):
    """Draws whatever it likes."""

    def _prompt(self, given):
        super()._prompt(given)
        return ""


class SwapsLabels(Bigrams):
    """Draws the other class."""

    def _sample(self, n, given, rng):
        from dataclasses import replace

        return super()._sample(n, replace(given, label=1 - given.label), rng)


class Copies(Bigrams):
    """Gives back what it learned from."""

    def _fit(self, data, rng):
        super()._fit(data, rng)
        self.texts_ = data.values.tolist()

    def _sample(self, n, given, rng):
        return np.array([*rng.choice(self.texts_, n), None], dtype=object)[:-1]

    def _state(self):
        return super()._state() | {"texts": self.texts_}

    def _restore(self, state):
        super()._restore(state)
        self.texts_ = state["texts"]


class Forgets(Bigrams):
    """Does not save what it learned of labels."""

    def _restore(self, state):
        super()._restore(state | {"share": np.array([0.9, 0.1])})


ELSEWHERE = ("check_text_same_seed_in_a_new_process", "check_picture_import_is_light")  # a file of a package's own


def failing(family):
    subject, out = TextSubject(family), set()
    for check in TEXTS:
        if check.name in ("check_text_same_seed_in_a_new_process", "check_picture_import_is_light") or check.unmet(
            subject
        ):
            continue
        try:
            check(subject)
        except AssertionError:
            out.add(check.name)
    return out


def test_an_exact_family_passes():
    assert failing(Bigrams) == set()


@pytest.mark.parametrize(
    ("family", "found"),
    [
        (DependsOnNeighbours, "check_text_log_prob_is_of_each_text_alone"),
        (ForgetsTheEnd, "check_text_probabilities_sum_to_one"),
        (IgnoresPrompts, "check_text_samples_go_on_from_their_prompt"),
        (SwapsLabels, "check_text_samples_are_of_the_class_asked"),
        (Copies, "check_text_samples_are_texts"),
        (Forgets, "check_picture_same_seed_same_answers"),
    ],
)
def test_what_is_broken_is_found(family, found):
    assert found in failing(family)
