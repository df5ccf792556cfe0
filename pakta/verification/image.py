"""Reads the QR codes in a picture from a stranger: a photo, a screenshot, the card.  In the confined process only.

A size is looked at before a pixel is unpacked, and of moving pictures none is read: what nobody looked at must not
pass for good.
"""

from __future__ import annotations

import io
import warnings

import zxingcpp
from PIL import Image

from pakta.core.errors import Reason, Refusal

FORMATS = ("PNG", "JPEG", "WEBP")
HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")  # brands: ISO/IEC 14496-12
STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
DEEP = ("JPEG", "MPO")  # a phone adds depth or a gain map to its JPEGs (MPF): beside the picture, not after it
MOST_PIXELS = 40_000_000
MOST_PHOTO = 70_000_000  # of a JPEG that can be decoded at a fraction: phones take 48 to 64 million
STRIP = 256  # rows that are turned to grey at once
QUICK, FINE = 1600, 4000  # pixels of the longer side: first small and quick, then as good as it gets
MOST_CODES, LONGEST_TEXT = 9, 4000  # one more than is looked at, so that more than that can be told
QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])

warnings.simplefilter("error", Image.DecompressionBombWarning)


def read(content: bytes) -> list[str]:
    """Return the texts of the QR codes in a PNG, JPEG or WebP, whatever they say; at most MOST_CODES, each once.

    Refuses with IMAGE_FORMAT, IMAGE_HEIC, IMAGE_TOO_LARGE, IMAGE_MOVES or IMAGE_UNREADABLE.
    """
    fine = _grey(_opened(content))
    coarse = fine.copy()
    coarse.thumbnail((QUICK, QUICK), Image.Resampling.BOX)
    return _texts(coarse) or ([] if coarse.size == fine.size else _texts(fine))


def rehearse() -> None:
    """Read a small picture of ours in each format: what decoders load late is loaded before no file can be opened."""
    small = Image.new("RGB", (8, 8))
    for form in (*FORMATS, "MPO"):
        out = io.BytesIO()
        more = {"save_all": True, "append_images": [small]} if form == "MPO" else {}
        small.save(out, form, **more)
        read(out.getvalue())


def _opened(content: bytes) -> Image.Image:
    """Return the picture with its size known and its pixels not yet decoded."""
    if content[4:8] == b"ftyp" and content[8:12] in HEIC:
        raise Refusal(Reason.IMAGE_HEIC)
    if not content.startswith(STARTS):
        raise Refusal(Reason.IMAGE_FORMAT)
    _check_webp(content)
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise Refusal(Reason.IMAGE_TOO_LARGE) from error
    except Exception as error:
        raise Refusal(Reason.IMAGE_UNREADABLE if _is_known(content) else Reason.IMAGE_FORMAT) from error
    if picture.width * picture.height > _most(picture):
        raise Refusal(Reason.IMAGE_TOO_LARGE)
    if picture.format not in DEEP and getattr(picture, "n_frames", 1) > 1:
        raise Refusal(Reason.IMAGE_MOVES)
    return picture


def _most(picture: Image.Image) -> int:
    """Return how many pixels a picture may have; a progressive JPEG is decoded whole first."""
    return MOST_PHOTO if picture.format in DEEP and not picture.info.get("progressive") else MOST_PIXELS


def _is_known(content: bytes) -> bool:
    """Say whether a file begins as one of the formats that are read, whatever follows."""
    return not content.startswith(b"RIFF") or content[8:12] == b"WEBP"


def _check_webp(content: bytes) -> None:
    """Refuse a WebP by the size in its head: its decoder takes room for every pixel before it tells the size."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return
    kind, head = content[12:16], content[20:30]
    if kind == b"VP8X":
        size = [int.from_bytes(head[at : at + 3], "little") + 1 for at in (4, 7)]
    elif kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        size = [(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1]
    else:
        size = [int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (6, 8)]
    if size[0] * size[1] > MOST_PIXELS:
        raise Refusal(Reason.IMAGE_TOO_LARGE)


def _grey(picture: Image.Image) -> Image.Image:
    """Return the picture as it lies, in grey on white, its longer side at most FINE pixels."""
    try:
        share = min(1.0, FINE / max(picture.size))
        wanted = (int(picture.width * share) or 1, int(picture.height * share) or 1)
        picture.draft("L", wanted)  # a JPEG is decoded at a fraction of its size
        picture.load()
        grey = Image.new("L", picture.size)
        for top in range(0, picture.height, STRIP):  # so that colours and greys do not lie there twice
            part = picture.crop((0, top, picture.width, min(top + STRIP, picture.height)))
            grey.paste(_flat(part), (0, top))
        del picture, part
        grey.thumbnail((FINE, FINE), Image.Resampling.BOX)
    except MemoryError as error:
        raise Refusal(Reason.IMAGE_TOO_LARGE) from error
    except Exception as error:
        raise Refusal(Reason.IMAGE_UNREADABLE) from error
    return grey


def _flat(picture: Image.Image) -> Image.Image:
    """Return a picture in grey; what shines through is white, as paper is."""
    if picture.mode in ("LA", "PA", "P") and picture.has_transparency_data:
        picture = picture.convert("RGBA")
    if picture.mode != "RGBA":
        return picture.convert("L")
    paper = Image.new("L", picture.size, "white")
    paper.paste(picture.convert("L"), mask=picture.getchannel("A"))
    return paper


def _texts(grey: Image.Image) -> list[str]:
    codes = zxingcpp.read_barcodes(grey, formats=QR)
    texts = dict.fromkeys(code.text for code in codes if 0 < len(code.text) <= LONGEST_TEXT)
    return list(texts)[:MOST_CODES]
