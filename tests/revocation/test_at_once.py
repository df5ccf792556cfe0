"""Several at once: whoever comes second finds what the first has done, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask.testing import FlaskClient

from pakta.certificates.rules import Status
from pakta.core.ledgerentry import EntryKind
from pakta.revocation.rules import State
from pakta.roles import Role
from tests.revocation.office import Office, reason_of

WHOLE_ON_POSTGRESQL = True


def together(office: Office, act: Callable[[FlaskClient], object], *who: str) -> list[object]:
    """Let each act in a thread of their own, all from one moment on; return what came of it, in their order."""
    clients, start = [office.visitor(each) for each in who], Barrier(len(who))

    def begin(client: FlaskClient) -> object:
        start.wait(10)
        return act(client)

    with ThreadPoolExecutor(len(who)) as pool:
        return list(pool.map(begin, clients))


def decide(office: Office, what: str = "setujui") -> Callable[[FlaskClient], object]:
    """Return what decides on the newest request, and the code of a refusal or an empty text."""
    request = office.requests()[-1].id
    return lambda client: reason_of(office.decide(client, what, request=request))


@pytest.fixture
def three(office: Office) -> Office:
    """Give an office with a third administrator."""
    office.grant("rini", Role.ADMINISTRATOR, "pemkot")
    return office


def test_of_two_who_approve_at_once_one_revokes_and_the_other_is_told(three: Office) -> None:
    three.ask("ani")
    assert sorted(map(str, together(three, decide(three), "dewi", "rini"))) == ["", "REQUEST_CLOSED"]
    assert (three.status()[0], three.entries(EntryKind.REVOKED)) == (Status.REVOKED, 1)
    assert three.told() == ["sertifikat-dicabut"]


def test_two_administrators_who_approve_a_heads_request_at_once_are_the_first_and_the_second(three: Office) -> None:
    three.ask("budi")
    assert together(three, decide(three), "ani", "dewi") == ["", ""]
    row = three.requests()[0]
    assert {row.first_by_id, row.decided_by_id} == {three.keys["ani"][0], three.keys["dewi"][0]}
    assert (row.outcome, three.entries(EntryKind.REVOKED)) == (State.APPROVED, 1)


def test_one_administrator_in_two_windows_is_not_two(three: Office) -> None:
    three.ask("budi")
    together(three, decide(three), "ani", "ani")
    assert (three.status()[0], three.requests()[0].outcome) == (Status.VALID, None)


def test_a_withdrawal_and_an_approval_at_once_end_in_one_of_both(three: Office) -> None:
    three.ask("ani")
    request = three.requests()[0].id
    acts = {"ani": "tolak", "dewi": "setujui"}
    clients, start = {who: three.visitor(who) for who in acts}, Barrier(2)

    def begin(who: str) -> str:
        start.wait(10)
        return reason_of(three.decide(clients[who], acts[who], request=request))

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(begin, acts))
    assert outcomes == ["", "REQUEST_CLOSED"]
    revoked = three.status()[0] == Status.REVOKED
    assert three.requests()[0].outcome == (State.APPROVED if revoked else State.WITHDRAWN)
    assert three.entries(EntryKind.REVOKED) == int(revoked)


def test_of_two_who_ask_or_suspend_at_once_there_is_one(three: Office) -> None:
    asked = together(three, lambda client: reason_of(three.ask(client)), "ani", "dewi")
    assert sorted(map(str, asked)) == ["", "REQUEST_OPEN"]
    done = together(three, lambda client: reason_of(three.ask(client, "tangguhkan")), "ani", "dewi")
    assert sorted(map(str, done)) == ["", "STATUS_SAME"]
    assert (len(three.requests()), three.entries(EntryKind.SUSPENDED)) == (2, 1)
