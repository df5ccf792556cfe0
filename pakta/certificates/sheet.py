"""The lembar and the berkas bukti as unsealed PDF/A-4f, set by typst out of facts.

Every word of the page arrives as data (one JSON text in `sys.inputs`), never as markup.  The same facts
and date give the same bytes on every machine: the only typeface is the one that typst carries.
Source: ISO 19005-4 (PDF/A-4f); docs/credential.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pakta.certificates import qr, typesetting
from pakta.certificates.arms import Arms

SOURCE = Path(__file__).parent / "sheet.typ"
ATTACHED = {
    "credential.cose": ("application/cose", "data", "Kredensial: CWT dalam COSE_Sign1"),
    "proof.tlog-proof": ("text/plain", "supplement", "Bukti tercatat di buku catatan: C2SP tlog-proof"),
    "enrolment.tlog-proof": ("text/plain", "supplement", "Bukti pendaftaran kunci tercatat: C2SP tlog-proof"),
    "evidence.json": ("application/json", "source", "Bukti tanda tangan; memuat nomor identitas"),
}
NAMELESS = "1 anggota"
CHECKING = "Pindai QR atau ketik nomornya untuk melihat status terkini; pencabutan tidak tampak pada kertas."
QR_SIDE = 40.0  # mm, at least
DOT = 72 / 300  # points: of the coarsest printer; those of 600 dots an inch have two in its place
WARNING = (
    "Lampirannya memuat nomor identitas dan bukti tanda tangan Anda. Simpan sendiri; untuk dibagikan, pakai lembar."
)


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What stands on the page.  No identity number: the page has no place for one.

    name         None in marked institutions: then the page says "1 anggota" and no rank or position
    lines        under the name: rank, position, unit and institution; empty ones are left out
    clauses      the pact's promises, in order      basis  its legal bases, in full
    facts        pairs of label and value beside the QR
    legal        the sentence on what kind of signature it is
    arms         the city's, where the operator provides them
    fingerprint  first 8 hex digits of the text's SHA-256
    seal         how the file is sealed, for its metadata; the page says it among the facts
    """

    city: str
    host: str
    title: str
    edition: str
    fingerprint: str
    name: str | None
    institution: str
    lines: Sequence[str]
    opening: str
    clauses: Sequence[str]
    closing: str
    basis: Sequence[str]
    facts: Sequence[tuple[str, str]]
    legal: str
    number: str
    address: str
    demo: bool
    arms: Arms | None = None
    seal: str = ""


def render(facts: SheetFacts, *, attachments: Mapping[str, bytes], document_date: datetime) -> bytes:
    """Return the PDF; the same facts and date give the same bytes.

    attachments  by name, those of ATTACHED; with evidence.json it is a berkas bukti and says so

    Refuses with TEXT_UNPRINTABLE where a word holds a letter that the typeface does not have.
    """
    date = document_date.astimezone(UTC)
    if unknown := set(attachments) - set(ATTACHED):
        raise ValueError(f"not an attachment of a certificate: {sorted(unknown)}")
    drawing = facts.arms.png if facts.arms else None
    return typesetting.pdf(SOURCE, _data(facts, attachments, date), date=date, arms=drawing)


def _data(facts: SheetFacts, attachments: Mapping[str, bytes], date: datetime) -> str:
    return json.dumps(
        {
            "city": facts.city,
            "host": facts.host,
            "title": facts.title,
            "description": ". ".join(filter(None, (f"Pakta {facts.edition}, sertifikat {facts.number}", facts.seal))),
            "who": NAMELESS if facts.name is None else facts.name,
            "lines": [line for line in facts.lines if line],
            "opening": facts.opening,
            "clauses": list(facts.clauses),
            "closing": facts.closing,
            "basis": list(facts.basis),
            "elsewhere": f"Naskah lengkap pada halaman berikut dan di {facts.host}/naskah/{facts.edition}",
            "facts": [("Naskah", f"{facts.edition}, sidik {facts.fingerprint}"), *facts.facts],
            "legal": facts.legal,
            "checking": CHECKING,
            "number": facts.number,
            "qr": qr.svg(facts.address, quiet=0),
            "side": _side(facts.address),
            "demo": facts.demo,
            "warning": WARNING if "evidence.json" in attachments else "",
            "date": [date.year, date.month, date.day, date.hour, date.minute, date.second],
            "attachments": [
                {
                    "name": name,
                    "mime": mime,
                    "relationship": relationship,
                    "description": description,
                    "content": _content(attachments[name]),
                }
                for name, (mime, relationship, description) in ATTACHED.items()
                if name in attachments
            ],
        }
    )


def _content(attached: bytes) -> str | list[int]:
    """Return an attachment as what typst makes the same bytes of: a text as it is, in no time."""
    try:
        return attached.decode()
    except UnicodeDecodeError:
        return list(attached)


def _side(address: str) -> float:
    """Return the side of the QR in points: the smallest of QR_SIDE or more with whole dots a module."""
    modules = len(qr.matrix(address))
    return modules * math.ceil(QR_SIDE / 25.4 * 72 / DOT / modules) * DOT
