"""Jobs: one runner at a time, nothing done twice, nothing lost, whatever fails in between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.accounts.models import AccessLog, Account
from pakta.certificates.models import IssuedCredential
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.jobs import rules, service
from pakta.jobs.models import Job, JobFailure
from pakta.jobs.rules import State
from pakta.jobs.runner import Piece, Runner, Store
from pakta.jobs.service import LostError, Moved
from pakta.ledger import worker
from pakta.web import clock
from tests import make
from tests.people import City

WHOLE_ON_POSTGRESQL = True

MANY = 30  # units of work
DONE = "uji"  # the action of a line of the access log: what a unit of work here stores


class Counting:
    """A kind of job whose every unit of work writes a line that says which it was."""

    alone, lease = True, rules.LEASE

    def __init__(self, many: int = MANY, before: Callable[[int], None] = lambda _unit: None) -> None:
        """Begin; `before` is called as a unit is made, and may refuse."""
        self.many, self.before = many, before

    def batch(self, _session: Session, *, job: Job) -> Sequence[Piece]:
        """Return the next ten."""
        return [Piece(at, f"n{at}", made=False) for at in range(job.cursor + 1, self.many + 1)][:10]

    def make(self, _session: Session, *, piece: Piece) -> Store:
        """Return what writes the line."""
        self.before(piece.id)

        def store(session: Session) -> int:
            session.add(AccessLog(action=DONE, detail=str(piece.id), at=clock.now()))
            session.flush()
            return 100

        return store


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city: budi may ask for jobs, and siti's certificate can fail in them."""
    return City(app).build("budi", signed=["siti"])


def ask(app: Flask, subject: str = "ASN-2026") -> int:
    """Ask for a job; return its id."""
    with app.app_context(), transaction() as session:
        account = session.execute(select(Account)).scalars().first()
        assert account is not None
        asked = service.Asked(
            "uji", account.id, account.person.unit_id, subject, "Uji", "/cakupan/dikbud", MANY, MANY, MANY
        )
        return service.ask(session, asked=asked, now=clock.now()).id


def work(app: Flask, kind: Counting | None = None) -> None:
    """Work until nothing is open."""
    Runner(app, {"uji": kind or Counting()}).work(threading.Event())


def read(app: Flask, job_id: int) -> Job:
    """Return how a job stands."""
    with app.app_context():
        job = db.session().get_one(Job, job_id, populate_existing=True)
        db.session().expunge(job)
        return job


def stored(app: Flask) -> list[int]:
    """Return which units of work were stored, in order."""
    with app.app_context():
        lines = select(AccessLog.detail).where(AccessLog.action == DONE).order_by(AccessLog.id)
        return [int(each) for each in db.session().execute(lines).scalars()]


def test_a_job_is_done_from_its_first_unit_to_its_last(city: City) -> None:
    job_id = ask(city.app)
    work(city.app)
    job = read(city.app, job_id)
    assert (job.state, job.done, job.made, job.failed, job.size) == (State.DONE, MANY, MANY, 0, 100 * MANY)
    assert stored(city.app) == list(range(1, MANY + 1))
    assert job.started_at and job.finished_at and job.runner == ""


def test_the_same_job_asked_for_again_is_the_one_that_is_open(city: City) -> None:
    first = ask(city.app)
    assert ask(city.app) == first
    assert ask(city.app, "KEPALA-2026") != first
    work(city.app)
    assert ask(city.app) != first


def test_who_presses_twice_at_once_gets_one_job(city: City) -> None:
    meet, found = threading.Barrier(2, timeout=20), []
    other = make.app(city.wired.config, keys=city.wired.keyring)

    def press(app: Flask) -> None:
        meet.wait()
        found.append(ask(app))

    threads = [threading.Thread(target=press, args=(app,)) for app in (city.app, other)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 2 and len(set(found)) == 1
    with other.app_context():
        db.session.remove()


def test_two_runners_share_jobs_and_no_unit_is_done_twice(city: City) -> None:
    meet = threading.Barrier(2, timeout=20)
    for subject in ("A", "B", "C"):
        ask(city.app, subject)
    other = make.app(city.wired.config, keys=city.wired.keyring)
    threads = [
        threading.Thread(target=lambda app=app: (meet.wait(), work(app)))  # type: ignore[misc]
        for app in (city.app, other)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(stored(city.app)) == sorted([*range(1, MANY + 1)] * 3)
    with city.app.app_context():
        assert set(db.session().execute(select(Job.state)).scalars()) == {State.DONE}
    with other.app_context():
        db.session.remove()


def test_who_lost_the_lease_stores_nothing_more_and_the_next_goes_on_from_the_cursor(city: City) -> None:
    job_id, now = ask(city.app), clock.now()
    later = now + rules.LEASE + timedelta(seconds=1)
    with city.app.app_context():
        with transaction() as session:
            assert service.claim(session, runner="one", now=now) is not None
            assert service.claim(session, runner="two", now=now) is None
            service.move(session, job_id=job_id, runner="one", moved=Moved(5, done=5, made=5), now=now)
        with transaction() as session:
            assert service.claim(session, runner="two", now=later) is not None
        with pytest.raises(LostError), transaction() as session:
            Counting().make(session, piece=Piece(6, "n6", made=False))(session)
            service.move(session, job_id=job_id, runner="one", moved=Moved(6, done=1), now=later)
        with transaction() as session:
            service.leave(session, job_id=job_id, runner="two")
    assert stored(city.app) == []
    work(city.app)
    assert stored(city.app) == list(range(6, MANY + 1))
    assert read(city.app, job_id).done == MANY


def test_who_is_cancelled_ends_within_a_unit_and_who_waits_at_once(city: City) -> None:
    job_id = ask(city.app)

    def cancel(unit: int) -> None:
        if unit == 7:
            with city.app.app_context(), transaction() as session:
                service.cancel(session, job=session.get_one(Job, job_id), now=clock.now())
            assert read(city.app, job_id).state == State.WORKING

    work(city.app, Counting(before=cancel))
    assert (read(city.app, job_id).state, stored(city.app)) == (State.CANCELLED, list(range(1, 8)))
    waiting = ask(city.app)
    with city.app.app_context(), transaction() as session:
        service.cancel(session, job=session.get_one(Job, waiting), now=clock.now())
    assert read(city.app, waiting).state == State.CANCELLED
    work(city.app)
    assert len(stored(city.app)) == 7


def test_a_job_that_was_cancelled_after_its_runner_died_ends_with_the_next_claim(city: City) -> None:
    job_id, now = ask(city.app), clock.now()
    with city.app.app_context():
        with transaction() as session:
            service.claim(session, runner="dead", now=now)
        with transaction() as session:
            service.cancel(session, job=session.get_one(Job, job_id), now=now)
        assert read(city.app, job_id).state == State.WORKING
        with transaction() as session:
            assert service.claim(session, runner="next", now=now + 2 * rules.LEASE) is None
    assert read(city.app, job_id).state == State.CANCELLED


def test_a_unit_that_fails_is_named_with_its_reason_and_the_others_go_on(
    city: City, caplog: pytest.LogCaptureFixture
) -> None:
    with city.app.app_context():
        failing = db.session().execute(select(IssuedCredential.id)).scalar_one()
        assert failing <= MANY

    def fail(unit: int) -> None:
        if unit == failing:
            raise Refusal(Reason.TEXT_UNPRINTABLE)

    job_id = ask(city.app)
    work(city.app, Counting(before=fail))
    job = read(city.app, job_id)
    assert (job.state, job.done, job.made, job.failed) == (State.DONE, MANY, MANY - 1, 1)
    with city.app.app_context():
        named = service.failed(db.session(), job_id=job_id, limit=5)
    assert named == [(f"n{failing}", "TEXT_UNPRINTABLE")]

    def break_down(unit: int) -> None:
        if unit == failing:
            raise ValueError("198609262015052901")

    again = ask(city.app)
    work(city.app, Counting(before=break_down))
    assert read(city.app, again).failed == 1
    assert "ValueError" in caplog.text and "198609262015052901" not in caplog.text


@pytest.mark.parametrize("reason", [Reason.STORAGE_FULL, Reason.KEY_UNREACHABLE])
def test_what_would_fail_every_unit_makes_the_job_wait_and_nothing_is_lost(city: City, reason: Reason) -> None:
    troubled = True

    def fail(unit: int) -> None:
        if troubled and unit == 4:
            raise Refusal(reason)

    job_id, kind = ask(city.app), Counting(before=fail)
    with pytest.raises(Refusal, match=reason.value):
        work(city.app, kind)
    job = read(city.app, job_id)
    assert (job.state, job.trouble, job.done, job.failed) == (State.WORKING, reason.value, 3, 0)
    work(city.app, kind)  # not yet: it is left alone for a while
    assert len(stored(city.app)) == 3
    troubled = False
    with city.app.app_context(), transaction() as session:
        session.get_one(Job, job_id).held_until_at = clock.now() - timedelta(seconds=1)
    work(city.app, kind)
    job = read(city.app, job_id)
    assert (job.state, job.trouble, stored(city.app)) == (State.DONE, "", list(range(1, MANY + 1)))


def test_a_certificate_that_was_erased_meanwhile_is_neither_made_nor_a_failure(city: City) -> None:
    def gone(unit: int) -> None:
        if unit == 2:
            raise Refusal(Reason.CERTIFICATE_UNKNOWN)

    job_id = ask(city.app)
    work(city.app, Counting(before=gone))
    job = read(city.app, job_id)
    assert (job.state, job.done, job.made, job.failed) == (State.DONE, MANY, MANY - 1, 0)


def test_a_job_of_a_kind_that_nobody_knows_is_ended_and_does_not_stand_before_others(city: City) -> None:
    job_id = ask(city.app)
    Runner(city.app, {}).work(threading.Event())
    assert read(city.app, job_id).state == State.FAILED


def test_a_small_job_does_not_wait_for_the_end_of_a_large_one(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pakta.jobs.runner.TURN", 0.0)  # a turn is one unit of work
    large, small = ask(city.app, "A"), ask(city.app, "B")
    ended: list[int] = []
    end = service.end

    def noted(session: Session, **members: object) -> None:
        ended.append(members["job_id"])  # type: ignore[arg-type]
        end(session, **members)  # type: ignore[arg-type]

    monkeypatch.setattr(service, "end", noted)
    with city.app.app_context(), transaction() as session:
        session.get_one(Job, small).cursor = MANY - 2
    work(city.app)
    assert ended == [small, large]


def test_who_is_told_to_stop_leaves_the_job_to_the_next_at_once(city: City) -> None:
    job_id, stop = ask(city.app), threading.Event()
    Runner(city.app, {"uji": Counting(before=lambda unit: stop.set() if unit == 3 else None)}).work(stop)
    job = read(city.app, job_id)
    assert (job.state, job.runner, job.held_until_at, job.done) == (State.WORKING, "", None, 3)
    work(city.app)
    assert stored(city.app) == list(range(1, MANY + 1))


def test_heads_are_signed_while_a_unit_of_work_hangs(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "TICK", 0.01)
    stop, ticked, hanging = threading.Event(), threading.Event(), threading.Event()
    ticks: list[int] = []

    def hang(_unit: int) -> None:
        hanging.set()
        assert ticked.wait(20)

    def tick() -> None:
        if hanging.is_set():
            ticks.append(1)
        if len(ticks) == 3:
            ticked.set()
        if read(city.app, job_id).state == State.DONE:
            stop.set()

    job_id = ask(city.app)
    runner = Runner(city.app, {"uji": Counting(before=hang)})
    worker.run(city.app, each_tick=tick, jobs=runner.work, stop=stop)
    assert read(city.app, job_id).state == State.DONE


def test_a_day_after_its_end_a_job_is_gone_with_its_list_of_failures(city: City) -> None:
    job_id, now = ask(city.app), clock.now()
    with city.app.app_context():
        owner = read(city.app, job_id).account_id
        failing = db.session().execute(select(IssuedCredential.id)).scalar_one()
        with transaction() as session:
            service.claim(session, runner="one", now=now)
            service.fail(session, job_id=job_id, credential_id=failing, name="n", reason="FAILED")
            service.end(session, job_id=job_id, runner="one", state=State.DONE, now=now)
        for passed, there in ((timedelta(hours=23), True), (timedelta(hours=25), False)):
            found = service.own(db.session(), job_id=job_id, account_id=owner, now=now + passed)
            assert (found is not None) is there
            assert bool(service.of_account(db.session(), account_id=owner, now=now + passed)) is there
            assert service.is_waiting(db.session(), now=now + passed) is not there
            with transaction() as session:
                service.tidy(session, now=now + passed)
                left = [
                    session.execute(select(func.count()).select_from(each)).scalar() for each in (Job, JobFailure)
                ]
            assert left == [int(there)] * 2


def test_a_job_that_stands_still_is_found_and_one_that_moves_is_not(city: City) -> None:
    job_id, now = ask(city.app), clock.now()
    with city.app.app_context():
        for later, found in ((timedelta(minutes=1), False), (timedelta(minutes=3), True)):
            assert (service.still(db.session(), now=now + later) is not None) is found
        with transaction() as session:
            at = now + timedelta(minutes=3)
            service.claim(session, runner="one", now=at)
            service.move(session, job_id=job_id, runner="one", moved=Moved(1, done=1), now=at)
        assert service.still(db.session(), now=now + timedelta(minutes=4)) is None
