"""Import of people: a whole file or nothing, shown before it is written, and repeatable.

1 the file is read and every row checked     2 rows are compared with the roster
3 only then, and only without any error and outside a dry run, is anything written
People whom the file does not name are listed and stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from pakta.core.errors import Reason, Refusal
from pakta.roster import counters, rows, rules, service
from pakta.roster import units as roster_units
from pakta.roster.models import Person, Unit

PEOPLE = cast(Table, Person.__table__)
FIELDS = ("unit_id", "name", "rank", "position", "status", "email", "phone")
MOST_LINES = 200  # of each list, printed


@dataclass(frozen=True, slots=True)
class Missing:
    """A person of the roster whom the file does not name, though it names their institution."""

    name: str
    unit_code: str


@dataclass(frozen=True, slots=True)
class Change:
    """A person whom the file changes; `fields` are columns of the file with the old and the new value."""

    row: int
    name: str
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, or in a dry run would do.

    changes  who is changed, and what      missing  listed only; nobody is ever deleted by an import
    """

    new: int
    changes: tuple[Change, ...]
    same: int
    missing: tuple[Missing, ...]
    errors: tuple[rows.RowError, ...]
    dry_run: bool

    @property
    def changed(self) -> int:
        """Return how many people are changed."""
        return len(self.changes)

    def lines(self, sentence: Callable[[Refusal], str]) -> list[str]:
        """Return the report for a terminal; `sentence` gives the words for a reason."""
        if self.errors:
            return [
                *_first(self.errors, lambda error: _error_line(error, sentence(error.refusal))),
                f"{len(self.errors)} kesalahan. Tidak ada yang ditulis.",
            ]
        said = f"{self.new} baru, {self.changed} berubah, {self.same} sama, "
        said += f"{len(self.missing)} tidak ada di berkas."
        note = "Uji coba: tidak ada yang ditulis." if self.dry_run else "Sudah ditulis."
        if not self.dry_run and not self.new and not self.changed:
            note = "Tidak ada yang berubah."
        lost = _first(self.missing, lambda each: f"Tidak ada di berkas: {each.name} ({each.unit_code})")
        return [*_first(self.changes, _change_line), *lost, said, note]


def import_roster(
    session: Session,
    *,
    content: bytes,
    now: datetime,
    pepper: rules.Pepper,
    dry_run: bool,
    demo: bool = False,
) -> Report:
    """Read the CSV file `content` into the roster; any error in any row, and nothing is written.

    demo  the file holds invented people; they never stand in one database with real ones
    """
    if not dry_run:
        _lock(session)
    on = now.astimezone(roster_units.WIB).date()
    units = _units(session, on=on)
    people, errors = rows.read(content, units=units, on=on)
    known = _known(session, [person.number for person in people])
    errors += [*_of_other_kind(people, known), *_mixing(session, demo=demo)]
    if errors:
        return _failed(errors, dry_run=dry_run)
    plan = _Plan(people=people, known=known, units=units)
    if not dry_run:
        plan.write(session, now=now, pepper=pepper, demo=demo)
    return Report(
        new=len(plan.new),
        changes=plan.changes(),
        same=plan.same,
        missing=_missing(session, people, units),
        errors=(),
        dry_run=dry_run,
    )


def _units(session: Session, *, on: date) -> dict[str, rows.UnitFacts]:
    found = session.execute(select(Unit)).scalars().all()
    valid = {unit.id for unit in found if roster_units.valid(unit, on=on)}
    return {
        unit.code: rows.UnitFacts(
            id=unit.id,
            path=unit.path,
            short_name=unit.short_name,
            is_open=valid.issuperset(counters.lineage(unit.path)),
        )
        for unit in found
    }


class _Plan:
    """The rows of a file beside the roster: who is new, who changed, who is the same."""

    def __init__(
        self,
        *,
        people: Sequence[rows.PersonRow],
        known: Mapping[str, Mapping[str, Any]],
        units: Mapping[str, rows.UnitFacts],
    ) -> None:
        self.units = units
        self.new = [person for person in people if person.number not in known]
        self.changed: dict[int, rows.PersonRow] = {}
        self.known = known
        for person in people:
            row = known.get(person.number)
            if row is not None and self._facts(person) != {field: row[field] for field in FIELDS}:
                self.changed[row["id"]] = person
        self.same = len(people) - len(self.new) - len(self.changed)

    def changes(self) -> tuple[Change, ...]:
        """Return who is changed and what, in the words of the file."""
        codes = {facts.id: code for code, facts in self.units.items()}
        return tuple(self._change_of(person, codes) for person in self.changed.values())

    def write(self, session: Session, *, now: datetime, pepper: rules.Pepper, demo: bool) -> None:
        """Write the new and the changed rows, and move the counters once for all."""
        session.flush()
        tally = counters.Tally()
        self._change(session, tally, now=now)
        self._add(session, tally, now=now, pepper=pepper, demo=demo)
        tally.write(session, now=now)
        session.expire_all()

    def _facts(self, person: rows.PersonRow) -> dict[str, Any]:
        facts: dict[str, Any] = {field: getattr(person, field) for field in FIELDS if field != "unit_id"}
        return {"unit_id": self.units[person.unit_code].id, **facts}

    def _change_of(self, person: rows.PersonRow, codes: Mapping[int, str]) -> Change:
        old, new = self.known[person.number], self._facts(person)
        fields = [
            ("unit_code", codes[old[field]], person.unit_code)
            if field == "unit_id"
            else (field, str(old[field]), str(new[field]))
            for field in FIELDS
            if old[field] != new[field]
        ]
        return Change(person.row, str(old["name"]), tuple(fields))

    def _change(self, session: Session, tally: counters.Tally, *, now: datetime) -> None:
        if not self.changed:
            return
        before = counters.locked_states(session, list(self.changed))
        signed = counters.marks(session, list(self.changed))
        returned: dict[int, datetime | None] = {}
        for old in before:
            person = self.changed[old.id]
            returned[old.id] = rules.returned_at(old=old.status, new=person.status, before=old.returned_at, now=now)
            new = counters.State(
                id=old.id,
                path=self.units[person.unit_code].path,
                signs_as=old.signs_as,
                kind=old.kind,
                status=person.status,
                returned_at=returned[old.id],
            )
            for state, sign in ((old, -1), (new, 1)):
                tally.add_person(state, sign)
                tally.add_signed(state, signed.get(old.id, ()), sign)
        session.execute(
            update(PEOPLE)
            .where(PEOPLE.c.id == bindparam("b_id"))
            .values({field: bindparam(f"b_{field}") for field in (*FIELDS, "changed_at", "returned_at")}),
            [
                {"b_id": key, "b_changed_at": now, "b_returned_at": returned[key]}
                | {f"b_{field}": value for field, value in self._facts(person).items()}
                for key, person in self.changed.items()
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
            path = self.units[person.unit_code].path
            tally.add_person(
                counters.State(
                    id=0, path=path, signs_as=person.kind, kind=person.kind, status=person.status, returned_at=None
                ),
                1,
            )
        session.execute(insert(PEOPLE), values)


def _mixing(session: Session, *, demo: bool) -> list[rows.RowError]:
    if demo and service.has_real_people(session):
        return [rows.RowError(0, "", Refusal(Reason.ROSTER_REAL_PEOPLE))]
    if not demo and service.has_demo_people(session):
        return [rows.RowError(0, "", Refusal(Reason.ROSTER_DEMO_PEOPLE))]
    return []


def _lock(session: Session) -> None:
    """Let one import run at a time; people may be read and sign meanwhile."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE people IN SHARE ROW EXCLUSIVE MODE"))


def _known(session: Session, numbers: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    columns = [PEOPLE.c.id, PEOPLE.c.number, PEOPLE.c.kind, *(PEOPLE.c[field] for field in FIELDS)]
    found: dict[str, Mapping[str, Any]] = {}
    for at in range(0, len(numbers), 5000):
        part = select(*columns).where(PEOPLE.c.number.in_(numbers[at : at + 5000]))
        found |= {str(row["number"]): row for row in map(dict, session.execute(part).mappings())}
    return found


def _of_other_kind(people: Iterable[rows.PersonRow], known: Mapping[str, Mapping[str, Any]]) -> list[rows.RowError]:
    return [
        rows.RowError(person.row, "kind", Refusal(Reason.NUMBER_OF_OTHER_KIND, str(known[person.number]["kind"])))
        for person in people
        if person.number in known and known[person.number]["kind"] != person.kind
    ]


def _missing(
    session: Session, people: Sequence[rows.PersonRow], units: Mapping[str, rows.UnitFacts]
) -> tuple[Missing, ...]:
    named = {person.number for person in people}
    touched = {counters.lineage(units[person.unit_code].path)[0] for person in people}
    codes = {facts.id: code for code, facts in units.items() if counters.lineage(facts.path)[0] in touched}
    query = select(PEOPLE.c.number, PEOPLE.c.name, PEOPLE.c.unit_id).order_by(PEOPLE.c.unit_id, PEOPLE.c.name)
    return tuple(
        Missing(name=name, unit_code=codes[unit_id])
        for number, name, unit_id in session.execute(query)
        if unit_id in codes and number not in named
    )


def _failed(errors: Sequence[rows.RowError], *, dry_run: bool) -> Report:
    return Report(new=0, changes=(), same=0, missing=(), errors=tuple(errors), dry_run=dry_run)


def _error_line(error: rows.RowError, words: str) -> str:
    where = f"Baris {error.row}" if error.row else "Berkas"
    field = f", kolom {error.field}" if error.field else ""
    return f"{where}{field}: {words} [{error.reason.value}]"


def _change_line(change: Change) -> str:
    told = "; ".join(f"{field} “{old}” menjadi “{new}”" for field, old, new in change.fields)
    return f"Baris {change.row}, {change.name}: {told}"


def _first(items: Sequence[Any], line: Callable[[Any], str]) -> list[str]:
    lines = [line(item) for item in items[:MOST_LINES]]
    if len(items) > MOST_LINES:
        lines.append(f"… dan {len(items) - MOST_LINES} lagi")
    return lines
