"""The fill-in template is a family like any other: it loads from its file, passes the battery and works."""

from pathlib import Path

import numpy as np
import pytest

from obverse.checks import load_file, parametrize_with_checks
from obverse.core.errors import BadInput
from obverse.data.worlds import Mixed

TEMPLATE = Path(__file__).parents[2] / "templates" / "family.py"
FAMILY = load_file(TEMPLATE)[0]


@parametrize_with_checks([FAMILY])
def test_battery(subject, check):
    check(subject)


def test_predict_and_impute_are_derived_and_near_the_truth():
    # the world is naive Bayes itself, so the template must come close to its probabilities
    world = Mixed()
    model = FAMILY(random_state=0).fit(world.sample(3000, 1), "outcome")
    X = world.sample(300, 2)
    proba, how = model.predict_proba(X, details=True)
    assert how.how == "derived: Bayes over 2 classes"
    assert np.abs(proba - world.proba(X)).mean() < 0.03
    filled, how = model.impute(X.assign(smoker=None).astype({"smoker": "boolean"}), seed=0, details=True)
    assert how.how.startswith("derived") and filled["smoker"].notna().all()


def test_less_shrinkage_follows_the_data_more_closely():
    train = Mixed().sample(60, 1)
    weak, strong = (FAMILY(shrinkage=s, random_state=0).fit(train, "outcome") for s in (0.1, 1e6))
    assert weak.log_prob(train).mean() > strong.log_prob(train).mean()
    columns = ["region", "visits", "weight", "smoker"]
    prior = strong.predict_proba(train[columns])
    assert np.allclose(prior, prior[0], atol=1e-3)  # with everything shrunk, features say nothing of the class


def test_shrinkage_must_be_positive():
    with pytest.raises(BadInput, match="shrinkage must be above 0"):
        FAMILY(shrinkage=0).fit(Mixed().sample(20, 1), "outcome")
