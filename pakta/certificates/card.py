"""The card to share: a PNG of 1080 by 1350 pixels with the QR in whole pixels.

Typst sets the card and leaves a white square, into which the QR is laid pixel by pixel: messengers
compress pictures, and modules that begin and end between pixels would not survive it.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from pakta.certificates import qr, typesetting
from pakta.certificates.arms import Arms

SOURCE = Path(__file__).parent / "card.typ"
WIDTH = 1080  # pixels
QR_SIDE = 656  # pixels, at most; with its quiet zone
QR_MIDDLE = 812  # pixels from the top to the middle of the QR
COLOURS = 64


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What stands on the card; `who` is the name, or "1 anggota" in marked institutions."""

    city: str
    host: str
    title: str
    who: str
    unit: str
    number: str
    when: str
    address: str
    demo: bool
    arms: Arms | None = None


def render(facts: CardFacts) -> bytes:
    """Return the card; the same facts give the same bytes.  Refuses with TEXT_UNPRINTABLE."""
    side, top = place(facts.address)
    drawing = facts.arms.png if facts.arms else None
    made = typesetting.png(SOURCE, _data(facts, side=side, top=top), arms=drawing)
    out = io.BytesIO()
    with Image.open(io.BytesIO(made)) as page:
        card = page.convert("RGB")
    pixels = side // (len(qr.matrix(facts.address)) + 2 * qr.QUIET)
    card.paste(qr.image(facts.address, pixels=pixels).convert("RGB"), ((WIDTH - side) // 2, top))
    few = card.quantize(colors=COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(out, "PNG", compress_level=6)  # 9 takes seven times as long for a quarter less
    return out.getvalue()


def place(address: str) -> tuple[int, int]:
    """Return the side of the QR with its quiet zone, and how far from the top it begins, in pixels."""
    modules = len(qr.matrix(address)) + 2 * qr.QUIET
    side = QR_SIDE // modules * modules
    return side, QR_MIDDLE - side // 2


def _data(facts: CardFacts, *, side: int, top: int) -> str:
    return json.dumps(
        {
            "city": facts.city,
            "host": facts.host,
            "title": facts.title,
            "who": facts.who,
            "unit": facts.unit,
            "number": facts.number,
            "when": facts.when,
            "demo": facts.demo,
            "side": side,
            "top": top,
        }
    )
