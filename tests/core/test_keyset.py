"""The key set: which keys sign for whom, in one form, signed, and never an older one."""

from __future__ import annotations

import base64
import json

import pytest

from pakta.core import canonical, keyset, note
from pakta.core.errors import Reason, Refusal
from tests.core.made import changed_json
from tests.core.refusing import each_flip, refused
from tests.verification.paper import HOST, NOW, City, Issuer

CITY = City()
GOOD = CITY.key_set()
PAYLOAD = keyset.parse(GOOD).payload
JWK = json.loads(GOOD)["keys"][0]
LOG = json.loads(GOOD)["log"]
RSA = {"kty": "RSA", "crv": "P-256", "x": "AA", "y": "AA", "kid": "AA", "use": "sig", "alg": "ES256"}


def signed(**changed: object) -> bytes:
    """Return the key set with members changed, signed anew by the issuer."""
    return keyset.sign(changed_json(PAYLOAD, **changed), kid=CITY.issuer.kid, sign=CITY.issuer.sign)


def with_jws(jws: str) -> bytes:
    """Return the key set under another signature."""
    return changed_json(GOOD, signature=jws)


def test_what_was_built_is_read_back() -> None:
    found = keyset.verify(GOOD, host=HOST)
    assert (found.version, found.issuer, found.log_origin) == (3, HOST, f"{HOST}/log")
    assert found.issued_at == NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert list(found.issuer_keys) == [CITY.issuer.kid]
    assert found.log_vkey == note.vkey(name=f"{HOST}/log", public_key=CITY.ledger_public)


def test_the_signature_is_a_jws_with_a_detached_payload() -> None:
    header, middle, _sealed = json.loads(GOOD)["signature"].split(".")
    assert middle == ""
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "ES256", "kid": JWK["kid"]}
    assert keyset.verify(signed(), host=HOST).version == 3


def test_several_keys_stand_in_their_order() -> None:
    other = Issuer()
    found = keyset.verify(CITY.key_set(others=(other,)), host=HOST)
    assert set(found.issuer_keys) == {CITY.issuer.kid, other.kid}


def test_an_older_version_than_one_seen_is_refused() -> None:
    keyset.verify(GOOD, host=HOST, not_before=3)
    with refused(Reason.KEYSET_ROLLED_BACK):
        keyset.verify(GOOD, host=HOST, not_before=4)


def test_the_key_set_of_another_host_is_refused() -> None:
    with refused(Reason.KEYSET_OTHER):
        keyset.verify(GOOD, host="pakta.contoh.go.id")


def test_no_flipped_bit_holds() -> None:
    for changed in each_flip(GOOD):
        with pytest.raises(Refusal):
            keyset.verify(changed, host=HOST)


def test_a_strangers_signature_is_refused() -> None:
    with refused(Reason.SIGNATURE_DIFFERS):
        keyset.verify(keyset.sign(PAYLOAD, kid=CITY.issuer.kid, sign=Issuer().sign), host=HOST)
    with refused(Reason.KEYSET_MALFORMED):
        keyset.verify(keyset.sign(PAYLOAD, kid=bytes(8), sign=CITY.issuer.sign), host=HOST)


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 0}, {"version": True}, {"version": "3"}, {"version": ...}, {"more": 1}, {"iss": ""}, {"iss": 1},
        {"issued_at": None}, {"keys": []}, {"keys": {}}, {"keys": [JWK, JWK]}, {"keys": [1]}, {"keys": [{}]},
        {"keys": [{**JWK, "use": "enc"}]}, {"keys": [{**JWK, "alg": "ES384"}]}, {"keys": [{**JWK, "d": "AA"}]},
        {"keys": [{**JWK, "kid": "AAAAAAAAAAA"}]}, {"keys": [{**JWK, "kid": "A"}]}, {"keys": [{**JWK, "kid": 1}]},
        {"log": None}, {"log": {}}, {"log": {**LOG, "more": 1}}, {"log": {**LOG, "origin": ""}},
        {"log": {**LOG, "vkey": 1}}, {"witness_policy": {}},
    ],
)  # fmt: skip
def test_any_other_form_is_refused_although_it_is_signed(changed: dict[str, object]) -> None:
    with refused(Reason.KEYSET_MALFORMED):
        keyset.verify(signed(**changed), host=HOST)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"keys": [{**JWK, "x": JWK["y"]}]}, Reason.KEY_MALFORMED),
        ({"keys": [RSA]}, Reason.KEY_MALFORMED),
        ({"log": {**LOG, "vkey": "a+b+c"}}, Reason.VKEY_MALFORMED),
    ],
)
def test_a_key_in_it_that_is_none_is_named(changed: dict[str, object], reason: Reason) -> None:
    with refused(reason):
        keyset.verify(signed(**changed), host=HOST)


HEADER, _, SEALED = json.loads(GOOD)["signature"].split(".")
OTHER = canonical.base64url(canonical.encode({"alg": "none", "kid": JWK["kid"]}))


@pytest.mark.parametrize(
    "jws",
    [
        "", "a", f"{HEADER}.{SEALED}", f"{HEADER}.AA.{SEALED}", f"{HEADER}..{SEALED}.", f"{OTHER}..{SEALED}",
        f"A..{SEALED}", f"{HEADER}..A", f"AAAA..{SEALED}", f"e30..{SEALED}",
    ],
    ids=[
        "nothing", "no dots", "two parts", "its payload inside", "four parts", "another algorithm",
        "a header that is no base64", "a seal that is no base64", "a header that is no JSON", "an empty header",
    ],
)  # fmt: skip
def test_a_signature_of_any_other_form_is_refused(jws: str) -> None:
    with refused(Reason.KEYSET_MALFORMED):
        keyset.verify(with_jws(jws), host=HOST)


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", GOOD + b"\n", b" " * 70_000])
def test_what_is_no_key_set_is_refused(text: bytes) -> None:
    with refused(Reason.KEYSET_MALFORMED):
        keyset.verify(text, host=HOST)


OLD, LOST = Issuer(), Issuer()
ROOT = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
AT = "2026-11-23T01:15:00Z"


def with_pakta(said: object) -> bytes:
    """Return the key set whose one key carries this member, signed."""
    return signed(keys=[{**JWK, "pakta": said}])


def test_a_compromised_key_says_since_when_and_what_was_signed_before() -> None:
    found = keyset.verify(CITY.key_set(others=(LOST,), compromised={LOST.kid: CITY.compromise(0)}), host=HOST)
    assert found.compromised == {LOST.kid: CITY.compromise(0)}
    assert set(found.issuer_keys) == {CITY.issuer.kid, LOST.kid}
    assert set(found.sound_keys) == {CITY.issuer.kid}


def test_a_compromised_key_signs_no_key_set() -> None:
    with refused(Reason.KEYSET_MALFORMED):
        keyset.verify(CITY.key_set(compromised={CITY.issuer.kid: CITY.compromise(0)}), host=HOST)


@pytest.mark.parametrize(
    "said",
    [
        None,
        {},
        [],
        {"other": 1},
        {"compromised_at": AT},
        {"compromised_at": AT, "size": 1},
        {"compromised_at": AT, "size": -1, "root": ROOT},
        {"compromised_at": AT, "size": True, "root": ROOT},
        {"compromised_at": AT, "size": 1, "root": ROOT[:-2]},
        {"compromised_at": AT, "size": 1, "root": "!"},
        {"compromised_at": "2026-11-23", "size": 1, "root": ROOT},
        {"compromised_at": 5, "size": 1, "root": ROOT},
        {"endorsed_by": JWK["kid"]},
        {"endorsement": ROOT},
        {"endorsed_by": JWK["kid"], "endorsement": ROOT, "more": 1},
    ],
)
def test_a_key_about_which_anything_else_is_said_is_refused(said: object) -> None:
    with refused(Reason.KEYSET_MALFORMED):
        keyset.verify(with_pakta(said), host=HOST)


def successor_of(by: Issuer, key: Issuer, *, host: str = HOST, kid: bytes | None = None) -> keyset.Endorsement:
    """Return the word of `by` that `key` comes after it."""
    return keyset.endorse(successor=key.public, host=host, kid=kid or by.kid, sign=by.sign)


def known_by(issuer: Issuer, **more: object) -> keyset.KeySet:
    """Return a set that a phone believes: of this issuer alone."""
    return keyset.verify(City(issuer=issuer).key_set(version=1, **more), host=HOST)  # type: ignore[arg-type]


def test_a_later_set_of_the_same_key_goes_on_from_the_known_one() -> None:
    keyset.verify_continues(keyset.verify(GOOD, host=HOST), known=known_by(CITY.issuer))


def test_a_successor_is_believed_on_its_predecessor_s_word_also_over_several_steps() -> None:
    middle = Issuer()
    chain = {middle.kid: successor_of(OLD, middle), CITY.issuer.kid: successor_of(middle, CITY.issuer)}
    found = keyset.verify(CITY.key_set(others=(OLD, middle), endorsements=chain), host=HOST)
    keyset.verify_continues(found, known=known_by(OLD))
    keyset.verify_continues(found, known=known_by(middle))
    with refused(Reason.KEYSET_UNVOUCHED):
        keyset.verify_continues(found, known=known_by(Issuer()))


def test_a_successor_that_nobody_known_vouches_for_is_not_believed() -> None:
    stranger = Issuer()
    for wrong in (
        {},
        {CITY.issuer.kid: successor_of(stranger, CITY.issuer)},
        {CITY.issuer.kid: successor_of(stranger, CITY.issuer, kid=OLD.kid)},
        {CITY.issuer.kid: successor_of(OLD, stranger)},
        {CITY.issuer.kid: successor_of(OLD, CITY.issuer, host="lain.go.id")},
    ):
        found = keyset.verify(CITY.key_set(others=(OLD,), endorsements=wrong), host=HOST)
        with refused(Reason.KEYSET_UNVOUCHED):
            keyset.verify_continues(found, known=known_by(OLD))


def test_the_word_of_a_key_known_to_be_lost_counts_for_nothing() -> None:
    """The phone has already learnt that OLD was lost; its thief vouches for a key of their own."""
    thief = City()
    known = keyset.verify(CITY.key_set(others=(OLD,), compromised={OLD.kid: CITY.compromise(0)}), host=HOST)
    endorsed = {thief.issuer.kid: successor_of(OLD, thief.issuer)}
    found = keyset.verify(thief.key_set(version=9, others=(OLD,), endorsements=endorsed), host=HOST)
    keyset.verify_continues(found, known=known_by(OLD))
    with refused(Reason.KEYSET_UNVOUCHED):
        keyset.verify_continues(found, known=known)
