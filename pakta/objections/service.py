"""Stating and withdrawing an objection, and who has one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from pakta.accounts import audit, grants
from pakta.accounts.models import Account
from pakta.core.errors import Reason, Refusal
from pakta.editions import service as editions
from pakta.ledger import service as ledger
from pakta.many import among
from pakta.notices import service as notices
from pakta.notices.rules import Kind
from pakta.objections import rules
from pakta.objections.models import Objection
from pakta.roles import Role
from pakta.roster import asks, counters, lists, scope
from pakta.roster import rules as roster_rules
from pakta.roster.models import Person, SignedPerson, Unit

MOST = 500  # of one list
COUNTED = 1000  # objections that are counted one by one; of more it is said that there are more


def state(session: Session, *, person: Person, reason_class: str, words: str, now: datetime) -> Objection:
    """Record a person's objection to the text that they are asked to sign; it takes the place of one that stands.

    Refuses with EDITION_CLOSED where they are asked nothing, OBJECTION_SIGNED where they have signed it, or
    OBJECTION_INCOMPLETE.
    """
    edition = editions.open_edition_for(session, signs_as=person.signs_as, kind=person.kind, now=now)
    if edition is None:
        raise Refusal(Reason.EDITION_CLOSED)
    said = roster_rules.without_numbers(" ".join(words.split()), own=person.number)
    rules.check(reason_class=reason_class, words=said)
    if has_signed(session, person=person, edition_code=edition.code):
        raise Refusal(Reason.OBJECTION_SIGNED)
    _alone_with(session, person)
    withdraw(session, person=person, now=now)
    row = Objection(
        person_id=person.id, edition_code=edition.code, reason_class=reason_class, words=said, stated_at=now
    )
    session.add(row)
    session.flush()
    return row


def withdraw(session: Session, *, person: Person, now: datetime) -> None:
    """Take back whatever objection of a person stands; without one nothing changes."""
    standing = and_(Objection.person_id == person.id, Objection.withdrawn_at.is_(None))
    session.execute(update(Objection).where(standing).values(withdrawn_at=now))
    session.flush()


def answer(
    session: Session,
    *,
    objection_id: int,
    asked: Sequence[asks.Ask],
    by: Account,
    text: str,
    now: datetime,
) -> Objection:
    """Answer an objection that stands, and tell the person; another answer takes the place of one before.

    Refuses with REQUEST_UNKNOWN outside what `by` administers then, and for one that counts no more (taken back,
    signed since, of who has left or of a text that is not asked), NOT_ALLOWED for one's own, or ANSWER_INCOMPLETE.
    """
    ledger.wait_turn(session)
    granted = grants.units_anew(session, Role.ADMINISTRATOR, account=by, now=now)
    held = standing(asked).where(Objection.id == objection_id).with_for_update(of=Objection)
    found = session.execute(held.execution_options(populate_existing=True))
    row: Objection | None = found.scalar_one_or_none()
    if row is None or not scope.in_scope(granted, row.person.unit):
        raise Refusal(Reason.REQUEST_UNKNOWN)
    if row.person_id == by.person_id:
        raise Refusal(Reason.NOT_ALLOWED)
    said = roster_rules.without_numbers(" ".join(text.split()), own=row.person.number)
    rules.check_answer(said)
    if said != row.answer:
        row.answer, row.answered_at, row.answered_by_id = said, now, by.id
        session.flush()
        notices.tell(session, person_id=row.person_id, kind=Kind.OBJECTION_ANSWERED, facts={}, now=now)
        audit.record(
            session, account_id=by.id, action="keberatan-pakta-jawab", person_id=row.person_id,
            unit_id=row.person.unit_id, now=now,
        )  # fmt: skip
    return row


def _alone_with(session: Session, person: Person) -> None:
    """Hold a person: of two objections that are sent at once the second takes the first one's place."""
    held = select(Person.id).where(Person.id == person.id)
    session.execute(held.with_for_update(key_share=True, of=Person)).all()


def has_signed(session: Session, *, person: Person, edition_code: str) -> bool:
    """Say whether a person's signature of a text counts where they stand."""
    wanted = select(SignedPerson.person_id).join(Person, Person.id == SignedPerson.person_id)
    mine = wanted.where(Person.id == person.id, SignedPerson.edition_code == edition_code, counters.counts_here())
    return session.execute(mine).first() is not None


def of_person(session: Session, *, person: Person) -> list[Objection]:
    """Return a person's objections, newest first."""
    rows = select(Objection).where(Objection.person_id == person.id).order_by(Objection.id.desc())
    return list(session.execute(rows).scalars())


def count(session: Session, *, within: Unit, asked: Sequence[asks.Ask]) -> int:
    """Return how many people of a unit and all below it object to what is asked of them, and have not signed.

    More than `COUNTED` are not counted on; how many object in all, `counting` says, also of a country.
    """
    some = standing(asked).where(scope.subtree_clause([within])).with_only_columns(Objection.id).limit(COUNTED + 1)
    return int(session.execute(select(func.count()).select_from(some.subquery())).scalar_one())


def listed(session: Session, *, granted: Sequence[Unit], asked: Sequence[asks.Ask]) -> list[Objection]:
    """Return the objections of people of these units that count, oldest first."""
    query = standing(asked).where(scope.subtree_clause(granted))
    return list(session.execute(query.order_by(Objection.id).limit(MOST)).scalars())


def who(session: Session, *, within: Unit, asked: Sequence[asks.Ask]) -> set[int]:
    """Return the people of a unit and all below it who object."""
    query = standing(asked).where(lists.inside(session, within)).with_only_columns(Objection.person_id)
    return set(session.execute(query).scalars())


def objectors(session: Session, *, person_ids: Sequence[int], asked: Sequence[asks.Ask]) -> set[int]:
    """Return who of these people objects."""
    if not person_ids:
        return set()
    return set(session.connection().execute(_objectors(tuple(asked)), {"people": list(person_ids)}).scalars())


@lru_cache(maxsize=lists.BUILT)
def _objectors(asked: tuple[asks.Ask, ...]) -> Select[Any]:
    here = among(Objection.person_id, "people")
    return standing(asked).where(here).with_only_columns(Objection.person_id)


def objecting(asked: Sequence[asks.Ask]) -> ColumnElement[bool]:
    """Hold for people who object to what is asked of them, whether they have signed or not."""
    own = select(Objection.id).where(Objection.person_id == Person.id, *_stands(asked), ~_signed(_since()))
    return exists(own.correlate(Person))


def _stands(asked: Sequence[asks.Ask]) -> tuple[ColumnElement[bool], ...]:
    """Hold for an objection to what is asked of its `Person` that is not taken back."""
    return Objection.withdrawn_at.is_(None), asks.clause_of(asked, Objection.edition_code)


def _since() -> ColumnElement[bool]:
    """Hold for a signature that ended an objection: who signed and is asked again elsewhere objects no more."""
    return SignedPerson.signed_at >= Objection.stated_at


def _signed(how: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        SignedPerson.person_id == Objection.person_id, SignedPerson.edition_code == Objection.edition_code, how
    )


def standing(asked: Sequence[asks.Ask]) -> Select[Any]:
    """Return the query of objections that count: of active people, to what is asked of them, not signed.

    Whether they signed is asked with the unit found: last, and once, of those alone who stand in the right one.
    """
    query = select(Objection).join(Person, Person.id == Objection.person_id).join(Unit, Unit.id == Person.unit_id)
    signed = _signed(or_(_since(), counters.counts_here(Unit.__table__.c.id)))
    return query.where(*_stands(asked), Person.status == roster_rules.ACTIVE, ~signed)
