"""Revoking, suspending, reinstating: the row, the ledger, the counters and the signed list move together."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Barrier, BrokenBarrierError

import pytest
from flask import Flask
from sqlalchemy import select

from pakta.certificates import publishing, rules, service
from pakta.certificates.models import IssuedCredential, StatusList
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import status as core_status
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.ledger import service as ledger
from pakta.ledger.models import CHANGES, Payload
from pakta.roster.models import SignedPerson
from pakta.selfcheck import statuses
from pakta.web import clock
from tests.people import City


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city in which siti has signed."""
    return City(app).build(signed=["siti"])


def change(
    city: City, status: Status, reason: ReasonClass = ReasonClass.ADMINISTRATIVE, now: datetime | None = None
) -> None:
    """Change the status of siti's certificate."""
    with city.app.app_context(), transaction() as session:
        service.change_status(
            session, row=row(city), status=status, reason=reason, now=now or clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip


def row(city: City) -> IssuedCredential:
    """Return siti's newest certificate; inside the app's context."""
    return service.of_person(db.session(), person_id=city.person("siti").id)[0]


def published(city: City) -> int:
    """Return what the newest signed list says of siti's certificate."""
    with city.app.app_context():
        newest = publishing.newest_status_list(db.session())
        assert newest is not None
        claims = core_status.verify(
            newest.token, issuer_keys=city.wired.keyring.issuer_keys(),
            uri=f"{city.wired.config.origin}/s/0", now=clock.now(),
        )  # fmt: skip
        return core_status.get(core_status.decode(claims.lst), row(city).status_index)


def counted(city: City) -> bool:
    """Say whether siti counts as signed."""
    with city.app.app_context():
        wanted = select(SignedPerson).where(SignedPerson.person_id == city.person("siti").id)
        return db.session().execute(wanted).first() is not None


def entries(city: City) -> list[int]:
    """Return the kinds of the ledger's entries, in order."""
    with city.app.app_context():
        return list(db.session().execute(select(Payload.kind).order_by(Payload.index)).scalars())


@pytest.mark.parametrize(
    ("status", "kind"), [(Status.REVOKED, EntryKind.REVOKED), (Status.SUSPENDED, EntryKind.SUSPENDED)]
)
def test_a_change_is_an_entry_a_new_list_and_an_uncounted_person(city: City, status: Status, kind: EntryKind) -> None:
    assert (published(city), counted(city)) == (0, True)
    change(city, status)
    assert (published(city), counted(city)) == (status, False)
    assert entries(city)[-2:] == [kind, EntryKind.STATUS_LIST]


def test_a_suspended_certificate_comes_back(city: City) -> None:
    change(city, Status.SUSPENDED)
    change(city, Status.VALID)
    assert (published(city), counted(city)) == (0, True)
    assert EntryKind.REINSTATED in entries(city)


def test_a_revoked_certificate_never_comes_back(city: City) -> None:
    change(city, Status.REVOKED)
    before = entries(city)
    for status in (Status.VALID, Status.SUSPENDED):
        with pytest.raises(Refusal) as refusal:
            change(city, status)
        assert refusal.value.reason is Reason.STATUS_FINAL
    assert (entries(city), published(city)) == (before, Status.REVOKED)


def test_the_same_status_again_is_refused(city: City) -> None:
    with pytest.raises(Refusal) as refusal:
        change(city, Status.VALID)
    assert refusal.value.reason is Reason.STATUS_SAME


def test_of_two_who_suspend_at_once_one_is_told_that_it_is_suspended(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the row before either changes it (PostgreSQL), and meet where both have found it valid."""
    read, found, plain = Barrier(2), Barrier(2), rules.check_change

    def met(**named: Status) -> None:
        plain(**named)
        with contextlib.suppress(BrokenBarrierError):
            found.wait(0.5)

    def suspend(_at: int) -> Reason | None:
        try:
            with city.app.app_context(), transaction() as session:
                mine = row(city)
                if session.get_bind().dialect.name == "postgresql":  # SQLite lets one begin at a time
                    read.wait(10)
                service.change_status(
                    session, row=mine, status=Status.SUSPENDED, reason=ReasonClass.ADMINISTRATIVE,
                    now=clock.now(), keyring=city.wired.keyring, config=city.wired.config,
                )  # fmt: skip
        except Refusal as refusal:
            return refusal.reason
        return None

    monkeypatch.setattr(rules, "check_change", met)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(suspend, range(2)))
    assert sorted(outcomes, key=str) == [None, Reason.STATUS_SAME]
    assert entries(city).count(EntryKind.SUSPENDED) == 1
    assert (published(city), counted(city)) == (Status.SUSPENDED, False)


def test_after_a_revocation_the_person_signs_anew(city: City) -> None:
    with city.app.app_context():
        first = row(city).number
    change(city, Status.REVOKED, ReasonClass.DATA_WRONG)
    second = city.sign("siti")
    assert second.number != first
    assert counted(city)


def test_a_new_certificate_lies_inside_the_list_that_is_published_already(city: City) -> None:
    change(city, Status.SUSPENDED)
    later = city.sign("joko")
    with city.app.app_context():
        newest = publishing.newest_status_list(db.session())
        assert newest is not None
        claims = core_status.verify(
            newest.token, issuer_keys=city.wired.keyring.issuer_keys(),
            uri=f"{city.wired.config.origin}/s/0", now=clock.now(),
        )  # fmt: skip
        assert core_status.get(core_status.decode(claims.lst), later.status_index) == Status.VALID


def test_each_list_is_newer_than_the_one_before_even_within_a_second(city: City) -> None:
    change(city, Status.SUSPENDED)
    change(city, Status.VALID)
    with city.app.app_context():
        times = list(db.session().execute(select(StatusList.issued_at).order_by(StatusList.id)).scalars())
    assert len(times) >= 2
    assert all(earlier < later for earlier, later in pairwise(times))


def test_no_two_lists_are_of_one_second_however_fast_changes_come(city: City) -> None:
    """A phone takes the newer; of one second it would keep what it has, and say SAH of what was just revoked."""
    wired, now = city.wired, clock.now()

    def publish(at: datetime) -> datetime:
        with transaction() as session:
            made = publishing.publish_status_list(session, now=at, keyring=wired.keyring, config=wired.config)
        return made.issued_at

    with city.app.app_context():
        for _ in range(core_status.SKEW + 5):
            publish(now)
        times = list(db.session().execute(select(StatusList.issued_at).order_by(StatusList.id)).scalars())
        assert len(set(times)) == len(times) and max(times) <= now + timedelta(seconds=core_status.SKEW + 1)
        with transaction() as session:  # of who waited less for the lock
            late = now + timedelta(seconds=1)
            ledger.append(session, kind=EntryKind.KEY_ENROLLED, payload=b"another", now=late)
        assert not publishing.status_list_is_due(db.session(), now=late)
    change(city, Status.SUSPENDED, now=now)
    with city.app.app_context():
        newest = publishing.newest_status_list(db.session())
        assert newest is not None and newest.issued_at == max(times)  # there was no second for it
        assert list(statuses.check(db.session())) == []  # nor does the city's own check accuse anybody
        for later in (now + timedelta(seconds=2), now + timedelta(minutes=9)):  # it may have been down
            assert publishing.status_list_is_due(db.session(), now=later)
        later = now + timedelta(seconds=2)
        assert publish(later) > max(times)
        assert not publishing.status_list_is_due(db.session(), now=later)
        assert not publishing.status_list_is_due(db.session(), now=now + timedelta(minutes=9))


def test_a_list_signed_under_a_clock_that_ran_ahead_is_followed_by_one_of_today(city: City) -> None:
    wired, year = city.wired, timedelta(days=365)
    with city.app.app_context():
        with transaction() as session:
            publishing.publish_status_list(
                session, now=clock.now() + year, keyring=wired.keyring, config=wired.config
            )
        assert publishing.status_list_is_due(db.session(), now=clock.now())
        with transaction() as session:
            made = publishing.publish_status_list(
                session, now=clock.now(), keyring=wired.keyring, config=wired.config
            )
        assert abs(made.issued_at - clock.now()) < timedelta(minutes=1)
        newest = publishing.newest_status_list(db.session())
        assert newest is not None and newest.id == made.id
        assert not publishing.status_list_is_due(db.session(), now=clock.now())


def test_a_list_signed_under_a_clock_that_ran_ahead_is_outdone_when_its_time_comes(city: City) -> None:
    """Else whoever plays it then would turn green what was revoked since."""
    wired, now = city.wired, clock.now().replace(microsecond=0)

    def publish(minutes: int) -> timedelta:
        at = now + timedelta(minutes=minutes)
        with transaction() as session:
            made = publishing.publish_status_list(session, now=at, keyring=wired.keyring, config=wired.config)
        return made.issued_at - now

    def due(minutes: int) -> bool:
        return publishing.status_list_is_due(db.session(), now=now + timedelta(minutes=minutes))

    hour, second = timedelta(hours=1), timedelta(seconds=1)
    with city.app.app_context():
        assert publish(60) == hour
        assert due(1)
        assert publish(1) == timedelta(minutes=1)
        assert [due(minutes) for minutes in (2, 54, 55, 61)] == [False, False, True, True]
        assert publish(55) == hour + second
        assert not due(56)
        assert publish(57) == hour + 2 * second
        assert publish(62) == timedelta(minutes=62)
        assert not due(63)


def test_a_list_that_is_owed_is_looked_for_among_all_changes(city: City) -> None:
    kinds = ", ".join(str(int(kind)) for kind in sorted(rules.ENTRY.values()))
    assert f"kind IN ({kinds})" == CHANGES
    with city.app.app_context():
        assert ledger.last_change(db.session()) == -1
    change(city, Status.SUSPENDED)
    with city.app.app_context():
        newest = publishing.newest_status_list(db.session())
        assert newest is not None and ledger.last_change(db.session()) == newest.ledger_index - 1


def test_the_list_grows_by_whole_steps_and_always_has_a_free_one() -> None:
    assert [rules.list_length(count) for count in (0, 16_383, 16_384)] == [32_768, 32_768, 49_152]
    assert all(rules.list_length(count) - count >= rules.LIST_STEP for count in range(0, 70_000, 97))


def test_a_longer_list_follows_before_certificates_lie_outside_the_last_one(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    with city.app.app_context():
        monkeypatch.setattr(rules, "LIST_STEP", 40)
        assert not publishing.status_list_is_due(db.session(), now=clock.now())
        with transaction() as session:
            for _ in range(21):
                ledger.append(session, kind=EntryKind.SCRIPTS_RELEASED, payload=b"{}", now=clock.now())
        assert publishing.status_list_is_due(db.session(), now=clock.now())


def test_a_place_in_the_list_is_the_place_in_the_ledger_and_given_once(city: City) -> None:
    with city.app.app_context():
        assert row(city).status_index == row(city).ledger_index
    assert city.sign("joko").status_index != city.sign("lina").status_index


def test_the_key_set_is_published_once_for_the_same_keys(city: City) -> None:
    with city.app.app_context(), transaction() as session:
        wired = city.wired
        first = publishing.publish_key_set(session, now=clock.now(), keyring=wired.keyring, config=wired.config)
        again = publishing.publish_key_set(session, now=clock.now(), keyring=wired.keyring, config=wired.config)
        assert first.version == again.version == 1
