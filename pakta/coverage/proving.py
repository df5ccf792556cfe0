"""Whether what pages show of a unit is what the ledger proves: every way in which coverage is told, side by side.

The counters (what heads see), the sum of their days (what a past day is told from), the lines of the CSV, and the
public's picture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.coverage import past, publishing, rules, service
from pakta.editions import rules as edition_rules
from pakta.roster import asks, counters, history, lists, queries, scope
from pakta.roster import rules as roster_rules
from pakta.roster.models import Unit

Signed = Mapping[tuple[int, str, str, str], int]
People = Mapping[tuple[int, str, str], int]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was compared.

    share        what the ledger and the roster say of the unit
    units        how many units were compared with all below them
    differences  a line for each figure that is another one
    notes        what could not be compared, and why
    """

    unit: Unit
    share: queries.Share
    units: int
    differences: list[str]
    notes: list[str]


def prove(session: Session, *, unit: Unit, signed: Signed, people: People, now: datetime) -> Proof:
    """Hold every figure of a unit and of all below it against a recount, by what is asked today.

    signed, people  counted without counters: signatures by (unit, edition, audience, kind), active people by
                    (unit, audience, kind)
    """
    below = session.scalars(select(Unit).where(scope.subtree_clause([unit])).order_by(Unit.id)).all()
    asking = service.asked(session, now=now)[1]
    counted = _summed(below, signed, people, asking)
    ids = [each.id for each in below]
    days = history.on_day(session, unit_ids=ids, on=edition_rules.day_of(now), asked=asking)
    told = {
        "penghitung": queries.unit_shares(session, unit_ids=ids, asked=asking),
        "riwayat harian": {each: queries.Share(found.signed, found.total) for each, found in days.items()},
    }
    differences = [
        f"{each.code}: {what} {_words(shares[each.id])}, buku catatan {_words(counted[each.id])}"
        for what, shares in told.items()
        for each in below
        if shares[each.id] != counted[each.id]
    ]
    listed = _listed(session, unit, asking)
    if listed != counted[unit.id].signed:
        differences.append(f"{unit.code}: CSV {listed} sudah, buku catatan {counted[unit.id].signed}")
    public = list(_public(session, unit))
    return Proof(
        unit=unit,
        share=counted[unit.id],
        units=len(below),
        differences=[*differences, *(line for differs, line in public if differs)],
        notes=[line for differs, line in public if not differs],
    )


def _words(share: queries.Share) -> str:
    return f"{share.signed} dari {share.total}"


def _summed(
    below: Sequence[Unit], signed: Signed, people: People, asking: Sequence[asks.Ask]
) -> dict[int, queries.Share]:
    """Return the shares by the recount: what was counted in a unit is counted in all above it."""
    asked_of = {(ask.edition_code, *pair) for ask in asking for pair in ask.pairs}
    pairs = {pair for ask in asking for pair in ask.pairs}
    of = {unit.id: counters.lineage(unit.path) for unit in below}
    done: Counter[int] = Counter()
    total: Counter[int] = Counter()
    for (unit_id, *key), count in signed.items():
        done.update(dict.fromkeys(of[unit_id], count if tuple(key) in asked_of else 0))
    for (unit_id, *key), count in people.items():
        total.update(dict.fromkeys(of[unit_id], count if tuple(key) in pairs else 0))
    return {unit.id: queries.Share(done[unit.id], total[unit.id]) for unit in below}


def _listed(session: Session, unit: Unit, asking: Sequence[asks.Ask]) -> int:
    """Return how many lines of the CSV say that somebody who counts has signed."""
    people = lists.everyone(session, within=unit, asked=asking)
    return sum(person.signed_at is not None and person.status == roster_rules.ACTIVE for person in people)


def _public(session: Session, unit: Unit) -> Iterator[tuple[bool, str]]:
    """Yield what is to be said of an institution's newest public picture, each with whether it differs.

    It was taken at one moment of its day; where nothing moved on that day it is the day's figure exactly.
    """
    picture = publishing.newest(session)
    told = next((each for each in picture.institutions if each["unit"] == unit.id), None) if picture else None
    if picture is None or told is None or "lines" not in told:
        return
    on, where = picture.taken_on, f"{unit.code}, gambar publik {picture.taken_on.isoformat()}"
    parts = [(signed, total) for _ids, signed, total in told["lines"]]
    if (sum(each[0] for each in parts), sum(each[1] for each in parts)) != (told["signed"], told["total"]):
        yield True, f"{where}: bagian-bagiannya tidak berjumlah {told['signed']} dari {told['total']}"
    if any(total < rules.LEAST for _signed, total in parts):
        yield True, f"{where}: memuat kelompok di bawah {rules.LEAST} orang"
    asking = past.asked_of(session, codes=picture.editions)
    before, after = (
        history.on_day(session, unit_ids=[unit.id], on=day, asked=asking)[unit.id]
        for day in (on - timedelta(days=1), on)
    )
    if before != after:
        yield False, f"{where}: daftar atau tanda tangan berubah pada hari itu, jumlahnya tidak dapat dibandingkan"
    elif (after.signed, after.total) != (told["signed"], told["total"]):
        yield True, f"{where}: {told['signed']} dari {told['total']}, riwayat {after.signed} dari {after.total}"
