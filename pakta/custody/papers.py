"""The sheets of a batch: three slips a page, to be cut, folded and put into envelopes.

Every word arrives as data, never as markup.  The QR holds the code behind a #, so that no server and no log sees it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pakta.accounts import rules
from pakta.certificates import qr, typesetting

SOURCE = Path(__file__).parent / "slip.typ"
STEPS = (
    "Pindai QR ini dengan kamera ponsel, atau buka {host}/aktivasi dan ketik kodenya.",
    "Cocokkan nama dan unit yang tampil dengan diri Anda.",
    "Buat kunci: buka kunci layar ponsel seperti biasa. Tanpa kunci layar: Pakai kata sandi di perangkat ini.",
    "Baca pakta, lalu centang setiap butirnya.",
    "Tekan Tanda tangani pakta, dan simpan nomor sertifikatnya.",
)
WARNING = "Rahasia. Jangan terima bila amplopnya terbuka, dan jangan berikan kodenya kepada siapa pun."
ASK = "Ada yang keliru atau sulit? Tanyakan kepada {whom}."


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on one slip; of the identity number only the end."""

    name: str
    kind: str
    number: str
    unit: str
    code: str


def render(
    slips: Sequence[Paper],
    *,
    city: str,
    contact: str,
    host: str,
    origin: str,
    printed: str,
    until: str,
    demo: bool,
    date: datetime,
) -> bytes:
    """Return the sheets as a PDF, in the order of the slips; refuses with TEXT_UNPRINTABLE.

    contact  whom to ask, as it is configured; may be empty      printed, until  moments in words
    """
    at = date.astimezone(UTC)
    data = {
        "city": city,
        "printed": _in_lines(printed),
        "until": _in_lines(until),
        "demo": demo,
        "steps": [step.format(host=host) for step in STEPS],
        "warning": WARNING,
        "ask": ASK.format(whom=contact or f"BKPSDM {city}"),
        "date": [at.year, at.month, at.day, at.hour, at.minute, at.second],
        "slips": [
            {
                "name": each.name,
                "number": f"… {each.number[-3:]}",
                "unit": each.unit,
                "code": rules.grouped_code(each.code),
                "address": f"{host}/aktivasi",
                "qr": qr.svg(f"{origin}/aktivasi#{each.code}", title="QR untuk mengaktifkan akun", quiet=0),
            }
            for each in slips
        ],
    }
    return typesetting.pdf(SOURCE, json.dumps(data), date=at)


def _in_lines(moment: str) -> str:
    """Return a moment whose hour stays on one line."""
    return moment.replace(" pukul ", " pukul\u00a0").replace(" WIB", "\u00a0WIB")
