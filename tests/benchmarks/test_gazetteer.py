"""The gazetteer beside `ner`: the longest known name first, from left to right, each with its most frequent kind."""

from obverse.data.spans import Marked

LEARNED = Marked.of(
    ["New York", "York", "York", "York"],
    [[(0, 8, "place")], [(0, 4, "person")], [(0, 4, "place")], [(0, 4, "person")]],
    "names",
)


def test_names_are_looked_up_longest_first():
    from text_bars.ner import looked_up

    asked = ["In New York York said", "new york", "Yorkshire"]
    assert looked_up(LEARNED, asked, lower=False) == [[(3, 11, "place"), (12, 16, "person")], [], []]
    assert looked_up(LEARNED, asked, lower=True)[1] == [(0, 8, "place")]
