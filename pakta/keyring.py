"""The server's keys: issuer, ledger and seal, the pepper and the cookie secret.

They lie as files of mode 0600 in a folder of mode 0700; files that others may read are refused.
With PAKTA_KEYS_SECRET set the private keys are encrypted PEM.  A key is an object with `sign`
and its public part, so that a PKCS#11 token can take a file's place.  Source: keys/README.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeGuard

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

ISSUER, LEDGER, SEAL = "issuer.pem", "ledger.pem", "seal.pem"
SEAL_CHAIN, PEPPER, COOKIES, PUBLIC = "seal-chain.pem", "pepper.bin", "cookies.bin", "public.json"
PRIVATE = (ISSUER, LEDGER, SEAL)
FILES = (ISSUER, LEDGER, SEAL, SEAL_CHAIN, PEPPER, COOKIES)
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
# A seal without a timestamp is judged by its certificate's days: they outlast every certificate sealed
# in its first years (closing day + 5 years).  The root signs one certificate and is forgotten.
ROOT_VALID, SEAL_VALID = timedelta(days=15 * 365), timedelta(days=9 * 365)


class KeysMissing(Exception):
    """There are no usable keys where the configuration points; the message says what to do."""


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """The ES256 key that signs credentials, status lists and the key set."""

    kid: bytes
    public_key: ec.EllipticCurvePublicKey
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """The Ed25519 key that signs checkpoints; `public_bytes` are its 32 bytes."""

    public_bytes: bytes
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class SealKey:
    """The P-256 key that seals PDF files, and its X.509 chain: its own certificate first, the root last."""

    chain: tuple[x509.Certificate, ...]
    sign: Callable[[bytes], bytes]

    @property
    def roots(self) -> tuple[x509.Certificate, ...]:
        """Return the roots whose seals are ours."""
        return self.chain[-1:]

    @property
    def subject(self) -> str:
        """Return the sealing certificate's subject."""
        return self.chain[0].subject.rfc4514_string()


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys of a running server."""

    issuer: IssuerKey
    ledger: LedgerKey
    seal: SealKey
    secret_key: bytes
    pepper: Callable[[str], bytes]

    def issuer_keys(self) -> Mapping[bytes, ec.EllipticCurvePublicKey]:
        """Return the issuer's public keys by key id."""
        return {self.issuer.kid: self.issuer.public_key}


def exists(folder: Path) -> bool:
    """Say whether any key file lies in the folder."""
    return any((folder / name).exists() for name in FILES)


def create(folder: Path, *, host: str, city: str, now: datetime | None = None) -> None:
    """Make all keys, and public.json beside them; raises FileExistsError rather than overwrite one."""
    if exists(folder):
        raise FileExistsError(f"{folder} holds keys already")
    files = _made(host=host, city=city, now=now or datetime.now(UTC))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    for name, content in files.items():
        _write(folder / name, content)


def _made(*, host: str, city: str, now: datetime) -> dict[str, bytes]:
    """Return the content of every file of a new keyring."""
    issuer, ledger = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
    seal, root = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    chain = _chain(seal, root, host=host, city=city, now=now)
    public = {
        "host": host,
        "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "issuer": {"kid": _kid(issuer.public_key()).hex(), "pem": _public(issuer.public_key())},
        "ledger": {"ed25519": ledger.public_key().public_bytes_raw().hex(), "pem": _public(ledger.public_key())},
        "seal": {
            "subject": chain[0].subject.rfc4514_string(),
            "root_sha256": chain[-1].fingerprint(hashes.SHA256()).hex(),
            "root_pem": chain[-1].public_bytes(serialization.Encoding.PEM).decode(),
        },
    }
    return {
        ISSUER: _pem(issuer),
        LEDGER: _pem(ledger),
        SEAL: _pem(seal),
        SEAL_CHAIN: b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain),
        PEPPER: secrets.token_bytes(32),
        COOKIES: secrets.token_bytes(32),
        PUBLIC: json.dumps(public, indent=1).encode() + b"\n",
    }


def load(folder: Path) -> Keyring:
    """Read all keys; raises KeysMissing with what to do where one is missing or cannot be read."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise KeysMissing(
            f"Kunci tidak lengkap di {folder}: {', '.join(missing)}. Buat dengan: python -m pakta keys new"
        )
    for name in (*PRIVATE, PEPPER, COOKIES):
        _check_mode(folder / name)
    issuer, ledger, seal = (_private(folder / name) for name in PRIVATE)
    if not _is_p256(issuer) or not _is_p256(seal):
        raise KeysMissing(f"{ISSUER} dan {SEAL} di {folder} harus kunci P-256.")
    if not isinstance(ledger, ed25519.Ed25519PrivateKey):
        raise KeysMissing(f"{LEDGER} di {folder} harus kunci Ed25519.")
    return Keyring(
        issuer=IssuerKey(_kid(issuer.public_key()), issuer.public_key(), _es256(issuer)),
        ledger=LedgerKey(ledger.public_key().public_bytes_raw(), ledger.sign),
        seal=SealKey(_read_chain(folder / SEAL_CHAIN, seal), _es256(seal)),
        secret_key=(folder / COOKIES).read_bytes(),
        pepper=_derive((folder / PEPPER).read_bytes()),
    )


def _is_p256(key: object) -> TypeGuard[ec.EllipticCurvePrivateKey]:
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)


def _check_mode(path: Path) -> None:
    if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        raise KeysMissing(f"{path} dapat dibaca semua pengguna mesin ini. Jalankan: chmod 600 {path}")


def _read_chain(path: Path, seal: ec.EllipticCurvePrivateKey) -> tuple[x509.Certificate, ...]:
    try:
        chain = tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except ValueError as error:
        raise KeysMissing(f"{path} tidak dapat dibaca.") from error
    if chain[0].public_key() != seal.public_key():
        raise KeysMissing(f"{path} bukan sertifikat dari {SEAL}.")
    return chain


def _derive(pepper: bytes) -> Callable[[str], bytes]:
    known: dict[str, bytes] = {}

    def derive(label: str) -> bytes:
        """Return the 32 bytes of the pepper for one purpose."""
        if label not in known:
            hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"pakta/" + label.encode())
            known[label] = hkdf.derive(pepper)
        return known[label]

    return derive


def _es256(key: ec.EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    def sign(message: bytes) -> bytes:
        """Return an ES256 signature of 64 bytes, r || s."""
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def _public(key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> str:
    how = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, how).decode()


def _kid(key: ec.EllipticCurvePublicKey) -> bytes:
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()[:8]


def _secret() -> bytes | None:
    """Return what the private key files are encrypted with, or None."""
    return os.environ.get("PAKTA_KEYS_SECRET", "").encode() or None


def _pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    secret = _secret()
    how: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)


def _private(path: Path) -> object:
    try:
        return serialization.load_pem_private_key(path.read_bytes(), password=_secret())
    except (ValueError, TypeError) as error:
        raise KeysMissing(f"{path} tidak dapat dibuka: periksa PAKTA_KEYS_SECRET.") from error


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _chain(
    seal: ec.EllipticCurvePrivateKey, root: ec.EllipticCurvePrivateKey, *, host: str, city: str, now: datetime
) -> tuple[x509.Certificate, ...]:
    """Return the sealing certificate and its self-made root; the root's key is used once and forgotten."""
    root_name = _name(f"Pakta {city}: akar segel", city)
    authority = (
        _builder(root_name, root_name, root.public_key(), now, ROOT_VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .sign(root, hashes.SHA256())
    )
    leaf = (
        _builder(_name(f"Segel Pakta {city} ({host})", city), root_name, seal.public_key(), now, SEAL_VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        .sign(root, hashes.SHA256())
    )
    return leaf, authority


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
        .not_valid_before(now - timedelta(minutes=5))
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
