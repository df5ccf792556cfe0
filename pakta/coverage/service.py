"""Coverage: a unit's picture for its head, counts for the supervisor; the public's is `publishing`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.certificates import service as certificates
from pakta.coverage import excusing, outside, past, rules
from pakta.coverage.outside import Outside
from pakta.custody import counting
from pakta.custody.counting import Counts
from pakta.disputes.models import Dispute
from pakta.editions import rules as edition_rules
from pakta.editions import service as editions
from pakta.editions.models import Edition
from pakta.objections import counting as objection_counts
from pakta.objections import rules as objection_rules
from pakta.objections import service as objections
from pakta.roster import asks, lists, queries, scope, units
from pakta.roster.models import Person, SignedPerson, Unit
from pakta.roster.rules import ACTIVE, counts_here
from pakta.signing import reports

PRINTED = 2000  # people of one printed list: some 60 pages


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit with its share."""

    unit: Unit
    share: queries.Share


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pages of the three lists a visitor asked for, the name that they look for, and of which kind.

    kind  one of `roster.rules.KINDS`, or `kepala`, or all
    """

    search: str = ""
    kind: str = ""
    unsigned: int = 1
    excused: int = 1
    signed: int = 1


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day on which editions close, and how many days are left."""

    day: date
    left: int
    editions: list[Edition]


@dataclass(frozen=True, slots=True)
class Picture:
    """A unit as its head sees it.

    asking     what is asked, of whom     deadlines  of the editions that are asked of someone here
    not_asked  how many active people no open edition is for, by audience
    numbers    certificates of what is asked, of those on these pages, by person
    objecting  who on the page of those who have not signed objects to it     objections  how many of all
    excuses    since when, by whom and why those of this page are excused
    course     how it came about, day by day, without today     lately  what each part has gained in some days
    """

    unit: Unit
    above: list[Unit]
    asking: tuple[asks.Ask, ...]
    deadlines: list[Deadline]
    share: queries.Share
    not_asked: dict[str, int]
    below: list[UnitLine]
    outside: Outside
    unsigned: lists.Page
    excused: lists.Page
    signed: lists.Page
    numbers: dict[int, str]
    objecting: set[int]
    objections: objection_counts.Counts
    excuses: Mapping[int, excusing.Excuse]
    course: past.Course
    lately: past.Lately


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Who has not signed, as a list to be printed; `total` says how many there are beyond what one list holds."""

    unit: Unit
    share: queries.Share
    people: lists.Page
    objecting: set[int]


@dataclass(frozen=True, slots=True)
class Watched:
    """A unit as the supervisor sees it: counts, or a percentage only where the institution is marked.

    objections  how many object
    classes     for which class of reason; empty of few people, and of less than an institution
    reports  of wrong data: how many wait for an answer, and how many for longer than they may
    slips    how many printed ones are in which state, and the same by perangkat daerah where any was printed
    """

    unit: Unit
    share: queries.Share
    open_disputes: int
    objections: objection_counts.Counts
    classes: Mapping[str, int]
    reports: reports.Waiting
    slips: Counts
    below: list[UnitLine]
    outside: Outside


def asked(session: Session, *, now: datetime) -> tuple[Sequence[Edition], tuple[asks.Ask, ...]]:
    """Return the open editions, and of whom they are asked."""
    found = editions.open_editions(session, now=now)
    return found, editions.asking(found)


def lines(session: Session, *, of: Sequence[Unit], now: datetime) -> list[UnitLine]:
    """Return units with their shares, in their order."""
    return shares(session, of, asked(session, now=now)[1])


def picture(session: Session, *, unit: Unit, granted: Sequence[Unit], wanted: Wanted, now: datetime) -> Picture:
    """Return a unit's picture: its share, then people, then the units below."""
    on = edition_rules.day_of(now)
    published = past.published_texts(session)
    found = [each for each in published if edition_rules.is_open(each, on)]
    asking = editions.asking(found)
    ground = lists.Ground(session, asking)
    search, chosen = wanted.search, asks.only(asking, wanted.kind)
    people = queries.active(session, unit=unit)
    below = units.children(session, unit=unit, on=on)
    shared = ground.shares([unit.id, *(each.id for each in below)], asking)
    excused = lists.excused(
        session, within=unit, asked=asking, kind=wanted.kind, search=search, page=wanted.excused, ground=ground
    )
    signed = lists.signed(session, within=unit, asked=chosen, search=search, page=wanted.signed, ground=ground)
    unsigned = lists.unsigned(session, within=unit, asked=chosen, search=search, page=wanted.unsigned, ground=ground)
    alone = not ground.below([unit.id])[unit.id]
    who = [person.person_id for page in (excused, signed) for person in page.people if person.signed_at]
    beside = outside.of(
        session, unit=unit, whole=shared[unit.id], below=[shared[each.id] for each in below], asking=asking, on=on
    )
    return Picture(
        unit=unit,
        above=[each for each in units.ancestors(session, unit=unit) if scope.in_scope(granted, each)],
        asking=asking,
        deadlines=deadlines(_asked_here(found, asking, people), on=on),
        share=shared[unit.id],
        not_asked=_not_asked(asking, people),
        below=[UnitLine(each, shared[each.id]) for each in below],
        outside=beside,
        unsigned=unsigned,
        excused=excused,
        signed=signed,
        numbers=certificates.numbers(session, person_ids=who, edition_codes=[each.code for each in found]),
        objecting=_objecting(session, unsigned, asking),
        objections=objection_counts.counts(session, within=unit, asked=asking, alone=alone),
        excuses=excusing.of(session, people=excused.people),
        course=past.course(session, unit=unit, until=on, published=published),
        lately=past.lately(session, unit=unit, below=below, ended_ids=beside.ended_ids, asking=asking, today=on),
    )


def own_pact(session: Session, *, person: Person, asking: Sequence[asks.Ask]) -> str | None:
    """Return the code of the edition that somebody who leads others has yet to sign themself, or None."""
    code = asks.edition_of(asking, signs_as=person.signs_as, kind=person.kind)
    if code is None or person.status != ACTIVE:
        return None
    mark = session.get(SignedPerson, (person.id, code))
    here = mark is not None and counts_here(
        signed_in=mark.unit_id, signed_at=mark.signed_at, unit_id=person.unit_id, returned_at=person.returned_at
    )
    return None if here else code


def standing(session: Session, *, unit: Unit, now: datetime) -> queries.Share:
    """Return a unit's share at this moment, and nothing else."""
    return queries.share(session, unit=unit, asked=asked(session, now=now)[1])


def unsigned(session: Session, *, unit: Unit, kind: str, now: datetime) -> Unsigned:
    """Return who has not signed, by unit and name, for paper."""
    asking = asks.only(asked(session, now=now)[1], kind)
    people = lists.unsigned(session, within=unit, asked=asking, size=PRINTED)
    share = queries.share(session, unit=unit, asked=asking)
    return Unsigned(unit=unit, share=share, people=people, objecting=_objecting(session, people, asking))


def _objecting(session: Session, page: lists.Page, asking: Sequence[asks.Ask]) -> set[int]:
    people = [person.person_id for person in page.people]
    return objections.objectors(session, person_ids=people, asked=asking)


def watched(session: Session, *, granted: Sequence[Unit], now: datetime) -> list[Watched]:
    """Return what a supervisor may see of the granted units: counts, and how many disputes are open."""
    asking = asked(session, now=now)[1]
    on = edition_rules.day_of(now)
    below = {unit.id: units.children(session, unit=unit, on=on) for unit in scope.roots(granted)}
    parts = {key: shares(session, found, asking) for key, found in below.items()}
    objections_of = {
        unit.id: objection_counts.counts(session, within=unit, asked=asking) for unit in scope.roots(granted)
    }
    return [
        Watched(
            unit=line.unit,
            share=line.share,
            open_disputes=_open_disputes(session, within=line.unit),
            objections=objections_of[line.unit.id],
            classes=_classes(line.unit, objections_of[line.unit.id]),
            reports=reports.waiting(session, granted=[line.unit], now=now),
            slips=counting.counts(session, within=line.unit, of=below[line.unit.id], now=now),
            below=parts[line.unit.id],
            outside=outside.of(
                session,
                unit=line.unit,
                whole=line.share,
                below=[each.share for each in parts[line.unit.id]],
                asking=asking,
                on=on,
            ),
        )
        for line in shares(session, scope.roots(granted), asking)
    ]


def _classes(unit: Unit, found: objection_counts.Counts) -> dict[str, int]:
    """Return how many of a whole institution object for which class of reason, where they are not too few."""
    told = found.classes if unit.parent_id is None and found.people >= objection_rules.FEWEST else {}
    return {name: told[key] for key, name in objection_rules.CLASSES.items() if key in told}


def shares(session: Session, of: Sequence[Unit], asking: Sequence[asks.Ask]) -> list[UnitLine]:
    """Return units with their shares of what is asked, in their order."""
    found = queries.unit_shares(session, unit_ids=[unit.id for unit in of], asked=asking)
    return [UnitLine(unit, found[unit.id]) for unit in of]


def _asked_here(
    found: Sequence[Edition], asking: Sequence[asks.Ask], people: Mapping[tuple[str, str], int]
) -> list[Edition]:
    codes = {ask.edition_code for ask in asking if ask.pairs & people.keys()}
    return [edition for edition in found if edition.code in codes]


def _not_asked(asking: Sequence[asks.Ask], people: Mapping[tuple[str, str], int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for (audience, kind), count in people.items():
        if asks.edition_of(asking, signs_as=audience, kind=kind) is None:
            found[audience] = found.get(audience, 0) + count
    return found


def deadlines(found: Sequence[Edition], *, on: date) -> list[Deadline]:
    """Return the days on which editions close, the next first."""
    days = sorted({edition.closes_on for edition in found})
    return [
        Deadline(
            day=day,
            left=rules.days_left(day, today=on),
            editions=[edition for edition in found if edition.closes_on == day],
        )
        for day in days
    ]


def _open_disputes(session: Session, *, within: Unit) -> int:
    here = scope.person_clause(Dispute.person_id, [within])
    query = select(func.count()).select_from(Dispute).where(Dispute.closed_at.is_(None), here)
    return int(session.execute(query).scalar_one())
