"""Titles and directions of the figures that only texts have (`metrics.texts`)."""

from __future__ import annotations

from .metric import Metric

OF_TEXTS = (
    Metric(
        "detector",
        "create",
        "Detector, ROC-AUC",
        "half",
        "How well a reader of words, pairs of words and characters tells made texts from unseen real ones; 0.5 is not "
        "at all.",
        short="detector",
    ),
    Metric(
        "tstr_texts",
        "create",
        "TSTR of texts",
        "higher",
        "ROC-AUC, on real texts, of a reader that learned its labels from made texts alone; compare with real texts.",
        short="TSTR",
    ),
    Metric(
        "known_words",
        "create",
        "Known words",
        "higher",
        "Share of the words of made texts that stand in the training texts; below that of real texts, words are "
        "invented.",
        short="known",
    ),
    Metric(
        "novelty_4",
        "create",
        "Novel runs of four",
        "higher",
        "Share of runs of four words that do not stand in the training texts; below that of real texts, passages are "
        "copied.",
        short="novel",
    ),
    Metric(
        "distinct_2",
        "create",
        "Distinct pairs",
        "higher",
        "Share of pairs of words that are different from each other, in as many words for all; below that of real "
        "texts, texts are too much alike.",
        short="distinct",
    ),
    Metric(
        "text_copies",
        "create",
        "Exact copies of texts",
        "lower",
        "Share of made texts that equal a training text in every character.",
        short="copies",
    ),
    Metric(
        "bits_per_character",
        "create",
        "Bits per character",
        "lower",
        "Surprise at unseen real texts, for each of their characters; what a perfect writer cannot go below is not "
        "known.",
        2,
        short="bits",
    ),
    Metric(
        "flag_shuffled",
        "flag",
        "Words shuffled, ROC-AUC",
        "higher",
        "Chance that a text whose words were put into another order is rated odder than a real one; 0.5 is guessing.",
        short="shuffled",
        chance=0.5,
    ),
    Metric(
        "flag_joined",
        "flag",
        "Halves of two, ROC-AUC",
        "higher",
        "Chance that a text put together from the halves of two, where there are labels of two classes, is rated odder "
        "than a real one; 0.5 is guessing.",
        short="two halves",
        chance=0.5,
    ),
    Metric(
        "right_changed",
        "shift",
        "Right, changed",
        "higher",
        "Share of changed texts whose class was predicted right, over all changes and strengths; as many of every "
        "class as there are.",
        short="all kinds",
    ),
    Metric(
        "right_plain",
        "shift",
        "Right, as they are",
        "higher",
        "Share of the same texts, unchanged, whose class was predicted right.",
        short="as they are",
    ),
    Metric(
        "right_elsewhere",
        "shift",
        "Right, another source",
        "higher",
        "Share predicted right of texts of another source, which was never learned from; as many of every class as "
        "there are.",
        short="other source",
    ),
    Metric(
        "right_typos",
        "shift",
        "Right, typos",
        "higher",
        "Share predicted right of texts in which 2 to 20 % of the letters are mistyped.",
        short="typos",
    ),
    Metric(
        "right_disguised",
        "shift",
        "Right, disguised",
        "higher",
        "Share predicted right of texts in which 20 to 80 % of the letters that have one are replaced by a look-alike.",
        short="0 for o",
    ),
    Metric(
        "right_lost",
        "shift",
        "Right, words lost",
        "higher",
        "Share predicted right of texts that lost 20 to 60 % of their words.",
        short="words lost",
    ),
    Metric(
        "right_cut",
        "shift",
        "Right, cut short",
        "higher",
        "Share predicted right of texts of which only the first 50 to 12 % are there.",
        short="cut short",
    ),
)
