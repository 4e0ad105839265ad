import os
from argparse import Namespace

import pandas as pd
import pytest


@pytest.fixture
def generation():
    from side_by_side import generation

    return generation


@pytest.fixture
def record(generation):
    from forest_bars.record import Record

    return Record("tables", generation.KEYS, None)


def test_peers_measured_already_are_left_alone(generation, record, tmp_path, monkeypatch):
    from forest_bars.sets import Split

    frame = pd.DataFrame({"x": [1.0, 2.0], "y": ["a", "b"]})
    part = Split("breast_cancer_wisconsin_diagnostic", 0, "y", frame, frame, None, "0")
    monkeypatch.setattr(generation, "split", lambda name, seed: part)
    unknown = generation.Peer("no_such_peer", "argn.py")
    monkeypatch.setattr(generation, "PEERS", {"one": unknown, "two": unknown})
    record.put(set=part.name, maker="one", seed=0, kind="peer", data="0", error="as measured before")
    words = Namespace(sets=[part.name], seeds=[0], peers=None, again=False, threads=1, longest=1.0)
    generation.measure_peers(words, record)
    errors = {c["maker"]: c["error"] for c in record.cells}
    assert errors["one"] == "as measured before" and errors["two"].startswith("not installed: no_such_peer")
    generation.measure_peers(Namespace(**{**vars(words), "again": True}), record)
    assert all(c["error"].startswith("not installed") for c in record.cells) and len(record.cells) == 2


def test_a_part_is_smaller_and_shown_last(generation):
    makers = ["chain_forest, part", "utrees", "chain_forest", "marginals", "utrees, part", "fresh rows"]
    ordered = generation.ordered(makers)
    assert ordered == ["fresh rows", "marginals", "chain_forest", "utrees", "chain_forest, part", "utrees, part"]


def test_bars_are_beside_the_best_peer_of_all_rows(generation, record, capsys):
    head = {"set": "adult", "seed": 0, "data": "0", "copies": 0.0}
    for maker, c2st, tstr in (("chain_forest", 0.55, 0.91), ("SDV TVAE", 0.9, 0.92), ("arfpy", 0.8, 0.7),
                              ("utrees, part", 0.5, 0.99)):  # fmt: skip
        record.put(**head, maker=maker, c2st=c2st, tstr=tstr, wnmi=0.1, trtr=0.93)
    generation.bars(record)
    assert not record.rows  # the other peers are not measured yet
    for maker in generation.PEERS:
        if maker not in {c["maker"] for c in record.cells}:
            record.put(set="adult", maker=maker, seed=0, data="0", error="exit code 1: ValueError: no")
    generation.bars(record)
    told = {row["bar"]: (row["wanted"], row["met"]) for row in record.rows}
    assert told["chain_forest on adult: c2st beside the best peer, arfpy"] == ("<= 0.800", True)
    assert told["chain_forest on adult: tstr beside the best peer, SDV TVAE"] == (">= 0.920", False)
    generation.show(record)
    assert all(len(line) <= 80 for line in capsys.readouterr().out.splitlines() if not line.startswith(("met", "OPEN")))


def test_cells_of_another_file_are_taken_as_they_are(generation, record, tmp_path):
    from forest_bars.record import Record

    other = Record("tables", generation.KEYS, tmp_path)
    for maker, c2st in (("one", 0.9), ("two", 0.8)):
        other.put(set="adult", maker=maker, seed=0, c2st=c2st)
    other.cells[0]["commit"] = "elsewhere"
    other.write()
    record.put(set="adult", maker="one", seed=0, c2st=0.1)
    record.put(set="adult", maker="one", seed=1, c2st=0.2)
    record.take(tmp_path / "tables.json")
    told = {(c["maker"], c["seed"]): (c["c2st"], c["commit"] == "elsewhere") for c in record.cells}
    assert told == {("one", 0): (0.9, True), ("two", 0): (0.8, False), ("one", 1): (0.2, False)}


def test_a_limit_reached_on_a_crowded_machine_does_not_stand(generation):
    cores = os.cpu_count() or 1
    late = {"maker": "utrees", "error": "ended after 300 processor seconds", "load": 2 * cores + 1.0}
    assert not generation.stands(late)
    assert generation.stands(late | {"load": 2.0 * cores})
    assert generation.stands(late | {"error": "exit code 1: ValueError: no"})
    assert generation.stands({"c2st": 0.5, "load": 2 * cores + 1.0})


def test_a_run_ended_early_does_not_stand_once_more_is_allowed(generation):
    late = {"maker": "SDV CTGAN", "error": "ended after 300 processor seconds", "load": 0.0}
    assert not generation.stands(late)
    assert generation.stands(late | {"limit": generation.PEERS["SDV CTGAN"].longest})
    assert generation.stands(late | {"maker": "utrees"})
    assert generation.stands(late, 200.0) and not generation.stands(late, 400.0)
    assert generation.stands({"maker": "SDV CTGAN", "c2st": 0.5})
    assert generation.stands({"imputer": "miceforest", "error": late["error"], "load": 0.0})
