"""The city's arms: a file of the operator's, drawn once as a small picture that the documents bear.

PNG or SVG.  What documents get is never the file but a PNG made of it here: over white, small, of few colours.
So a file holds whatever it wants of the drawing, and nothing else of it reaches a document.
"""

from __future__ import annotations

import io
import json
import re
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import typst
from PIL import Image, UnidentifiedImageError

from pakta.certificates import typesetting
from pakta.config import ARMS_LARGEST, Config, ConfigError

SOURCE = Path(__file__).parent / "arms.typ"
SMALLEST_SIDE, LARGEST_SIDE = 200, 4000  # pixels of a PNG: the longer side
SLIMMEST = 0.4  # the shorter side, as a share of the longer one
SIDES = (480, 400, 320, 240)  # pixels of what documents get: as many as their size allows
HEAVIEST = 56 * 1024  # bytes that it may add to a document
COLOURS = 128
MOST_ELEMENTS = 20_000
DARK, DARK_SHARE = 150, 0.04  # of 255, and of all pixels: what a black-and-white copy leaves of it
DRAWN = re.compile(r"url\(\s*['\"]?(?!#)|@import|javascript:", re.IGNORECASE)
EMBEDDED = re.compile(r"data:image/(png|jpeg);base64,", re.IGNORECASE)
BARRED = {
    "script", "foreignobject", "iframe", "audio", "video",
    "animate", "animatetransform", "animatemotion", "set",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arms:
    """What documents bear: a PNG of so many pixels."""

    png: bytes
    width: int
    height: int


def of(config: Config) -> Arms | None:
    """Return the arms that the operator provides, or None; raises ConfigError as `prepared` does."""
    return None if config.arms is None else prepared(config.arms)


@cache
def prepared(content: bytes) -> Arms:
    """Return what documents bear of a file; raises ConfigError with a sentence for who set it up."""
    if len(content) > ARMS_LARGEST:
        raise _unusable(f"berkas lambang lebih besar dari {ARMS_LARGEST // 1024 // 1024} MB. Perkecil dahulu.")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        picture = _of_png(content)
    elif b"<svg" in content[:4096]:
        picture = _of_svg(content)
    else:
        raise _unusable("berkas lambang harus PNG atau SVG. Simpan ulang dalam salah satu bentuk itu.")
    _check_form(picture)
    return _small(picture)


def _of_png(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as found:
            if not SMALLEST_SIDE <= max(found.size) <= LARGEST_SIDE:
                raise _unusable(
                    f"lambang berukuran {found.width} x {found.height} piksel. Sisi terpanjangnya harus "
                    f"{SMALLEST_SIDE} sampai {LARGEST_SIDE} piksel."
                )
            seen = found.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _unusable("berkas lambang bukan PNG yang utuh. Simpan ulang gambarnya.") from error
    white = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(white, seen).convert("RGB")


def _of_svg(content: bytes) -> Image.Image:
    root = _checked(content)
    plain = ElementTree.tostring(root, encoding="us-ascii").decode()
    try:
        drawn = typesetting.png(SOURCE, json.dumps({"svg": plain, "side": 2 * SIDES[0]}))
    except typst.TypstError as error:
        raise _unusable("berkas lambang bukan SVG yang dapat digambar. Simpan ulang sebagai SVG biasa.") from error
    with Image.open(io.BytesIO(drawn)) as found:
        return found.convert("RGB")


def _checked(content: bytes) -> ElementTree.Element:
    """Return a drawing's elements; refuse one that runs or fetches something, or needs a typeface of its own."""
    if b"<!ENTITY" in content or content.count(b"<") > MOST_ELEMENTS * 2:
        raise _unusable("lambang SVG memakai ENTITY atau terlalu rumit. Simpan ulang sebagai SVG biasa.")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314  # no entity is in it, and it is our operator's
    except (ElementTree.ParseError, ValueError) as error:
        raise _unusable("berkas lambang bukan SVG yang utuh. Simpan ulang gambarnya.") from error
    for element in root.iter():
        name = element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
        if name in BARRED or (name == "style" and DRAWN.search(element.text or "")):
            raise _unusable("lambang SVG memuat skrip, animasi atau rujukan ke luar. Hapus dahulu.")
        if name in ("text", "tspan") and "".join(element.itertext()).strip():
            raise _unusable("lambang SVG memuat tulisan. Ubah tulisannya menjadi garis (object to path) dahulu.")
        for attribute, value in element.attrib.items():
            _check_attribute(attribute.rpartition("}")[2].lower(), value)
    _check_clones(root)
    return root


def _check_clones(root: ElementTree.Element) -> None:
    """Refuse clones of what has clones in it: a few lines could stand for millions of elements."""
    cloning = {target for each in root.iter() for target in _cloned(each)}
    nested = (each for each in root.iter() if each.get("id") in cloning)
    if any(found for each in nested for inner in each.iter() for found in _cloned(inner)):
        raise _unusable("lambang SVG memuat klon di dalam klon. Lepaskan klonnya (unlink clone) dahulu.")


def _cloned(element: ElementTree.Element) -> list[str]:
    if not isinstance(element.tag, str) or element.tag.rpartition("}")[2] != "use":
        return []
    return [value[1:] for name, value in element.attrib.items() if name.rpartition("}")[2] == "href"]


def _check_attribute(name: str, value: str) -> None:
    outside = name in ("href", "src") and not value.startswith("#") and not EMBEDDED.match(value.strip())
    if name.startswith("on") or outside or DRAWN.search(value):
        raise _unusable("lambang SVG memuat skrip, animasi atau rujukan ke luar. Hapus dahulu.")


def _check_form(picture: Image.Image) -> None:
    """Refuse what would be a stripe on the page, or nothing at all on a black-and-white copy."""
    if min(picture.size) < SLIMMEST * max(picture.size):
        raise _unusable("lambang terlalu pipih. Sisi terpendeknya harus paling sedikit 40 % sisi terpanjang.")
    histogram = picture.convert("L").histogram()
    if sum(histogram[:DARK]) < DARK_SHARE * sum(histogram):
        raise _unusable("lambang terlalu pucat: pada salinan hitam putih ia hilang. Pakai gambar yang lebih gelap.")


def _small(picture: Image.Image) -> Arms:
    """Return the largest picture that a document can bear the weight of."""
    for side in SIDES:
        made = picture.copy()
        made.thumbnail((side, side), Image.Resampling.LANCZOS)
        few = made.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB")
        if len(zlib.compress(few.tobytes())) <= HEAVIEST:
            break
    else:
        raise _unusable("gambar lambang terlalu rumit untuk dokumen kecil. Pakai gambar datar, bukan foto.")
    out = io.BytesIO()
    few.save(out, "PNG", optimize=True)
    return Arms(out.getvalue(), *few.size)


def _unusable(what: str) -> ConfigError:
    return ConfigError(f"PAKTA_ARMS: {what}")
