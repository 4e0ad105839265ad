"""What every detector must do, asked on pictures of shapes whose boxes are known."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.errors import BadInput, CannotAnswer, NotFitted
from ..modalities.overlap import intersection_over_union
from .box_subject import SMALL, BoxSubject, held
from .expecting import Expect
from .needs import needs

FOUND, READ = 0.8, 0.45  # shares of the boxes that are found at all, and with their label; chance reads a third


@needs()
def check_box_model_must_be_fitted(subject: BoxSubject) -> None:
    """Questions before fit, pictures without boxes, and boxes that are none are refused in one line."""
    made = subject.train(4)
    pixels, y = made.pixels, held(made)
    with Expect(NotFitted, "a question to a model that is not fitted"):
        subject.make().predict(pixels)
    outside = [(np.array([[1.0, 1.0, 500.0, 5.0]]), ["disc"]), *y[1:]]
    empty = [(np.array([[5.0, 5.0, 5.0, 9.0]]), ["disc"]), *y[1:]]
    unnamed: Any = [(made.boxes[0], []), *y[1:]]
    none: list[Any] = []
    nothing = [(np.empty((0, 4)), none)] * 4
    wrong: dict[str, Any] = {
        "pictures without boxes": None, "boxes of fewer pictures": y[1:], "an empty box": empty,
        "a box outside its picture": outside, "boxes without labels": unnamed,
        "pictures that all hold nothing": nothing,
    }  # fmt: skip
    for what, given in wrong.items():
        with Expect(BadInput, what):
            subject.make().fit(pixels, given)
    several: Any = [outside[0], empty[0], *y[2:]]
    with Expect(BadInput, "two wrong boxes") as told:
        subject.make().fit(pixels, several)
    assert isinstance(told.error, BadInput) and len(told.error.problems) == 2, "it does not list every wrong box"


@needs()
def check_boxes_are_in_their_pictures(subject: BoxSubject) -> None:
    """For each picture float32 boxes (k, 4) inside it, labels of `classes_` and scores from 0 to 1, surest first."""
    model, fresh = subject.own(), subject.fresh()
    found = model.predict(fresh.pixels)
    assert len(found) == len(fresh.pixels), f"{len(found)} answers for {len(fresh.pixels)} pictures"
    for boxes, labels, scores in found:
        assert boxes.dtype == np.float32 and boxes.shape == (len(labels), 4) and scores.shape == (len(labels),)
        height, width = fresh.pixels.shape[1:3]
        assert (boxes >= 0).all() and (boxes <= [width, height] * 2).all(), "a box sticks out of its picture"
        assert (boxes[:, :2] <= boxes[:, 2:]).all(), "a box ends before it begins"
        assert set(labels) <= set(model.classes_), "a label that was never met"
        assert ((scores >= 0) & (scores <= 1)).all() and (np.diff(scores) <= 0).all(), "scores are not 0..1, falling"
    assert not model.predict(fresh.pixels[:0]), "no pictures are not an empty list"


@needs()
def check_boxes_do_not_depend_on_the_pictures_beside(subject: BoxSubject) -> None:
    """A picture alone gets the answer that it gets among others."""
    model, pixels = subject.own(), subject.fresh(8).pixels
    together, alone = model.predict(pixels), model.predict(pixels[[5, 2]])
    for i, one in zip((5, 2), alone, strict=True):
        same = len(one[0]) == len(together[i][0]) and all(
            np.allclose(a, b, atol=1e-2) for a, b in ((one[0], together[i][0]), (one[2], together[i][2]))
        )
        assert same, "a picture's boxes depend on the pictures beside it"


@needs()
def check_boxes_are_found(subject: BoxSubject) -> None:
    """Most boxes of fresh pictures are found, and more than chance would have it with their label as the surest."""
    model, fresh = subject.own(), subject.fresh()
    there, right = list[bool](), list[bool]()
    for (boxes, labels), (said, classes, _) in zip(held(fresh), model.predict(fresh.pixels), strict=True):
        near = intersection_over_union(boxes, said) >= 0.5
        there += [bool(n.any()) for n in near]
        right += [bool(n.any()) and classes[n][0] == label for n, label in zip(near, labels, strict=True)]
    assert np.mean(there) >= FOUND, f"{np.mean(there):.0%} of the boxes are found"
    assert np.mean(right) >= READ, f"{np.mean(right):.0%} of the boxes are found with their label"


@needs()
def check_pictures_may_hold_nothing(subject: BoxSubject) -> None:
    """It learns from pictures that hold nothing, leaves out those of which nobody says what they hold and says so,
    and refuses holes."""
    made = subject.train(SMALL)
    y: list[Any] = held(made)
    y[0], y[1] = (np.empty((0, 4)), []), None
    model = subject.make().fit(made.pixels, y)
    assert any("unlabelled" in note for note in model.notes_), "pictures are left out and it is not said"
    holed = made.pixels[:1].astype(float)
    holed[0, :4] = np.nan
    with Expect(CannotAnswer, "a picture with holes"):
        model.predict(holed)
