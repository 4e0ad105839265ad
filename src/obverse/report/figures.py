"""Which figures a question has, each with the sentence that says how to read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..study.metrics import METRICS
from . import captions, odd_rows, tables, texts, words
from .charts import changes, curves, unlabelled
from .charts.axis import finite, linear
from .charts.bars import bars
from .charts.dumbbell import TRIANGLES, condition, dumbbells
from .charts.fidelity import fidelity_and_privacy
from .charts.region import region
from .charts.reliability import panels
from .charts.strip import strip
from .charts.svg import key, mark, ring
from .html import Markup, el, text
from .sheets import sheets

Part = Mapping[str, Any]
BEFORE, AFTER = ring("discriminative", "0"), mark("discriminative", "end", "0")


def figures(part: Part, splits: int) -> Markup:
    """All figures of a question; those it has no numbers for are left out."""
    return text(_DRAWN.get(part["key"], _strip)(part, splits))


def _figure(drawing: Markup | None, how: str) -> Markup | None:
    if not drawing:
        return None
    return el("figure", drawing, el("figcaption", el("b", "How to read it. "), how))


def _strip(part: Part, splits: int) -> Markup:
    return text(_figure(strip(part), captions.of_strip(part, splits)))


def _probabilities(part: Part, splits: int) -> Markup:
    diagrams = panels(part)
    small = el("div", diagrams, class_="panels") if diagrams else None
    return text(_strip(part, splits), _figure(small, captions.of_reliability()))


def _create(part: Part, splits: int) -> Markup:
    if made := texts.samples(part):
        return text(_figure(made, captions.of_samples()), _strip(part, splits))
    if made := sheets(part):
        return text(_figure(made, captions.of_sheets()), _strip(part, splits))
    if scatter := fidelity_and_privacy(part):
        return text(_figure(tables.box(scatter, "Fidelity against privacy"), captions.of_scatter()))
    return _strip(part, splits)


def _missing(part: Part, splits: int) -> Markup:
    drawing = dumbbells(part, "full", "holes", ("filled", "own"))
    if drawing is None:
        return _strip(part, splits)
    shown = [
        (BEFORE, "no holes"),
        (AFTER, "30 % holes, left to the model"),
        *(
            (el("use", href=f"#{shape}", class_="way"), said)
            for (shape, _), (name, said) in zip(TRIANGLES, captions.WAYS.items(), strict=True)
            if condition(part, name)
        ),
    ]
    return text(_figure(text(key(shown), drawing), captions.of_missing(part)))


def _labels(part: Part, splits: int) -> Markup:
    drawing = curves.curves(part)
    if drawing is None:
        return _strip(part, splits)
    found = unlabelled.panels(part)
    marks = [
        (el("use", href="#mark-d", class_="point"), "from the labelled rows alone (solid line)"),
        (el("use", href="#ring-d", class_="ring", transform="scale(0.6)"), "unlabelled rows added (dashed line)"),
    ]
    more = text(key(marks), el("div", found, class_="panels")) if found else None
    return text(
        _figure(drawing, captions.of_curves(part)),
        el("h3", "With the unlabelled rows too") if found else None,
        _figure(more, captions.of_unlabelled()),
        tables.unlabelled(part),
    )


def _shift(part: Part, splits: int) -> Markup:
    if changed := changes.panels(part):
        drawing = el("div", changed, class_="panels wide four")
        return text(_figure(drawing, captions.of_changes(part)), _strip(part, splits))
    found = part["extra"].get("region")
    drawing = dumbbells(part, "inside", "outside")
    shown = text(key([(BEFORE, "rows like those it was trained on"), (AFTER, "rows unlike them")]), drawing)
    return text(
        _region(found) if found else None,
        _figure(shown, captions.of_shift(part)) if drawing else _strip(part, splits),
    )


def _region(found: Mapping[str, Any]) -> Markup:
    """The region in words, and the column it was cut from."""
    pairs = [
        ("Trained on rows where", found["inside"], f"{found['rows_inside']:,} rows"),
        (
            "Asked about rows where",
            found["outside"],
            f"{found['rows_outside']:,} rows, {words.share(found['share_outside'])}",
        ),
    ]
    shown = [el("div", el("dt", name), el("dd", words.prose(said), el("small", rows))) for name, said, rows in pairs]
    return text(
        el("h3", "Where it was trained, and where it was asked"),
        el("p", found["why"]),
        el("dl", shown, class_="sides"),
        _figure(region(found), captions.of_region()),
    )


def _flag(part: Part, splits: int) -> Markup:
    """One strip for each kind of oddity, on one scale."""
    values = [v for row in part["rows"] for m in part["metrics"] for v in finite([*row["values"][m], row["mean"][m]])]
    if not values:
        return text()
    axis = linear([0.5, 1.0, *values])
    drawn = [strip(part, m, axis) for m in part["metrics"]]
    figure = _figure(_beside(part, drawn), captions.of_flag(part, splits))
    return text(figure, _odd(part["extra"].get("odd")), _odd_texts(part["extra"]))


def _odd_texts(extra: Mapping[str, Any]) -> Markup | None:
    """Real texts that are odd, and labels that are doubted."""
    shown = [
        show(extra[name]) for name, show in (("odd_texts", texts.odd), ("doubted", texts.doubted)) if name in extra
    ]
    return text(el("h3", "What is found in these data"), shown) if shown else None


def _odd(found: Mapping[str, Any] | None) -> Markup | None:
    """A few real rows that the best family finds odd."""
    if not found:
        return None
    title = f"Rows of the data that {found['family']} finds least probable"
    return text(
        el("h3", "What it finds in these data"),
        el("p", captions.of_odd()),
        odd_rows.legend(),
        odd_rows.table(found, title),
    )


def _cost(part: Part, splits: int) -> Markup:
    return text(_figure(_beside(part, [bars(part, m) for m in part["metrics"]]), captions.of_bars()))


def _beside(part: Part, drawn: list[Markup | None]) -> Markup | None:
    """Small figures beside each other, each under the name of what it shows."""
    cells = [
        el("div", el("p", METRICS[m].title, class_="panel-name"), drawing, class_="cell")
        for m, drawing in zip(part["metrics"], drawn, strict=True)
        if drawing
    ]
    return el("div", cells, class_="panels wide four" if len(cells) == 4 else "panels wide") if cells else None


_DRAWN: dict[str, Callable[[Part, int], Markup]] = {
    "probabilities": _probabilities,
    "missing": _missing,
    "labels": _labels,
    "shift": _shift,
    "create": _create,
    "flag": _flag,
    "cost": _cost,
}
