"""The colours: text can be read on every ground it stands on, in the light, in the dark and on paper."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from obverse.report.sheet import style

STYLE = files("obverse.report").joinpath("style.css").read_text(encoding="utf-8")
THEMES = [
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
]
GROUNDS = {
    "ink": ("page", "surface"),
    "muted": ("page", "surface"),
    "d": ("page", "surface", "d-tint"),
    "g": ("page", "surface", "g-tint"),
    "b": ("page", "surface", "b-tint"),
    "good": ("page", "surface", "good-tint"),
}


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark", "paper"])
def test_text_has_a_contrast_of_at_least_four_and_a_half(theme):
    for text, grounds in GROUNDS.items():
        for ground in grounds:
            dark, light = sorted((luminance(theme[text]), luminance(theme[ground])))
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def test_every_colour_is_a_variable():
    assert len(THEMES) == 3 and all(set(theme) == set(THEMES[0]) for theme in THEMES)
    rules = re.sub(r":root \{.*?\}", "", str(style()), flags=re.DOTALL)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", rules)


def test_the_sheet_of_the_page_comes_first_and_none_is_left_out():
    sheets = [s for s in files("obverse.report").iterdir() if s.name.endswith(".css")]
    text = str(style())
    assert len(sheets) >= 2 and text.startswith(STYLE)
    assert sum(len(s.read_text(encoding="utf-8")) for s in sheets) == len(text)
