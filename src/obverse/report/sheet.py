"""What every page carries: its head, the style sheets, the policy that keeps it from asking anything of a network."""

from __future__ import annotations

from importlib.resources import files

from .html import Markup, el

# the page asks nothing of any network, and runs no script; pictures stand in the page itself
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def head(title: str) -> Markup:
    """The head of a page of this title."""
    return el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name_="color-scheme", content="light dark"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("title", f"{title} · Obverse"),
        el("style", style()),
    )


def style() -> Markup:
    """All style sheets of the package, `style.css` first, the others in the order of their names."""
    sheets = sorted(
        (sheet for sheet in files("obverse.report").iterdir() if sheet.name.endswith(".css")),
        key=lambda sheet: (sheet.name != "style.css", sheet.name),
    )
    return Markup("".join(sheet.read_text(encoding="utf-8") for sheet in sheets))
