"""The QR is small enough to print, the same in every form, and two readers that share no code read it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from pakta.certificates import qr
from pakta.core import credential
from tests import documents

LONGEST_ORIGIN = "https://" + "h" * 27  # a longer host makes a larger QR


def version(address: str) -> int:
    """Return a QR's version: 17 modules and 4 a version."""
    return (len(qr.matrix(address)) - 17) // 4


def test_a_typical_certificate_needs_version_14_at_most() -> None:
    typical = documents.address(origin="https://pakta.kota.example", unit="Dinas Perhubungan")
    assert version(typical) <= 14


def test_the_longest_certificate_needs_version_17_at_most() -> None:
    name = "N" * (credential.NAME_AND_UNIT_LIMIT // 2)
    longest = documents.address(origin=LONGEST_ORIGIN, name=name, unit=name, largest=True)
    assert version(longest) <= 17
    assert version(longest + "0" * 60) > 17, "the twin with a longer host does not fit"


def test_the_digits_are_in_numeric_mode() -> None:
    digits = "7" * 700
    assert version(f"https://x.example/v#{digits}") <= 13
    assert version(f"https://x.example/v#{'x' * 700}") > 17, "the twin in byte mode is much larger"


def test_both_readers_read_the_picture(tmp_path: Path) -> None:
    address = documents.address()
    picture = qr.png(address, pixels=4)
    assert documents.read_by_zxing(picture) == [address]
    assert documents.read_by_zbar(picture, tmp_path) == [address]


def test_a_module_is_a_whole_number_of_pixels_and_the_quiet_zone_four_modules() -> None:
    address = documents.address()
    with Image.open(io.BytesIO(qr.png(address, pixels=5))) as picture:
        assert picture.size == ((len(qr.matrix(address)) + 8) * 5,) * 2
        assert picture.convert("L").crop((0, 0, picture.width, 20)).getextrema() == (255, 255)
        assert picture.convert("L").getpixel((20, 20)) == 0


@pytest.mark.parametrize("quiet", [0, 4])
def test_the_outlines_hold_exactly_the_dark_modules(quiet: int) -> None:
    rows = qr.matrix(documents.address())
    assert filled(qr.svg_path(rows, quiet=quiet), len(rows) + 2 * quiet, quiet) == [list(row) for row in rows]


def test_modules_that_touch_by_a_corner_only_stay_apart() -> None:
    for rows in (((True, False), (False, True)), ((False, True), (True, False))):
        assert filled(qr.svg_path(rows, quiet=0), 2, 0) == [list(row) for row in rows]


def test_the_picture_in_the_page_says_what_it_is_and_cannot_carry_markup() -> None:
    drawn = qr.svg(documents.address(), title="<b>QR</b>")
    assert "&lt;b&gt;QR&lt;/b&gt;" in drawn
    assert 'role="img"' in drawn
    assert "style=" not in drawn


def filled(path: str, side: int, quiet: int) -> list[list[bool]]:
    """Return which squares an SVG path of h and v steps encloses, by counting the sides to their left."""
    crossed = [[0] * (side + 1) for _ in range(side)]
    x = y = 0
    for letter, numbers in re.findall(r"([Mhvz])([^Mhvz]*)", path):
        if letter == "M":
            x, y = (int(each) for each in numbers.split())
        elif letter == "h":
            x += int(numbers)
        elif letter == "v":
            for row in range(min(y, y + int(numbers)), max(y, y + int(numbers))):
                crossed[row][x] += 1
            y += int(numbers)
    inside = [[sum(row[: at + 1]) % 2 == 1 for at in range(side)] for row in crossed]
    return [row[quiet : side - quiet] for row in inside[quiet : side - quiet]]
