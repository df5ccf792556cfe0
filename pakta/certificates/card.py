"""The card to share: a PNG with the QR in whole pixels, made by typst and compressed by pillow."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import typst
from PIL import Image

from pakta.certificates import qr

SOURCE = Path(__file__).parent / "card.typ"
WIDTH, HEIGHT, QR_SIDE = 1080, 1350, 640  # pixels; the QR is at most this wide


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What stands on the card; `who` is the name, or "1 anggota …" in marked institutions."""

    city: str
    host: str
    title: str
    who: str
    unit: str
    number: str
    when: str
    address: str
    demo: bool


def render(facts: CardFacts) -> bytes:
    """Return the card as a PNG of 1080 by 1350 pixels."""
    modules = len(qr.matrix(facts.address)) + 2 * qr.QUIET
    pixels = QR_SIDE // modules
    data = {
        "city": facts.city,
        "host": facts.host,
        "title": facts.title,
        "who": facts.who,
        "unit": facts.unit,
        "number": facts.number,
        "when": facts.when,
        "demo": facts.demo,
        "side": modules * pixels,
    }
    with tempfile.TemporaryDirectory(prefix="pakta-card-") as folder:
        place = Path(folder)
        shutil.copyfile(SOURCE, place / "card.typ")
        (place / "qr.png").write_bytes(qr.png(facts.address, pixels=pixels))
        (place / "data.json").write_text(json.dumps(data), encoding="utf-8")
        made = typst.compile(str(place / "card.typ"), root=folder, format="png", ppi=72.0, ignore_system_fonts=True)
    assert isinstance(made, bytes)
    return _compressed(made)


def _compressed(png: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").quantize(colors=64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
