"""issuers.json: the public history of the issuer's keys, beside the private one that signs."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pakta.core.keyset import Compromise, Endorsement
from pakta.keyring import files
from pakta.keyring.files import KeysMissing
from pakta.keyring.ring import History

NAME = "issuers.json"


def read(folder: Path, *, present: bytes, key: ec.EllipticCurvePublicKey) -> History:
    """Return the history of the key that signs; a keyring that was never rotated has no file of it.

    Raises KeysMissing where the file cannot be read, or does not know the key that signs.
    """
    path = folder / NAME
    if not path.exists():
        return History({present: key})
    try:
        found = _parse(path.read_bytes())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeysMissing(f"{path} tidak dapat dibaca. Pulihkan dari cadangan kunci.") from error
    if present not in found.keys:
        raise KeysMissing(f"{path} tidak memuat kunci penerbit {present.hex()}. Pulihkan keduanya bersama.")
    return found


def write(folder: Path, history: History) -> None:
    """Replace the file."""
    members = [_members(history, kid) for kid in history.keys]
    files.replace(folder / NAME, json.dumps({"keys": members}, indent=1).encode() + b"\n")


def _members(history: History, kid: bytes) -> dict[str, str | int]:
    members: dict[str, str | int] = {"kid": kid.hex(), "pem": public_pem(history.keys[kid])}
    if kid in history.endorsements:
        endorsement = history.endorsements[kid]
        members |= {"endorsed_by": endorsement.by.hex(), "endorsement": endorsement.signature.hex()}
    if kid in history.compromised:
        lost = history.compromised[kid]
        members |= {"compromised_at": lost.at, "size": lost.size, "root": lost.root.hex()}
    return members


def _parse(text: bytes) -> History:
    keys: dict[bytes, ec.EllipticCurvePublicKey] = {}
    compromised, endorsements = {}, {}
    for each in json.loads(text)["keys"]:
        kid, key = bytes.fromhex(each["kid"]), serialization.load_pem_public_key(each["pem"].encode())
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise TypeError("not an issuer key")
        keys[kid] = key
        if "endorsed_by" in each:
            endorsements[kid] = Endorsement(bytes.fromhex(each["endorsed_by"]), bytes.fromhex(each["endorsement"]))
        if "compromised_at" in each:
            compromised[kid] = Compromise(each["compromised_at"], int(each["size"]), bytes.fromhex(each["root"]))
    return History(keys, compromised, endorsements)


def public_pem(key: ec.EllipticCurvePublicKey) -> str:
    """Return a public key as PEM."""
    how = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, how).decode()
