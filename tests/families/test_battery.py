"""Every family there is, against the whole battery: this file is the conformance suite."""

from obverse.checks import check, parametrize_with_checks
from obverse.registry import families


@parametrize_with_checks(families().values())
def test_battery(subject, check):
    check(subject)


def test_a_family_passes_from_the_public_entry_point():
    report = check(families()["dummy"])
    assert report.ok, str(report)
    assert report.counts["passed"] > 30
