"""The seal: PAdES B-B over the whole file, as a certification that permits no change (pyHanko)."""

from __future__ import annotations

import io
from datetime import datetime

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pakta.keyring import SealKey

FIELD = "Segel"
RESERVED = 8192  # bytes for the CMS: pyHanko's own estimate costs a second signature


def seal(pdf: bytes, *, key: SealKey, signed_at: datetime, city: str) -> bytes:
    """Return the sealed file; the claimed time is `signed_at`, the time that counts is the ledger's."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        name=f"Pakta {city}",
        location=city,
        reason="Segel elektronik lembar pakta",
    )
    out = signers.PdfSigner(metadata, signer=_signer(key), timestamper=None).sign_pdf(
        writer, bytes_reserved=RESERVED, appearance_text_params=None
    )
    sealed: bytes = out.getbuffer().tobytes()
    return sealed


def _signer(key: SealKey) -> signers.SimpleSigner:
    private = key.private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = [asn1_x509.Certificate.load(each.public_bytes(serialization.Encoding.DER)) for each in key.chain]
    store = SimpleCertificateStore()
    store.register_multiple(chain)
    return signers.SimpleSigner(
        signing_cert=chain[0],
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=store,
        embed_roots=True,
    )
