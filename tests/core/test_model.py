"""What the verbs ask of their arguments, and what they do when a model knows only its target."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.core.errors import BadInput, BrokenModel, CannotAnswer
from obverse.core.model import Model

ROWS = 120
rng = np.random.default_rng(0)
TABLE = pd.DataFrame({"a": rng.normal(size=ROWS), "b": rng.choice(["x", "y"], ROWS)})
TABLE["c"] = np.where(TABLE.a + rng.normal(size=ROWS) > 0, "p", "q")
TABLE["n"] = TABLE.a + 0.1 * rng.normal(size=ROWS)
LOGISTIC = obverse.fit("logistic", TABLE, "c")
BAYES = obverse.fit("naive_bayes", TABLE, "c")


# ------------------------------------------------------------ log_prob: of, given


def test_a_discriminative_log_prob_conditions_on_the_columns_given_and_no_others():
    classes = LOGISTIC.classes_.tolist()
    for given in (["b"], ["a", "n"], []):
        proba = (
            LOGISTIC.predict_proba(TABLE[given])
            if given
            else LOGISTIC.predict_proba(TABLE.assign(a=None, b=None, n=None))
        )
        wanted = np.log([row[classes.index(c)] for row, c in zip(proba, TABLE.c, strict=True)])
        np.testing.assert_allclose(LOGISTIC.log_prob(TABLE, of=["c"], given=given), wanted)
        np.testing.assert_allclose(LOGISTIC.log_prob(TABLE, given=given), wanted)
    everything = LOGISTIC.log_prob(TABLE, of=["c"], given=["a", "b", "n"])
    np.testing.assert_array_equal(LOGISTIC.log_prob(TABLE), everything)
    assert np.abs(LOGISTIC.log_prob(TABLE, given=["b"]) - everything).max() > 0.1


def test_a_discriminative_family_cannot_condition_on_its_target():
    with pytest.raises(CannotAnswer, match="scores its target only"):
        LOGISTIC.log_prob(TABLE, given=["c"])


@pytest.mark.parametrize("X", [TABLE.drop(columns="c"), TABLE[["a"]].to_dict("records")])
def test_scoring_a_target_that_is_not_there_is_an_error(X):
    for of in (None, ["c"]):
        with pytest.raises(BadInput, match="column 'c' is not in X"):
            LOGISTIC.log_prob(X, of=of)


def test_arrays_without_the_target_cannot_be_scored_by_a_discriminative_family():
    X = TABLE[["a", "n"]].to_numpy()
    model = obverse.fit("logistic", X, TABLE.c)
    with pytest.raises(BadInput, match="column 'c' is not in X"):
        model.log_prob(X)


def test_an_explicit_column_to_score_must_be_there_but_may_be_empty():
    with pytest.raises(BadInput, match="column 'c' is not in X"):
        BAYES.log_prob(TABLE[["a"]], of=["a", "c"])
    assert np.isfinite(BAYES.log_prob(TABLE[["a"]])).all()
    np.testing.assert_array_equal(BAYES.log_prob(TABLE.assign(c=None), of=["c"]), 0.0)
    np.testing.assert_array_equal(LOGISTIC.log_prob(TABLE.assign(c=None)), 0.0)


@pytest.mark.parametrize("model", [BAYES, LOGISTIC])
def test_a_bare_text_is_not_a_list_of_columns(model):
    with pytest.raises(BadInput, match="of is a list"):
        model.log_prob(TABLE, of="c")
    with pytest.raises(BadInput, match="given is a list"):
        model.log_prob(TABLE, of=["c"], given="ab")


def test_a_normal_has_no_probability_to_give_to_a_value_that_many_rows_share():
    capped = TABLE.assign(n=TABLE.n.clip(upper=0.8))
    with pytest.raises(CannotAnswer, match="'n'"):
        obverse.fit("logistic", capped, "n").log_prob(capped)
    assert np.isfinite(obverse.fit("naive_bayes", capped, "n").log_prob(capped, of=["n"])).all()
    assert np.isfinite(obverse.fit("logistic", TABLE, "n").log_prob(TABLE)).all()


# ------------------------------------------------------------------ seeds and counts


@pytest.mark.parametrize("seed", [-1, "x", 1.5, True])
def test_a_seed_is_a_whole_number(seed):
    for ask in (BAYES.sample, lambda n, seed: BAYES.impute(TABLE, draws=n, seed=seed)):
        with pytest.raises(BadInput, match="seed must"):
            ask(1, seed=seed)
    with pytest.raises(BadInput, match="seed must"):
        BAYES.probability("a > n", seed=seed)


@pytest.mark.parametrize("n", [True, -1, 2.0, 10**12])
def test_a_number_of_rows_is_a_whole_number_that_fits(n):
    with pytest.raises(BadInput, match="n must be a whole number of rows"):
        BAYES.sample(n)


def test_a_numpy_seed_is_kept_in_the_folder(tmp_path):
    model = obverse.fit("logistic", TABLE, "c", seed=np.int64(3))
    assert Model.load(model.save(tmp_path / "m")).random_state == 3


# ------------------------------------------------------------------ predict and impute


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_a_date_target_is_predicted_as_dates(zone):
    start = pd.Timestamp("2024-01-01", tz=zone)
    when = pd.Series(start + pd.to_timedelta(np.arange(ROWS), "D"))
    X = pd.DataFrame({"day": np.arange(ROWS, dtype=float)})
    said = pd.Series(obverse.fit("logistic", X, when.rename("when"), C=1e9).predict(X.assign(day=X.day + ROWS)))
    assert said.dtype.kind == "M"
    error = said - (when + pd.Timedelta(days=ROWS))
    assert error.abs().max() < pd.Timedelta(minutes=1), "beyond the observed bounds too"


def test_filling_the_target_only_is_said():
    holes = TABLE.assign(c=None, a=TABLE.a.where(TABLE.index > 2))
    filled, how = LOGISTIC.impute(holes, details=True)
    assert filled.c.notna().all() and filled.a.isna().sum() == 3
    assert "only the target is filled" in how.notes
    assert not LOGISTIC.impute(TABLE.assign(c=None), details=True)[1].notes


@pytest.mark.parametrize("family", ["naive_bayes", "joint_forest"])
def test_columns_without_any_value_stay_empty(family):
    text, declared = pd.Series([None] * ROWS, dtype="str"), pd.Categorical([None] * ROWS, categories=["u", "v"])
    train = TABLE.assign(text=text, declared=declared)
    model = obverse.fit(family, train, "c")
    for filled in (model.impute(train), *model.impute(train, draws=2, seed=0), model.sample(5, seed=0)):
        assert filled[["text", "declared"]].isna().all(axis=None)


def test_an_identifier_of_64_bits_does_not_drown_the_other_columns():
    X = TABLE[["a", "b", "c"]].assign(id=np.random.default_rng(1).integers(2**60, 2**62, ROWS))
    with_id = (obverse.fit("naive_bayes", X, "c").predict(X) == X.c).mean()
    without = (obverse.fit("naive_bayes", X.drop(columns="id"), "c").predict(X) == X.c).mean()
    assert with_id > without - 0.05


# ------------------------------------------------------------------------- loading


def fresh(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_a_fresh_process_loads_a_model_and_names_families_that_can(tmp_path):
    LOGISTIC.save(tmp_path / "m")
    code = f"from obverse import Model; print(Model.load({str(tmp_path / 'm')!r}).card.key)"
    assert fresh(code).strip() == "logistic"
    code = """
import numpy as np
from obverse.core.errors import CannotAnswer
from obverse.families.dummy import Dummy
try:
    Dummy().fit(np.arange(6.0)[:, None] / 7, np.arange(6) % 2).sample(3)
except CannotAnswer as error:
    print(error)
"""
    assert "naive_bayes" in fresh(code)


def without_columns(schema):
    del schema["columns"]


def with_a_strange_field(schema):
    schema["columns"][0]["strange"] = 1


def with_no_such_target(schema):
    schema["target"] = "nowhere"


@pytest.mark.parametrize("spoil", [without_columns, with_a_strange_field, with_no_such_target])
def test_a_schema_that_is_none_is_one_clear_line(tmp_path, spoil):
    from obverse.core import store

    folder = LOGISTIC.save(tmp_path / "m")
    saved = store.read(folder)
    spoil(saved.schema)
    store.write(folder, card=saved.card, params=saved.params, schema=saved.schema, state=saved.state, model_card="")
    with pytest.raises(BrokenModel, match="not a whole 'logistic' model") as caught:
        obverse.load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("part", ["family", "rng", "notes"])
def test_a_state_with_a_part_missing_is_one_clear_line(tmp_path, part):
    from obverse.core import store

    folder = LOGISTIC.save(tmp_path / "m")
    saved = store.read(folder)
    state = {k: v for k, v in saved.state.items() if k != part}
    store.write(folder, card=saved.card, params=saved.params, schema=saved.schema, state=state, model_card="")
    with pytest.raises(BrokenModel, match=part):
        obverse.load(folder)


def test_a_model_card_shows_the_seed_as_a_plain_number(tmp_path):
    folder = obverse.fit("logistic", TABLE, "c", seed=np.int64(3)).save(tmp_path / "m")
    assert "| `random_state` | 3 |" in (folder / "MODEL_CARD.md").read_text()
    assert json.loads((folder / "params.json").read_text())["params"]["random_state"] == 3
