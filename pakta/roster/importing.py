"""Import of people: a whole file or nothing, shown before it is written, and repeatable.

1 the file is read and every row checked     2 rows are compared with the roster
3 only then, and only without any error and outside a dry run, is anything written
People whom the file does not name are listed and stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.core.errors import Refusal
from pakta.roster import counters, planning, rows, rules
from pakta.roster import units as roster_units
from pakta.roster.planning import PEOPLE, Change
from pakta.roster.sheets import RowError

MOST_LINES = 200  # of each list, printed


@dataclass(frozen=True, slots=True)
class Missing:
    """A person of the roster whom the file does not name, though it names their institution."""

    name: str
    unit_code: str


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, or in a dry run would do.

    changes  who is changed, and what      missing  listed only; nobody is ever deleted by an import
    """

    new: int
    changes: tuple[Change, ...]
    same: int
    missing: tuple[Missing, ...]
    errors: tuple[RowError, ...]
    dry_run: bool

    @property
    def changed(self) -> int:
        """Return how many people are changed."""
        return len(self.changes)

    def lines(self, sentence: Callable[[Refusal], str]) -> list[str]:
        """Return the report for a terminal; `sentence` gives the words for a reason."""
        if self.errors:
            return error_lines(self.errors, sentence)
        said = f"{self.new} baru, {self.changed} berubah, {self.same} sama, "
        said += f"{len(self.missing)} tidak ada di berkas."
        note = "Uji coba: tidak ada yang ditulis." if self.dry_run else "Sudah ditulis."
        if not self.dry_run and not self.new and not self.changed:
            note = "Tidak ada yang berubah."
        lost = _first(self.missing, lambda each: f"Tidak ada di berkas: {each.name} ({each.unit_code})")
        return [*_first(self.changes, _change_line), *lost, said, note]


def error_lines(errors: Sequence[RowError], sentence: Callable[[Refusal], str]) -> list[str]:
    """Return for a terminal what is wrong with a file of which nothing was written."""
    return [
        *_first(errors, lambda error: _error_line(error, sentence(error.refusal))),
        f"{len(errors)} kesalahan. Tidak ada yang ditulis.",
    ]


def import_roster(
    session: Session,
    *,
    content: bytes,
    now: datetime,
    pepper: rules.Pepper,
    dry_run: bool,
    demo: bool = False,
) -> Report:
    """Read the CSV or Excel file `content` into the roster; any error in any row, and nothing is written.

    demo  the file holds invented people; they never stand in one database with real ones
    """
    if not dry_run:
        planning.lock(session)
    on = now.astimezone(roster_units.WIB).date()
    units = planning.units_of(session, on=on)
    people, errors = rows.read(content, units=units, on=on)
    standing = planning.beside(session, people)
    errors += [*planning.clashes(people, standing, units), *planning.mixing(session, demo=demo)]
    if errors:
        return _failed(errors, dry_run=dry_run)
    plan = planning.Plan(people=people, standing=standing, units=units)
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


def _failed(errors: Sequence[RowError], *, dry_run: bool) -> Report:
    return Report(new=0, changes=(), same=0, missing=(), errors=tuple(errors), dry_run=dry_run)


def _error_line(error: RowError, words: str) -> str:
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
