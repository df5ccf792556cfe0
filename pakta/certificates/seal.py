"""The seal: PAdES over the whole file, as a certification that permits no change.

A seal says who made the file and that not one byte has changed since.  The time that counts stands in the ledger.

    B-B     the seal alone; its time is our own claim, and nothing ever follows it
    B-T     a timestamp of an outside authority over the seal, inside it
    B-LTA   after that one more revision: certificates, the seal's CRL, and a timestamp over the whole file

Source: ETSI EN 319 142-1; docs/operations.md.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers import pdf_signer
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pakta.keyring import SealKey
from pakta.timestamps import level as levels
from pakta.timestamps.authority import Stamper
from pakta.timestamps.level import Level
from pakta.timestamps.token import Stamp

FIELD, ARCHIVE_FIELD = "Segel", "CapWaktu"
DIGEST = "sha256"
# Hexadecimal digits for the CMS: pyHanko's own estimate would cost a second signature, or a second timestamp.
RESERVED, RESERVED_STAMPED = 8192, 24_576


def seal(
    pdf: bytes,
    *,
    key: SealKey,
    signed_at: datetime,
    city: str,
    level: Level = Level.B_B,
    stamper: Stamper | None = None,
) -> bytes:
    """Return the file, sealed at exactly this level; `signed_at` is the time that the seal claims.

    stamper  who is asked for timestamps; demanded by all levels but B-B

    Raises NoTimestamp where the authority gives none that counts.
    """
    if (stamper is None) != (level is Level.B_B) or (level is Level.B_LTA and key.crl is None):
        raise ValueError(f"no {level} with these means")
    sealed = _sealed(pdf, key=key, signed_at=signed_at, city=city, level=level, stamper=stamper)
    if stamper is None or level is not Level.B_LTA:
        return sealed
    return _archived(sealed, key=key, stamper=stamper)


def _sealed(
    pdf: bytes, *, key: SealKey, signed_at: datetime, city: str, level: Level, stamper: Stamper | None
) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=DIGEST,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        name=f"Pakta {city}",
        location=city,
        reason=levels.reason(level),
    )
    room = RESERVED if stamper is None else RESERVED_STAMPED
    made = _Sealer(metadata, key, signed_at, stamper).sign_pdf(writer, bytes_reserved=room)
    sealed: bytes = made.getvalue()
    return sealed


def _archived(sealed: bytes, *, key: SealKey, stamper: Stamper) -> bytes:
    """Return the file with what a later reader needs, and a timestamp over all of it."""
    writer = _Appending(io.BytesIO(sealed))
    known = dict.fromkeys((*key.chain, *_certificates(stamper.stamps)))
    assert key.crl is not None
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        certs=[_asn1(each) for each in known],
        crls=[asn1_crl.CertificateList.load(key.crl.public_bytes(serialization.Encoding.DER))],
    )
    made = signers.PdfTimeStamper(stamper, field_name=ARCHIVE_FIELD).timestamp_pdf(
        writer, DIGEST, bytes_reserved=RESERVED_STAMPED
    )
    archived: bytes = made.getvalue()
    return archived


def _certificates(stamps: list[Stamp]) -> list[x509.Certificate]:
    return [certificate for stamp in stamps for certificate in stamp.path]


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


class _Appending(IncrementalPdfFileWriter):
    """Writes a revision that leaves the metadata as they were sealed: `verification.archive` allows no more."""

    def _update_meta(self) -> None:
        """Leave them."""


class _Sealer(signers.PdfSigner):
    """Signs at the time that it is told, not at its own clock's."""

    def __init__(
        self, metadata: signers.PdfSignatureMetadata, key: SealKey, signed_at: datetime, stamper: Stamper | None
    ) -> None:
        super().__init__(metadata, signer=_Signer(key), timestamper=stamper)
        self._signed_at = signed_at

    def init_signing_session(self, *args: Any, **kwargs: Any) -> pdf_signer.PdfSigningSession:
        """Begin as pyHanko does, at our time."""
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self._signed_at
        return session


class _Signer(signers.Signer):
    """Lets pyHanko sign with a key of the keyring, be it a file or a token."""

    def __init__(self, key: SealKey) -> None:
        chain = [_asn1(each) for each in key.chain]
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
