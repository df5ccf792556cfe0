"""The lembar and the berkas bukti as unsealed PDF/A-4f, made by typst out of facts."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typst

from pakta.certificates import qr

SOURCE = Path(__file__).parent / "sheet.typ"
LONG_TEXT = 900  # characters of clauses above which they stand in two columns
ATTACHED = {
    "credential.cose": ("application/cose", "data", "Kredensial: CWT dalam COSE_Sign1"),
    "proof.tlog-proof": ("text/plain", "supplement", "Bukti tercatat: C2SP tlog-proof"),
    "enrolment.tlog-proof": ("text/plain", "supplement", "Bukti pendaftaran kunci tercatat"),
    "evidence.json": ("application/json", "source", "Bukti tanda tangan, memuat nomor identitas"),
}
WARNING = (
    "Berkas ini memuat nomor identitas dan bukti tanda tangan Anda. Simpan sendiri; untuk dibagikan, pakai lembar."
)


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What stands on the page.

    name     None in marked institutions     lines  rank, position and unit, under the name
    facts    pairs of label and value beside the QR
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
    basis: str
    facts: Sequence[tuple[str, str]]
    legal: str
    number: str
    address: str
    demo: bool


def render(facts: SheetFacts, *, attachments: Mapping[str, bytes], document_date: datetime) -> bytes:
    """Return the PDF; the same facts and date give the same bytes.

    attachments  by name, those of ATTACHED; with evidence.json it is a berkas bukti
    """
    with tempfile.TemporaryDirectory(prefix="pakta-sheet-") as folder:
        place = Path(folder)
        shutil.copyfile(SOURCE, place / "sheet.typ")
        for name, content in attachments.items():
            (place / name).write_bytes(content)
        (place / "qr.svg").write_text(str(qr.svg(facts.address)), encoding="utf-8")
        (place / "data.json").write_text(_data(facts, attachments, document_date), encoding="utf-8")
        made = typst.compile(
            str(place / "sheet.typ"),
            root=folder,
            format="pdf",
            ignore_system_fonts=True,
            pdf_standards=["a-4f"],
            timestamp=document_date.replace(microsecond=0),  # typst takes whole seconds
        )
    assert isinstance(made, bytes)
    return made


def _data(facts: SheetFacts, attachments: Mapping[str, bytes], date: datetime) -> str:
    proof = "evidence.json" in attachments
    return json.dumps(
        {
            "city": facts.city,
            "host": facts.host,
            "title": facts.title,
            "description": f"Pakta {facts.edition}, nomor {facts.number}",
            "edition": facts.edition,
            "fingerprint": facts.fingerprint,
            "name": facts.name,
            "institution": facts.institution,
            "lines": [line for line in facts.lines if line],
            "opening": facts.opening,
            "clauses": list(facts.clauses),
            "closing": facts.closing,
            "basis": facts.basis,
            "long": sum(map(len, facts.clauses)) > LONG_TEXT,
            "facts": [list(pair) for pair in facts.facts],
            "legal": facts.legal,
            "number": facts.number,
            "demo": facts.demo,
            "warning": WARNING if proof else "",
            "date": [date.year, date.month, date.day, date.hour, date.minute, date.second],
            "attachments": [
                {"name": name, "mime": mime, "relationship": relationship, "description": description}
                for name, (mime, relationship, description) in ATTACHED.items()
                if name in attachments
            ],
        }
    )
