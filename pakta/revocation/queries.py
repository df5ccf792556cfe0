"""Lists: certificates by the name of their owner, requests by who may see them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from pakta import asker
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import Status
from pakta.revocation.models import StatusRequest
from pakta.revocation.rules import Wanted
from pakta.revocation.service import Visitor
from pakta.roles import Role
from pakta.roster import scope
from pakta.roster.models import Person, Unit

FOUND, LISTED = 20, 200  # certificates of a search, requests of a list


def by_name(session: Session, *, within: Sequence[Unit], words: Sequence[str]) -> list[IssuedCredential]:
    """Return certificates of people in these units whose names hold all words: at most one more than `FOUND`."""
    wanted = (
        select(IssuedCredential)
        .join(Person, Person.id == IssuedCredential.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(scope.subtree_clause(within))
    )
    for word in words:
        wanted = wanted.where(func.lower(Person.name).contains(word.lower(), autoescape=True))
    ordered = wanted.order_by(Person.name, Person.id, IssuedCredential.id.desc()).limit(FOUND + 1)
    return list(session.execute(ordered).scalars())


def requests(session: Session, *, by: Visitor) -> list[StatusRequest]:
    """Return the newest requests that the visitor may see, newest first."""
    administered = scope.subtree_clause(by.units.get(Role.ADMINISTRATOR, []))
    held = scope.subtree_clause([unit for role in Role for unit in by.units.get(role, [])])
    wanted = (
        select(StatusRequest)
        .join(IssuedCredential, IssuedCredential.id == StatusRequest.credential_id)
        .join(Person, Person.id == IssuedCredential.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(or_(and_(StatusRequest.asked_by_id == by.account.id, held), administered))
        .order_by(StatusRequest.id.desc())
        .limit(LISTED)
    )
    return list(session.execute(wanted).scalars())


def of_certificate(session: Session, *, row: IssuedCredential, by: Visitor) -> list[StatusRequest]:
    """Return the requests about a certificate that the visitor may see, newest first."""
    wanted = select(StatusRequest).where(StatusRequest.credential_id == row.id)
    if not by.administers(row):
        wanted = wanted.where(StatusRequest.asked_by_id == by.account.id)
    return list(session.execute(wanted.order_by(StatusRequest.id.desc())).scalars())


def _waiting() -> Select[int]:
    """Return what counts the requests that wait for the visitor: none that they asked, approved or are about.

    Nor one that was overtaken, as `rules.is_overtaken` has it.
    """
    own, status = asker.ACCOUNT, IssuedCredential.status
    suspended_since = or_(IssuedCredential.status_at.is_(None), IssuedCredential.status_at <= StatusRequest.asked_at)
    stands = or_(
        and_(StatusRequest.wanted == Wanted.REVOKE.value, status != Status.REVOKED),
        and_(StatusRequest.wanted != Wanted.REVOKE.value, status == Status.SUSPENDED, suspended_since),
    )
    here = scope.person_clause(IssuedCredential.person_id, asker.ADMINISTERS)
    return (
        select(func.count())
        .select_from(StatusRequest)
        .join(IssuedCredential, IssuedCredential.id == StatusRequest.credential_id)
        .where(StatusRequest.outcome.is_(None), stands, here)
        .where(or_(StatusRequest.asked_by_id.is_(None), StatusRequest.asked_by_id != own))
        .where(or_(StatusRequest.first_by_id.is_(None), StatusRequest.first_by_id != own))
        .where(IssuedCredential.person_id != asker.PERSON)
    )


WAITING = _waiting()  # for the menu
