"""The seal: PAdES B-B over the whole file, as a certification that permits no change.

A seal is the last thing that happens to a file.  It says who made the file and that not one byte
has changed since; its time is our own claim, and the time that counts stands in the ledger.
Source: ETSI EN 319 142-1; docs/operations.md.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers import pdf_signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pakta.keyring import SealKey

FIELD = "Segel"
DIGEST = "sha256"
RESERVED = 8192  # bytes for the CMS: pyHanko's own estimate would cost a second signature


def seal(pdf: bytes, *, key: SealKey, signed_at: datetime, city: str) -> bytes:
    """Return the sealed file; `signed_at` is the time that the seal claims."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=DIGEST,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        name=f"Pakta {city}",
        location=city,
        reason="Segel elektronik pakta",
    )
    made = _Sealer(metadata, key, signed_at).sign_pdf(writer, bytes_reserved=RESERVED)
    sealed: bytes = made.getvalue()
    return sealed


class _Sealer(signers.PdfSigner):
    """Signs at the time that it is told, not at its own clock's."""

    def __init__(self, metadata: signers.PdfSignatureMetadata, key: SealKey, signed_at: datetime) -> None:
        super().__init__(metadata, signer=_Signer(key))
        self._signed_at = signed_at

    def init_signing_session(self, *args: Any, **kwargs: Any) -> pdf_signer.PdfSigningSession:
        """Begin as pyHanko does, at our time."""
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self._signed_at
        return session


class _Signer(signers.Signer):
    """Lets pyHanko sign with a key of the keyring, be it a file or a token."""

    def __init__(self, key: SealKey) -> None:
        chain = [asn1_x509.Certificate.load(each.public_bytes(serialization.Encoding.DER)) for each in key.chain]
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple(chain[1:])  # its own certificate is added by pyHanko, and stands there once
        super().__init__(signing_cert=chain[0], cert_registry=store, embed_roots=True)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Return the DER signature that CMS wants."""
        if digest_algorithm != DIGEST:
            raise ValueError(f"the seal signs {DIGEST} only")
        signature = self._key.sign(data)
        return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
