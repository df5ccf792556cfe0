"""Whether what pages show of a unit is what the ledger proves: every way in which coverage is told, side by side.

The counters (what heads see), the sum of their days (what a past day is told from), the lines of the CSV, and every
picture that the public was shown (`pictureproof`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.coverage import pictureproof, service
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
    pictures     how many of the public's pictures show it
    unproved     a line for each figure of which nothing kept says whether it was right
    partial      the same of an institution's first day, of which only the end is known
    """

    unit: Unit
    share: queries.Share
    units: int
    differences: list[str]
    pictures: int
    unproved: list[str]
    partial: list[str]


def prove(session: Session, *, unit: Unit, signed: Signed, people: People, now: datetime) -> Proof:
    """Hold every figure of a unit and of all below it against a recount, by what is asked today.

    signed, people  counted without counters: signatures by (unit, edition, audience, kind), people by
                    (unit, audience, kind), those who are not active under the audience `counters.EXCUSED`
    """
    below = session.scalars(select(Unit).where(scope.subtree_clause([unit])).order_by(Unit.id)).all()
    asking = service.asked(session, now=now)[1]
    counted = _summed(below, signed, people, asking)
    ids = [each.id for each in below]
    days = history.on_day(session, unit_ids=ids, on=edition_rules.day_of(now), asked=asking)
    told = {
        "penghitung": queries.unit_shares(session, unit_ids=ids, asked=asking),
        "riwayat harian": {
            each: queries.Share(found.signed, found.total, found.excused) for each, found in days.items()
        },
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
    pictures, public = pictureproof.prove(session, unit=unit)
    return Proof(
        unit=unit,
        share=counted[unit.id],
        units=len(below),
        differences=[*differences, *(found.line for found in public if found.differs)],
        pictures=pictures,
        unproved=[found.line for found in public if not found.differs and not found.partial],
        partial=[found.line for found in public if not found.differs and found.partial],
    )


def _words(share: queries.Share) -> str:
    return f"{share.signed} dari {share.total}" + (f", {share.excused} dikecualikan" if share.excused else "")


def _summed(
    below: Sequence[Unit], signed: Signed, people: People, asking: Sequence[asks.Ask]
) -> dict[int, queries.Share]:
    """Return the shares by the recount: what was counted in a unit is counted in all above it."""
    asked_of = {(ask.edition_code, *pair) for ask in asking for pair in ask.pairs}
    pairs = {pair for ask in asking for pair in ask.pairs}
    of = {unit.id: counters.lineage(unit.path) for unit in below}
    done: Counter[int] = Counter()
    total: Counter[int] = Counter()
    excused: Counter[int] = Counter()
    for (unit_id, *key), count in signed.items():
        done.update(dict.fromkeys(of[unit_id], count if tuple(key) in asked_of else 0))
    for (unit_id, *key), count in people.items():
        total.update(dict.fromkeys(of[unit_id], count if tuple(key) in pairs else 0))
        excused.update(dict.fromkeys(of[unit_id], count if key[0] == counters.EXCUSED else 0))
    return {unit.id: queries.Share(done[unit.id], total[unit.id], excused[unit.id]) for unit in below}


def _listed(session: Session, unit: Unit, asking: Sequence[asks.Ask]) -> int:
    """Return how many lines of the CSV say that somebody who counts has signed."""
    people = lists.everyone(session, within=unit, asked=asking)
    return sum(person.signed_at is not None and person.status == roster_rules.ACTIVE for person in people)
