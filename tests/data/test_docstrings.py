"""Docstrings of the standard library as texts: each once, sentences, read without importing anything."""

from __future__ import annotations

import subprocess
import sys

import pytest

from obverse.core.errors import BadInput
from obverse.data.texts import read_any, read_texts


@pytest.fixture(scope="module")
def found():
    return read_texts("docstrings")


def test_they_are_sentences_each_once(found):
    assert len(found) > 2_000 and len(set(found.texts)) == len(found)
    assert all(15 < len(one) <= 121 and one.endswith(".") and one[0].isupper() for one in found.texts)
    assert found.name == "docstrings" and found.labels is None
    assert any("JSON" in one for one in found.texts)
    assert read_any("docstrings").sha256 == found.sha256


def test_no_module_is_imported_for_it():
    code = "import sys; from obverse.data.texts import read_texts; read_texts('docstrings')"
    code += "; print('turtle' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_they_have_no_columns():
    with pytest.raises(BadInput, match="without columns"):
        read_texts("docstrings", text="a")


def test_a_python_without_sources_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr("sysconfig.get_paths", lambda: {"stdlib": str(tmp_path)})
    (tmp_path / "broken.py").write_text("def (:")
    with pytest.raises(BadInput, match="holds no sources"):
        read_texts("docstrings")
