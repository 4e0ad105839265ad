"""Docstrings of the standard library as texts: each once, sentences, read without importing anything."""

from __future__ import annotations

import subprocess
import sys

import pytest

from obverse.core.errors import BadInput
from obverse.data.docstrings import _found
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


def test_they_are_found_wherever_a_statement_may_stand(tmp_path):
    """In the order of depth, and as many as there are."""
    source = [
        "if a:", "    def one(): 'Said in a condition here.'", "else:", "    def two(): 'Said in an else just here.'",
        "try:", "    class B:", "        async def three(self): 'Said in a method of a class.'",
        "except A:", "    def four(): 'Said in a handler of errors.'",
        "else:", "    def five(): 'Said where there was no error.'", "finally:",
        "    def six(): 'Said at the very end of it.'", "match a:", "    case 1:",
        "        def seven(): 'Said in one of several cases.'", "with a:", "    for _ in a:",
        "        def eight(): 'Said in a loop that is within.'",
    ]  # fmt: skip
    (tmp_path / "some.py").write_text("\n".join(source))
    said = [one.split("'")[1] for one in source if "'" in one]
    assert sorted(_found(tmp_path)) == sorted(said)


def test_a_python_without_sources_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr("sysconfig.get_paths", lambda: {"stdlib": str(tmp_path)})
    (tmp_path / "broken.py").write_text("def (:")
    with pytest.raises(BadInput, match="holds no sources"):
        read_texts("docstrings")
