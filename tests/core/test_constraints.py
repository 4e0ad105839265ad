"""Constraints: how they are declared, what breaks them, and that created and completed rows keep them as written."""

from __future__ import annotations

import io
import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.core.constraints import Rule, Total, Unique, not_false, read
from obverse.core.errors import BadCondition, BadInput, ImpossibleCondition
from obverse.core.given import parse, to_text
from obverse.core.keys import repeated, spread
from obverse.core.schema import Column, Schema

Blurs: Any = runpy.run_path(str(Path(__file__).with_name("test_other_modalities.py")))["Blurs"]
DATES = ["start", "end", "seen"]
TEN = (
    "15 <= age <= 85",
    "start <= end",
    "seen >= start",
    "not (kids > 0 and age < 18)",
    "tax < net",
    'plan != "gold" or net >= 20',
    "total = net + tax",
    "unique id",
    "unique store, invoice",
    "together city, country",
)


def orders(rows: int, seed: int = 0) -> pd.DataFrame:
    """Orders that keep all ten but in a few rows."""
    rng = np.random.default_rng(seed)
    country = rng.choice(["DE", "FR", "IT"], rows)
    age = rng.integers(15, 86, rows)
    net = np.round(rng.lognormal(4, 1, rows), 2) + 1
    tax = np.round(net * rng.choice([0.07, 0.19], rows), 2)
    start = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1500, rows), unit="D")
    frame = pd.DataFrame(
        {
            "id": np.arange(1, rows + 1),
            "start": start,
            "end": start + pd.to_timedelta(rng.geometric(0.05, rows) - 1, unit="D"),
            "seen": (start + pd.to_timedelta(rng.random(rows) * 1e6, unit="s")).where(rng.random(rows) > 0.1),
            "country": country,
            "city": [f"{c}{k}" for c, k in zip(country, rng.integers(0, 5, rows), strict=True)],
            "age": age,
            "kids": np.where(age < 18, 0, rng.poisson(1.5, rows)),
            "net": net,
            "tax": tax,
            "total": np.round(net + tax, 2),
            "plan": np.where(net >= 20, rng.choice(["gold", "iron"], rows), "iron"),
            "store": rng.choice(list("ABCDE"), rows),
            "invoice": rng.integers(1, 50_000, rows),
        }
    )
    frame.loc[:2, "end"] = frame["start"] - pd.Timedelta("2D")
    return frame


def violations(rows: pd.DataFrame, training: pd.DataFrame) -> dict[str, int]:
    """How many rows break each of the ten, by pandas alone, after CSV and back."""
    x = pd.read_csv(io.StringIO(rows.to_csv(index=False)), parse_dates=DATES)
    met = set(zip(training["city"], training["country"], strict=True))
    wrong = (
        (x["age"] < 15) | (x["age"] > 85),
        x["start"] > x["end"],
        x["seen"] < x["start"],
        (x["kids"] > 0) & (x["age"] < 18),
        x["tax"] >= x["net"],
        (x["plan"] == "gold") & (x["net"] < 20),
        (x["total"] - x["net"] - x["tax"]).abs() > 1e-9 * (1 + x["total"].abs()),
        x["id"].duplicated(),
        x.duplicated(["store", "invoice"]),
        pd.Series([pair not in met for pair in zip(x["city"], x["country"], strict=True)]),
    )
    return {text: int(bad.sum()) for text, bad in zip(TEN, wrong, strict=True) if bad.any()}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return orders(3000)


@pytest.fixture(scope="module", params=["joint_forest", "gaussian_mixture", "chain_forest", "marginals"])
def model(request: Any, table: pd.DataFrame) -> Any:
    return obverse.fit(request.param, table, constraints=list(TEN))


# --- the bar ---


def test_twenty_thousand_rows_break_none_of_ten_after_csv_and_back(model: Any, table: pd.DataFrame) -> None:
    rows, how = model.sample(20_000, seed=0, details=True)
    assert len(rows) == 20_000
    assert rows.dtypes.equals(table.dtypes)
    assert violations(rows, table) == {}
    assert how.acceptance is not None and 0 < how.acceptance < 1
    assert abs(rows["seen"].isna().mean() - 0.1) < 0.08  # a row without it breaks less


def test_without_constraints_the_same_families_break_them(table: pd.DataFrame) -> None:
    free = obverse.fit("joint_forest", table).sample(5000, seed=0)
    assert len(violations(free, table)) >= 6


def test_a_condition_holds_beside_the_constraints(model: Any, table: pd.DataFrame) -> None:
    rows = model.sample(300, given='age < 30 and country == "FR" and total > 50', seed=0)
    assert (rows["age"] < 30).all() and (rows["country"] == "FR").all() and (rows["total"] > 50).all()
    assert violations(rows, table) == {}


# --- what is declared ---


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("total = net + tax", obverse.total("total", of=["net", "tax"])),
        ("`a b`=c+ `d``e`", Total("a b", ("c", "d`e"))),
        ("unique id", obverse.unique("id")),
        ("UNIQUE store , `invoice no`", Unique(("store", "invoice no"))),
        ("together city country", obverse.together("city", "country")),
        ("unique >= 3", Rule(parse("unique >= 3"))),  # a column of that name  # type: ignore[arg-type]
        ("unique is missing", Rule(parse("unique is missing"))),  # type: ignore[arg-type]
        ("start <= end", Rule(parse("start <= end"))),  # type: ignore[arg-type]
        ({"age": obverse.between(15, 85)}, Rule(parse("age >= 15 and age <= 85"))),  # type: ignore[arg-type]
    ],
)
def test_a_text_is_the_constraint_it_spells(text: Any, meant: Any) -> None:
    assert read(text) == meant
    assert read(str(meant)) == meant


def test_every_bad_declaration_is_listed_in_one_line(table: pd.DataFrame) -> None:
    bad = ["agee > 3", "total = net + city", "total = net - tax", "unique id id", "together seen city", "total = a + b"]
    with pytest.raises(BadCondition) as error:
        obverse.fit("marginals", table, constraints=bad)
    said = str(error.value)
    assert "\n" not in said
    for part in ("no column agee", "city holds categories", "'total = net - tax' is no sum"):
        assert part in said
    for part in ("'unique id, id' must name", "seen is continuous", "no column a;", "no column b;"):
        assert part in said


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (["age >= 90", "age <= 10"], "no row like the data's keeps age >= 90; age <= 10"),
        (["start < end", "start > end"], "no row like the data's keeps"),
        (["age > 200"], "no row like the data's keeps"),
        (["total = net + tax", "net = total + tax"], "run in a circle"),
        (["total = net + tax", "total = net + age"], "the sum of two lists"),
        (["age < 40"], "is broken by 1,9.. of 3,000 rows, so it is taken for a mistake"),
        (["start = end"], "is no sum of columns"),
        ([3], "a constraint is text, not a int"),
        (["total = start + end"], "start holds dates"),
    ],
)
def test_a_mistaken_constraint_is_refused(table: pd.DataFrame, bad: list[Any], said: str) -> None:
    with pytest.raises(BadCondition, match=said):
        obverse.fit("marginals", table, constraints=bad)


def test_a_single_text_is_a_list_of_one(table: pd.DataFrame) -> None:
    assert obverse.fit("marginals", table, constraints="start <= end").schema_.constraints == ("start <= end",)


def test_rows_that_break_a_constraint_are_reported_and_not_fatal(model: Any) -> None:
    assert "the constraint 'start <= end' is broken by 3 of 3,000 rows; no created row will break it" in model.notes_
    assert not any("together" in note or "age" in note for note in model.notes_)


def test_other_modalities_have_nothing_to_constrain() -> None:
    with pytest.raises(BadInput, match="blurs has no columns to constrain"):
        Blurs(random_state=0).fit(np.zeros((4, 2, 2)), [0, 1, 0, 1], constraints=["label == 1"])


def test_a_missing_cell_breaks_no_rule() -> None:
    for text, same in (
        ("a < 3", "not (a >= 3)"),
        ("a < b", "not (a >= b)"),
        ("a in [1, 2]", "not (a not in [1, 2])"),
        ("not (a < 3)", "not (a < 3)"),
        ("not (not (a < 3))", "not (not (not (a >= 3)))"),
        ("a is missing or b != 2", "a is missing or not (b == 2)"),
    ):
        expression = parse(text)
        assert expression is not None
        assert to_text(not_false(expression)) == same
    known = parse("a < 3 and a < b")
    assert known is not None
    assert to_text(not_false(known, frozenset("a"))) == "a < 3 and not (a >= b)"


# --- files ---


def test_constraints_survive_saving(model: Any, tmp_path: Path) -> None:
    folder = model.save(tmp_path / "model")
    loaded = obverse.load(folder)
    assert json.loads((folder / "schema.json").read_text())["constraints"] == list(loaded.schema_.constraints)
    assert loaded.schema_.constraints == model.schema_.constraints
    assert loaded.sample(200, seed=5).equals(model.sample(200, seed=5))


def test_a_refit_forgets_them(table: pd.DataFrame) -> None:
    again = obverse.fit("marginals", table, constraints=["start <= end"]).fit(table)
    rows = again.sample(500, seed=0)
    assert again.schema_.constraints == ()
    assert (rows["start"] > rows["end"]).any()


def test_a_schema_saved_without_the_field_is_read() -> None:
    data = Schema((Column("a", "number", "float64", low=0.0, high=1.0),)).to_json()
    del data["constraints"]
    assert Schema.from_json(data).constraints == ()


# --- sums ---


def numbers(rows: int = 600, **more: Any) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.integers(0, 50, rows), "b": rng.integers(0, 50, rows), "c": rng.normal(size=rows)})
    return frame.assign(**more)


def test_sums_of_sums_and_of_continuous_columns() -> None:
    frame = numbers().assign(ab=lambda x: x["a"] + x["b"], all=lambda x: x["ab"] + x["c"])
    fitted = obverse.fit("gaussian_mixture", frame, constraints=["all = ab + c", "ab = a + b"])
    rows, how = fitted.sample(2000, seed=0, details=True)
    assert how.acceptance is not None and how.acceptance > 0.9  # a sum of sums is taken last
    assert (rows["ab"] == rows["a"] + rows["b"]).all()
    np.testing.assert_allclose(rows["all"], rows["ab"] + rows["c"], rtol=1e-12, atol=1e-12)
    assert rows["all"].between(frame["all"].min(), frame["all"].max()).all()


def test_a_sum_is_rounded_as_its_own_column() -> None:
    frame = numbers().assign(b=lambda x: x["b"] / 4, t=lambda x: np.round(x["a"] + x["b"]).astype(int))
    rows = obverse.fit("marginals", frame, constraints=["t = a + b"]).sample(1000, seed=0)
    assert ((rows["t"] - rows["a"] - rows["b"]).abs() <= 0.5).all()


def test_a_sum_is_missing_where_a_part_is() -> None:
    frame = numbers().astype({"a": float}).assign(t=lambda x: x["a"] + x["b"])
    frame.loc[::7, ["a", "t"]] = np.nan
    rows = obverse.fit("marginals", frame, constraints=["t = a + b"]).sample(2000, seed=0)
    assert rows["a"].isna().any()
    assert rows["t"][rows["a"].isna()].isna().all()
    known = rows.dropna()
    assert (known["t"] == known["a"] + known["b"]).all()
    frame["t"] = 3.0 * frame["b"]  # a sum that was never missing stays as drawn beside a missing part
    frame.loc[frame["a"].notna(), "t"] = frame["a"] + frame["b"]
    assert obverse.fit("marginals", frame, constraints=["t = a + b"]).sample(2000, seed=0)["t"].notna().all()


# --- keys ---


def test_keys_go_on_above_the_observed_ones_and_keep_their_order() -> None:
    frame = numbers(400, id=np.arange(1, 401), day=np.arange(400) // 4)
    rows, how = obverse.fit("joint_forest", frame, constraints=["unique id"]).sample(3000, seed=0, details=True)
    assert sorted(rows["id"]) == list(range(1, 3001))
    assert rows["id"].corr(rows["day"], method="spearman") > 0.9
    assert any("moved to free values" in note for note in how.notes)
    assert "'id' goes on from 400 to 3,000" in how.notes


def test_keys_of_a_full_range_take_every_value_once() -> None:
    frame = numbers(500, id=np.random.default_rng(0).permutation(500))
    rows = obverse.fit("marginals", frame, constraints=["unique id"]).sample(500, seed=0)
    assert sorted(rows["id"]) == list(range(500))


def test_keys_move_within_the_condition() -> None:
    fitted = obverse.fit("marginals", numbers(500, id=np.arange(500)), constraints=["unique id"])
    rows = fitted.sample(100, given="50 <= id < 150", seed=0)
    assert sorted(rows["id"]) == list(range(50, 150))
    with pytest.raises(ImpossibleCondition, match="no 101 rows with different keys"):
        fitted.sample(101, given="50 <= id < 150", seed=0)


def test_keys_that_cannot_be_made_up_are_refused() -> None:
    frame = numbers(300, code=[f"c{i}" for i in range(300)], small=np.arange(300) % 128)
    fitted = obverse.fit("marginals", frame, constraints=["unique code"])
    assert fitted.sample(300, seed=0)["code"].is_unique
    with pytest.raises(ImpossibleCondition, match="'code' can hold 300 different values, and 301 rows need one each"):
        fitted.sample(301, seed=0)
    days = frame.assign(day=pd.date_range("2024-01-01", periods=300))
    with pytest.raises(ImpossibleCondition, match="'day' can hold 300 different values, and 301 rows"):
        obverse.fit("marginals", days, constraints=["unique day"]).sample(301, seed=0)
    frame = frame[:128].astype({"small": "int8"})
    with pytest.raises(ImpossibleCondition, match="'small' can hold 128 different values"):
        obverse.fit("marginals", frame, constraints=["unique small"]).sample(129, seed=0)


@pytest.mark.parametrize("seed", range(20))
def test_spread_moves_only_what_repeats_to_places_that_are_free(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = int(rng.integers(5, 40))
    schema = Schema(
        (
            Column("g", "category", "str", values=("x", "y", "z")),
            Column("k", "number", "float64", step=0.1, low=0.5, high=0.5 + 0.1 * (places - 1)),
        )
    )
    group = rng.integers(0, 3, places)
    rows = np.column_stack([group, schema["k"].on_grid(0.5 + 0.1 * rng.integers(0, places, places))])
    again = repeated(rows)
    out, written = spread(rows, schema, [0, 1], again, np.ones(rows.shape, bool))
    assert written == schema or written["k"].high == schema["k"].high
    assert not repeated(out).any()
    assert (out[~again] == rows[~again]).all()
    assert (out[:, 0] == rows[:, 0]).all()
    assert (np.abs(out[:, 1] - schema["k"].snap(out[:, 1])) == 0).all()


def test_missing_keys_are_not_compared() -> None:
    assert repeated(np.array([[1.0, np.nan], [1.0, np.nan], [1.0, 2.0], [1.0, 2.0]])).tolist() == [False] * 3 + [True]


# --- holes ---


def test_holes_are_filled_so_that_the_constraints_hold(model: Any, table: pd.DataFrame) -> None:
    rng = np.random.default_rng(3)
    whole = table.iloc[10:210].reset_index(drop=True).convert_dtypes()
    holed = whole.mask(rng.random(whole.shape) < 0.15)
    point, how = model.impute(holed, seed=0, details=True)
    for filled in (point, *model.impute(holed, draws=2, seed=0)):
        assert filled.notna().all().all()
        known = holed.notna()
        assert filled.where(known).astype(object).equals(holed.where(known).astype(object))
        left = sum(violations(filled, table).values())
        assert left <= (2 if model.card.key == "marginals" else 0)
    assert bool(violations(point, table)) == any("no draw mended" in note for note in how.notes)


def test_a_single_missing_term_is_arithmetic(table: pd.DataFrame) -> None:
    fitted = obverse.fit("marginals", table, constraints=["total = net + tax"])
    rows = pd.DataFrame(
        {"net": [10.25, np.nan, 1e7], "tax": [2.5, 0.75, np.nan], "total": [np.nan, 99999.5, 1e7 + 0.25]}
    )
    filled = fitted.impute(rows)
    assert filled["total"][0] == 12.75
    assert filled["net"][1] == 99998.75  # beyond what was observed, but certain
    assert filled["tax"][2] == 0.25


def test_what_the_observed_cells_break_is_counted_and_left(table: pd.DataFrame) -> None:
    fitted = obverse.fit("marginals", table, constraints=["start <= end", "together city, country"])
    rows = table.iloc[[0, 20, 30]].assign(age=np.nan)
    rows.loc[30, "country"] = "IT" if rows.loc[30, "country"] != "IT" else "DE"
    filled, how = fitted.impute(rows, details=True)
    assert filled.drop(columns="age").equals(rows.drop(columns="age"))
    assert "completed rows that break a constraint by their observed cells: 2" in how.notes


def test_filled_keys_avoid_the_observed_ones() -> None:
    frame = numbers(300, id=np.arange(300))
    fitted = obverse.fit("gaussian_mixture", frame, constraints=["unique id"])
    holed = frame.astype({"id": "Int64"})
    holed.loc[100:130, "id"] = pd.NA
    filled = fitted.impute(holed, seed=0)
    assert sorted(filled["id"]) == list(range(300))
    assert (filled["id"].drop(range(100, 131)) == holed["id"].drop(range(100, 131))).all()


def test_a_family_that_draws_nothing_says_what_it_could_not_mend(table: pd.DataFrame) -> None:
    fitted = obverse.fit("logistic", table.drop(columns=DATES), "plan", constraints=['plan != "gold" or net >= 20'])
    rows = table.drop(columns=DATES).assign(plan=None).head(300)
    filled, how = fitted.impute(rows, details=True)
    wrong = int(((filled["plan"] == "gold") & (filled["net"] < 20)).sum())
    assert wrong == 0 or f"completed rows that break a constraint and that no draw mended: {wrong}" in how.notes


# --- bounds of the work ---


def test_a_combination_never_met_is_an_error_and_no_hang(table: pd.DataFrame) -> None:
    fitted = obverse.fit("marginals", table, constraints=["together city, country"])
    with pytest.raises(ImpossibleCondition, match="too rare for rejection: none of 50,000"):
        fitted.sample(3, given='city == "FR1" and country == "DE"', seed=0)


def test_a_condition_against_a_rule_is_refused_at_once(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(model), "_draw", _never)
    for given in ("end < start", "age < 15", "kids > 0 and age < 18"):
        with pytest.raises(ImpossibleCondition, match="no row can satisfy"):
            model.sample(3, given=given)


def _never(*_: Any) -> Any:
    raise AssertionError("nothing should be drawn")


def test_no_rows_can_be_asked_for(model: Any, table: pd.DataFrame) -> None:
    assert model.sample(0).shape == (0, table.shape[1])
    assert len(model.sample(1, seed=0)) == 1


def test_times_are_tested_as_they_are_written() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"t": pd.to_datetime(rng.random(400) * 1e17)})
    fitted = obverse.fit("marginals", frame)
    tidy: Callable[..., Any] = fitted.card.modality.tidy
    drawn = rng.random((300, 1)) * 9e7
    once = tidy(drawn, fitted.schema_)
    written = fitted.card.modality.write(drawn, fitted.schema_)
    assert (fitted.card.modality.read(written, fitted.schema_)[0].values == once).all()
