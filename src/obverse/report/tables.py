"""The tables of a page: each with a caption, scoped heads, and a box of its own to scroll in on a phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..study.metrics import METRICS, Metric
from .charts.unlabelled import both
from .html import Child, Markup, el, text
from .words import ARROWS, BETTER, QUERIES, SIDES, interval, of_table, signed, spread

PILLS = {
    "best": "the best mean",
    "tie": "no difference found to the best",
    "baseline": "what every other family should beat",
}
Line = tuple[Child, Sequence[Child]]  # the name of a table's row, and its cells


def badge(side: str) -> Markup:
    """The mark and letter of a side; read aloud in full."""
    css, letter = SIDES[side]
    shape = el("i", class_="shape", aria_hidden="true")
    return el("span", shape, letter, el("span", f" ({side}) ", class_="unseen"), class_=f"badge {css}")


def glance(overall: Mapping[str, Any]) -> Markup:
    """Families by questions: the deciding figure, who is best, and who is not told apart from the best."""
    columns = [(c["question"], c["title"], METRICS[c["metric"]]) for c in overall["columns"]]
    heads = [text(el("a", title, href=f"#{key}"), _figure_name(m)) for key, title, m in columns]
    rows: list[Line] = []
    for row in overall["rows"]:
        cells = zip(row["cells"], columns, strict=True)
        rows.append((family(row), [_glance_cell(cell, metric) for cell, (_, _, metric) in cells]))
    how = (
        "The deciding figure of each question. Best: the best mean. Tie: no difference to the best was found. ↑ higher "
        "is better, ↓ lower is better, → 0.5 nearer to 0.5 is better."
    )
    if any(cell["mean"] is None and not cell["cannot"] for row in overall["rows"] for cell in row["cells"]):
        how += " A dash: it answers a part of the question, but has not this figure."
    return table("All together", how, ["Family", *heads], rows, kind="glance")


def _figure_name(metric: Metric) -> Markup:
    """The figure in a narrow head, with no break at its hyphen: an arrow for the eye, words for the ear."""
    name = (metric.title.partition(",")[0] if metric.short else metric.title).replace("-", "\N{NON-BREAKING HYPHEN}")
    arrow = el("span", f"\N{NO-BREAK SPACE}{ARROWS[metric.better]}", aria_hidden="true")
    return el("small", name, arrow, el("span", f" ({BETTER[metric.better]})", class_="unseen"))


def _glance_cell(cell: Mapping[str, Any], metric: Metric) -> Markup:
    """A figure, and below it its mark."""
    if cell["mean"] is None:
        return el("span", "no answer" if cell["cannot"] else "–", class_="none")
    return el("span", metric.show(cell["mean"]), _pill(cell["mark"]), class_=f"cell-{cell['mark'] or 'plain'}")


def figures(part: Mapping[str, Any]) -> Markup | None:
    """All figures of a question; None when there are none."""
    metrics = [METRICS[name] for name in part["metrics"]]
    best, tied = part["verdict"]["best"], part["verdict"]["tied"]
    rows: list[Line] = []
    for row in part["rows"]:
        if row["cannot"] is None:
            mark = "best" if row["family"] == best else "tie" if row["family"] in tied else ""
            cells = [text(m.show(row["mean"].get(m.name)), el("small", spread(row, m))) for m in metrics]
            rows.append((family(row, mark, with_title=True), cells))
    for reference in part["references"]:
        name = text(el("span", reference["name"], class_="reference-name"), el("small", reference["meaning"]))
        means = [(m, reference["mean"].get(m.name)) for m in metrics]
        rows.append((name, ["" if mean is None else m.show(mean) for m, mean in means]))
    heads = [text(m.title, el("small", BETTER[m.better])) for m in metrics]
    return table("The figures", of_table(part), ["Family", *heads], rows) if rows else None


def unlabelled(part: Mapping[str, Any]) -> Markup | None:
    """What each family made of rows without a target; None when nobody learned from them."""
    found = both(part)
    if not found:
        return None
    names = [name for name in part["extra"]["names"] if any(name == n for one in found for n, *_ in one.points)]
    metric = METRICS[part["main"]]
    rows: list[Line] = []
    for one in found:
        by_name = {name: f"{metric.show(alone)} → {metric.show(more)}" for name, alone, more in one.points}
        rows.append((family(one.row), [by_name.get(name, "–") for name in names]))
    how = f"{metric.title.partition(',')[0]}, from the labelled rows alone → with the unlabelled rows too; means."
    return table("Unlabelled rows", how, ["Family", *(f"{name} labels" for name in names)], rows)


def against(part: Mapping[str, Any]) -> Markup | None:
    """Differences to the best; None when there are none."""
    verdict, metric = part["verdict"], METRICS[part["main"]]
    known = {row["family"]: row for row in part["rows"]}
    rows: list[Line] = []
    for a in verdict["against"]:
        said = el("span", a["verdict"], class_=f"said {a['verdict'].split()[0]}")
        cells = [signed(a["difference"], metric), interval(a["low"], a["high"], metric), said]
        rows.append((family(known[a["family"]]), cells))
    what = f"The distance of {metric.title} from 0.5" if metric.better == "half" else metric.title
    how = f"{what}, of the family minus that of {verdict['best']}, on the same splits."
    how += " An interval on both sides of 0 means that no difference was found."
    heads = ["Family", "Difference", "95 % interval", "Verdict"]
    return table("Compared with the best", how, heads, rows) if rows else None


def abilities(found: Mapping[str, Any], known: Mapping[str, Any]) -> Markup:
    """What each family can answer and how, or why not. `known`: rows of the summary's tables by family."""
    heads = [text(title, el("small", meaning)) for title, meaning in QUERIES.values()]
    rows: list[Line] = []
    for name, by_query in found.items():
        first = family(known.get(name, {"family": name}), with_title=True)
        rows.append((first, [_ability(by_query.get(query)) for query in QUERIES]))
    how = (
        "● by itself; ◐ derived, by the rule in the cell, from what it learnt; · no answer, for the reason in the cell."
    )
    return table("The four queries", how, ["Family", *heads], rows, kind="abilities")


def _ability(ability: Mapping[str, Any] | None) -> Markup:
    if ability is None:
        return el("span", "not known", class_="none")
    symbol = el("span", ability["symbol"], class_=f"symbol {ability['kind']}", aria_hidden="true")
    return text(symbol, el("span", f"{ability['kind']}: ", class_="unseen"), el("small", ability["text"]))


def facts(title: str, pairs: Iterable[tuple[str, Child]]) -> Markup:
    """Names and values."""
    rows = [el("tr", el("th", name, scope="row"), el("td", value)) for name, value in pairs]
    return box(el("table", el("caption", el("span", el("b", title))), el("tbody", rows), class_="facts"), title)


def family(row: Mapping[str, Any], mark: str = "", *, with_title: bool = False) -> Markup:
    """Badge, name and marks of a family, and its title below."""
    side = badge(row["side"]) if row.get("side") else None
    name = el("span", row["family"], class_="family")
    title = el("small", row["title"]) if with_title and row.get("title") else None
    return text(side, " ", name, " ", _pill(mark), _pill("baseline" if row.get("weak") else ""), title)


def _pill(mark: str) -> Markup | None:
    return el("span", mark, class_=f"pill {mark}", title=PILLS[mark]) if mark else None


def table(title: str, how: str, heads: Sequence[Child], rows: Iterable[Line], *, kind: str | None = None) -> Markup:
    """A table whose first column names the rows; `how` says how to read it."""
    caption = el("caption", el("span", el("b", title), ". ", how))
    head = el("thead", el("tr", [el("th", h, scope="col") for h in heads]))
    body = [el("tr", el("th", name, scope="row"), [el("td", cell) for cell in cells]) for name, cells in rows]
    return box(el("table", caption, head, el("tbody", body), class_=kind), title)


def box(content: Markup, label: str) -> Markup:
    """Something wide that scrolls by itself."""
    return el("div", content, class_="scroll", role="region", tabindex="0", aria_label=label)
