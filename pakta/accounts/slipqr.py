"""The QR of a slip, drawn with the characters of a terminal, so that a phone can open it where it was printed."""

from __future__ import annotations

import io

import qrcode


def drawn(address: str) -> str:
    """Return the QR of a slip's address as lines of text, dark on light, with its quiet zone."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=2)
    code.add_data(address)
    code.make(fit=True)
    out = io.StringIO()
    code.print_ascii(out=out, invert=True)
    return out.getvalue()
