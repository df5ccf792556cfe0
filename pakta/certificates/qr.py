"""The QR image of an address: its digits in numeric mode, level M, whole pixels a module.

The encoder divides an address into a segment of bytes up to the `#` and one of digits.
Drawn as outlines, not as rows of modules: between rows a printer or a screen would show hairlines.
Source: ISO/IEC 18004; docs/credential.md.
"""

from __future__ import annotations

import io
from functools import lru_cache

import zxingcpp
from markupsafe import Markup
from PIL import Image

QUIET = 4  # modules of white around the code
Matrix = tuple[tuple[bool, ...], ...]
Point = tuple[int, int]


@lru_cache(maxsize=2048)
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
    """Return the outline of the dark modules as the data of one SVG path."""
    return "".join(_drawn(loop, quiet) for loop in _loops(_edges(rows)))


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


def _edges(rows: Matrix) -> dict[Point, list[Point]]:
    """Return the sides between dark and light, from corner to corner, the dark always on the right."""
    size = len(rows)
    edges: dict[Point, list[Point]] = {}
    for y in range(size):
        for x in range(size):
            if not rows[y][x]:
                continue
            sides = (
                (y == 0 or not rows[y - 1][x], (x, y), (x + 1, y)),
                (x == size - 1 or not rows[y][x + 1], (x + 1, y), (x + 1, y + 1)),
                (y == size - 1 or not rows[y + 1][x], (x + 1, y + 1), (x, y + 1)),
                (x == 0 or not rows[y][x - 1], (x, y + 1), (x, y)),
            )
            for light, begin, end in sides:
                if light:
                    edges.setdefault(begin, []).append(end)
    return edges


def _loops(edges: dict[Point, list[Point]]) -> list[list[Point]]:
    """Return the closed outlines that the sides make."""
    loops = []
    while edges:
        begin = next(iter(edges))
        loop, at = [begin], _take(edges, begin)
        while at != begin:
            loop.append(at)
            at = _take(edges, at)
        loops.append(loop)
    return loops


def _take(edges: dict[Point, list[Point]], begin: Point) -> Point:
    """Return where a side that begins here ends, and forget the side."""
    ends = edges[begin]
    end = ends.pop()
    if not ends:
        del edges[begin]
    return end


def _drawn(loop: list[Point], quiet: int) -> str:
    """Return an outline as path data; steps that go on in the same direction are one."""
    parts, (x, y) = [f"M{loop[0][0] + quiet} {loop[0][1] + quiet}"], loop[0]
    across, down = 0, 0
    for to_x, to_y in loop[1:]:
        if (across and to_x == x) or (down and to_y == y):
            parts.append(f"h{across}" if across else f"v{down}")
            across, down = 0, 0
        across, down = across + to_x - x, down + to_y - y
        x, y = to_x, to_y
    parts.append(f"h{across}" if across else f"v{down}")
    return "".join(parts) + "z"
