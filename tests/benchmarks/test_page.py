import json

import pytest

MACHINE = {"cores": 2, "platform": "Linux", "python": "3.11", "made": "2026-11-27"}
ROWS = {"set": "adult", "commit": "abc", "rows": 20_000, "kind": "ours", "wnmi": 0.01, "tstr": 0.9, "trtr": 0.93,
        "dcr": 0.5, "copies": 0.0004, "fit_seconds": 2.0, "sample_seconds": 1.0, "mib": 400.0}  # fmt: skip


@pytest.fixture
def page(tmp_path):
    """The page of given cells."""
    from generator import benchmarks

    def made(tables, filling=(), odd=()):
        for name, cells in (("tables", tables), ("imputation", filling), ("anomaly", odd)):
            (tmp_path / f"{name}.json").write_text(json.dumps({"machine": MACHINE, "bars": [], "cells": list(cells)}))
        return benchmarks.page(tmp_path, tmp_path)

    return made


def line(page, start):
    found = [line for line in page.splitlines() if line.startswith(f"| {start} |")]
    assert len(found) == 1, page
    return [cell.strip() for cell in found[0].strip("|").split("|")]


def test_medians_over_seeds_and_what_a_reference_has_not(page):
    made = page(
        [ROWS | {"maker": "chain_forest", "seed": seed, "c2st": c2st} for seed, c2st in enumerate((0.51, 0.6, 0.53))]
        + [{k: v for k, v in ROWS.items() if "seconds" not in k}
           | {"maker": "fresh rows", "seed": 0, "c2st": 0.5, "kind": "real"}]
    )  # fmt: skip
    assert line(made, "`chain_forest`")[1:10] == [
        "0.530", "0.010", "0.900", "0.930", "0.500", "0.04", "2.0", "1.0", "–",
    ]  # fmt: skip
    assert line(made, "`chain_forest`")[-1] == "3"
    assert line(made, "fresh rows")[7:9] == ["–", "–"]
    assert made.index("| fresh rows |") < made.index("| `chain_forest` |")


def test_a_failure_is_told_and_has_no_figures(page):
    failed = {k: ROWS[k] for k in ("set", "commit", "rows")}
    failed |= {"maker": "utrees", "seed": 0, "kind": "peer", "error": "ended after 300 processor seconds",
               "load": 1.2}  # fmt: skip
    holes = {"set": "adult", "imputer": "miceforest", "seed": 0, "commit": "abc", "error": "exit code 1: a | b"}
    made = page([ROWS | {"maker": "chain_forest", "seed": 0, "c2st": 0.5}, failed], [holes])
    assert line(made, "utrees") == ["utrees", "adult", "rows", "ended after 300 processor seconds", "1"]
    assert "| miceforest | adult | holes | exit code 1: a \\| b | – |" in made


def test_makers_on_a_part_stand_apart(page):
    whole = ROWS | {"maker": "chain_forest", "seed": 0, "c2st": 0.5}
    part = whole | {"maker": "utrees, part", "kind": "peer", "rows": 1_000}
    made = page([whole, part])
    assert made.index("`chain_forest`") < made.index("On the first 1,000 training rows") < made.index("| utrees |")


def test_filled_holes(page):
    cell = {"set": "letter", "imputer": "chained_equations", "commit": "abc", "nrmse": 0.4, "accuracy": None}
    made = page([], [cell | {"seed": 0, "seconds": 2.0}, cell | {"seed": 1, "seconds": 4.0}])
    assert line(made, "`chained_equations`")[1:] == ["0.400", "–", "3.0", "–", "2"]


def test_odd_rows_are_means_of_sets_and_a_failure_has_none(page):
    def cell(who, name, seed, **more):
        return {"set": name, "cells": "all", "scored_by": who, "seed": seed, "commit": "abc", "seconds": 1.0, **more}

    made = page([], [], [
        cell("ECOD", "wine", 0, auc=0.9), cell("ECOD", "wine", 1, auc=0.7), cell("ECOD", "glass", 0, auc=0.6),
        cell("joint_forest", "wine", 0, auc=0.9), cell("joint_forest", "glass", 0, auc=0.8),
        cell("KPCA", "wine", 0, auc=1.0), cell("KPCA", "glass", 0, error="ended"),
    ])  # fmt: skip
    assert line(made, "ECOD")[1:3] == ["0.700", "0.600"] and line(made, "ECOD")[4] == "2 of 2"
    assert line(made, "KPCA")[1] == "–" and line(made, "KPCA")[4] == "1 of 2"
    assert made.index("| `joint_forest` |") < made.index("| ECOD |") < made.index("| KPCA |")
