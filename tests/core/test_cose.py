"""COSE_Sign1: one tag, one algorithm, an empty unprotected header, and nothing beside."""

from __future__ import annotations

import cbor2
import pytest

from pakta.core import cbor, cose
from pakta.core.errors import Reason
from tests.core.refusing import refused
from tests.verification.paper import Issuer

ISSUER = Issuer()
KEYS = {ISSUER.kid: ISSUER.public}
HEADER = cose.protected_header(kid=ISSUER.kid)
PAYLOAD = b"\xa0"


def sealed(protected: bytes = HEADER, payload: bytes = PAYLOAD) -> bytes:
    """Return the issuer's signature over a header and a payload."""
    return ISSUER.sign(cose.sig_structure(protected=protected, payload=payload))


GOOD = cose.assemble(protected=HEADER, payload=PAYLOAD, signature=sealed())


def test_what_was_signed_is_read_and_holds() -> None:
    found = cose.parse(GOOD)
    assert (found.protected, found.payload) == (HEADER, PAYLOAD)
    cose.verify(found, keys=KEYS)


def test_other_readers_see_the_same() -> None:
    tag = cbor2.loads(GOOD)
    assert tag.tag == cose.SIGN1
    assert [tag.value[0], dict(tag.value[1]), tag.value[2]] == [HEADER, {}, PAYLOAD]
    assert cbor2.loads(cose.sig_structure(protected=HEADER, payload=PAYLOAD)) == ["Signature1", HEADER, b"", PAYLOAD]


@pytest.mark.parametrize(
    "parts",
    [
        [], {}, [HEADER, {}, PAYLOAD], [HEADER, {}, PAYLOAD, bytes(64), 0], [HEADER, {4: b"x"}, PAYLOAD, bytes(64)],
        [HEADER, [], PAYLOAD, bytes(64)], [HEADER, {}, None, bytes(64)], [HEADER, {}, "a", bytes(64)],
        ["a", {}, PAYLOAD, bytes(64)], [HEADER, {}, PAYLOAD, "a"], [HEADER, {}, PAYLOAD, bytes(63)],
        [b"\x80", {}, PAYLOAD, bytes(64)], [b"\xa0", {}, PAYLOAD, bytes(64)],
        [cbor.encode({1: -8, 4: ISSUER.kid}), {}, PAYLOAD, bytes(64)],
    ],
)  # fmt: skip
def test_parts_of_any_other_form_are_refused(parts: cbor.Cbor) -> None:
    with refused(Reason.COSE_MALFORMED):
        cose.parse(cose.TAGGED + cbor.encode(parts))


@pytest.mark.parametrize(
    "data",
    [b"", GOOD[1:], b"\xd1" + GOOD[1:], bytes(cose.LONGEST + 1)],
    ids=["nothing", "no tag", "another tag", "too many"],
)
def test_bytes_without_the_tag_or_too_many_are_refused(data: bytes) -> None:
    with refused(Reason.COSE_MALFORMED):
        cose.parse(data)


@pytest.mark.parametrize("data", [cose.TAGGED, GOOD + b"\0", GOOD[:-1]], ids=["only the tag", "one more", "one less"])
def test_bytes_that_end_too_soon_or_too_late_are_refused(data: bytes) -> None:
    with refused(Reason.CBOR_MALFORMED):
        cose.parse(data)


def test_a_type_is_demanded_where_one_is_wanted_and_refused_where_none_is() -> None:
    header = cose.protected_header(kid=ISSUER.kid, typ="a/b")
    typed = cose.parse(cose.assemble(protected=header, payload=PAYLOAD, signature=sealed(header)))
    cose.verify(typed, keys=KEYS, typ="a/b")
    for found, typ in ((typed, None), (typed, "c/d"), (cose.parse(GOOD), "a/b")):
        with refused(Reason.COSE_MALFORMED):
            cose.verify(found, keys=KEYS, typ=typ)


@pytest.mark.parametrize("header", [{1: -7}, {1: -7, 4: "kid"}, {1: -7, 4: ISSUER.kid, 5: b""}])
def test_a_header_with_other_members_is_refused_although_it_is_signed(header: dict[int | str, cbor.Cbor]) -> None:
    protected = cbor.encode(header)
    found = cose.parse(cose.assemble(protected=protected, payload=PAYLOAD, signature=sealed(protected)))
    with refused(Reason.COSE_MALFORMED):
        cose.verify(found, keys=KEYS)


def test_an_unknown_key_and_a_strangers_signature_are_refused() -> None:
    stranger = Issuer()
    with refused(Reason.ISSUER_UNKNOWN):
        cose.verify(cose.parse(GOOD), keys={stranger.kid: stranger.public})
    with refused(Reason.SIGNATURE_DIFFERS):
        cose.verify(cose.parse(GOOD), keys={ISSUER.kid: stranger.public})
