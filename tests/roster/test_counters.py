"""The counters agree with a slow recount, whatever happens to people and their signatures."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.roster import asks, counters, importing, queries, service, unitfiles, units
from pakta.roster.importing import Report
from pakta.roster.models import CounterSigned, Person, PersonMove, SignedPerson, Unit
from tests import databases
from tests.roster.conftest import GOOD, HEADER, NOW, file_of, pepper

WHOLE_ON_POSTGRESQL = True

CODES = ("setda", "setda-hukum", "kel-blooto", "kec-prajuritkulon", "polres")
EDITIONS = ("ASN-1", "KEPALA-1")
STATUSES = ("aktif", "cuti", "pensiun", "mutasi")
PEOPLE = 6

OPERATION = st.one_of(
    st.tuples(st.just("sign"), st.integers(0, PEOPLE - 1), st.sampled_from(EDITIONS)),
    st.tuples(st.just("unsign"), st.integers(0, PEOPLE - 1), st.sampled_from(EDITIONS)),
    st.tuples(st.just("move"), st.integers(0, PEOPLE - 1), st.sampled_from(CODES)),
    st.tuples(st.just("status"), st.integers(0, PEOPLE - 1), st.sampled_from(STATUSES)),
    st.tuples(st.just("head"), st.integers(0, PEOPLE - 1), st.sampled_from(("kepala", "pns"))),
    st.tuples(st.just("import"), st.integers(0, PEOPLE - 1), st.sampled_from(CODES)),
    st.tuples(st.just("back"), st.integers(0, PEOPLE - 1), st.just("")),
    st.tuples(st.just("rename"), st.just(0), st.sampled_from(CODES)),
    st.tuples(st.just("rebuild"), st.just(0), st.just("")),
)


def line(at: int, code: str = "setda", status: str = "aktif") -> str:
    return f"19860926201505100{at + 1},pns,Orang {chr(65 + at)},,,{code},{status},,"


def take(session: Session, *lines: str, now: datetime = NOW) -> None:
    content = "\n".join((HEADER, *lines)).encode()
    report = importing.import_roster(session, content=content, now=now, pepper=pepper, dry_run=False)
    assert report.errors == ()


def do(session: Session, what: str, at: int, value: str, now: datetime = NOW) -> None:
    number = line(at).split(",")[0]
    person = session.scalars(select(Person).where(Person.number == number)).one()
    if what == "sign":
        counters.mark_signed(session, person=person, edition_code=value, now=now)
    elif what == "unsign":
        counters.unmark_signed(session, person=person, edition_code=value, now=now)
    elif what == "move":
        service.set_place(session, person=person, unit=units.by_code(session, code=value), now=now)
    elif what == "status":
        service.set_place(session, person=person, status=value, now=now)
    elif what == "head":
        service.set_signs_as(session, person=person, signs_as=value, now=now)
    elif what in ("import", "back"):
        status = "aktif" if what == "back" else person.status
        take(session, line(at, value or person.unit.code, status), now=now)
    elif what == "rename":
        _rename(session, value)
    else:
        counters.rebuild(session, now=now)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=st.lists(OPERATION, max_size=14))
def test_after_any_sequence_of_changes_the_counters_equal_a_recount(
    session: Session, operations: list[tuple[str, int, str]]
) -> None:
    with transaction() as writing:
        for table in (SignedPerson, PersonMove, Person):
            writing.execute(delete(table))
        counters.rebuild(writing, now=NOW)
        take(writing, *(line(at) for at in range(PEOPLE)))
    told = Told()
    for second, operation in enumerate(operations, 1):
        with transaction() as writing:
            do(writing, *operation, now=NOW + timedelta(seconds=second))
        told.of(*operation)
        assert counters.check(db.session()) == []
        assert _signed_in_all(db.session()) == told.signed()


class Told:
    """The rule told as a story, without times: who signed where, forgotten when they leave and come back."""

    def __init__(self) -> None:
        self.unit = dict.fromkeys(range(PEOPLE), "setda")
        self.status = dict.fromkeys(range(PEOPLE), "aktif")
        self.marks: dict[tuple[int, str], str | None] = {}

    def of(self, what: str, at: int, value: str) -> None:
        if what == "sign":
            self.marks.setdefault((at, value), self.unit[at])
        elif what == "unsign":
            self.marks.pop((at, value), None)
        elif what in ("move", "import"):
            self.unit[at] = value
        elif what in ("status", "back"):
            new = value or "aktif"
            if self.status[at] in ("pensiun", "mutasi") and new in ("aktif", "cuti"):
                self.marks |= {key: None for key in self.marks if key[0] == at}
            self.status[at] = new

    def signed(self) -> int:
        return sum(unit == self.unit[at] and self.status[at] == "aktif" for (at, _), unit in self.marks.items())


def _signed_in_all(session: Session) -> int:
    """Return the sum of all institutions, from the counters."""
    sums = select(func.coalesce(func.sum(CounterSigned.signed), 0)).join(Unit, Unit.id == CounterSigned.unit_id)
    return int(session.execute(sums.where(Unit.parent_id.is_(None))).scalar_one())


def _rename(session: Session, code: str) -> None:
    row = next(each for each in unitfiles.read(units.OWN_FILE.read_bytes()) if each.code == code)
    old = units.by_code(session, code=code)
    assert old is not None
    units.load_units(session, rows=[replace(row, name=old.name[:80] + " Baru")], now=NOW)


def test_a_signature_counts_in_the_unit_and_all_above_it_and_only_once(
    session: Session, take: Callable[..., Report]
) -> None:
    take(file_of(*GOOD))
    ani = session.scalars(select(Person).where(Person.name == "Ani Lestari")).one()
    for _ in range(2):
        counters.mark_signed(session, person=ani, edition_code="ASN-1", now=NOW)
    stored = dict(session.execute(select(Unit.code, counters.SIGNED.c.signed).join_from(Unit, counters.SIGNED)).all())
    assert stored == {"pemkot": 1, "setda": 1, "setda-hukum": 1}
    for _ in range(2):
        counters.unmark_signed(session, person=ani, edition_code="ASN-1", now=NOW)
    assert counters.check(session) == []
    assert session.scalar(select(func.count()).select_from(SignedPerson)) == 0


def test_marking_a_signature_takes_three_statements(session: Session, take: Callable[..., Report]) -> None:
    take(file_of(*GOOD))
    ani = session.scalars(select(Person).where(Person.name == "Ani Lestari")).one()
    with databases.statements() as said:
        counters.mark_signed(session, person=ani, edition_code="ASN-1", now=NOW)
    assert len(said) == 3


def test_a_planted_difference_is_found_and_named(session: Session, take: Callable[..., Report]) -> None:
    take(file_of(*GOOD))
    assert counters.check(session) == []
    setda = units.by_code(session, code="setda")
    assert setda is not None
    session.execute(update(counters.PEOPLE).where(counters.PEOPLE.c.unit_id == setda.id).values(people=7))
    assert counters.check(session) == ["counter people of unit setda pns pns: stored 7, counted 1"]
    counters.rebuild(session, now=NOW)
    assert counters.check(session) == []


def test_a_mark_written_past_the_counters_is_found(session: Session, take: Callable[..., Report]) -> None:
    take(file_of(*GOOD))
    ani = session.scalars(select(Person).where(Person.name == "Ani Lestari")).one()
    session.add(SignedPerson(person_id=ani.id, edition_code="ASN-1", unit_id=ani.unit_id, signed_at=NOW))
    session.flush()
    assert len(counters.check(session)) == 6  # three units, each with its day


def test_a_head_is_asked_the_text_for_heads_and_without_one_that_of_their_kind(
    session: Session, take: Callable[..., Report]
) -> None:
    take(file_of(*GOOD))
    ani = session.scalars(select(Person).where(Person.name == "Ani Lestari")).one()
    service.set_signs_as(session, person=ani, signs_as="kepala", now=NOW)
    counters.mark_signed(session, person=ani, edition_code="ASN-1", now=NOW)
    pemkot = units.by_code(session, code="pemkot")
    assert pemkot is not None

    def share(**audiences: tuple[str, ...]) -> tuple[int, int]:
        found = queries.share(session, unit=pemkot, asked=asks.of_editions(audiences))
        return found.signed, found.total

    asn = {"ASN-1": ("pns", "pppk", "non-asn")}
    assert share(**asn) == (1, 2)  # Eni is on leave
    assert share(**asn, **{"KEPALA-1": ("kepala",)}) == (0, 2)  # the text for heads is the one she still owes
    assert share(**{"POLRI-1": ("polri",)}) == (0, 0)


def test_nobody_signs_as_what_they_are_not(session: Session, take: Callable[..., Report]) -> None:
    take(file_of(*GOOD))
    ani = session.scalars(select(Person).where(Person.name == "Ani Lestari")).one()
    with pytest.raises(ValueError, match="kind or as a head"):
        service.set_signs_as(session, person=ani, signs_as="polri", now=NOW)
    with pytest.raises(Refusal, match="STATUS_UNKNOWN"):
        service.set_place(session, person=ani, status="bolos", now=NOW)
    assert counters.check(session) == []


def test_signing_during_an_import_leaves_the_counters_right(app: Flask, take: Callable[..., Report]) -> None:
    """Four writers at once: one import takes everybody to leave and back, three sign and unsign."""
    people = [line(at) for at in range(PEOPLE)]
    away = [line(at, "kel-blooto", "cuti") for at in range(PEOPLE)]
    take(file_of(*people))
    failed: list[BaseException] = []

    def run(work: Callable[[int], None]) -> None:
        try:
            with app.app_context():
                for turn in range(12):
                    work(turn)
        except BaseException as error:
            failed.append(error)

    def importer(turn: int) -> None:
        take(file_of(*(away if turn % 2 == 0 else people)))

    def signer(turn: int) -> None:
        with transaction() as session:
            do(session, ("sign", "unsign")[turn // 3 % 2], turn % PEOPLE, EDITIONS[turn % 2])

    threads = [threading.Thread(target=run, args=(work,)) for work in (importer, signer, signer, signer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with app.app_context():
        assert counters.check(db.session()) == []


def test_a_change_waits_for_a_signature_that_is_being_written(app: Flask, take: Callable[..., Report]) -> None:
    """A signature not yet committed is not seen by others: who moves its signer must wait for it."""
    take(file_of(line(0)))
    moving = threading.Thread(target=lambda: _in_context(app, take, file_of(line(0, "kel-blooto", "cuti"))))
    with app.app_context():
        with transaction() as session:
            do(session, "sign", 0, "ASN-1")
            moving.start()
            moving.join(0.5)
            assert moving.is_alive()
        moving.join()
        assert counters.check(db.session()) == []


def _in_context(app: Flask, take: Callable[..., Report], content: bytes) -> None:
    with app.app_context():
        take(content)
