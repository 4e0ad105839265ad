"""Which families and questions a comparison takes when nobody names any, and what is wrong with named ones."""

from __future__ import annotations

import pytest

from obverse.core.errors import BadInput
from obverse.registry import families
from obverse.study.prepare import _chosen
from obverse.study.wanted import families_wanted, questions_wanted, together


def test_a_comparison_that_names_no_families_leaves_out_those_asked_for_by_name() -> None:
    usual = set(_chosen(None, None, "class")[0])
    assert "chain_forest" in usual and "xgboost" in usual
    assert "chained_equations" not in usual, "its card says by_name"
    assert not any(families()[key].card.extras for key in usual), "networks need an extra and take minutes"
    assert set(_chosen(["chained_equations"], None, "class")[0]) == {"chained_equations"}


def test_everything_that_is_wrong_is_said_together() -> None:
    with pytest.raises(BadInput) as caught:
        together(
            lambda: families_wanted({"svm": {"D": 1}, "knn": {"random_state": 3}}, lambda f: None, lambda f: True),
            lambda: questions_wanted(["create", "sing"], ["create", "fill"], ["fill"], "needs a target"),
            problems=["the sky is low"],
        )
    said = [problem.split(";")[0] for problem in caught.value.problems]
    assert said[0] == "the sky is low" and len(said) == 5
    assert said[3:] == ["no question 'sing'", "the question 'create' needs a target"]
    assert said[2].startswith("knn: the study seeds its families itself")


def test_questions_come_in_their_own_order() -> None:
    assert questions_wanted(None, ["a", "b"], ["b"]) == ("b",)
    assert questions_wanted(["b", "a"], ["a", "b"], ["a", "b"]) == ("a", "b")
    with pytest.raises(BadInput, match="ask at least one question of a, b"):
        questions_wanted([], ["a", "b"], ["a", "b"])
