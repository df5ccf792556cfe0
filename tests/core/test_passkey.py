"""Assertions of passkeys over a statement: type, challenge, origin, host, presence, verification."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from pakta.core import canonical, passkey, signature
from pakta.core.errors import Reason
from pakta.demonstration.authenticator import Assertion, SoftwarePasskey
from tests.core.made import HOST, ORIGIN
from tests.core.refusing import each_flip, refused

MESSAGE = signature.STATEMENT_PREFIX + b"{}"
KEY = ec.generate_private_key(ec.SECP256R1())
JWK = signature.jwk_of(KEY.public_key())
FLAGS = 32
PRESENT, VERIFIED, EXTENDED, ATTESTED = 0x01, 0x04, 0x80, 0x40


def made(client: Mapping[str, object] | bytes | None = None, data: bytes | None = None) -> Assertion:
    """Return an assertion with a client's words and authenticator data of one's own, well signed."""
    plain = {
        "type": "webauthn.get",
        "challenge": canonical.base64url(hashlib.sha256(MESSAGE).digest()),
        "origin": ORIGIN,
        "crossOrigin": False,
    }
    words = client if isinstance(client, bytes) else json.dumps({**plain, **(client or {})}).encode()
    data = data if data is not None else authenticated()
    sealed = KEY.sign(data + hashlib.sha256(words).digest(), ec.ECDSA(hashes.SHA256()))
    return Assertion(authenticator_data=data, client_data=words, signature=sealed)


def authenticated(*, host: str = HOST, flags: int = PRESENT | VERIFIED, rest: bytes = b"") -> bytes:
    """Return authenticator data: the host's hash, flags, a counter, and what follows."""
    return hashlib.sha256(host.encode()).digest() + bytes((flags,)) + bytes(4) + rest


def verify(found: Assertion, *, jwk: Mapping[str, object] = JWK, message: bytes = MESSAGE) -> None:
    """Verify an assertion at our host."""
    passkey.verify(
        message=message,
        jwk=jwk,
        authenticator_data=found.authenticator_data,
        client_data=found.client_data,
        signature_bytes=found.signature,
        relying_party=HOST,
        origins=(ORIGIN,),
    )


@pytest.mark.parametrize(
    "found",
    [
        made(),
        made({"crossOrigin": False, "other_keys_can_be_added_here": "x"}),
        made(data=authenticated(flags=PRESENT | VERIFIED | 0x18)),
        made(data=authenticated(flags=PRESENT | VERIFIED | EXTENDED, rest=b"\xa1\x63uvm\x80")),
    ],
)
def test_a_right_assertion_holds(found: Assertion) -> None:
    verify(found)


def test_a_client_that_says_nothing_of_the_frame_is_believed() -> None:
    words = json.loads(made().client_data)
    del words["crossOrigin"]
    verify(made(json.dumps(words).encode()))


@pytest.mark.parametrize(
    "client",
    [
        {"type": "webauthn.create"}, {"challenge": "AAAA"}, {"origin": "https://pakta.contoh.go.id"},
        {"origin": "http://localhost:5001"}, {"type": 1}, {"challenge": None},
    ],
)  # fmt: skip
def test_a_wrong_word_of_the_client_is_refused(client: Mapping[str, object]) -> None:
    with refused(Reason.PASSKEY_DIFFERS):
        verify(made(client))


@pytest.mark.parametrize("client", [{"crossOrigin": True}, {"crossOrigin": None}, {"topOrigin": ORIGIN}])
def test_a_signature_given_inside_a_frame_is_refused(client: Mapping[str, object]) -> None:
    with refused(Reason.PASSKEY_CROSS_ORIGIN):
        verify(made(client))


@pytest.mark.parametrize("client", [b"", b"[]", b"{", b"\xff", b"[" * 20_000, b"null"])
def test_a_client_that_speaks_no_json_object_is_refused(client: bytes) -> None:
    with refused(Reason.PASSKEY_DIFFERS):
        verify(made(client))


@pytest.mark.parametrize(
    "data",
    [
        b"", bytes(36), authenticated(host="pakta.contoh.go.id"), authenticated(flags=VERIFIED),
        authenticated(flags=PRESENT), authenticated(flags=PRESENT | VERIFIED, rest=b"\xa0"),
        authenticated(flags=PRESENT | VERIFIED | EXTENDED),
        authenticated(flags=PRESENT | VERIFIED | EXTENDED, rest=b"\xd8\x1c\xa0"),
        authenticated(flags=PRESENT | VERIFIED | EXTENDED, rest=b"\xa0\x00"),
        authenticated(flags=PRESENT | VERIFIED | ATTESTED, rest=bytes(60)),
    ],
)  # fmt: skip
def test_wrong_authenticator_data_is_refused_although_it_is_signed(data: bytes) -> None:
    with refused(Reason.PASSKEY_DIFFERS):
        verify(made(data=data))


def test_another_message_or_key_is_refused() -> None:
    with refused(Reason.PASSKEY_DIFFERS):
        verify(made(), message=MESSAGE + b" ")
    with refused(Reason.PASSKEY_DIFFERS):
        verify(made(), jwk=signature.jwk_of(ec.generate_private_key(ec.SECP256R1()).public_key()))
    with refused(Reason.KEY_MALFORMED):
        verify(made(), jwk={**JWK, "d": "AA"})


def test_no_flipped_bit_holds() -> None:
    good = made()
    for changed in each_flip(good.authenticator_data):
        with refused(Reason.PASSKEY_DIFFERS):
            verify(Assertion(changed, good.client_data, good.signature))
    for changed in each_flip(good.client_data):
        with refused(Reason.PASSKEY_DIFFERS, Reason.PASSKEY_CROSS_ORIGIN):
            verify(Assertion(good.authenticator_data, changed, good.signature))
    for changed in each_flip(good.signature):
        with refused(Reason.PASSKEY_DIFFERS):
            verify(Assertion(good.authenticator_data, good.client_data, changed))


def test_the_software_authenticator_makes_what_these_rules_accept() -> None:
    holder = SoftwarePasskey(HOST, ORIGIN, synced=False)
    assert holder._ec is not None
    for _ in range(2):  # a counter that rises is judged at sign-in, not here
        verify(holder.sign(MESSAGE), jwk=signature.jwk_of(holder._ec.public_key()))
