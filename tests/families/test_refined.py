"""Refined: nearer to the data than its base, one bounded distribution, and it says what its draws cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import obverse
from obverse.backbones.completions import pick
from obverse.backbones.discriminator import Discriminator
from obverse.core.errors import BadInput, BrokenModel
from obverse.data import worlds
from obverse.families.refined import Refined
from obverse.modalities.table import TABLE

WORLDS = {world.name: world for world in worlds.ALL}
TINY = Refined.card.tiny


def rows_of(world: str, n: int = 600, seed: int = 1) -> Any:
    return WORLDS[world].sample(n, seed)


def ring(n: int, seed: int) -> pd.DataFrame:
    """A ring in the plane: no column alone tells, both together do. `y` is the side."""
    rng = np.random.default_rng(seed)
    angle, radius = rng.uniform(0, 2 * np.pi, n), rng.normal(1, 0.08, n)
    u, v = radius * np.cos(angle), radius * np.sin(angle)
    return pd.DataFrame({"u": u, "v": v, "y": np.where(u > 0, "p", "q")})


@pytest.fixture(scope="module")
def round_one() -> Any:
    return obverse.fit("refined", ring(1500, 0), "y", seed=0, base="marginals", ceiling=8)


@pytest.fixture(scope="module")
def finite() -> Any:
    return obverse.fit("refined", rows_of("finite"), "play", seed=0, base="marginals", folds=2)


def codes(model: Any, frame: pd.DataFrame) -> Any:
    return TABLE.read(frame, model.schema_)[0].values


# ------------------------------------------------------------------------------ nearer to the data


def test_what_the_base_cannot_know_is_restored(round_one: Any) -> None:
    plain = obverse.fit("marginals", ring(1500, 0), "y", seed=0).sample(2000, seed=1)
    better = round_one.sample(2000, seed=1)
    off = [np.abs(np.hypot(rows["u"], rows["v"]) - 1).mean() for rows in (plain, better, ring(2000, 3))]
    assert off[1] < off[0] / 2 and off[2] < off[1]
    right = [((rows["u"] > 0) == (rows["y"] == "p")).mean() for rows in (plain, better)]
    assert right[0] < 0.6 and right[1] > 0.85


def test_fresh_rows_score_above_the_base() -> None:
    fresh = ring(1000, 5)
    plain = obverse.fit("marginals", ring(1500, 0), "y", seed=0)
    model = obverse.fit("refined", ring(1500, 0), "y", seed=0, base="marginals")
    assert model.log_prob(fresh).mean() > plain.log_prob(fresh).mean() + 0.5


def test_nothing_to_tell_apart_leaves_the_base_as_it_is() -> None:
    noise = pd.DataFrame(np.random.default_rng(0).normal(size=(2000, 4)), columns=list("abcd"))
    model = obverse.fit("refined", noise, seed=0, base="gaussian_mixture", base_params={"n_components": 1})
    ratio = model.discriminator_.log_ratio(noise.to_numpy())
    assert np.abs(ratio).mean() < 0.1 and np.abs(ratio).max() < 0.5


def test_training_rows_are_taken_for_no_more_real_than_fresh_ones() -> None:
    train, fresh = ring(1200, 0).drop(columns="y"), ring(4000, 9).drop(columns="y")
    model = obverse.fit("refined", train, seed=0)
    known, new = (model.discriminator_.log_ratio(codes(model, part)) for part in (train, fresh))
    assert known.mean() - new.mean() < 0.1


def test_the_odds_are_calibrated_on_rows_of_other_folds() -> None:
    """Trees free to learn rows by heart are sure of the rows they saw; the calibration is not taken in."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(600, 5))
    schema = TABLE.learn(pd.DataFrame(rows, columns=list("abcde"))).schema
    found = Discriminator.fitted(
        schema, np.zeros(5), rows, rng.normal(size=(600, 5)), None,
        folds=3, min_child_weight=0.0, ceiling=50.0, rng=rng,
    )  # fmt: skip
    loose = replace(found, slope=1.0, intercept=0.0)
    own, new = (np.abs(loose.log_ratio(part)).mean() for part in (rows, rng.normal(size=(2000, 5))))
    assert own > new  # the trees did learn rows by heart
    assert found.slope < 0.9 and np.abs(found.log_ratio(rng.normal(size=(2000, 5)))).mean() < 0.15


def test_a_row_without_a_label_is_no_sign_of_being_real() -> None:
    train = ring(1500, 0)
    train.loc[np.random.default_rng(77).random(1500) < 0.5, "y"] = None
    model = obverse.fit("refined", train, "y", seed=0, base="marginals")
    rows = codes(model, ring(500, 4))
    hidden = rows.copy()
    hidden[:, model.schema_.target_index] = np.nan
    gap = model.discriminator_.log_ratio(hidden) - model.discriminator_.log_ratio(rows)
    assert (
        -1 < gap.mean() < 0.1
    )  # knowing the right label, twice as probable as the base thinks, can only speak for a row
    assert set(model.sample(200, seed=0)["y"]) == {"p", "q"}


# ------------------------------------------------------------------------------ draws


def test_draws_report_their_cost_and_repeat_no_row(round_one: Any) -> None:
    rows, how = round_one.sample(3000, seed=0, details=True)
    assert how.how == "rejection" and how.ess == 3000
    weight = np.exp(round_one.discriminator_.log_ratio(round_one._proposals(20_000, np.random.default_rng(0))))
    assert how.acceptance == pytest.approx(weight.mean() / 8, rel=0.1)
    assert not rows.duplicated().any()


def test_the_ratio_is_bounded(round_one: Any) -> None:
    assert round_one.discriminator_.log_ratio(codes(round_one, ring(2000, 3))).max() == pytest.approx(np.log(8))


def test_conditions_go_to_the_base_and_the_weights_come_after(round_one: Any) -> None:
    rows, how = round_one.sample(500, given="u > 1.05 and y == 'p'", seed=0, details=True)
    assert (rows["u"] > 1.05).all() and (rows["y"] == "p").all()
    assert how.acceptance > 0.01 and how.ess == 500  # u > 1.05 alone is rarer among free draws than that
    assert rows["v"].abs().mean() < 0.4
    either = round_one.sample(2000, given="u > 0.9 or v > 0.9", seed=0)
    assert (either["u"] > 0.9).mean() == pytest.approx(0.5, abs=0.1)
    p, how = round_one.probability("u > 0.9", given="u > 0.9 or v > 0.9", seed=0, details=True)
    assert p == pytest.approx((either["u"] > 0.9).mean(), abs=0.05) and how.ess == 20_000
    rows, how = round_one.sample(300, given="u > v", seed=0, details=True)
    assert (rows["u"] > rows["v"]).all() and 0 < how.acceptance < 1


# ------------------------------------------------------------------------------ one distribution


def test_log_prob_is_bounded_by_a_distribution_that_samples_follow(finite: Any) -> None:
    cells = WORLDS["finite"].table().drop(columns="p")
    p = np.exp(finite.log_prob(cells))
    assert 0.9 < p.sum() <= 1.0
    drawn = finite.sample(20_000, seed=0)
    share = drawn.value_counts(list(cells)).reindex(pd.MultiIndex.from_frame(cells), fill_value=0).to_numpy() / 20_000
    assert np.abs(share - p / p.sum()).max() < 5 * np.sqrt(0.25 / 20_000)
    plain = obverse.fit("marginals", rows_of("finite"), "play", seed=0).log_prob(cells)
    gap = finite.log_prob(cells) - plain - finite.discriminator_.log_ratio(codes(finite, cells))
    np.testing.assert_allclose(gap, -finite.log_total_, atol=1e-12)


def test_unknown_categories_are_summed_out_exactly(finite: Any) -> None:
    cells = WORLDS["finite"].table().drop(columns="p")
    p = np.exp(finite.log_prob(cells))
    for kept in (["play"], ["season", "play"], ["sky", "wind"], ["wind"]):
        direct = np.exp(finite.log_prob(cells.drop_duplicates(kept)[kept], of=kept))
        summed = cells.assign(p=p).groupby(kept, sort=False)["p"].sum()
        np.testing.assert_allclose(direct, summed, atol=1e-12)


def test_predict_is_bayes_of_log_prob_where_x_is_complete(round_one: Any) -> None:
    fresh = ring(60, 4)
    logits = np.stack([round_one.log_prob(fresh.assign(y=label)) for label in round_one.classes_], axis=1)
    bayes = np.exp(logits - np.logaddexp.reduce(logits, axis=1)[:, None])
    np.testing.assert_allclose(round_one.predict_proba(fresh), bayes, atol=1e-9)
    assert (round_one.predict(fresh) == fresh["y"]).mean() > 0.9  # the base alone knows nothing


def test_the_mean_of_a_number_is_that_of_the_weighted_draws() -> None:
    train = rows_of("line", 2000)
    model = obverse.fit("refined", train, "y", seed=0, base="marginals", ceiling=20)
    assert model.correction_ is not None
    drawn = model.sample(3000, seed=0)
    gap = drawn["y"] - model.predict(drawn.drop(columns="y"))
    assert gap.std() < 0.75 * drawn["y"].std()  # the base predicts one mean for all
    low = drawn["a"] < drawn["a"].median()
    for part in (gap[low], gap[~low]):
        assert abs(part.mean()) < 0.12 * drawn["y"].std()


def test_a_base_that_needs_no_correction_gets_none() -> None:
    train = rows_of("line", 400)
    model = obverse.fit("refined", train, "y", seed=0, base="gaussian_mixture", base_params={"n_components": 12})
    plain = obverse.fit("gaussian_mixture", train, "y", seed=0, n_components=12)
    fresh = rows_of("line", 300, seed=2)
    error = [((one.predict(fresh) - fresh["y"]) ** 2).mean() for one in (model, plain)]
    assert error[0] < 1.25 * error[1]


def test_completions_are_chosen_by_weight(round_one: Any) -> None:
    holed = pd.DataFrame({"u": np.zeros(200), "v": np.nan, "y": None})
    copies = round_one.impute(holed, draws=4, seed=0)
    radius = pd.concat(copies)["v"].abs()
    plain = pd.concat(obverse.fit("marginals", ring(1500, 0), "y", seed=0).impute(holed, draws=4, seed=0))["v"].abs()
    assert (radius - 1).abs().mean() < 0.6 * (plain - 1).abs().mean()
    assert abs(pd.concat(copies)["v"].mean()) < 0.2  # both sides of the ring
    target = round_one.impute(ring(50, 4).assign(y=None), seed=0)["y"]
    assert (target.to_numpy() == round_one.predict(ring(50, 4))).all()


def test_candidates_are_picked_without_repeats_in_proportion() -> None:
    rng = np.random.default_rng(0)
    log = np.log(np.array([0.6, 0.3, 0.1]))[:, None] + np.zeros((3, 9000))
    one = pick(log, 1, rng)[0]
    np.testing.assert_allclose(np.bincount(one) / 9000, [0.6, 0.3, 0.1], atol=0.02)
    two = pick(log, 2, rng)
    assert (two[0] != two[1]).all() and pick(log, 5, rng).shape == (5, 9000)


# ------------------------------------------------------------------------------ arguments and files


def test_families_that_do_not_suit_are_refused_with_a_list_of_those_that_do() -> None:
    train = rows_of("mixed", 60)
    for wrong in ("xgboost", "naive_bayes", 3, "no such"):
        with pytest.raises(BadInput, match=r"base must be one of .*joint_forest.*, not ") as error:
            obverse.fit("refined", train, "outcome", base=wrong)
        assert "xgboost" not in str(error.value).partition(", not ")[0]
    with pytest.raises(BadInput) as error:
        obverse.fit("refined", train, "outcome", ceiling=1.0, folds=1, min_child_weight=-1, draws=0)
    assert len(error.value.problems) == 4


def test_arguments_reach_the_base_and_survive_cloning() -> None:
    model = clone(Refined(base_params={"n_estimators": 3}, random_state=0)).fit(rows_of("mixed", 100), "outcome")
    assert model.base_.n_estimators == 3


def test_a_refined_base_can_be_grafted() -> None:
    params = {"base": "refined", "base_params": {"base": "marginals", "folds": 2}}
    model = obverse.fit("grafted", ring(400, 0), "y", seed=0, **params)
    rows, how = model.sample(50, seed=0, details=True)
    assert how.how == "rejection" and 0 < how.acceptance < 1
    assert np.isfinite(model.log_prob(rows)).all()


@pytest.mark.parametrize(("world", "target"), [("mixed", "outcome"), ("line", "y"), ("blobs", None)])
def test_a_saved_model_is_whole_and_a_foreign_part_is_noticed(tmp_path: Any, world: str, target: str | None) -> None:
    train = rows_of(world, 200)
    model = obverse.fit("refined", train, target, seed=0, base="marginals", folds=2)
    loaded = obverse.load(model.save(tmp_path / "model"))
    np.testing.assert_array_equal(loaded.log_prob(train), model.log_prob(train))
    pd.testing.assert_frame_equal(loaded.sample(20, seed=1), model.sample(20, seed=1))
    other = obverse.fit("refined", rows_of("finite"), seed=0, base="marginals", folds=2)._state()["discriminator"]
    state = model._state()
    for name, part in (("discriminator", other), ("base", {**state["base"], "key": "xgboost"}), ("log_total", "x")):
        model._state = lambda broken={**state, name: part}: broken
        with pytest.raises(BrokenModel, match="is not a whole 'refined' model"):
            obverse.load(model.save(tmp_path / "model"))
