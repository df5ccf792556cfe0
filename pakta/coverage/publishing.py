"""What the public is shown: one picture a day, taken by the worker, its groups those of the picture before.

Who compares two pictures finds differences of whole groups only (docs/decisions/0071).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pakta.coverage import regrouping, rules, service
from pakta.coverage.models import PublicPicture
from pakta.coverage.service import Deadline, UnitLine
from pakta.editions import rules as edition_rules
from pakta.editions import service as editions
from pakta.editions.models import Edition
from pakta.roster import asks, queries, units
from pakta.roster.models import Unit

Told = dict[str, Any]
Groups = list[list[int]]


@dataclass(frozen=True, slots=True)
class PublicInstitution:
    """An institution as the public sees it: its own share, and that of its parts where it has some.

    excused  how many are out of the sums, 0 of fewer than `rules.LEAST`, None in a picture that does not tell
    """

    unit: Unit
    share: queries.Share
    lines: list[rules.Line]
    excused: int | None


@dataclass(frozen=True, slots=True)
class PublicPercent:
    """An institution of which the public sees percents only.

    whole    None of a small group
    excused  of all its people those out of the sums, 0 of fewer than `rules.LEAST`, None where it is not told
    """

    unit: Unit
    whole: int | None
    excused: int | None


@dataclass(frozen=True, slots=True)
class Picture:
    """What the public page shows; no names, no group below `rules.LEAST`.

    taken_on  the day on which the figures were counted, None where there are none yet
    percents  marked institutions and institutions of one unit
    """

    deadlines: list[Deadline]
    taken_on: date | None
    institutions: list[PublicInstitution]
    percents: list[PublicPercent]


def take(session: Session, *, now: datetime) -> bool:
    """Take the day's picture where there is none; False where there is nobody to count yet, so ask again."""
    on = edition_rules.day_of(now)
    if session.get(PublicPicture, on) is not None:
        return True
    opened, before = editions.open_editions(session, now=now), newest(session)
    kept = regrouping.newest(session)  # before anything is counted: who comes meanwhile came later
    if before is not None and not _is_of(before, opened):
        before = None
    counted = [*opened, *_closed(session, before, opened)]
    asking = editions.asking(counted)
    told: dict[int, Told] = {each["unit"]: each for each in before.institutions} if before else {}
    since = before.taken_on if before else on
    known = {int(key): office for key, office in (before.offices or {}).items()} if before else {}
    now_in: regrouping.Offices = {}
    found = [
        _institution(session, line, asking, _Before(told.get(line.unit.id, {}), since, known, now_in), now) | kept
        for line in service.shares(session, units.institutions(session, on=on), asking)
        if line.share.total
    ]
    if found:
        codes = [each.code for each in counted]
        _keep(
            session,
            PublicPicture(
                taken_on=on, editions=codes, institutions=found, offices={str(key): now_in[key] for key in now_in}
            ),
        )
    return bool(found)


def latest(session: Session, *, now: datetime) -> Picture:
    """Return the newest picture with what is open today; without figures where it is of editions now closed."""
    opened, found = editions.open_editions(session, now=now), newest(session)
    deadlines = service.deadlines(opened, on=edition_rules.day_of(now))
    if found is None or not _is_of(found, opened):
        return Picture(deadlines, None, [], [])
    told: list[Told] = found.institutions
    named = _units(session, told)
    return Picture(
        deadlines=deadlines,
        taken_on=found.taken_on,
        institutions=[_shown(each, named) for each in told if "lines" in each],
        percents=[
            PublicPercent(named[each["unit"]], each["percent"], each.get("excused"))
            for each in told
            if "lines" not in each
        ],
    )


def after_erasure(session: Session) -> None:
    """Let the newest picture know no row that is no more: what it shows stays as it is."""
    found = newest(session)
    if found is not None:
        found.institutions = regrouping.lower(session, found.institutions)
        session.flush()


def _keep(session: Session, picture: PublicPicture) -> None:
    """Store a picture, unless another worker has stored the day's meanwhile: the first one stays."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(PublicPicture).values(
        taken_on=picture.taken_on,
        editions=picture.editions,
        institutions=picture.institutions,
        offices=picture.offices,
    )
    session.execute(row.on_conflict_do_nothing())


def newest(session: Session) -> PublicPicture | None:
    """Return the newest picture as it is stored, or None."""
    return session.scalars(select(PublicPicture).order_by(PublicPicture.taken_on.desc()).limit(1)).first()


def _is_of(picture: PublicPicture, opened: Sequence[Edition]) -> bool:
    return any(edition.code in picture.editions for edition in opened)


def _closed(session: Session, before: PublicPicture | None, opened: Sequence[Edition]) -> list[Edition]:
    """Return the closed editions that go on being counted: else a few heads were the difference of two days."""
    taken = {audience for edition in opened for audience in edition.audience}
    codes = set(before.editions) - {edition.code for edition in opened} if before else set()
    found = session.scalars(select(Edition).where(Edition.code.in_(codes)).order_by(Edition.code))
    return [edition for edition in found if not taken & set(edition.audience)]


@dataclass(frozen=True, slots=True)
class _Before:
    """What the picture before told of an institution, nothing where it is the first one, its day, and its offices.

    now_in  gathers the offices of this picture
    """

    told: Told
    on: date
    offices: regrouping.Offices
    now_in: regrouping.Offices


def _institution(
    session: Session, line: UnitLine, asking: Sequence[asks.Ask], before: _Before, now: datetime
) -> Told:
    """Return what is kept of an institution; where no lines of it are shown its groups only grow together."""
    unit, share = line.unit, line.share
    below = units.children(session, unit=unit, on=edition_rules.day_of(now))
    offices = regrouping.offices(session, unit=unit)
    before.now_in.update(offices)
    known = {key: before.offices[key] for key in offices if key in before.offices}
    groups: Groups = before.told.get("groups", [])
    if known:
        since = regrouping.Since(before.on, before.told.get("people"), before.told.get("moves"))
        groups = groups + regrouping.together(session, before=known, now=offices, since=since, asking=asking)
    told: Told = {"unit": unit.id, "groups": groups}
    if unit.institution.marked or not below or share.total < rules.LEAST:
        percent = rules.whole_percent(share.signed, share.total)
        excused = None if percent is None else rules.excused_percent(share.excused, share.total)
        return told | {"percent": percent, "excused": excused}
    lines = rules.grouped(_parts(line, service.shares(session, below, asking)), groups, rest=unit.id)
    return told | {
        "groups": [list(each.ids) for each in lines],
        "signed": share.signed,
        "total": share.total,
        "excused": rules.excused_told(share.excused),
        "lines": [[list(each.ids), each.signed, each.total] for each in lines if each.total],
    }


def _parts(whole: UnitLine, below: Sequence[UnitLine]) -> list[rules.Line]:
    """Return an institution's parts; who stands in none of them is a part too, else they were the rest."""
    parts = [rules.Line((line.unit.name,), line.share.signed, line.share.total, (line.unit.id,)) for line in below]
    signed = whole.share.signed - sum(part.signed for part in parts)
    total = whole.share.total - sum(part.total for part in parts)
    return [*parts, rules.Line((_rest(whole.unit),), signed, total, (whole.unit.id,))]


def _rest(unit: Unit) -> str:
    return f"{unit.short_name}, di luar unit lain"


def _units(session: Session, told: Sequence[Told]) -> dict[int, Unit]:
    ids = {each["unit"] for each in told} | {id for each in told for line in each.get("lines", ()) for id in line[0]}
    return {unit.id: unit for unit in units.by_ids(session, ids=sorted(ids))}


def shown(session: Session, told: Told) -> PublicInstitution:
    """Return one institution of a stored picture that shows its parts."""
    return _shown(told, _units(session, [told]))


def _shown(told: Told, named: dict[int, Unit]) -> PublicInstitution:
    own = named[told["unit"]]

    def name(of: int) -> str:
        return _rest(own) if of == own.id else named[of].name

    return PublicInstitution(
        unit=own,
        share=queries.Share(told["signed"], told["total"]),
        lines=[rules.Line(tuple(map(name, ids)), signed, total, tuple(ids)) for ids, signed, total in told["lines"]],
        excused=told.get("excused"),
    )
