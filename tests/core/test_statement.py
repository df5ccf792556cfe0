"""The statement: the one exact form that a person signs."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from pakta.core import signature, statement
from pakta.core.errors import Reason
from pakta.demonstration.authenticator import SoftwareDeviceKey
from tests.core.made import NOW, NUMBER, SIGNER, changed_json, stated
from tests.core.refusing import refused

HOLDER = SoftwareDeviceKey()
TEXT = stated(HOLDER.jwk)
PREFIX = statement.STATEMENT_PREFIX


def test_a_statement_is_read_back_as_it_was_made() -> None:
    found = statement.parse(TEXT)
    assert found.signer == SIGNER
    assert (found.edition, found.acknowledged, found.place) == ("ASN-2026", ("a", "b"), "Mojokerto")
    assert found.key == signature.thumbprint(HOLDER.jwk)
    assert found.prepared_at == NOW
    assert TEXT.startswith(b"pakta/statement/v1\n{")


def test_the_time_is_told_in_utc_and_whole_seconds() -> None:
    local = datetime(2026, 11, 23, 8, 15, 0, 999_999, tzinfo=timezone(timedelta(hours=7)))
    assert statement.parse(stated(HOLDER.jwk, prepared_at=local)).prepared_at == NOW


def test_no_two_statements_are_the_same() -> None:
    assert stated(HOLDER.jwk) != TEXT
    assert statement.parse(stated(HOLDER.jwk)).nonce != statement.parse(TEXT).nonce


@pytest.mark.parametrize("kind", statement.KINDS)
def test_every_kind_of_signer_may_sign(kind: str) -> None:
    members = {**{name: getattr(SIGNER, name) for name in statement.SIGNER_MEMBERS}, "kind": kind}
    assert statement.parse(changed_json(TEXT, PREFIX, signer=members)).signer.kind == kind


def signer(**changed: object) -> dict[str, object]:
    """Return the signer's members, some of them changed or left out."""
    members = {**{name: getattr(SIGNER, name) for name in statement.SIGNER_MEMBERS}, **changed}
    return {name: value for name, value in members.items() if value is not ...}


@pytest.mark.parametrize(
    "changed",
    [
        {"v": 2}, {"v": True}, {"v": "1"}, {"v": ...}, {"more": 1}, {"edition": ...}, {"edition": ""}, {"edition": 1},
        {"text_sha256": "AB" * 32}, {"text_sha256": "ab" * 31}, {"key": "short"}, {"key": "é" * 43},
        {"nonce": "AA"}, {"nonce": "AB" * 11}, {"nonce": "=" * 22}, {"nonce": None},
        {"prepared_at": "2026-11-23 01:15:00Z"}, {"prepared_at": "2026-11-23T01:15:00+07:00"},
        {"prepared_at": "2026-13-23T01:15:00Z"}, {"prepared_at": "٢026-11-23T01:15:00Z"},
        {"acknowledged": []}, {"acknowledged": ["a", "a"]}, {"acknowledged": "a"}, {"acknowledged": [1]},
        {"signer": {}}, {"signer": None}, {"signer": signer(kind="kepala")}, {"signer": signer(number="")},
        {"signer": signer(name=1)}, {"signer": signer(rank=...)}, {"signer": signer(email="a@b")},
        {"place": None}, {"title": ["x"]}, {"title": "x" * statement.LONGEST},
    ],
)  # fmt: skip
def test_any_other_form_is_refused(changed: dict[str, object]) -> None:
    statement.parse(TEXT)
    with refused(Reason.STATEMENT_MALFORMED):
        statement.parse(changed_json(TEXT, PREFIX, **changed))


@pytest.mark.parametrize(
    "text", [b"", PREFIX, TEXT[len(PREFIX) :], TEXT + b"\n", b"pakta/statement/v2\n" + TEXT[len(PREFIX) :], TEXT[:-1]]
)
def test_what_is_not_behind_its_prefix_alone_is_refused(text: bytes) -> None:
    with refused(Reason.STATEMENT_MALFORMED):
        statement.parse(text)


def test_a_number_stands_in_the_statement_as_text() -> None:
    assert f'"number":"{NUMBER}"'.encode() in TEXT
