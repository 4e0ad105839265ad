"""Where the public data sets lie, if they do, and a cache of its own for every test."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache instead of the user's; returns the folder files are cached in."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("OBVERSE_CACHE", raising=False)
    return tmp_path / "cache" / "obverse"


@pytest.fixture
def public_data(monkeypatch):
    """`$OBVERSE_DATA`, or the folder next to the repository; skips when there is neither."""
    folder = Path(os.environ.get("OBVERSE_DATA", SHARED))
    if not folder.is_dir():
        pytest.skip("no public data sets: set OBVERSE_DATA to the folder that holds them")
    monkeypatch.setenv("OBVERSE_DATA", str(folder))
    return folder


@pytest.fixture
def no_data(tmp_path, monkeypatch):
    """An empty `$OBVERSE_DATA`."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("OBVERSE_DATA", str(folder))
    return folder
