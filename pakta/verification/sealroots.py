"""The roots of our seals as we tell them: whose seals are ours, and which of them were lost.

The `seal` member of public.json (keys/README.md), and what is served at PATH.  It is not signed: compare a root's
SHA-256 with the one that the city announces.

    {"seal": {"root_pem": "…", "earlier_roots_pem": ["…"], "lost_roots_pem": ["…"]}}
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

PATH = "/.well-known/pakta-seal.json"
BROKEN = (ValueError, KeyError, AttributeError, TypeError, RecursionError, x509.InvalidVersion)
Roots = tuple[x509.Certificate, ...]


def build(*, root: x509.Certificate, earlier: Sequence[x509.Certificate], lost: Sequence[x509.Certificate]) -> bytes:
    """Return the file that tells these roots."""
    seal = {
        "root_pem": _pem(root),
        "earlier_roots_pem": [_pem(each) for each in earlier],
        "lost_roots_pem": [_pem(each) for each in lost],
    }
    return json.dumps({"seal": seal}, indent=1).encode() + b"\n"


def read(content: bytes | None) -> tuple[Roots, Roots]:
    """Return the roots that a file tells, and the lost ones among them; bytes that are no such file tell none.

    A file of plain PEM certificates tells roots, too, and of none that it was lost.
    """
    try:
        if content is None or content.lstrip().startswith(b"-----"):
            return tuple(x509.load_pem_x509_certificates(content or b"")), ()
        seal = json.loads(content)["seal"]
        own = _certificates([seal["root_pem"], *seal.get("earlier_roots_pem", [])])
        return own, _certificates(seal.get("lost_roots_pem", []))
    except BROKEN:
        return (), ()


def _certificates(texts: Sequence[str]) -> Roots:
    return tuple(x509.load_pem_x509_certificate(text.encode()) for text in texts)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
