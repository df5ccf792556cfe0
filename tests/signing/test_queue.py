"""Signatures that arrive together: one commit for all, and nobody pays for another's mistake."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from pakta.accounts.models import PersonKey
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential, StoredEvidence
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.ledger.models import Entry
from pakta.roster.models import CounterSigned, Person, SignedPerson
from pakta.selfcheck import service as selfcheck
from pakta.signing import acceptance
from pakta.signing.acceptance import Checked
from pakta.signing.models import PreparedStatement
from pakta.signing.queue import Queue
from pakta.web import clock
from tests.people import City
from tests.signing.test_accept import prepared

WHOLE_ON_POSTGRESQL = True

NAMES = ("siti", "joko", "budi", "agus")
COUNTED = (IssuedCredential, StoredEvidence, Entry, SignedPerson)
Outcome = str | Reason
Sent = tuple[str, bytes]  # who, and the statement


@pytest.fixture
def crowd(city: City) -> City:
    """Give the city in which all of NAMES hold a key."""
    return city.activate("budi", "agus")


@pytest.fixture
def commits(crowd: City) -> Iterator[list[int]]:
    """Give a list that grows with every transaction that has written."""
    made: list[int] = []

    def note(connection: Any) -> None:
        if connection.get_execution_options().get("writing"):
            made.append(1)

    with crowd.app.app_context():
        engine = db.engine
    event.listen(engine, "commit", note)
    yield made
    event.remove(engine, "commit", note)


def counts(city: City) -> list[int]:
    """Return how many rows stand in each table that a signature touches."""
    with city.app.app_context():
        return [db.session().execute(select(func.count()).select_from(table)).scalar_one() for table in COUNTED]


def queue_of(city: City) -> Queue:
    """Return the queue of the city's app."""
    found: Queue = city.app.extensions["pakta.signing.queue"]
    return found


def together(city: City, sent: Sequence[Sent], *, between: Callable[[], None] = lambda: None) -> list[Outcome]:
    """Let all sign while the writer is busy, so that they wait in one queue; return what each is told.

    between  runs when all have been checked and none has been accepted
    """
    queue, go = queue_of(city), Event()

    def sign(one: Sent) -> Outcome:
        go.wait(30)
        who, text = one
        with city.app.app_context():
            try:
                return queue.sign(person_id=city.person(who).id, statement=text, proof=city.keys[who][2].proof(text))
            except Refusal as refusal:
                return refusal.reason

    with ThreadPoolExecutor(len(sent)) as pool:
        with queue._writer:
            waiting = [pool.submit(sign, one) for one in sent]
            go.set()
            until = time.monotonic() + 30
            while len(queue._waiting) < len(sent) and time.monotonic() < until:
                time.sleep(0.01)
            assert len(queue._waiting) == len(sent)
            between()
        return [each.result(60) for each in waiting]


def change(city: City, table: type, column: Any, value: Any, **changes: Any) -> Callable[[], None]:
    """Return what changes a row behind everybody's back."""

    def act() -> None:
        with city.app.app_context(), transaction() as session:
            session.execute(update(table).where(column == value).values(**changes))

    return act


def agrees(city: City) -> None:
    """Check that `ledger check` finds nothing."""
    city.settle()
    with city.app.app_context():
        keyring, config = city.wired.keyring, city.wired.config
        assert not [str(each) for each in selfcheck.check(db.session(), keyring=keyring, config=config)]


def test_who_waits_together_is_committed_together(crowd: City, commits: list[int]) -> None:
    sent = [(who, prepared(crowd, who)) for who in NAMES]
    before = counts(crowd)
    commits.clear()
    told = together(crowd, sent)
    assert len(commits) == 1
    assert counts(crowd) == [count + len(NAMES) for count in before]
    with crowd.app.app_context():
        rows = [certificates.require(db.session(), text=str(number)) for number in told]
        assert [row.person_id for row in rows] == [crowd.person(who).id for who in NAMES]
        first = min(row.ledger_index for row in rows)
        assert sorted(row.ledger_index for row in rows) == list(range(first, first + len(NAMES)))
        assert len({row.status_index for row in rows}) == len(NAMES)
        assert [row.edition_code for row in rows] == ["ASN-2026", "ASN-2026", "KEPALA-2026", "POLRI-2026"]
    agrees(crowd)


def test_the_counters_of_one_unit_move_by_all_who_signed_there(crowd: City) -> None:
    crowd.activate("dewi", "ani")
    together(crowd, [(who, prepared(crowd, who)) for who in ("dewi", "ani", "siti")])
    with crowd.app.app_context():
        moved = select(CounterSigned.signed).where(CounterSigned.edition_code == "ASN-2026")
        assert sorted(db.session().execute(moved).scalars())[-2:] == [2, 3]
    agrees(crowd)


def test_who_is_refused_in_company_costs_the_others_nothing(crowd: City, commits: list[int]) -> None:
    sent = [(who, prepared(crowd, who)) for who in NAMES]
    before = counts(crowd)
    suspended = change(crowd, PersonKey, PersonKey.id, crowd.keys["joko"][1], suspended_at=clock.now())
    told = together(crowd, sent, between=lambda: (suspended(), commits.clear())[0])
    assert len(commits) == 1
    assert told[1] is Reason.KEY_NOT_USABLE
    assert [type(each) for each in told] == [str, Reason, str, str]
    assert counts(crowd) == [count + 3 for count in before]
    agrees(crowd)


@pytest.mark.parametrize(
    ("table", "changes", "reason"),
    [
        (Person, {"name": "Orang Lain"}, Reason.STATEMENT_STALE),
        (Person, {"signs_as": "kepala"}, Reason.STATEMENT_STALE),
        (PersonKey, {"revoked_at": clock.now()}, Reason.KEY_NOT_USABLE),
        (PersonKey, {"record": b"lain"}, Reason.STATEMENT_STALE),
        (PreparedStatement, {"prepared_at": clock.now() - timedelta(minutes=16)}, Reason.STATEMENT_STALE),
    ],
)
def test_what_changes_between_check_and_acceptance_is_seen(
    crowd: City, table: Any, changes: dict[str, Any], reason: Reason
) -> None:
    text, before = prepared(crowd, "siti"), counts(crowd)
    with crowd.app.app_context():
        person_id = crowd.person("siti").id
    column = Person.id if table is Person else table.person_id
    assert together(crowd, [("siti", text)], between=change(crowd, table, column, person_id, **changes)) == [reason]
    assert counts(crowd) == before


def test_a_double_tap_in_one_queue_is_one_certificate(crowd: City) -> None:
    text, before = prepared(crowd, "siti"), counts(crowd)
    told = together(crowd, [("siti", text), ("joko", prepared(crowd, "joko")), ("siti", text)])
    assert told[0] == told[2] != told[1]
    assert counts(crowd) == [count + 2 for count in before]


def test_two_statements_of_one_person_in_one_queue_are_one_certificate(crowd: City) -> None:
    first, second, before = prepared(crowd, "siti"), prepared(crowd, "siti"), counts(crowd)
    told = together(crowd, [("siti", first), ("siti", second)])
    assert Reason.SUDAH_MENANDATANGANI in told
    assert counts(crowd) == [count + 1 for count in before]


def test_whoever_another_holds_does_not_stop_the_rest(crowd: City) -> None:
    """On PostgreSQL somebody may hold a key's row for long; SQLite has one writer, who waits for nobody."""
    sent = [(who, prepared(crowd, who)) for who in NAMES]
    with crowd.app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite locks no rows")
        free, seen = Event(), Event()

    def hold() -> None:
        with crowd.app.app_context(), transaction() as session:
            session.execute(select(PersonKey.id).where(PersonKey.id == crowd.keys["joko"][1]).with_for_update())
            seen.set()
            free.wait(30)

    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(hold)
        seen.wait(30)
        told = pool.submit(together, crowd, sent)
        until = time.monotonic() + 30
        while signed(crowd) < 3 and time.monotonic() < until:
            time.sleep(0.02)
        assert signed(crowd) == 3
        assert not told.done()
        free.set()
        holding.result(30)
        assert all(isinstance(each, str) for each in told.result(30))
    assert signed(crowd) == 4


def signed(city: City) -> int:
    """Return how many certificates there are."""
    return counts(city)[0]


def test_a_failure_in_company_is_met_again_alone_and_by_its_owner_only(
    crowd: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = acceptance._issue
    with crowd.app.app_context():
        bad = crowd.person("joko").id

    def failing(session: Session, good: Sequence[Checked], **named: Any) -> list[str]:
        if any(each.waiting.person_id == bad for each in good):
            raise RuntimeError("planted")
        return whole(session, good, **named)

    monkeypatch.setattr(acceptance, "_issue", failing)
    sent = [(who, prepared(crowd, who)) for who in NAMES]
    before = counts(crowd)
    with pytest.raises(RuntimeError, match="planted"):
        together(crowd, sent)
    assert counts(crowd) == [count + 3 for count in before]
    agrees(crowd)


def test_nobody_is_told_a_number_before_the_commit(crowd: City) -> None:
    """The planted fault: the commit itself fails, in company and alone."""
    sent, before = [(who, prepared(crowd, who)) for who in NAMES], counts(crowd)
    with crowd.app.app_context():
        engine = db.engine

    def fail(connection: Any) -> None:
        if connection.get_execution_options().get("writing"):
            raise OSError("disk full")

    event.listen(engine, "commit", fail)
    try:
        with pytest.raises(OSError, match="disk full"):
            together(crowd, sent)
    finally:
        event.remove(engine, "commit", fail)
    assert counts(crowd) == before
    assert all(isinstance(each, str) for each in together(crowd, sent))
