"""What the arguments DATA and MODEL name, read; what reading has to say goes to stderr."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .output import note, working

if TYPE_CHECKING:
    from obverse.core.modality import Modality
    from obverse.core.model import Model
    from obverse.data.boxes import Boxed
    from obverse.data.pictures import Pictures
    from obverse.data.spans import Marked
    from obverse.data.table import Table
    from obverse.data.texts import Texts


def table(
    source: str,
    target: str | None = None,
    *,
    rows: int | None = None,
    seed: int = 0,
    drop: tuple[str, ...] = (),
    like: Model | None = None,
) -> Table:
    """The table a path or a catalogue name stands for, or so many of its rows; arguments and errors as `data.read`.

    `like` is the model that is asked about the table: where it knows numbers, numbers are read. BadInput when it knows
    no tables.
    """
    from obverse.core.errors import BadInput
    from obverse.data.draw import of_table
    from obverse.data.read import read

    if like is not None and not like.card.modality.cells:
        kind = like.card.modality.name
        raise BadInput(f"this reads tables, and {like.card.key} is a model of the kind {kind}; ask it in Python")
    columns = () if like is None else like.schema_.columns
    numbers = [column.name for column in columns if column.kind == "number"]
    with working(f"reading {source}"):
        found = of_table(read(source, target=target, rows=rows, seed=seed, drop=drop, numbers=numbers), rows, seed)
    for text in found.notes:
        note(text)
    return found


def examples(source: str, like: Model) -> Any:
    """What `like` is asked about, as its verbs take it: a data frame, pictures or texts, perhaps with spans."""
    from obverse.modalities.spans import SpansOfText

    modality = like.card.modality
    if isinstance(modality, SpansOfText):
        return marked(source)
    if modality.name == "text":
        return asked_texts(source, like)
    return pictures(source, modality) if modality.name == "image" else table(source, like=like).frame


def pictures(source: str, modality: Modality, **unfit: object) -> Pictures | Boxed:
    """The pictures that a folder, a file of arrays or `digits` stands for, with their boxes for a detector; BadInput
    names options for tables only."""
    from obverse.core.errors import BadInput
    from obverse.data.boxes import read_either
    from obverse.data.pictures import read_pictures
    from obverse.modalities.boxes import Boxes

    boxed = isinstance(modality, Boxes)
    wrong = [name for name, value in unfit.items() if value]
    if wrong:
        known = "the boxes stand in boxes.csv" if boxed else "the classes of pictures are their folders' names"
        raise BadInput(f"--{', --'.join(wrong)} is for tables; {known}")
    with working(f"reading {source}"):
        found = read_either(source) if boxed else read_pictures(source)
    for text in found.notes:
        note(text)
    return found


def texts(source: str, text: str | None, target: str | None, lines: bool | None, **unfit: object) -> Texts:
    """The texts, and their labels, of a file; BadInput names options for tables only."""
    from obverse.core.errors import BadInput
    from obverse.data.texts import read_texts

    wrong = [name for name, value in unfit.items() if value]
    if wrong:
        raise BadInput(f"--{', --'.join(wrong)} is for tables; texts are one column and perhaps their labels")
    with working(f"reading {source}"):
        return read_texts(source, text=text, target=target, lines=lines)  # fitting says the notes aloud


def marked(source: str, **unfit: object) -> Marked:
    """The texts, and their spans where it says any, of a file; BadInput names options for other data only."""
    from obverse.core.errors import BadInput
    from obverse.data.spans import read_spans

    wrong = [name for name, value in unfit.items() if value]
    if wrong:
        raise BadInput(f"--{', --'.join(wrong)} is for other data; spans stand in .jsonl or .conll files")
    with working(f"reading {source}"):
        return read_spans(source)


def asked_texts(source: str, like: Model) -> Texts:
    """Texts that a model is asked about: of a table the column it learned from, and the labels if they are there."""
    from obverse.modalities.text import texts_of

    with working(f"reading {source}"):
        found = texts_of(source, like.schema_.target, like.schema_.columns[0].name)
    for said in found.notes:
        note(said)
    return found


def model(folder: Path) -> Model:
    """The model saved in a folder; BrokenModel when it is none or was changed."""
    from obverse.facade import load

    with working(f"loading {folder}"):
        return load(folder)
