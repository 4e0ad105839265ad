from argparse import Namespace

import pytest

pytest.importorskip("torch")


def test_what_suits_the_training_part_is_taken(monkeypatch):
    from forest_bars.record import Record
    from text_bars import gpt

    monkeypatch.setattr(gpt, "LARGE", {"layers": 1, "heads": 2, "width": 16, "context": 16, "dropout": 0.2, "batch": 4})
    monkeypatch.setattr(gpt, "CHOICES", [(0.0, 60), (0.9, 1)])
    record = Record("text", ("question", "set", "family", "seed"), None)
    assert gpt.chosen(record) == (0.2, gpt.STEPS)
    gpt.choose("the cat sees the dog. " * 60, Namespace(budget=None), record)
    cells = record.of(question="gpt choice")
    assert [c["family"] for c in cells] == ["dropout 0, 60 steps", "dropout 0.9, 1 steps"]
    assert cells[0]["nats"] < cells[1]["nats"] - 0.1
    assert gpt.chosen(record) == (0.0, 60)
