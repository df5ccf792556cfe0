"""Opening, changing and ending a roll call, and noting which keys its kiosk made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session

from pakta.accounts import audit, grants
from pakta.accounts import rules as account_rules
from pakta.accounts.models import Account
from pakta.core.errors import Reason, Refusal
from pakta.ledger import service as ledger
from pakta.roles import Power, who_may
from pakta.rollcalls import queries, rules
from pakta.rollcalls.models import Rollcall, RollcallKey
from pakta.rollcalls.rules import Span, State
from pakta.roster import reordering, scope, sums, units
from pakta.roster import rules as roster_rules
from pakta.roster.models import Unit

SETTLED = timedelta(minutes=1)  # after the end, until it is counted
COUNTED_AT_ONCE = 20
NOBODY = "0" * 18  # a place is about no person: only long numbers are looked for


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asks for, as it was typed."""

    place: str
    day: str
    begins: str
    ends: str


def begin(session: Session, *, by: Account, unit_code: str, wanted: Wanted, now: datetime) -> Rollcall:
    """Open a roll call; the same once more changes nothing.

    Refuses with UNIT_UNKNOWN, UNIT_ENDED, UNIT_CLOSED, ROLLCALL_PLACE or ROLLCALL_OVERLAPS, or as `rules` does of
    times.
    """
    place, span = _checked(wanted, now=now)
    sees = _wait_and_look(session, by=by, now=now)
    unit = units.by_code(session, code=unit_code)
    if unit is None or not scope.in_scope(sees, unit):
        raise Refusal(Reason.UNIT_UNKNOWN, unit_code[:40])
    if reordering.ended(session, unit=unit, on=roster_rules.day_of(now)):
        raise Refusal(Reason.UNIT_ENDED, _ended(session, unit))
    if not units.is_open(session, unit=unit, on=span.begins_at.astimezone(units.WIB).date()):
        raise Refusal(Reason.UNIT_CLOSED, unit_code)
    _hold(session, unit=unit)
    beside = _beside(session, unit=unit, span=span)
    same = next((each for each in beside if _says(each, by, place, span)), None)
    if same is not None:
        return same
    if beside:
        raise Refusal(Reason.ROLLCALL_OVERLAPS)
    row = Rollcall(
        unit_id=unit.id, unit=unit, place=place, begins_at=span.begins_at, ends_at=span.ends_at,
        wall_code=account_rules.new_code(), kiosk_code=account_rules.new_code(),
        opened_by_id=by.id, opened_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _record(session, row, by=by, action="apel-buka", now=now)
    return row


def change(session: Session, *, rollcall_id: int, by: Account, wanted: Wanted, now: datetime) -> Rollcall:
    """Give a roll call another place or time; of one that runs the place and the end.

    Refuses with ROLLCALL_UNKNOWN, ROLLCALL_BEGUN, ROLLCALL_BEGINNING, ROLLCALL_PLACE or ROLLCALL_OVERLAPS, or as
    `rules` does of times.
    """
    row = _held(session, rollcall_id=rollcall_id, by=by, now=now)
    state = row.state(now)
    if state not in (State.PLANNED, State.RUNNING):
        raise Refusal(Reason.ROLLCALL_BEGUN)
    place, span = _checked(wanted, now=now) if state is State.PLANNED else _corrected(row, wanted, now=now)
    if any(each.id != row.id for each in _beside(session, unit=row.unit, span=span)):
        raise Refusal(Reason.ROLLCALL_OVERLAPS)
    row.place, row.begins_at, row.ends_at = place, span.begins_at, span.ends_at
    session.flush()
    _record(session, row, by=by, action="apel-ubah", now=now)
    return row


def cancel(session: Session, *, rollcall_id: int, by: Account, now: datetime) -> Rollcall:
    """Cancel a roll call that has not begun.  Refuses with ROLLCALL_UNKNOWN or ROLLCALL_BEGUN."""
    row = _held(session, rollcall_id=rollcall_id, by=by, now=now)
    if row.state(now) is not State.PLANNED:
        raise Refusal(Reason.ROLLCALL_BEGUN)
    row.cancelled_at, row.closed_by_id = now, by.id
    session.flush()
    _record(session, row, by=by, action="apel-batal", now=now)
    return row


def end(session: Session, *, rollcall_id: int, by: Account, now: datetime) -> Rollcall:
    """End a roll call before its time.  Refuses with ROLLCALL_UNKNOWN or ROLLCALL_NOT_RUNNING."""
    row = _held(session, rollcall_id=rollcall_id, by=by, now=now)
    if row.state(now) is not State.RUNNING:
        raise Refusal(Reason.ROLLCALL_NOT_RUNNING)
    row.ended_at, row.closed_by_id = now, by.id
    session.flush()
    _record(session, row, by=by, action="apel-akhiri", now=now)
    return row


def find(session: Session, *, rollcall_id: int, within: Sequence[Unit]) -> Rollcall | None:
    """Return a roll call of one of these units or of one below them, or None."""
    row = session.get(Rollcall, rollcall_id)
    return row if row is not None and scope.in_scope(within, row.unit) else None


def count_over(session: Session, *, now: datetime) -> None:
    """Count the roll calls that are over and were not counted yet: what came of them stays as it was then.

    A signature that was given in time may take a moment until it is written; so long is waited.
    """
    over_at = func.coalesce(Rollcall.ended_at, Rollcall.ends_at)
    waiting = select(Rollcall).where(
        Rollcall.counted_at.is_(None), Rollcall.cancelled_at.is_(None), over_at <= now - SETTLED
    )
    for row in session.execute(waiting.order_by(Rollcall.id).limit(COUNTED_AT_ONCE)).scalars().all():
        found = queries.summary(session, rollcall=row)
        once = update(Rollcall).where(Rollcall.id == row.id, Rollcall.counted_at.is_(None))
        session.execute(once.values(counted_at=now, asked_then=found.asked, in_time_then=found.in_time))


def by_wall(session: Session, *, code: str) -> Rollcall | None:
    """Return the roll call whose wall has this code, or None."""
    return session.execute(select(Rollcall).where(Rollcall.wall_code == _plain(code))).scalar_one_or_none()


def by_kiosk(session: Session, *, code: str) -> Rollcall | None:
    """Return the roll call whose kiosk has this code, or None."""
    return session.execute(select(Rollcall).where(Rollcall.kiosk_code == _plain(code))).scalar_one_or_none()


def note_key(session: Session, *, rollcall_id: int, key_id: int, person_id: int) -> None:
    """Note that a key was made on this roll call's kiosk page; once more changes nothing."""
    table = cast(Table, RollcallKey.__table__)
    made = sums.insert(session.get_bind().dialect.name, table).on_conflict_do_nothing()
    session.execute(made, {"rollcall_id": rollcall_id, "key_id": key_id, "person_id": person_id})


def listed(session: Session, *, within: Sequence[Unit], page: int, size: int) -> tuple[list[Rollcall], int, int]:
    """Return a page of the roll calls of these units and all below, newest first; its number, and the last one."""
    found = select(Rollcall).join(Unit, Unit.id == Rollcall.unit_id).where(scope.subtree_clause(within))
    total = session.execute(found.with_only_columns(func.count(), maintain_column_froms=True)).scalar_one()
    last = max(1, -(-total // size))
    page = min(max(1, page), last)
    ordered = found.order_by(Rollcall.begins_at.desc(), Rollcall.id.desc())
    return list(session.execute(ordered.offset((page - 1) * size).limit(size)).scalars()), page, last


def _ended(session: Session, unit: Unit) -> str:
    went = " dan ".join(each.name for each in reordering.went(session, unit=unit))
    return f"{unit.name} sudah berakhir; pegawainya pindah ke {went}" if went else f"{unit.name} sudah berakhir"


def _checked(wanted: Wanted, *, now: datetime) -> tuple[str, Span]:
    place = rules.checked_place(roster_rules.without_numbers(wanted.place, own=NOBODY))
    span = rules.span(day=wanted.day, begins=wanted.begins, ends=wanted.ends, zone=units.WIB)
    rules.check_soon(span, now=now)
    return place, span


def _corrected(row: Rollcall, wanted: Wanted, *, now: datetime) -> tuple[str, Span]:
    """Return the place and the time of one that runs: it began when it began, and does not end in the past."""
    begun = row.begins_at.astimezone(units.WIB)
    day, begins = wanted.day or begun.date().isoformat(), wanted.begins or f"{begun:%H:%M}"
    span = rules.span(day=day, begins=begins, ends=wanted.ends, zone=units.WIB)
    if span.begins_at != row.begins_at:
        raise Refusal(Reason.ROLLCALL_BEGINNING)
    rules.check_ahead(span, now=now)
    return rules.checked_place(roster_rules.without_numbers(wanted.place, own=NOBODY)), span


def _says(row: Rollcall, by: Account, place: str, span: Span) -> bool:
    """Say whether a roll call is the very one that the visitor opens: a form that was sent twice."""
    told = (place, span.begins_at, span.ends_at, by.id)
    return told == (row.place, row.begins_at, row.ends_at, row.opened_by_id)


def _beside(session: Session, *, unit: Unit, span: Span) -> list[Rollcall]:
    """Return the unit's roll calls that share time with a span; one that was ended early makes room at once."""
    wanted = select(Rollcall).where(
        Rollcall.unit_id == unit.id,
        Rollcall.cancelled_at.is_(None),
        Rollcall.ended_at.is_(None),
        Rollcall.begins_at < span.ends_at,
        Rollcall.ends_at > span.begins_at,
    )
    return list(session.execute(wanted).scalars())


def _wait_and_look(session: Session, *, by: Account, now: datetime) -> list[Unit]:
    """Wait for the writer's turn; return the units whose names somebody may see then."""
    ledger.wait_turn(session)
    return grants.units_anew(session, *who_may(Power.SEE_NAMES), account=by, now=now)


def _hold(session: Session, *, unit: Unit) -> None:
    """Let nobody else open or change a roll call of this unit until the end of this transaction."""
    session.execute(select(Unit.id).where(Unit.id == unit.id).with_for_update(key_share=True)).all()


def _held(session: Session, *, rollcall_id: int, by: Account, now: datetime) -> Rollcall:
    row = find(session, rollcall_id=rollcall_id, within=_wait_and_look(session, by=by, now=now))
    if row is None:
        raise Refusal(Reason.ROLLCALL_UNKNOWN)
    _hold(session, unit=row.unit)
    session.refresh(row)
    return row


def _plain(code: str) -> str:
    return account_rules.parse_code(code) or ""


def _record(session: Session, row: Rollcall, *, by: Account, action: str, now: datetime) -> None:
    audit.record(session, account_id=by.id, action=action, unit_id=row.unit_id, detail=str(row.id), now=now)
