"""A model on disk: a folder of JSON, safetensors and native files, hashed, written whole or not at all, never pickled.

    card.json params.json schema.json   facts, arguments, columns (params.json also holds the learned state's outline)
    weights.safetensors                 every array of the learned state
    *.ubj *.skops                       native files of a library, where the state has them
    MODEL_CARD.md                       for people
    manifest.json                       format number and sha256 of each file

Loading reads data only: no code is run, no byte is trusted before its hash was checked.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from .errors import BadInput, BrokenModel
from .schema import Array

FORMAT = 1
State = dict[str, Any]


@dataclass(frozen=True)
class Blob:
    """A file in a library's own safe format (`ubj` of XGBoost, `skops` of scikit-learn), kept byte for byte."""

    suffix: str
    data: bytes


@dataclass(frozen=True)
class Saved:
    """What a model folder holds, verified."""

    card: dict[str, Any]
    params: dict[str, Any]
    schema: dict[str, Any]
    state: State


def write(folder: str | Path, *, card: dict[str, Any], params: dict[str, Any], schema: dict[str, Any], state: State,
          model_card: str) -> Path:  # fmt: skip
    """Write a model folder through a temporary sibling and a rename.

    A folder that exists is replaced only if it is a model and holds nothing else. A kill leaves the old model, the new
    one, or (between two renames) the old one under the name `.NAME.previous`, which `read` puts back.
    """
    target = Path(folder)
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    blobs: dict[str, bytes] = {}
    outline = _flatten(state, "", arrays, blobs)
    files: dict[str, bytes] = {
        "card.json": _json(card),
        "params.json": _json({"params": _flatten(params, "", {}, {}), "state": outline}),
        "schema.json": _json(schema),
        "MODEL_CARD.md": model_card.encode(errors="backslashreplace"),
        **blobs,
    }
    if arrays:
        from safetensors.numpy import save

        files["weights.safetensors"] = save(arrays)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    temporary = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}"
    try:
        _check_replaceable(target)
        temporary.mkdir(parents=True)
        for name, data in files.items():
            (temporary / name).write_bytes(data)
        (temporary / "manifest.json").write_bytes(_json({"format": FORMAT, "sha256": hashes}))
        _swap(temporary, target)
    except OSError as error:
        raise BadInput(f"cannot write the model to {target}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def read(folder: str | Path) -> Saved:
    """Read and verify a model folder; BrokenModel says what is wrong with it."""
    target = Path(folder)
    previous = _previous(target)
    if not target.exists() and previous.is_dir():
        previous.rename(target)
    if not (target / "manifest.json").is_file():
        raise BrokenModel(
            f"{target} is not a model folder (no manifest.json); make one with obverse fit --out {target}"
        )
    manifest = _parse(target / "manifest.json", (target / "manifest.json").read_bytes())
    if manifest.get("format") != FORMAT:
        raise BrokenModel(
            f"{target} has format {manifest.get('format')!r}, this Obverse reads {FORMAT}; install a newer Obverse"
        )
    files: dict[str, bytes] = {}
    problems: list[str] = []
    if not isinstance(manifest.get("sha256"), dict):
        raise BrokenModel(f"{target / 'manifest.json'} lists no files; restore it from a copy or fit again")
    for name, expected in manifest["sha256"].items():
        path = target / name
        if Path(name).name != name or path.is_symlink():
            problems.append(f"{name} is not a file of the folder itself")
            continue
        if not path.is_file():
            problems.append(f"{name} is missing")
            continue
        files[name] = path.read_bytes()
        if hashlib.sha256(files[name]).hexdigest() != expected:
            problems.append(f"{name} was changed after saving (sha256 differs)")
    if problems:
        raise BrokenModel(f"{target}: {'; '.join(problems)}; restore it from a copy or fit again")
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    if "weights.safetensors" in files:
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            arrays = load(files["weights.safetensors"])
        except SafetensorError as error:
            raise BrokenModel(
                f"{target / 'weights.safetensors'} cannot be read ({error}); fit and save again"
            ) from error
    try:
        params = _parse(target / "params.json", files["params.json"])
        return Saved(
            card=_parse(target / "card.json", files["card.json"]),
            params=_unflatten(params["params"], arrays, files),
            schema=_parse(target / "schema.json", files["schema.json"]),
            state=_unflatten(params["state"], arrays, files),
        )
    except KeyError as error:
        raise BrokenModel(f"{target}: {error} is missing from it; fit and save again") from error


def _check_replaceable(target: Path) -> None:
    """BadInput unless nothing but a model is lost with what stands at `target`."""
    if not target.exists():
        return
    held = sorted(target.iterdir()) if target.is_dir() else [target]
    manifest: dict[str, Any] = {}
    if target / "manifest.json" in held:
        try:
            manifest = _parse(target / "manifest.json", (target / "manifest.json").read_bytes())
        except BrokenModel as error:
            raise BadInput(f"{error}, or choose another name") from error
    if held and not ("format" in manifest and isinstance(manifest.get("sha256"), dict)):
        raise BadInput(f"{target} exists and is not a model folder; choose another name")
    for path in held:
        if path.is_dir() or path.name not in {"manifest.json", *manifest["sha256"]}:
            raise BadInput(f"{target} holds {path.name!r}, which is not part of a model; choose another name")


def _previous(target: Path) -> Path:
    return target.parent / f".{target.name}.previous"


def _swap(new: Path, target: Path) -> None:
    """Put `new` at `target`; what was there goes only once the new folder stands."""
    previous = _previous(target)
    if target.exists():
        shutil.rmtree(previous, ignore_errors=True)
        target.rename(previous)
    new.rename(target)
    shutil.rmtree(previous, ignore_errors=True)


def _json(data: Any) -> bytes:
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode(errors="backslashreplace")  # half a surrogate pair: as JSON itself escapes it


def _parse(path: Path, data: bytes) -> dict[str, Any]:
    try:
        read = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BrokenModel(f"{path} is not JSON ({error}); restore it from a copy or fit again") from error
    if not isinstance(read, dict):
        raise BrokenModel(f"{path} is not a JSON object; restore it from a copy or fit again")
    return cast("dict[str, Any]", read)


def _flatten(value: Any, path: str, arrays: dict[str, Any], blobs: dict[str, bytes]) -> Any:
    """JSON outline of a nested state; arrays and blobs are set aside under their path."""
    if isinstance(value, np.ndarray):
        arrays[path] = np.ascontiguousarray(cast("Array", value))
        return {"$array": path, "is": _kind(arrays[path])}
    if isinstance(value, Blob):
        name = f"{path.replace('/', '.')}.{value.suffix}"
        blobs[name] = value.data
        return {"$file": name}
    if isinstance(value, np.generic):
        value = cast("Any", value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        entries = cast("Mapping[Any, Any]", value)
        return {str(k): _flatten(v, f"{path}/{k}".strip("/"), arrays, blobs) for k, v in entries.items()}
    if isinstance(value, list | tuple):
        items = cast("Sequence[Any]", value)
        return [_flatten(v, f"{path}/{i}".strip("/"), arrays, blobs) for i, v in enumerate(items)]
    raise BadInput(
        f"{path or 'state'} holds a {type(value).__name__}, which cannot be saved; use numbers, text or arrays"
    )


def _kind(array: Array) -> str:
    """Type and shape of an array, which its file must hold it in: `float64 (12, 3)`."""
    return f"{array.dtype} {array.shape}"


def _unflatten(value: Any, arrays: Mapping[str, Any], files: Mapping[str, bytes]) -> Any:
    if isinstance(value, list):
        return [_unflatten(v, arrays, files) for v in cast("list[Any]", value)]
    if isinstance(value, dict):
        value = cast("dict[str, Any]", value)
        if "$array" in value:
            array = arrays[value["$array"]]
            found, expected = _kind(array), value.get("is", _kind(array))
            if found != expected:
                what = f"{value['$array']} as {found}, not {expected}"
                raise BrokenModel(f"weights.safetensors holds {what}; fit and save again")
            return array
        if "$file" in value:
            return Blob(value["$file"].rpartition(".")[2], files[value["$file"]])
        if "$float" in value:
            return float(value["$float"])
        return {k: _unflatten(v, arrays, files) for k, v in value.items()}
    return value
