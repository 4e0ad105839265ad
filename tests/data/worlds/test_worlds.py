"""Worlds against independent truth: scipy's distributions, sums, grids of integration, and what their samples do."""

import importlib
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from obverse.core.errors import BadInput, CannotAnswer
from obverse.data.worlds import ALL, Blobs, Finite, Line, Mixed, Steps, World

CLASS = [w for w in ALL if w.task == "class"]
NUMBER = [w for w in ALL if w.task == "number"]


def name(world):
    return world.name


def grid(low, high, n):
    """Points and weight of the trapezium rule, which is exact to rounding for densities that vanish at both ends."""
    points = np.linspace(low, high, n)
    return points, points[1] - points[0]


def frame_of(**columns):
    """All combinations of the columns' values."""
    return pd.DataFrame(list(product(*columns.values())), columns=list(columns))


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize("world", ALL, ids=name)
def test_samples(world):
    frame = world.sample(500, 3)
    assert isinstance(world, World)
    assert list(frame.columns) == [*world.features, world.target]
    assert len(frame) == 500 and frame.notna().all().all()
    pd.testing.assert_frame_equal(frame, world.sample(500, 3))
    assert not frame.equals(world.sample(500, 4))
    assert np.isfinite(world.log_prob(frame)).all()
    assert world.sample(0, 0).shape == (0, frame.shape[1])


@pytest.mark.parametrize("world", ALL, ids=name)
def test_names(world):
    module = importlib.import_module(f"obverse.data.worlds.{world.name}")
    assert isinstance(world, getattr(module, world.name.capitalize()))
    assert [w.name for w in ALL].count(world.name) == 1
    assert list(world.classes) == sorted(world.classes)
    if world.task == "class":
        assert sorted(set(world.sample(2000, 0)[world.target])) == list(world.classes)


@pytest.mark.parametrize("world", ALL, ids=name)
def test_column_order_and_further_columns_do_not_matter(world):
    frame = world.sample(20, 0)
    mixed_up = frame.assign(more="x")[["more", *frame.columns[::-1]]]
    np.testing.assert_array_equal(world.log_prob(mixed_up), world.log_prob(frame))
    np.testing.assert_array_equal(world.log_prob_x(mixed_up.drop(columns=world.target)), world.log_prob_x(frame))


@pytest.mark.parametrize("world", ALL, ids=name)
def test_decimals_are_not_rounded(world):
    for column in world.sample(200, 0).select_dtypes("float"):
        values = world.sample(200, 0)[column]
        assert (np.round(values, 9) != values).mean() > 0.95


@pytest.mark.parametrize("world", ALL, ids=name)
def test_incomplete_rows_are_refused_with_every_reason(world):
    frame = world.sample(5, 0)
    holey = frame.astype({world.features[1]: object})
    holey.loc[2, world.features[1]] = None
    with pytest.raises(BadInput, match=f"'{world.target}' is absent.*'{world.features[1]}' has missing"):
        world.log_prob(holey.drop(columns=world.target))
    with pytest.raises(BadInput, match="has missing cells"):
        world.log_prob_x(holey)


@pytest.mark.parametrize("world", ALL, ids=name)
def test_the_other_kind_of_prediction_is_refused(world):
    with pytest.raises(CannotAnswer, match="ask its"):
        (world.mean if world.task == "class" else world.proba)(world.sample(5, 0))


@pytest.mark.parametrize("world", CLASS, ids=name)
def test_proba_is_bayes_of_log_prob(world):
    frame = world.sample(300, 1)
    joint = np.column_stack([np.exp(world.log_prob(frame.assign(**{world.target: c}))) for c in world.classes])
    np.testing.assert_allclose(world.proba(frame), joint / joint.sum(axis=1, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(np.exp(world.log_prob_x(frame)), joint.sum(axis=1), rtol=1e-12)


@pytest.mark.parametrize("world", CLASS, ids=name)
def test_proba_is_how_often_the_class_occurs(world):
    """In each fifth of the rows by P(y|x), the share of the class is the mean of P(y|x) within four deviations."""
    frame = world.sample(20_000, 2)
    p = world.proba(frame)[:, 1]
    hit = (frame[world.target] == world.classes[1]).to_numpy()
    for part in np.array_split(np.argsort(p, kind="stable"), 5):
        deviation = np.sqrt((p[part] * (1 - p[part])).sum()) / len(part)
        assert abs(hit[part].mean() - p[part].mean()) < 4 * deviation


@pytest.mark.parametrize("world", NUMBER, ids=name)
def test_y_is_integrated_out_and_its_mean_is_the_mean(world):
    frame = world.sample(50, 1)
    mean = world.mean(frame)
    offsets, step = grid(-6, 6, 241)
    many = frame.loc[frame.index.repeat(len(offsets))].assign(**{world.target: np.add.outer(mean, offsets).ravel()})
    density = np.exp(world.log_prob(many)).reshape(50, len(offsets)) * step
    np.testing.assert_allclose(density.sum(axis=1), np.exp(world.log_prob_x(frame)), rtol=1e-9)
    first_moment = (density * np.add.outer(mean, offsets)).sum(axis=1)
    np.testing.assert_allclose(first_moment / density.sum(axis=1), mean, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("world", [w for w in ALL if "kind" in w.features or "region" in w.features], ids=name)
def test_a_category_the_world_does_not_have(world):
    frame = world.sample(5, 0)
    frame.loc[2, world.features[0]] = "west"
    with pytest.raises(BadInput, match=f"column '{world.features[0]}' takes .*, not west"):
        world.log_prob(frame)


# ---------------------------------------------------------------- one by one


def test_blobs():
    world, frame = Blobs(), Blobs().sample(20_000, 0)
    covariance = [[1.0, 0.6], [0.6, 1.5]]
    for label, prior, mean in (("a", 0.6, [0, 0]), ("b", 0.4, [1.5, 1.0])):
        own = frame[frame["blob"] == label]
        truth = np.log(prior) + stats.multivariate_normal(mean, covariance).logpdf(own[["u", "v"]])
        np.testing.assert_allclose(world.log_prob(own), truth, rtol=1e-12)
        np.testing.assert_allclose(own[["u", "v"]].mean(), mean, atol=0.05)
        np.testing.assert_allclose(own[["u", "v"]].cov(), covariance, atol=0.06)
        assert abs(len(own) / len(frame) - prior) < 0.015
    points, step = grid(-9, 11, 201)
    assert abs(np.exp(world.log_prob_x(frame_of(u=points, v=points))).sum() * step**2 - 1) < 1e-9


def test_finite():
    world, table = Finite(), Finite().table()
    assert world.finite and not any(w.finite for w in ALL if w.name != "finite")
    assert len(table) == 36 and (table["p"] > 0).all()
    assert abs(table["p"].sum() - 1) < 1e-12
    np.testing.assert_allclose(np.exp(world.log_prob(table)), table["p"], rtol=1e-12)
    of_x = table.groupby(list(world.features))["p"].transform("sum")
    np.testing.assert_allclose(np.exp(world.log_prob_x(table)), of_x, rtol=1e-12)
    drawn = world.sample(20_000, 0).value_counts().rename("n").reset_index()
    counts = table.merge(drawn, how="left", on=[*world.features, world.target])["n"].fillna(0)
    assert stats.chisquare(counts, 20_000 * table["p"]).pvalue > 0.001


def test_finite_has_no_independent_pair_and_an_effect_that_turns_round():
    table = Finite().table()
    for a, b in [("sky", "wind"), ("sky", "season"), ("wind", "season"), *((f, "play") for f in Finite.features)]:
        both = table.pivot_table(index=a, columns=b, values="p", aggfunc="sum").to_numpy()
        information = (both * np.log(both / np.outer(both.sum(1), both.sum(0)))).sum()
        assert information > 1e-3, (a, b)
    yes = table[table["play"] == "yes"].groupby(["sky", "wind"])["p"].sum() / table.groupby(["sky", "wind"])["p"].sum()
    assert yes["rain", "calm"] < yes["rain", "strong"]
    assert yes["sun", "calm"] > yes["sun", "strong"]


def test_mixed():
    world, frame = Mixed(), Mixed().sample(20_000, 0)
    assert [t.kind for t in frame.dtypes[["visits", "weight", "smoker"]]] == ["i", "f", "b"]
    region = {"ill": {"east": 0.2, "north": 0.5, "south": 0.3}, "well": {"east": 0.5, "north": 0.1, "south": 0.4}}
    for label, prior, rate, mean, scale, smoker in (("ill", 0.3, 0.6, 82, 12, 0.55), ("well", 0.7, 0.35, 71, 9, 0.2)):
        own = frame[frame["outcome"] == label]
        truth = (
            np.log(prior)
            + np.log(own["region"].map(region[label]))
            + stats.binom(8, rate).logpmf(own["visits"])
            + stats.norm(mean, scale).logpdf(own["weight"])
            + stats.bernoulli(smoker).logpmf(own["smoker"].astype(int))
        )
        np.testing.assert_allclose(world.log_prob(own), truth, rtol=1e-12)
        assert stats.kstest(own["weight"], stats.norm(mean, scale).cdf).pvalue > 0.001
        np.testing.assert_allclose(own["region"].value_counts(normalize=True)[list(region[label])],
                                   list(region[label].values()), atol=0.03)  # fmt: skip
        assert abs(own["visits"].mean() - 8 * rate) < 0.1
        assert abs(own["smoker"].mean() - smoker) < 0.03
    weights, step = grid(-60, 210, 271)
    cells = frame_of(region=["east", "north", "south"], visits=range(9), weight=weights, smoker=[True, False])
    assert abs(np.exp(world.log_prob_x(cells)).sum() * step - 1) < 1e-9
    impossible = frame.head(2).assign(visits=[9, -1])
    assert (world.log_prob(impossible) == -np.inf).all()


def test_line():
    """The whole row is one Gaussian, whose covariance follows from the formula in the docstring."""
    world, frame = Line(), Line().sample(20_000, 0)
    s, w = np.array([[1, 0.5], [0.5, 1]]), np.array([2, -1.5])
    covariance = np.block([[s, (s @ w)[:, None]], [(s @ w)[None], np.array([[w @ s @ w + 0.25]])]])
    truth = stats.multivariate_normal([0, 0, 1], covariance)
    np.testing.assert_allclose(world.log_prob(frame), truth.logpdf(frame), rtol=1e-9)
    np.testing.assert_allclose(frame.cov(), covariance, atol=0.1)
    assert stats.kstest(frame["y"] - (1 + 2 * frame["a"] - 1.5 * frame["b"]), stats.norm(0, 0.5).cdf).pvalue > 0.001
    points, step = grid(-9, 9, 181)
    assert abs(np.exp(world.log_prob_x(frame_of(a=points, b=points))).sum() * step**2 - 1) < 1e-9


def test_steps():
    world, frame = Steps(), Steps().sample(20_000, 0)
    levels = {"flat": (1, 1, 1), "rise": (0, 2, 5), "valley": (4, -1, 3)}
    share = {"flat": 0.5, "rise": 0.3, "valley": 0.2}
    mean = np.array([levels[k][(x >= 3) + (x >= 7)] for k, x in zip(frame["kind"], frame["x"], strict=True)])
    np.testing.assert_array_equal(world.mean(frame), mean)
    truth = np.log(frame["kind"].map(share)) - np.log(10) + stats.norm(mean, 0.4).logpdf(frame["y"])
    np.testing.assert_allclose(world.log_prob(frame), truth, rtol=1e-12)
    assert stats.kstest(frame["y"] - mean, stats.norm(0, 0.4).cdf).pvalue > 0.001
    assert stats.kstest(frame["x"], stats.uniform(0, 10).cdf).pvalue > 0.001
    np.testing.assert_allclose(
        frame["kind"].value_counts(normalize=True)[list(share)], list(share.values()), atol=0.015
    )
    assert world.mean(pd.DataFrame({"kind": "rise", "x": [0, 3, 7, 10]})).tolist() == [0, 2, 5, 5]
    midpoints = np.arange(0.005, 10, 0.01)
    assert abs(np.exp(world.log_prob_x(frame_of(kind=list(share), x=midpoints))).sum() * 0.01 - 1) < 1e-9
    assert (world.log_prob_x(pd.DataFrame({"kind": "flat", "x": [-0.1, 10.1]})) == -np.inf).all()
