"""The counters' past: what was shown on a day is what can be shown of it later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from pakta.database import db, transaction
from pakta.roster import asks, counters, history, queries, rules, service, units
from pakta.roster.importing import Report
from pakta.roster.models import CounterPeople, DailyPeople, DailySigned, Person, PersonMove, SignedPerson, Unit
from tests.roster.conftest import GOOD, NOW, file_of
from tests.roster.test_counters import OPERATION, PEOPLE, do, line, take

WHOLE_ON_POSTGRESQL = True

ASKED = asks.of_editions({"ASN-1": ("pns", "pppk", "non-asn"), "KEPALA-1": ("kepala",)})
STEP = timedelta(hours=9)  # two or three changes a day
TODAY = rules.day_of(NOW)


def all_units(session: Session) -> list[int]:
    return list(session.scalars(select(Unit.id).order_by(Unit.id)))


def shown(session: Session) -> dict[int, history.Standing]:
    """Return what the counters say now of each unit."""
    ids = all_units(session)
    shares = queries.unit_shares(session, unit_ids=ids, asked=ASKED)
    return {each: history.Standing(shares[each].signed, shares[each].total, shares[each].excused) for each in ids}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=st.lists(OPERATION, min_size=1, max_size=10))
def test_any_past_day_is_what_the_counters_said_at_its_end(
    session: Session, operations: list[tuple[str, int, str]]
) -> None:
    with transaction() as writing:
        for table in (SignedPerson, PersonMove, Person, DailyPeople, DailySigned):
            writing.execute(delete(table))
        counters.rebuild(writing, now=NOW)
        take(writing, *(line(at) for at in range(PEOPLE)))
    ends: dict[date, dict[int, history.Standing]] = {TODAY: shown(db.session())}
    for step, operation in enumerate(operations, 1):
        now = NOW + step * STEP
        with transaction() as writing:
            do(writing, *operation, now=now)
        ends[rules.day_of(now)] = shown(db.session())
    ids = all_units(db.session())
    for day, told in ends.items():
        assert history.on_day(db.session(), unit_ids=ids, on=day, asked=ASKED) == told
    root = ids[0]
    course = history.course(db.session(), unit_id=root, asked=dict.fromkeys(ends, ASKED))
    assert course == [(day, told[root]) for day, told in sorted(ends.items())]
    first, last = min(ends), max(ends)
    risen = history.risen(db.session(), unit_ids=ids, after=first, asked=ASKED)
    assert risen == {each: ends[last][each].signed - ends[first][each].signed for each in ids}


def test_a_day_before_anybody_was_counted_is_not_known(session: Session, take: Callable[..., Report]) -> None:
    setda, polres = (units.by_code(session, code=code) for code in ("setda", "polres"))
    assert setda is not None and polres is not None
    assert history.begins(session, unit_id=setda.id) is None
    take(file_of(*GOOD))
    assert history.begins(session, unit_id=setda.id) == TODAY
    before = TODAY - timedelta(days=1)
    found = history.on_day(session, unit_ids=[setda.id], on=before, asked=ASKED)
    assert found[setda.id] == history.Standing(0, 0, 0)


def test_what_was_asked_on_a_day_decides_what_is_told_of_it(session: Session, take: Callable[..., Report]) -> None:
    take(file_of(*GOOD))
    ani = session.scalars(select(Person).where(Person.name == "Ani Lestari")).one()
    counters.mark_signed(session, person=ani, edition_code="ASN-1", now=NOW + timedelta(days=1))
    later = TODAY + timedelta(days=1)
    asked = {TODAY: (), later: ASKED}
    found = history.course(session, unit_id=all_units(session)[0], asked=asked)
    assert [(each.signed, each.total > 0) for _, each in found] == [(0, False), (1, True)]


def test_a_day_written_past_the_counters_is_found(session: Session, take: Callable[..., Report]) -> None:
    take(file_of(*GOOD))
    setda = units.by_code(session, code="setda")
    assert setda is not None and counters.check(session) == []
    session.execute(update(DailyPeople).where(DailyPeople.unit_id == setda.id).values(change=7))
    assert counters.check(session) == ["counter people by day of unit setda pns pns: stored 7, counted 1"]
    counters.rebuild(session, now=NOW + timedelta(days=2))
    assert counters.check(session) == []


def test_a_signature_that_is_brought_back_belongs_to_the_day_on_which_it_was(
    session: Session, take: Callable[..., Report]
) -> None:
    take(file_of(*GOOD))
    ani = session.scalars(select(Person).where(Person.name == "Ani Lestari")).one()
    counters.mark_signed(session, person=ani, edition_code="ASN-1", now=NOW)
    counters.unmark_signed(session, person=ani, edition_code="ASN-1", now=NOW + timedelta(days=1))
    counters.mark_signed(
        session, person=ani, edition_code="ASN-1", now=NOW + timedelta(days=3), signed_at=NOW, unit_id=ani.unit_id
    )
    days = [TODAY + timedelta(days=each) for each in range(5)]
    found = history.course(session, unit_id=ani.unit_id, asked=dict.fromkeys(days, ASKED))
    assert [each.signed for _, each in found] == [1, 0, 0, 1, 1]


def _days_of(session: Session, unit_id: int) -> list[tuple[str, date, int]]:
    rows = session.execute(
        select(DailyPeople.audience, DailyPeople.day, DailyPeople.change).where(DailyPeople.unit_id == unit_id)
    )
    return sorted(tuple(row) for row in rows)


def test_of_a_small_group_no_day_tells_that_somebody_was_erased(
    session: Session, take: Callable[..., Report]
) -> None:
    few = [line(at) for at in range(3)]
    many = [f"198609262015052{at:03},pns,Orang lain,,,kel-blooto,aktif,," for at in range(1, 13)]
    assert take(file_of(*few, *many)).errors == ()
    person = session.scalars(select(Person).where(Person.name == "Orang A")).first()
    assert person is not None
    setda, blooto = (units.by_code(session, code=code) for code in ("setda", "kel-blooto"))
    assert setda is not None and blooto is not None
    service.set_place(session, person=person, status="cuti", now=NOW + timedelta(days=1))
    counters.person_removed(session, person=person, now=NOW + timedelta(days=2))
    assert len(_days_of(session, setda.id)) == 4
    large = _days_of(session, blooto.id)
    history.forget(session, unit_ids=[setda.id, blooto.id], kind="pns")
    assert _days_of(session, setda.id) == [("pns", TODAY, 2)]
    assert _days_of(session, blooto.id) == large and large[0][2] >= history.HIDES
    left = select(CounterPeople.people).where(CounterPeople.unit_id == setda.id, CounterPeople.audience == "pns")
    assert session.scalar(left) == 2
