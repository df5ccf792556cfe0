"""Finds QR codes in a picture.  Runs as a process of its own: pictures from strangers are opened here only.

    python -m pakta.verification.reader < PICTURE

It limits its own memory, time and files before the first byte is read, has no secrets in its environment,
and answers with one line of JSON: {"texts": [...]} or {"reason": "..."}.
`pakta.verification.image` starts it.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import warnings

import zxingcpp
from PIL import Image, ImageOps

from pakta.core.errors import Reason, Refusal

FORMATS = ("PNG", "JPEG", "WEBP")
MEMORY = 512 * 1024 * 1024  # bytes of address space, the interpreter and its libraries included
SECONDS = 2  # of processor time
MOST_PIXELS = 40_000_000
QUICK, FINE = 1600, 4000  # pixels of the longer side: first small and quick, then as good as it gets
MOST_CODES, LONGEST_TEXT = 9, 4000  # one more than is looked at, so that more than that can be told
QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def confine() -> None:
    """Give up what reading a picture does not need, and let everything else go first."""
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(content: bytes) -> list[str]:
    """Return the texts of the QR codes in a picture, at most MOST_CODES, each once.

    Refuses with IMAGE_FORMAT, IMAGE_TOO_LARGE or IMAGE_UNREADABLE.
    """
    fine = _grey(_opened(content))
    coarse = fine.copy()
    coarse.thumbnail((QUICK, QUICK), Image.Resampling.BOX)
    return _texts(coarse) or ([] if coarse.size == fine.size else _texts(fine))


def _opened(content: bytes) -> Image.Image:
    """Return the picture with its size known and its pixels not yet decoded."""
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise Refusal(Reason.IMAGE_TOO_LARGE) from error
    except Exception as error:
        raise Refusal(Reason.IMAGE_FORMAT) from error
    if picture.width * picture.height > MOST_PIXELS:
        raise Refusal(Reason.IMAGE_TOO_LARGE)
    return picture


def _grey(picture: Image.Image) -> Image.Image:
    """Return the picture upright, in grey on white, its longer side at most FINE pixels."""
    try:
        share = min(1.0, FINE / max(picture.size))
        wanted = (int(picture.width * share) or 1, int(picture.height * share) or 1)
        picture.draft("L", wanted)  # a JPEG is decoded at a fraction of its size
        picture.load()
        grey = _flat(picture)
        grey.thumbnail((FINE, FINE), Image.Resampling.BOX)
        ImageOps.exif_transpose(grey, in_place=True)
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


def main() -> None:
    """Read a picture from standard input, answer on standard output."""
    confine()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        answer: dict[str, object] = {"texts": read(sys.stdin.buffer.read())}
    except Refusal as refusal:
        answer = {"reason": refusal.reason.value}
    except MemoryError:
        answer = {"reason": Reason.IMAGE_TOO_LARGE.value}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
