"""What a file holds: addresses in the QR codes of a picture or in a text, or what we sealed into a PDF.

All of a stranger's file that is ever taken apart is taken apart here, and here in the confined process
(`reader`, started by `confined`).  No verdict is made there: small and plain data (`crossing`) travels back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509

from pakta.core import evidence
from pakta.core.errors import Reason, Refusal
from pakta.verification import image, pdf
from pakta.verification.pdf import PdfFacts

LARGEST = 10 * 1024 * 1024  # bytes of a file
MOST = 8  # addresses in one file
ADDRESS = re.compile(rb"(?i:https?)://[^\s#\"'<>]{1,200}#[0-9]{1,4000}")
EVIDENCE = (b'"enrolment"', b'"statement"')  # stand in ours, also where somebody changed it or set it anew
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!\x1a", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")
OTHERS = (*image.STARTS, b"GIF8", b"BM", b"II*\0", b"MM\0*", b"MZ", b"\x7fELF", b"<")

UNSEALED = (Reason.PDF_NOT_SEALED, Reason.PDF_OTHER_SEAL, Reason.PDF_MALFORMED)

Certificates = Sequence[x509.Certificate]


class Kind(StrEnum):
    """What a file is."""

    PDF = "pdf"
    PICTURE = "picture"
    TEXT = "text"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Seals:
    """Whose seals and timestamps count, as `pdf.read` takes them."""

    roots: Certificates = ()
    lost: Certificates = ()
    authorities: Certificates = ()


@dataclass(frozen=True, slots=True)
class Held:
    """What a file holds.

    texts  of a picture or a text, at least one, each once      sealed  of a PDF
    """

    kind: Kind
    texts: tuple[str, ...] = ()
    sealed: PdfFacts | None = None


def kind_of(content: bytes) -> Kind:
    """Return as what a file is read; refuses with FILE_TOO_LARGE or FILE_IS_ARCHIVE."""
    if len(content) > LARGEST:
        raise Refusal(Reason.FILE_TOO_LARGE, str(LARGEST // 1024 // 1024))
    if content.startswith(ARCHIVES):  # first: what an archive stores may be a PDF near its beginning
        raise Refusal(Reason.FILE_IS_ARCHIVE)
    if pdf.is_pdf(content):
        return Kind.PDF
    if b"\0" in content or content.startswith(image.STARTS):
        return Kind.PICTURE
    if content.startswith(b"{") and len(content) <= evidence.LONGEST:
        return Kind.EVIDENCE
    return Kind.TEXT


def read(content: bytes, *, seals: Seals) -> Held:
    """Take a file apart.

    Refuses as `kind_of`, `pdf.read` and `image.read`, and with FILE_OF_TWO_KINDS, FILE_HOLDS_MANY (what is not looked
    at must not pass for good), IMAGE_WITHOUT_QR, EVIDENCE_MALFORMED, or IMAGE_FORMAT of a file that is none of these.
    """
    kind = kind_of(content)
    if kind is Kind.PDF:
        return Held(kind, sealed=_pdf(content, seals))
    if kind is Kind.EVIDENCE and _is_evidence(content):
        return Held(kind)
    texts = image.read(content) if kind is Kind.PICTURE else _addresses(content)
    if not texts and kind is Kind.EVIDENCE and all(name in content for name in EVIDENCE):
        raise Refusal(Reason.EVIDENCE_MALFORMED)
    if not texts:
        raise Refusal(Reason.IMAGE_WITHOUT_QR if kind is Kind.PICTURE else Reason.IMAGE_FORMAT)
    if len(texts) > MOST:
        raise Refusal(Reason.FILE_HOLDS_MANY, str(MOST))
    return Held(Kind.PICTURE if kind is Kind.PICTURE else Kind.TEXT, tuple(texts))


def _pdf(content: bytes, seals: Seals) -> PdfFacts:
    """Return what we sealed; a file that begins as another kind and holds no seal of ours is not taken for a PDF."""
    try:
        return pdf.read(content, trust_roots=seals.roots, lost=seals.lost, authorities=seals.authorities)
    except Refusal as refusal:
        if refusal.reason in UNSEALED and content.startswith(OTHERS):
            raise Refusal(Reason.FILE_OF_TWO_KINDS) from refusal
        raise


def _is_evidence(content: bytes) -> bool:
    try:
        evidence.parse(content)
    except Refusal:
        return False
    return True


def _addresses(content: bytes) -> list[str]:
    """Return the addresses in a text, each once, one more than are looked at."""
    found: dict[str, None] = {}
    for match in ADDRESS.finditer(content):
        found[match[0].decode(errors="replace")] = None
        if len(found) > MOST:
            break
    return list(found)
