"""A badge for other sites: how many of an institution have signed, without any person's name."""

from __future__ import annotations

from html import escape

from pakta.api.statistics import Known
from pakta.coverage import rules
from pakta.web import display

LABEL = "Pakta netralitas"
NOTHING = "belum ada cakupan"
SMALL = "tidak ditampilkan"
DEMO = " (peragaan)"
HEIGHT, EDGE, LETTER = 28, 10, 7.2  # pixels; the last the width of a letter, to which texts are set
PLUM, PAPER, INK = "#4B3A7C", "#FBFAF7", "#1F1B2D"

# Attributes only: a style would be refused by our own policy, and by that of many sites.
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" \
aria-labelledby="t" lang="id"><title id="t">{title}</title>\
<rect x=".5" y=".5" width="{inner}" height="{low}" rx="4" fill="{paper}" stroke="{plum}"/>\
<path d="M4.5 .5H{left}V{bottom}H4.5a4 4 0 0 1-4-4v-{side}a4 4 0 0 1 4-4z" fill="{plum}"/>\
<g font-family="system-ui,-apple-system,'Segoe UI',Roboto,Verdana,sans-serif" font-size="13">\
<text x="{edge}" y="18.5" fill="#FFFFFF" textLength="{label_width}" lengthAdjust="spacingAndGlyphs">{label}</text>\
<text x="{at}" y="18.5" fill="{ink}" textLength="{value_width}" lengthAdjust="spacingAndGlyphs">{value}</text></g>\
</svg>
"""


def draw(name: str, known: Known | None, *, demo: bool) -> str:
    """Return the badge of the institution `name`; None: it has nothing to show now."""
    name = "".join(letter for letter in name if letter.isprintable())  # XML knows no control characters
    value = _value(known) + (DEMO if demo else "")
    label_width, value_width = (round(len(text) * LETTER) for text in (LABEL, value))
    left = label_width + 2 * EDGE
    width = left + value_width + 2 * EDGE
    return SVG.format(
        width=width, height=HEIGHT, inner=width - 1, low=HEIGHT - 1, left=left, bottom=HEIGHT - 0.5, side=HEIGHT - 9,
        edge=EDGE, at=left + EDGE, label_width=label_width, value_width=value_width, plum=PLUM, paper=PAPER, ink=INK,
        label=LABEL, value=escape(value), title=escape(f"{LABEL}, {name}: {_said(known)}{DEMO if demo else ''}"),
    )  # fmt: skip


def _value(known: Known | None) -> str:
    if known is None:
        return NOTHING
    if known.percent is None:
        return SMALL
    if known.signed is None or known.total is None:
        return f"{known.percent:.0f} %"
    return f"{display.percent(known.signed, known.total)} dari {display.number(known.total)}"


def _said(known: Known | None) -> str:
    """Return the badge in words, for those who hear it."""
    if known is None:
        return "saat ini belum ada cakupan"
    if known.percent is None:
        return f"kurang dari {rules.LEAST} orang, tidak ditampilkan"
    if known.signed is None or known.total is None:
        return f"{known.percent:.0f} % sudah menandatangani"
    counts = f"{display.number(known.signed)} dari {display.number(known.total)} pegawai"
    return f"{counts} sudah menandatangani, {display.percent(known.signed, known.total)}"
