"""The timestamps in a file that we sealed: which there may be, and whose word they are.

The rule is one for both, the one over the seal and the one over the whole file:

    none may be   where the seal says B-B, or no level, there is none, and only after one that says B-LTA a revision
    false         not exactly one, malformed, over another digest, not signed by the certificate that it carries, or
                  of one that may do more than stamp: we seal nothing so, and the file was changed (PDF_CHANGED)
    unknown       all is well but for the authority, which no root named here leads to: the seal stands by itself,
                  and the time is said to be unchecked
    known         its time counts

What binds the store of an archive holds without any authority: lists signed by our root, certificates that are ours
or lead upwards from a timestamp's signer.
Source: RFC 3161; ETSI EN 319 142-1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from pakta.core.errors import Reason, Refusal
from pakta.timestamps import token
from pakta.timestamps.level import Level
from pakta.timestamps.token import Stamp
from pakta.verification import archive

LARGEST_CERTIFICATE = 8_192  # bytes of one in the store: those of authorities have 1,000 to 3,000
BROKEN = (*token.BROKEN, token.TokenRefused, InvalidSignature)
Roots = Sequence[x509.Certificate]


@dataclass(frozen=True, slots=True)
class Stamped:
    """A timestamp in a file.

    stamp  what it says, or None where its authority is not known here
    path   the certificates that may stand in the store because of it
    """

    stamp: Stamp | None
    path: tuple[x509.Certificate, ...]


def over_seal(signer: cms.SignerInfo, *, claimed: Level | None, authorities: Roots) -> Stamped | None:
    """Return the timestamp over the seal's signature, or None where there is none; refuses with PDF_CHANGED."""
    try:
        held = list(signer["unsigned_attrs"])
        if not held:
            return None
        if claimed not in (Level.B_T, Level.B_LTA):
            raise ValueError("the seal says that nothing lies beside it")
        if len(held) != 1 or len(held[0]["values"]) != 1:
            raise ValueError("not one timestamp")
        digest = hashlib.sha256(signer["signature"].native).digest()
        return _stamped(held[0]["values"][0].dump(), digest, authorities)
    except BROKEN as error:
        raise Refusal(Reason.PDF_CHANGED) from error


def over_file(
    content: bytes, *, end: int, claimed: Level | None, ours: Roots, stamp: Stamped | None, authorities: Roots
) -> Stamped:
    """Return the timestamp over the whole file; refuses with PDF_CHANGED unless only proof follows the seal.

    end  how far the seal covers the file      ours  the seal's certificate, and its root last
    """
    if claimed is not Level.B_LTA:
        raise Refusal(Reason.PDF_CHANGED)
    found = archive.read(content, end=end)
    try:
        stamped = _stamped(found.token, found.digest, authorities)
        both = [each for each in (stamp, stamped) if each]
        _check_certificates(found.certificates, ours, both)
        _check_lists(found.lists, ours[-1])
    except BROKEN as error:
        raise Refusal(Reason.PDF_CHANGED) from error
    archive.compare(content)
    return stamped


def _stamped(der: bytes, digest: bytes, authorities: Roots) -> Stamped:
    """Judge a token; TokenRefused unless it is a timestamp over `digest`, be it of somebody who is not known."""
    given = token.load(der)
    try:
        stamp = token.judge(given, digest=digest, roots=authorities)
    except token.TokenUnknown as unknown:
        return Stamped(None, unknown.certificates)
    return Stamped(stamp, stamp.path)


def _check_certificates(held: Sequence[bytes], ours: Roots, stamped: Sequence[Stamped]) -> None:
    """Check that a store holds certificates that were used, and nothing that a stranger wrote.

    Where an authority is not known here, a certificate that issued one of its own counts as used.
    """
    known = {*ours, *(each for one in stamped for each in one.path)}
    rest = {x509.load_der_x509_certificate(each) for each in held} - known
    if any(len(each) > LARGEST_CERTIFICATE for each in held):
        raise ValueError("a certificate larger than any")
    while rest:
        above = {each for each in rest if any(_issued(each, below) for below in known)}
        if not above or all(one.stamp for one in stamped):
            raise ValueError("another certificate")
        known, rest = known | above, rest - above


def _issued(above: x509.Certificate, below: x509.Certificate) -> bool:
    """Say whether the one certificate issued the other."""
    try:
        below.verify_directly_issued_by(above)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def _check_lists(held: Sequence[bytes], root: x509.Certificate) -> None:
    """Check that all lists of a store are our root's."""
    key = root.public_key()
    for each in held:
        signed = x509.load_der_x509_crl(each)
        if not isinstance(key, ec.EllipticCurvePublicKey) or not signed.is_signature_valid(key):
            raise ValueError("another list")
