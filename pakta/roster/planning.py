"""Rows of a file beside the roster: who is new, who changed, who is the same, what cannot be; and writing it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, text, tuple_, update
from sqlalchemy.orm import Session

from pakta.core.errors import Reason, Refusal
from pakta.roster import counters, moving, names, rows, rules, service
from pakta.roster import units as roster_units
from pakta.roster.models import Person, Unit
from pakta.roster.moving import How, Place
from pakta.roster.sheets import RowError

PEOPLE = cast(Table, Person.__table__)
FIELDS = ("unit_id", "name", "rank", "position", "status", "email", "phone")
AT_ONCE = 5000

Known = Mapping[str, Mapping[str, Any]]  # rows of people by their numbers


@dataclass(frozen=True, slots=True)
class Change:
    """A person whom the file changes; `fields` are columns of the file with the old and the new value."""

    row: int
    name: str
    fields: tuple[tuple[str, str, str], ...]
    person_id: int

    @property
    def name_after(self) -> str:
        """Return the name that the file gives; empty where that stays."""
        return next((new for field, _, new in self.fields if field == "name"), "")

    @property
    def is_other_person(self) -> bool:
        """Say whether the number now names somebody else, by the name (`names.is_other`)."""
        return bool(self.name_after) and names.is_other(self.name, self.name_after)

    @property
    def leaves(self) -> bool:
        """Say whether the person is said to have left."""
        return any(
            field == "status" and new in rules.LEFT and old not in rules.LEFT for field, old, new in self.fields
        )

    @property
    def goes_away(self) -> bool:
        """Say whether the person is put out of the sums, and is said to come back."""
        return any(field == "status" and old == rules.ACTIVE and new in rules.AWAY for field, old, new in self.fields)


def units_of(session: Session, *, on: date, within: Unit | None = None) -> dict[str, rows.UnitFacts]:
    """Return what rows need to know of the units, by code; of `within` and those below it, or of all."""
    found = session.execute(select(Unit)).scalars().all()
    valid = {unit.id for unit in found if roster_units.valid(unit, on=on)}
    ending = {unit.id for unit in found if unit.valid_until == on}
    return {
        unit.code: rows.UnitFacts(
            id=unit.id,
            path=unit.path,
            short_name=unit.short_name,
            is_open=valid.issuperset(counters.lineage(unit.path)),
            ends=not ending.isdisjoint(counters.lineage(unit.path)),
        )
        for unit in found
        if within is None or unit.path.startswith(within.path)
    }


def known(session: Session, numbers: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Return the people who have these numbers, as they stand."""
    columns = [PEOPLE.c.id, PEOPLE.c.number, PEOPLE.c.kind, *(PEOPLE.c[field] for field in FIELDS)]
    found: dict[str, Mapping[str, Any]] = {}
    for at in range(0, len(numbers), AT_ONCE):
        part = select(*columns).where(PEOPLE.c.number.in_(numbers[at : at + AT_ONCE]))
        found |= {str(row["number"]): row for row in map(dict, session.execute(part).mappings())}
    return found


def beside(session: Session, people: Sequence[rows.PersonRow]) -> dict[str, Mapping[str, Any]]:
    """Return who of the roster has the numbers of these rows, or would have where zeros before them were lost."""
    longer = [each for person in people for each in rules.with_zeros(person.number, kind=person.kind)]
    return known(session, [*(person.number for person in people), *longer])


def clashes(people: Iterable[rows.PersonRow], standing: Known, units: Mapping[str, rows.UnitFacts]) -> list[RowError]:
    """Return what cannot be beside the roster (`beside`).

    A number of another kind, of somebody outside these units, or one that stands there with zeros before it; and a
    unit that ends with the day, as a file from before a merger has it, for whoever does not stand there.
    """
    inside = {facts.id for facts in units.values()}
    errors = []
    for person in people:
        row = standing.get(person.number)
        if row is not None and row["unit_id"] not in inside:
            errors.append(RowError(person.row, "number", Refusal(Reason.NUMBER_ELSEWHERE)))
        elif row is not None and row["kind"] != person.kind:
            errors.append(RowError(person.row, "kind", Refusal(Reason.NUMBER_OF_OTHER_KIND, str(row["kind"]))))
        elif row is None and _lost_zero(person, standing):
            errors.append(RowError(person.row, "number", Refusal(Reason.NUMBER_LOST_ZERO)))
        place = units.get(person.unit_code)
        if place is not None and place.ends and (row is None or row["unit_id"] != place.id):
            errors.append(RowError(person.row, "unit_code", Refusal(Reason.UNIT_ENDS, person.unit_code)))
    return errors


def alike(session: Session, new: Sequence[rows.PersonRow], *, units: Mapping[str, rows.UnitFacts]) -> dict[int, str]:
    """Return, by rows of new people, the number of one of their name and unit that is one sign apart from theirs."""
    places = {person.row: (units[person.unit_code].id, person.name) for person in new}
    found: dict[tuple[int, str], list[str]] = {}
    wanted = list(set(places.values()))
    for at in range(0, len(wanted), AT_ONCE // 5):
        part = tuple_(PEOPLE.c.unit_id, PEOPLE.c.name).in_(wanted[at : at + AT_ONCE // 5])
        for unit_id, name, number in session.execute(
            select(PEOPLE.c.unit_id, PEOPLE.c.name, PEOPLE.c.number).where(part).order_by(PEOPLE.c.id)
        ):
            found.setdefault((unit_id, name), []).append(str(number))
    beside = ((each, number) for each in new for number in found.get(places[each.row], ()))
    return {each.row: number for each, number in beside if rules.one_sign_apart(each.number, number)}


def _lost_zero(person: rows.PersonRow, standing: Known) -> bool:
    longer = (standing.get(each) for each in rules.with_zeros(person.number, kind=person.kind))
    return any(row is not None and row["kind"] == person.kind for row in longer)


def mixing(session: Session, *, demo: bool) -> list[RowError]:
    """Return the one error of invented people beside real ones, or none."""
    if demo and service.has_real_people(session):
        return [RowError(0, "", Refusal(Reason.ROSTER_REAL_PEOPLE))]
    if not demo and service.has_demo_people(session):
        return [RowError(0, "", Refusal(Reason.ROSTER_DEMO_PEOPLE))]
    return []


def lock(session: Session) -> None:
    """Let one import run at a time; people may be read and sign meanwhile.

    Who holds it never waits for the writer's turn: some hold the turn and write a person (`ledger.service`).
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE people IN SHARE ROW EXCLUSIVE MODE"))


class Plan:
    """What a file would do."""

    def __init__(
        self,
        *,
        people: Sequence[rows.PersonRow],
        standing: Known,
        units: Mapping[str, rows.UnitFacts],
        absent: Collection[str] = (),
    ) -> None:
        """Compare; `absent` are columns that the file does not have: of who is known they stay as they are."""
        self._units, self._standing, self._absent = units, standing, frozenset(absent)
        self.new = [person for person in people if person.number not in standing]
        self.changed: dict[int, rows.PersonRow] = {}
        for person in people:
            row = standing.get(person.number)
            if row is not None and self._facts(person) != {field: row[field] for field in FIELDS}:
                self.changed[row["id"]] = person
        self.same = len(people) - len(self.new) - len(self.changed)
        self._codes = {facts.id: code for code, facts in units.items()}

    def changes(self) -> tuple[Change, ...]:
        """Return who is changed and what, in the words of the file."""
        return tuple(self._change_of(person) for person in self.changed.values())

    def write(
        self, session: Session, *, now: datetime, pepper: rules.Pepper, demo: bool, account_id: int | None = None
    ) -> None:
        """Write the new and the changed rows, and move the counters once for all."""
        session.flush()
        tally = counters.Tally()
        self._change(session, tally, now=now, account_id=account_id)
        self._add(session, tally, now=now, pepper=pepper, demo=demo)
        tally.write(session, now=now)
        session.expire_all()

    def _facts(self, person: rows.PersonRow) -> dict[str, Any]:
        facts: dict[str, Any] = {field: getattr(person, field) for field in FIELDS if field != "unit_id"}
        facts = {"unit_id": self._units[person.unit_code].id, **facts}
        row = self._standing.get(person.number)
        return facts if row is None else facts | {field: row[field] for field in self._absent}

    def _change_of(self, person: rows.PersonRow) -> Change:
        old, new = self._standing[person.number], self._facts(person)
        fields = [
            ("unit_code", self._codes[old[field]], person.unit_code)
            if field == "unit_id"
            else (field, str(old[field]), str(new[field]))
            for field in FIELDS
            if old[field] != new[field]
        ]
        return Change(person.row, str(old["name"]), tuple(fields), int(old["id"]))

    def _change(self, session: Session, tally: counters.Tally, *, now: datetime, account_id: int | None) -> None:
        if not self.changed:
            return
        facts = {key: self._facts(person) for key, person in self.changed.items()}
        paths = {unit.id: unit.path for unit in self._units.values()}
        wanted = {key: Place(each["unit_id"], paths[each["unit_id"]], each["status"]) for key, each in facts.items()}
        stands = moving.count(session, tally, wanted=wanted, how=How.IMPORT, account_id=account_id, now=now)
        session.execute(
            update(PEOPLE)
            .where(PEOPLE.c.id == bindparam("b_id"))
            .values({field: bindparam(f"b_{field}") for field in (*FIELDS, "changed_at", "returned_at", "signs_as")}),
            [
                {
                    "b_id": key,
                    "b_changed_at": now,
                    "b_returned_at": stands[key].returned_at,
                    "b_signs_as": stands[key].signs_as,
                }
                | {f"b_{field}": value for field, value in each.items()}
                for key, each in facts.items()
            ],
        )

    def _add(
        self, session: Session, tally: counters.Tally, *, now: datetime, pepper: rules.Pepper, demo: bool
    ) -> None:
        if not self.new:
            return
        secret = pepper(rules.LOOKUP)
        values = []
        for person in self.new:
            values.append(
                self._facts(person)
                | {
                    "kind": person.kind,
                    "signs_as": person.kind,
                    "number": person.number,
                    "number_lookup": rules.lookup(person.number, pepper=lambda _: secret),
                    "demo": demo,
                    "changed_at": now,
                }
            )
            path = self._units[person.unit_code].path
            tally.add_person(
                counters.State(
                    id=0, path=path, signs_as=person.kind, kind=person.kind, status=person.status, returned_at=None
                ),
                1,
            )
        session.execute(insert(PEOPLE), values)
