"""The verdict: every word by its cause, and never SAH where something was not checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pakta.core import credential, policy
from pakta.core.errors import Reason
from pakta.core.verdict import Mark, Step, Word
from tests.core.refusing import flipped
from tests.verification.paper import NOW, ORIGIN, Case, City, Issuer, WitnessKey

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


WITNESSES = [WitnessKey(f"saksi{number}") for number in range(3)]
POLICY = policy.parse(
    "".join(f"witness W{at} {each.vkey}\n" for at, each in enumerate(WITNESSES)).encode()
    + b"group dua 2 W0 W1 W2\nquorum dua\n"
)


def test_a_head_that_enough_witnesses_cosigned_is_said_with_its_time() -> None:
    said = replace(GOOD, policy=POLICY, checkpoint=CITY.cosigned(*WITNESSES[:2], at=AT - 30)).in_python()
    assert (said.word, said.reason, said.witnessed_at) == (Word.SAH, None, AT - 30)
    assert dict(said.steps) == dict.fromkeys(Step, Mark.YES)


@pytest.mark.parametrize("count", [0, 1])
def test_a_head_that_waits_for_witnesses_is_not_sah(count: int) -> None:
    said = replace(GOOD, policy=POLICY, checkpoint=CITY.cosigned(*WITNESSES[:count])).in_python()
    assert (said.word, said.reason) == (Word.UNCHECKED, Reason.WITNESSES_TOO_FEW)
    assert dict(said.steps)[Step.WITNESSES] is Mark.NO
    assert said.witnessed_at is None


def test_a_witness_that_signed_something_else_spoils_the_head() -> None:
    forged = CITY.checkpoint() + WITNESSES[0].line(b"lain\n", at=AT)
    said = replace(GOOD, policy=POLICY, checkpoint=forged).in_python()
    assert (said.word, said.reason) == (Word.UNCHECKED, Reason.NOTE_SIGNATURE)


def test_a_policy_without_a_quorum_asks_for_nobody() -> None:
    said = replace(GOOD, policy=policy.parse(b"quorum none\n")).in_python()
    assert (said.word, dict(said.steps)[Step.WITNESSES]) == (Word.SAH, Mark.UNCHECKED)


def test_a_revoked_certificate_is_said_to_be_revoked_also_while_witnesses_are_waited_for() -> None:
    said = replace(GOOD, policy=POLICY, status_token=CITY.status_list({7: 1})).in_python()
    assert said.word is Word.REVOKED


NEW = Issuer()
AFTER = City(issuer=NEW, ledger_key=CITY.ledger_key, entries=CITY.entries)  # the same ledger under a new issuer


def lost(size: int) -> bytes:
    """Return the key set after the issuer's key was lost behind the head of `size` entries."""
    return AFTER.key_set(version=4, others=(CITY.issuer,), compromised={CITY.issuer.kid: CITY.compromise(size)})


def test_what_was_witnessed_before_the_key_was_lost_stays_green_with_a_note() -> None:
    said = replace(GOOD, key_set=lost(21), status_token=AFTER.status_list(), marked=CITY.path(20, 21)).in_python()
    assert (said.word, said.reason, said.good) == (Word.OLD_KEY, Reason.KEY_CONFIRMED, True)


def test_what_does_not_lie_under_the_root_that_the_key_set_states_is_suspended() -> None:
    """A fork of the ledger's key: the same size, other entries; or a key set that states another root."""
    case = replace(GOOD, key_set=lost(21), status_token=AFTER.status_list())
    for path in (CITY.path(20), CITY.path(19, 21), []):
        said = replace(case, marked=path).in_python()
        assert (said.word, said.reason, said.good) == (Word.SUSPENDED, Reason.KEY_COMPROMISED, False)


def test_without_the_tiles_of_that_time_nothing_is_said_of_a_lost_key() -> None:
    said = replace(GOOD, key_set=lost(21), status_token=AFTER.status_list()).in_python()
    assert (said.word, said.reason) == (Word.UNCHECKED, Reason.LEDGER_MISSING)


def test_what_was_entered_after_the_key_was_lost_is_suspended() -> None:
    said = replace(GOOD, key_set=lost(20), status_token=AFTER.status_list()).in_python()
    assert (said.word, said.reason, said.good) == (Word.SUSPENDED, Reason.KEY_COMPROMISED, False)


def test_a_lost_key_vouches_for_no_status_list() -> None:
    said = replace(GOOD, key_set=lost(21), status_token=CITY.status_list()).in_python()
    assert (said.word, said.reason) == (Word.UNCHECKED, Reason.ISSUER_UNKNOWN)


def test_a_forged_certificate_of_a_lost_key_is_unknown_wherever_it_claims_to_stand() -> None:
    for index in (3, 20):
        forged = address(CITY.issue(enter=False, ledger_index=index))
        case = replace(
            GOOD, address=forged, path=CITY.path(index), key_set=lost(21), status_token=AFTER.status_list()
        )
        assert (case.in_python().word, case.in_python().reason) == (Word.UNKNOWN, Reason.NOT_IN_LEDGER)


def test_an_old_certificate_offline_is_not_said_to_be_confirmed() -> None:
    said = replace(GOOD, key_set=lost(21), status_token=AFTER.status_list(), checkpoint=None).in_python()
    assert (said.word, said.reason) == (Word.UNCHECKED, Reason.LEDGER_MISSING)
