"""The verdict: every word by its cause, and never SAH where something was not checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pakta.core import credential
from pakta.core.errors import Reason
from pakta.core.verdict import Mark, Step, Word
from tests.core.refusing import flipped
from tests.verification.paper import NOW, ORIGIN, Case, City, Issuer

CITY = City()
CITY.pad(20)
COSE = CITY.issue()
CITY.pad(13)
GOOD = Case(
    "good",
    credential.to_address(COSE, origin=ORIGIN),
    CITY.key_set(),
    CITY.status_list(),
    CITY.checkpoint(),
    CITY.path(20),
)
AT = int(NOW.timestamp())
STRANGER = City(origin="http://localhost:5999")
STRANGER.pad(5)


def address(raw: bytes) -> str:
    """Return the address of a credential."""
    return credential.to_address(raw, origin=ORIGIN)


def marks(case: Case) -> dict[Step, Mark]:
    """Return how each step of a case ended."""
    return dict(case.in_python().steps)


def test_all_checked_is_sah_and_the_missing_witnesses_are_said() -> None:
    said = GOOD.in_python()
    assert (said.word, said.reason, said.good) == (Word.SAH, None, True)
    assert said.credential is not None and said.credential.claims.name == "Siti Rahmawati, S.STP."
    assert (said.ledger_size, said.status_at) == (34, AT - 60)
    assert marks(GOOD) == {**dict.fromkeys(Step, Mark.YES), Step.WITNESSES: Mark.UNCHECKED}


CASES: list[tuple[dict[str, object], Word, Reason]] = [
    ({"address": "123"}, Word.UNKNOWN, Reason.ADDRESS_MALFORMED),
    ({"address": GOOD.address.replace("5000", "5001")}, Word.UNKNOWN, Reason.OTHER_HOST),
    ({"address": f"{ORIGIN}/v#12"}, Word.UNKNOWN, Reason.DIGITS_MALFORMED),
    ({"address": f"{ORIGIN}/v#123"}, Word.UNKNOWN, Reason.COSE_MALFORMED),
    ({"key_set": None}, Word.UNCHECKED, Reason.KEYSET_MISSING),
    ({"key_set": b"{}"}, Word.UNCHECKED, Reason.KEYSET_MALFORMED),
    ({"newest_version": 4}, Word.UNCHECKED, Reason.KEYSET_ROLLED_BACK),
    ({"address": address(CITY.issue(enter=False, by=Issuer()))}, Word.UNKNOWN, Reason.ISSUER_UNKNOWN),
    ({"address": address(CITY.issue(enter=False, issuer="lain"))}, Word.UNKNOWN, Reason.ISSUER_UNKNOWN),
    ({"address": address(flipped(COSE, 8 * len(COSE) - 1))}, Word.UNKNOWN, Reason.SIGNATURE_DIFFERS),
    ({"now": NOW + timedelta(days=6 * 365)}, Word.EXPIRED, Reason.EXPIRED),
    ({"now": NOW - timedelta(days=1)}, Word.UNCHECKED, Reason.NOT_YET_VALID),
    ({"checkpoint": None}, Word.UNCHECKED, Reason.LEDGER_MISSING),
    ({"path": None}, Word.UNCHECKED, Reason.LEDGER_MISSING),
    ({"checkpoint": b""}, Word.UNCHECKED, Reason.NOTE_MALFORMED),
    ({"checkpoint": STRANGER.checkpoint()}, Word.UNCHECKED, Reason.NOTE_UNSIGNED),
    ({"checkpoint": CITY.checkpoint(name="lain/log")}, Word.UNCHECKED, Reason.OTHER_LOG),
    ({"checkpoint": CITY.checkpoint(20)}, Word.UNCHECKED, Reason.LEDGER_BEHIND),
    ({"path": CITY.path(19)}, Word.UNKNOWN, Reason.NOT_IN_LEDGER),
    ({"path": CITY.path(20)[:-1]}, Word.UNKNOWN, Reason.NOT_IN_LEDGER),
    ({"address": address(CITY.issue(enter=False))}, Word.UNCHECKED, Reason.LEDGER_BEHIND),
    ({"address": address(CITY.issue(enter=False, ledger_index=20))}, Word.UNKNOWN, Reason.NOT_IN_LEDGER),
    ({"status_token": None}, Word.UNCHECKED, Reason.STATUS_MISSING),
    ({"status_token": b""}, Word.UNCHECKED, Reason.COSE_MALFORMED),
    ({"status_token": CITY.status_list({7: 1})}, Word.REVOKED, Reason.STATUS_REVOKED),
    ({"status_token": CITY.status_list({7: 2})}, Word.SUSPENDED, Reason.STATUS_SUSPENDED),
    ({"status_token": CITY.status_list({7: 3})}, Word.UNCHECKED, Reason.STATUS_MALFORMED),
    ({"status_token": CITY.status_list(size=4)}, Word.UNCHECKED, Reason.STATUS_OUTSIDE),
    ({"status_token": CITY.status_list(issued_at=AT - 200_000)}, Word.UNCHECKED, Reason.STATUS_STALE),
    ({"newest_status": AT}, Word.UNCHECKED, Reason.STATUS_ROLLED_BACK),
    ({"status_token": CITY.status_list({7: 1}), "checkpoint": None}, Word.REVOKED, Reason.STATUS_REVOKED),
    ({"status_token": None, "path": CITY.path(19)}, Word.UNKNOWN, Reason.NOT_IN_LEDGER),
]


@pytest.mark.parametrize(("changed", "word", "reason"), CASES)
def test_each_cause_has_its_word_and_reason(changed: dict[str, object], word: Word, reason: Reason) -> None:
    said = replace(GOOD, **changed).in_python()  # type: ignore[arg-type]
    assert (said.word, said.reason, said.good) == (word, reason, False)


def test_a_status_list_elsewhere_is_not_believed() -> None:
    city = City()
    raw = city.issue(status_uri=f"{ORIGIN}/s/1")
    case = Case("elsewhere", address(raw), city.key_set(), city.status_list(), city.checkpoint(), city.path(0))
    assert case.in_python().reason is Reason.STATUS_OTHER


def test_what_was_not_checked_is_never_marked_as_checked() -> None:
    alone = replace(GOOD, status_token=None, checkpoint=None)
    found = marks(alone)
    assert (found[Step.SIGNATURE], found[Step.LEDGER], found[Step.STATUS]) == (
        Mark.YES,
        Mark.UNCHECKED,
        Mark.UNCHECKED,
    )
    assert marks(replace(GOOD, path=CITY.path(19)))[Step.LEDGER] is Mark.NO
    assert marks(replace(GOOD, status_token=CITY.status_list({7: 1})))[Step.STATUS] is Mark.NO


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: address(raw) if raw else ""))
def test_whatever_a_qr_holds_it_is_never_an_error_and_never_sah(text: str) -> None:
    assert not replace(GOOD, address=text).in_python().good


@given(st.binary(max_size=80), st.sampled_from(["key_set", "status_token", "checkpoint"]))
def test_whatever_a_server_answers_it_is_never_an_error_and_never_sah(raw: bytes, name: str) -> None:
    assert not replace(GOOD, **{name: raw}).in_python().good  # type: ignore[arg-type]
