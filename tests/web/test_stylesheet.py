"""The style sheet: contrast in the light and in the dark, nothing from elsewhere, no long movement."""

from __future__ import annotations

import gzip
import re

import pytest

from pakta.config import ROOT

CSS = (ROOT / "static" / "pakta.css").read_text(encoding="utf-8")
TOKEN = re.compile(r"--([a-z-]+): (#[0-9A-F]{6});")
LIGHT = dict(TOKEN.findall(CSS.split("@media", 1)[0]))
DARK = LIGHT | dict(TOKEN.findall(CSS.split("prefers-color-scheme: dark", 1)[1].split("*, *::before", 1)[0]))
WHITE = "#FFFFFF"

TEXT = [  # what is read, and what it stands on
    *((ink, paper) for ink in ("tinta", "redup", "plum", "plum-tua", "galat") for paper in ("kertas", "lembar")),
    ("tinta", "catatan-latar"),
    ("redup", "catatan-latar"),
    ("plum", "catatan-latar"),
    ("tinta", "galat-latar"),
    ("galat", "galat-latar"),
    ("redup", "galat-latar"),
    ("tinta", "belum"),
    ("di-plum", "plum"),
    ("di-plum", "plum-tua"),
    ("tinta-tangguh", "tangguh"),
]
EDGES = [
    ("garis", "kertas"),
    ("garis", "lembar"),
    ("fokus", "kertas"),
    ("fokus", "lembar"),
    ("hijau", "kertas"),
]


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_counted_as_the_guidelines_do() -> None:
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert contrast("#4B3A7C", WHITE) == pytest.approx(9.6, abs=0.1)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), TEXT)
def test_text_can_be_read_on_its_ground(scheme: dict[str, str], ink: str, paper: str) -> None:
    assert contrast(scheme[ink], scheme[paper]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "paper"), EDGES)
def test_edges_and_focus_can_be_seen(scheme: dict[str, str], edge: str, paper: str) -> None:
    assert contrast(scheme[edge], scheme[paper]) >= 3


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["pita", "sah", "cabut", "abu"])
def test_white_words_can_be_read_on_the_band_and_the_verdicts(scheme: dict[str, str], ground: str) -> None:
    assert contrast(WHITE, scheme[ground]) >= 4.5


def test_the_colours_of_verdicts_stay_in_the_dark() -> None:
    for name in ("sah", "cabut", "abu", "tangguh", "tinta-tangguh"):
        assert LIGHT[name] == DARK[name]


def test_nothing_comes_from_elsewhere() -> None:
    assert "url(" not in CSS
    assert "@import" not in CSS
    assert "@font-face" not in CSS


def test_nothing_moves_for_more_than_150_milliseconds() -> None:
    times = [float(time) for time in re.findall(r"(?<![\w-])(\d*\.?\d+)s\b", CSS)]
    assert times
    assert max(times) <= 0.15
    assert "@keyframes" not in CSS


def test_the_style_sheet_is_small() -> None:
    assert len(gzip.compress(CSS.encode())) <= 6000
