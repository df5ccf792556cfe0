"""The folder of keys: made once, and read at every start."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pakta.keyring import chain, files, history, token
from pakta.keyring.files import KeysMissing
from pakta.keyring.ring import IssuerKey, Issuers, Keyring, LedgerKey, SealKey

ISSUER, LEDGER, SEAL = "issuer.pem", "ledger.pem", "seal.pem"
SEAL_CHAIN, PEPPER, COOKIES, PUBLIC = "seal-chain.pem", "pepper.bin", "cookies.bin", "public.json"
NEXT_CHAIN, EARLIER_ROOTS, LOST_ROOTS = "seal-chain-next.pem", "seal-roots.pem", "seal-lost.pem"
PRIVATE = (ISSUER, LEDGER, SEAL)
FILES = (ISSUER, LEDGER, SEAL, SEAL_CHAIN, PEPPER, COOKIES)
Pem, Der = serialization.Encoding.PEM, serialization.Encoding.DER
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Signing:
    """A key as its file gives it: ES256 as r || s for P-256, Ed25519 otherwise."""

    public_key: PublicKey
    sign: Callable[[bytes], bytes]


def exists(folder: Path) -> bool:
    """Say whether any key file lies in the folder."""
    return any((folder / name).exists() for name in FILES)


def create(folder: Path, *, host: str, city: str, now: datetime | None = None, in_token: bool = False) -> None:
    """Make all keys, and public.json beside them; raises FileExistsError rather than overwrite one.

    in_token  issuer, ledger and seal are made inside the configured PKCS#11 token

    Raises KeysMissing where the token does not make them.
    """
    if exists(folder):
        raise FileExistsError(f"{folder} holds keys already")
    made = {name: new_key(name, in_token=in_token) for name in PRIVATE}
    seal = token_or_private(made[SEAL]).public_key
    assert isinstance(seal, ec.EllipticCurvePublicKey)
    sealing = chain.make(seal, host=host, city=city, now=now or datetime.now(UTC))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    for name, content in made.items():
        files.write(folder / name, content)
    write_lists(folder, sealing)
    files.write(folder / SEAL_CHAIN, pem_chain(sealing.certificates))
    files.write(folder / PEPPER, secrets.token_bytes(32))
    files.write(folder / COOKIES, secrets.token_bytes(32))
    tell_public(folder, host=host, made_at=now or datetime.now(UTC))


def new_key(name: str, *, in_token: bool) -> bytes:
    """Return the content of a new key's file: the private key, or a reference into the token that made it."""
    label, edwards = f"pakta-{name.removesuffix('.pem')}", name == LEDGER
    if in_token:
        return token.make(label, edwards=edwards).write(label)
    return _pem(ed25519.Ed25519PrivateKey.generate() if edwards else ec.generate_private_key(ec.SECP256R1()))


def load(folder: Path) -> Keyring:
    """Read all keys; raises KeysMissing with what to do where one is missing or cannot be read."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise KeysMissing(
            f"Kunci tidak lengkap di {folder}: {', '.join(missing)}. Untuk kota yang sudah berjalan: periksa"
            " PAKTA_KEYS, atau bawa kembali kunci yang disimpan. Untuk kota baru: python -m pakta keys new"
        )
    for name in (*PRIVATE, PEPPER, COOKIES):
        files.check_mode(folder / name)
    ledger, seal = read_key(folder / LEDGER), read_key(folder / SEAL)
    if not isinstance(ledger.public_key, ed25519.Ed25519PublicKey):
        raise KeysMissing(f"{LEDGER} di {folder} harus kunci Ed25519.")
    return Keyring(
        issuers=read_issuers(folder),
        ledger=LedgerKey(ledger.public_key.public_bytes_raw(), ledger.sign),
        seal=_read_seal(folder, seal),
        secret_key=(folder / COOKIES).read_bytes(),
        pepper=_derive((folder / PEPPER).read_bytes()),
        read_issuers=lambda: read_issuers(folder),
    )


def _read_seal(folder: Path, key: Signing) -> SealKey:
    certificates, earlier = read_chain(folder, key.public_key), read_roots(folder, EARLIER_ROOTS)
    lost = read_roots(folder, LOST_ROOTS)
    found = {chain.id_of(root): _read_list(folder, root, lost=root in lost) for root in (certificates[-1], *earlier)}
    crls = {name: each for name, each in found.items() if each is not None}
    return SealKey(certificates, key.sign, earlier=earlier, lost=lost, crls=crls)


def list_file(root: x509.Certificate, *, lost: bool) -> str:
    """Return the name of the file of a seal's list: the one that is served, or the one for when it is lost."""
    return f"seal-{chain.id_of(root)}{'-lost' if lost else ''}.crl"


def write_lists(folder: Path, made: chain.Made) -> None:
    """Write both lists of a seal."""
    for each, lost in ((made.crl, False), (made.lost, True)):
        files.replace(folder / list_file(made.certificates[-1], lost=lost), each.public_bytes(Der))


def _read_list(folder: Path, root: x509.Certificate, *, lost: bool) -> x509.CertificateRevocationList | None:
    path = folder / list_file(root, lost=lost)
    try:
        found = x509.load_der_x509_crl(path.read_bytes()) if path.exists() else None
    except ValueError as error:
        raise KeysMissing(f"{path} tidak dapat dibaca. Pulihkan dari cadangan kunci.") from error
    if found is not None and (found.issuer != root.subject or not _is_signed(found, root)):
        raise KeysMissing(f"{path} bukan daftar pencabutan segel ini. Pulihkan dari cadangan kunci.")
    return found


def _is_signed(found: x509.CertificateRevocationList, root: x509.Certificate) -> bool:
    key = root.public_key()
    return isinstance(key, ec.EllipticCurvePublicKey) and found.is_signature_valid(key)


def read_issuers(folder: Path) -> Issuers:
    """Read the issuer's key and its history; raises KeysMissing."""
    present = read_issuer(folder / ISSUER)
    return Issuers(present, history.read(folder, present=present.kid, key=present.public_key))


def read_issuer(path: Path) -> IssuerKey:
    """Read an issuer key; raises KeysMissing."""
    found = read_key(path)
    if not _is_p256(found.public_key):
        raise KeysMissing(f"{path} harus kunci P-256.")
    assert isinstance(found.public_key, ec.EllipticCurvePublicKey)
    return IssuerKey(kid_of(found.public_key), found.public_key, found.sign)


def read_key(path: Path) -> Signing:
    """Read a key's file, whether it holds the key or says where it lies; raises KeysMissing."""
    try:
        return token_or_private(path.read_bytes())
    except (ValueError, TypeError) as error:
        raise KeysMissing(f"{path} tidak dapat dibuka: periksa PAKTA_KEYS_SECRET.") from error


def token_or_private(content: bytes) -> Signing:
    """Return the key of a file's content; raises KeysMissing, ValueError or TypeError."""
    reference = token.read(content)
    if reference is not None:
        token.check_configured()
        return Signing(reference.public_key, token.signer(reference))
    key = serialization.load_pem_private_key(content, password=_secret())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return Signing(key.public_key(), key.sign)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return Signing(key.public_key(), _es256(key))
    raise ValueError("a key of another kind")


def read_chain(folder: Path, seal: PublicKey) -> tuple[x509.Certificate, ...]:
    """Return the chain of the seal: the next one's file where a change of seals was broken off half-way."""
    for name in (SEAL_CHAIN, NEXT_CHAIN):
        path = folder / name
        try:
            found = tuple(x509.load_pem_x509_certificates(path.read_bytes())) if path.exists() else ()
        except ValueError as error:
            raise KeysMissing(f"{path} tidak dapat dibaca.") from error
        if found and _is_p256(seal) and found[0].public_key() == seal:
            return found
    raise KeysMissing(f"{folder / SEAL_CHAIN} bukan sertifikat dari {SEAL}, atau {SEAL} bukan kunci P-256.")


def read_roots(folder: Path, name: str) -> tuple[x509.Certificate, ...]:
    """Return the roots of the seals before the present one, or of those that were lost."""
    path = folder / name
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes())) if path.exists() else ()
    except ValueError as error:
        raise KeysMissing(f"{path} tidak dapat dibaca.") from error


def tell_public(folder: Path, *, host: str, made_at: datetime) -> None:
    """Write public.json: the public halves, to be given to whoever asks."""
    issuer, ledger, seal = read_issuer(folder / ISSUER), read_key(folder / LEDGER), read_key(folder / SEAL)
    assert isinstance(ledger.public_key, ed25519.Ed25519PublicKey)
    certificates = read_chain(folder, seal.public_key)
    public = {
        "host": host,
        "made_at": made_at.astimezone(UTC).isoformat(timespec="seconds"),
        "issuer": {"kid": issuer.kid.hex(), "pem": _public(issuer.public_key)},
        "ledger": {"ed25519": ledger.public_key.public_bytes_raw().hex(), "pem": _public(ledger.public_key)},
        "seal": {
            "subject": certificates[0].subject.rfc4514_string(),
            "root_sha256": certificates[-1].fingerprint(hashes.SHA256()).hex(),
            "root_pem": certificates[-1].public_bytes(Pem).decode(),
            "earlier_roots_pem": [each.public_bytes(Pem).decode() for each in read_roots(folder, EARLIER_ROOTS)],
            "lost_roots_pem": [each.public_bytes(Pem).decode() for each in read_roots(folder, LOST_ROOTS)],
        },
    }
    files.replace(folder / PUBLIC, json.dumps(public, indent=1).encode() + b"\n")


def told_roots(folder: Path) -> tuple[x509.Certificate, ...]:
    """Return the roots of our seals, past ones too, that public.json tells; none where it is not here."""
    return _told(folder, "root_pem", "earlier_roots_pem")


def told_lost(folder: Path) -> tuple[x509.Certificate, ...]:
    """Return the roots of our seals that were lost, as public.json tells."""
    return _told(folder, "lost_roots_pem")


def _told(folder: Path, *members: str) -> tuple[x509.Certificate, ...]:
    try:
        seal = json.loads((folder / PUBLIC).read_bytes())["seal"]
        told = [seal.get(member, []) for member in members]
        texts = [text for each in told for text in ([each] if isinstance(each, str) else each)]
        return tuple(x509.load_pem_x509_certificate(text.encode()) for text in texts)
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return ()


def pem_chain(certificates: tuple[x509.Certificate, ...]) -> bytes:
    """Return certificates as the PEM of one file."""
    return b"".join(each.public_bytes(Pem) for each in certificates)


def kid_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the key id: the first 8 bytes of SHA-256 of the SPKI."""
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()[:8]


def _is_p256(key: PublicKey) -> bool:
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


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


def _public(key: PublicKey) -> str:
    return key.public_bytes(Pem, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def _secret() -> bytes | None:
    """Return what the private key files are encrypted with, or None."""
    return os.environ.get("PAKTA_KEYS_SECRET", "").encode() or None


def _pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    secret = _secret()
    how: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    )
    return key.private_bytes(Pem, serialization.PrivateFormat.PKCS8, how)
