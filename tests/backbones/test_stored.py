"""What comes back from a file of a fitted estimator, and that a broken or hostile one is refused, never followed."""

import hashlib
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC, SVR

import obverse
from obverse.backbones.stored import dumped, loaded
from obverse.core.store import Blob

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 4))
CODES = np.column_stack([RNG.integers(0, 6, 200), X[:, 1:]]).astype(float)
Y = ((X[:, 0] + X[:, 1] > 0).astype(int) + (CODES[:, 0] > 3)).astype(int)


def forest(**settings):
    return RandomForestClassifier(3, random_state=0, **settings).fit(X, Y)


def boosting():
    model = HistGradientBoostingClassifier(max_iter=3, categorical_features=[0]).fit(CODES, Y)
    model._preprocessor = None
    return model


def refused(estimator, kind, match, width=4):
    with pytest.raises(ValueError, match=match):
        loaded(dumped(estimator), (kind,), width, 3)


def test_an_estimator_comes_back_whole():
    for model, rows in ((forest(), X), (boosting(), CODES)):
        again = loaded(dumped(model), (type(model),), 4, 3)
        np.testing.assert_array_equal(again.predict_proba(rows), model.predict_proba(rows))
    number = SVR().fit(X, X[:, 0])
    np.testing.assert_array_equal(loaded(dumped(number), (SVR,), 4, 0).predict(X), number.predict(X))


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04 no archive", dumped(RandomForestRegressor()).data[:400]],
    ids=("empty", "no archive", "a part of one"),  # an archive holds the time: its bytes name no test
)
def test_what_is_no_archive_is_refused(data):
    with pytest.raises(ValueError, match="cannot be read"):
        loaded(Blob("skops", data), (RandomForestClassifier,), 4, 3)


def test_every_truncation_and_every_changed_byte_ends_in_an_expected_error():
    """Errors that `Model.load` turns into BrokenModel, or an estimator that a changed byte did not hurt."""
    data = dumped(SVR(C=2).fit(X[:20], X[:20, 0])).data
    places = np.random.default_rng(1).integers(0, len(data), 120)
    broken = [data[:p] for p in places[:40]] + [data[:p] + bytes([data[p] ^ 0xFF]) + data[p + 1 :] for p in places]
    outcome = set()
    for one in broken:
        try:
            outcome.add(type(loaded(Blob("skops", one), (SVR,), 4, 0)).__name__)
        except (AttributeError, LookupError, TypeError, ValueError):
            outcome.add("refused")
    assert outcome <= {"refused", "SVR"} and "refused" in outcome


def test_another_kind_of_estimator_is_refused():
    refused(forest(), HistGradientBoostingClassifier, "holds a RandomForestClassifier, not a HistGradient")
    inside = make_pipeline(FunctionTransformer(), LogisticRegression()).fit(X, Y)
    refused(inside, type(inside), "which no family saves")


def test_a_type_that_is_not_listed_is_not_built():
    model = forest()
    model.surprise = json.JSONEncoder()
    with pytest.raises(TypeError, match="JSONEncoder"):
        loaded(dumped(model), (RandomForestClassifier,), 4, 3)


def test_a_table_of_another_width_is_refused():
    refused(forest(), RandomForestClassifier, "is not there|expecting 4 features", width=2)
    refused(boosting(), HistGradientBoostingClassifier, "columns are not those", width=3)


def test_classes_that_were_not_declared_are_refused():
    forest_of_others = RandomForestClassifier(3, random_state=0).fit(X, Y + 1)
    refused(forest_of_others, RandomForestClassifier, "classes that are not there")


# ------------------------------------------------------- numbers that do harm


def with_node(model, tree, field, value):
    """The forest with one field of the root of one tree changed."""
    inner = model.estimators_[tree].tree_
    state = inner.__getstate__()
    nodes = state["nodes"].copy()
    nodes[field][0] = value
    inner.__setstate__({**state, "nodes": nodes})
    return model


@pytest.mark.parametrize("field", ["left_child", "right_child"])
@pytest.mark.parametrize("value", [0, 10**9, -7])
def test_a_node_of_a_forest_that_leads_nowhere_is_refused(field, value):
    refused(with_node(forest(), 1, field, value), RandomForestClassifier, "leads nowhere")


@pytest.mark.parametrize("value", [4, 10**9, -3])
def test_a_forest_that_reads_a_column_that_is_not_there_is_refused(value):
    refused(with_node(forest(), 2, "feature", value), RandomForestClassifier, "column that is not there")


def test_a_tree_that_miscounts_its_nodes_is_refused():
    data = dumped(forest()).data
    count = forest().estimators_[0].tree_.node_count
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    schema = files["schema.json"].decode()
    assert f'"content": "{count}"' in schema
    files["schema.json"] = schema.replace(f'"content": "{count}"', f'"content": "-{count}"').encode()
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match="miscounts its nodes"):
        loaded(Blob("skops", changed.getvalue()), (RandomForestClassifier,), 4, 3)


@pytest.mark.parametrize(
    ("field", "value", "match"),
    [
        ("left", 0, "leads nowhere"),
        ("right", 10**6, "leads nowhere"),
        ("feature_idx", 9, "column that is not there"),
        ("bitset_idx", 50, "without its set"),
    ],
)
def test_a_damaged_node_of_a_boosting_is_refused(field, value, match):
    model = boosting()
    trees = [t for round_ in model._predictors for t in round_]
    nodes, at = next((t.nodes, i) for t in trees for i, n in enumerate(t.nodes) if n["is_categorical"])
    nodes[field][at] = value
    refused(model, HistGradientBoostingClassifier, match)


def test_a_boosting_that_reads_a_number_as_a_category_is_refused():
    model = boosting()
    trees = [t for round_ in model._predictors for t in round_]
    nodes, at = next((t.nodes, i) for t in trees for i, n in enumerate(t.nodes) if n["is_categorical"])
    nodes["feature_idx"][at] = 2
    refused(model, HistGradientBoostingClassifier, "number as a category")


def test_sets_of_categories_of_another_size_are_refused():
    model = boosting()
    tree = next(t for round_ in model._predictors for t in round_ if len(t.raw_left_cat_bitsets))
    tree.raw_left_cat_bitsets = tree.raw_left_cat_bitsets[:, :2].copy()
    refused(model, HistGradientBoostingClassifier, "another size")


@pytest.mark.parametrize(
    ("name", "change", "match"),
    [
        ("_dual_coef_", lambda a: a[:, :3], "weights of another number"),
        ("support_vectors_", lambda a: a[:, :2], "support vectors of another size"),
        ("support_", lambda a: a[:2], "support vectors of another size"),
        ("_n_support", lambda a: a * 1000, "went missing"),
        ("_intercept_", lambda a: a[:1], "intercepts of other classes"),
        ("kernel", lambda a: "precomputed", "another kernel"),
    ],
)
def test_a_damaged_machine_is_refused(name, change, match):
    machine = SVC(random_state=0).fit(X, Y)
    setattr(machine, name, change(getattr(machine, name)))
    refused(machine, SVC, match)


# ------------------------------------------------------------ through Model.load


def rehashed(folder, name, data):
    """Put other bytes under the name of a file and make the manifest agree."""
    (folder / name).write_bytes(data)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"][name] = hashlib.sha256(data).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("family", ["random_forest", "hist_gradient_boosting", "svm"])
def test_a_model_with_a_broken_file_says_so_in_one_line(family, tmp_path):
    frame = pd.DataFrame(X, columns=list("abcd")).assign(y=Y.astype(str))
    obverse.fit(family, frame, "y", seed=0).save(tmp_path / "model")
    (name,) = (p.name for p in (tmp_path / "model").glob("*.skops"))
    whole = (tmp_path / "model" / name).read_bytes()
    for data in (b"not an archive", whole[: len(whole) // 2], dumped(SVC(random_state=0).fit(X, Y)).data):
        rehashed(tmp_path / "model", name, data)
        with pytest.raises(obverse.BrokenModel, match="fit and save again") as error:
            obverse.load(tmp_path / "model")
        assert "\n" not in str(error.value)


def test_a_model_of_neighbours_with_other_rows_is_refused(tmp_path):
    from safetensors.numpy import load, save

    frame = pd.DataFrame(X, columns=list("abcd")).assign(y=Y.astype(str))
    model = obverse.fit("knn", frame, "y", seed=0)
    model.save(tmp_path / "model")
    arrays = load((tmp_path / "model" / "weights.safetensors").read_bytes())
    (name,) = (name for name, array in arrays.items() if array.shape == (200, 5))
    held = arrays[name]
    for wrong in (np.full_like(held, np.nan), held + 1):
        rehashed(tmp_path / "model", "weights.safetensors", save({**arrays, name: wrong}))
        with pytest.raises(obverse.BrokenModel, match="fit and save again"):
            obverse.load(tmp_path / "model")
    for wrong in (held[:, :2], np.hstack([held, held[:, :1]]), held[:0]):
        with pytest.raises((ValueError, LookupError)):
            model._restore({**model._state(), "rows": wrong})
