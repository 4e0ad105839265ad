"""The chain of forests: what it draws, what it scores exactly, what it weighs, and what a saved one reveals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.backbones import ancestral
from obverse.core.errors import BadInput, ImpossibleCondition
from obverse.families.chain_forest import ChainForest


def _table(rows: int = 600, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    area = rng.choice(["city", "land"], rows, p=[0.7, 0.3])
    income = np.round(np.where(area == "city", rng.normal(50, 10, rows), rng.normal(30, 5, rows)), 2)
    rooms = rng.poisson(2, rows) + (area == "land") * 2 + 1
    gain = np.where(rng.random(rows) < 0.6, 0.0, rng.exponential(100, rows))
    owns = np.where(rng.random(rows) < 1 / (1 + np.exp(-(income - 45) / 5)), "yes", "no")
    return pd.DataFrame({"area": area, "income": income, "rooms": rooms, "gain": gain, "owns": owns})


TABLE = _table()


@pytest.fixture(scope="module")
def model() -> ChainForest:
    return ChainForest(random_state=0).fit(TABLE, "owns")


def test_samples_keep_the_dependence_and_the_heaps(model: ChainForest) -> None:
    drawn = model.sample(4_000, seed=1)
    assert drawn.groupby("area")["income"].mean().to_dict() == pytest.approx(
        TABLE.groupby("area")["income"].mean().to_dict(), abs=1.5
    )
    assert (drawn["gain"] == 0).mean() == pytest.approx((TABLE["gain"] == 0).mean(), abs=0.05)
    assert set(drawn["rooms"]) <= set(TABLE["rooms"])
    new = ~drawn["gain"].isin(set(TABLE["gain"]))
    assert new[drawn["gain"] > 0].mean() > 0.95, "numbers that hardly repeat must be new ones, not training cells"


def test_the_log_probability_of_whole_rows_is_the_sum_over_the_chain(model: ChainForest) -> None:
    rows, names = TABLE.head(50), list(TABLE.columns)
    total, known = np.zeros(50), []
    for name in names:
        total += model.log_prob(rows[[*known, name]], of=[name], given=known)
        known.append(name)
    assert total == pytest.approx(model.log_prob(rows), abs=1e-9)


def test_the_target_comes_last_so_prediction_is_one_link(model: ChainForest) -> None:
    assert model.schema_.names[model.chain_.links[-1].j] == "owns"
    rows = TABLE.head(80)
    p = model.predict_proba(rows.drop(columns="owns"))
    given = [c for c in TABLE if c != "owns"]
    for code, label in enumerate(model.classes_):
        log = model.log_prob(rows.assign(owns=label), of=["owns"], given=given)
        assert np.exp(log) == pytest.approx(p[:, code], abs=1e-9)


def test_numbers_are_predicted_by_the_mean_of_the_last_link() -> None:
    table = _table(3_000)
    fitted = ChainForest(random_state=0).fit(table, "income")
    fresh = _table(1_000, seed=5)
    error = fresh["income"] - fitted.predict(fresh.drop(columns="income"))
    assert 1 - error.var() / fresh["income"].var() > 0.55
    assert abs(error.mean()) < 1.0


def test_unknown_categories_are_summed_out(model: ChainForest) -> None:
    rows = TABLE.head(40)
    hidden = model.log_prob(rows.drop(columns="area"))
    terms = [model.log_prob(rows.assign(area=a)) for a in ("city", "land")]
    assert np.logaddexp.reduce(terms, axis=0) == pytest.approx(hidden, abs=1e-9)


def test_unknown_numbers_are_averaged_with_the_same_noise_for_every_row(model: ChainForest) -> None:
    rows = TABLE.head(30).drop(columns="income")
    together = model.log_prob(rows)
    assert model.log_prob(rows) == pytest.approx(together, abs=0)
    alone = np.concatenate([model.log_prob(rows.iloc[[i]]) for i in range(30)])
    assert alone == pytest.approx(together, abs=1e-9)


def test_what_is_averaged_over_copies_says_so(model: ChainForest) -> None:
    rows = TABLE.head(5)
    exact, averaged = rows, rows.drop(columns="income")
    assert model.log_prob(exact, details=True)[1].how == "exact"
    assert model.log_prob(rows.drop(columns="area"), details=True)[1].how == "exact"
    assert model.log_prob(averaged, details=True)[1].how == "average over 32 weighted copies of a row"
    assert model.predict(exact.drop(columns="owns"), details=True)[1].how == "exact"
    assert model.predict(averaged.drop(columns="owns"), details=True)[1].how.startswith("average over 32")


def test_a_condition_is_met_by_weights_and_says_what_they_are_worth(model: ChainForest) -> None:
    rows, how = model.sample(500, given="income > 50 and owns == 'no' and rooms <= 3", seed=2, details=True)
    assert ((rows["income"] > 50) & (rows["owns"] == "no") & (rows["rooms"] <= 3)).all()
    assert "importance" in how.how
    assert how.ess is not None
    assert 50 < how.ess <= 500


def test_known_cells_at_the_head_of_the_chain_need_no_weights(model: ChainForest) -> None:
    rows, how = model.sample(300, given="area == 'land'", seed=2, details=True)
    assert (rows["area"] == "land").all()
    assert how.how == "exact"
    assert how.ess is None


def test_weighted_draws_follow_the_table() -> None:
    table = _table(4_000)
    fitted = ChainForest(random_state=0).fit(table, "owns")
    drawn = fitted.sample(2_000, given="owns == 'yes' and rooms >= 4", seed=3)
    real = table[(table["owns"] == "yes") & (table["rooms"] >= 4)]
    assert (drawn["area"] == "land").mean() == pytest.approx((real["area"] == "land").mean(), abs=0.12)
    assert drawn["income"].mean() == pytest.approx(real["income"].mean(), abs=3.0)


def test_an_impossible_condition_is_an_error(model: ChainForest) -> None:
    with pytest.raises(ImpossibleCondition):
        model.sample(10, given="rooms > 4000")


def test_classes_of_like_rows_are_shared_out_evenly(model: ChainForest) -> None:
    shares = [(model.sample(400, seed=s)["owns"] == "yes").mean() for s in range(12)]
    drawn = [model.predict_proba(model.sample(400, seed=s).drop(columns="owns"))[:, 1].mean() for s in range(12)]
    off = np.array(shares) - np.array(drawn)
    assert np.sqrt((off**2).mean()) < 0.012, "chance alone is off by .02, even shares by less"


def test_a_category_declared_and_never_met_is_drawn_only_where_it_is_asked_for() -> None:
    table = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": pd.Categorical(list("bcbc"), categories=list("bcz"))})
    model = ChainForest(random_state=0).fit(table, "y")
    assert set(model.sample(300, seed=0)["y"]) == {"b", "c"}
    assert set(model.sample(20, given="y == 'z'", seed=0)["y"]) == {"z"}


def test_numbers_of_many_rows_are_shared_out_evenly() -> None:
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(400, 4)), columns=list("abcd"))
    model = ChainForest(random_state=0).fit(table)
    means = np.array([model.sample(400, seed=s).mean() for s in range(60)])
    assert (means.std(axis=0) < 0.026).all(), "of rows that draw by themselves .05"


def test_a_single_row_under_a_condition_is_weighed_too(model: ChainForest) -> None:
    given = "income > 55"  # comes after the area, whose share it changes
    many = (model.sample(4_000, given=given, seed=0)["area"] == "city").mean()
    single = np.mean([model.sample(1, given=given, seed=seed)["area"].iloc[0] == "city" for seed in range(100)])
    assert many > 0.95
    assert single == pytest.approx(many, abs=0.08), "drawn without weights it is the share of all rows, .7"


def test_a_histogram_keeps_no_heaps_of_training_cells() -> None:
    table = pd.DataFrame({"pay": np.r_[np.arange(1_000) * 977 % 100_000, np.full(8, 54_321)], "kind": ["a", "b"] * 504})
    for histogram in (False, True):
        fitted = ChainForest(histogram=histogram, random_state=0).fit(table)
        kept = {link.j: link.space.value for link in fitted.chain_.links}[0]
        assert (54_321 in kept) != histogram
        assert len(kept) < 110


def test_saved_and_loaded_it_answers_alike_and_damage_is_found(model: ChainForest, tmp_path: Path) -> None:
    again = obverse.load(model.save(tmp_path / "m"))
    rows = TABLE.head(20).drop(columns="income")
    assert (again.log_prob(rows) == model.log_prob(rows)).all()
    pd.testing.assert_frame_equal(again.sample(20, seed=4), model.sample(20, seed=4))
    state = model._state()
    for damage in (
        lambda s: s["links"].pop(),
        lambda s: s["links"][1]["trees"]["left"].fill(0),
        lambda s: s["links"][1].update(empty=np.zeros(1)),
        lambda s: s["links"][-1].update(share=np.ones(5)),
        lambda s: s["links"][-1]["learner"].update(share=np.ones((2, 2))),
    ):
        broken = dict(state) | {"links": [_copied(link) for link in state["links"]]}
        damage(broken)
        other = ChainForest()
        other._set_schema(model.schema_)
        with pytest.raises(ValueError):
            other._restore(broken)


def _copied(state: dict) -> dict:
    return {
        k: _copied(v) if isinstance(v, dict) else v.copy() if isinstance(v, np.ndarray) else v for k, v in state.items()
    }


def test_wrong_arguments_are_listed() -> None:
    with pytest.raises(BadInput, match=r"n_estimators .* copies .*"):
        ChainForest(n_estimators=0, copies=-1).fit(TABLE, "owns")


def test_rows_without_a_class_still_teach_the_inputs() -> None:
    table = _table(800)
    table.loc[200:, "owns"] = None
    fitted = ChainForest(random_state=0).fit(table, "owns")
    assert fitted.sample(2_000, seed=0)["income"].std() == pytest.approx(table["income"].std(), rel=0.1)
    assert fitted.sample(500, seed=0)["owns"].notna().all()


def test_blocks_drawn_side_by_side_are_whole_and_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    # one booster asked by several threads at once used to end in an error of XGBoost's
    rng = np.random.default_rng(0)
    kind, count = rng.integers(0, 4, 2_500), rng.poisson(2, 2_500)
    table = pd.DataFrame({"x": rng.normal(kind), "kind": kind.astype(str), "count": count, "y": rng.normal(count)})
    model = ChainForest(boosting_rounds=5, random_state=0).fit(table, "y")
    monkeypatch.setattr(ancestral, "ROWS", 2_000)
    one, two = (model.sample(24_000, seed=3) for _ in range(2))
    assert len(one) == 24_000
    pd.testing.assert_frame_equal(one, two)


def test_rows_of_a_box_share_a_number_out_evenly() -> None:
    table = pd.DataFrame(np.random.default_rng(0).random((400, 3)), columns=list("abc"))
    model = ChainForest(random_state=0).fit(table)
    off = []
    for seed in range(6):
        drawn = model.sample(1_600, seed=seed)
        box = (drawn[["a", "b"]].to_numpy() * 4).astype(int).clip(0, 3) @ np.array([4, 1])
        below = (drawn["c"] < table["c"].median()).groupby(box)
        off.append((below.sum() - below.size() * 0.5) / np.sqrt(below.size() * 0.25))
    spread = pd.concat(off, axis=1)
    noise = spread.sub(spread.mean(axis=1), axis=0).to_numpy()  # what boxes differ by in the model itself is taken away
    assert np.sqrt((noise**2).mean()) < 0.65, "without an order of like rows it is 1.3"
