"""Private keys that stay in a PKCS#11 token: made there as not extractable, used there.

A key's file then holds no private key but a PKCS#11 URI (RFC 7512) and the public key as PEM.

    PAKTA_PKCS11_MODULE     the token's library, a path
    PAKTA_PKCS11_TOKEN      the token's label; keys are made there
    PAKTA_PKCS11_PIN_FILE   a file of mode 0600 that holds the user's PIN

Rules    One session a process, opened when it first signs, one signature at a time: PKCS#11 binds sessions and
         sign-in to a process.  A child of `fork` opens a session of its own.  After an error everything is
         opened anew and tried once more; then the signing is refused, and the next one tries again.
         The library is imported only where a key lies in a token.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote_to_bytes

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from pakta.core.errors import Reason, Refusal
from pakta.keyring import files
from pakta.keyring.files import KeysMissing

SCHEME = b"pkcs11:"
P256, EDWARDS = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("130c") + b"edwards25519"
MODULE, TOKEN, PIN_FILE = "PAKTA_PKCS11_MODULE", "PAKTA_PKCS11_TOKEN", "PAKTA_PKCS11_PIN_FILE"
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
T = TypeVar("T")
log = logging.getLogger("pakta.keys")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a private key lies: its token's label and its id there; and its public key."""

    token: str
    id: bytes
    public_key: PublicKey

    def write(self, label: str) -> bytes:
        """Return the content of the key's file."""
        uri = f"pkcs11:token={quote(self.token, safe='')};object={label};id={quote(self.id, safe='')};type=private\n"
        how = serialization.PublicFormat.SubjectPublicKeyInfo
        return uri.encode() + self.public_key.public_bytes(serialization.Encoding.PEM, how)


def read(content: bytes) -> Reference | None:
    """Return what a key's file says, or None where it is no reference to a token; raises KeysMissing."""
    if not content.startswith(SCHEME):
        return None
    uri, _, pem = content.partition(b"\n")
    try:
        members = dict(part.split(b"=", 1) for part in uri.removeprefix(SCHEME).split(b";"))
        key = serialization.load_pem_public_key(pem)
        token = unquote_to_bytes(members[b"token"]).decode()
        found = Reference(token, unquote_to_bytes(members[b"id"]), key)  # type: ignore[arg-type]
    except (ValueError, KeyError) as error:
        raise KeysMissing("Rujukan ke kunci di token PKCS#11 tidak dapat dibaca.") from error
    if not isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        raise KeysMissing("Rujukan ke kunci di token PKCS#11 bukan kunci P-256 atau Ed25519.")
    return found


def check_configured() -> None:
    """Check that a token can be asked at all, without asking it; raises KeysMissing."""
    _library()
    if not Path(_environ(MODULE)).is_file():
        raise KeysMissing(f"{MODULE} menunjuk ke berkas yang tidak ada: {_environ(MODULE)}")
    _pin()


def make(label: str, *, edwards: bool = False) -> Reference:
    """Make a key pair in the configured token, not extractable; raises KeysMissing."""
    name, pkcs11 = _environ(TOKEN), _library()
    made = secrets.token_bytes(8)
    try:
        return Reference(name, made, with_session(name, lambda session: _made(session, label, made, edwards)))
    except pkcs11.PKCS11Error as error:
        raise KeysMissing(f"Token PKCS#11 {name} tidak membuat kunci ({type(error).__name__}).") from error


def destroy(reference: Reference) -> None:
    """Destroy a key pair in its token; one that is gone already is as good."""
    pkcs11 = _library()

    def destroy(session: Any) -> None:
        for found in session.get_objects({pkcs11.Attribute.ID: reference.id}):
            found.destroy()

    try:
        with_session(reference.token, destroy)
    except pkcs11.PKCS11Error as error:
        raise KeysMissing(f"Token PKCS#11 {reference.token} menolak menghapus ({type(error).__name__}).") from error


def signer(reference: Reference) -> Callable[[bytes], bytes]:
    """Return what signs with the key: ES256 as r || s for P-256, Ed25519 otherwise.

    It refuses with KEY_UNREACHABLE where the token does not answer.
    """
    edwards = isinstance(reference.public_key, ed25519.Ed25519PublicKey)

    def sign(message: bytes) -> bytes:
        """Return the signature of 64 bytes."""
        pkcs11 = _library()
        mechanism = pkcs11.Mechanism.EDDSA if edwards else pkcs11.Mechanism.ECDSA
        data = message if edwards else hashlib.sha256(message).digest()
        return _device.sign(reference, data, mechanism)

    return sign


@dataclass(slots=True)
class _Device:
    """This process's one session with a token, and the keys found through it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    session: Any = None
    token: str = ""
    keys: dict[bytes, Any] = field(default_factory=dict)
    inherited: list[Any] = field(default_factory=list)

    def sign(self, reference: Reference, data: bytes, mechanism: Any) -> bytes:
        """Sign, after one more try with a new session; refuses with KEY_UNREACHABLE."""
        pkcs11 = _library()

        def sign(session: Any) -> bytes:
            if reference.id not in self.keys:
                private = pkcs11.ObjectClass.PRIVATE_KEY
                self.keys[reference.id] = session.get_key(object_class=private, id=reference.id)
            return bytes(self.keys[reference.id].sign(data, mechanism=mechanism))

        try:
            return self.with_session(reference.token, sign)
        except (pkcs11.PKCS11Error, KeysMissing) as error:
            log.error("token %s does not sign: %s", reference.token, type(error).__name__)
            raise Refusal(Reason.KEY_UNREACHABLE) from error

    def with_session(self, token: str, act: Callable[[Any], T]) -> T:
        """Do something in a session with a token, and once more in a new one where that fails."""
        pkcs11 = _library()
        with self.lock:
            if self.session is not None and self.token == token:
                with suppress(pkcs11.PKCS11Error):
                    return act(self.session)
            self._open(token)
            try:
                return act(self.session)
            except pkcs11.PKCS11Error:
                self.close()
                raise

    def _open(self, token: str) -> None:
        pkcs11 = _library()
        self.close()
        with suppress(pkcs11.PKCS11Error):
            pkcs11.lib(_environ(MODULE)).finalize()
        found = pkcs11.lib(_environ(MODULE)).get_token(token_label=token)
        self.session, self.token = found.open(rw=True, user_pin=_pin()), token

    def close(self) -> None:
        """End this process's session; the next signing opens another."""
        session, self.session, self.keys = self.session, None, {}
        if session is not None:
            with suppress(_library().PKCS11Error):
                session.close()

    def forget(self) -> None:
        """Leave the parent's session to the parent: not even its end may be told to the token from here."""
        self.inherited.append((self.session, self.keys))
        self.lock, self.session, self.keys = threading.Lock(), None, {}


_device = _Device()
with_session, close = _device.with_session, _device.close
os.register_at_fork(after_in_child=_device.forget)


def is_open() -> bool:
    """Say whether this process holds a session."""
    return _device.session is not None


def _made(session: Any, label: str, made: bytes, edwards: bool) -> PublicKey:
    pkcs11 = _library()
    kind, curve, how = _kind(edwards)
    locked = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
    public, _ = session.create_domain_parameters(kind, curve, local=True).generate_keypair(
        id=made, label=label, store=True, mechanism=how, private_template=locked
    )
    point = public[pkcs11.Attribute.EC_POINT]
    point = point[2:] if len(point) in (34, 67) else point  # inside a DER OCTET STRING, as the standard says
    if edwards:
        return ed25519.Ed25519PublicKey.from_public_bytes(point)
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def _kind(edwards: bool) -> tuple[Any, Any, Any]:
    """Return the type of a key, its curve, and the mechanism that makes it."""
    pkcs11 = _library()
    kind = pkcs11.KeyType.EC_EDWARDS if edwards else pkcs11.KeyType.EC
    curve = {pkcs11.Attribute.EC_PARAMS: EDWARDS if edwards else P256}
    how = pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN if edwards else pkcs11.Mechanism.EC_KEY_PAIR_GEN
    return kind, curve, how


def _library() -> Any:
    try:
        import pkcs11
    except ImportError as error:
        raise KeysMissing("Kunci ada di token PKCS#11, tetapi python-pkcs11 belum terpasang.") from error
    return pkcs11


def _environ(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise KeysMissing(f"Kunci ada di token PKCS#11, tetapi {name} belum diisi.")
    return value


def _pin() -> str:
    path = Path(_environ(PIN_FILE))
    if not path.is_file():
        raise KeysMissing(f"{PIN_FILE} menunjuk ke berkas yang tidak ada: {path}")
    files.check_mode(path)
    return path.read_text(encoding="utf-8").strip()
