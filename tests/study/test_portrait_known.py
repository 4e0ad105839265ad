"""What the model knows, against truth: dependence in closed form and by drawing, and the probabilities of cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mutual_info_score

from obverse.core.evidence import Evidence, Region
from obverse.data.worlds.finite import Finite
from obverse.data.worlds.mixed import Mixed
from obverse.modalities.table import TABLE
from obverse.registry import get
from obverse.study.portrait.bins import bins
from obverse.study.portrait.dependence import CUTS, LEVELS, Sample, dependence, information, of_model, of_sample
from obverse.study.portrait.examples import _Ranges, examples


def fitted(frame: pd.DataFrame, target: str | None, trees: int = 10):
    model = get("joint_forest")(random_state=0, n_estimators=trees).fit(frame, target)
    return model.mixture_, TABLE.read(frame, model.schema_)[0].values


def shown(mixture, cells, row_numbers, tells, rng):
    return examples(mixture, cells, mixture.log_prob(Evidence(cells)), row_numbers, tells, rng)


def truth(table: pd.DataFrame, a: str, b: str) -> float:
    """Mutual information of two columns of a table of all rows with their probabilities."""
    joint = table.pivot_table(index=a, columns=b, values="p", aggfunc="sum", observed=True).to_numpy()
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    return float((joint * np.log(joint / product)).sum())


@pytest.fixture(scope="module")
def odd_table() -> pd.DataFrame:
    """Every kind of column, with a heap, a grid, holes that depend on a value, and a rare category."""
    rng = np.random.default_rng(4)
    n = 1500
    kind = rng.choice(["p", "q", "r"], n, p=[0.5, 0.45, 0.05])
    smooth = rng.normal(np.where(kind == "p", 0.0, 2.0), 1.0)
    gain = np.where(rng.random(n) < 0.6, 0.0, np.exp(smooth))
    count = rng.poisson(np.where(kind == "q", 6, 2))
    hole = rng.random(n) < np.where(kind == "p", 0.4, 0.05)
    return pd.DataFrame({"kind": kind, "smooth": np.where(hole, np.nan, smooth), "gain": gain, "count": count})


# --------------------------------------------------------------------------- bins


def test_bins_hold_every_value_once_and_have_probability_one_together(odd_table):
    mixture, cells = fitted(odd_table, "kind")
    for j, column in enumerate(mixture.schema.columns):
        cut = bins(column, j, cells[:, j], CUTS, LEVELS)
        inside = np.array([region.contains(cells[:, j]) for region in cut.regions])
        assert (inside.sum(axis=0) == ~np.isnan(cells[:, j])).all()
        mass = sum(np.exp(mixture.factors[j].log_region(region)) for region in cut.regions)
        assert np.allclose(mass, 1, atol=1e-9)
        assert len(cut) <= len(CUTS) + 1 + 4 if column.kind == "number" else LEVELS + 1
    gain = bins(mixture.schema["gain"], 2, cells[:, 2], CUTS, LEVELS)
    assert gain.regions[0].points == (0.0,), "the heap has a bin of its own"


# --------------------------------------------------------------------- dependence


def test_information_agrees_with_scikit_learn_on_counts():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, 300), rng.integers(0, 3, 300)
    b = np.where(rng.random(300) < 0.5, a % 3, b)
    rows = np.column_stack([a[:, None] == np.arange(4), b[:, None] == np.arange(3)]).astype(float)
    plain, bias = information(rows.T @ rows, np.repeat([0, 1], [4, 3]))
    assert plain[0, 1] == pytest.approx(plain[1, 0]) == pytest.approx(mutual_info_score(a, b))
    assert bias[0, 1] == pytest.approx((12 - 4 - 3 + 1) / 600)


def test_the_correction_takes_the_bias_of_independent_columns_off():
    rng = np.random.default_rng(1)
    plain, told = [], []
    for _ in range(100):
        frame = pd.DataFrame({"a": rng.choice(list("abcdef"), 300), "b": rng.choice(list("uvwxy"), 300)})
        data = TABLE.learn(frame)
        plain.append(mutual_info_score(frame["a"], frame["b"]))
        told.append(Sample.of(data.schema, data.values).told[0, 1])
    assert np.mean(plain) > 0.03 and np.mean(told) < 0.006
    assert min(told) == 0.0, "never below"


def test_sample_and_model_approach_the_truth_of_a_finite_world():
    finite = Finite()
    frame = finite.sample(20_000, seed=0)
    mixture, cells = fitted(frame, "play")
    sample = Sample.of(mixture.schema, cells)
    model = of_model(mixture, sample.cut)
    names = [mixture.schema.names[b.index] for b in sample.cut]
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            if i < j:
                right = truth(finite.table(), a, b)
                assert sample.told[i, j] == pytest.approx(right, abs=0.006)
                assert model[i, j] == pytest.approx(right, abs=0.02), (a, b)
                assert model[i, j] <= right + 0.01


def test_the_model_s_dependence_is_what_a_large_sample_of_it_shows(odd_table):
    mixture, cells = fitted(odd_table, "kind")
    sample = Sample.of(mixture.schema, cells)
    exact = of_model(mixture, sample.cut)
    nothing = Evidence.nothing(len(mixture.schema.columns))
    regions = {j: Region.everything(c) for j, c in enumerate(mixture.schema.columns)}
    drawn = mixture.sample(150_000, Evidence(nothing.values, regions), np.random.default_rng(0))
    for j, c in enumerate(mixture.schema.columns):
        drawn[:, j] = c.on_grid(drawn[:, j]) if c.kind == "number" else drawn[:, j]
    assert 0.1 < np.isnan(drawn[:, 1]).mean() < 0.4, "the model leaves cells empty"
    places = [
        type(b)(b.index, b.regions, np.select([r.contains(drawn[:, b.index]) for r in b.regions], range(len(b)), -1))
        for b in sample.cut
    ]
    assert np.allclose(of_sample(places)[off(4)], exact[off(4)], atol=0.004)
    assert exact[off(4)].max() > 0.1


def off(n: int):
    return ~np.eye(n, dtype=bool)


def test_the_target_comes_first_and_neighbours_belong_together():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 800))
    frame = pd.DataFrame(
        {"a": a, "b": b, "a2": a + 0.2 * rng.normal(size=800), "b2": b + 0.05 * rng.normal(size=800),
         "y": np.where(a + 0.3 * rng.normal(size=800) > 0, "yes", "no")}
    )  # fmt: skip
    mixture, cells = fitted(frame, "y")
    found = dependence(mixture, Sample.of(mixture.schema, cells))
    assert found["columns"][:3] == ["y", "a", "a2"] and found["left_out"] == 0  # though b and b2 tell more
    assert {tuple(sorted((p["a"], p["b"]))) for p in found["strongest"][:2]} == {("a", "a2"), ("b", "b2")}
    for square in (found["sample"], found["model"]):
        values = np.array(square, dtype=float)
        assert np.isnan(values.diagonal()).all() and np.array_equal(values, values.T, equal_nan=True)
        assert (values[off(5)] >= 0).all()


# ----------------------------------------------------------------------- examples


def test_ranges_of_categories_have_the_model_s_own_probabilities():
    frame = Finite().sample(3000, seed=1)
    frame.loc[::7, "wind"] = None
    mixture, cells = fitted(frame, "play")
    ranges = _Ranges.of(mixture, cells, [0, 1, 2, 3])
    rows = np.arange(60)
    assert np.allclose(ranges.log_prob(rows), mixture.log_prob(Evidence(cells[rows])), atol=1e-4)
    for row in rows:
        one = Evidence(cells[[row]])
        whole = mixture.log_prob(one)[0]
        for blame in ranges.blame(row):
            rest = mixture.log_prob(one.without([blame.column]))[0]
            assert blame.surprise == pytest.approx(rest - whole, abs=1e-4)


def test_a_cell_that_is_rare_and_one_that_only_does_not_fit_are_told_apart():
    rng = np.random.default_rng(0)
    n = 1200
    side = rng.choice(["left", "right"], n)
    frame = pd.DataFrame(dict.fromkeys(("side", "twin", "third", "fourth"), side))
    frame = frame.assign(size=rng.choice(["m", "n"], n), noise=rng.choice(["s", "t", "u"], n))
    frame.loc[0] = ["left", "right", "left", "left", "m", "s"]
    frame.loc[1:20, "size"] = "giant"
    mixture, cells = fitted(frame, None, trees=20)
    found = shown(mixture, cells, np.arange(n) + 100, list(range(6)), np.random.default_rng(0))
    odd = {row["row"]: row["odd"] for row in found["groups"][0]["odd"]}
    assert odd[100][0] | {"surprise": 0} == {"name": "twin", "cell": "right", "surprise": 0, "rare": False}
    assert odd[100][0]["surprise"] > 3 and [blame["name"] for blame in odd[100]] == ["twin"]
    others = [blame for row, blames in odd.items() if row != 100 for blame in blames]
    assert {(blame["name"], blame["cell"], blame["rare"]) for blame in others} == {("size", "giant", True)}


def test_typical_rows_lie_in_the_middle_and_holes_alone_make_no_row_odd_or_typical():
    rng = np.random.default_rng(3)
    n = 600
    frame = pd.DataFrame(rng.normal(size=(n, 5)), columns=list("abcde")).assign(y=rng.choice(["u", "v"], n))
    frame.loc[0, list("abcd")] = np.nan
    frame.loc[1, list("abcde")] = 4.0
    mixture, cells = fitted(frame, "y")
    found = shown(mixture, cells, np.arange(n), [5, 0, 1, 2, 3, 4], np.random.default_rng(0))
    typical = [row["row"] for group in found["groups"] for row in group["typical"]]
    odd = [row["row"] for group in found["groups"] for row in group["odd"]]
    assert 1 in odd and 0 not in odd and 0 not in typical
    far = np.sqrt((frame[list("abcde")] ** 2).sum(axis=1))
    assert far[typical].max() < far.median() < far[odd].mean()


def test_a_row_of_few_cells_is_judged_by_those_it_has():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(600, 6)), columns=list("abcdef"))
    frame.loc[::2, list("abcde")] = np.nan
    frame.loc[0, "f"] = 6.0
    mixture, cells = fitted(frame, None)
    found = shown(mixture, cells, np.arange(600), list(range(6)), np.random.default_rng(0))
    assert found["groups"][0]["odd"][0]["row"] == 0
    assert found["groups"][0]["odd"][0]["odd"][0]["name"] == "f"


def test_a_row_between_two_kinds_is_the_nearest_to_all_and_yet_not_typical():
    rng = np.random.default_rng(5)
    kind = rng.choice([-5.0, 5.0], 400)
    frame = pd.DataFrame({name: kind + rng.normal(size=400) for name in "abcd"})
    frame.loc[0] = 0.0
    mixture, cells = fitted(frame, None)
    found = shown(mixture, cells, np.arange(400), list(range(4)), np.random.default_rng(0))
    typical = [row["row"] for row in found["groups"][0]["typical"]]
    assert 0 not in typical and set(np.sign(frame["a"][typical])) == {-1.0, 1.0}


def test_log_prob_of_a_row_is_given_its_group():
    frame = Mixed().sample(500, seed=0)
    mixture, cells = fitted(frame, "outcome")
    found = shown(mixture, cells, np.arange(500), [4, 0, 1, 2, 3], np.random.default_rng(0))
    row = found["groups"][0]["typical"][0]
    one = Evidence(cells[[row["row"]]])
    assert row["log_prob"] == pytest.approx(mixture.log_prob(one)[0] - mixture.log_prob(one.only([4]))[0])
