"""A badge for other sites: how many of an institution have signed, without any person's name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from pakta.api.statistics import Known
from pakta.coverage import rules
from pakta.web.language import INDONESIAN, Language, sentence

LABEL = "Pakta netralitas"
NOTHING = "belum ada cakupan"
SMALL = "tidak ditampilkan"
DEMO = "peragaan"
SHARE, WHOLE = "{share} dari {total}", "{percent} %"
TOLD = "{signed} dari {total} pegawai sudah menandatangani, {share}"
TOLD_WHOLE, TOLD_SMALL = "{share} sudah menandatangani", "kurang dari {least} orang, tidak ditampilkan"
TOLD_NOTHING = "saat ini belum ada cakupan"
TEXTS = (LABEL, NOTHING, SMALL, DEMO, SHARE, WHOLE, TOLD, TOLD_WHOLE, TOLD_SMALL, TOLD_NOTHING)
HEIGHT, EDGE, LETTER = 46, 10, 7.2  # pixels; the last the width of a letter, to which texts are set
PLUM, PAPER, INK = "#4B3A7C", "#FBFAF7", "#1F1B2D"

# Attributes only: a style would be refused by our own policy, and by that of many sites.
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" \
aria-labelledby="t" lang="{language}"><title id="t">{title}</title>\
<rect x=".5" y=".5" width="{inner}" height="{low}" rx="4" fill="{paper}" stroke="{plum}"/>\
<path d="M4.5 .5H{left}V{bottom}H4.5a4 4 0 0 1-4-4v-{side}a4 4 0 0 1 4-4z" fill="{plum}"/>\
<g font-family="system-ui,-apple-system,'Segoe UI',Roboto,Verdana,sans-serif" font-size="13">\
{lines}</g>\
</svg>
"""
LINE = '<text x="{x}" y="{y}" fill="{fill}" textLength="{length}" lengthAdjust="spacingAndGlyphs">{text}</text>'
BASES = (18.5, 36.5)  # of the two lines on each side


def draw(
    name: str, known: Known | None, *, short: str, on: date | None, demo: bool, spoken: Language = INDONESIAN
) -> str:
    """Return the badge of the institution `name`; None: it has nothing to show now.

    short  its short name, which stands in the picture      on  the day of the figures, None where there are none yet
    """
    name, short = (_printable(text) for text in (name, short))
    dated = [spoken.day(on)] if known and on else []
    invented = [f"({spoken.text(DEMO)})"] if demo else []
    below = " ".join(dated + invented)
    left_lines, right_lines = (spoken.text(LABEL), short), (_value(known, spoken), below)
    left, right = (round(max(map(len, lines)) * LETTER) + 2 * EDGE for lines in (left_lines, right_lines))
    width = left + right
    said = ", ".join([f"{spoken.text(LABEL)}, {name}: {_said(known, spoken)}", *dated])
    return SVG.format(
        width=width, height=HEIGHT, inner=width - 1, low=HEIGHT - 1, left=left, bottom=HEIGHT - 0.5, side=HEIGHT - 9,
        plum=PLUM, paper=PAPER, lines=_lines(EDGE, "#FFFFFF", left_lines) + _lines(left + EDGE, INK, right_lines),
        title=escape(" ".join([said, *invented])), language=spoken.code,
    )  # fmt: skip


def _lines(at: int, fill: str, texts: Sequence[str]) -> str:
    return "".join(
        LINE.format(x=at, y=y, fill=fill, length=round(len(text) * LETTER), text=escape(text))
        for y, text in zip(BASES, texts, strict=True)
        if text
    )


def _printable(text: str) -> str:
    """Return a name without control characters: XML knows none."""
    return "".join(letter for letter in text if letter.isprintable())


def _value(known: Known | None, spoken: Language) -> str:
    if known is None:
        return spoken.text(NOTHING)
    if known.percent is None:
        return spoken.text(SMALL)
    if known.signed is None or known.total is None:
        return _whole(known.percent, spoken)
    share = spoken.shown("percent")(known.signed, known.total)
    return spoken.text(sentence(SHARE, share=share, total=known.total))


def _said(known: Known | None, spoken: Language) -> str:
    """Return the badge in words, for those who hear it."""
    if known is None:
        said = sentence(TOLD_NOTHING)
    elif known.percent is None:
        said = sentence(TOLD_SMALL, least=rules.LEAST)
    elif known.signed is None or known.total is None:
        said = sentence(TOLD_WHOLE, share=_whole(known.percent, spoken))
    else:
        share = spoken.shown("percent")(known.signed, known.total)
        said = sentence(TOLD, signed=known.signed, total=known.total, share=share)
    return spoken.text(said)


def _whole(percent: float, spoken: Language) -> str:
    return spoken.text(sentence(WHOLE, percent=round(percent)))
