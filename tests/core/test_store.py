"""A model folder is whole or refused, and is never left half-written."""

import hashlib
import json
import shutil

import numpy as np
import pytest

import obverse
from obverse.core import store
from obverse.core.errors import BadInput, BrokenModel
from obverse.core.store import Blob

PARTS = {"card": {"key": "k"}, "params": {"a": 1, "b": None}, "schema": {"columns": []}, "model_card": "# k\n"}


def state():
    return {
        "array": np.arange(6.0).reshape(2, 3), "whole": np.array([1, 2], dtype=np.int32), "flags": np.array([True]),
        "empty": np.zeros((0, 3)), "nested": {"list": [1, 2.5, "x", None, np.float64(3.0)], "inf": float("-inf")},
        "native": Blob("ubj", b"\x00\x01bytes"),
    }  # fmt: skip


def test_round_trip_keeps_dtypes_shapes_and_values(tmp_path):
    store.write(tmp_path / "m", **PARTS, state=state())
    saved = store.read(tmp_path / "m")
    for name in ("array", "whole", "flags", "empty"):
        np.testing.assert_array_equal(saved.state[name], state()[name], strict=True)
    assert saved.state["nested"] == {"list": [1, 2.5, "x", None, 3.0], "inf": float("-inf")}
    assert saved.state["native"] == state()["native"]
    assert saved.params == PARTS["params"]


def test_a_changed_byte_in_any_file_is_refused(tmp_path):
    store.write(tmp_path / "m", **PARTS, state=state())
    for file in sorted(p.name for p in (tmp_path / "m").iterdir() if p.name != "manifest.json"):
        copy = tmp_path / f"copy-{file}"
        shutil.copytree(tmp_path / "m", copy)
        data = bytearray((copy / file).read_bytes())
        data[len(data) // 2] ^= 1
        (copy / file).write_bytes(data)
        with pytest.raises(BrokenModel, match=file):
            store.read(copy)


def test_a_missing_file_and_a_newer_format_are_refused(tmp_path):
    store.write(tmp_path / "m", **PARTS, state=state())
    manifest = json.loads((tmp_path / "m" / "manifest.json").read_text())
    (tmp_path / "m" / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    with pytest.raises(BrokenModel, match="newer"):
        store.read(tmp_path / "m")
    (tmp_path / "m" / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "m" / "schema.json").unlink()
    with pytest.raises(BrokenModel, match=r"schema\.json is missing"):
        store.read(tmp_path / "m")
    with pytest.raises(BrokenModel, match="not a model folder"):
        store.read(tmp_path / "nothing")


def test_a_manifest_cannot_point_outside_the_folder(tmp_path):
    store.write(tmp_path / "m", **PARTS, state=state())
    (tmp_path / "secret").write_text("x")
    manifest = json.loads((tmp_path / "m" / "manifest.json").read_text())
    manifest["sha256"]["../secret"] = "0" * 64
    (tmp_path / "m" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BrokenModel, match="secret"):
        store.read(tmp_path / "m")


def test_saving_twice_replaces_the_model_and_leaves_nothing_behind(tmp_path):
    store.write(tmp_path / "m", **PARTS, state={"v": 1})
    store.write(tmp_path / "m", **PARTS, state={"v": 2})
    assert store.read(tmp_path / "m").state == {"v": 2}
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_another_folder_is_never_overwritten(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(b"x")
    with pytest.raises(BadInput, match="not a model folder"):
        store.write(tmp_path / "photos", **PARTS, state={})
    assert (tmp_path / "photos" / "a.png").read_bytes() == b"x"


def test_a_folder_that_only_looks_like_a_model_is_never_overwritten(tmp_path):
    for text in ('{"name": "my app"}', "[]", "not json"):
        (tmp_path / "app").mkdir(exist_ok=True)
        (tmp_path / "app" / "manifest.json").write_text(text)
        with pytest.raises(BadInput, match="choose another name"):
            store.write(tmp_path / "app", **PARTS, state={})
        assert (tmp_path / "app" / "manifest.json").read_text() == text


@pytest.mark.parametrize("stranger", ["notes.txt", "plots/a.png"])
def test_a_model_folder_with_something_else_in_it_is_never_overwritten(tmp_path, stranger):
    store.write(tmp_path / "m", **PARTS, state={"v": 1})
    (tmp_path / "m" / stranger).parent.mkdir(exist_ok=True)
    (tmp_path / "m" / stranger).write_text("mine")
    with pytest.raises(BadInput, match=f"{stranger.partition('/')[0]}', which is not part of a model"):
        store.write(tmp_path / "m", **PARTS, state={"v": 2})
    assert (tmp_path / "m" / stranger).read_text() == "mine"
    assert store.read(tmp_path / "m").state == {"v": 1}


def rewritten(folder, name, data):
    """The folder with one file replaced and a manifest that vouches for it."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / name).write_bytes(data)
    manifest["sha256"][name] = hashlib.sha256(data).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize(
    "text", ['{"format": 1}', '{"format": 1, "sha256": []}', "[]", "{", '{"format": 1, "sha256": {}}']
)
def test_a_manifest_that_is_none_is_one_clear_line(tmp_path, text):
    store.write(tmp_path / "m", **PARTS, state=state())
    (tmp_path / "m" / "manifest.json").write_text(text)
    with pytest.raises(BrokenModel) as caught:
        store.read(tmp_path / "m")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["params.json", "card.json", "schema.json"])
@pytest.mark.parametrize("data", [b"[]", b"{", b"\xff"])
def test_a_file_of_the_wrong_shape_is_refused_by_name(tmp_path, name, data):
    store.write(tmp_path / "m", **PARTS, state=state())
    with pytest.raises(BrokenModel, match=name):
        store.read(rewritten(tmp_path / "m", name, data))


def test_truncated_weights_are_refused(tmp_path):
    store.write(tmp_path / "m", **PARTS, state=state())
    weights = (tmp_path / "m" / "weights.safetensors").read_bytes()
    with pytest.raises(BrokenModel, match=r"weights\.safetensors"):
        store.read(rewritten(tmp_path / "m", "weights.safetensors", weights[:-8]))


def test_a_kill_between_the_two_renames_loses_nothing(tmp_path, monkeypatch):
    store.write(tmp_path / "m", **PARTS, state={"v": 1})
    rename = type(tmp_path).rename

    def killed(self, target):
        if self.name.startswith(".m.") and not self.name.endswith("previous") and target == tmp_path / "m":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(type(tmp_path), "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        store.write(tmp_path / "m", **PARTS, state={"v": 2})
    monkeypatch.undo()
    assert store.read(tmp_path / "m").state == {"v": 1}


def test_what_cannot_be_saved_is_refused_by_name(tmp_path):
    with pytest.raises(BadInput, match="thing holds a set"):
        store.write(tmp_path / "m", **PARTS, state={"thing": {1}})
    assert not (tmp_path / "m").exists()


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(BadInput, match="cannot write the model"):
        store.write(tmp_path / "file" / "m", **PARTS, state={})


def test_no_pickle_in_a_real_model_folder(tmp_path):
    from obverse.data.worlds import ALL

    world = next(w for w in ALL if w.name == "mixed")
    for family in ("joint_forest", "xgboost", "logistic"):
        folder = obverse.fit(family, world.sample(120, seed=0), world.target, seed=0).save(tmp_path / family)
        for file in folder.iterdir():
            assert file.suffix in {".json", ".safetensors", ".ubj", ".md"}, file.name
            assert not file.read_bytes().startswith(b"\x80"), f"{file.name} starts like a pickle"
