"""A seal's CMS in the one form in which we write it.

A signature covers the signed attributes alone.  Whatever else stands in a CMS could be changed without a trace
unless there is only one way to write it: version and algorithms, the signer's name, the certificates beside the
signer's.  Therefore the CMS is written anew out of what is checked, and must be what was handed in.
Source: RFC 5652 sections 5.1 and 5.3; X.690 section 11.6 (the order of a set).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding


def is_ours(der: bytes, *, certificate: x509.Certificate, roots: Sequence[x509.Certificate]) -> bool:
    """Say whether a CMS and the zeros after it are as we write them: no certificate but the signer's and our roots.

    Of unsigned attributes a timestamp is taken, as it is, and nothing else.  Raises as a parser does.
    """
    signed = cms.ContentInfo.load(der)["content"]
    if not _only_a_timestamp(signed["signer_infos"][0]["unsigned_attrs"]):
        return False
    own = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    known = {own.dump(), *(each.public_bytes(Encoding.DER) for each in roots)}
    if not {each.chosen.dump() for each in signed["certificates"]} <= known:
        return False
    written: bytes = cms.ContentInfo({"content_type": "signed_data", "content": _content(signed, own)}).dump()
    return der.startswith(written) and not der[len(written) :].strip(b"\0")


def _only_a_timestamp(unsigned: Any) -> bool:
    """Say whether nothing else lies there; a timestamp is signed by its authority and judged by itself."""
    found = [each["type"].native for each in unsigned] if unsigned else []
    return found in ([], ["signature_time_stamp_token"])


def _content(signed: cms.SignedData, own: asn1_x509.Certificate) -> dict[str, Any]:
    signer = signed["signer_infos"][0]
    unsigned = signer["unsigned_attrs"]
    return {
        "version": "v1",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "data"},
        "certificates": [each.copy() for each in signed["certificates"]],
        "signer_infos": [
            {
                "version": "v1",
                "sid": cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number}),
                "digest_algorithm": {"algorithm": "sha256"},
                "signed_attrs": signer["signed_attrs"].copy(),
                "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                "signature": signer["signature"].native,
                **({"unsigned_attrs": unsigned.copy()} if unsigned else {}),
            }
        ],
    }
