"""WebAuthn assertions over a statement: the challenge is SHA-256 of the prefixed bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping

import cbor2
from webauthn import verify_authentication_response
from webauthn.helpers.structs import AuthenticationCredential, AuthenticatorAssertionResponse

from pakta.core import canonical, cbor, signature
from pakta.core.errors import Reason, Refusal

FIXED = 37  # bytes: rpIdHash, flags, counter
ATTESTED, EXTENDED = 0x40, 0x80  # flags: an attested credential, extensions
UNKNOWN_COUNT = 0  # the signature counter is judged at sign-in, not in evidence that is checked again and again


def verify(
    *,
    message: bytes,
    jwk: Mapping[str, object],
    authenticator_data: bytes,
    client_data: bytes,
    signature_bytes: bytes,
    relying_party: str,
    origins: Collection[str],
) -> None:
    """Check an assertion over `message`: type, challenge, origin, crossOrigin, rpIdHash, UP, UV, signature.

    jwk  an ES256 or RS256 key

    Refuses with KEY_MALFORMED, PASSKEY_CROSS_ORIGIN or PASSKEY_DIFFERS.
    Source: WebAuthn Level 3 section 7.2.
    """
    public = cose_key(jwk)
    _check_same_origin(client_data)
    _check_extensions(authenticator_data)
    credential = AuthenticationCredential(
        id=canonical.base64url(b"pakta"),  # the library demands the pair; neither is looked at
        raw_id=b"pakta",
        response=AuthenticatorAssertionResponse(
            client_data_json=client_data, authenticator_data=authenticator_data, signature=signature_bytes
        ),
    )
    try:
        verify_authentication_response(
            credential=credential,
            expected_challenge=hashlib.sha256(message).digest(),
            expected_rp_id=relying_party,
            expected_origin=list(origins),
            credential_public_key=public,
            credential_current_sign_count=UNKNOWN_COUNT,
            require_user_verification=True,
        )
    except Exception as error:  # whatever foreign bytes make the parser raise
        raise Refusal(Reason.PASSKEY_DIFFERS) from error


def cose_key(jwk: Mapping[str, object]) -> bytes:
    """Return a JWK as the COSE key that authenticators speak; refuses with KEY_MALFORMED."""
    signature.public_key(jwk)
    value = {name: canonical.from_base64url(str(jwk[name])) for name in ("x", "y", "n", "e") if name in jwk}
    if jwk["kty"] == "EC":
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: value["x"], -3: value["y"]})
    return cbor2.dumps({1: 3, 3: -257, -1: value["n"], -2: value["e"]})


def _check_same_origin(client_data: bytes) -> None:
    try:
        members = json.loads(client_data)
    except (ValueError, RecursionError) as error:
        raise Refusal(Reason.PASSKEY_DIFFERS) from error
    if not isinstance(members, dict):
        raise Refusal(Reason.PASSKEY_DIFFERS)
    if members.get("crossOrigin", False) is not False or "topOrigin" in members:
        raise Refusal(Reason.PASSKEY_CROSS_ORIGIN)


def _check_extensions(authenticator_data: bytes) -> None:
    """Refuse what follows the fixed part unless it is plain CBOR: the library's reader unfolds whatever tags say."""
    rest, flags = authenticator_data[FIXED:], authenticator_data[FIXED - 5 : FIXED - 4]
    if not flags or flags[0] & ATTESTED or bool(flags[0] & EXTENDED) != bool(rest):
        raise Refusal(Reason.PASSKEY_DIFFERS)
    if rest:
        try:
            cbor.decode(rest)
        except Refusal as error:
            raise Refusal(Reason.PASSKEY_DIFFERS) from error
