"""Keys as JWKs, their thumbprints, and signatures of 64 bytes."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pakta.core import canonical, passkey, signature
from pakta.core.errors import Reason
from pakta.demonstration.authenticator import SoftwareDeviceKey
from tests.core.refusing import each_flip, refused

MESSAGE = signature.STATEMENT_PREFIX + b"{}"
HOLDER = SoftwareDeviceKey()
KEY = signature.public_key(HOLDER.jwk)
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key().public_numbers()
RSA_JWK = {"kty": "RSA", "n": canonical.base64url(RSA_KEY.n.to_bytes(256, "big")), "e": "AQAB"}
# RFC 7638 section 3.1: the example key and its thumbprint
RFC_7638 = {
    "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi"
        "FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb"
        "9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls"
        "1jF44-csFCur-kEgU8awapJzKnqDKgw"
    ),
}  # fmt: skip


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    assert signature.thumbprint(RFC_7638) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_signature_holds_for_its_message_and_key_alone() -> None:
    sealed = HOLDER.sign(MESSAGE)
    signature.verify_es256(key=KEY, signature=sealed, message=MESSAGE)
    stranger = signature.public_key(SoftwareDeviceKey().jwk)
    for key, message in ((KEY, MESSAGE + b" "), (stranger, MESSAGE)):
        with refused(Reason.SIGNATURE_DIFFERS):
            signature.verify_es256(key=key, signature=sealed, message=message)


def test_no_flipped_bit_of_a_signature_or_message_holds() -> None:
    sealed = HOLDER.sign(MESSAGE)
    for changed in each_flip(sealed):
        with refused(Reason.SIGNATURE_DIFFERS):
            signature.verify_es256(key=KEY, signature=changed, message=MESSAGE)
    for changed in each_flip(MESSAGE):
        with refused(Reason.SIGNATURE_DIFFERS):
            signature.verify_es256(key=KEY, signature=sealed, message=changed)


@pytest.mark.parametrize("sealed", [b"", bytes(63), bytes(65), bytes(72)])
def test_a_signature_has_64_bytes(sealed: bytes) -> None:
    with refused(Reason.SIGNATURE_MALFORMED):
        signature.verify_es256(key=KEY, signature=sealed, message=MESSAGE)


def test_an_rsa_key_signs_no_es256() -> None:
    with refused(Reason.SIGNATURE_MALFORMED):
        signature.verify_es256(key=signature.public_key(RSA_JWK), signature=bytes(64), message=MESSAGE)


def test_a_p_256_key_goes_into_a_jwk_and_back() -> None:
    assert isinstance(KEY, ec.EllipticCurvePublicKey)
    assert signature.jwk_of(KEY) == HOLDER.jwk
    assert len(signature.key_id(KEY)) == 8


WRONG = [
    {}, {"kty": "oct", "k": "AA"}, {**HOLDER.jwk, "d": "AA"}, {**HOLDER.jwk, "crv": "P-384"},
    {**HOLDER.jwk, "x": HOLDER.jwk["y"]}, {**HOLDER.jwk, "x": "AA"}, {**HOLDER.jwk, "x": "é"},
    {**HOLDER.jwk, "x": 1}, {name: HOLDER.jwk[name] for name in ("kty", "crv", "x")}, {**HOLDER.jwk, "kty": ["EC"]},
    {**RSA_JWK, "e": "Aw"}, {**RSA_JWK, "e": "AAEAAQ"}, {**RSA_JWK, "n": canonical.base64url(b"\x80" * 128)},
    {**RSA_JWK, "n": canonical.base64url(b"\0" + RSA_KEY.n.to_bytes(256, "big"))},
    {**RSA_JWK, "n": canonical.base64url(b"\xff" * 513)},
]  # fmt: skip


@pytest.mark.parametrize("jwk", WRONG)
def test_what_is_no_key_that_we_accept_is_refused(jwk: dict[str, object]) -> None:
    signature.public_key(HOLDER.jwk)
    signature.public_key(RSA_JWK)
    with refused(Reason.KEY_MALFORMED):
        signature.public_key(jwk)
    with refused(Reason.KEY_MALFORMED):
        passkey.cose_key(jwk)


@pytest.mark.parametrize(
    "jwk",
    [{}, {"kty": "EC"}, {**HOLDER.jwk, "x": None}, {"kty": "RSA", "n": "AA"}, {**HOLDER.jwk, "x": "\ud800"}],
)
def test_what_lacks_a_member_or_cannot_be_written_has_no_thumbprint(jwk: dict[str, object]) -> None:
    with refused(Reason.KEY_MALFORMED):
        signature.thumbprint(jwk)
