"""The QR image of an address: digits in numeric mode, level M, whole pixels a module."""

from __future__ import annotations

import io
from functools import lru_cache

import qrcode
from markupsafe import Markup
from PIL import Image
from qrcode.util import MODE_NUMBER, QRData

QUIET = 4  # modules of white around the code


@lru_cache(maxsize=2048)
def matrix(address: str) -> tuple[tuple[bool, ...], ...]:
    """Return the modules of the smallest QR at level M, dark ones True, without the quiet zone."""
    place, mark, digits = address.partition("#")
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0)
    code.add_data(QRData((place + mark).encode()), optimize=0)
    if digits:
        code.add_data(QRData(digits.encode(), mode=MODE_NUMBER), optimize=0)
    code.make(fit=True)
    return tuple(tuple(row) for row in code.get_matrix())


def svg(address: str, *, title: str = "QR untuk memeriksa sertifikat ini") -> Markup:
    """Return the QR as inline SVG, one unit a module."""
    rows = matrix(address)
    side = len(rows) + 2 * QUIET
    label = Markup("<title>{}</title>").format(title)
    return Markup(
        '<svg class="qr-code" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" role="img" '
        'shape-rendering="crispEdges">{1}<rect width="{0}" height="{0}" fill="#fff"/>'
        '<path d="{2}" fill="#000"/></svg>'
    ).format(side, label, _path(rows))


def png(address: str, *, pixels: int = 8) -> bytes:
    """Return the QR as a black-and-white PNG with `pixels` a module."""
    rows = matrix(address)
    side = len(rows) + 2 * QUIET
    image = Image.new("1", (side, side), 1)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x + QUIET, y + QUIET), 0)
    out = io.BytesIO()
    image.resize((side * pixels, side * pixels), Image.Resampling.NEAREST).save(out, "PNG", optimize=True)
    return out.getvalue()


def _path(rows: tuple[tuple[bool, ...], ...]) -> str:
    """Return one rectangle a run of dark modules, as an SVG path."""
    parts = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                parts.append(f"M{x + QUIET} {y + QUIET}h{end - x}v1h-{end - x}z")
            x = end + 1
    return "".join(parts)
