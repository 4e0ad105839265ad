"""What every family of pictures must do, asked on the world `Bars`, whose probabilities are known, or of captions on
`Shades`."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from ..core.errors import BadInput, BrokenModel, CannotAnswer, NotFitted
from ..core.model import Model
from ..core.queries import Impossible, Imputes, Samples, Scores
from ..core.schema import Array
from ..data.worlds.bars import Bars
from .answers import differing
from .box_subject import BoxSubject
from .expecting import Expect
from .needs import BOUNDED, Need, needs
from .pair_subject import PairSubject
from .picture_subject import SMALL, PictureSubject
from .span_subject import SpanSubject
from .text_subject import TextSubject

Asked = PictureSubject | BoxSubject | TextSubject | SpanSubject | PairSubject
HEAVY = ("torch", "transformers", "tokenizers", "diffusers", "sklearn", "PIL")
DRAWN = 40
READ_AS_ASKED, PREDICTED = 0.75, 0.75  # shares; chance gives a half
PICTURES_DRAW = Need("draws pictures", lambda s: issubclass(s.family, Samples))
LABELLED_DRAW = Need(
    "draws pictures of a class", lambda s: issubclass(s.family, Samples) and s.card.condition == "label"
)
CAPTIONED_DRAW = Need("draws pictures of a caption", lambda s: s.card.condition == "caption")
PICTURES_PREDICT = Need(
    "predicts classes", lambda s: not isinstance(s.family.can("predict", target="class"), Impossible)
)
PICTURES_SCORE = Need("has a likelihood", lambda s: issubclass(s.family, Scores))
PICTURES_FILL = Need("fills holes", lambda s: issubclass(s.family, Imputes))
PICTURES_UNTARGETED = Need("learns without labels", lambda s: s.untargeted)


@needs()
def check_picture_model_must_be_fitted(subject: PictureSubject) -> None:
    """Questions before fit, and pictures of another size or with values out of range, are refused in one line."""
    with Expect(NotFitted, "a question to a model that is not fitted"):
        subject.make().sample(1)
    model, pixels = subject.own(SMALL), subject.fresh(2).pixels
    asked = model.predict if subject.tasks and "predict" in _able(model) else model.log_prob
    if "predict" in _able(model) or "log_prob" in _able(model):
        for wrong, what in ((pixels[:, :5], "another size"), (pixels.astype(float) * 9, "values above 255")):
            with Expect(BadInput, f"pictures of {what}"):
                asked(wrong)
    with Expect(BadInput, "no picture at all"):
        subject.make().fit(pixels[:0], subject.fresh(2).labels[:0] if subject.tasks else None)  # pyright: ignore[reportOptionalSubscript]


def _able(model: Model) -> set[str]:
    task = model.schema_.task
    verbs = ("predict", "sample", "log_prob", "impute")
    return {v for v in verbs if not isinstance(model.can(v, target=task), Impossible)}


@needs()
def check_picture_same_seed_same_answers(subject: Asked) -> None:
    """Two fits with one seed answer alike, and a model saved and loaded answers as it did."""
    reference = subject.question(subject.own(SMALL))
    odd = differing(reference, subject.question(subject.fit(SMALL)))
    assert not odd, f"two fits with random_state=0 differ in {odd}; every draw must come from the rng handed in"
    with tempfile.TemporaryDirectory() as folder:
        loaded = subject.family.load(subject.own(SMALL).save(Path(folder) / "model"))
    odd = differing(reference, subject.question(loaded))
    assert not odd, f"the loaded model answers {odd} differently; _state must hold all that was learned"


@needs()
def check_picture_model_folder_is_whole(subject: Asked) -> None:
    """A changed byte in any file of a model folder is noticed."""
    with tempfile.TemporaryDirectory() as place:
        folder = subject.own(SMALL).save(Path(place) / "model")
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            data = path.read_bytes()
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
            with Expect(BrokenModel, f"loading a folder whose {path.name} was changed"):
                subject.family.load(folder)
            path.write_bytes(data)


@needs()
def check_picture_import_is_light(subject: Asked) -> None:
    """Importing the family loads no heavy library."""
    module = subject.family.__module__
    importlib.import_module(module)
    code = f"import sys, {module}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and not done.stdout.split(), f"importing it loads {done.stdout or done.stderr}"


ALIKE = (  # what is asked of every family of pictures, boxes, texts or spans, whatever it says of them
    check_picture_same_seed_same_answers,
    check_picture_model_folder_is_whole,
    check_picture_import_is_light,
)


@needs(PICTURES_PREDICT)
def check_picture_predictions_are_probabilities(subject: PictureSubject) -> None:
    """Rows sum to 1, do not depend on the rows beside them, and classes are told apart better than by chance."""
    model, fresh = subject.own(), subject.fresh()
    proba = model.predict_proba(fresh.pixels)
    assert np.allclose(proba.sum(axis=1), 1) and (proba >= 0).all(), "predict_proba gives no probabilities"
    few = np.array([5, 2])
    alone = model.predict_proba(fresh.pixels[few])
    assert np.allclose(alone, proba[few], atol=1e-4), "a picture's answer depends on the pictures beside it"
    right = float((model.predict(fresh.pixels) == fresh.labels).mean())
    assert right >= PREDICTED, f"{right:.0%} of classes are right where a look at the picture tells all"


@needs(PICTURES_DRAW)
def check_picture_samples_are_pictures(subject: PictureSubject) -> None:
    """uint8 of the shape of the training pictures, other ones for another seed, and no copies of training pictures."""
    model, train = subject.own(), subject.train()
    one, two = model.sample(DRAWN, seed=1), model.sample(DRAWN, seed=2)
    assert one.dtype == np.uint8 and one.shape == (DRAWN, *train.pixels.shape[1:]), f"{one.dtype} {one.shape}"
    assert not np.array_equal(one, two), "another seed draws the same pictures"
    assert model.sample(0).shape == (0, *train.pixels.shape[1:]), "no pictures are not an empty array"
    known = {p.tobytes() for p in train.pixels}
    assert not any(p.tobytes() in known for p in one), "it draws training pictures"


@needs(LABELLED_DRAW)
def check_picture_samples_are_of_the_class_asked(subject: PictureSubject) -> None:
    """Pictures drawn of a class are read as that class, and an unknown class is refused."""
    model = subject.own()
    shares = [
        float((subject.world.read(model.sample(DRAWN, given={"label": c}, seed=4)) == c).mean()) for c in model.classes_
    ]
    assert min(shares) >= READ_AS_ASKED, f"{min(shares):.0%} of the pictures of a class are read as that class"
    with Expect(BadInput, "a class that was never met"):
        model.sample(1, given={"label": "slanted"})


@needs(CAPTIONED_DRAW)
def check_picture_samples_follow_their_caption(subject: PictureSubject) -> None:
    """Pictures drawn of a caption are what it says, and a caption without words or under another name is refused."""
    model = subject.own()
    for caption in sorted(set(subject.train().labels)):  # pyright: ignore[reportArgumentType]
        drawn = model.sample(DRAWN, given={"caption": caption}, seed=4)
        share = float((subject.world.read(drawn) == caption).mean())
        assert share >= READ_AS_ASKED, f"{share:.0%} of the pictures drawn of {caption!r} are read as that"
    for wrong in ({"caption": " "}, {"prompt": "a picture"}, "a picture"):
        with Expect(BadInput, f"the condition {wrong!r}"):
            model.sample(1, given=wrong)


@needs(PICTURES_SCORE, BOUNDED)
def check_picture_likelihood_is_below_the_truth(subject: PictureSubject) -> None:
    """The mean log-probability of fresh pictures given their class is not above what the truth gives, nor far from
    it."""
    model, fresh = subject.own(), subject.fresh()
    log = model.log_prob((fresh.pixels, fresh.labels) if subject.tasks else fresh.pixels)
    slack = 3 * log.std() / np.sqrt(len(log))
    assert log.mean() <= -Bars().entropy + slack, (
        f"{log.mean():.1f} nats a picture, and the truth gives {-Bars().entropy:.1f}"
    )
    assert log.mean() > -fresh.pixels[0].size * np.log(256), "worse than all pictures alike"


@needs(PICTURES_SCORE)
def check_picture_of_noise_is_less_likely(subject: PictureSubject) -> None:
    """Pictures like those it learned have a probability, and one unlike any of them has a lower one."""
    model, fresh = subject.own(), subject.fresh()
    log = model.log_prob((fresh.pixels, fresh.labels) if subject.tasks else fresh.pixels)
    assert np.isfinite(log).all(), "pictures like those it learned have no probability"
    odd = np.random.default_rng(0).integers(256, size=fresh.pixels.shape).astype(np.uint8)
    assert np.median(model.log_prob((odd, fresh.labels) if subject.tasks else odd)) < np.median(log), (
        "noise is likelier"
    )


@needs(PICTURES_FILL)
def check_picture_holes_are_filled(subject: PictureSubject) -> None:
    """Observed pixels stay bit-identical, holes become whole numbers nearer the truth than the middle of the scale,
    and draws differ."""
    model, fresh = subject.own(), subject.fresh(DRAWN)
    truth = fresh.pixels.astype(np.float64)
    holed = truth.copy()
    holed[:, :, 5:] = np.nan
    filled: Array = model.impute(holed, seed=1)
    seen = ~np.isnan(holed)
    assert filled.dtype == holed.dtype and np.array_equal(filled[seen], truth[seen]), "observed pixels were changed"
    assert not np.isnan(filled).any() and np.array_equal(filled, np.round(filled)), "holes are not filled with 0..255"
    error = np.sqrt(((filled - truth)[~seen] ** 2).mean())
    plain = np.sqrt(((np.nanmean(holed) - truth)[~seen] ** 2).mean())
    assert error < plain, f"filled with an error of {error:.0f}, and one mean value has {plain:.0f}"
    one, two = model.impute(holed, draws=2, seed=1)
    assert not np.array_equal(one, two), "two draws are the same"


@needs(PICTURES_UNTARGETED)
def check_picture_family_learns_without_labels(subject: PictureSubject) -> None:
    """Fitted to pictures alone it draws or scores them, and predicts nothing."""
    model = subject.make(**subject.brief).fit(subject.train(SMALL).pixels)
    if isinstance(model, Samples):
        assert model.sample(2, seed=0).shape[0] == 2, "it draws nothing"
    if isinstance(model, Scores):
        assert np.isfinite(model.log_prob(subject.fresh(2).pixels)).all(), "it has no likelihood without labels"
    with Expect(CannotAnswer, "a prediction without a target"):
        model.predict(subject.fresh(2).pixels)
