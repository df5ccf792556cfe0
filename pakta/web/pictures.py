"""Inline pictures as SVG: shares, a trend, the signs of verdicts.

Drawn with attributes and classes of `static/pakta.css`, never with styles, so that the
strict content policy holds.  Every picture says the same in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from types import ModuleType
from typing import cast

from markupsafe import Markup, escape

from pakta.web import display

ICONS = {
    "tick": '<path d="M5 12.5 10 17.5 19.5 7"/>',
    "cross": '<path d="M6 6 18 18M18 6 6 18"/>',
    "pause": '<path d="M8.5 6V18M15.5 6V18"/>',
    "question": '<path d="M8.5 9a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1.2-1.5 2.3"/><path d="M12 18.5v.01"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7V12L15.5 14"/>',
    "dash": '<path d="M6 12H18"/>',
}
CHECK_MARKS = {
    "yes": ("tick", "Cocok: "),
    "no": ("cross", "Tidak cocok: "),
    "unchecked": ("dash", "Belum diperiksa: "),
    "time": ("clock", "Waktu: "),
}
WIDTH = 1000
SLIVER = 6  # the least width of a share that is neither all nor none, so that it is seen
TREND_END, TREND_TOP, TREND_FOOT = 75, 12, 82  # percent of the picture: where the line ends, top, foot


def icon(name: str, size: int = 24) -> Markup:
    """Return a sign without words of its own; the text beside it says what it means."""
    return _icon(name, "icon", size)


def check_mark(name: str, said: Callable[[str], str] = str) -> Markup:
    """Return the sign of one line of "Yang diperiksa", with its meaning in hidden words, `said` in a language."""
    sign, words = CHECK_MARKS[name][0], said(CHECK_MARKS[name][1])
    return Markup('{}<span class="hidden-text">{}</span>').format(_icon(sign, f"icon mark-{name}", 24), words)


def _icon(name: str, classes: str, size: int) -> Markup:
    return Markup(
        '<svg class="{}" viewBox="0 0 24 24" width="{size}" height="{size}" aria-hidden="true">{}</svg>'
    ).format(classes, Markup(ICONS[name]), size=size)  # noqa: S704  a constant above


def filled(part: int, total: int) -> int:
    """Return how much of `WIDTH` is filled: all of it only where all, none only where none."""
    if part <= 0 or total <= 0:
        return 0
    if part >= total:
        return WIDTH
    return min(WIDTH - SLIVER, max(SLIVER, round(WIDTH * part / total)))


def share_bar(part: int, total: int, *, words: str = "", thin: bool = False) -> Markup:
    """Return a horizontal bar of `part` in `total`; `words` is its text, else a plain sentence is made."""
    text = escape(words or _share_words(part, total))
    return Markup(  # noqa: S704  numbers and an escaped text: a page may have hundreds, and a format takes longer
        f'<svg class="bar{" thin" if thin else ""}" viewBox="0 0 1000 24" preserveAspectRatio="none" role="img"'
        f' aria-label="{text}"><rect class="rest" width="1000" height="24" vector-effect="non-scaling-stroke"/>'
        f'<rect class="done" width="{filled(part, total)}" height="24"/></svg>'
    )


def _share_words(part: int, total: int) -> str:
    return f"{display.number(part)} dari {display.number(total)}, {display.percent(part, total)}"


def trend(
    points: Sequence[tuple[date, float]], *, words: str = "", value: str = "", forms: ModuleType = display
) -> Markup:
    """Return shares over time (0 to 1, in order of days) as a line with its last value at its end.

    Nothing for fewer than two points: one point is no trend.

    words  its text, else a plain sentence is made    value  what stands at the end, else the last share
    forms  how a language writes values: `display`, or its twin
    """
    if len(points) < 2:
        return Markup("")
    first, last = points[0][0].toordinal(), points[-1][0].toordinal()
    span = max(1, last - first)
    path = " ".join(
        f"{1000 * (day.toordinal() - first) / span:.1f},{1000 * (1 - min(1.0, max(0.0, share))):.1f}"
        for day, share in points
    )
    return Markup(
        '<svg class="trend" width="100%" height="176" role="img" aria-label="{words}">'
        '<svg viewBox="0 0 1000 1000" preserveAspectRatio="none" y="{top}%" width="{end}%" height="{height}%"'
        ' overflow="visible" aria-hidden="true">'
        '<polygon class="area" points="0,1000 {path} 1000,1000"/>'
        '<path class="axis" d="M0 0H1000M0 1000H1000" vector-effect="non-scaling-stroke"/>'
        '<polyline class="line" points="{path}" vector-effect="non-scaling-stroke"/></svg>'
        '<circle class="end" cx="{end}%" cy="{y}%" r="5"/>'
        '<text class="last" x="{text}%" y="{y}%" dy="6">{value}</text>'
        '<text x="0" y="98%">{begin}</text><text x="{end}%" y="98%" text-anchor="end">{finish}</text></svg>'
    ).format(**_trend_words(points, words, value, forms), path=path)


def _trend_words(points: Sequence[tuple[date, float]], words: str, value: str, forms: ModuleType) -> dict[str, str]:
    value = value or last_share(points, forms)
    height = TREND_FOOT - TREND_TOP
    share = min(1.0, max(0.0, points[-1][1]))
    return {
        "words": words or f"Dari {forms.day(points[0][0])} sampai {forms.day(points[-1][0])}, terakhir {value}",
        "top": str(TREND_TOP),
        "height": str(height),
        "end": str(TREND_END),
        "text": str(TREND_END + 2),
        "y": f"{TREND_TOP + height * (1 - share):.1f}",
        "value": value,
        "begin": short_day(points[0][0], forms),
        "finish": short_day(points[-1][0], forms),
    }


def last_share(points: Sequence[tuple[date, float]], forms: ModuleType = display) -> str:
    """Return the last of some shares in words; 100 % only where it is all, 0 % only where it is none."""
    share = points[-1][1]
    tenths = 1000 if share >= 1 else 0 if share <= 0 else min(999, max(1, round(1000 * share)))
    return cast(str, forms.percent(tenths, 1000))


def short_day(value: date, forms: ModuleType = display) -> str:
    """Return a day as "23 Nov" for the foot of a picture."""
    return f"{value.day} {forms.MONTHS[value.month - 1][:3]}"
