"""The page, whole, and never above the limit."""

from __future__ import annotations

import pytest

from obverse.core.errors import BadInput
from obverse.report import render, save, write


def test_the_page_is_written_and_nothing_else(made, tmp_path):
    study = made(splits=50, names=tuple(f"family_{i}" for i in range(30)))
    path = write(study, tmp_path / "new")
    assert path == tmp_path / "new" / "report.html"
    assert path.read_text(encoding="utf-8") == render(study)
    assert sorted(p.name for p in path.parent.iterdir()) == ["report.html"]
    assert path.stat().st_size < save.LIMIT == 1_000_000


def test_a_page_above_the_limit_is_refused_and_the_old_one_stays(made, tmp_path):
    path = write(made(), tmp_path)
    before = path.read_bytes()
    study = made()
    study["data"]["notes"] = ["long " * 250_000]
    with pytest.raises(BadInput, match="1 MB is the limit"):
        write(study, tmp_path)
    assert path.read_bytes() == before
