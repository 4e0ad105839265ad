"""The page: whole, safe, the same each time, asking nothing of a network, and holding all that the summary holds."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from obverse.core.errors import BadInput
from obverse.report import render
from obverse.study.metrics import METRICS

HOSTILE = "<script>alert(1)</script>&\"'><img src=x onerror=alert(1)>"
CASES = {
    "usual": {},
    "one split": {"splits": 1},
    "two splits": {"splits": 2},
    "regression": {"task": "number"},
    "no references": {"references": False},
    "thirty families": {"names": tuple(f"family_{i}" for i in range(30))},
    "long names": {"names": ("a" * 80, "b " * 40, "c", "d" * 79)},
    "nobody creates": {"names": ("logistic",)},
    "hostile": {"names": (HOSTILE, HOSTILE + "2", "x</svg>", "--></title></style>")},
}


@pytest.fixture(params=CASES, ids=str)
def study(request, made):
    return made(**CASES[request.param])


def test_every_element_is_closed_where_it_should_be(study, page):
    assert page(render(study)).faults == []


def test_figures_tables_and_sections_say_what_they_are(study, page):
    found = page(render(study))
    titled = [above[-1] for tag, _, above in found.elements if tag == "title"]
    captioned = sum(tag == "caption" for tag, _, above in found.elements)
    drawings = found.all("svg")
    assert titled.count("svg") == len([d for d in drawings if d.get("class") != "icon"])
    assert all(d.get("aria-hidden") for d in drawings if d.get("class") == "icon")
    assert all(d.get("aria-label") for d in drawings if d.get("role") == "img")
    assert sum(tag == "desc" for tag, *_ in found.elements) == sum(d.get("role") == "img" for d in drawings)
    assert captioned == len(found.all("table")) >= 9
    assert all(th.get("scope") in ("row", "col") for th in found.all("th"))
    ids = [attributes["id"] for _, attributes, _ in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {s["aria-labelledby"] for s in found.all("section")} <= set(ids)
    links = [a["href"] for tag, a, _ in found.elements if "href" in a]
    assert {link for link in links if link and link[1:] not in ids} == {"summary.json"}


def test_it_asks_nothing_of_a_network_and_runs_nothing(study, page):
    html = render(study)
    found = page(html)
    names = {tag for tag, *_ in found.elements}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    assert not [a for _, attributes, _ in found.elements for a in attributes if a.startswith("on")]
    assert not [a for a in ("src", "srcset", "action", "xlink:href") for _, at, _ in found.elements if a in at]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style and "url(" not in style[1] and "@import" not in style[1]


def test_every_family_reason_sentence_and_figure_is_there(study, page):
    text = page(render(study)).text
    for part in study["questions"]:
        assert part["ask"] in text
        assert text.count(part["verdict"]["sentence"]) >= 2
        for row in part["rows"]:
            assert row["family"] in text
            if row["cannot"]:
                assert row["cannot"].removeprefix(f"{row['family']} ") in text
            else:
                assert all(METRICS[m].show(row["mean"][m]) in text for m in part["metrics"])
        assert all(r["name"] in text and r["meaning"] in text for r in part["references"])
    plan, data, made = study["plan"], study["data"], study["environment"]
    wanted = [
        plan["command"],
        plan["hash"],
        data["sha256"],
        made["commit"],
        made["processor"],
        "numpy 2.4.0",
        "99 seconds",
    ]
    assert not [w for w in [*wanted, *data["notes"], study["title"], "1,234", "3.4 %"] if w not in text]


def test_the_data_come_before_the_verdict_and_the_verdict_is_one_click_away(made, page):
    found = page(render(made()))
    sections = [at["id"] for tag, at, _ in found.elements if tag == "section"]
    asked = [part["key"] for part in made()["questions"]]
    assert sections == ["data", "verdict", "how", *asked, "abilities", "reproduce"]
    assert found.all("a")[0] == {"href": "#verdict", "class": "skip"}
    contents = [at["href"] for tag, at, above in found.elements if tag == "a" and "nav" in above]
    assert contents == [f"#{name}" for name in sections]


def test_headings_leave_out_no_level(study, page):
    levels = [int(tag[1]) for tag, *_ in page(render(study)).elements if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_question_says_how_to_read_its_figures(made, page):
    html = render(made())
    for part in made()["questions"]:
        section = html[html.index(f'id="{part["key"]}"') :].partition("</section>")[0]
        assert section.count("<figure>") == section.count("How to read it.") >= 1, part["key"]


def test_what_the_region_is_stands_before_its_figures(made, page):
    study = made()
    html = render(study)
    section = html[html.index('id="shift"') :].partition("</section>")[0]
    assert section.index("Trained on rows where") < section.index("864 rows") < section.index('class="region"')
    assert section.index('class="region"') < section.index('class="rows pair"')
    next(p for p in study["questions"] if p["key"] == "shift")["extra"]["region"]["histogram"] = None
    html = render(study)
    assert "Trained on rows where" in html and 'class="region"' not in html


def test_a_family_that_answers_a_part_of_a_question_has_a_dash_and_not_no_answer(made, page):
    study = made()
    study["overall"] = {
        "columns": [{"question": "flag", "title": "Flag", "metric": "flag_rows"}],
        "rows": [
            {"family": "logistic", "title": "", "side": "discriminative",
             "cells": [{"mean": None, "mark": "", "cannot": None}]},
        ],
    }  # fmt: skip
    html = render(study)
    glance = html[html.index('class="glance"') :].partition("</table>")[0]
    assert ">–<" in glance and "no answer" not in glance and "A dash: it answers a part" in glance


def test_it_is_the_same_each_time_and_small(study):
    html = render(study)
    assert html == render(study)
    assert len(html.encode()) < 1_000_000


def test_text_from_data_stays_text(made, page):
    study = made()
    study["title"] = study["data"]["name"] = study["data"]["source"] = study["data"]["target"] = HOSTILE
    study["data"]["notes"] = study["plan"]["families"] = [HOSTILE]
    study["plan"]["command"] = study["environment"]["processor"] = HOSTILE
    part = next(p for p in study["questions"] if p["key"] == "create")
    part["verdict"]["sentence"] = part["ask"] = part["rows"][-1]["cannot"] = part["rows"][0]["title"] = HOSTILE
    region = next(p for p in study["questions"] if p["key"] == "shift")["extra"]["region"]
    region |= {"column": HOSTILE, "inside": f"`{HOSTILE}` <= 27.5", "outside": f"`{HOSTILE}` > 27.5", "why": HOSTILE}
    part["references"][0]["name"] = part["references"][0]["meaning"] = HOSTILE
    study["abilities"]["dummy"]["sample"]["text"] = HOSTILE
    html = render(study)
    found = page(html)
    assert found.faults == []
    assert "<script" not in html and "<img" not in html
    assert found.text.count(HOSTILE) >= 14


def test_figures_that_are_unknown_are_dashes_not_errors(made, page):
    study = made(splits=3)
    for part in study["questions"]:
        first, second = part["rows"][0], part["rows"][1]
        for m in part["metrics"]:
            first["values"][m][0] = None
            first["half_width"][m] = None
            second["values"][m], second["mean"][m], second["half_width"][m] = [None] * 3, None, None
        for a in part["verdict"]["against"]:
            a["difference"] = a["low"] = a["high"] = None
    study["environment"] |= {"commit": None, "xgboost": None}
    study["data"] |= {"target": None, "task": None, "notes": []}
    found = page(render(study))
    assert found.faults == []
    assert "–" in found.text and "None" not in found.text and "nan" not in found.text.split()


def test_a_question_nobody_answers_keeps_its_reasons(made, page):
    study = made()
    part = next(p for p in study["questions"] if p["key"] == "create")
    for row in part["rows"]:
        row |= {
            "cannot": f"because of {row['family']}",
            "values": {m: [None] * 5 for m in part["metrics"]},
            "mean": dict.fromkeys(part["metrics"]),
        }
    part |= {"references": [], "verdict": {"best": None, "tied": [], "sentence": "Nobody.", "against": []}}
    html = render(study)
    section = html[html.index('id="create"') : html.index('id="flag"')]
    assert "<svg" not in section and "<table" not in section
    assert all(f"because of {row['family']}" in page(html).text for row in part["rows"])


def test_all_together_and_failures_are_shown_when_the_summary_has_them(made, page):
    study = made()
    study["overall"] = {
        "columns": [{"question": "predict", "title": "Predict", "metric": "roc_auc"}],
        "rows": [
            {"family": f, "title": f, "side": "generative", "cells": [{"mean": mean, "mark": mark, "cannot": None}]}
            for f, mean, mark in (("logistic", 0.98765, "best"), ("xgboost", 0.97654, "tie"), ("dummy", None, ""))
        ],
    }
    study["failures"] = [{"family": "xgboost", "split": 2, "question": "predict", "why": "it ran out of memory"}]
    text = page(render(study)).text
    assert "0.988" in text and "0.977" in text and "no answer" in text
    assert "split 3: it ran out of memory" in text


def test_fidelity_is_never_drawn_without_privacy(made):
    study = made()
    part = next(p for p in study["questions"] if p["key"] == "create")
    assert "DCR share: nearer to copying" in render(study)
    c2st = next(row["mean"]["c2st"] for row in part["rows"] if row["mean"]["c2st"])
    assert f"{c2st:.3f}" in section(render(study)) and "Fidelity withheld" not in render(study)
    for row in part["rows"]:
        row["values"]["dcr_share"], row["mean"]["dcr_share"] = [None] * 5, None
    assert 'class="scatter"' not in render(study)
    assert f"{c2st:.3f}" not in section(render(study))
    assert "Fidelity withheld" in render(study) and "DCR share was not measured" in render(study)


def section(html: str) -> str:
    """The question of creating, without the other figures' spreads."""
    return html.partition('<section id="create"')[2].partition("</section>")[0]


def test_no_summary_is_refused_in_one_line(made):
    with pytest.raises(BadInput, match="no questions, abilities"):
        render({k: v for k, v in made().items() if k not in ("questions", "abilities")})
    study = made()
    study["questions"][0]["main"] = "beauty"
    with pytest.raises(BadInput, match="does not know: beauty"):
        render(study)
