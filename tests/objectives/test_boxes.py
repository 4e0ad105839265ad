"""The loss of boxes: its least value, what it rewards, and that what it teaches is what is read off."""

import pytest

torch = pytest.importorskip("torch")

from obverse.objectives import boxes as objective  # noqa: E402

BOXES = torch.tensor([[[2.0, 1.0, 6.0, 7.0], [8.0, 8.0, 12.0, 11.0], [0.0, 0.0, 0.0, 0.0]]])
CODES = torch.tensor([[1, 0, -1]])


def said_of(boxes, codes, classes=2, size=14):
    """An answer that is as good as an answer can be."""
    said = torch.full((len(boxes), classes + 4, size, size), -20.0)
    middle = torch.arange(size) + 0.5
    for i, (some, kinds) in enumerate(zip(boxes, codes, strict=True)):
        for (left, top, right, bottom), code in zip(some, kinds, strict=True):
            if code < 0:
                continue
            y, x = int((top + bottom) / 2), int((left + right) / 2)
            said[i, code, y, x] = 20.0
            for row in range(y - 1, y + 2):
                for column in range(x - 1, x + 2):
                    away = (middle[column] - left, middle[row] - top, right - middle[column], bottom - middle[row])
                    said[i, classes:, row, column] = torch.stack(away).clamp(min=1e-3).log()
    return said


def test_a_perfect_answer_costs_nothing_and_is_read_off():
    said = said_of(BOXES, CODES)
    assert float(objective.loss(said, BOXES, CODES)) == pytest.approx(0, abs=1e-3)
    boxes, codes, scores = objective.strongest(said, 5)
    assert boxes.shape == (1, 5, 4) and scores[0, :2].min() > 0.99 > 0.01 > scores[0, 2]
    for box, code in zip(BOXES[0, :2], CODES[0, :2], strict=True):
        at = int((codes[0, :2] == code).nonzero())
        torch.testing.assert_close(boxes[0, at], box, atol=1e-3, rtol=0)


def test_another_place_class_or_size_costs_more():
    best = float(objective.loss(said_of(BOXES, CODES), BOXES, CODES))
    moved, other, wider = BOXES + 2, torch.tensor([[0, 0, -1]]), BOXES * torch.tensor([1.0, 1, 1.3, 1])
    for boxes, codes in ((moved, CODES), (BOXES, other), (wider, CODES)):
        assert float(objective.loss(said_of(boxes, codes), BOXES, CODES)) > best + 0.05


def test_a_picture_that_holds_nothing_costs_only_what_is_claimed_in_it():
    nothing = torch.full((1, 3), -1)
    assert float(objective.loss(said_of(BOXES, nothing), BOXES, nothing)) == pytest.approx(0, abs=1e-6)
    said = said_of(BOXES, CODES).requires_grad_()
    loss = objective.loss(said, BOXES, nothing)
    loss.backward()
    assert loss.item() > 10 and torch.isfinite(said.grad).all() and not said.grad[:, 2:].any()


def test_the_smaller_of_two_boxes_with_one_centre_is_learned():
    boxes, codes = torch.tensor([[[0.0, 0, 13, 13], [5.0, 5, 8, 8]]]), torch.tensor([[0, 1]])
    inner = said_of(boxes[:, 1:], codes[:, 1:])
    outer = said_of(boxes[:, :1], codes[:, :1])
    sides = [torch.cat([inner[:, :2], s[:, 2:]], dim=1) for s in (inner, outer)]
    small, large = (float(objective.loss(s, boxes, codes)) for s in sides)
    assert small < large


def test_a_place_names_its_surest_class_only():
    said = torch.full((1, 6, 4, 4), -9.0)
    said[0, 0, 1, 1], said[0, 1, 1, 1] = 2.0, 1.0
    _, codes, scores = objective.strongest(said, 16)
    assert codes[0, 0] == 0 and (scores[0] > 0.5).sum() == 1


def test_generalised_overlap_by_hand():
    one = torch.tensor([[0.0, 0, 2, 2]]).expand(3, 4)
    other = torch.tensor([[0.0, 0, 2, 2], [1, 0, 3, 2], [3, 0, 5, 2]])
    torch.testing.assert_close(objective.overlap(one, other), torch.tensor([1.0, 1 / 3, -0.2]))


def test_a_start_holds_centres_for_rare():
    bias = torch.zeros(7)
    objective.start(bias)
    torch.testing.assert_close(bias[:3].sigmoid(), torch.full((3,), 0.1))
    assert not bias[3:].any()
