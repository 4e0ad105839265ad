"""Joint forest: an ordinary forest where inputs are complete, an exact joint model everywhere else."""

import time
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score, roc_auc_score

import obverse
from obverse.backbones import marginal_trees
from obverse.families.joint_forest import _components


def table(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    city = rng.choice(["Ulm", "Bonn", "Jena", "Kiel"], n, p=[0.4, 0.3, 0.2, 0.1])
    age = rng.integers(18, 90, n)
    wage = np.where(rng.random(n) < 0.2, 0.0, np.exp(rng.normal(2 + (city == "Ulm") + age / 60, 0.4)))
    score = wage / 20 + (city == "Jena") + 0.02 * age + rng.normal(size=n)
    hole = rng.random(n) < np.where(city == "Kiel", 0.6, 0.05)
    return pd.DataFrame(
        {"city": city, "age": age, "wage": np.where(hole, np.nan, wage), "y": np.where(score > 2, "yes", "no")}
    )


@pytest.fixture(scope="module")
def model():
    return obverse.fit("joint_forest", table(), "y", seed=0)


def test_complete_inputs_are_predicted_as_well_as_by_a_random_forest(model):
    new = table(seed=1).dropna()
    inputs, truth = new.drop(columns="y"), new["y"] == "yes"
    forest = obverse.fit("random_forest", table(), "y", seed=0)
    mine, its = (roc_auc_score(truth, m.predict_proba(inputs)[:, 1]) for m in (model, forest))
    assert mine > its - 0.01


def test_a_numeric_target_is_predicted_as_well_as_by_a_random_forest():
    frame, new = table().dropna(), table(seed=1).dropna()
    frame["y"], new["y"] = (np.log1p(f["wage"]) + f["age"] / 30 for f in (frame, new))
    fits = [obverse.fit(name, frame, "y", seed=0) for name in ("joint_forest", "random_forest")]
    mine, its = (r2_score(new["y"], m.predict(new.drop(columns="y"))) for m in fits)
    assert mine > its - 0.01


def test_summing_holes_out_beats_filling_them_for_the_same_forest(model):
    new = table(seed=1)
    inputs, truth = new.drop(columns="y"), new["y"] == "yes"
    holes = inputs.mask(np.random.default_rng(0).random(inputs.shape) < 0.4)
    filled = holes.fillna({"city": "Ulm", "age": 53, "wage": float(table()["wage"].median())})
    exact, guess = (roc_auc_score(truth, model.predict_proba(rows)[:, 1]) for rows in (holes, filled))
    assert exact > guess


@pytest.mark.parametrize(
    "given",
    ["age >= 70 and city == 'Kiel' and wage > 20", "wage is missing and y == 'yes'", "y == 'no' and not (wage == 0)"],
)
def test_conditions_hold_exactly_at_once_and_with_the_stated_probabilities(model, given):
    start = time.process_time()
    rows, how = model.sample(4000, given=given, seed=0, details=True)
    assert str(how) == "exact" and time.process_time() - start < 5
    for event in ("age > 50", "y == 'yes'", "city in ['Bonn', 'Kiel']", "wage > 12 or wage is missing"):
        held = model.probability(event, given=given)
        inside = {
            "age > 50": rows["age"] > 50,
            "y == 'yes'": rows["y"] == "yes",
            "city in ['Bonn', 'Kiel']": rows["city"].isin(["Bonn", "Kiel"]),
            "wage > 12 or wage is missing": (rows["wage"] > 12) | rows["wage"].isna(),
        }[event]
        assert inside.mean() == pytest.approx(held, abs=0.035), event


def test_an_impossible_condition_is_an_error_at_once(model):
    start = time.process_time()
    with pytest.raises(obverse.ImpossibleCondition):
        model.sample(10_000, given="age > 200")
    assert time.process_time() - start < 1


def test_samples_look_like_the_table_and_copy_no_row(model):
    rows, frame = model.sample(3000, seed=1), table()
    assert rows["wage"].isna().mean() == pytest.approx(frame["wage"].isna().mean(), abs=0.02)
    assert (rows["wage"] == 0).mean() == pytest.approx((frame["wage"] == 0).mean(), abs=0.03)
    for city in ("Ulm", "Bonn"):
        for column in ("age", "wage"):
            real, made = (f.loc[f["city"] == city, column].mean() for f in (frame, rows))
            assert made == pytest.approx(real, rel=0.12)
    assert not len(rows[rows["wage"] > 0].merge(frame, on=list(frame.columns)))


def test_numeric_targets_can_be_conditions():
    frame = table().drop(columns="y").dropna().rename(columns={"wage": "y"})
    model = obverse.fit("joint_forest", frame, "y", seed=0)
    rows = model.sample(2000, given="y > 20 and y < 60", seed=0)
    assert rows["y"].between(20, 60, inclusive="neither").all()
    expected = model.probability("age > 60", given="y > 20 and y < 60")
    assert (rows["age"] > 60).mean() == pytest.approx(expected, abs=0.04)


def test_without_a_target_it_is_the_mixture_alone():
    model = obverse.fit("joint_forest", table(), seed=0)
    assert model.joint_ is None
    assert model.sample(10, given="y == 'yes' and age < 30", seed=0)["y"].eq("yes").all()
    assert np.isfinite(model.log_prob(table(50, seed=2))).all()


def test_rows_without_a_label_inform_the_inputs():
    frame = table()
    frame["y"] = frame["y"].astype(object)
    frame.loc[frame["city"] == "Kiel", "y"] = None
    model = obverse.fit("joint_forest", frame, "y", seed=0)
    assert model.probability("city == 'Kiel'") == pytest.approx((frame["city"] == "Kiel").mean(), abs=0.01)


def test_a_loaded_model_answers_alike(model, tmp_path):
    again = obverse.load(model.save(tmp_path / "m"))
    rows = table(40, seed=3).mask(np.random.default_rng(0).random((40, 4)) < 0.3)
    np.testing.assert_array_equal(model.log_prob(rows), again.log_prob(rows))
    pd.testing.assert_frame_equal(
        model.sample(20, seed=0, given="y == 'yes'"), again.sample(20, seed=0, given="y == 'yes'")
    )
    assert not list((tmp_path / "m").glob("*.pkl"))


def test_unknown_cells_take_bounded_memory(model, monkeypatch):
    rows = table(2000, seed=4)[["age"]]
    whole = model.predict_proba(rows)
    monkeypatch.setattr(marginal_trees, "PAIRS", 2_000)
    tracemalloc.start()
    np.testing.assert_allclose(model.predict_proba(rows), whole, atol=1e-6)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


def test_categories_by_the_thousand_cost_no_squares():
    rng = np.random.default_rng(0)
    n = 20_000
    code = rng.integers(0, 8000, n)
    frame = pd.DataFrame({"id": pd.Series(code).astype(str), "x": rng.normal(size=n) + code % 2})
    frame["y"] = np.where(frame["x"] > 0.5, "a", "b")
    tracemalloc.start()
    model = obverse.fit("joint_forest", frame, "y", seed=0, n_components=20, max_iter=3, n_estimators=4)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150e6
    assert model.sample(100, given="id == '17'", seed=0)["id"].eq("17").all()


def test_components_grow_with_rows_and_then_level_off():
    assert [_components(n) for n in (0, 1, 30, 300)] == [1, 1, 1, 10]
    assert _components(20_000) < 300 and _components(10**6) < 500


def test_wrong_arguments_are_all_named():
    wrong = {"n_estimators": 2.5, "min_samples_leaf": 0, "n_components": True, "max_iter": 0, "strength": 0}
    with pytest.raises(obverse.BadInput) as error:
        obverse.fit("joint_forest", table(60), "y", **wrong)
    assert len(error.value.problems) == len(wrong)
