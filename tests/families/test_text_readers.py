"""`text_logistic` and `text_naive_bayes`: twins of scikit-learn's, holes, texts without labels, damaged files."""

import json

import numpy as np
import pytest

import obverse
from obverse.backbones.bags import WORD, Bag
from obverse.core.errors import BadInput, CannotAnswer
from obverse.core.store import Blob

SPAM = ["WIN a free prize now!!", "Free entry: call 0900 now", "You have won cash, call now", "claim your free prize"]
HAM = ["are you home now?", "see you at lunch", "ok, call me later", "I am on my way home", "lunch at home?"]
TEXTS, LABELS = SPAM + HAM, ["spam"] * len(SPAM) + ["ham"] * len(HAM)
BLANK = ["  ", "\n", " "]
FRESH = ["a free lunch", "prize!", "you?", "never met zzz", ""]


def test_logistic_is_scikit_learns_pipeline():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    words = TfidfVectorizer(token_pattern=WORD, sublinear_tf=True, min_df=2)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, min_df=2)
    solver = LogisticRegression(C=30, class_weight="balanced", max_iter=1000)
    texts, labels = (
        TEXTS + [text + "!" for text in TEXTS[::-1]] + ["prize", "home"],
        LABELS + LABELS[::-1] + ["spam", "ham"],
    )
    twin = make_pipeline(make_union(words, characters), solver).fit(texts, labels)
    model = obverse.fit("text_logistic", texts, labels)
    np.testing.assert_allclose(model.predict_proba(FRESH), twin.predict_proba(FRESH), atol=1e-8)


def test_naive_bayes_is_scikit_learns_pipeline():
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    twin = make_pipeline(CountVectorizer(token_pattern=WORD), MultinomialNB(alpha=0.1)).fit(TEXTS, LABELS)
    model = obverse.fit("text_naive_bayes", TEXTS, LABELS)
    np.testing.assert_allclose(model.predict_proba(FRESH), twin.predict_proba(FRESH), atol=1e-12)
    np.testing.assert_allclose(model.predict_proba([""])[0], [5 / 9, 4 / 9])  # nothing is known: shares of the labels


def test_holes_are_words_that_are_not_known():
    model = obverse.fit("text_naive_bayes", TEXTS, LABELS)
    said = model.predict_proba(["free [HOLE] prize", "free pri[HOLE] prize", "[HOLE]ee free prize[HOLE]", "[HOLE]"])
    known = model.predict_proba(["free prize", "free", ""])
    np.testing.assert_allclose(said, known[[0, 0, 1, 2]], atol=1e-12)  # pieces of words are no words
    with pytest.raises(CannotAnswer, match="reads no texts with holes"):
        obverse.fit("text_logistic", TEXTS, LABELS).predict(["free [HOLE]"])


def test_texts_without_a_label_teach_naive_bayes_words():
    """`entry` stands beside `prize` in texts without a label, and never in one with."""
    texts = ["prize", "lunch", *["prize entry"] * 10, *["lunch table"] * 10]
    labels = ["spam", "ham", *[None] * 20]
    model = obverse.fit("text_naive_bayes", texts, labels)
    assert model.predict(["entry", "table"]).tolist() == ["spam", "ham"]
    assert model.predict_proba(["entry"]).max() > 0.8
    few = obverse.fit("text_naive_bayes", texts[:2], labels[:2])
    np.testing.assert_allclose(few.predict_proba(["entry"]), 0.5)
    dropped = obverse.fit("text_logistic", texts, labels)
    assert any("20 unlabelled rows dropped" in note for note in dropped.notes_)


@pytest.mark.parametrize("family", ["text_logistic", "text_naive_bayes"])
def test_a_folder_gives_the_same_answers(family, tmp_path):
    model = obverse.fit(family, [*TEXTS, "naïve café 日本"], [*LABELS, "third"], seed=0)
    again = obverse.load(model.save(tmp_path / "m"))
    np.testing.assert_array_equal(again.predict_proba([*FRESH, "日本"]), model.predict_proba([*FRESH, "日本"]))
    assert model.predict_proba([]).shape == (0, 3)
    with pytest.raises(CannotAnswer):
        model.sample(1)


def test_what_a_bag_holds_is_looked_at():
    good = Bag.learn(TEXTS, "word", (1, 2), lower=True)
    assert Bag.from_blob(good.to_blob()) == good
    held = json.loads(good.to_blob().data)
    for wrong in ({"terms": ["a", "a"]}, {"terms": [1]}, {"kind": "evil"}, {"lengths": [2, 1]}):
        with pytest.raises(ValueError, match="damaged"):
            Bag.from_blob(Blob("json", json.dumps(held | wrong).encode()))


@pytest.mark.parametrize("family", ["text_logistic", "text_naive_bayes"])
def test_arguments_are_checked(family):
    with pytest.raises(BadInput, match="words must be None or two whole numbers"):
        obverse.fit(family, TEXTS, LABELS, words=(2, 1))
    with pytest.raises(BadInput, match="nothing else to look at"):
        obverse.fit(family, TEXTS, LABELS, words=None, characters=None)


@pytest.mark.parametrize("family", ["text_logistic", "text_naive_bayes"])
def test_texts_that_share_nothing_and_texts_without_a_word_are_learned(family):
    assert obverse.fit(family, ["abc", "xyz"], ["u", "v"]).predict(["abc", "xyz"]).tolist() == ["u", "v"]
    many = [f"word{i}" for i in range(30)]
    assert obverse.fit(family, many, ["u", "v"] * 15, characters=None).predict(many[:2]).tolist() == ["u", "v"]
    if family == "text_naive_bayes":  # which says the shares of the labels
        np.testing.assert_allclose(obverse.fit(family, BLANK, ["u", "v", "v"]).predict_proba(["a"]), [[1 / 3, 2 / 3]])
        return
    with pytest.raises(BadInput, match="hold no word"):
        obverse.fit(family, BLANK, ["u", "v", "v"])


def test_classes_weigh_alike_in_the_logistic_regression():
    texts, labels = ["a b"] * 10 + ["c d"] * 34, ["x"] * 4 + ["y"] * 40
    plain, weighed = (obverse.fit("text_logistic", texts, labels, balanced=b) for b in (False, True))
    assert plain.predict(["a b", "c d"]).tolist() == ["y", "y"]
    assert weighed.predict(["a b", "c d"]).tolist() == ["x", "y"]
