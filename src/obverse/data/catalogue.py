"""Data sets by name: list them, load them (verified), fetch them when asked to.

Nothing is downloaded unless `fetch` is called. A file is looked for in `$OBVERSE_DATA` first, then in the user's cache
(`$OBVERSE_CACHE`, or pooch's, for example ~/.cache/obverse), and must have the bytes the catalogue knows.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pandas as pd

from obverse.core.errors import BadInput

from .content import of_bytes
from .entries import EMBEDDED, PUBLIC
from .entry import Entry, File
from .files import decompress, ending, read_bytes
from .readers import parse
from .table import Table, did_you_mean, fingerprint

ENTRIES: dict[str, Entry] = {entry.name: entry for entry in (*EMBEDDED, *PUBLIC)}


def names() -> tuple[str, ...]:
    """All names, sorted."""
    return tuple(sorted(ENTRIES))


def get(name: str) -> Entry:
    """The facts of one data set; BadInput with the nearest names when there is none of that name."""
    if name in ENTRIES:
        return ENTRIES[name]
    raise BadInput(f"no data set is called {name!r}; {did_you_mean(name, names()) or 'obverse data list shows them'}")


def load(name: str) -> Table:
    """The data set as a `Table`; several files are joined in name order.

    Raises:
        BadInput: there is no such name, its files are nowhere on this machine, or one of them has other bytes.
    """
    entry = get(name)
    if entry.embedded:
        frame = _embedded(name, entry.target)
        return Table(frame, name, entry.target, fingerprint(frame), name, entry.notes)
    contents = [(file, _content(entry, file)) for file in entry.files]
    frames = [parse(of_bytes(content, file.path), ending(Path(file.path))).frame for file, content in contents]
    frame = pd.concat(frames, ignore_index=True).drop(columns=list(entry.drop))
    zeros = list(entry.zero_is_missing)
    frame[zeros] = frame[zeros].mask(frame[zeros] == 0)
    digest = hashlib.sha256(b"".join(content for _, content in contents)).hexdigest()
    return Table(frame, name, entry.target, digest, name, entry.notes)


def fetch(name: str) -> tuple[Path, ...]:
    """Make the data set's files available, downloading what is missing, and return where they lie.

    Raises:
        BadInput: the set has no address that serves exactly the known bytes (the error says where to get it and where
            to put it), the download failed, or what came is not what the catalogue knows.
    """
    entry = get(name)
    missing = [file for file in entry.files if find(file) is None]
    if not all(file.url for file in missing):
        raise BadInput(_by_hand(entry, missing))
    for file in missing:
        _download(str(file.url), file)
    for file in entry.files:
        _content(entry, file)  # also what was there before must be right
    return tuple(path for path in map(find, entry.files) if path is not None)


# ---------------------------------------------------------------- where files lie


def cache() -> Path:
    """The folder downloaded data sets are kept in: `$OBVERSE_CACHE`, or the usual one of the system."""
    import pooch

    return Path(os.environ.get("OBVERSE_CACHE") or pooch.os_cache("obverse"))


def find(file: File) -> Path | None:
    """The file or its decompressed twin, in `$OBVERSE_DATA` and then in the cache."""
    own = os.environ.get("OBVERSE_DATA")
    for root in ([Path(own)] if own else []) + [cache()]:
        for path in (root / file.path, root / file.path.removesuffix(".gz")):
            if path.is_file():
                return path
    return None


def _content(entry: Entry, file: File) -> bytes:
    """The decompressed content of the file, once its sha256 is what the catalogue knows."""
    path = find(file)
    if path is None:
        raise BadInput(
            f"data set {entry.name!r} is not on this machine (looked for {file.path} in $OBVERSE_DATA and {cache()}); "
            f"type `obverse data get {entry.name}`"
        )
    raw = read_bytes(path)
    expected = file.sha256 if path.suffix == ".gz" else file.content_sha256
    found = hashlib.sha256(raw).hexdigest()
    if found != expected:
        raise BadInput(
            f"{path} is not the {entry.name!r} the catalogue knows (its sha256 starts {found[:12]}, expected "
            f"{expected[:12]}); remove it and type `obverse data get {entry.name}`, or give its path to use it as it is"
        )
    return decompress(raw, path)


# ---------------------------------------------------------------- getting them


def _by_hand(entry: Entry, missing: list[File]) -> list[str]:
    """What a person has to do for a set without direct addresses."""
    own = os.environ.get("OBVERSE_DATA")
    root = f"$OBVERSE_DATA ({own})" if own else f"the folder $OBVERSE_DATA names (not set), or {cache()}"
    return [
        f"data set {entry.name!r} cannot be fetched for you: get it from {entry.source} and put it into {root}",
        *(f"{file.path} must have sha256 {file.sha256}" for file in missing),
    ]


def _download(url: str, file: File) -> None:
    import pooch

    target = cache() / file.path.removesuffix(".gz")
    try:
        pooch.retrieve(url, known_hash=f"sha256:{file.content_sha256}", fname=target.name, path=target.parent)
    except OSError as error:
        raise BadInput(f"could not download {url}: {_first_line(error)}; check the network and try again") from error
    except ValueError as error:  # pooch's word for a wrong hash; it keeps nothing then
        raise BadInput(f"what {url} serves has changed: {_first_line(error)}; nothing was kept") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(". ")


# ---------------------------------------------------------------- what scikit-learn brings along


def _embedded(name: str, target: str) -> pd.DataFrame:
    """scikit-learn's bundled table, class targets by their names."""
    from sklearn import datasets

    if name == "diabetes":
        bunch: Any = datasets.load_diabetes(as_frame=True, scaled=False)  # in years and the laboratory's own units
        return bunch.data.assign(**{target: bunch.target})
    if name == "digits_table":
        bunch = datasets.load_digits(as_frame=True)
        return bunch.data.assign(**{target: bunch.target}).astype("int64")
    load = {"breast_cancer": datasets.load_breast_cancer, "iris": datasets.load_iris, "wine": datasets.load_wine}[name]
    bunch = load(as_frame=True)
    classes = [str(bunch.target_names[code]) for code in bunch.target]
    return bunch.data.assign(**{target: pd.Series(classes, dtype="str")})
