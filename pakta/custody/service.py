"""Asking for slips, printing them, and noting that they were handed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts import audit, grants, slips
from pakta.accounts import rules as account_rules
from pakta.accounts.models import Account, Slip
from pakta.accounts.rules import Pepper
from pakta.core.errors import Reason, Refusal
from pakta.custody import papers, queries, rules
from pakta.custody.models import AskedFor, SlipBatch, SlipCustody
from pakta.custody.rules import Outcome, Whom
from pakta.ledger import service as ledger
from pakta.roles import Role
from pakta.roster import scope, units
from pakta.roster.models import Person, Unit

Display = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class Printer:
    """What printing needs besides the people: whose paper it is, and how a moment is written."""

    city: str
    contact: str
    host: str
    origin: str
    demo: bool
    pepper: Pepper
    display: Display


def ask(session: Session, *, by: Account, unit_code: str, below: bool, whom: str, now: datetime) -> SlipBatch:
    """Ask for the slips of those who need one now in a unit; who comes later is not asked for.

    The same wish while it waits is the same batch; where others need one by now it takes the place of the one before.

    Refuses with UNIT_UNKNOWN, CUSTODY_WHOM, CUSTODY_NOBODY or CUSTODY_MANY.
    """
    ledger.wait_turn(session)
    unit = units.by_code(session, code=unit_code.strip()[:40])
    if unit is None or not scope.in_scope(grants.administered(session, account=by, now=now), unit):
        raise Refusal(Reason.UNIT_UNKNOWN, unit_code[:40] or "–")
    if whom not in set(Whom):
        raise Refusal(Reason.CUSTODY_WHOM)
    found = _people(session, unit=unit, below=below, whom=whom, now=now)
    waiting = (
        SlipBatch.unit_id == unit.id, SlipBatch.below == below, SlipBatch.whom == whom,
        SlipBatch.asked_by_id == by.id, SlipBatch.outcome.is_(None),
    )  # fmt: skip
    for standing in session.execute(select(SlipBatch).where(*waiting)).scalars().all():
        if queries.asked_for(session, row=standing, now=now) == found:
            return standing
        _end(session, standing, by=by, now=now)
    row = SlipBatch(
        unit_id=unit.id, unit=unit, below=below, whom=whom, people=len(found), asked_by_id=by.id, asked_at=now
    )
    session.add(row)
    session.flush()
    session.add_all(AskedFor(batch_id=row.id, person_id=each.id) for each in found)
    _record(session, row, by=by, action="slip-minta", now=now)
    return row


def print_batch(session: Session, *, batch_id: int, by: Account, now: datetime, printer: Printer) -> bytes:
    """Make the slips and return the sheets as a PDF: the codes stand in it and nowhere else.

    For whom they are is what the first administrator asked: who came into the unit since gets none.

    Refuses with REQUEST_UNKNOWN, REQUEST_CLOSED, REQUEST_SAME_PERSON, REQUEST_FIRST_GONE, CUSTODY_GONE where nobody
    is left who was asked for, or TEXT_UNPRINTABLE.
    """
    row = _held(session, batch_id=batch_id, by=by, now=now)
    if row.outcome is not None:
        raise Refusal(Reason.REQUEST_CLOSED)
    if row.asked_by_id == by.id:
        raise Refusal(Reason.REQUEST_SAME_PERSON)
    if not _first_counts(session, row, now):
        raise Refusal(Reason.REQUEST_FIRST_GONE)
    found = queries.asked_for(session, row=row, now=now)
    if not found:
        raise Refusal(Reason.CUSTODY_GONE)
    sheets = _made(session, row, people=found, now=now, printer=printer)
    row.outcome, row.decided_by_id, row.decided_at, row.people = Outcome.PRINTED.value, by.id, now, len(found)
    session.flush()
    _record(session, row, by=by, action="slip-cetak", now=now)
    return sheets


def print_again(session: Session, *, batch_id: int, by: Account, now: datetime, printer: Printer) -> bytes:
    """Print what is still to be handed over once more, for who printed it; the codes before are dead.

    Who has left since gets none, and holds up nobody.

    Refuses with REQUEST_UNKNOWN, CUSTODY_AGAIN where it was another, too long ago, or all is handed over or used, or
    REQUEST_FIRST_GONE: it still takes two.
    """
    row = _held(session, batch_id=batch_id, by=by, now=now)
    if not _first_counts(session, row, now):
        raise Refusal(Reason.REQUEST_FIRST_GONE)
    if not may_print_again(session, row, by=by, now=now):
        raise Refusal(Reason.CUSTODY_AGAIN)
    found = [each.slip.person for each in queries.open_of(session, row=row)]
    sheets = _made(session, row, people=found, now=now, printer=printer)
    _record(session, row, by=by, action="slip-cetak-lagi", now=now)
    return sheets


def print_alone(session: Session, *, person: Person, now: datetime, pepper: Pepper) -> tuple[str, str]:
    """Make a slip for who runs the machine, and note it; return its code, and words for which slip it ended, or "".

    Refuses as `slips.print_slip` does.
    """
    ledger.wait_turn(session)
    ended = _said(*queries.usable(session, person=person, now=now))
    code = slips.print_slip(session, person=person, now=now, pepper=pepper)
    detail = f"mematikan {ended}" if ended else ""
    audit.record(session, account_id=None, action="slip-perintah", person_id=person.id, detail=detail, now=now)
    return code, ended


def may_print_again(session: Session, row: SlipBatch, *, by: Account, now: datetime) -> bool:
    """Say whether this administrator may print the rest of a batch once more."""
    mine = row.outcome == Outcome.PRINTED and row.decided_by_id == by.id and row.decided_at is not None
    recent = row.decided_at is not None and now - row.decided_at <= rules.AGAIN_WITHIN
    return mine and recent and _first_counts(session, row, now) and bool(queries.open_of(session, row=row))


def refuse(session: Session, *, batch_id: int, by: Account, now: datetime) -> SlipBatch:
    """Refuse a batch, or withdraw one's own; refuses with REQUEST_UNKNOWN or REQUEST_CLOSED."""
    row = _held(session, batch_id=batch_id, by=by, now=now)
    if row.outcome is not None:
        raise Refusal(Reason.REQUEST_CLOSED)
    _end(session, row, by=by, now=now)
    return row


def hand_over(
    session: Session, *, unit: Unit, by: Account, slip_ids: Sequence[int], handed: bool, now: datetime
) -> int:
    """Note that slips of a unit's people were handed over, or that this was a mistake; return how many changed.

    Only who noted it says that it was one: else whoever printed could call slips back and print them again, alone.

    Refuses with UNIT_UNKNOWN outside what `by` administers then.
    """
    ledger.wait_turn(session)
    if not scope.in_scope(grants.units_anew(session, Role.ADMINISTRATOR, account=by, now=now), unit):
        raise Refusal(Reason.UNIT_UNKNOWN, unit.code)
    rows = (
        select(SlipCustody)
        .join(Slip, Slip.id == SlipCustody.slip_id)
        .join(Person, Person.id == Slip.person_id)
        .where(SlipCustody.slip_id.in_(slip_ids), Person.unit_id == unit.id)
        .where(Slip.used_at.is_(None), Slip.cancelled_at.is_(None))
    )
    if not handed:
        rows = rows.where(SlipCustody.handed_by_id == by.id)
    changed = [row for row in session.execute(rows).scalars() if (row.handed_at is not None) is not handed]
    for row in changed:
        row.handed_at, row.handed_by_id = (now, by.id) if handed else (None, None)
        audit.record(
            session, account_id=by.id, action="slip-serah" if handed else "slip-serah-batal",
            person_id=row.slip.person_id, unit_id=unit.id, now=now,
        )  # fmt: skip
    session.flush()
    return len(changed)


def _people(session: Session, *, unit: Unit, below: bool, whom: str, now: datetime) -> list[Person]:
    found = queries.people(session, unit=unit, below=below, whom=whom, now=now)
    if not found:
        raise Refusal(Reason.CUSTODY_NOBODY)
    if len(found) > rules.MOST:
        raise Refusal(Reason.CUSTODY_MANY, str(rules.MOST))
    return found


def _held(session: Session, *, batch_id: int, by: Account, now: datetime) -> SlipBatch:
    ledger.wait_turn(session)
    wanted = select(SlipBatch).where(SlipBatch.id == batch_id).with_for_update(of=SlipBatch)
    row = session.execute(wanted.execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None or not scope.in_scope(grants.administered(session, account=by, now=now), row.unit):
        raise Refusal(Reason.REQUEST_UNKNOWN)
    return row


def _end(session: Session, row: SlipBatch, *, by: Account, now: datetime) -> None:
    outcome = Outcome.WITHDRAWN if row.asked_by_id == by.id else Outcome.REFUSED
    row.outcome, row.decided_by_id, row.decided_at = outcome.value, by.id, now
    session.flush()
    _record(session, row, by=by, action=f"slip-{outcome.value}", now=now)


def _said(slip: Slip | None, held: SlipCustody | None) -> str:
    """Return in words which slip a newer one ends."""
    if slip is None:
        return ""
    if held is None:
        return "slip yang dibuat bukan dari halaman “Slip”"
    return f"slip dari cetakan {held.batch_id}{', sudah diserahkan' if held.handed_at else ''}"


def _first_counts(session: Session, row: SlipBatch, now: datetime) -> bool:
    """Say whether who asked still may, so that printing takes two."""
    return grants.still_counts(session, account_id=row.asked_by_id, unit=row.unit, since=row.asked_at, now=now)


def _made(session: Session, row: SlipBatch, *, people: Sequence[Person], now: datetime, printer: Printer) -> bytes:
    """Make a slip for each, and return the sheets; printed again, each says which printing it is of."""
    times = len(queries.printings(session, batch_id=row.id)) + 1
    told = []
    for person in people:
        code = slips.print_slip(session, person=person, now=now, pepper=printer.pepper)
        slip = slips.by_code(session, code=code, pepper=printer.pepper)
        session.add(SlipCustody(slip_id=slip.id, batch_id=row.id))
        told.append(papers.Paper(person.name, person.kind, person.number, person.unit.name, code))
    session.flush()
    return papers.render(
        told,
        city=printer.city,
        contact=printer.contact,
        host=printer.host,
        origin=printer.origin,
        until=printer.display(now + account_rules.SLIP_VALID),
        printed=printer.display(now) + (f", cetakan {times}" if times > 1 else ""),
        demo=printer.demo,
        date=now,
    )


def _record(session: Session, row: SlipBatch, *, by: Account, action: str, now: datetime) -> None:
    audit.record(session, account_id=by.id, action=action, unit_id=row.unit_id, detail=f"{row.people} slip", now=now)
