"""Evidence: the statement, the key, its enrolment and the signature, each of which must fit the others."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pakta.core import canonical, evidence, signature
from pakta.core.errors import Reason, Refusal
from pakta.core.evidence import Method
from pakta.demonstration.authenticator import SoftwareDeviceKey, SoftwarePasskey
from tests.core.made import HOST, NUMBER, ORIGIN, changed_json, evidenced, stated
from tests.core.refusing import each_flip, flipped, refused

HOLDER = SoftwareDeviceKey()
GOOD = evidenced(HOLDER, HOLDER.jwk)
KEY = signature.thumbprint(HOLDER.jwk)
RECORD = evidence.make_enrolment(number=NUMBER, key=KEY, way="slip", earlier=None)
ENROLLED = evidence.ENROLMENT_PREFIX


def verify(text: bytes) -> str:
    """Verify evidence; return whose number it names."""
    return evidence.verify(text, relying_party=HOST, origins=(ORIGIN,)).signer.number


def passkey_evidence(*, use_rsa: bool = False) -> bytes:
    """Return evidence that a passkey signed."""
    holder = SoftwarePasskey(HOST, ORIGIN, use_rsa=use_rsa)
    return evidenced(holder, jwk_of(holder))


def jwk_of(holder: SoftwarePasskey) -> dict[str, str]:
    """Return a software passkey's public key as a JWK."""
    if holder._ec is not None:
        return signature.jwk_of(holder._ec.public_key())
    assert holder._rsa is not None
    number = holder._rsa.public_key().public_numbers().n
    return {"kty": "RSA", "n": canonical.base64url(number.to_bytes(256, "big")), "e": "AQAB"}


@pytest.mark.parametrize("text", [GOOD, passkey_evidence(), passkey_evidence(use_rsa=True)])
def test_what_its_own_key_signed_holds(text: bytes) -> None:
    assert verify(text) == NUMBER


def test_the_hash_is_that_of_the_canonical_form() -> None:
    assert evidence.hash(GOOD) == hashlib.sha256(GOOD).digest()
    assert canonical.encode(json.loads(GOOD)) == GOOD


def test_parsing_gives_the_record_and_its_place() -> None:
    found = evidence.parse(GOOD)
    assert (found.index, found.method) == (7, Method.DEVICE)
    assert evidence.parse_enrolment(found.record).number == NUMBER
    assert [method.number for method in Method] == [1, 2]


def test_no_flipped_bit_of_what_is_signed_holds() -> None:
    members = json.loads(GOOD)
    for name in ("statement", "signature"):
        before, _, after = GOOD.partition(members[name].encode())
        for changed in each_flip(canonical.from_base64url(members[name])):
            with pytest.raises(Refusal):
                verify(before + canonical.base64url(changed).encode() + after)


@settings(max_examples=400)
@given(st.integers(0, 8 * len(GOOD) - 1))
def test_a_flipped_bit_anywhere_is_refused_or_leaves_the_enrolments_salt_to_the_ledger(bit: int) -> None:
    """The salt and the index are checked by whoever holds the ledger; all else is checked here."""
    changed = flipped(GOOD, bit)
    try:
        verify(changed)
    except Refusal:
        return
    before, after = evidence.parse(GOOD), evidence.parse(changed)
    assert (before.statement, before.jwk, before.proof) == (after.statement, after.jwk, after.proof)
    assert (before.record, before.index) != (after.record, after.index)
    assert evidence.parse_enrolment(before.record) == evidence.parse_enrolment(after.record)


def test_another_key_than_the_statement_names_is_refused() -> None:
    with refused(Reason.KEY_DIFFERS):
        verify(changed_json(GOOD, jwk=SoftwareDeviceKey().jwk))


@pytest.mark.parametrize("changed", [{"number": "198609262015052902"}, {"key": "A" * 43}])
def test_a_record_of_another_number_or_key_is_refused(changed: dict[str, object]) -> None:
    record = changed_json(RECORD, ENROLLED, **changed)
    with refused(Reason.ENROLMENT_DIFFERS):
        verify(changed_json(GOOD, enrolment={"record": canonical.base64url(record), "index": 7}))


def test_a_passkeys_assertion_over_another_statement_is_refused() -> None:
    holder = SoftwarePasskey(HOST, ORIGIN)
    good = evidenced(holder, jwk_of(holder))
    other = stated(jwk_of(holder))
    with refused(Reason.PASSKEY_DIFFERS):
        verify(changed_json(good, statement=canonical.base64url(other)))
    with refused(Reason.PASSKEY_DIFFERS):
        evidence.verify(good, relying_party="pakta.contoh.go.id", origins=(ORIGIN,))
    with refused(Reason.PASSKEY_DIFFERS):
        evidence.verify(good, relying_party=HOST, origins=("https://pakta.contoh.go.id",))


@pytest.mark.parametrize(
    "changed",
    [
        {"statement": ...}, {"statement": 1}, {"statement": "A"}, {"more": 1}, {"method": "kios"}, {"method": 2},
        {"method": ["device"]}, {"jwk": None}, {"jwk": []}, {"enrolment": None}, {"enrolment": {}},
        {"enrolment": {"record": "AA", "index": -1}}, {"enrolment": {"record": "AA", "index": True}},
        {"enrolment": {"record": "AA", "index": "7"}}, {"enrolment": {"record": 1, "index": 7}},
        {"enrolment": {"record": "AA", "index": 7, "more": 1}}, {"method": "passkey"},
    ],
)  # fmt: skip
def test_evidence_of_any_other_form_is_refused(changed: dict[str, object]) -> None:
    with refused(Reason.EVIDENCE_MALFORMED):
        evidence.parse(changed_json(GOOD, **changed))


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", GOOD + b" ", GOOD[:-1], b"x" * (evidence.LONGEST + 1)])
def test_what_is_no_canonical_evidence_is_refused(text: bytes) -> None:
    with refused(Reason.EVIDENCE_MALFORMED):
        evidence.parse(text)


@pytest.mark.parametrize("signed", [1, None, "A", "AA AA"])
def test_a_signature_that_is_no_base64url_is_refused(signed: object) -> None:
    with refused(Reason.SIGNATURE_MALFORMED):
        evidence.parse(changed_json(GOOD, signature=signed))


@pytest.mark.parametrize("proof", [{}, {"signature": "AA", "more": "AA"}, {"authenticatorData": "AA"}])
def test_evidence_is_made_of_exactly_the_members_of_its_method(proof: dict[str, str]) -> None:
    with refused(Reason.SIGNATURE_MALFORMED):
        evidence.make(
            statement=b"", method=Method.DEVICE, jwk={}, enrolment_record=b"", enrolment_index=0, proof=proof
        )


@pytest.mark.parametrize("way", evidence.WAYS)
def test_an_enrolment_is_read_back_as_it_was_made(way: str) -> None:
    record = evidence.make_enrolment(number=NUMBER, key=KEY, way=way, earlier=None)
    assert evidence.parse_enrolment(record) == evidence.Enrolment(NUMBER, KEY, way)


def test_two_enrolments_of_the_same_key_cannot_be_told_from_their_hashes() -> None:
    assert evidence.make_enrolment(number=NUMBER, key=KEY, way="slip", earlier=None) != RECORD


@pytest.mark.parametrize(
    "changed",
    [
        {"v": 2}, {"v": True}, {"v": ...}, {"number": 1}, {"key": None}, {"way": ["slip"]}, {"way": "kios"},
        {"way": "further"}, {"salt": "AA"}, {"salt": 1}, {"salt": "A"}, {"more": 1},
        {"earlier": {"key": "A" * 43, "signature": "AA"}},
    ],
)  # fmt: skip
def test_a_record_of_any_other_form_is_refused(changed: dict[str, object]) -> None:
    with refused(Reason.ENROLMENT_MALFORMED):
        evidence.parse_enrolment(changed_json(RECORD, ENROLLED, **changed))


@pytest.mark.parametrize("record", [b"", ENROLLED, RECORD[len(ENROLLED) :], RECORD + b" "])
def test_what_is_no_record_is_refused(record: bytes) -> None:
    with refused(Reason.ENROLMENT_MALFORMED):
        evidence.parse_enrolment(record)


def test_a_voucher_is_written_into_the_record_that_names_one() -> None:
    """Such a record cannot be checked yet, so no evidence with one is taken."""
    record = evidence.make_enrolment(number=NUMBER, key=KEY, way="further", earlier={"key": "B" * 43})
    assert b'"earlier":{"key":"BBBB' in record
    with refused(Reason.ENROLMENT_MALFORMED):
        evidence.parse_enrolment(record)
