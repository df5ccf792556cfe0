"""Who and what is in a bundle: one edition, everyone who is in a unit or below it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select, true
from sqlalchemy.orm import Session

from pakta.bundles import rules
from pakta.bundles.rules import Left
from pakta.certificates import confirming
from pakta.certificates.models import Document, IssuedCredential
from pakta.certificates.rules import Status
from pakta.core.errors import Reason
from pakta.coverage import service as coverage
from pakta.editions import service as editions
from pakta.editions.models import Edition
from pakta.keyring import SealKey
from pakta.ledger import witnessing
from pakta.roster import asks, lists, scope
from pakta.roster.asks import Ask
from pakta.roster.models import Institution, Person, Unit
from pakta.roster.rules import ACTIVE

KIND = "lembar"
ROW = IssuedCredential
FAILURES: Mapping[str, Left] = {
    Reason.CERTIFICATE_NOT_READY.value: Left.LATER,
    Reason.TEXT_UNPRINTABLE.value: Left.UNPRINTABLE,
}
_DOCUMENT = and_(Document.credential_id == ROW.id, Document.kind == KIND)


@dataclass(frozen=True, slots=True)
class Choice:
    """An edition of which there are valid certificates in a unit, how many, and how many lembar of it are stored."""

    edition: Edition
    valid: int
    stored: int
    last: int

    @property
    def costly(self) -> int:
        """Return how many lembar are still to be made."""
        return self.valid - self.stored


@dataclass(frozen=True, slots=True)
class Place:
    """A unit whose own people have lines; `marked` where they have no names."""

    id: int
    code: str
    name: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides on each line, read once for a whole bundle.

    ask       of whom the edition is asked      covered  entries below this index are covered by a head
    failures  reasons of what could not be made, by certificate
    """

    edition_code: str
    ask: Ask
    covered: int
    failures: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of DAFTAR.csv: a lembar that is in the zip as `file`, or why it is not."""

    number: str
    name: str
    unit: str
    file: str
    left: Left | None
    credential_id: int = 0


def choices(session: Session, *, unit: Unit, seal: SealKey) -> list[Choice]:
    """Return the editions of which somebody in a unit or below it holds a valid certificate, the fullest first.

    Where a seal was lost, lembar from before the present one count as still to be made; the job looks at each.
    """
    counted = Document.made_at >= seal.made_at if seal.lost else true()
    stored = func.count(Document.credential_id).filter(counted)
    counts = (func.count(), stored, func.max(ROW.id))
    rows = _valid(session, unit, ROW.edition_code, *counts).group_by(ROW.edition_code)
    found = [
        Choice(edition=editions.by_code(session, code=code), valid=valid, stored=stored, last=last)
        for code, valid, stored, last in session.execute(rows)
    ]
    return sorted(found, key=lambda choice: (-choice.valid, choice.edition.code))


def next_ones(
    session: Session, *, unit: Unit, edition_code: str, after: int, until: int, limit: int
) -> list[tuple[int, str, int | None]]:
    """Return the next valid certificates, in the order of their making: id, number, and the bytes of a stored lembar.

    One in doubt, which the bundle leaves out, has 0 bytes.
    """
    rows = _valid(session, unit, ROW.id, ROW.number, ROW.person_id, func.length(Document.content)).where(
        ROW.edition_code == edition_code, ROW.id > after, ROW.id <= until
    )
    found = session.execute(rows.order_by(ROW.id).limit(limit)).all()
    waiting = [(person_id, edition_code) for _, _, person_id, size in found if size is None]
    doubtful = confirming.doubtful(session, standing=waiting)
    return [
        (each, number, 0 if (person_id, edition_code) in doubtful else size)
        for each, number, person_id, size in found
    ]


def places(session: Session, *, within: Unit) -> Sequence[Place]:
    """Return a unit and all below it, each before those below it, in the order of making."""
    rows = session.execute(select(Unit).where(scope.subtree_clause([within]))).scalars()
    ordered = sorted(rows, key=lambda unit: [int(each) for each in unit.path.strip("/").split("/")])
    return [Place(unit.id, unit.code, unit.name, unit.institution.marked) for unit in ordered]


def terms(session: Session, *, edition_code: str, failures: Mapping[int, str], now: datetime, policy: Any) -> Terms:
    """Return what decides on each line of a bundle."""
    head = witnessing.newest(session, policy=policy)
    _open, asking = coverage.asked(session, now=now)
    ask = next((each for each in asking if each.edition_code == edition_code), None)
    if ask is None:  # it is not open any more
        audience = editions.by_code(session, code=edition_code).audience
        (ask,) = asks.of_editions({edition_code: audience})
    return Terms(edition_code, ask, head.size if head else 0, failures)


def lines(session: Session, *, unit: Place, terms: Terms) -> list[Line]:
    """Return the lines of a unit's own people, by name: who was asked, and who has signed."""
    rows = select(Person.id, Person.name, Person.status, Person.signs_as, Person.kind).where(
        Person.unit_id == unit.id
    )
    people = session.execute(rows.order_by(Person.name, Person.id)).all()
    held = _held(session, unit, terms)
    doubtful = confirming.doubtful(session, standing=[(person, terms.edition_code) for person in held])
    found = []
    for person_id, name, status, signs_as, kind in people:
        row = held.get(person_id)
        if row is None:
            if status == ACTIVE and (signs_as, kind) in terms.ask.pairs:
                found.append(_left(unit, name, Left.UNSIGNED))
            continue
        left = Left.DOUBTFUL if (person_id, terms.edition_code) in doubtful else _why_not(row, terms)
        if left is None and unit.marked and not row.nameless:
            left = Left.NAMED
        shown = "" if row.nameless else name  # what was signed without a name is not tied to one here
        found.append(_left(unit, shown, left, number=row.number) if left else _in(unit, shown, row))
    return found


def _valid(session: Session, unit: Unit, *columns: Any) -> Select[Any]:
    """Return the query of valid certificates of people who are in a unit or below it now."""
    rows = select(*columns).select_from(ROW).join(Person, Person.id == ROW.person_id)
    rows = rows.join(Unit, Unit.id == Person.unit_id).outerjoin(Document, _DOCUMENT)
    return rows.where(ROW.status == Status.VALID, lists.inside(session, unit))


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    number: str
    status: int
    ledger_index: int
    has_file: bool
    nameless: bool


def _held(session: Session, unit: Place, terms: Terms) -> dict[int, _Row]:
    """Return the certificate of each of a unit's own people that counts: the one that stands, else the newest."""
    rows = (
        select(
            *(ROW.person_id, ROW.id, ROW.number, ROW.status, ROW.ledger_index, Document.credential_id.is_not(None)),
            Institution.marked,
        )
        .select_from(ROW)
        .join(Person, Person.id == ROW.person_id)
        .join(Unit, Unit.id == ROW.unit_id)
        .join(Institution, Institution.id == Unit.institution_id)
        .outerjoin(Document, _DOCUMENT)
        .where(Person.unit_id == unit.id, ROW.edition_code == terms.edition_code)
        .order_by((ROW.status == Status.REVOKED).desc(), ROW.id)
    )
    return {row[0]: _Row(*row[1:]) for row in session.execute(rows)}


def _why_not(row: _Row, terms: Terms) -> Left | None:
    if row.status != Status.VALID:
        return Left.REVOKED if row.status == Status.REVOKED else Left.SUSPENDED
    if row.has_file:
        return None
    if row.ledger_index >= terms.covered:
        return Left.UNCOVERED
    reason = terms.failures.get(row.id, Reason.CERTIFICATE_NOT_READY.value)
    return FAILURES.get(reason, Left.FAILED)


def _in(unit: Place, name: str, row: _Row) -> Line:
    shown = "" if unit.marked else name
    file = rules.file_name(unit_code=unit.code, name=shown or None, number=row.number)
    return Line(row.number, shown, unit.name, file, None, row.id)


def _left(unit: Place, name: str, left: Left, *, number: str = "") -> Line:
    return Line(number, "" if unit.marked else name, unit.name, "", left)
