"""Reading a sealed PDF that somebody handed in.

The order matters.  The seal is checked over the raw bytes before anything else is read: what passes
is, byte for byte, a file that we made, and only such a file's structure is ever parsed.  Rules:

1. At most LARGEST bytes, and a PDF.
2. A signature's byte range begins at 0, ends with the file, and leaves out one hexadecimal string.
3. That string is a CMS with one signer, whose certificate a root of ours issued for sealing; no lost seal's.
4. Its signed attributes hold the digest of everything outside the string, its signature fits them, and the CMS is
   in the one form in which we write it: no byte of the file can be another.
5. Its own range stands right after the string: one that stands elsewhere could move the string.
6. Where the range ends before the file, the seal says B-LTA, and what follows is one revision as `archive` allows
   it, with a timestamp over the whole file.  What is believed is read from what the seal covers all the same.
7. The file carries a credential and its proof, and has at most MOST_PAGES pages.

A file without a seal that does not end as a PDF does is broken (PDF_MALFORMED), rather than without a seal.

What holds of timestamps says `stamps`: a false one is a change, one of an authority that is not known here is said.
Source: ISO 32000-2 section 12.8; ETSI EN 319 142-1; RFC 5652; RFC 5035; RFC 3161.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from pakta.core.errors import Reason, Refusal
from pakta.timestamps import level, token
from pakta.timestamps.level import Level
from pakta.verification import oneform, stamps
from pakta.verification.stamps import Stamped

DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336; without the keys' own code, to be light
LARGEST = 10 * 1024 * 1024  # bytes of a file
LARGEST_ATTACHED = 128 * 1024  # bytes of an attachment
MOST_SIGNATURES = 8  # looked at in one file
MOST_PAGES = 50  # of a file of ours, which has one to three; no page is ever drawn
BEFORE, AFTER = b"/Contents ", b"\n"  # what stands between the string and the words around it
START, SET = b"%PDF-", b"\x31"
RANGE = re.compile(rb"/ByteRange\s{0,8}\[\s{0,8}(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s{0,80}\]")
END = re.compile(rb"startxref\s{1,8}(\d{1,10})\s{1,8}%%EOF")
TAIL = 2048  # bytes in which the end is looked for
TABLE = re.compile(rb"\s{0,8}(?:xref|\d{1,10}\s{1,8}\d{1,5}\s{1,8}obj)")
HEX = re.compile(rb"<([0-9A-F]{2,131072})>")  # as it is written
BEGUN = re.compile(rb"<((?:[0-9A-Fa-f]{2}){256,65536})")  # as long as a seal, whatever its end is
BROKEN = (*token.MALFORMED, InvalidSignature)  # what the parsers raise over bytes that are not what they hoped for


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """A file that we sealed and nobody has changed.

    sealed_by  the common name in the seal      sealed_at  the time that the seal claims
    evidence   None in a lembar                 enrolment  the proof of the key's enrolment, or None
    level      what the file has                claimed    what its seal says that it has, or None
    stamp      the timestamp over the seal      archived   the one over the whole file
    """

    credential: bytes
    proof: bytes
    evidence: bytes | None
    enrolment: bytes | None
    sealed_by: str
    sealed_at: datetime
    level: Level = Level.B_B
    claimed: Level | None = None
    stamp: Stamped | None = None
    archived: Stamped | None = None


@dataclass(frozen=True, slots=True)
class _Sealed:
    """The seal: whose it is, how far it reaches, and the CMS in which timestamps lie."""

    certificate: x509.Certificate
    root: x509.Certificate
    end: int
    signer: cms.SignerInfo


@dataclass(frozen=True, slots=True)
class _Signature:
    """One signature as it lies in the file: where range is written, string begins and ends, range ends."""

    written: int
    gap_from: int
    gap_until: int
    end: int


def is_pdf(content: bytes) -> bool:
    """Say whether a file calls itself a PDF."""
    return START in content[:1024]


def read(
    content: bytes,
    *,
    trust_roots: Sequence[x509.Certificate],
    lost: Sequence[x509.Certificate] = (),
    authorities: Sequence[x509.Certificate] = (),
) -> PdfFacts:
    """Return what a file that we sealed carries.

    lost  the roots of seals that were lost      authorities  the roots under which a timestamp counts

    Refuses with FILE_TOO_LARGE, PDF_MALFORMED, PDF_NOT_SEALED, PDF_OTHER_SEAL, PDF_SEAL_LOST, PDF_CHANGED
    or PDF_NO_CREDENTIAL.
    """
    if len(content) > LARGEST:
        raise Refusal(Reason.FILE_TOO_LARGE, str(LARGEST // 1024 // 1024))
    if not is_pdf(content):
        raise Refusal(Reason.PDF_MALFORMED)
    sealed = _check_seal(content, trust_roots, lost)
    attached, sealed_at, reason = _inside(content[: sealed.end])
    claimed = level.claimed(reason)
    stamp = stamps.over_seal(sealed.signer, claimed=claimed, authorities=authorities)
    archived = None
    if sealed.end != len(content):
        ours = (sealed.certificate, sealed.root)
        archived = stamps.over_file(
            content, end=sealed.end, claimed=claimed, ours=ours, stamp=stamp, authorities=authorities
        )
    if "credential.cose" not in attached or "proof.tlog-proof" not in attached:
        raise Refusal(Reason.PDF_NO_CREDENTIAL)
    names = sealed.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return PdfFacts(
        credential=attached["credential.cose"],
        proof=attached["proof.tlog-proof"],
        evidence=attached.get("evidence.json"),
        enrolment=attached.get("enrolment.tlog-proof"),
        sealed_by=str(names[0].value) if names else "",
        sealed_at=sealed_at,
        level=_level(stamp, archived),
        claimed=claimed,
        stamp=stamp,
        archived=archived,
    )


def _level(stamp: Stamped | None, archived: Stamped | None) -> Level:
    """Return the level that a file has by the timestamps that count."""
    if stamp is None or stamp.stamp is None:
        return Level.B_B
    return Level.B_T if archived is None or archived.stamp is None else Level.B_LTA


def _check_seal(content: bytes, roots: Sequence[x509.Certificate], lost: Sequence[x509.Certificate]) -> _Sealed:
    """Return the seal, which covers the whole file, or all of it but one revision after it.

    Where a seal of ours is there, but does not cover or does not fit the file, it was changed.
    """
    found = _signatures(content)
    others = None
    for signature in found:
        try:
            sealed = _check_signature(content, signature, roots)
        except Refusal as refusal:
            if refusal.reason is Reason.PDF_CHANGED:
                raise
            others = refusal
            continue
        if sealed.root in lost:
            raise Refusal(Reason.PDF_SEAL_LOST)
        return sealed
    if _holds_ours(content, roots):
        raise Refusal(Reason.PDF_CHANGED)
    if not _ends_whole(content):
        raise Refusal(Reason.PDF_MALFORMED)
    raise others or Refusal(Reason.PDF_NOT_SEALED)


def _ends_whole(content: bytes) -> bool:
    """Say whether a file ends as a PDF does: what was cut off or spoilt is not said to have no seal, or another's."""
    ends = list(END.finditer(content, max(0, len(content) - TAIL)))
    if not ends:
        return False
    begin = content.index(START, 0, 1024)  # a place is counted from there, or from the file's own start
    return any(TABLE.match(content, int(ends[-1][1]) + shift) for shift in {0, begin})


def _holds_ours(content: bytes, roots: Sequence[x509.Certificate]) -> bool:
    """Say whether a seal of ours lies anywhere in a file, whatever the ranges beside it say."""
    for begun in islice(BEGUN.finditer(content), MOST_SIGNATURES):
        try:
            _check_ours(_signer(bytes.fromhex(begun[1].decode()))[1], roots)
        except (Refusal, *BROKEN):
            continue
        return True
    return False


def _signatures(content: bytes) -> list[_Signature]:
    """Return the signatures whose range begins at the file's start and leaves out one hexadecimal string."""
    found = []
    for match in islice(RANGE.finditer(content), MOST_SIGNATURES):
        start, gap_from, gap_until, rest = (int(each) for each in match.groups())
        end = gap_until + rest
        if start == 0 and gap_from < gap_until <= end <= len(content):
            found.append(_Signature(match.start(), gap_from, gap_until, end))
    return found


def _check_signature(content: bytes, signature: _Signature, roots: Sequence[x509.Certificate]) -> _Sealed:
    """Return whose seal it is.  Refuses with PDF_OTHER_SEAL, or with PDF_CHANGED where it is ours."""
    string = HEX.fullmatch(content, signature.gap_from, signature.gap_until)
    if string is None or len(string[1]) % 2:
        raise Refusal(Reason.PDF_OTHER_SEAL)
    try:
        der = bytes.fromhex(string[1].decode())
        signer, certificate = _signer(der)
    except BROKEN as error:
        raise Refusal(Reason.PDF_OTHER_SEAL) from error
    root = _check_ours(certificate, roots)
    digest = hashlib.sha256(content[: signature.gap_from])
    digest.update(content[signature.gap_until : signature.end])
    try:
        _check_place(content, signature)
        _check_signer(signer, certificate, digest.digest())
        if not oneform.is_ours(der, certificate=certificate, roots=roots):
            raise ValueError("the seal is not written as ours")
    except BROKEN as error:
        raise Refusal(Reason.PDF_CHANGED) from error
    return _Sealed(certificate, root, signature.end, signer)


def _check_place(content: bytes, signature: _Signature) -> None:
    """Check that a range stands in the object of its own string, where both are covered; ValueError otherwise."""
    before, after = content[: signature.gap_from], content[signature.gap_until : signature.written]
    if not before.endswith(BEFORE) or after != AFTER:
        raise ValueError("a range that stands elsewhere")


def _signer(der: bytes) -> tuple[cms.SignerInfo, x509.Certificate]:
    """Return the one signer of a CMS and its certificate; ValueError and the like unless it is one."""
    info = cms.ContentInfo.load(der)
    if info["content_type"].native != "signed_data":
        raise ValueError("not a signature")
    signed = info["content"]
    if len(signed["signer_infos"]) != 1 or len(signed["certificates"]) > 4:
        raise ValueError("not one signer")
    signer = signed["signer_infos"][0]
    wanted = signer["sid"].chosen
    for each in signed["certificates"]:
        certificate = each.chosen
        if certificate.issuer == wanted["issuer"] and certificate.serial_number == wanted["serial_number"].native:
            return signer, x509.load_der_x509_certificate(certificate.dump())
    raise ValueError("the signer's certificate is missing")


def _check_ours(certificate: x509.Certificate, roots: Sequence[x509.Certificate]) -> x509.Certificate:
    """Return the root of ours that issued this certificate for sealing documents; refuses with PDF_OTHER_SEAL."""
    for root in roots:
        try:
            certificate.verify_directly_issued_by(root)
            uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        except (*BROKEN, x509.ExtensionNotFound):
            continue
        if DOCUMENT_SIGNING in uses and not basic.ca:
            return root
    raise Refusal(Reason.PDF_OTHER_SEAL)


def _check_signer(signer: cms.SignerInfo, certificate: x509.Certificate, digest: bytes) -> None:
    """Check digest, certificate and signature; ValueError or InvalidSignature where one does not fit."""
    attributes = signer["signed_attrs"]
    values = {each["type"].native: each["values"] for each in attributes}
    named = values["signing_certificate_v2"][0]["certs"][0]
    own = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    key = certificate.public_key()
    if (
        len(values) != len(attributes)
        or signer["digest_algorithm"]["algorithm"].native != "sha256"
        or values["content_type"][0].native != "data"
        or values["message_digest"][0].native != digest
        or not isinstance(named, tsp.ESSCertIDv2)
        or named["cert_hash"].native != own
        or not isinstance(key, ec.EllipticCurvePublicKey)
    ):
        raise ValueError("the seal does not fit the file")
    signed = SET + attributes.dump()[1:]  # RFC 5652 section 5.4: under the tag of a set, not [0]
    key.verify(signer["signature"].native, signed, ec.ECDSA(hashes.SHA256()))


def _inside(content: bytes) -> tuple[Mapping[str, bytes], datetime, str]:
    """Return the attached files by name, and the time and the reason that the seal gives, of a PDF that we made."""
    try:
        reader = PdfFileReader(io.BytesIO(content))
        specs = [reader.root["/AF"][at] for at in range(len(reader.root["/AF"]))] if "/AF" in reader.root else []
        attached = {str(spec["/UF"]): _stream(spec["/EF"]["/F"]) for spec in specs}
        if int(reader.root["/Pages"]["/Count"]) > MOST_PAGES:
            raise ValueError("more pages than any of ours")
        seal = reader.embedded_signatures[0].sig_object
        claimed, reason = generic.parse_pdf_date(seal["/M"]), str(seal.get("/Reason", ""))
    except (PdfError, *BROKEN) as error:
        raise Refusal(Reason.PDF_MALFORMED) from error
    return attached, claimed.astimezone(UTC), reason


def _stream(stream: generic.StreamObject) -> bytes:
    data: bytes = stream.data
    if len(data) > LARGEST_ATTACHED:
        raise ValueError("an attachment larger than any of ours")
    return data
