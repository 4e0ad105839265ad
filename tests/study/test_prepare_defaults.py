"""Which families a comparison takes when nobody names any."""

from __future__ import annotations

from obverse.registry import families
from obverse.study.prepare import _params


def test_a_comparison_that_names_no_families_leaves_out_those_asked_for_by_name() -> None:
    usual = set(_params(None, "class"))
    assert "chain_forest" in usual and "xgboost" in usual
    assert "chained_equations" not in usual, "its card says by_name"
    assert not any(families()[key].card.extras for key in usual), "networks need an extra and take minutes"
    assert set(_params(["chained_equations"], "class")) == {"chained_equations"}
