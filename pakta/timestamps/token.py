"""Judging a timestamp token: whose it is, over what, and at which time.

The rules, in order: one signer, and nothing beside its signature; over exactly this digest; signed by a certificate
in it whose only use is timestamping, and that was valid at the time which the token states.  All this holds or not,
whoever reads it.  Last: a root that the operator named leads to it; where none does, its authority is unknown here.
Source: RFC 3161; RFC 5816; ETSI EN 319 422.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, parser, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

DIGEST = "sha256"
MOST_CERTIFICATES = 8  # in one token
LARGEST = 9_000  # bytes: a seal has room for so much
MALFORMED = (  # what the readers of ASN.1 and of certificates raise over bytes that are none
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
)
BROKEN = (*MALFORMED, AssertionError)


class TokenRefused(Exception):
    """This is no timestamp that counts."""


class TokenUnknown(TokenRefused):
    """A timestamp of an authority to which none of the roots leads; `certificates` are those that it carries."""

    def __init__(self, certificates: tuple[x509.Certificate, ...]) -> None:
        super().__init__("another root")
        self.certificates = certificates


@dataclass(frozen=True, slots=True)
class Stamp:
    """A good timestamp: the authority's time, its common name, and its certificates, the root last."""

    at: datetime
    by: str
    path: tuple[x509.Certificate, ...]


def judge(token: cms.ContentInfo, *, digest: bytes, roots: Sequence[x509.Certificate]) -> Stamp:
    """Return what a token over `digest`, a SHA-256, says; raises TokenRefused, for an unknown one TokenUnknown."""
    return _at_once(judged(token, digest=digest, roots=roots))


def _at_once(judging: Coroutine[Any, Any, Stamp]) -> Stamp:
    """Run what fetches nothing, and so waits for nobody, without a loop: a confined process may open none."""
    try:
        judging.send(None)
    except StopIteration as done:
        found: Stamp = done.value
        return found
    judging.close()
    raise TokenRefused("waits for something")


async def judged(token: cms.ContentInfo, *, digest: bytes, roots: Sequence[x509.Certificate]) -> Stamp:
    """Do the same for whoever is asynchronous already."""
    try:
        signed, at = _read(token, digest)
        return await _trusted(signed, at, roots)
    except BROKEN as error:
        raise TokenRefused("malformed") from error


def load(der: bytes) -> cms.ContentInfo:
    """Return the token that these bytes are, padding aside; raises TokenRefused."""
    try:
        length = parser.peek(der)
        if length > LARGEST:
            raise TokenRefused("larger than we take")
        if der[length:].strip(b"\0"):
            raise TokenRefused("more than a token")
        return cms.ContentInfo.load(der[:length])
    except BROKEN as error:
        raise TokenRefused("malformed") from error


def _read(token: cms.ContentInfo, digest: bytes) -> tuple[cms.SignedData, datetime]:
    """Return the signed part and the time of a token over this digest."""
    if token["content_type"].native != "signed_data":
        raise TokenRefused("not signed")
    signed = token["content"]
    if len(signed["signer_infos"]) != 1 or len(signed["certificates"]) > MOST_CERTIFICATES:
        raise TokenRefused("not one signer")
    if len(signed["signer_infos"][0]["unsigned_attrs"]):
        raise TokenRefused("something beside the signature")
    if signed["encap_content_info"]["content_type"].native != "tst_info":
        raise TokenRefused("not a timestamp")
    info = signed["encap_content_info"]["content"].parsed
    if not isinstance(info, tsp.TSTInfo):
        raise TokenRefused("not a timestamp")
    imprint = info["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != DIGEST or imprint["hashed_message"].native != digest:
        raise TokenRefused("over another digest")
    return signed, info["gen_time"].native.astimezone(UTC)


async def _trusted(signed: cms.SignedData, at: datetime, roots: Sequence[x509.Certificate]) -> Stamp:
    from pyhanko.sign.validation import errors, generic_cms  # read only where a timestamp is judged
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(root.public_bytes(Encoding.DER)) for root in roots],
        moment=at,
        best_signature_time=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    attributes = signed["signer_infos"][0]["signed_attrs"]
    if attributes.native is None or generic_cms.get_signing_cert_attr(attributes) is None:
        raise TokenRefused("the signer's certificate is not named")
    imprint = signed["encap_content_info"]["content"].parsed["message_imprint"]["hashed_message"].native
    try:
        found = await generic_cms.validate_tst_signed_data(signed, context, lambda _name: imprint)
    except errors.SignatureValidationError as error:
        raise TokenRefused("signature") from error
    if not (found["intact"] and found["valid"]):
        raise TokenRefused("signature")
    _check_use(found["signing_cert"])
    _check_days(found["signing_cert"], at)
    if found.get("trust_problem_indic") is not None or found.get("validation_path") is None:
        held = [each.chosen.dump() for each in signed["certificates"]]
        raise TokenUnknown(tuple(x509.load_der_x509_certificate(each) for each in held))
    path = [x509.load_der_x509_certificate(each.dump()) for each in found["validation_path"]]
    return Stamp(at, str(found["signing_cert"].subject.native.get("common_name", "")), tuple(reversed(path)))


def _check_use(certificate: asn1_x509.Certificate) -> None:
    """Refuse a signer that may sign something else too (RFC 3161 section 2.3)."""
    uses = certificate.extended_key_usage_value
    alone = uses is not None and uses.native == ["time_stamping"]
    if not alone or "extended_key_usage" not in certificate.critical_extensions:
        raise TokenRefused("not a certificate for timestamps alone")


def _check_days(certificate: asn1_x509.Certificate, at: datetime) -> None:
    """Refuse a time at which the signer's certificate was not valid yet, or no more."""
    if not certificate.not_valid_before <= at <= certificate.not_valid_after:
        raise TokenRefused("a certificate out of its time")


for each in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(each).setLevel(logging.CRITICAL)  # they would repeat what a stranger's file says
