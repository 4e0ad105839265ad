"""The exact families answer conditions, marginals and events as numeric integration of their own joint does."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

import obverse
from obverse.data import worlds

EXACT = ("naive_bayes", "gaussian_mixture", "joint_forest", "marginals")
WORLDS = {world.name: world for world in worlds.ALL}


def fitted(family, world, n=300):
    frame = WORLDS[world].sample(n, seed=1)
    return obverse.fit(family, frame, WORLDS[world].target, seed=3), frame


def cut_points(model, column):
    """Where the model's own density may jump: leaf bounds and histogram edges, so that quad is told of them."""
    part = model.mixture_.factors[model.schema_.index(column)].part
    state = part.state()
    edges = np.concatenate([np.ravel(state.get(name, [])) for name in ("low", "high", "edges")])
    return np.unique(edges[np.isfinite(edges)])


def integral(model, column, rows, low, high, **roles):
    """Integral of exp(log_prob) over one number column between low and high, other cells as in `rows` (one row)."""
    cuts = cut_points(model, column)
    edges = np.concatenate([[low], cuts[(cuts > low) & (cuts < high)], [high]])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    # a narrow component inside a wide piece is resolved by cutting every piece further
    edges = np.unique(np.concatenate([np.linspace(a, b, 9) for a, b in itertools.pairwise(edges)]))
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half + half * nodes[None, :]).ravel()
    many = pd.concat([rows] * len(x), ignore_index=True)
    many[column] = x
    return float(((half * weights[None, :]).ravel() * np.exp(model.log_prob(many, **roles))).sum())


@pytest.mark.parametrize("family", EXACT)
def test_all_cells_of_a_finite_table_sum_to_one(family):
    model, _ = fitted(family, "finite")
    cells = WORLDS["finite"].table().drop(columns="p")
    assert np.exp(model.log_prob(cells)).sum() == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("family", EXACT)
def test_a_marginal_is_the_sum_over_the_hidden_column(family):
    model, _ = fitted(family, "finite")
    cells = WORLDS["finite"].table().drop(columns="p")
    for hidden in cells.columns:
        kept = [c for c in cells.columns if c != hidden]
        direct = np.exp(model.log_prob(cells.drop_duplicates(kept)[kept]))
        summed = cells.assign(p=np.exp(model.log_prob(cells))).groupby(kept, sort=False)["p"].sum()
        np.testing.assert_allclose(direct, summed, atol=1e-12)


@pytest.mark.parametrize("family", EXACT)
def test_event_probabilities_equal_sums_over_cells(family):
    model, _ = fitted(family, "finite")
    cells = WORLDS["finite"].table().drop(columns="p")
    p = np.exp(model.log_prob(cells))
    a, b = cells.columns[0], cells.columns[1]
    va, vb = cells[a].iloc[0], cells[b].iloc[-1]
    either = ((cells[a] == va) | (cells[b] == vb)).to_numpy()
    assert model.probability(f"{a} == '{va}' or {b} == '{vb}'") == pytest.approx(p[either].sum(), abs=1e-9)
    both = (either & (cells[a] != va)).to_numpy()
    conditional = model.probability(f"{a} != '{va}'", given=f"{a} == '{va}' or {b} == '{vb}'")
    assert conditional == pytest.approx(p[both].sum() / p[either].sum(), abs=1e-9)


@pytest.mark.parametrize("family", EXACT)
def test_the_density_of_two_numbers_integrates_to_one(family):
    model, frame = fitted(family, "blobs")
    x0, x1 = [c for c in frame.columns if c != WORLDS["blobs"].target]
    row = frame.iloc[[0]][[x0]]
    density = np.exp(model.log_prob(row))[0]
    inner = integral(model, x1, frame.iloc[[0]][[x0, x1]], -60, 60)
    assert inner == pytest.approx(density, rel=1e-6)
    total = integral(model, x0, row, -60, 60)
    assert total == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("family", EXACT)
def test_ranges_equal_numeric_integration(family):
    model, frame = fitted(family, "blobs")
    target = WORLDS["blobs"].target
    x0, x1 = [c for c in frame.columns if c != target]
    low, high = np.quantile(frame[x0], [0.3, 0.8])
    value = frame[x1].iloc[5]
    event = f"{x0} >= {low!r} and {x0} < {high!r}".replace("np.float64(", "").replace(")", "")
    row = frame.iloc[[5]][[x0, x1]]
    assert model.probability(event) == pytest.approx(integral(model, x0, row[[x0]], low, high), abs=1e-6)
    conditional = integral(model, x0, row, low, high) / np.exp(model.log_prob(row[[x1]]))[0]
    assert model.probability(event, given={x1: float(value)}) == pytest.approx(conditional, abs=1e-6)


@pytest.mark.parametrize("family", EXACT)
def test_prediction_is_bayes_of_log_prob(family):
    model, frame = fitted(family, "mixed")
    target = WORLDS["mixed"].target
    rows = frame.drop(columns=target).head(40)
    logits = np.stack([model.log_prob(rows.assign(**{target: c})) for c in model.classes_], axis=1)
    bayes = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    np.testing.assert_allclose(model.predict_proba(rows), bayes, atol=1e-9)


@pytest.mark.parametrize("family", EXACT)
def test_hiding_a_categorical_cell_never_lowers_the_log_probability(family):
    model, frame = fitted(family, "mixed")
    full = model.log_prob(frame)
    for column in model.schema_.columns:
        if column.kind == "category":
            assert (model.log_prob(frame.drop(columns=column.name)) >= full - 1e-9).all(), column.name


@pytest.mark.parametrize("family", EXACT)
def test_a_grid_column_is_the_density_integrated_over_half_a_step(family):
    """An integer column sums to one over its grid, far beyond the observed bounds."""
    model, _ = fitted(family, "mixed")
    whole = next(c for c in model.schema_.columns if c.kind == "number" and c.step == 1.0)
    grid = pd.DataFrame({whole.name: np.arange(whole.low - 400, whole.high + 400).astype(int)})
    assert np.exp(model.log_prob(grid)).sum() == pytest.approx(1.0, abs=1e-9)
    above = model.probability(f"{whole.name} > {int(whole.low) + 1}")
    assert above == pytest.approx(np.exp(model.log_prob(grid[grid[whole.name] > whole.low + 1])).sum(), abs=1e-9)


@pytest.mark.parametrize("family", EXACT)
def test_the_mean_of_a_numeric_target_is_its_integral(family):
    model, frame = fitted(family, "line")
    target = WORLDS["line"].target
    row = frame.iloc[[7]]
    x = row.drop(columns=target)
    low, high = frame[target].min() - 30, frame[target].max() + 30
    cuts = cut_points(model, target)
    edges = np.unique([*np.linspace(low, high, 2_001), *cuts[(cuts > low) & (cuts < high)]])
    half = np.diff(edges)[:, None] / 2
    points, weights = np.polynomial.legendre.leggauss(4)
    nodes = (edges[:-1, None] + half + half * points).ravel()
    many = pd.concat([x] * len(nodes), ignore_index=True).assign(**{target: nodes})
    density = np.exp(model.log_prob(many) - model.log_prob(x)[0])
    assert ((half * weights).ravel() * density * nodes).sum() == pytest.approx(model.predict(x)[0], abs=2e-3)


@pytest.mark.parametrize("family", EXACT)
def test_missing_is_an_event_of_its_own(family):
    frame = WORLDS["mixed"].sample(400, seed=2)
    target = WORLDS["mixed"].target
    name = next(c.name for c in obverse.fit("marginals", frame, target).schema_.columns if c.kind == "number")
    rng = np.random.default_rng(0)
    gone = rng.random(len(frame)) < np.where(frame[target] == frame[target].iloc[0], 0.6, 0.1)
    frame[name] = frame[name].astype("Float64").mask(gone)
    model = obverse.fit(family, frame, target, seed=0)
    missing = model.probability(f"{name} is missing")
    assert missing == pytest.approx(gone.mean(), abs=0.02)
    assert missing + model.probability(f"{name} is not missing") == pytest.approx(1.0, abs=1e-9)
    some = float(frame[name].median())
    parts = [f"{name} > {some}", f"{name} <= {some}", f"{name} is missing"]
    assert sum(model.probability(p) for p in parts) == pytest.approx(1.0, abs=1e-9)
    rows = model.sample(2000, given=f"{name} is missing", seed=1)
    assert rows[name].isna().all()
    if family != "marginals":
        assert (rows[target] == frame[target].iloc[0]).mean() > 0.6


def test_quad_agrees_on_one_conditional_density():
    """An independent integrator on one slice, so that the test's own quadrature is not trusted blindly."""
    model, frame = fitted("naive_bayes", "blobs")
    x0, x1 = [c for c in frame.columns if c != WORLDS["blobs"].target]
    row = frame.iloc[[3]]

    def density(v):
        return float(np.exp(model.log_prob(pd.DataFrame({x0: [v], x1: row[x1].to_numpy()}), of=[x0], given=[x1]))[0])

    low, high = float(frame[x0].median()), float(frame[x0].max())
    value = quad(density, low, high, epsabs=1e-9, limit=200)[0]
    assert model.probability(f"{x0} >= {low} and {x0} <= {high}", given={x1: float(row[x1].iloc[0])}) == pytest.approx(
        value, abs=1e-6
    )


@pytest.mark.parametrize("family", EXACT)
def test_a_condition_between_grid_points_counts_as_the_nearest(family):
    """A new row with more decimals than the training rows is conditioned on, and predicted from, alike."""
    model, frame = fitted(family, "mixed")
    target = WORLDS["mixed"].target
    whole = next(c.name for c in model.schema_.columns if c.kind == "number" and c.step == 1.0)
    rows = frame.head(20).astype({whole: float})
    rows[whole] += 0.3
    features = [c for c in rows.columns if c != target]
    codes = [list(model.classes_).index(y) for y in rows[target]]
    expected = np.log(model.predict_proba(rows[features])[np.arange(20), codes])
    np.testing.assert_allclose(model.log_prob(rows, of=[target], given=features), expected, atol=1e-9)
    assert (model.log_prob(rows) == -np.inf).all()
