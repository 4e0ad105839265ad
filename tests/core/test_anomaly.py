"""Anomaly by row is the surprise; by cell it is Bayes' rule over which cells are wrong."""

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.core import anomaly as module
from obverse.core.errors import BadInput, CannotAnswer

rng = np.random.default_rng(0)
KIND = rng.choice(["a", "b", "c"], 600)
TABLE = pd.DataFrame(
    {"kind": KIND, "same": np.char.upper(KIND.astype(str)), "size": rng.integers(1, 9, 600), "x": rng.normal(size=600)}
)
TABLE["twice"] = 2 * TABLE["size"]
MODEL = obverse.fit("joint_forest", TABLE, seed=0)


def test_by_row_it_is_the_surprise():
    np.testing.assert_allclose(MODEL.anomaly(TABLE), -MODEL.log_prob(TABLE))


def test_with_one_known_cell_it_is_bayes_rule_between_value_and_mistake():
    row = pd.DataFrame({"kind": ["a"]})
    p = np.exp(MODEL.log_prob(row))[0]
    mistake = module.WRONG * ((1 - module.ANYTHING) * p + module.ANYTHING / 4)  # three categories and one never met
    assert MODEL.anomaly(row, by="cell").loc[0, "kind"] == pytest.approx(mistake / (mistake + p))


def test_a_number_far_outside_is_wrong_and_its_neighbours_are_not_blamed():
    odd = TABLE.head(40).copy()
    odd["size"] *= 100
    chance = MODEL.anomaly(odd, by="cell")
    assert chance["size"].min() > 0.99
    assert chance.drop(columns="size").median().max() < 0.1


def test_two_impossible_cells_are_both_found():
    odd = TABLE.head(20).copy()
    odd["size"] *= 100
    odd["kind"] = "never met"
    chance = MODEL.anomaly(odd, by="cell")
    assert chance["size"].min() > 0.99 and chance["kind"].min() > 0.99
    assert chance[["same", "x"]].median().max() < 0.1


def test_a_contradiction_has_two_suspects_that_share_the_chance():
    odd = TABLE.head(40).copy()
    odd["same"] = odd["kind"].map({"a": "B", "b": "C", "c": "A"})
    chance = MODEL.anomaly(odd, by="cell")
    both = chance[["kind", "same"]].sum(axis=1)
    assert both.median() > 0.5 and chance[["size", "twice", "x"]].median().max() < 0.1
    assert MODEL.anomaly(TABLE.head(40), by="cell")[["kind", "same"]].sum(axis=1).median() < 0.1


def test_chances_have_the_shape_of_the_rows_and_no_score_where_there_is_no_cell():
    rows = TABLE.head(6)[["x", "kind"]].copy()
    rows.loc[2, "kind"] = None
    rows.index = list("uvwxyz")
    chance, how = MODEL.anomaly(rows.assign(more=1), by="cell", details=True)
    assert list(chance.columns) == ["x", "kind"] and list(chance.index) == list("uvwxyz")
    assert chance.isna().to_numpy().sum() == 1 and np.isnan(chance.loc["w", "kind"])
    assert ((chance >= 0) & (chance <= 1) | chance.isna()).all(axis=None)
    assert how.how == "exact" and any("more" in note for note in how.notes)


def test_blocks_of_questions_do_not_change_the_answer(monkeypatch):
    odd = TABLE.head(30).assign(size=70)
    whole = MODEL.anomaly(odd, by="cell")
    monkeypatch.setattr(module, "MOST_AT_ONCE", 7)
    np.testing.assert_allclose(MODEL.anomaly(odd, by="cell"), whole, rtol=1e-9)


def test_what_cannot_be_answered_says_who_can():
    model = obverse.fit("logistic", TABLE, "kind", seed=0)
    for by in ("row", "cell"):
        with pytest.raises(CannotAnswer, match=r"no probability of a whole row.*joint_forest"):
            model.anomaly(TABLE, by=by)
    with pytest.raises(BadInput, match="'row' or 'cell', or 'patch' of pictures, not 'column'"):
        MODEL.anomaly(TABLE, by="column")
