"""Declared columns: what they take, that nothing is read off the rows, and that no row changes how another is read."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from obverse.core.errors import BadInput, OutsideDomain
from obverse.core.schema import Privacy
from obverse.modalities.table import TABLE

PRIVACY = Privacy(1.0)
DOMAIN = {
    "age": {"low": 0, "high": 120, "step": 1, "missing": True},
    "dose": {"low": 0, "high": 2.5, "missing": True},
    "kind": {"values": [1, 2, "x", True], "missing": True},
    "came": {"low": "2020-01-01", "high": "2024-12-31", "missing": True},
    "ill": ["no", "yes"],
}


def learn(X, y="ill", domain=DOMAIN, **roles):
    return TABLE.learn_privately(X, y, domain, PRIVACY, **roles)


def table(n=40, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.integers(0, 120, n),
            "dose": rng.uniform(0, 2.5, n).round(3),
            "kind": rng.choice(["1", "2"], n),
            "came": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1800, n), unit="D"),
            "ill": rng.choice(["no", "yes"], n),
        }
    )


ODD_ROWS = [
    {"age": None, "dose": None, "kind": None, "came": None, "ill": None},
    {"age": "many", "dose": "much", "kind": "y", "came": "soon", "ill": "perhaps"},
    {"age": 1e300, "dose": float("inf"), "kind": 3.5, "came": "1700-01-01", "ill": "no"},
    {"age": -1, "dose": -1e-9, "kind": "x", "came": "2031-01-01", "ill": "yes"},
    {"age": 3.4, "dose": "1.25", "kind": True, "came": "2021-05-05T10:00:00", "ill": " no"},
]


@pytest.mark.parametrize("odd", ODD_ROWS, ids=str)
@pytest.mark.parametrize("as_text", [False, True], ids=["frame", "file"])
@pytest.mark.filterwarnings("ignore::obverse.core.errors.OutsideDomain")
def test_one_row_more_changes_neither_the_schema_nor_the_cells_of_the_others(odd, as_text):
    plain = table()
    more = pd.concat([plain.astype(object), pd.DataFrame([odd], dtype=object)], ignore_index=True).infer_objects()
    if as_text:
        plain, more = (pd.read_csv(io.StringIO(frame.to_csv(index=False))) for frame in (plain, more))
    assert (more.dtypes != plain.dtypes).any() or odd["ill"] == "yes" or as_text  # the readers do differ
    without, with_it = learn(plain), learn(more)
    assert repr(with_it.schema) == repr(without.schema)
    np.testing.assert_array_equal(with_it.values[:-1], without.values)
    assert not np.isnan(without.values).any()
    assert len(with_it) == len(without) + 1


def test_the_schema_is_the_domain_and_nothing_else():
    schema = learn(table()).schema
    assert (schema["age"].low, schema["age"].high, schema["age"].dtype) == (0.0, 120.0, "Int64")
    assert (schema["dose"].step, schema["dose"].high, schema["dose"].atoms) == (None, 2.5, ())
    assert schema["kind"].values == (1, 2, "x", True)
    assert schema["came"].is_date and schema["came"].step == 86_400
    assert schema.rows == 0 and schema.notes == () and schema.privacy.declared
    empty = learn(table().head(0)).schema
    assert repr(empty) == repr(schema)


def test_cells_outside_are_told_to_the_owner_and_kept_inside():
    rows = table(6)
    rows.loc[0, "age"], rows.loc[1, "dose"], rows.loc[2, "kind"] = 300, 2.6, "9"
    with pytest.warns(OutsideDomain, match=r"1 of 'age' moved.*1 of 'dose' moved.*1 of 'kind' counted as missing"):
        data = learn(rows)
    assert data.values[0, 0] == 120 and data.values[1, 1] == 2.5 and np.isnan(data.values[2, 2])
    assert data.schema.notes == ()


def test_the_domain_comes_as_a_dict_as_text_or_as_a_file(tmp_path):
    path = tmp_path / "domain.json"
    path.write_text(json.dumps(DOMAIN))
    schemas = {repr(learn(table(), domain=d).schema) for d in (DOMAIN, json.dumps(DOMAIN), str(path), path)}
    assert len(schemas) == 1


def test_without_a_domain_the_error_says_what_to_type():
    with pytest.raises(BadInput, match=r'public domain of 5 columns.*"age": \{"low": \.\.\., .*"ill": \["\.\.\."'):
        learn(table(), domain=None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"age": {"low": 5, "high": 1, "step": 1}}, "low must be below high"),
        ({"age": {"low": 0.5, "high": 9, "step": 1}}, "whole multiples of the step 1"),
        ({"age": {"low": 0}}, "must be finite numbers"),
        ({"age": {"low": 0, "high": 9, "most": 3}}, "has no 'most'; it takes low, high"),
        ({"age": {"low": 0, "high": 9, "atoms": [10]}}, "atoms must lie within"),
        ({"age": 7}, "must be a list of values or"),
        ({"kind": [1, "1"]}, "1, '1' cannot be told apart"),
        ({"kind": []}, "at least one value"),
        ({"kind": [None]}, "None is no text"),
        ({"height": [1]}, "'height', which is no column of the data"),
    ],
)
def test_what_is_wrong_with_a_domain_is_said(change, says):
    with pytest.raises(BadInput, match=says):
        learn(table(), domain={**DOMAIN, **change})


def test_every_problem_of_a_domain_is_said_at_once():
    with pytest.raises(BadInput) as told:
        learn(table(), domain={"age": 7, "ill": []})
    assert len(told.value.problems) == 3


def test_rows_of_one_person_are_refused():
    with pytest.raises(BadInput, match="counts each row as one person"):
        learn(table(), group="kind")


def test_an_observed_domain_keeps_no_count_and_is_marked():
    rows = table()
    rows.loc[3, "dose"] = None
    schema = learn(rows, domain="observed").schema
    assert not schema.privacy.declared and schema.rows == 0
    assert schema["dose"].missing == 0.5 and schema["age"].missing == 0.0
