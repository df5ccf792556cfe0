"""The server's keys are made once, lie where only the server reads them, and sign what they should."""

from __future__ import annotations

import hashlib
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pakta import keyring


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with new keys."""
    place = tmp_path / "private"
    keyring.create(place, host="localhost:5000", city="Kota Mojokerto")
    return place


def test_the_folder_is_for_the_server_alone(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_keys_are_never_overwritten(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(FileExistsError):
        keyring.create(folder, host="localhost:5000", city="Kota Mojokerto")
    (folder / keyring.ISSUER).unlink()
    with pytest.raises(FileExistsError):
        keyring.create(folder, host="localhost:5000", city="Kota Mojokerto")
    assert {path.name: path.read_bytes() for path in folder.iterdir()}.items() <= before.items()


def test_a_missing_key_is_named_with_what_to_do(folder: Path) -> None:
    (folder / keyring.LEDGER).unlink()
    with pytest.raises(keyring.KeysMissing, match=r"ledger\.pem.*python -m pakta keys new"):
        keyring.load(folder)


def test_a_key_that_every_user_may_read_is_refused(folder: Path) -> None:
    (folder / keyring.PEPPER).chmod(0o644)
    with pytest.raises(keyring.KeysMissing, match="chmod 600"):
        keyring.load(folder)
    (folder / keyring.PEPPER).chmod(0o600)
    keyring.load(folder)


@pytest.mark.parametrize("name", ["issuer", "seal"])
def test_es256_signatures_are_64_bytes_and_hold(folder: Path, name: str) -> None:
    ring = keyring.load(folder)
    sign, public = {
        "issuer": (ring.issuer.sign, ring.issuer.public_key),
        "seal": (ring.seal.sign, ring.seal.chain[0].public_key()),
    }[name]
    signature = sign(b"pesan")
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    assert len(signature) == 64
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(der, b"pesan", ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(der, b"pesan lain", ec.ECDSA(hashes.SHA256()))


def test_the_ledger_signs_with_ed25519(folder: Path) -> None:
    ledger = keyring.load(folder).ledger
    public = ed25519.Ed25519PublicKey.from_public_bytes(ledger.public_bytes)
    public.verify(ledger.sign(b"kepala"), b"kepala")


def test_the_key_id_is_the_first_eight_bytes_of_the_keys_hash(folder: Path) -> None:
    ring = keyring.load(folder)
    info = ring.issuer.public_key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert ring.issuer.kid == hashlib.sha256(info).digest()[:8]
    assert ring.issuer_keys() == {ring.issuer.kid: ring.issuer.public_key}


def test_each_purpose_has_a_pepper_of_its_own(folder: Path) -> None:
    ring = keyring.load(folder)
    secret = (folder / keyring.PEPPER).read_bytes()
    expected = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"pakta/number").derive(secret)
    assert ring.pepper("number") == expected == keyring.load(folder).pepper("number")
    assert ring.pepper("slip") != ring.pepper("number") != secret


def test_the_seals_certificate_is_for_sealing_documents_and_stands_under_its_root(folder: Path) -> None:
    leaf, root = keyring.load(folder).seal.chain
    leaf.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert keyring.DOCUMENT_SIGNING in uses
    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc > timedelta(days=8 * 365)
    assert leaf.not_valid_after_utc < root.not_valid_after_utc


def test_with_a_secret_the_private_keys_lie_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "private"
    monkeypatch.setenv("PAKTA_KEYS_SECRET", "kata sandi yang panjang")
    keyring.create(folder, host="localhost:5000", city="Kota Mojokerto")
    kid = keyring.load(folder).issuer.kid
    assert all(b"ENCRYPTED" in (folder / name).read_bytes() for name in keyring.PRIVATE)
    monkeypatch.setenv("PAKTA_KEYS_SECRET", "kata sandi lain")
    with pytest.raises(keyring.KeysMissing, match="PAKTA_KEYS_SECRET"):
        keyring.load(folder)
    monkeypatch.delenv("PAKTA_KEYS_SECRET")
    with pytest.raises(keyring.KeysMissing, match="PAKTA_KEYS_SECRET"):
        keyring.load(folder)
    monkeypatch.setenv("PAKTA_KEYS_SECRET", "kata sandi yang panjang")
    assert keyring.load(folder).issuer.kid == kid


def test_a_chain_of_another_seal_is_refused(folder: Path, tmp_path: Path) -> None:
    keyring.create(tmp_path / "other", host="localhost:5000", city="Kota Mojokerto")
    (folder / keyring.SEAL_CHAIN).write_bytes((tmp_path / "other" / keyring.SEAL_CHAIN).read_bytes())
    with pytest.raises(keyring.KeysMissing, match=r"seal-chain\.pem"):
        keyring.load(folder)


def test_a_ledger_key_in_the_issuers_place_is_refused(folder: Path) -> None:
    (folder / keyring.ISSUER).write_bytes((folder / keyring.LEDGER).read_bytes())
    with pytest.raises(keyring.KeysMissing, match="P-256"):
        keyring.load(folder)


def test_the_public_file_tells_the_public_keys_and_nothing_private(folder: Path) -> None:
    ring = keyring.load(folder)
    text = (folder / keyring.PUBLIC).read_text()
    told = json.loads(text)
    assert told["issuer"]["kid"] == ring.issuer.kid.hex()
    assert told["ledger"]["ed25519"] == ring.ledger.public_bytes.hex()
    assert told["seal"]["root_sha256"] == ring.seal.roots[0].fingerprint(hashes.SHA256()).hex()
    assert "PRIVATE" not in text
    assert (folder / keyring.PEPPER).read_bytes().hex() not in text


def test_a_long_city_and_host_still_make_a_certificate(tmp_path: Path) -> None:
    keyring.create(tmp_path / "long", host="h" * 80 + ".example", city="Kabupaten " + "Panjang " * 12)
    assert keyring.load(tmp_path / "long").seal.chain
