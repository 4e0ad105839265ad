"""`obverse.fit` passes on what it is given, and one broken package of families does not hide the others."""

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse import registry
from obverse.core.errors import BadInput, MissingExtra

rng = np.random.default_rng(0)
TABLE = pd.DataFrame({"a": rng.normal(size=40), "b": rng.normal(size=40), "who": np.arange(40) // 4, "day": range(40)})
TABLE["c"] = np.where(TABLE.a > 0, "p", "q")


def test_the_seed_has_one_name():
    with pytest.raises(BadInput, match="give seed=, not random_state="):
        obverse.fit("dummy", TABLE, "c", random_state=3)
    assert obverse.fit("dummy", TABLE, "c", seed=3).random_state == 3


def test_group_and_order_are_carried_and_never_modelled():
    schema = obverse.fit("dummy", TABLE, "c", group="who", order="day").schema_
    assert (schema.group, schema.order) == ("who", "day")
    assert schema.names == ("a", "b", "c")


@pytest.fixture
def broken_package(tmp_path, monkeypatch):
    """An installed package whose entry point names a module that needs something that is not there."""
    (tmp_path / "halffamily.py").write_text("import a_library_that_is_not_installed\n")
    facts = tmp_path / "halffamily-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: halffamily\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[obverse.families]\nhalf = halffamily:Half\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    forget()
    yield
    monkeypatch.undo()
    forget()


def forget():
    registry.families.cache_clear()
    registry._plugins.cache_clear()


@pytest.mark.usefixtures("broken_package")
def test_a_broken_package_is_reported_only_to_who_asks_for_its_family():
    assert "naive_bayes" in registry.families() and "half" not in registry.families()
    assert registry.get("dummy").card.key == "dummy"
    with pytest.raises(MissingExtra, match="a_library_that_is_not_installed"):
        registry.get("half")
    with pytest.raises(BadInput, match="no family 'thirds'"):
        registry.get("thirds")
