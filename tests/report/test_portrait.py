"""The portrait's section: whole, safe, small, readable without colour, and shown only as far as the data go."""

from __future__ import annotations

import copy
import json
import re
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from obverse.report.charts.heatmap import STEPS, heatmap, level
from obverse.report.portrait import section
from obverse.study.portrait import portrait

HOSTILE = "<script>alert(1)</script>&\"'><img src=x onerror=alert(1)>"
STYLES = files("obverse.report")
STYLE, OWN = (STYLES.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "portrait.css"))


def table(n: int = 300, columns: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    y = rng.choice(["ill", "well", "unsure"], n)
    frame = pd.DataFrame({f"number {i}": rng.normal(loc=(y == "ill") * (i % 3), size=n) for i in range(columns - 2)})
    frame = frame.assign(town=rng.choice(["north", "south"], n), y=y)
    frame.loc[rng.random(n) < 0.2, ["number 0", "number 1"]] = np.nan
    return frame


@pytest.fixture(scope="module")
def found() -> dict:
    return json.loads(json.dumps(portrait(table(), "y", "class", 0)))


@pytest.fixture(scope="module")
def wide() -> dict:
    return portrait(table(n=120, columns=60).rename(columns=lambda name: f"a rather long name of {name}"),
                    "a rather long name of y", "class", 0)  # fmt: skip


@pytest.mark.parametrize("which", ["found", "wide"])
def test_it_is_well_formed_and_says_what_each_part_is(which, page, request):
    html = section(request.getfixturevalue(which))
    shown = page(html)
    assert shown.faults == []
    drawings = shown.all("svg")
    assert all(d["role"] == "img" and d["aria-label"] for d in drawings)
    assert (
        len(drawings)
        == len(shown.all("desc"))
        == sum(above[-1] == "svg" for n, _, above in shown.elements if n == "title")
    )
    assert len(shown.all("caption")) == len(shown.all("table"))
    assert all(th.get("scope") in ("row", "col") for th in shown.all("th"))
    assert html.count("How to read it.") == len(shown.all("figure")) == 2
    boxes = [at for _, at, above in shown.elements if "class" in at and at["class"] == "scroll"]
    assert len(boxes) == len(shown.all("table")) + len(shown.all("figure"))
    assert shown.elements[0][1]["aria-labelledby"] == "portrait-title" == shown.all("h2")[0]["id"]


def test_everything_the_portrait_holds_is_shown(found, page):
    text = page(section(found)).text
    for column in found["columns"]:
        assert column["name"] in text and column["said"] in text
    pair = found["missing"]["together"][0]
    assert pair["a"] in text and f"{100 * pair['both']:.1f} %" in text
    for p in found["dependence"]["strongest"]:
        assert f"{p['sample']:.2f}" in text and f"{p['model']:.2f}" in text
    for group in found["examples"]["groups"]:
        assert group["group"] in text
        for row in [*group["typical"], *group["odd"]]:
            assert f"row {row['row']:,}" in text
            assert all(cell in text for cell in row["cells"])
    marks = sum(len(row["odd"]) for group in found["examples"]["groups"] for row in group["odd"])
    assert marks and len(re.findall(r"1 in \d[\d,]*\n", text + "\n")) == marks


def test_odd_cells_are_marked_by_a_sign_and_a_word(found, page):
    html = section(found)
    group = next(g for g in found["examples"]["groups"] if any(row["odd"] for row in g["odd"]))
    blamed = html.count('class="blamed"') + html.count('class="start blamed"')
    names = found["examples"]["columns"]
    assert blamed == sum(b["name"] in names for g in found["examples"]["groups"] for r in g["odd"] for b in r["odd"])
    assert group["group"] in html and "▲" in html and "rare," in html and "✕" in html
    other = copy.deepcopy(found)
    for row in (row for g in other["examples"]["groups"] for row in g["odd"]):
        row["odd"] = [{"name": "somewhere else", "cell": "9", "surprise": 5.0, "rare": False}]
    also = page(section(other)).text
    assert "What else is odd" in also and "somewhere else 9" in also and "does not fit," in also and "1 in 150" in also


def test_a_long_list_of_columns_is_cut_and_says_so(wide, page):
    shown = page(section(wide))
    listed = [c for c in wide["columns"] if c["said"] in shown.text]
    assert "Show 30 more columns" in shown.text and "20 further columns of this table are not shown" in shown.text
    assert len(shown.all("details")) == 2  # of columns and of groups
    heads = [data for tag, data in shown.texts if tag == "span" and data.startswith("a rather long name")]
    assert heads[0] == "a rather long name of y" and len(listed) >= 40
    assert "30 columns that depend less are not drawn" in shown.text
    assert len(section(wide).encode()) < 250_000


def test_what_there_is_not_is_said_in_a_sentence(page):
    frame = table()[["town", "y"]]
    whole = page(section(portrait(frame, "y", "class", 0)))
    assert "No cell of the 300 rows is empty." in whole.text and len(whole.all("figure")) == 1
    one = page(section(portrait(frame[["town"]], None, None, 0)))
    assert "One column alone cannot depend on another." in one.text and one.faults == []
    huge = pd.DataFrame({"huge": [1e300, -1e300] * 20, "b": range(40)})
    refused = page(section(portrait(huge, None, None, 0)))
    assert "No model of whole rows could be learnt" in refused.text and refused.faults == []
    assert "Typical and odd rows" not in refused.text
    assert section(None) is None and section({}) is None


def test_text_from_data_stays_text(page):
    frame = table().rename(columns={"number 0": HOSTILE, "y": HOSTILE + "y"})
    frame["town"] = frame["town"].replace("north", HOSTILE)
    frame.loc[frame.index % 9 == 0, "town"] = None
    html = section(portrait(frame, HOSTILE + "y", "class", 0))
    assert page(html).faults == [] and "<script" not in html and "<img" not in html and "onerror" in html


def test_it_is_the_same_each_time(found):
    assert section(found) == section(copy.deepcopy(found))


# --------------------------------------------------------------------------- map


def test_the_data_stand_above_the_diagonal_and_the_model_below(page):
    names = ["a", "b", "c"]
    sample = [[None, 0.7, 0.0], [0.7, None, 0.2], [0.0, 0.2, None]]
    model = [[None, 0.1, 0.01], [0.1, None, 0.0], [0.01, 0.0, None]]
    drawing = heatmap({"columns": names, "sample": sample, "model": model, "strongest": [], "left_out": 0})
    paths = [path for path in page(drawing).all("path") if path["class"] != "h-none"]
    squares = {tuple(map(int, re.findall(r"\d+", path["d"])[:2])): path["class"] for path in paths}
    assert squares == {
        (1, 0): "h6", (2, 0): "h0", (2, 1): "h4", (0, 1): "h3", (0, 2): "h1", (1, 2): "h0",
    }  # fmt: skip
    assert "a – b: data 0.700, model 0.100" in drawing


def test_steps_of_the_map_are_what_the_caption_says_they_are():
    told = -0.5 * np.log(1 - np.array([0.1, 0.25, 0.4, 0.55, 0.7, 0.85]) ** 2)  # of two normal columns
    assert np.allclose(STEPS, told, atol=0.0006)
    assert [level(nats) for nats in (0, 0.004, 0.006, 0.2, 5)] == [0, 0, 1, 4, 6]


def mix(one: str, share: float, other: str) -> list[float]:
    a, b = ([int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (one, other))
    return [share * x + (1 - share) * y for x, y in zip(a, b, strict=True)]


def luminance(parts: list[float]) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    red, green, blue = (p / 255 / 12.92 if p / 255 <= 0.04045 else ((p / 255 + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_colour_is_a_variable_and_neighbouring_steps_can_be_told_apart():
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|url\(|@import", OWN)
    used = set(re.findall(r"var\(--([\w-]+)\)", OWN)) - {"shade"}
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    themes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    steps = re.findall(r"--shade: color-mix\(in srgb, var\(--(\w+)\) (\d+)%, var\(--(\w+)\)\)", OWN)
    assert len(steps) == len(STEPS)
    for theme in themes:
        assert used <= set(theme)
        faint = mix(theme["faint"], 1, theme["faint"])
        light = [luminance(c) for c in (faint, *(mix(theme[a], int(s) / 100, theme[b]) for a, s, b in steps))]
        away = np.abs(np.diff(light))
        assert (np.sign(np.diff(light)) == np.sign(light[-1] - light[0])).all(), "one way from pale to strong"
        ratio = [(max(a, b) + 0.05) / (min(a, b) + 0.05) for a, b in pairwise(light)]
        assert min(ratio) > 1.1 and away.min() > 0
        assert (max(light) + 0.05) / (min(light) + 0.05) > 6
