"""What every page carries: the style sheets, and the policy that keeps it from asking anything of a network."""

from __future__ import annotations

from importlib.resources import files

from .html import Markup

POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # the page asks nothing of any network, and runs no script


def style() -> Markup:
    """All style sheets of the package, `style.css` first, the others in the order of their names."""
    sheets = sorted(
        (sheet for sheet in files("obverse.report").iterdir() if sheet.name.endswith(".css")),
        key=lambda sheet: (sheet.name != "style.css", sheet.name),
    )
    return Markup("".join(sheet.read_text(encoding="utf-8") for sheet in sheets))
