"""The QR image of an address: its digits in numeric mode, level M, whole pixels a module.

The encoder divides an address into a segment of bytes up to the `#` and one of digits.
Drawn as outlines, not as rows of modules: between rows a printer or a screen would show hairlines.
Source: ISO/IEC 18004; docs/credential.md.
"""

from __future__ import annotations

import io
import re
from functools import lru_cache
from itertools import pairwise

import zxingcpp
from markupsafe import Markup
from PIL import Image

QUIET = 4  # modules of white around the code
Matrix = tuple[tuple[bool, ...], ...]
Point = tuple[int, int]
Sides = dict[Point, list[int]]
RUN, DARK_AFTER = re.compile(rb"\x01+|\x02+"), 2  # dark on one side of a line only: before it, or after it


@lru_cache(maxsize=64)  # of 50 kB each
def matrix(address: str) -> Matrix:
    """Return the modules of the smallest QR at level M, dark ones True, without the quiet zone."""
    code = zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn = code.to_image(scale=1, add_quiet_zones=False)
    side, pixels = drawn.shape[1], bytes(memoryview(drawn))  # type: ignore[arg-type]  # it is a buffer
    return tuple(tuple(each == 0 for each in pixels[at : at + side]) for at in range(0, side * side, side))


def svg(address: str, *, title: str = "QR untuk memeriksa sertifikat ini", quiet: int = QUIET) -> Markup:
    """Return the QR as inline SVG, one unit a module, with `quiet` modules of white around it."""
    rows = matrix(address)
    label = Markup("<title>{}</title>").format(title)
    return Markup(
        '<svg class="qr-code" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" role="img" '
        'shape-rendering="crispEdges">{1}<rect width="{0}" height="{0}" fill="#fff"/>'
        '<path d="{2}" fill="#000"/></svg>'
    ).format(len(rows) + 2 * quiet, label, svg_path(rows, quiet=quiet))


def svg_path(rows: Matrix, *, quiet: int = QUIET) -> str:
    """Return the outlines of the dark modules as the data of one SVG path.

    An outline goes across, then down, then across, the dark always on its right.  Where two dark
    modules touch by a corner only, either way on closes it.
    """
    across, down = _sides(rows, turned=False), _sides(tuple(zip(*rows, strict=True)), turned=True)
    parts = []
    while across:
        begin = x, y = next(iter(across))
        parts.append(f"M{x + quiet} {y + quiet}")
        closed = False
        while not closed:
            to_x = _take(across, (x, y))
            to_y = _take(down, (to_x, y))
            parts.append(f"h{to_x - x}v{to_y - y}")
            x, y = to_x, to_y
            closed = (x, y) == begin
        parts.append("z")
    return "".join(parts)


def png(address: str, *, pixels: int = 8) -> bytes:
    """Return the QR as a black-and-white PNG with `pixels` a module."""
    out = io.BytesIO()
    image(address, pixels=pixels).save(out, "PNG", optimize=True)
    return out.getvalue()


def image(address: str, *, pixels: int) -> Image.Image:
    """Return the QR as a picture of one bit a pixel, with its quiet zone."""
    rows = matrix(address)
    side = len(rows) + 2 * QUIET
    modules = Image.new("1", (side, side), 1)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                modules.putpixel((x + QUIET, y + QUIET), 0)
    return modules.resize((side * pixels, side * pixels), Image.Resampling.NEAREST)


def _sides(lines: Matrix, *, turned: bool) -> Sides:
    """Return the straight sides between dark and light along `lines`: rows, or columns (`turned`).

    By the corner where a side begins: how far along the line it goes, for every side that begins there.
    """
    sides: Sides = {}
    light = (False,) * len(lines)
    for at, (before, after) in enumerate(pairwise((light, *lines, light))):
        codes = bytes(one + 2 * other for one, other in zip(before, after, strict=True))
        for run in RUN.finditer(codes):
            begin, end = run.span()
            if (codes[begin] == DARK_AFTER) is turned:
                begin, end = end, begin
            sides.setdefault((at, begin) if turned else (begin, at), []).append(end)
    return sides


def _take(sides: Sides, corner: Point) -> int:
    """Return where a side that begins at the corner ends, and forget the side."""
    ends = sides[corner]
    end = ends.pop()
    if not ends:
        del sides[corner]
    return end
