"""log_prob: probabilities that add up, never beat the truth on average, and follow the measure of the schema."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data.worlds import Finite
from .frames import as_table
from .needs import BOUNDED, CLASSES, DENSITY, EXACT, LOG_PROB, NUMBERS, SCORES, learns, needs
from .subject import WORLDS, Subject

CLOSE = 1e-9
CELLS = ["sky", "wind", "season", "play"]


@needs(SCORES, EXACT, learns("finite"))
def check_probabilities_of_all_rows_sum_to_one(subject: Subject) -> None:
    """On the finite world exp(log_prob) of all 36 possible rows sums to one."""
    model = subject.model("finite")
    for of in (CELLS, CELLS[:2], CELLS[2:]):
        total = np.logaddexp.reduce(model.log_prob(_cells()[of].drop_duplicates(), of=of))
        assert abs(total) < CLOSE, f"probabilities of all values of {', '.join(of)} sum to {np.exp(total):.9f}, not 1"


@needs(SCORES, EXACT, learns("finite"))
def check_conditional_probabilities_sum_to_one(subject: Subject) -> None:
    """On the finite world p(season, play | sky, wind) sums to one for each sky and wind."""
    table = _cells()
    log_p = subject.model("finite").log_prob(table, of=CELLS[2:], given=CELLS[:2])
    totals = table.assign(p=np.exp(log_p)).groupby(CELLS[:2])["p"].sum()
    off = np.abs(totals - 1).max()
    assert off < CLOSE, f"p(season, play | sky, wind) must sum to 1; for one sky and wind it is off by {off:.2g}"


@needs(SCORES, EXACT, learns("blobs"))
def check_density_integrates_to_one(subject: Subject) -> None:
    """The density of a column of decimals integrates to one, alone and given another cell."""
    model, train = subject.model("blobs"), subject.train("blobs")
    centre, spread = train["u"].mean(), train["u"].std()
    u, width = _grid(centre - 8 * spread, centre + 8 * spread)
    cases: dict[str, dict[str, Any]] = {"p(u)": {"u": u}, "p(u | blob)": {"u": u, "blob": "b"}}
    for what, table in cases.items():
        given = [name for name in table if name != "u"]
        total = np.exp(model.log_prob(as_table(table), of=["u"], given=given)).sum() * width
        assert abs(total - 1) < 2e-3, f"{what} integrates to {total:.4f} on the world `blobs`, not 1"


@needs(SCORES, EXACT)
def check_atoms_and_grids_sum_to_one(subject: Subject) -> None:
    """A rounded column has a mass at each grid point, a column with an atom a mass there and a density elsewhere."""
    model = subject.model("clinic")
    masses = model.log_prob(as_table({"visits": np.arange(-60, 70)}), of=["visits"])
    total = np.exp(masses).sum()
    assert abs(total - 1) < 1e-3, f"the masses of all whole numbers of 'visits' sum to {total:.4f}, not 1"
    gain, width = _grid(-700.0, 1700.0, 6001)  # half a unit: densities of forests have pieces of a few
    part = np.exp(model.log_prob(as_table({"gain": gain}), of=["gain"])).sum() * width
    atom = np.exp(model.log_prob(as_table({"gain": [0.0]}), of=["gain"]))[0]
    assert abs(part + atom - 1) < 5e-3, f"'gain' has mass {atom:.3f} at 0 and {part:.3f} elsewhere; they must sum to 1"
    share = (subject.train("clinic")["gain"].dropna() == 0).mean()
    assert abs(atom - share) < 0.1, f"0 holds {share:.2f} of the cells of 'gain', the model gives it {atom:.2f}"


def _grid(low: float, high: float, points: int = 3001) -> tuple[Any, float]:
    """One point in each of many cells of equal width, at random in it, so that steps of the density cancel out."""
    width = (high - low) / points
    return low + width * (np.arange(points) + np.random.default_rng(0).random(points)), width


@needs(BOUNDED, learns("mixed"), LOG_PROB)
def check_mean_log_prob_stays_below_the_truth(subject: Subject) -> None:
    """On fresh rows of a known world nobody scores better on average than the world itself (Gibbs)."""
    for name in ("mixed", "blobs"):
        if subject.target(name) is None and not subject.untargeted:
            continue
        X, world = subject.fresh(name, 1500), WORLDS[name]
        truth = world.log_prob(X) if SCORES.met(subject) else world.log_prob(X) - world.log_prob_x(X)
        columns = None if not SCORES.met(subject) else list(X.columns)
        gain = np.maximum(subject.model(name).log_prob(X, of=columns), -1e3) - truth
        limit = 4 * gain.std() / np.sqrt(len(gain))
        assert gain.mean() <= limit, f"log_prob beats the true one of world {name!r} by {gain.mean():.3f} nats a row"


@needs(SCORES, EXACT, learns("finite"))
def check_unknown_cells_are_summed_out(subject: Subject) -> None:
    """log_prob without a category is the log of the sum over its values; an empty cell is an absent one."""
    model, X = subject.model("finite"), subject.fresh("finite", 40)
    for name in CELLS:
        rest = [c for c in CELLS if c != name]
        hidden = model.log_prob(X.drop(columns=name), of=rest)
        values = sorted(set(_cells()[name]))
        terms = [model.log_prob(X.assign(**{name: value}), of=CELLS) for value in values]
        off = np.abs(np.logaddexp.reduce(terms, axis=0) - hidden).max()
        assert off < CLOSE, f"log_prob without {name!r} is {off:.2g} off the sum over its values"
        empty = model.log_prob(X.assign(**{name: None}), of=CELLS)
        assert np.allclose(empty, hidden, rtol=0, atol=CLOSE), f"an empty cell of {name!r} is not scored as unknown"


@needs(SCORES, BOUNDED, learns("mixed"))
def check_hiding_a_category_never_lowers(subject: Subject) -> None:
    """A row is at least as probable when one of its categories is unknown."""
    model, X = subject.model("mixed"), subject.fresh("mixed", 100)
    full = model.log_prob(X, of=list(X.columns))
    for name in ("region", "smoker", "outcome"):
        rest = [c for c in X.columns if c != name]
        loss = (full - model.log_prob(X[rest], of=rest)).max()
        assert loss < CLOSE, (
            f"hiding {name!r} lowers log_prob by {loss:.2g} nats; a sum is no smaller than a part of it"
        )


@needs(SCORES, EXACT, learns("mixed"))
def check_units_shift_the_density(subject: Subject) -> None:
    """A column of decimals times ten shifts log_prob by -log 10, and a whole-number column does not."""
    X, target = subject.fresh("mixed", 200), subject.target("mixed")
    names = list(X.columns)
    before = subject.model("mixed").log_prob(X, of=names)
    scaled = subject.make().fit(_tenfold(subject.train("mixed"), "weight"), target)
    off = float((scaled.log_prob(_tenfold(X, "weight"), of=names) - before + np.log(10)).mean())
    assert abs(off) < 0.05, (
        f"with 'weight' in units ten times smaller, log_prob must fall by log 10; it is {off:+.3f} off"
    )
    counted = subject.make().fit(_tenfold(subject.train("mixed"), "visits"), target)
    off = float((counted.log_prob(_tenfold(X, "visits"), of=names) - before).mean())
    assert abs(off) < 0.05, f"'visits' has masses, which no unit changes; log_prob moved by {off:+.3f}"


@needs(NUMBERS, DENSITY, EXACT)
def check_units_shift_the_density_of_the_target(subject: Subject) -> None:
    """A numeric target times ten shifts log p(y | x) by -log 10."""
    X, given = subject.fresh("line", 200), ["a", "b"]
    before = subject.model("line").log_prob(X, of=["y"], given=given)
    scaled = subject.make().fit(_tenfold(subject.train("line"), "y"), "y")
    off = float((scaled.log_prob(_tenfold(X, "y"), of=["y"], given=given) - before + np.log(10)).mean())
    assert abs(off) < 0.05, (
        f"with the target in units ten times smaller, log p(y|x) must fall by log 10; it is {off:+.3f} off"
    )


def _tenfold(frame: Any, name: str) -> Any:
    return frame.assign(**{name: frame[name] * 10})


@needs(SCORES, learns("mixed"))
def check_categories_never_met_have_no_probability(subject: Subject) -> None:
    """A category never met scores -inf; where it is only given, it is unknown."""
    model, X = subject.model("mixed"), subject.fresh("mixed", 5)
    strange = X.assign(region="atlantis")
    scored = model.log_prob(strange, of=list(X.columns))
    assert (scored == -np.inf).all(), "log_prob of a category never met must be -inf where it is scored"
    given = model.log_prob(strange, of=["weight"], given=["region", "visits"])
    without = model.log_prob(X, of=["weight"], given=["visits"])
    assert np.allclose(given, without, atol=CLOSE), "a category never met must count as unknown where it is given"


@needs(CLASSES, LOG_PROB)
def check_labels_never_met_have_no_probability(subject: Subject) -> None:
    """log p(y | x) of a label never met is -inf."""
    X = subject.fresh("mixed", 5).assign(outcome="unheard of")
    features = [c for c in X.columns if c != "outcome"]
    log_p = subject.model("mixed").log_prob(X, of=["outcome"], given=features)
    assert (log_p == -np.inf).all(), "log_prob of a label never met must be -inf"


@needs(SCORES, learns("blobs"))
def check_real_rows_score_above_noise(subject: Subject) -> None:
    """Rows of the world score above rows spread evenly over three times its range."""
    model, rng = subject.model("blobs"), np.random.default_rng(0)
    rows, of = subject.fresh("blobs", 300), ["u", "v"]
    noise = rows.assign(u=rng.uniform(-9, 10, len(rows)), v=rng.uniform(-9, 10, len(rows)))
    gap = model.log_prob(rows, of=of)[:, None] > model.log_prob(noise, of=of)[None, :]
    assert gap.mean() > 0.8, f"a row of the world scores above noise in only {gap.mean():.0%} of pairs"


def _cells() -> Any:
    """All 36 possible rows of the finite world."""
    cells: Any = Finite().table()
    return cells[CELLS]
