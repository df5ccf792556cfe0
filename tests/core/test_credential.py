"""The credential and the digits of its QR: the one form in which a stranger meets it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pakta.core import cbor, cose, credential
from pakta.core.errors import Reason, Refusal
from tests.core.refusing import each_flip, refused
from tests.verification.paper import HOST, NOW, ORIGIN, City

CITY = City()
CLAIMS = CITY.claims(ledger_index=12)
KEYS = {CITY.issuer.kid: CITY.issuer.public}
GOOD = CITY.issue(enter=False, ledger_index=12)
ADDRESS = credential.to_address(GOOD, origin=ORIGIN)


def issued(payload: bytes) -> bytes:
    """Return any payload, signed by the issuer."""
    header = cose.protected_header(kid=CITY.issuer.kid)
    signature = CITY.issuer.sign(cose.sig_structure(protected=header, payload=payload))
    return cose.assemble(protected=header, payload=payload, signature=signature)


def plain(**changed: object) -> dict[int | str, cbor.Cbor]:
    """Return the claims of a credential as CBOR data; a member set to `...` is left out."""
    members = cbor2.loads(cose.parse(GOOD).payload)
    members.update({int(name[1:].replace("_", "-")): value for name, value in changed.items()})
    return {name: value for name, value in members.items() if value is not ...}


def own(**changed: object) -> dict[int | str, cbor.Cbor]:
    """Return Pakta's own claim with some members changed."""
    members = {**plain()[credential.PAKTA], **{int(name[1:]): value for name, value in changed.items()}}  # type: ignore[dict-item]
    return {name: value for name, value in members.items() if value is not ...}


def test_what_the_issuer_signed_is_read_back() -> None:
    found = credential.verify(GOOD, issuer_keys=KEYS, now=NOW)
    assert (found.claims.name, found.claims.ledger_index) == ("Siti Rahmawati, S.STP.", 12)
    assert found.kid == CITY.issuer.kid
    assert found.to_be_signed == credential.to_be_signed(found.claims, kid=found.kid)


def test_other_readers_see_a_cwt_with_these_claims_and_core_deterministic_bytes() -> None:
    members = cbor2.loads(cose.parse(GOOD).payload)
    assert {1, 4, 6, 7, 169, 65535, -70001} == set(members)
    assert members[65535] == {"status_list": {"idx": 7, "uri": f"{ORIGIN}/s/0"}}
    assert cbor2.dumps(members, canonical=True) == cose.parse(GOOD).payload


def test_in_a_marked_institution_there_is_no_name() -> None:
    unnamed = CITY.issue(enter=False, name=None)
    assert credential.verify(unnamed, issuer_keys=KEYS, now=NOW).claims.name is None
    assert 169 not in cbor2.loads(cose.parse(unnamed).payload)


def test_it_holds_from_its_issue_to_its_end() -> None:
    issue, end = (NOW - timedelta(hours=1)), NOW - timedelta(hours=1) + timedelta(days=5 * 365)
    for now in (issue - timedelta(seconds=300), issue, end - timedelta(seconds=1)):
        credential.verify(GOOD, issuer_keys=KEYS, now=now)
    with refused(Reason.NOT_YET_VALID):
        credential.verify(GOOD, issuer_keys=KEYS, now=issue - timedelta(seconds=301))
    with refused(Reason.EXPIRED):
        credential.verify(GOOD, issuer_keys=KEYS, now=end)


def test_no_flipped_bit_holds() -> None:
    for changed in each_flip(GOOD):
        with pytest.raises(Refusal):
            credential.verify(changed, issuer_keys=KEYS, now=NOW)


def test_no_changed_digit_holds() -> None:
    start = ADDRESS.index("#") + 1
    for at in range(start, len(ADDRESS)):
        digit = str((int(ADDRESS[at]) + 1) % 10)
        with pytest.raises(Refusal):
            raw = credential.from_address(ADDRESS[:at] + digit + ADDRESS[at + 1 :], origin=ORIGIN)
            credential.verify(raw, issuer_keys=KEYS, now=NOW)


@pytest.mark.parametrize(
    "members",
    [
        plain(_1=...), plain(_1=""), plain(_1=5), plain(_4=-1), plain(_4=True), plain(_6=1 << 53),
        plain(_7=bytes(15)), plain(_7="a"), plain(_169={}), plain(_169={4: ""}), plain(_169={4: "a", 5: "b"}),
        plain(_169="a"),
        plain(_65535={}), plain(_65535={"status_list": {}}), plain(_65535={"status_list": {"idx": 1, "uri": ""}}),
        plain(_65535={"status_list": {"idx": 1, "uri": "u", "more": 1}}), plain(_65535=None), plain(_8=b""),
        plain(_65535={"status_list": {"idx": 1, "uri": "u"}, "more": 1}),
        plain(__70001=...), plain(__70001=[]), plain(__70001=own(_1=...)), plain(__70001=own(_6=1)),
        plain(__70001=own(_2="ASN-2026-1234")), plain(__70001=own(_3=bytes(31))), plain(__70001=own(_4=0)),
        plain(__70001=own(_4=4)), plain(__70001=own(_4="1")), plain(__70001=own(_5=-1)), plain(__70001=own(_1=None)),
        [], 1, None,
    ],
)  # fmt: skip
def test_claims_of_any_other_form_are_refused_although_they_are_signed(members: cbor.Cbor) -> None:
    raw = issued(cbor.encode(members))
    with refused(Reason.CLAIMS_MALFORMED):
        credential.verify(raw, issuer_keys=KEYS, now=NOW)


def test_a_header_without_a_key_id_and_a_credential_too_long_are_refused() -> None:
    header = cbor.encode({1: -7, 4: "kid"})
    payload = cose.parse(GOOD).payload
    with refused(Reason.COSE_MALFORMED):
        credential.parse(cose.assemble(protected=header, payload=payload, signature=bytes(64)))
    with refused(Reason.COSE_MALFORMED):
        credential.parse(bytes(credential.LONGEST + 1))


def test_name_and_unit_together_have_160_bytes() -> None:
    fits = replace(CLAIMS, name="é" * 40, unit="u" * 80)
    credential.to_be_signed(fits, kid=CITY.issuer.kid)
    with refused(Reason.NAME_TOO_LONG):
        credential.to_be_signed(replace(fits, unit="u" * 81), kid=CITY.issuer.kid)
    credential.to_be_signed(replace(fits, name=None, unit="u" * 160), kid=CITY.issuer.kid)


def test_nothing_is_signed_that_could_not_be_read() -> None:
    for wrong in (replace(CLAIMS, edition="ASN-2026-1234"), replace(CLAIMS, method=4), replace(CLAIMS, unit="")):
        with refused(Reason.CLAIMS_MALFORMED):
            credential.to_be_signed(wrong, kid=CITY.issuer.kid)
    with refused(Reason.CBOR_MALFORMED):
        credential.to_be_signed(replace(CLAIMS, name="\ud800"), kid=CITY.issuer.kid)


@given(st.binary(min_size=1, max_size=800))
def test_bytes_go_into_digits_and_back(raw: bytes) -> None:
    address = credential.to_address(raw, origin=ORIGIN)
    assert credential.from_address(address, origin=ORIGIN) == raw
    assert address.partition("#")[2].isdecimal()


@given(st.text(alphabet="0123456789", min_size=1, max_size=60))
def test_digits_that_are_read_are_the_one_form_of_their_bytes(digits: str) -> None:
    try:
        raw = credential.from_digits(digits)
    except Refusal as refusal:
        assert refusal.reason is Reason.DIGITS_MALFORMED
        return
    assert credential.to_address(raw, origin=ORIGIN) == f"{ORIGIN}/v#{digits}"


@pytest.mark.parametrize(
    "digits", ["", "1", "12", "256", "65536", "9999", "9" * 17, "12a", "-12", "+12", "٣٤٥", " 123", "1" * 2001]
)
def test_digits_that_stand_for_no_bytes_are_refused(digits: str) -> None:
    with refused(Reason.DIGITS_MALFORMED):
        credential.from_digits(digits)


def test_an_address_is_forgiven_its_spaces_and_the_hosts_capitals() -> None:
    for text in (
        f" {ADDRESS}\r\n",
        ADDRESS.replace("#", "?bahasa=en#"),
        ADDRESS.replace("localhost", "LocalHost"),
        ADDRESS.replace("http", "HTTP"),
    ):
        assert credential.from_address(text, origin=ORIGIN) == GOOD


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.ADDRESS_MALFORMED), ("123", Reason.ADDRESS_MALFORMED),
        ("javascript:1#1", Reason.ADDRESS_MALFORMED), ("http://localhost:5000\u0131/v#1", Reason.ADDRESS_MALFORMED),
        (f"{ORIGIN}/v", Reason.ADDRESS_MALFORMED), (f"{ORIGIN}/w#123", Reason.ADDRESS_MALFORMED),
        (f"{ORIGIN}/vx?v=1#123", Reason.ADDRESS_MALFORMED), (f"{ORIGIN}#123", Reason.ADDRESS_MALFORMED),
        (f"{ORIGIN}/v #123", Reason.ADDRESS_MALFORMED), ("http:///v#123", Reason.ADDRESS_MALFORMED),
        ("https://localhost:5000/v#123", Reason.OTHER_HOST), ("http://localhost:5001/v#123", Reason.OTHER_HOST),
        ("http://user@localhost:5000/v#123", Reason.OTHER_HOST), (f"{ORIGIN}/v#", Reason.DIGITS_MALFORMED),
        (f"{ORIGIN}/v#1#2", Reason.DIGITS_MALFORMED), (f"{ORIGIN}/v#" + "1" * 10_000, Reason.DIGITS_MALFORMED),
    ],
)  # fmt: skip
def test_an_address_of_another_form_is_refused(text: str, reason: Reason) -> None:
    with refused(reason):
        credential.from_address(text, origin=ORIGIN)


def test_plain_http_is_for_this_machine_alone() -> None:
    with refused(Reason.ADDRESS_MALFORMED):
        credential.from_address("http://pakta.contoh.go.id/v#123", origin="http://pakta.contoh.go.id")
    assert credential.from_address("https://pakta.contoh.go.id/v#123", origin="https://pakta.contoh.go.id") == b"{"
    assert HOST == "localhost:5000"
