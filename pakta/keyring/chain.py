"""The seal's X.509: its certificate, and a root made with it that signs this and two lists, and is forgotten.

Nobody can sign a list of revocations later, so both are signed at once and hold until the seal's certificate ends:
one that revokes nothing, served from the first day on, and one that revokes the certificate from its first day on,
kept until the operator says that the seal was lost.  Source: RFC 5280; docs/decisions/0056.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
# A seal without a timestamp is judged by its certificate's days: they outlast every certificate sealed
# in its first years (closing day + 5 years).
ROOT_VALID, SEAL_VALID = timedelta(days=10 * 365), timedelta(days=9 * 365)
COVERS = timedelta(days=6 * 365)  # a certificate that is signed now may be valid for so long
EARLIER = timedelta(minutes=5)  # clocks differ
HERE = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Made:
    """What was made with a seal: its certificate and the root, the list that is served, and the one that is kept."""

    certificates: tuple[x509.Certificate, ...]
    crl: x509.CertificateRevocationList
    lost: x509.CertificateRevocationList


def id_of(root: x509.Certificate) -> str:
    """Return the name of a seal in addresses and files: 16 hexadecimal digits of its root's key."""
    key = root.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return _name_of(key)


def address(root: ec.EllipticCurvePublicKey, *, host: str) -> str:
    """Return where the list of a seal is served."""
    scheme = "http" if host.partition(":")[0] in HERE else "https"
    return f"{scheme}://{host}/segel/{_name_of(root)}.crl"


def make(seal: ec.EllipticCurvePublicKey, *, host: str, city: str, now: datetime) -> Made:
    """Return the sealing certificate of a public key, its root, and the two lists."""
    root = ec.generate_private_key(ec.SECP256R1())
    root_name = _name(f"Pakta {city}: akar segel", city)
    authority = (
        _builder(root_name, root_name, root.public_key(), now, ROOT_VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .sign(root, hashes.SHA256())
    )
    leaf = (
        _builder(_name(f"Segel Pakta {city} ({host})", city), root_name, seal, now, SEAL_VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        .add_extension(_point(address(root.public_key(), host=host)), critical=False)
        .sign(root, hashes.SHA256())
    )
    return Made((leaf, authority), _list(root, authority, leaf, lost=False), _list(root, authority, leaf, lost=True))


def _list(
    root: ec.EllipticCurvePrivateKey, authority: x509.Certificate, leaf: x509.Certificate, *, lost: bool
) -> x509.CertificateRevocationList:
    """Sign a list that holds as long as the certificate does; the one that revokes it counts as the later one."""
    since = leaf.not_valid_before_utc
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(since + timedelta(seconds=lost))
        .next_update(leaf.not_valid_after_utc)
        .add_extension(x509.CRLNumber(1 + lost), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
    )
    if lost:
        revoked = x509.RevokedCertificateBuilder().serial_number(leaf.serial_number).revocation_date(since)
        why = x509.CRLReason(x509.ReasonFlags.key_compromise)
        made = made.add_revoked_certificate(revoked.add_extension(why, critical=False).build())
    return made.sign(root, hashes.SHA256())


def _point(url: str) -> x509.CRLDistributionPoints:
    name = [x509.UniformResourceIdentifier(url)]
    return x509.CRLDistributionPoints([x509.DistributionPoint(name, None, None, None)])


def _name_of(root: ec.EllipticCurvePublicKey) -> str:
    return x509.SubjectKeyIdentifier.from_public_key(root).digest.hex()[:16]


def _name(common: str, city: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, city[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, valid: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + valid)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=not certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
