"""The joint of trees and mixture: imputing and sampling agree with the probabilities it states itself."""

import numpy as np
import pytest

import obverse
from obverse.core.evidence import Evidence
from obverse.data import worlds

FINITE = next(world for world in worlds.ALL if world.name == "finite")
MIXED = next(world for world in worlds.ALL if world.name == "mixed")


@pytest.fixture(scope="module")
def finite():
    model = obverse.fit("joint_forest", FINITE.sample(600, seed=1), FINITE.target, seed=0, n_estimators=6)
    cells = FINITE.table().drop(columns="p")
    return model, cells, np.exp(model.log_prob(cells))


def test_completed_rows_are_the_most_probable_ones_given_target_and_rest(finite):
    model, cells, p = finite
    for hidden in (c for c in cells.columns if c != FINITE.target):
        rest = [c for c in cells.columns if c != hidden]
        best = cells.assign(p=p).sort_values("p").drop_duplicates(rest, keep="last").sort_index()
        holes = best.drop(columns="p").copy()
        holes[hidden] = None
        assert (model.impute(holes)[hidden].to_numpy() == best[hidden].to_numpy()).mean() == 1.0, hidden


def test_draws_follow_the_joint_given_target_and_rest(finite):
    model, cells, p = finite
    hidden = next(c for c in cells.columns if c != FINITE.target)
    rest = {c: cells[c].iloc[-1] for c in cells.columns if c != hidden}
    match = np.logical_and.reduce([cells[c] == v for c, v in rest.items()])
    hole = cells[match].head(1).copy()
    hole[hidden] = None
    copies = model.impute(hole, draws=3000, seed=0)
    drawn = [copy[hidden].iloc[0] for copy in copies]
    truth = dict(zip(cells[hidden][match], p[match] / p[match].sum(), strict=True))
    for value, share in truth.items():
        assert drawn.count(value) / 3000 == pytest.approx(share, abs=0.035)


def test_numbers_are_completed_by_their_mean_given_the_target():
    frame = MIXED.sample(500, seed=0)
    model = obverse.fit("joint_forest", frame, MIXED.target, seed=0, n_estimators=8)
    number = next(c for c in model.schema_.columns if c.kind == "number" and c.step is None)
    hole = frame.head(3).copy()
    hole[number.name] = np.nan
    j = model.schema_.index(number.name)
    evidence, _ = model.card.modality.read(hole, model.schema_)
    point = model.joint_.impute(evidence, None, np.random.default_rng(0))[0][:, j]
    draws = model.joint_.impute(evidence, 4000, np.random.default_rng(0))
    drawn = np.stack([copy[:, j] for copy in draws])
    np.testing.assert_allclose(drawn.mean(axis=0), point, atol=5 * drawn.std() / np.sqrt(4000))


@pytest.mark.parametrize("seed", [0, 1])
def test_samples_under_a_condition_on_the_target_have_its_conditional_probabilities(finite, seed):
    model, cells, _ = finite
    label = cells[FINITE.target].iloc[0]
    given = f"{FINITE.target} == '{label}'"
    rows = model.sample(8000, given=given, seed=seed)
    assert (rows[FINITE.target] == label).all()
    for column in (c for c in cells.columns if c != FINITE.target):
        value = cells[column].iloc[-1]
        expected = model.probability(f"{column} == '{value}'", given=given)
        assert (rows[column] == value).mean() == pytest.approx(expected, abs=0.025)


def test_unknown_everything_is_the_whole(finite):
    model, cells, _ = finite
    nothing = Evidence.nothing(len(cells.columns))
    assert model.joint_.log_prob(nothing)[0] == pytest.approx(0.0, abs=1e-9)
