"""The status list: two bits a certificate, signed, fresh, and never an older one."""

from __future__ import annotations

import zlib
from datetime import timedelta

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pakta.core import cbor, cose, status
from pakta.core.errors import Reason, Refusal
from pakta.core.status import TokenClaims
from tests.core.refusing import each_flip, refused
from tests.verification.paper import NOW, ORIGIN, City

CITY = City()
KEYS = {CITY.issuer.kid: CITY.issuer.public}
GOOD = CITY.status_list({7: 1, 9: 2})
URI = f"{ORIGIN}/s/0"
MADE = int(NOW.timestamp()) - 60


def verify(token: bytes, *, hours: float = 0, not_before: int = 0) -> TokenClaims:
    """Verify a token some hours from now."""
    return status.verify(token, issuer_keys=KEYS, uri=URI, now=NOW + timedelta(hours=hours), not_before=not_before)


def issued(payload: cbor.Cbor) -> bytes:
    """Return any payload, signed by the issuer as a status list."""
    header = cose.protected_header(kid=CITY.issuer.kid, typ=status.TYPE)
    body = cbor.encode(payload)
    signature = CITY.issuer.sign(cose.sig_structure(protected=header, payload=body))
    return cose.assemble(protected=header, payload=body, signature=signature)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=70))
def test_every_place_keeps_its_value(values: list[int]) -> None:
    packed = status.decode(status.encode(values))
    assert [status.get(packed, at) for at in range(len(values))] == values
    with refused(Reason.STATUS_OUTSIDE):
        status.get(packed, 4 * len(packed))
    with refused(Reason.STATUS_OUTSIDE):
        status.get(packed, -1)


def test_the_lowest_bits_of_a_byte_come_first_as_the_draft_shows() -> None:
    """IETF Token Status List, example of two bits: 1,2,0,3, 0,1,0,1, 1,2,3,3 is C9 44 F9."""
    assert status.decode(status.encode([1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3])).hex() == "c944f9"


def test_a_signed_list_is_read() -> None:
    claims = verify(GOOD)
    packed = status.decode(claims.lst)
    assert [status.get(packed, at) for at in (6, 7, 8, 9)] == [0, 1, 0, 2]
    assert (claims.uri, claims.issued_at, claims.ttl) == (URI, MADE, 43200)
    assert set(cbor2.loads(cose.parse(GOOD).payload)) == {2, 4, 6, 65533, 65534}
    assert cose.parse(GOOD).header[16] == "application/statuslist+cwt"


def test_it_is_fresh_for_48_hours_and_not_from_the_future() -> None:
    verify(GOOD, hours=47)
    for hours in (48, -2):
        with refused(Reason.STATUS_STALE):
            verify(GOOD, hours=hours)


def test_an_older_list_than_one_seen_is_refused() -> None:
    verify(GOOD, not_before=MADE)
    with refused(Reason.STATUS_ROLLED_BACK):
        verify(GOOD, not_before=MADE + 1)


def test_a_list_for_another_place_is_refused() -> None:
    with refused(Reason.STATUS_OTHER):
        verify(CITY.status_list(uri=f"{ORIGIN}/s/1"))


def test_no_flipped_bit_holds() -> None:
    for changed in each_flip(GOOD):
        with pytest.raises(Refusal):
            verify(changed)


PLAIN = {2: URI, 4: MADE + 172800, 6: MADE, 65534: 43200, 65533: {"bits": 2, "lst": status.encode([0])}}


@pytest.mark.parametrize(
    "payload",
    [
        [], None, {}, {**PLAIN, 5: 1}, {**PLAIN, 2: b"x"}, {**PLAIN, 4: "soon"}, {**PLAIN, 6: True},
        {**PLAIN, 65534: -1}, {**PLAIN, 6: 1 << 53}, {**PLAIN, 65533: b""}, {**PLAIN, 65533: {"bits": 1, "lst": b""}},
        {**PLAIN, 65533: {"bits": 2, "lst": "text"}}, {**PLAIN, 65533: {"bits": 2, "lst": b"", "more": 1}},
    ],
)  # fmt: skip
def test_claims_of_any_other_form_are_refused_although_they_are_signed(payload: cbor.Cbor) -> None:
    assert verify(issued(PLAIN)).uri == URI  # type: ignore[arg-type]
    with refused(Reason.STATUS_MALFORMED):
        verify(issued(payload))


BOMB = zlib.compress(bytes(status.LONGEST_LIST + 1))


@pytest.mark.parametrize("lst", [b"", b"\0", b"x" * 50, zlib.compress(b""), zlib.compress(b"a") + b"\0", BOMB])
def test_a_list_that_does_not_unpack_to_one_of_ours_is_refused(lst: bytes) -> None:
    with refused(Reason.STATUS_MALFORMED):
        status.decode(lst)


def test_the_largest_list_is_read() -> None:
    assert len(status.decode(zlib.compress(bytes(status.LONGEST_LIST)))) == status.LONGEST_LIST


def test_a_list_is_read_from_what_the_ledger_holds_of_it() -> None:
    parsed = cose.parse(GOOD)
    signed = cose.sig_structure(protected=parsed.protected, payload=parsed.payload)
    assert status.read(signed) == verify(GOOD)


GOOD_HEAD = cose.protected_header(kid=CITY.issuer.kid, typ=status.TYPE)


@pytest.mark.parametrize(
    "parts",
    [
        7,
        ["Signature1", GOOD_HEAD, b""],
        ["Signature", GOOD_HEAD, b"", cose.parse(GOOD).payload],
        ["Signature1", GOOD_HEAD, b"x", cose.parse(GOOD).payload],
        ["Signature1", 7, b"", cose.parse(GOOD).payload],
        ["Signature1", GOOD_HEAD, b"", 7],
        ["Signature1", cbor.encode(7), b"", cose.parse(GOOD).payload],
        ["Signature1", cose.protected_header(kid=b"12345678"), b"", cose.parse(GOOD).payload],
        ["Signature1", GOOD_HEAD, b"", cbor.encode({2: "x"})],
    ],
)
def test_what_is_no_entered_list_is_refused(parts: cbor.Cbor) -> None:
    with refused(Reason.STATUS_MALFORMED):
        status.read(cbor.encode(parts))
