"""The page of a real study in a real browser: quiet, whole at every width, readable by all, safe, and on paper."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import obverse
from obverse import report
from obverse.data.worlds.grammar import Grammar

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on this machine"),
    pytest.mark.xdist_group("browser"),
]
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PAPER = 1010  # pixels of an A4 page between its margins


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a study of real rows, with holes, by three families: every question has an answer."""
    frame = obverse.read("breast_cancer").frame
    frame = frame[["mean radius", "mean texture", "mean concavity", "worst area", "diagnosis"]].iloc[:240].copy()
    frame.loc[frame.index[::9], ["mean texture", "mean concavity"]] = None
    folder = tmp_path_factory.mktemp("browser") / "study"
    families = ["dummy", "logistic", "naive_bayes"]
    done = obverse.compare(
        frame, "diagnosis", families=families, splits=3, out=folder, n_jobs=1, name="real rows", progress=False
    )
    assert len(done.summary["questions"]) == 9 and "portrait" in done.summary
    return report.write(done.summary, folder)


@pytest.fixture(scope="module")
def of_texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a study of texts, some of which would act if they were markup."""
    pytest.importorskip("torch")
    said = Grammar().sample(360, seed=1).texts.reshape(-1, 3)
    texts = list(dict.fromkeys(f"{a} {b} {c}" for a, b, c in said))
    texts[:3] = [
        "<script>window.ran = true</script> the dog",
        "<b>a cat</b> &amp; a bird",
        "a \u202ebird\x07 looks\n\nup",
    ]
    labels = ["dog" if "dog" in text.split(".")[0] else "other" for text in texts]
    tiny = {"layers": 1, "width": 16, "heads": 2, "context": 16, "epochs": 1, "batch": 32, "rate": 1e-2, "length": 60}
    folder = tmp_path_factory.mktemp("browser") / "texts"
    done = obverse.compare(
        texts, labels, families={"gpt:tiny": tiny, "text_logistic": {}, "text_naive_bayes": {}}, splits=1, out=folder,
        questions=["predict", "labels", "shift", "create", "flag"], n_jobs=1, name="sentences", progress=False,
    )  # fmt: skip
    assert not done.summary["failures"]
    return report.write(done.summary, folder)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Any, study: Path) -> Iterator[Any]:
    """Opens a page, that of the study unless told: `opened(viewport=..., color_scheme=...)`.

    `opened.heard` is what it said to the console, `opened.asked` what it asked for, `opened.stopped` what it did
    not get.
    """
    contexts = []

    def go(path: Path = study, **options: Any) -> Any:
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: go.heard.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: go.heard.append(f"error: {error}"))
        page.on("request", lambda request: go.asked.append(request.url))
        page.on("requestfailed", lambda request: go.stopped.append((request.url, request.failure)))
        page.goto(path.as_uri())
        return page

    go.heard, go.asked, go.stopped = [], [], []
    yield go
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_says_nothing_to_the_console_and_asks_for_nothing_but_itself(opened, study, scheme):
    page = opened(viewport=DESK, color_scheme=scheme)
    page.wait_for_load_state("networkidle")
    assert opened.heard == []
    assert opened.asked == [study.as_uri()]


def test_the_theme_of_the_reader_is_followed(opened):
    grounds = [
        opened(color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    light, dark = (sum(map(int, re.findall(r"\d+", ground)[:3])) for ground in grounds)
    assert light > 600 and dark < 150


@pytest.mark.parametrize("viewport", [DESK, PHONE, {"width": 800, "height": 600}], ids=["desk", "phone", "tablet"])
def test_nothing_is_wider_than_the_screen_and_every_figure_is_seen(opened, viewport):
    page = opened(viewport=viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    figures = page.evaluate(
        "[...document.querySelectorAll('figure, figure svg')].map(e => [e.checkVisibility(),"
        " e.getBoundingClientRect().width, e.getBoundingClientRect().height])"
    )
    assert len(figures) > 20
    assert all(visible and width > 5 and height > 5 for visible, width, height in figures)
    beyond = page.evaluate(
        "[...document.querySelectorAll('figure svg text')].filter(e => !e.closest('.scroll') && (box => box.left < 0 ||"
        " box.right > innerWidth)(e.getBoundingClientRect())).map(e => e.textContent)"
    )
    assert beyond == []


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_names_at_the_ends_of_a_dozen_curves_do_not_cover_each_other(opened, made, tmp_path, viewport):
    path = report.write(made(names=tuple(f"family_{i}" for i in range(12))), tmp_path)
    boxes = opened(path, viewport=viewport).evaluate(
        "[...document.querySelectorAll('.end-name')].map(e => (b => [b.top, b.bottom])(e.getBoundingClientRect()))"
    )
    assert len(boxes) == 12
    assert all(below[0] > above[1] - 1 for above, below in pairwise(sorted(boxes)))


def test_names_of_families_stay_in_sight_when_a_table_scrolls(opened):
    page = opened(viewport=PHONE)
    table = page.locator(".scroll:has(> .glance)")
    name = table.locator("tbody th").first
    before = name.bounding_box()
    moved = table.evaluate("e => { e.scrollLeft = 200; return e.scrollLeft }")
    assert moved == 200
    assert name.bounding_box()["x"] == pytest.approx(before["x"], abs=1)
    assert page.evaluate("document.documentElement.scrollLeft") == 0


def test_every_drawing_has_a_name_and_no_level_of_headings_is_left_out(opened):
    page = opened(viewport=DESK)
    nameless = page.evaluate(
        "[...document.querySelectorAll('svg')].filter(e => !e.closest('[aria-hidden=true]') &&"
        " !e.parentElement.closest('svg[role=img]') && !(e.getAttribute('role') === 'img' &&"
        " e.getAttribute('aria-label'))).map(e => e.outerHTML.slice(0, 80))"
    )
    assert nameless == []
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(e => +e.tagName[1])")
    assert levels[0] == 1 and all(b <= a + 1 for a, b in pairwise(levels))


@pytest.mark.parametrize(("scheme", "viewport"), [("light", DESK), ("dark", PHONE)], ids=["light", "dark"])
def test_axe_finds_no_violation(opened, scheme, viewport):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = opened(viewport=viewport, color_scheme=scheme, bypass_csp=True)  # for axe alone, which is a script
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    found = axe.Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response
    assert [(v["id"], [node["html"][:120] for node in v["nodes"][:3]]) for v in found["violations"]] == []
    contrast = [rule for rule in found["passes"] if rule["id"] == "color-contrast"]
    assert contrast and len(contrast[0]["nodes"]) > 100


@pytest.mark.parametrize(("scheme", "viewport"), [("light", PHONE), ("dark", DESK)], ids=["light", "dark"])
def test_a_report_of_texts_is_whole_readable_and_runs_nothing(opened, of_texts, scheme, viewport):
    page = opened(of_texts, viewport=viewport, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.evaluate("window.ran === undefined") and page.locator("main script, main bdi b").count() == 0
    assert page.locator(".samples .texts li").count() >= 16
    beyond = page.evaluate(
        "[...document.querySelectorAll('figure svg text')].filter(e => !e.closest('.scroll') && (box => box.left < 0 ||"
        " box.right > innerWidth)(e.getBoundingClientRect())).map(e => e.textContent)"
    )
    assert beyond == []
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = opened(of_texts, viewport=viewport, color_scheme=scheme, bypass_csp=True)
    found = axe.Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response
    assert [(v["id"], [node["html"][:120] for node in v["nodes"][:3]]) for v in found["violations"]] == []


def test_the_policy_of_the_page_stops_scripts_and_requests(opened):
    attempt = """() => new Promise(done => {
      const stopped = []
      document.addEventListener('securitypolicyviolation', e => stopped.push(e.effectiveDirective))
      const script = document.createElement('script')
      script.textContent = 'window.ran = true'
      document.body.append(script)
      document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/spy.png'}))
      setTimeout(() => done([window.ran === true, stopped.sort()]), 300)
    })"""
    ran, stopped = opened().evaluate(attempt)
    assert not ran and stopped == ["img-src", "script-src-elem"]
    assert opened.stopped == [("http://127.0.0.1:9/spy.png", "csp")]
    assert opened(bypass_csp=True).evaluate(attempt)[0]  # without the policy it would have run


def test_the_first_tab_leads_to_the_verdict(opened):
    page = opened(viewport=DESK)
    link = page.locator("a.skip")
    assert link.bounding_box()["y"] < 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the verdict"
    assert link.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#verdict")
    assert -2 < page.locator("#verdict").bounding_box()["y"] < 100


def test_it_prints_on_a_sensible_number_of_pages_and_no_figure_is_cut(opened):
    page = opened(viewport={"width": 695, "height": PAPER}, color_scheme="dark")
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert 8 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 30
    page.emulate_media(media="print")
    heights = page.evaluate("[...document.querySelectorAll('figure')].map(e => e.getBoundingClientRect().height)")
    assert max(heights) < PAPER
    split = page.evaluate(
        "[...document.querySelectorAll('figure, tr, .answer')].filter(e => getComputedStyle(e).breakInside !== 'avoid')"
    )
    assert split == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 695
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert sum(map(int, re.findall(r"\d+", ink)[:3])) < 150  # dark on white, whatever the screen shows
