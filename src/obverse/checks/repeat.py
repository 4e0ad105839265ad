"""Repeating: the same seed, another seed, another process, and a model that was saved and loaded."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..core.errors import BrokenModel
from .answers import as_text, differing
from .elsewhere import ask
from .expecting import Expect
from .needs import HAS_FILE, SAMPLES, needs
from .subject import SMALL, Subject

SAFE = {".json", ".safetensors", ".md", ".ubj", ".skops"}
PICKLE = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # how pickles of protocols 2 to 5 begin


@needs()
def check_same_seed_same_answers(subject: Subject) -> None:
    """Two models with the same random_state give the same answers, draws included."""
    odd = differing(subject.reference, subject.question(subject.fit("clinic", SMALL)))
    assert not odd, f"two fits with random_state=0 differ in {odd}; every draw must come from the rng handed in"


@needs(SAMPLES)
def check_another_seed_another_sample(subject: Subject) -> None:
    """Other seeds draw other rows, and so do two calls without a seed."""
    model, other = subject.own("clinic", SMALL), subject.fit("clinic", SMALL, random_state=1)
    assert as_text(subject.own("clinic", SMALL).sample(20)) != as_text(other.sample(20)), (
        "random_state does not reach sample"
    )
    one, two = (as_text(model.sample(20, seed=seed)) for seed in (1, 2))
    assert one != two, "sample gives the same rows for seed=1 and seed=2; draw from the rng it is handed"
    assert as_text(model.sample(20)) != as_text(model.sample(20)), (
        "two calls of sample without a seed gave the same rows"
    )


@needs(HAS_FILE)
def check_import_is_light_and_processes_agree(subject: Subject) -> None:
    """Importing the family loads no heavy library, and a new process gives the same answers to the same seed."""
    there = ask(subject)
    assert not there.heavy, f"importing the family loads {', '.join(there.heavy)}; import them inside functions"
    odd = differing(subject.reference, there.answers)
    assert not odd, (
        f"another process answers {odd} differently for the same seed; sort sets, and draw from the rng only"
    )


@needs()
def check_loaded_model_answers_alike(subject: Subject) -> None:
    """A saved and loaded model gives the same answers, and goes on drawing where the saved one would have."""
    model = subject.own("clinic", SMALL)
    with tempfile.TemporaryDirectory() as folder:
        loaded = subject.family.load(model.save(Path(folder) / "model"))
    odd = differing(subject.reference, subject.question(loaded))
    assert not odd, f"the loaded model answers {odd} differently; _state must hold all that was learned"


@needs()
def check_model_folder_is_safe(subject: Subject) -> None:
    """A model folder holds no pickle, and a changed byte in any of its files is noticed."""
    with tempfile.TemporaryDirectory() as place:
        folder = subject.model("clinic").save(Path(place) / "model")
        strays = [p.name for p in Path(place).iterdir() if p != folder]
        assert not strays, f"save left {', '.join(strays)} beside the model's folder"
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            data = path.read_bytes()
            safe = path.suffix in SAFE and not data.startswith(PICKLE)
            assert safe, f"{path.name} is no safe format; use arrays in _state, or a Blob of ubj or skops"
            middle = len(data) // 2
            path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
            with Expect(BrokenModel, f"loading a folder whose {path.name} was changed"):
                subject.family.load(folder)
            path.write_bytes(data)
        subject.family.load(folder)
