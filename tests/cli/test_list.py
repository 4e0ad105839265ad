"""The table of families, computed from the cards."""

from __future__ import annotations

import json

from obverse.core.literal import usual
from obverse.core.queries import QUERIES, Impossible
from obverse.registry import families


def test_table_fits_in_80_columns_and_shows_every_family(run):
    done = run("list")
    assert done.exit_code == 0
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    for key, family in families().items():
        row = next(line.split() for line in done.stdout.splitlines() if line.startswith(key + " "))
        assert row[-len(QUERIES) :] == [family.can(query, given=usual(family.card, query)).symbol for query in QUERIES]


def test_json_says_how_and_why(run):
    facts = {family["key"]: family for family in json.loads(run("list", "--json").stdout)}
    assert set(facts) == set(families())
    assert facts["xgboost"]["side"] == "discriminative"
    assert facts["xgboost"]["abilities"]["sample"]["kind"] == "impossible"
    assert facts["xgboost"]["abilities"]["log_prob"] == {"symbol": "◐", "kind": "derived", "text": "log of P(y|x)"}


def test_filters(run):
    for query in ("sample", "log-prob"):
        keys = {family["key"] for family in json.loads(run("list", "--can", query, "--json").stdout)}
        name = query.replace("-", "_")
        able = {k: f.can(name, given=usual(f.card, name)) for k, f in families().items()}
        assert keys == {k for k, can in able.items() if not isinstance(can, Impossible)}
    assert json.loads(run("list", "--modality", "video", "--json").stdout) == []
    assert "no family" in run("list", "--modality", "video").stdout


def test_unknown_words_are_usage_errors(run):
    for words in (("--can", "fly"), ("--modality", "smell")):
        done = run("list", *words)
        assert done.exit_code == 2 and "is not one of" in done.stderr
