"""The battery as a product: statuses, strict expected failures, the pytest decorator, files, the report."""

import json
from dataclasses import replace

import pytest

from obverse import checks
from obverse.checks import BATTERY, Outcome, Report, Subject, check, checks_for, load_file, parametrize_with_checks
from obverse.core.errors import BadInput
from obverse.families.dummy import Dummy
from obverse.families.naive_bayes import NaiveBayes

CHECKS = {c.name: c for c in BATTERY}
FAILS, PASSES = "check_fit_returns_self", "check_builds_without_arguments"


class Falls(Dummy):
    """Cannot be fitted at all."""

    card = replace(Dummy.card, key="falls")

    def _fit(self, data, rng):
        raise ZeroDivisionError("by nought")


@pytest.fixture
def two_checks(monkeypatch):
    monkeypatch.setattr(checks, "BATTERY", (CHECKS[FAILS], CHECKS[PASSES], CHECKS["check_samples_are_no_copies"]))


def _expecting(**reasons):
    return type("Falls", (Falls,), {"card": replace(Falls.card, expected_failures=reasons), "__module__": __name__})


def test_names_are_unique_and_every_check_says_what_it_demands():
    assert len(CHECKS) == len(BATTERY)
    assert all(c.name.startswith("check_") and len(c.rule) > 20 for c in BATTERY)
    assert {c.group for c in BATTERY} >= {
        "basics", "honesty", "predict", "sample", "log_prob", "impute", "coherence"
    }  # fmt: skip


def test_statuses(two_checks):
    report = check(Falls)
    assert [o.status for o in report.outcomes] == ["failed", "passed", "not applicable"]
    assert not report.ok
    failed = report.failed[0]
    assert failed.message.startswith("ZeroDivisionError: by nought (test_checks.py, line ")
    assert report.outcomes[2].message == "needs a family that draws examples"


def test_an_expected_failure_is_no_failure(two_checks):
    report = check(_expecting(**{FAILS: "it divides by nought"}))
    assert report.ok
    assert report.outcomes[0].status == "expected"
    assert report.outcomes[0].message == "it divides by nought"


def test_an_expected_failure_that_passes_is_a_failure(two_checks):
    report = check(_expecting(**{FAILS: "it divides by nought", PASSES: "no reason any more"}))
    assert [o.name for o in report.failed] == [PASSES]
    assert "remove it from expected_failures" in report.failed[0].message


def test_an_expected_failure_must_name_a_check_that_applies():
    for name in ("check_that_is_not_there", "check_samples_are_no_copies"):
        with pytest.raises(AssertionError, match=name):
            CHECKS["check_expected_failures_are_checks"](Subject(_expecting(**{name: "because"})))


def test_a_model_is_checked_with_its_own_arguments(monkeypatch):
    seen = []
    spy = replace(CHECKS[PASSES], body=lambda subject: seen.append(subject.make().get_params()))
    monkeypatch.setattr(checks, "BATTERY", (spy,))
    check(NaiveBayes(bins=3, random_state=99))
    assert seen == [NaiveBayes(bins=3, random_state=0).get_params()]


def test_checks_apply_by_card_and_abilities():
    generative, discriminative = ({c.name for c in checks_for(f)} for f in (NaiveBayes, Dummy))
    assert "check_samples_are_no_copies" in generative - discriminative
    assert "check_only_the_target_is_filled" in discriminative - generative
    assert "check_same_seed_same_answers" in generative & discriminative
    assert "check_classes_are_predicted_better_than_by_the_prior" not in discriminative  # a baseline need not


def test_the_decorator_gives_one_case_a_check_and_marks_expected_failures():
    cases = parametrize_with_checks([_expecting(**{FAILS: "it divides by nought"})]).args[1]
    assert [c.values[1].name for c in cases] == [c.name for c in checks_for(Falls)]
    marked = [c for c in cases if any(m.name == "xfail" for m in c.marks)]
    assert [c.values[1].name for c in marked] == [FAILS]
    assert next(m for m in marked[0].marks if m.name == "xfail").kwargs["strict"]
    assert cases[0].id == f"falls-{BATTERY[0].name}"
    assert len({id(c.values[0]) for c in cases}) == 1  # one subject, so models are shared


@pytest.mark.xdist_group("together")
def test_a_group_reaches_the_scheduler(request):
    """pytest-xdist 3.8 groups tests by their names, which pytest 9.2 no longer lets it write."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("tests are not distributed by groups here")
    assert request.node.nodeid.endswith("@together")


def test_report_as_text_and_json():
    outcomes = (
        Outcome("basics", "check_a", "passed", 0.25),
        Outcome("basics", "check_b", "failed", 0.5, "it is wrong"),
        Outcome("sample", "check_c", "not applicable", 0.0, "needs a family that draws examples"),
    )
    report = Report("toy", outcomes)
    text = str(report)
    assert text.splitlines()[0] == "toy: 1 passed, 1 failed, 1 not applicable in 0.8 s"
    assert "failed: check_b: it is wrong" in text
    data = json.loads(json.dumps(report.to_json()))
    assert data["ok"] is False and data["counts"] == {"passed": 1, "failed": 1, "expected": 0, "not applicable": 1}
    assert data["checks"][1] == {
        "group": "basics", "name": "check_b", "status": "failed", "seconds": 0.5, "message": "it is wrong"
    }  # fmt: skip


def test_loading_a_file_says_what_is_wrong(tmp_path):
    with pytest.raises(BadInput, match="not a Python file"):
        load_file(tmp_path / "nothing.py")
    path = tmp_path / "mine.py"
    path.write_text("def (:\n")
    with pytest.raises(BadInput, match="line 1: invalid syntax"):
        load_file(path)
    path.write_text("x = 1\n")
    with pytest.raises(BadInput, match="defines no complete family: a family is a class that inherits Model"):
        load_file(path)
    path.write_text("from obverse.core.model import Model\nclass Mine(Model):\n    pass\n")
    with pytest.raises(BadInput, match="Mine does not write _fit, _restore, _state"):
        load_file(path)


def test_a_file_may_be_called_like_an_installed_module(tmp_path):
    path = tmp_path / "json.py"
    path.write_text("from obverse.families.dummy import Dummy\nclass Mine(Dummy):\n    card = Dummy.card\n")
    assert load_file(path)[0].__name__ == "Mine"
    assert json.loads("1") == 1
