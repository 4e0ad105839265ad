"""The metrics against scikit-learn, closed forms, and the judge of synthetic tables where that is at hand."""

import importlib.util
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

import obverse
from obverse.core.errors import BadInput
from obverse.data.split import splits
from obverse.study.metrics import METRICS
from obverse.study.metrics.calibration import brier, ece, log_loss, reliability
from obverse.study.metrics.cells import six_digits, with_text_classes
from obverse.study.metrics.fidelity import c2st
from obverse.study.metrics.impute import impute_accuracy, nrmse
from obverse.study.metrics.predict import accuracy, r2, rmse, roc_auc
from obverse.study.metrics.privacy import dcr_share, exact_copies
from obverse.study.metrics.utility import utility

JUDGE = Path(__file__).parents[2].parent / "shared" / "judge" / "tabular_judge.py"


def labels_and_proba(classes: list, n: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.ones(len(classes)), n)
    truth = np.array([rng.choice(len(classes), p=p) for p in proba])
    return np.array(classes, dtype=object)[truth], proba


def table(n: int, seed: int) -> pd.DataFrame:
    """Numbers, text, truth values and missing cells that hang together, a class `y` and a number `z` to predict."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=n)
    near = hidden + 0.1 * rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "long": 1000 + 123.4567891 * hidden,
            "whole": rng.poisson(np.exp(near / 2 + 2)),
            "gaps": np.where(rng.random(n) < 0.2, np.nan, near),
            "town": np.array([f"t{i:02d}" for i in range(12)])[np.clip((near * 2 + 6).astype(int), 0, 11)],
            "flag": near > 0,
            "y": np.digitize(hidden + 0.5 * rng.normal(size=n), [-0.5, 0.7]),
            "z": 3 * hidden + rng.normal(size=n),
        }
    )
    frame["town"] = frame["town"].astype(object).where(rng.random(n) > 0.1, None)
    return frame


def shuffled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Every column shuffled on its own: the marginals without the joint."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({c: frame[c].to_numpy()[rng.permutation(len(frame))] for c in frame})


# ------------------------------------------------------------------ predict


@pytest.mark.parametrize("classes", [["no", "yes"], [0, 1], [False, True]])
def test_binary_agrees_with_sklearn(classes):
    truth, proba = labels_and_proba(classes)
    codes = np.array([classes.index(t) for t in truth])
    predicted = pd.Series(np.array(classes, dtype=object)[proba.argmax(1)]).astype("category")
    assert accuracy(truth, predicted) == pytest.approx(sk.accuracy_score(codes, proba.argmax(1)), abs=1e-12)
    assert roc_auc(truth, proba, classes) == pytest.approx(sk.roc_auc_score(codes, proba[:, 1]), abs=1e-12)
    assert log_loss(truth, proba, classes) == pytest.approx(sk.log_loss(codes, proba), abs=1e-12)
    assert brier(truth, proba, classes) == pytest.approx(sk.brier_score_loss(codes, proba[:, 1]), abs=1e-12)


def test_multiclass_agrees_with_sklearn_and_the_formula():
    classes = ["a", "b", "c"]
    truth, proba = labels_and_proba(classes)
    expected = sk.roc_auc_score(truth, proba, multi_class="ovr", average="macro")
    assert roc_auc(truth, proba, classes) == pytest.approx(expected, abs=1e-12)
    assert log_loss(truth, proba, classes) == pytest.approx(sk.log_loss(truth, proba), abs=1e-12)
    one_hot = (truth[:, None] == np.array(classes)).astype(float)
    assert brier(truth, proba, classes) == pytest.approx(((proba - one_hot) ** 2).sum(1).mean() / 2, abs=1e-12)


def test_classes_are_taken_in_the_order_given():
    truth, proba = labels_and_proba(["b", "c", "a"])
    order = [2, 0, 1]
    for metric in (roc_auc, log_loss, brier, ece):
        assert metric(truth, proba, ["b", "c", "a"]) == pytest.approx(metric(truth, proba[:, order], ["a", "b", "c"]))


def test_numbers_agree_with_sklearn_and_skip_missing_truth():
    rng = np.random.default_rng(0)
    truth, predicted = rng.normal(size=(2, 50))
    assert r2(truth, predicted) == pytest.approx(sk.r2_score(truth, predicted), abs=1e-12)
    assert rmse(truth, predicted) == pytest.approx(sk.root_mean_squared_error(truth, predicted), abs=1e-12)
    holed = pd.Series(truth).astype("Float64").mask(np.arange(50) < 10)
    assert rmse(holed, predicted) == pytest.approx(sk.root_mean_squared_error(truth[10:], predicted[10:]), abs=1e-12)
    assert r2(truth[:1], predicted[:1]) is None


def test_a_class_absent_from_the_test_part_leaves_roc_auc_undefined():
    assert roc_auc(["a", "b"], [[0.5, 0.3, 0.2], [0.2, 0.6, 0.2]], ["a", "b", "c"]) is None
    assert roc_auc(["a", "a"], [[0.5, 0.5], [0.2, 0.8]], ["a", "b"]) is None


def test_a_class_never_met_was_given_probability_zero():
    truth, proba = ["a", "b", "new", None], [[0.9, 0.1], [0.4, 0.6], [0.5, 0.5], [1.0, 0.0]]
    epsilon = np.finfo(float).eps
    assert log_loss(truth, proba, ["a", "b"]) == pytest.approx(-np.mean(np.log([0.9, 0.6, epsilon])), rel=1e-9)
    assert brier(truth, proba, ["a", "b"]) == pytest.approx((0.01 + 0.16 + (1 + 0.5) / 2) / 3)
    assert accuracy(truth, ["a", "b", "a", "a"]) == pytest.approx(2 / 3)


# -------------------------------------------------------------- calibration


def test_ece_is_the_weighted_gap_of_15_bins():
    truth, proba = labels_and_proba(["a", "b", "c"], n=500)
    top = proba.max(1)
    right = np.array(["a", "b", "c"], dtype=object)[proba.argmax(1)] == truth
    gap = 0.0
    for i in range(15):
        inside = (top > i / 15) & (top <= (i + 1) / 15)
        if inside.any():
            gap += inside.mean() * abs(right[inside].mean() - top[inside].mean())
    assert ece(truth, proba, ["a", "b", "c"]) == pytest.approx(gap, abs=1e-12)


def test_ece_knows_the_calibrated_from_the_overconfident():
    truth, proba = labels_and_proba([0, 1], n=20_000)
    sharper = proba**4 / (proba**4).sum(1, keepdims=True)
    assert ece(truth, proba, [0, 1]) < 0.02
    assert ece(truth, sharper, [0, 1]) > 0.1


def test_reliability_counts_every_row_and_leaves_empty_bins_empty():
    curve = reliability(["a", "a", "b"], [[1.0, 0.0], [0.7, 0.3], [0.7, 0.3]], ["a", "b"], bins=10)
    assert curve.edges == pytest.approx(np.linspace(0, 1, 11))
    assert curve.count.tolist() == [0, 0, 0, 0, 0, 0, 2, 0, 0, 1]
    assert curve.accuracy[[6, 9]].tolist() == [0.5, 1.0]
    assert curve.confidence[6] == pytest.approx(0.7)
    assert np.isnan(curve.accuracy[0])


# -------------------------------------------------- the judge, where at hand


@pytest.fixture(scope="module")
def judge():
    if not JUDGE.exists():
        pytest.skip("the judge of synthetic tables (../shared/judge) is not here")
    spec = importlib.util.spec_from_file_location("tabular_judge", JUDGE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    all_cores = module.booster
    module.booster = lambda *args: all_cores(*args).set_params(n_jobs=1)
    module.quality = lambda train, synthetic: {}
    return module


@pytest.mark.parametrize("target", ["y", "z"])
def test_create_metrics_agree_with_the_judge(judge, target):
    train, test, fresh = table(200, 1), table(100, 2), table(150, 3)
    synthetic = pd.concat([shuffled(fresh, 0)[:80], fresh[:50], train[:40]], ignore_index=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = judge.judge(train, test, synthetic, target, seed=5, cap=90)

    task = "number" if target == "z" else "class"
    if task == "class":
        train, test, synthetic = (with_text_classes(f, target) for f in (train, test, synthetic))
    assert c2st(test, synthetic, seed=5, cap=90) == pytest.approx(expected["c2st_test"], abs=1e-6)
    assert c2st(train, synthetic, seed=5, cap=90) == pytest.approx(expected["c2st_train"], abs=1e-6)
    assert utility(synthetic, test, target, task, seed=5) == pytest.approx(expected["tstr"], abs=1e-6)
    assert utility(train, test, target, task, seed=5) == pytest.approx(expected["trtr"], abs=1e-6)
    assert dcr_share(train, test, synthetic, seed=5, cap=90) == pytest.approx(expected["dcr_share"], abs=1e-6)
    assert exact_copies(train, synthetic) == pytest.approx(expected["exact_copies"], abs=1e-6)
    assert exact_copies(train, test) == pytest.approx(expected["exact_copies_test"], abs=1e-6)


def test_what_a_study_records_is_what_the_judge_says_of_the_same_rows(judge, tmp_path):
    """From data to `results.jsonl`, on the study's own splits and created rows; TRTR is real rows on both sides."""
    frame = table(240, 4)
    options = {"families": ["naive_bayes"], "questions": ["create"], "splits": 2, "n_jobs": 1, "progress": False}
    found = obverse.compare(frame, "y", out=tmp_path / "study", **options).frame()
    got = found.set_index(["family", "split", "metric"])["value"]
    for split, (train, test) in enumerate(splits(240, 2, seed=0, stratify=frame["y"].to_numpy())):
        seed = int(np.random.SeedSequence([0, split]).generate_state(1)[0] >> 1)
        train, test = (frame.iloc[rows].reset_index(drop=True) for rows in (train, test))
        created = obverse.fit("naive_bayes", train, "y", seed=seed).sample(len(train), seed=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = judge.judge(train, test, created, "y", seed=seed)
        of = {"c2st": "c2st_test", "tstr": "tstr", "dcr_share": "dcr_share", "exact_copies": "exact_copies"}
        for ours, theirs in of.items():
            assert got["naive_bayes", split, ours] == pytest.approx(expected[theirs], abs=1e-6), ours
        assert got["reference", split, "trtr"] == pytest.approx(expected["trtr"], abs=1e-6)


# --------------------------------------------------- fidelity and privacy


def test_copies_are_seen_as_copies():
    train, test = table(300, 1), table(300, 2)
    assert exact_copies(train, train.sample(frac=1, random_state=0)) == 1
    assert exact_copies(train, test) == 0
    assert dcr_share(train, test, train) > 0.6
    assert c2st(train, train.copy()) < 0.4


def test_fresh_rows_are_perfect_and_shuffled_columns_are_told_apart():
    train, test, fresh = table(300, 1), table(300, 2), table(300, 3)
    assert c2st(test, fresh) == pytest.approx(0.5, abs=0.08)
    assert c2st(test, shuffled(test, 0)) > 0.95
    assert dcr_share(train, test, fresh) == pytest.approx(0.5, abs=0.08)


def test_dcr_by_hand():
    train = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "c": ["a", "a", "b", "b"]})
    test = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "c": ["b", "b", "a", "a"]})
    rows = pd.DataFrame({"x": [0.0, 3.0, 3.0, 1.0], "c": ["a", "b", "a", "never met"]})
    assert dcr_share(train, test, rows) == pytest.approx((1 + 1 + 0 + 0.5) / 4)


def test_figures_do_not_depend_on_dtypes_or_cores():
    train, test, fresh = table(80, 1), table(50, 2), table(50, 3)
    dtypes = {"town": "category", "whole": "Int64", "flag": "boolean", "gaps": "Float64"}
    train2, test2, fresh2 = (f.astype(dtypes) for f in (train, test, fresh))
    assert c2st(test, fresh) == c2st(test2, fresh2, n_jobs=2)
    assert dcr_share(train, test, fresh) == dcr_share(train2, test2, fresh2, n_jobs=2)
    assert exact_copies(train, pd.concat([train, fresh])) == exact_copies(train2, pd.concat([train2, fresh2]))
    assert utility(train, test, "flag", "class") == utility(train2, test2, "flag", "class", n_jobs=2)


def test_dates_are_compared_as_numbers():
    train = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=100, tz="Europe/Paris")})
    test = pd.DataFrame({"day": pd.date_range("2021-01-01", periods=100, tz="Europe/Paris")})
    moved = train + pd.Timedelta(hours=12)
    assert dcr_share(train, test, moved) > 0.98
    assert exact_copies(train, moved) == 0
    assert exact_copies(train, train) == 1
    assert c2st(train, test) > 0.98


def test_six_digits_are_those_of_the_printed_number():
    rng = np.random.default_rng(0)
    wide = rng.normal(size=20_000) * 10.0 ** rng.integers(-40, 40, 20_000)
    ties = np.round(rng.uniform(0, 10, 20_000), 6) + 5e-6
    powers = 10.0 ** np.arange(-30, 31)
    edges = [0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, 1.7e308, 999999.5, 9999995, 0.1234565, 1234565, -1234575]
    numbers = np.concatenate([wide, ties, np.round(wide, 3), powers, np.nextafter(powers, 0), -powers, edges])
    assert np.array_equal(six_digits(numbers), [float(f"{v:.6g}") for v in numbers], equal_nan=True)


def test_too_few_rows_and_lacking_columns():
    assert c2st(table(4, 0), table(50, 1)) is None
    with pytest.raises(BadInput, match="town, flag"):
        c2st(table(50, 0), table(50, 1).drop(columns=["town", "flag"]))


def test_a_column_without_any_value_changes_nothing():
    train, test, fresh = (table(40, s).assign(empty=None) for s in range(3))
    plain = [f.drop(columns="empty") for f in (train, test, fresh)]
    assert dcr_share(train, test, fresh) == dcr_share(*plain)
    assert c2st(test, fresh) == c2st(*plain[1:])


# ------------------------------------------------------------------ utility


def test_utility_is_high_on_real_rows_and_chance_on_shuffled_ones():
    train, test = table(200, 1), table(200, 2)
    for target, task, chance in (("flag", "class", 0.5), ("z", "number", 0.0)):
        assert utility(train, test, target, task) > 0.7
        assert utility(shuffled(train, 0), test, target, task) < chance + 0.15


def test_utility_is_undefined_without_the_classes_it_is_judged_on():
    train, test = table(100, 1), table(50, 2)
    assert utility(train[train["y"] != 1], test, "y", "class") is None
    assert utility(train, test[test["y"] == 1], "y", "class") is None
    assert utility(train[:0], test, "z", "number") is None
    unlabelled = pd.concat([train, table(50, 3).assign(z=np.nan)])
    assert utility(unlabelled, test, "z", "number") == utility(train, test, "z", "number")


# ------------------------------------------------------------------- impute


def test_impute_errors_by_hand():
    train = pd.DataFrame({"a": [0.0, 2.0, 4.0], "b": [1, 1, 1], "c": ["x", "y", "x"], "d": [True, False, None]})
    truth = pd.DataFrame({"a": [1.0, 2.0, np.nan], "b": [1, 1, 1], "c": ["x", "y", "y"], "d": [True, True, False]})
    filled = pd.DataFrame({"a": [2.0, 2.0, 9.0], "b": [5, 5, 5], "c": ["x", "x", "y"], "d": [True, True, True]})
    hidden = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 1]], dtype=bool)
    assert nrmse(truth, filled, hidden, train) == pytest.approx(np.sqrt(0.5) / np.sqrt(8 / 3))
    assert impute_accuracy(truth, filled, hidden) == pytest.approx(0.5)


def test_filling_in_the_training_mean_gives_one():
    frame = table(300, 0)[["long", "whole"]].astype(float)
    mean = pd.DataFrame({c: np.full(len(frame), frame[c].mean()) for c in frame})
    hidden = np.ones(frame.shape, dtype=bool)
    assert nrmse(frame, mean, hidden, frame) == pytest.approx(1)
    assert nrmse(frame, frame, hidden, frame) == 0


def test_impute_has_no_figure_without_hidden_cells_and_refuses_holes():
    frame = table(20, 0)[["whole", "flag"]]
    nothing = np.zeros(frame.shape, dtype=bool)
    assert nrmse(frame, frame, nothing, frame) is None
    assert impute_accuracy(frame, frame, nothing) is None
    holed = frame.astype({"whole": "Int64", "flag": "boolean"})
    holed.iloc[:3] = pd.NA
    with pytest.raises(BadInput, match=r"whole: 3 hidden cells.*flag: 3 hidden cells"):
        nrmse(frame, holed, ~nothing, frame)


# ----------------------------------------------------------------- the table


def test_every_metric_is_titled():
    names = "accuracy roc_auc r2 rmse log_loss brier ece nll c2st tstr trtr dcr_share near_copies exact_copies nrmse"
    names += " membership_auc membership_auc_model"
    names += " impute_accuracy fit_s predict_rows_s sample_rows_s peak_mb flag_rows flag_cells flag_labels"
    names += " frechet read_as_asked spread nearer_share precision recall fill_rmse flag_halves flag_upside_down"
    names += " accuracy_changed accuracy_plain accuracy_brightness accuracy_rotation accuracy_noise accuracy_occlusion"
    names += " detector tstr_texts known_words novelty_4 distinct_2 text_copies bits_per_character flag_joined"
    names += " flag_shuffled right_changed right_plain right_elsewhere right_typos right_disguised right_lost right_cut"
    names += " f1 f1_20 f1_50 f1_100 f1_500 f1_2000 f1_all"
    again = "full holes filled own 20 50 100 500 2000 all inside outside"
    assert set(METRICS) == {*names.split(), *(f"{f}_{when}" for f in ("auc", "r2") for when in again.split())}
    questions = {"predict", "probabilities", "missing", "labels", "shift", "create", "flag", "fill", "cost"}
    assert {m.question for m in METRICS.values()} == questions
    assert {n for n, m in METRICS.items() if m.better == "half"} == {
        "c2st", "detector", "dcr_share", "membership_auc", "membership_auc_model", "nearer_share"
    }  # fmt: skip
    assert all(name == m.name and m.title and m.meaning.endswith(".") for name, m in METRICS.items())


def test_figures_are_shown_readably():
    shown = [METRICS["rmse"].show(v) for v in (None, float("nan"), 0.0, 0.4567, 0.00001, 68432.4, -0.25)]
    assert shown == ["–", "–", "0.000", "0.457", "1e-05".replace("-", "−"), "68,432", "−0.250"]
    assert [METRICS["ece"].show(v) for v in (2.2e-16, -3.7e-04, 0.0204)] == ["< 0.001", "≈ 0", "0.020"]
    assert METRICS["peak_mb"].show(0.25) == "< 1"
