"""Grafted: the predictor's own answers, the base's own rows, and one distribution of both where it says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import obverse
from obverse.backbones.residuals import Residuals, cross_fitted_folds
from obverse.checks.frames import clinic
from obverse.core.errors import BadInput, BrokenModel, ImpossibleCondition
from obverse.core.evidence import Region
from obverse.core.queries import Details
from obverse.core.schema import Column
from obverse.data import worlds
from obverse.families.grafted import Grafted

WORLDS = {world.name: world for world in worlds.ALL}
TINY = Grafted.card.tiny
SMOOTH = {"n_estimators": 30, "max_depth": 2, "learning_rate": 0.15}


def rows_of(world: str, n: int = 400, seed: int = 1) -> Any:
    return WORLDS[world].sample(n, seed)


def skewed(n: int = 1500, seed: int = 0, step: float | None = None) -> pd.DataFrame:
    """A numeric target with an atom at 0, noise that grows with x, and a cap; on a grid when `step` is given."""
    rng = np.random.default_rng(seed)
    x, z = rng.random(n), rng.normal(size=n)
    y = np.where(rng.random(n) < 0.6 * (1 - x), 0.0, np.minimum(20 + 100 * x + (5 + 20 * x) * rng.normal(size=n), 130))
    return pd.DataFrame({"x": x, "z": z, "y": y if step is None else np.round(y / step) * step})


@pytest.fixture(scope="module")
def finite() -> Any:
    return obverse.fit("grafted", rows_of("finite"), "play", seed=0, **TINY)


@pytest.fixture(scope="module")
def number() -> Any:
    return obverse.fit("grafted", skewed(), "y", seed=0, **TINY | {"predictor_params": SMOOTH})


# ------------------------------------------------------------------------------ the two halves


@pytest.mark.parametrize("predictor", ["xgboost", "random_forest", "logistic"])
@pytest.mark.parametrize(("world", "target"), [("mixed", "outcome"), ("line", "y")])
def test_predictions_are_those_of_the_predictor_alone_bit_for_bit(predictor: str, world: str, target: str) -> None:
    train, fresh = rows_of(world, 300), rows_of(world, 100, seed=2)
    fresh.iloc[::3, 0] = np.nan
    own = (
        {"n_estimators": 10, **({"subsample": 0.7} if predictor == "xgboost" else {})}
        if predictor != "logistic"
        else {}
    )
    model = obverse.fit(
        "grafted", train, target, seed=4, base="marginals", predictor=predictor, predictor_params=own, folds=2
    )
    alone = obverse.fit(predictor, train, target, seed=4, **own)
    np.testing.assert_array_equal(model.predict(fresh), alone.predict(fresh))
    if world == "mixed":
        np.testing.assert_array_equal(model.predict_proba(fresh), alone.predict_proba(fresh))


@pytest.mark.parametrize("base", ["joint_forest", "gaussian_mixture", "marginals"])
def test_the_density_of_x_is_the_bases_own(base: str) -> None:
    train = rows_of("mixed")
    model = obverse.fit("grafted", train, "outcome", seed=0, base=base)
    x = train.drop(columns="outcome").assign(outcome=None)
    own = model.base_._log_prob(obverse.modalities.table.TABLE.read(x, model.base_.schema_)[0])
    np.testing.assert_array_equal(model.log_prob(x), own)


def test_rows_without_a_label_teach_the_base_and_not_the_predictor() -> None:
    train = rows_of("mixed", 600)
    train.loc[100:, "outcome"] = None
    model = obverse.fit("grafted", train, "outcome", seed=0, **TINY)
    few = obverse.fit("xgboost", train[:100], "outcome", seed=0, n_estimators=30)
    np.testing.assert_array_equal(model.predict_proba(train), few.predict_proba(train))
    assert model.base_.schema_.rows == 600 and "outcome" not in model.base_.schema_
    alone = obverse.fit("grafted", train[:100], "outcome", seed=0, **TINY)
    fresh = rows_of("mixed", 500, seed=2).drop(columns="outcome")
    assert model.log_prob(fresh).mean() > alone.log_prob(fresh).mean()


# ------------------------------------------------------------------------------ one distribution


def test_log_prob_of_complete_rows_is_the_sum_of_both_halves() -> None:
    train, fresh = rows_of("mixed"), rows_of("mixed", 60, seed=2)
    model = obverse.fit("grafted", train, "outcome", seed=0, **TINY)
    x = fresh.drop(columns="outcome")
    code = (fresh["outcome"] == model.classes_[1]).to_numpy(int)
    log_y = np.log(model.predict_proba(x)[np.arange(60), code])
    np.testing.assert_allclose(model.log_prob(fresh), model.log_prob(x) + log_y, rtol=0, atol=1e-12)
    logits = np.stack([model.log_prob(fresh.assign(outcome=label)) for label in model.classes_], axis=1)
    bayes = np.exp(logits - np.logaddexp.reduce(logits, axis=1)[:, None])
    np.testing.assert_allclose(model.predict_proba(x), bayes, rtol=0, atol=1e-9)


def test_unknown_categories_are_summed_out_exactly(finite: Any) -> None:
    cells = WORLDS["finite"].table().drop(columns="p")
    p = np.exp(finite.log_prob(cells))
    assert p.sum() == pytest.approx(1.0, abs=1e-9)
    for kept in (["play"], ["season", "play"], ["sky", "play"], ["sky", "wind"]):
        direct = np.exp(finite.log_prob(cells.drop_duplicates(kept)[kept], of=kept))
        summed = cells.assign(p=p).groupby(kept, sort=False)["p"].sum()
        np.testing.assert_allclose(direct, summed, atol=1e-12)


def test_samples_follow_log_prob(finite: Any) -> None:
    cells = WORLDS["finite"].table().drop(columns="p")
    wanted = np.exp(finite.log_prob(cells))
    for given in (None, "play == 'yes'", "sky != 'sun' and play == 'no'"):
        label = cells["play"].unique()
        if given and label[0] not in ("yes", "no"):
            given = given.replace("'yes'", repr(label[0])).replace("'no'", repr(label[-1]))
        if given and "sun" not in set(cells["sky"]):
            given = given.replace("'sun'", repr(cells["sky"].iloc[0]))
        drawn = finite.sample(20_000, given=given, seed=0)
        holds = np.ones(len(cells), bool) if given is None else cells.eval(given).to_numpy()
        share = (
            drawn.value_counts(list(cells)).reindex(pd.MultiIndex.from_frame(cells), fill_value=0).to_numpy() / 20_000
        )
        expected = np.where(holds, wanted, 0.0) / wanted[holds].sum()
        assert np.abs(share - expected).max() < 5 * np.sqrt(0.25 / 20_000)
        assert (share[~holds] == 0).all()


def test_a_row_is_scored_alone_as_among_others_where_cells_are_drawn() -> None:
    train = rows_of("blobs")
    model = obverse.fit("grafted", train, "blob", seed=0, **TINY)
    part = train[["u", "blob"]].head(7)
    together = model.log_prob(part)
    alone = np.concatenate([model.log_prob(part.iloc[[i]]) for i in range(7)])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(together, model.log_prob(part))


def test_cells_that_are_drawn_are_averaged_well() -> None:
    train = rows_of("blobs", 800)
    model = obverse.fit("grafted", train, "blob", seed=0, base="gaussian_mixture", draws=4000)
    rows = train[["u", "blob"]].head(5)
    v = np.linspace(-15, 15, 6001)
    for i in range(5):
        line = pd.DataFrame({"u": rows["u"].iloc[i], "v": v, "blob": rows["blob"].iloc[i]})
        exact = np.log(np.exp(model.log_prob(line)).sum() * (v[1] - v[0]))
        assert model.log_prob(rows.iloc[[i]])[0] == pytest.approx(exact, abs=0.1)


# ------------------------------------------------------------------------------ conditions


def test_a_condition_on_x_is_exact_and_one_on_y_says_what_it_cost() -> None:
    model = obverse.fit("grafted", clinic(400, 1), "outcome", seed=0, **TINY)
    rows, how = model.sample(300, given="visits is missing and weight > 75", seed=0, details=True)
    assert how == Details("exact") and rows["visits"].isna().all() and (rows["weight"] > 75).all()
    p, how = model.probability("weight > 75", given="smoker == true", details=True)
    assert how == Details("exact") and 0 < p < 1
    rows, how = model.sample(300, given="outcome == 'ill' and weight > 75", seed=0, details=True)
    assert (rows["outcome"] == "ill").all() and (rows["weight"] > 75).all()
    assert how.how == "rejection" and how.acceptance == pytest.approx(
        model.probability("outcome == 'ill'", given="weight > 75", seed=0), abs=0.08
    )
    _, how = model.probability("outcome == 'ill'", seed=0, details=True)
    assert how.how.startswith("share of 20,000 draws")


def test_a_target_that_is_never_predicted_is_refused_and_does_not_hang() -> None:
    train = rows_of("blobs")
    train["y"] = pd.Categorical(np.where(train["blob"] == "b", "p", "q"), categories=["p", "q", "never"])
    model = obverse.fit("grafted", train[["u", "v", "y"]], "y", seed=0, base="marginals", predictor="random_forest")
    with pytest.raises(ImpossibleCondition):
        model.sample(3, given="y == 'never'", seed=0)


def test_conditions_on_a_numeric_target(number: Any) -> None:
    low = number.sample(400, given="y == 0", seed=0)
    high, how = number.sample(400, given="y > 60", seed=0, details=True)
    assert (low["y"] == 0).all() and (high["y"] > 60).all() and 0 < how.acceptance < 1
    assert low["x"].mean() < 0.45 < 0.6 < high["x"].mean()
    point, how = number.sample(400, given="y == 61.25", seed=0, details=True)
    assert (point["y"] == 61.25).all() and 0 < how.acceptance < 1
    near = number.sample(400, given="60 < y < 62.5", seed=0)
    assert point["x"].mean() == pytest.approx(near["x"].mean(), abs=0.06)


# ------------------------------------------------------------------------------ a numeric target


@pytest.mark.parametrize("step", [None, 0.5])
def test_the_density_of_a_number_integrates_to_one_with_its_atoms(step: float | None) -> None:
    model = obverse.fit("grafted", skewed(step=step), "y", seed=0, base="marginals", predictor_params=SMOOTH)
    assert model.schema_["y"].step == step and 0.0 in model.schema_["y"].atoms
    for x in (0.1, 0.9):
        width = 0.05 if step is None else step
        y = np.arange(-300, 500, width) + (0.0123 if step is None else 0.0)
        line = pd.DataFrame({"x": x, "z": 0.0, "y": y})
        of = {"of": ["y"], "given": ["x", "z"]}
        total = np.exp(model.log_prob(line, **of)).sum() * (width if step is None else 1.0)
        if step is None:
            total += np.exp(
                model.log_prob(line[: len(model.schema_["y"].atoms)].assign(y=model.schema_["y"].atoms), **of)
            ).sum()
        assert total == pytest.approx(1.0, abs=5e-3)
        zero = np.exp(model.log_prob(line[:1].assign(y=0.0), **of))[0]
        assert zero == pytest.approx(0.6 * (1 - x), abs=0.12)


def test_the_spread_follows_the_prediction_and_beats_one_spread_for_all(number: Any) -> None:
    fresh = skewed(1500, seed=1)
    drawn = number.sample(6000, seed=0)
    wide, narrow = (drawn[(drawn["y"] > 0) & drawn["x"].between(*ends)] for ends in ((0.75, 0.9), (0.0, 0.2)))
    assert (wide["y"] - 100 * wide["x"]).std() > 1.3 * (narrow["y"] - 100 * narrow["x"]).std()
    scores = number.log_prob(fresh, of=["y"], given=["x", "z"])
    assert np.isfinite(scores).all()
    same = replace(number.residuals_, scale=np.full_like(number.residuals_.scale, number.residuals_.scale.mean()))
    assert scores.mean() > same.log_value(number.predict(fresh), fresh["y"].to_numpy()).mean() + 0.02


def test_residuals_are_those_of_rows_the_predictor_has_not_seen() -> None:
    rng = np.random.default_rng(0)
    noise = pd.DataFrame(rng.normal(size=(300, 6)), columns=list("abcdef")).assign(y=rng.normal(size=300))
    model = obverse.fit("grafted", noise, "y", seed=0, base="marginals")
    fitted = np.std(noise["y"] - model.predict(noise))
    assert fitted < 0.3
    assert model.residuals_.scale.min() > 0.8  # the predictor knows its own rows by heart, and nothing of others


def test_folds_keep_groups_together_and_are_equal() -> None:
    rng = np.random.default_rng(0)
    fold = cross_fitted_folds(101, None, 5, rng)
    assert sorted(np.bincount(fold)) == [20, 20, 20, 20, 21]
    groups = np.array(["a", "b", "c", None] * 10, dtype=object)
    fold = cross_fitted_folds(40, groups, 3, rng)
    assert all(len(set(fold[i::4])) == 1 for i in range(4)) and len(set(fold)) == 3


def test_residuals_answer_ranges_as_the_sum_of_their_masses() -> None:
    rng = np.random.default_rng(0)
    column = Column("y", "number", "float64", step=1.0, low=-10, high=30, atoms=(0.0,))
    mean = rng.uniform(0, 20, 600)
    y = np.where(rng.random(600) < 0.2, 0.0, np.round(mean + rng.normal(size=600) * (1 + mean / 10)))
    fitted = Residuals.of(column, mean, y)
    at = np.array([3.0, 17.0])
    grid = np.arange(-60.0, 90.0)
    mass = np.exp([fitted.log_value(at, np.full(2, g)) for g in grid])
    np.testing.assert_allclose(mass.sum(axis=0), 1.0, atol=1e-9)
    np.testing.assert_allclose(mass.T @ grid, at, atol=1.0)
    region = Region(False, intervals=((-2.0, 5.0, True, False),))
    inside = (grid >= -2) & (grid < 5)
    np.testing.assert_allclose(np.exp(fitted.log_region(at, region)), mass[inside].sum(axis=0), atol=1e-9)
    drawn = np.round(fitted.draw(np.repeat(at[:1], 20_000), region, rng))
    share = np.array([(drawn == g).mean() for g in grid[inside]])
    np.testing.assert_allclose(share, mass[inside, 0] / mass[inside, 0].sum(), atol=0.02)


def test_draws_that_keep_to_the_observed_range_have_the_predicted_mean() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 10, 2000)
    y = np.clip(truth + rng.normal(size=2000), 0, 10)
    column = Column("y", "number", "float64", low=float(y.min()), high=float(y.max()))
    fitted = Residuals.of(column, truth, y)
    inside = Region.support(column, missing=False)
    for mean in (0.5, 5.0, 9.6):
        drawn = fitted.draw(np.full(20_000, mean), inside, rng)
        assert (drawn >= column.low).all() and (drawn <= column.high).all()
        assert drawn.mean() == pytest.approx(mean, abs=0.03)


# ------------------------------------------------------------------------------ completing


def test_a_known_target_informs_the_cells_that_are_missing() -> None:
    train = rows_of("blobs", 800)
    model = obverse.fit("grafted", train, "blob", seed=0, **TINY)
    holed = pd.DataFrame({"u": [np.nan] * 40, "v": [np.nan] * 40, "blob": ["a", "b"] * 20})
    truth = train.groupby("blob")[["u", "v"]].mean()
    filled = model.impute(holed, seed=0).groupby("blob")[["u", "v"]].mean()
    drawn = pd.concat(model.impute(holed, draws=20, seed=0)).groupby("blob")[["u", "v"]].mean()
    gap = (truth.loc["a"] - truth.loc["b"]).abs().max()
    assert (filled - truth).abs().max().max() < 0.35 * gap
    assert (drawn - truth).abs().max().max() < 0.35 * gap


# ------------------------------------------------------------------------------ arguments and files


def test_families_that_do_not_suit_are_refused_with_a_list_of_those_that_do() -> None:
    train = rows_of("mixed", 60)
    with pytest.raises(BadInput, match=r"base must be one of .*joint_forest.*, not 'xgboost'"):
        obverse.fit("grafted", train, "outcome", base="xgboost")
    with pytest.raises(BadInput, match=r"predictor must be one of .*xgboost.*, not 'joint_forest'") as error:
        obverse.fit("grafted", train, "outcome", predictor="joint_forest")
    assert "grafted" not in str(error.value).partition("not 'joint")[0] and "\n" not in str(error.value)
    with pytest.raises(BadInput, match="base must be one of"):
        obverse.fit("grafted", train, "outcome", base=3)
    with pytest.raises(BadInput, match=r"base_params: joint_forest has no argument 'n_estimatos'; did you mean"):
        obverse.fit("grafted", train, "outcome", base_params={"n_estimatos": 3})
    with pytest.raises(BadInput, match="predictor_params must be a dict of arguments of xgboost"):
        obverse.fit("grafted", train, "outcome", predictor_params=5)
    with pytest.raises(BadInput) as error:
        obverse.fit("grafted", train, "outcome", folds=1, draws=0)
    assert len(error.value.problems) == 2


def test_arguments_reach_the_halves_and_survive_cloning() -> None:
    params = {"base_params": {"n_estimators": 3}, "predictor_params": {"n_estimators": 4}}
    model = clone(Grafted(random_state=0, **params)).fit(rows_of("mixed", 100), "outcome")
    assert model.base_.n_estimators == 3 and model.predictor_.n_estimators == 4
    assert model.get_params()["base_params"] == {"n_estimators": 3}


@pytest.mark.parametrize(("world", "target"), [("mixed", "outcome"), ("line", "y")])
def test_a_saved_model_is_whole_and_a_foreign_half_is_noticed(tmp_path: Any, world: str, target: str) -> None:
    train = rows_of(world, 200)
    model = obverse.fit("grafted", train, target, seed=0, **TINY)
    loaded = obverse.load(model.save(tmp_path / "model"))
    np.testing.assert_array_equal(loaded.log_prob(train), model.log_prob(train))
    pd.testing.assert_frame_equal(loaded.sample(20, seed=1), model.sample(20, seed=1))
    state = model._state()
    for spoil in (
        lambda s: s["base"].update(key="no_such_family"),
        lambda s: s["predictor"].update(key="dummy"),
        lambda s: s["base"].pop("learned"),
        lambda s: s["base"]["arguments"].update(depth=3),
    ):
        broken = {
            k: dict(v, arguments=dict(v["arguments"])) if isinstance(v, dict) and "key" in v else v
            for k, v in state.items()
        }
        spoil(broken)
        model._state = lambda broken=broken: broken
        with pytest.raises(BrokenModel, match="is not a whole 'grafted' model"):
            obverse.load(model.save(tmp_path / "model"))
        del model._state
