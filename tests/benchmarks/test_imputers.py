import pytest


@pytest.fixture
def record():
    from forest_bars.record import Record

    return Record("imputation", ("set", "imputer", "seed"), None)


def put(record, imputer, seed, nrmse, accuracy=None):
    record.put(set="letter", imputer=imputer, seed=seed, data="0", nrmse=nrmse, accuracy=accuracy, seconds=1.0)


def test_only_seeds_that_both_have_are_compared(record):
    import imputation

    for seed, nrmse in enumerate((0.5, 0.3, 0.3)):
        put(record, imputation.OURS, seed, nrmse)
    put(record, "peer", 0, 0.4)  # behind ours in the median, ahead on the one seed it has
    assert imputation.not_behind(record, "letter") == ["peer"]
    put(record, "peer", 0, 0.6)
    assert imputation.not_behind(record, "letter") == []


def test_both_figures_count_and_failures_do_not(record):
    import imputation

    put(record, imputation.OURS, 0, 0.5, 0.8)
    put(record, "numbers", 0, 0.4, 0.7)
    put(record, "neither", 0, 0.6, 0.7)
    record.put(set="letter", imputer="crashed", seed=0, data="0", error="exit code 1")
    assert imputation.not_behind(record, "letter") == ["numbers"]
    assert imputation.not_behind(record, "adult") is None


def test_one_that_was_told_more_is_shown_and_does_not_count(record):
    import imputation

    put(record, imputation.OURS, 0, 0.5, 0.8)
    put(record, "HyperImpute, classify", 0, 0.4, 0.9)
    assert imputation.not_behind(record, "letter") == []
    put(record, "HyperImpute", 0, 0.4, 0.9)
    assert imputation.not_behind(record, "letter") == ["HyperImpute"]


def test_recorded_figures_stand_for_a_peer_without_any(record):
    import imputation

    record.put(set="california_housing", imputer=imputation.OURS, seed=0, data="0", nrmse=0.55, accuracy=0.8)
    assert imputation.not_behind(record, "california_housing") == ["HyperImpute"]
    record.put(set="california_housing", imputer="HyperImpute", seed=0, data="0", nrmse=0.6, accuracy=0.7)
    assert imputation.not_behind(record, "california_housing") == []
