"""A past day has the units that it had: they came under others since, were merged, and the day still adds up."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.core.errors import Refusal
from pakta.coverage import past
from pakta.database import db, transaction
from pakta.erasure import service as erasure
from pakta.roles import Role
from pakta.roster import asks, counters, history, reordering, units
from pakta.roster import service as roster
from pakta.roster.history import Standing
from pakta.roster.models import DailyPeople, DailySigned, Person, SignedPerson, Unit, UnitParent
from pakta.roster.unitfiles import UnitRow
from pakta.web import clock
from tests.coverage.conftest import NOW, SignIn
from tests.coverage.test_pages import words

WHOLE_ON_POSTGRESQL = True
FIRST = NOW.date()
ASKED = asks.of_editions({"ASN-1": ("pns", "pppk", "non-asn")})
MOVING = ("setda", "setda-hukum", "dinkes", "pkm-blooto", "inspektorat", "dikbud", "smpn-1")


def unit(session: Session, code: str) -> Unit:
    found = units.by_code(session, code=code)
    assert found is not None
    return found


def hang(session: Session, code: str, under: str) -> None:
    """Hang a unit under another, as a file of units does."""
    found = unit(session, code)
    row = UnitRow(code, found.name, found.short_name, found.kind, under, found.institution.code)
    assert units.load_units(session, rows=[row], now=clock.now()) == 1


def merge(session: Session, code: str, into: str) -> None:
    reordering.merge(session, old=[unit(session, code)], into=unit(session, into), now=clock.now())


def sign(session: Session, number: int) -> None:
    person = session.scalars(select(Person).order_by(Person.id).offset(number).limit(1)).one()
    counters.mark_signed(session, person=person, edition_code="ASN-1", now=clock.now())


def leave(session: Session, number: int) -> None:
    person = session.scalars(select(Person).order_by(Person.id).offset(number).limit(1)).one()
    roster.set_place(session, person=person, status="cuti", now=clock.now())


@dataclass(frozen=True, slots=True)
class Told:
    """What the rows say of a unit while its day is today: its parts, and who stands in no part of it."""

    whole: Standing
    parts: list[tuple[str, Standing]]
    directly: Standing


class Calendar:
    """A city in which days end, and what each of them was like when it did."""

    def __init__(self, city: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        """Begin on the city's first day, and remember its end."""
        self.city, self.patch, self.days = city, monkeypatch, dict[date, dict[str, Told]]()
        self.day()

    def day(self, *steps: Callable[[Session], None]) -> None:
        """Let another day begin, do things on it, each in its own transaction, and remember its end."""
        now = NOW + timedelta(days=len(self.days))
        self.patch.setattr(clock, "now", lambda: now)
        with self.city.app_context():
            for step in steps:
                with transaction() as session:
                    step(session)
            self.days[now.date()] = _rows(db.session(), now.date())
            assert counters.check(db.session()) == []

    def check(self) -> None:
        """Hold what is told of every day that is over against what it was, and add its parts up."""
        with self.city.app_context():
            session = db.session()
            for on, told in self.days.items():
                for code, was in told.items():
                    found = past.day(session, unit=unit(session, code), granted=[], on=on)
                    parts = [(part.unit.code, part.standing) for part in found.below]
                    assert (on, code, found.standing, parts) == (on, code, was.whole, was.parts)
                    assert _sum([was.directly, *(standing for _, standing in parts)]) == found.standing, (on, code)
                    assert found.adds_up


def _rows(session: Session, today: date) -> dict[str, Told]:
    """Return what people, marks and parents say now, and the counters of today."""
    session.expire_all()
    valid = [each for each in session.scalars(select(Unit).order_by(Unit.id)) if units.valid(each, on=today)]
    standing = history.on_day(session, unit_ids=[each.id for each in valid], on=today, asked=ASKED)
    return {
        each.code: Told(
            whole=standing[each.id],
            parts=[(part.code, standing[part.id]) for part in valid if part.parent_id == each.id],
            directly=_directly(session, each),
        )
        for each in valid
        if each.code in ("pemkot", *MOVING)
    }


def _directly(session: Session, of: Unit) -> Standing:
    here = select(func.count()).select_from(Person).where(Person.unit_id == of.id)
    active = here.where(Person.status == "aktif")
    signed = active.join(SignedPerson, SignedPerson.person_id == Person.id).where(counters.counts_here())
    excused = here.where(Person.status != "aktif")
    return Standing(*(session.execute(query).scalar_one() for query in (signed, active, excused)))


def _sum(standings: list[Standing]) -> Standing:
    return Standing(
        sum(each.signed for each in standings),
        sum(each.total for each in standings),
        sum(each.excused for each in standings),
    )


@pytest.fixture
def calendar(city: Flask, monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """Give the city on its first day, which is over when another begins."""
    return Calendar(city, monkeypatch)


def test_every_past_day_adds_up_after_moves_and_mergers(calendar: Calendar) -> None:
    calendar.day(lambda s: sign(s, 15), lambda s: hang(s, "pkm-blooto", "setda"))
    calendar.day(lambda s: hang(s, "pkm-blooto", "inspektorat"), lambda s: sign(s, 31))
    calendar.day(lambda s: hang(s, "pkm-blooto", "setda"), lambda s: hang(s, "pkm-blooto", "setda-hukum"))
    calendar.day(lambda s: leave(s, 3), lambda s: merge(s, "setda", "inspektorat"))
    calendar.day(lambda s: sign(s, 3), lambda s: merge(s, "setda-hukum", "dinkes"), lambda s: sign(s, 5))
    calendar.day(lambda s: merge(s, "dinkes", "dikbud"))
    calendar.day()
    calendar.check()
    under = [_under(calendar, "pkm-blooto", FIRST + timedelta(days=each)) for each in range(len(calendar.days))]
    assert under == ["dinkes", "setda", "inspektorat", *["setda-hukum"] * 2, "dinkes", "dikbud", "dikbud"]


def _under(calendar: Calendar, code: str, on: date) -> str:
    with calendar.city.app_context():
        return units.were_above(db.session(), unit=unit(db.session(), code), on=on)[-1].code


@pytest.mark.parametrize("seed", range(3))
def test_every_past_day_adds_up_whatever_was_moved_and_merged(calendar: Calendar, seed: int) -> None:
    chance = Random(seed)

    def step(session: Session) -> None:
        what, one, other = chance.choice([hang, hang, merge, sign, leave]), *chance.sample(MOVING, 2)
        if what in (sign, leave):
            what(session, chance.randrange(44))
        elif unit(session, one).parent_id != unit(session, other).id or what is merge:
            with session.begin_nested():
                what(session, one, other)

    def tried(session: Session) -> None:
        try:
            step(session)
        except Refusal:  # into itself, or into what has ended
            session.expire_all()

    for _ in range(6):
        calendar.day(*[tried] * chance.randrange(1, 4))
    with calendar.city.app_context():
        assert db.session().scalars(select(UnitParent)).first() is not None
    calendar.check()


def test_the_first_of_several_places_of_one_day_is_the_one_that_is_kept(calendar: Calendar) -> None:
    calendar.day(*(lambda s, under=under: hang(s, "pkm-blooto", under) for under in ("setda", "dikbud", "dinkes")))
    calendar.check()
    with calendar.city.app_context():
        kept = [(row.last_on, row.parent_id) for row in db.session().scalars(select(UnitParent))]
        assert kept == [(FIRST, unit(db.session(), "dinkes").id)]


def test_a_file_that_changes_no_parent_keeps_none(calendar: Calendar) -> None:
    with calendar.city.app_context():
        with transaction() as session:
            units.load_own(session, now=clock.now() + timedelta(days=1))
        assert db.session().scalars(select(UnitParent)).all() == []


def test_a_past_page_has_the_parts_of_its_day_and_opens_those_that_are_the_visitors(
    calendar: Calendar, sign_in: SignIn
) -> None:
    calendar.day(lambda s: hang(s, "pkm-blooto", "setda"))
    calendar.day()
    administrator = sign_in((Role.ADMINISTRATOR, "pemkot"))
    blooto = 'href="/cakupan/pkm-blooto?hari={}"'
    for day, holds, not_ in (("2026-11-23", "dinkes", "setda"), ("2026-11-24", "setda", "dinkes")):
        pages = {code: administrator.get(f"/cakupan/{code}?hari={day}").text for code in (holds, not_)}
        assert blooto.format(day) in pages[holds] and "Puskesmas Blooto" not in words(pages[not_])
        assert f'href="/cakupan/{holds}?hari={day}"' in administrator.get(f"/cakupan/pkm-blooto?hari={day}").text
        assert "tidak berjumlah" not in "".join(pages.values()) and "susunan hari ini" not in "".join(pages.values())
    head = sign_in((Role.HEAD, "dinkes"), name="Orang dinkes 0")
    page = head.get("/cakupan/dinkes?hari=2026-11-23").text
    assert re.search(r"Puskesmas Blooto.*? \d+ dari 11, ", words(page)) and blooto.format("2026-11-23") not in page
    assert head.get("/cakupan/pkm-blooto?hari=2026-11-23").status_code == 404


def test_every_link_of_a_past_day_leads_on_after_a_unit_came_under_a_newer_one_and_ended(
    calendar: Calendar, sign_in: SignIn
) -> None:
    new = UnitRow("dinas-baru", "Dinas Baru", "Dinas Baru", "opd", "pemkot", "pemkot")
    calendar.day(
        lambda s: _load(s, new), lambda s: hang(s, "pkm-blooto", "dinas-baru"), lambda s: merge(s, "dinkes", "dikbud")
    )
    calendar.day(lambda s: merge(s, "pkm-blooto", "dinas-baru"))
    calendar.day()
    client = sign_in((Role.ADMINISTRATOR, "pemkot"))
    seen, open_ones = set[str](), {"/cakupan/pemkot?hari=2026-11-23"}
    while open_ones:
        path = open_ones.pop()
        answer = client.get(path)
        assert answer.status_code == 200, path
        seen.add(path)
        open_ones |= set(re.findall(r'href="(/cakupan/[^"#]+\?hari=2026-11-23)"', answer.text)) - seen
    assert "/cakupan/pkm-blooto?hari=2026-11-23" in seen and "/cakupan/dinas-baru?hari=2026-11-23" not in seen


def _load(session: Session, row: UnitRow) -> None:
    units.load_units(session, rows=[row], now=clock.now())


def test_an_erasure_reaches_the_past_of_a_unit_above_which_is_above_no_longer(calendar: Calendar) -> None:
    """The planted trace: "+1 on 24 November" in an office of four, under which the person stood then."""
    small = UnitRow("kecil", "Kantor Kecil", "Kecil", "opd", "pemkot", "pemkot")
    calendar.day(lambda s: _load(s, small), lambda s: hang(s, "inspektorat", "kecil"))
    calendar.day(lambda s: sign(s, 41))
    calendar.day(lambda s: hang(s, "inspektorat", "setda"))
    with calendar.city.app_context():
        session = db.session()
        of = select(func.count()).select_from(DailySigned).where(DailySigned.unit_id == unit(session, "kecil").id)
        assert session.execute(of).scalar_one() == 3  # came with their signatures, signed, went
        with transaction() as session:
            person = session.scalars(select(Person).order_by(Person.id).offset(41).limit(1)).one()
            assert person.unit.code == "inspektorat"
            erasure.erase(session, person=person, now=clock.now(), pepper=lambda label: label.encode())
        assert session.execute(of).scalar_one() == 0


def test_a_day_that_was_made_flat_by_an_erasure_says_that_it_does_not_add_up(
    calendar: Calendar, sign_in: SignIn
) -> None:
    calendar.day()
    client = sign_in((Role.ADMINISTRATOR, "pemkot"))
    told = "Bagian-bagian ini tidak berjumlah"
    assert told not in client.get("/cakupan/dinkes?hari=2026-11-23").text
    with calendar.city.app_context(), transaction() as session:
        key = unit(session, "pkm-blooto").id, "pns", "pns", FIRST
        session.get_one(DailyPeople, key).change += history.HIDES * 3
    assert told in client.get("/cakupan/dinkes?hari=2026-11-23").text
