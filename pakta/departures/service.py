"""Saying that somebody has left, answering, and giving back what an answer changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from pakta import asker
from pakta.accounts import audit, grants
from pakta.accounts.models import Account
from pakta.core.errors import Reason, Refusal
from pakta.departures import rules
from pakta.departures.models import Departure
from pakta.departures.rules import Cause, Outcome
from pakta.ledger import service as ledger
from pakta.notices import service as notices
from pakta.notices.rules import Kind
from pakta.roles import Power, Role, who_may
from pakta.roster import correcting, scope, units
from pakta.roster import rules as roster_rules
from pakta.roster import service as roster
from pakta.roster.models import Person, Unit
from pakta.roster.moving import How

FOUND, LISTED = 20, 300


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who reports or answers: the units whose names they may see, and those that they administer."""

    account: Account
    sees: Sequence[Unit]
    administers: Sequence[Unit]

    def again(self, session: Session, *, now: datetime) -> Visitor:
        """Return them with the roles that they hold now: what was read before the locks may have ended."""
        held = grants.anew(session, account=self.account, now=now)
        sees, administers = (grants.units_with(held, *of) for of in (who_may(Power.SEE_NAMES), [Role.ADMINISTRATOR]))
        return Visitor(self.account, sees, administers)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an administrator decides: another status or unit, or neither and words that say why."""

    status: str = ""
    unit: str = ""
    words: str = ""


def by_name(session: Session, *, within: Sequence[Unit], words: Sequence[str]) -> list[Person]:
    """Return active people in these units whose names hold all words: at most one more than `FOUND`."""
    wanted = select(Person).join(Unit, Unit.id == Person.unit_id).where(scope.subtree_clause(within))
    for word in words:
        wanted = wanted.where(func.lower(Person.name).contains(word.lower(), autoescape=True))
    ordered = wanted.where(Person.status == roster_rules.ACTIVE).order_by(Person.name, Person.id).limit(FOUND + 1)
    return list(session.execute(ordered).scalars())


def person(session: Session, *, person_id: int, by: Visitor) -> Person | None:
    """Return a person whom the visitor may report, or None."""
    found = session.get(Person, person_id)
    return found if found is not None and scope.in_scope(by.sees, found.unit) else None


def report(session: Session, *, by: Visitor, person_id: int, cause: str, words: str, now: datetime) -> Departure:
    """Say that somebody has left; the same once more changes nothing.

    Refuses with PERSON_UNKNOWN, DEPARTURE_OWN, DEPARTURE_CAUSE, DEPARTURE_WORDS or DEPARTURE_OPEN.
    """
    ledger.wait_turn(session)
    by = by.again(session, now=now)
    found = person(session, person_id=person_id, by=by)
    if found is None:
        raise Refusal(Reason.PERSON_UNKNOWN)
    if found.id == by.account.person_id:
        raise Refusal(Reason.DEPARTURE_OWN)
    if cause not in set(Cause):
        raise Refusal(Reason.DEPARTURE_CAUSE)
    cleaned = _cleaned(words, person=found, least=10 if cause == Cause.OTHER else 0)
    standing = session.execute(
        select(Departure).where(Departure.person_id == found.id, Departure.outcome.is_(None))
    ).scalar_one_or_none()
    if standing is not None and standing.reported_by_id != by.account.id:
        raise Refusal(Reason.DEPARTURE_OPEN)
    if standing is not None:
        return standing
    row = Departure(
        person_id=found.id, person=found, unit_id=found.unit_id, unit=found.unit, cause=cause, words=cleaned,
        reported_by_id=by.account.id, reported_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _record(session, row, by=by, action="kepergian-lapor", now=now)
    return row


def change(session: Session, *, departure_id: int, by: Visitor, answer: Answer, now: datetime) -> Departure:
    """Give the person the status or unit that fits, and keep what they had.

    Refuses with REQUEST_UNKNOWN, DEPARTURE_OWN, DEPARTURE_TWO, REQUEST_CLOSED, DEPARTURE_ANSWER where neither or
    nothing new is chosen, DEPARTURE_STALE where they stand in no unit of the visitor's any more, DEPARTURE_ROLE
    where they administer, UNIT_UNKNOWN, UNIT_CLOSED or UNIT_ENDS.
    """
    correcting.wait(session)
    ledger.wait_turn(session)
    by = by.again(session, now=now)
    row = _answerable(session, departure_id=departure_id, by=by)
    found = correcting.held(session, person_id=row.person_id)
    if not scope.in_scope(by.administers, found.unit):  # they have gone elsewhere since it was said
        raise Refusal(Reason.DEPARTURE_STALE)
    unit = _unit(session, answer.unit, person=found, by=by, now=now)
    status = answer.status or found.status
    if status not in roster_rules.STATUSES or (status, (unit or found.unit).id) == (found.status, found.unit_id):
        raise Refusal(Reason.DEPARTURE_ANSWER)
    if status in roster_rules.LEFT:
        _check_roles(session, found, now=now)
    row.old_status, row.old_unit_id = found.status, found.unit_id
    _place(session, found, unit=unit, status=status, by=by, now=now)
    row.new_status, row.new_unit_id = found.status, found.unit_id
    _end(session, row, by=by, outcome=Outcome.CHANGED, words=_cleaned(answer.words, person=found), now=now)
    notices.tell(session, person_id=found.id, kind=Kind.PLACE_CHANGED, facts={}, now=now)
    _tell_reporter(session, row, by=by, now=now)
    return row


def _tell_reporter(session: Session, row: Departure, *, by: Visitor, now: datetime) -> None:
    """Tell who reported what came of it; who does it themself knows it."""
    if row.reported_by is not None and row.reported_by_id != by.account.id and row.outcome:
        reporter, facts = row.reported_by.person_id, {"what": row.outcome}
        notices.tell(session, person_id=reporter, kind=Kind.DEPARTURE_ANSWERED, facts=facts, now=now)


def _place(session: Session, person: Person, *, unit: Unit | None, status: str, by: Visitor, now: datetime) -> None:
    account_id = by.account.id
    roster.set_place(
        session, person=person, unit=unit, status=status, account_id=account_id, how=How.REPORTED, now=now
    )


def refuse(session: Session, *, departure_id: int, by: Visitor, words: str, now: datetime) -> Departure:
    """Leave the person where they are and say why; who reported withdraws it that way, without words.

    Refuses with REQUEST_UNKNOWN, DEPARTURE_OWN, REQUEST_CLOSED or DEPARTURE_WORDS.
    """
    ledger.wait_turn(session)
    by = by.again(session, now=now)
    row = _row(session, departure_id=departure_id, by=by)
    own = row.reported_by_id == by.account.id
    if not own:
        _check_answers(row, by=by)
    if row.outcome is not None:
        raise Refusal(Reason.REQUEST_CLOSED)
    cleaned = _cleaned(words, person=row.person, least=0 if own else 3)
    _end(session, row, by=by, outcome=Outcome.WITHDRAWN if own else Outcome.REFUSED, words=cleaned, now=now)
    _tell_reporter(session, row, by=by, now=now)
    return row


def give_back(session: Session, *, departure_id: int, by: Visitor, words: str, now: datetime) -> Departure:
    """Give a person back the status and unit that an answer took, where nothing else has changed since.

    words  why, or nothing; read by who reported, who is told of it

    Refuses with REQUEST_UNKNOWN, DEPARTURE_OWN, DEPARTURE_WORDS, or DEPARTURE_STALE where it was not changed, too
    long ago, the person stands elsewhere by now, the old unit takes nobody, or it or the present one is not theirs.
    """
    correcting.wait(session)
    ledger.wait_turn(session)
    by = by.again(session, now=now)
    row = _row(session, departure_id=departure_id, by=by)
    _check_answers(row, by=by, anew=False)
    found = correcting.held(session, person_id=row.person_id)
    unit = given_back_to(session, row, person=found, by=by, now=now)
    if unit is None:
        raise Refusal(Reason.DEPARTURE_STALE)
    _place(session, found, unit=unit, status=row.old_status or "", by=by, now=now)
    row.outcome, row.undone_by_id, row.undone_at = Outcome.UNDONE.value, by.account.id, now
    row.undone_words = _cleaned(words, person=found) or None
    session.flush()
    _record(session, row, by=by, action="kepergian-kembalikan", now=now)
    notices.tell(session, person_id=found.id, kind=Kind.PLACE_CHANGED, facts={}, now=now)
    _tell_reporter(session, row, by=by, now=now)
    return row


def given_back_to(session: Session, row: Departure, *, person: Person, by: Visitor, now: datetime) -> Unit | None:
    """Return the unit to which the visitor may give a person back, or None.

    What the answer changed is to be what still holds, and not for too long; the old unit takes people.
    """
    if row.outcome != Outcome.CHANGED or row.answered_at is None or now - row.answered_at > rules.UNDONE_WITHIN:
        return None
    if (person.status, person.unit_id) != (row.new_status, row.new_unit_id):
        return None
    unit = session.get_one(Unit, row.old_unit_id)
    reached = scope.in_scope(by.administers, unit) and scope.in_scope(by.administers, person.unit)
    return unit if reached and units.takes(session, unit=unit, on=roster_rules.day_of(now)) else None


def may_see(row: Departure, *, by: Visitor) -> bool:
    """Say whether the visitor administers the unit where the person stood, or reported it and sees it still."""
    own = row.reported_by_id == by.account.id and scope.in_scope(by.sees, row.unit)
    return own or scope.in_scope(by.administers, row.unit)


def may_answer(row: Departure, *, by: Visitor) -> bool:
    """Say whether the visitor may answer what waits: as `WAITING` counts it."""
    other = row.reported_by_id != by.account.id and row.person_id != by.account.person_id
    return row.outcome is None and other and scope.in_scope(by.administers, row.unit)


def listed(session: Session, *, by: Visitor) -> list[Departure]:
    """Return what the visitor `may_see`: what waits first, the longest on top."""
    rows = select(Departure).join(Unit, Unit.id == Departure.unit_id)
    own = and_(Departure.reported_by_id == by.account.id, scope.subtree_clause(by.sees))
    seen = or_(own, scope.subtree_clause(by.administers))
    ordered = rows.where(seen).order_by(Departure.outcome.is_not(None), Departure.reported_at, Departure.id)
    return list(session.execute(ordered.limit(LISTED)).scalars())


# What counts, for the menu, the reports that the visitor may answer: of others, about others, where they administer.
WAITING: Select[int] = (
    select(func.count())
    .select_from(Departure)
    .where(Departure.outcome.is_(None), scope.unit_clause(Departure.unit_id, asker.ADMINISTERS))
    .where(Departure.reported_by_id.is_distinct_from(asker.ACCOUNT), Departure.person_id != asker.PERSON)
)


def _row(session: Session, *, departure_id: int, by: Visitor) -> Departure:
    wanted = select(Departure).where(Departure.id == departure_id).with_for_update(of=Departure)
    row = session.execute(wanted.execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None or not may_see(row, by=by):
        raise Refusal(Reason.REQUEST_UNKNOWN)
    return row


def _answerable(session: Session, *, departure_id: int, by: Visitor) -> Departure:
    row = _row(session, departure_id=departure_id, by=by)
    _check_answers(row, by=by)
    if row.outcome is not None:
        raise Refusal(Reason.REQUEST_CLOSED)
    return row


def _check_answers(row: Departure, *, by: Visitor, anew: bool = True) -> None:
    """Check that the visitor may answer: an administrator, not the person, and not who reported it."""
    if not scope.in_scope(by.administers, row.unit):
        raise Refusal(Reason.REQUEST_UNKNOWN)
    if row.person_id == by.account.person_id:
        raise Refusal(Reason.DEPARTURE_OWN)
    if anew and row.reported_by_id == by.account.id:
        raise Refusal(Reason.DEPARTURE_TWO)


def _check_roles(session: Session, found: Person, *, now: datetime) -> None:
    """Refuse to take an administrator's role by a status: that takes two administrators (`appointments`)."""
    account = session.execute(select(Account).where(Account.person_id == found.id)).scalar_one_or_none()
    if account is not None and grants.administered(session, account=account, now=now):
        raise Refusal(Reason.DEPARTURE_ROLE)


def _unit(session: Session, code: str, *, person: Person, by: Visitor, now: datetime) -> Unit | None:
    if not code.strip():
        return None
    unit = units.by_code(session, code=code.strip()[:40])
    if unit is None or not scope.in_scope(by.administers, unit):
        raise Refusal(Reason.UNIT_UNKNOWN, code[:40])
    on = roster_rules.day_of(now)
    if unit.id != person.unit_id or not units.is_open(session, unit=unit, on=on):
        units.check_takes(session, unit=unit, on=on)
    return unit


def _cleaned(words: str, *, person: Person, least: int = 0) -> str:
    """Return words without identity numbers; refuses with DEPARTURE_WORDS where they are too short or too long."""
    cleaned = roster_rules.without_numbers(" ".join(words.split()), own=person.number)
    if not least <= len(cleaned) <= rules.WORDS_MOST:
        raise Refusal(Reason.DEPARTURE_WORDS)
    return cleaned


def _end(session: Session, row: Departure, *, by: Visitor, outcome: Outcome, words: str, now: datetime) -> None:
    row.outcome, row.answer, row.answered_by_id, row.answered_at = outcome.value, words, by.account.id, now
    session.flush()
    _record(session, row, by=by, action=f"kepergian-{outcome.value}", now=now)


def _record(session: Session, row: Departure, *, by: Visitor, action: str, now: datetime) -> None:
    audit.record(
        session, account_id=by.account.id, action=action, person_id=row.person_id, unit_id=row.unit_id,
        detail=row.cause, now=now,
    )  # fmt: skip
