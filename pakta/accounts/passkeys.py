"""Passkeys: the two WebAuthn ceremonies, enrolment and sign-in.

Rules  discoverable credentials, user verification required, no attestation, ES256 or RS256;
       the relying party is the exact host, the origin exact, crossOrigin never true.
       A challenge is a row: it serves one ceremony, for five minutes, and is deleted in the
       transaction that it let through.  Signing in, an authenticator signs the hash of a prefix
       and what we sent, never what we sent itself: see docs/decisions/0011.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import cbor2
import webauthn
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, options_to_json_dict, structs
from webauthn.helpers.cose import COSEAlgorithmIdentifier

from pakta.accounts import rules
from pakta.accounts.models import Account, Challenge, PersonKey, Slip
from pakta.config import Config
from pakta.core import canonical
from pakta.core import passkey as core_passkey
from pakta.core.errors import Reason, Refusal

ALGORITHMS = [COSEAlgorithmIdentifier.ECDSA_SHA_256, COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256]
ENROL, SIGN_IN = "enrol", "sign-in"
SIGN_IN_PREFIX = b"pakta/sign-in/v1\n"
WAIT = 120_000  # milliseconds that the browser gives the person


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What a checked registration says of the new credential."""

    jwk: dict[str, str]
    credential_id: bytes
    sign_count: int
    backup_eligible: bool
    backed_up: bool


def start_enrolment(session: Session, *, slip: Slip, now: datetime, config: Config) -> dict[str, Any]:
    """Return the options for `navigator.credentials.create`, with a new challenge for this slip."""
    options = webauthn.generate_registration_options(
        rp_id=config.relying_party,
        rp_name=f"Pakta {config.city}",
        user_id=user_handle(session, slip=slip),
        user_name=rules.masked_number(slip.person.number),
        user_display_name=slip.person.name,
        challenge=_remember(session, secrets.token_bytes(32), purpose=ENROL, slip_id=slip.id, now=now),
        timeout=WAIT,
        attestation=structs.AttestationConveyancePreference.NONE,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def finish_enrolment(
    session: Session, *, slip: Slip, response: Mapping[str, Any], now: datetime, config: Config
) -> NewPasskey:
    """Check what the authenticator answered, and use up its challenge.

    Refuses with CHALLENGE_GONE or PASSKEY_REFUSED.
    """
    challenge = _use(session, purpose=ENROL, slip_id=slip.id, response=response, now=now)
    try:
        checked = webauthn.verify_registration_response(
            credential=dict(response),
            expected_challenge=challenge,
            expected_rp_id=config.relying_party,
            expected_origin=config.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        return NewPasskey(
            jwk=_jwk(checked.credential_public_key),
            credential_id=checked.credential_id,
            sign_count=checked.sign_count,
            backup_eligible=checked.credential_device_type == structs.CredentialDeviceType.MULTI_DEVICE,
            backed_up=checked.credential_backed_up,
        )
    except Refusal:
        raise
    except Exception as error:  # whatever foreign bytes make the parser raise
        raise Refusal(Reason.PASSKEY_REFUSED) from error


def start_sign_in(session: Session, *, now: datetime, config: Config) -> dict[str, Any]:
    """Return the options for `navigator.credentials.get`: any passkey of this host.

    The browser hashes their `challenge` behind SIGN_IN_PREFIX before the authenticator signs it.
    """
    nonce = secrets.token_bytes(32)
    _remember(session, sign_in_challenge(nonce), purpose=SIGN_IN, slip_id=None, now=now)
    options = webauthn.generate_authentication_options(
        rp_id=config.relying_party,
        challenge=nonce,
        timeout=WAIT,
        allow_credentials=[],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def finish_sign_in(session: Session, *, response: Mapping[str, Any], now: datetime, config: Config) -> PersonKey:
    """Check an assertion, use up its challenge, and return the key that made it.

    Refuses with CHALLENGE_GONE, PASSKEY_UNKNOWN or PASSKEY_REFUSED.
    """
    challenge = _use(session, purpose=SIGN_IN, slip_id=None, response=response, now=now)
    key = _key_of(session, response)
    try:
        checked = webauthn.verify_authentication_response(
            credential=dict(response),
            expected_challenge=challenge,
            expected_rp_id=config.relying_party,
            expected_origin=config.origin,
            credential_public_key=core_passkey.cose_key(key.jwk),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # whatever foreign bytes make the parser raise
        raise Refusal(Reason.PASSKEY_REFUSED) from error
    key.sign_count = checked.new_sign_count
    key.backed_up = checked.credential_backed_up
    return key


def sign_in_challenge(nonce: bytes) -> bytes:
    """Return what an authenticator signs to sign in: 32 bytes, which cannot be the hash of a statement."""
    return hashlib.sha256(SIGN_IN_PREFIX + nonce).digest()


def credential_id(response: Mapping[str, Any]) -> bytes:
    """Return the id of the credential that a response speaks of; refuses with PASSKEY_REFUSED."""
    try:
        return base64url_to_bytes(str(response["id"]))
    except (KeyError, ValueError) as error:
        raise Refusal(Reason.PASSKEY_REFUSED) from error


def speaks_for(response: Mapping[str, Any], *, account: Account) -> bool:
    """Say whether the user handle that an assertion carries is the account's own."""
    inner = response.get("response")
    handle = inner.get("userHandle") if isinstance(inner, Mapping) else None
    return isinstance(handle, str) and handle == canonical.base64url(account.user_handle)


def user_handle(session: Session, *, slip: Slip) -> bytes:
    """Return the random WebAuthn user.id of the person whom this slip activates.

    Who has an account keeps theirs, so that an authenticator replaces a lost credential.
    Before, it is made of the slip's keyed hash, random to whoever lacks the pepper: the same
    each time the ceremony is started over, so that no unfinished credential stays behind.
    """
    known = select(Account.user_handle).where(Account.person_id == slip.person_id)
    handle = session.execute(known).scalar_one_or_none()
    return handle or hashlib.sha256(b"pakta/user-handle/v1\n" + slip.code_hash).digest()


def _remember(session: Session, challenge: bytes, *, purpose: str, slip_id: int | None, now: datetime) -> bytes:
    session.execute(delete(Challenge).where(Challenge.created_at < now - rules.CHALLENGE_VALID))
    session.add(Challenge(challenge=challenge, purpose=purpose, slip_id=slip_id, created_at=now))
    session.flush()
    return challenge


def _use(session: Session, *, purpose: str, slip_id: int | None, response: Mapping[str, Any], now: datetime) -> bytes:
    challenge = _stated_challenge(response)
    of = Challenge.slip_id.is_(None) if slip_id is None else Challenge.slip_id == slip_id
    # Whoever takes the row away has it: of two who come at once, the second finds none.
    taken = delete(Challenge).where(Challenge.challenge == challenge, Challenge.purpose == purpose, of)
    created_at = session.execute(taken.returning(Challenge.created_at)).scalar_one_or_none()
    if created_at is None or now - created_at > rules.CHALLENGE_VALID:
        raise Refusal(Reason.CHALLENGE_GONE)
    return challenge


def _stated_challenge(response: Mapping[str, Any]) -> bytes:
    try:
        data = json.loads(base64url_to_bytes(response["response"]["clientDataJSON"]))
        challenge = base64url_to_bytes(data["challenge"])
        crossing = data.get("crossOrigin", False) is not False or "topOrigin" in data
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal(Reason.PASSKEY_REFUSED) from error
    if crossing:
        raise Refusal(Reason.PASSKEY_REFUSED)
    return challenge


def _key_of(session: Session, response: Mapping[str, Any]) -> PersonKey:
    wanted = select(PersonKey).where(PersonKey.credential_id == credential_id(response))
    held = wanted.with_for_update(of=PersonKey).execution_options(populate_existing=True)  # who revokes it waits
    key = session.execute(held).scalar_one_or_none()
    if key is None:
        raise Refusal(Reason.PASSKEY_UNKNOWN)
    return key


def _jwk(cose: bytes) -> dict[str, str]:
    """Return a COSE public key as a JWK with nothing but its public members."""
    key = cbor2.loads(cose)
    if key.get(1) == 2 and key.get(3) == -7 and key.get(-1) == 1:
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": canonical.base64url(key[-2]),
            "y": canonical.base64url(key[-3]),
        }
    if key.get(1) == 3 and key.get(3) == -257:
        return {"kty": "RSA", "n": canonical.base64url(key[-1]), "e": canonical.base64url(key[-2])}
    raise Refusal(Reason.KEY_MALFORMED)
