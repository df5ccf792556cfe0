"""The QR of a slip in a terminal is read by a camera."""

from __future__ import annotations

import zxingcpp
from PIL import Image

from pakta.accounts import slipqr

UPPER, LOWER, BOTH = "\u2580", "\u2584", "\u2588"


def test_a_camera_reads_the_slip_off_the_terminal() -> None:
    address = "https://pakta.kota.example/aktivasi#7K3MQ2XA91TB"
    lines = slipqr.drawn(address).splitlines()
    picture = Image.new("L", (max(map(len, lines)) * 6, len(lines) * 12), 0)
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            for half, lit in enumerate((letter in (UPPER, BOTH), letter in (LOWER, BOTH))):
                if lit:
                    picture.paste(255, (column * 6, row * 12 + half * 6, column * 6 + 6, row * 12 + half * 6 + 6))
    assert [found.text for found in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)] == [
        address
    ]
