"""Lines of a file of people, checked: every error with its row, its column and its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pakta.core.errors import Reason, Refusal
from pakta.roster import columns, rules, sheets
from pakta.roster.sheets import RowError


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What a row needs to know of its unit."""

    id: int
    path: str
    short_name: str
    is_open: bool
    ends: bool = False  # with the day: who stands there may, nobody comes


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One checked row of the file."""

    row: int
    number: str
    kind: str
    name: str
    rank: str
    position: str
    unit_code: str
    status: str
    email: str
    phone: str


class Checking:
    """Checks the lines of one file, one after the other."""

    def __init__(
        self,
        *,
        mapped: columns.Mapped,
        width: int,
        units: Mapping[str, UnitFacts],
        on: date,
        once: bool = True,
    ) -> None:
        """Begin.

        mapped, width  which column is which, and how many the file has
        once           remember all numbers, and refuse one that stands twice
        """
        self._mapped, self._width, self._units, self._on = mapped, width, units, on
        self._seen: dict[str, int] = {}
        self._once = once

    def line(self, row: int, cells: Sequence[str]) -> tuple[PersonRow | None, list[RowError]]:
        """Return the person of a line, or all that is wrong with it."""
        if len(cells) != self._width:
            refusal = Refusal(Reason.ROSTER_ROW_WIDTH, f"{len(cells)} isian, {self._width} kolom")
            return None, [RowError(row, "", refusal)]
        named = {name: cells[self._mapped[name]] if name in self._mapped else "" for name in columns.COLUMNS}
        checker = _Checker(row=row, cells=named, units=self._units, on=self._on)
        person = checker.person()
        if person is not None and person.number in self._seen:
            checker.add("number", Refusal(Reason.NUMBER_TWICE, str(self._seen[person.number])))
        elif person is not None:
            if self._once:
                self._seen[person.number] = row
            return person, []
        return None, checker.errors

    def all(self, lines: Iterable[tuple[int, Sequence[str]]]) -> tuple[list[PersonRow], list[RowError]]:
        """Return the people of these lines, and all that is wrong with the others."""
        found: list[PersonRow] = []
        errors: list[RowError] = []
        for row, cells in lines:
            person, wrong = self.line(row, cells)
            errors += wrong
            if person is not None:
                found.append(person)
        return found, errors


def read(content: bytes, *, units: Mapping[str, UnitFacts], on: date) -> tuple[list[PersonRow], list[RowError]]:
    """Read and check a whole file that has our columns; the rows are good to use only where there is no error."""
    try:
        sheet = sheets.read(content)
        mapped = columns.whole(sheet.header)
    except sheets.UnreadableError as unreadable:
        return [], [unreadable.error]
    except Refusal as refusal:
        return [], [RowError(1, "", refusal)]
    return Checking(mapped=mapped, width=len(sheet.header), units=units, on=on).all(sheet.lines)


class _Checker:
    """Checks one row, field by field, and gathers what is wrong with it."""

    def __init__(self, *, row: int, cells: Mapping[str, str], units: Mapping[str, UnitFacts], on: date) -> None:
        self.row, self.cells, self.units, self.on = row, cells, units, on
        self.errors: list[RowError] = []

    def add(self, field: str, refusal: Refusal) -> None:
        """Note what is wrong with a field."""
        self.errors.append(RowError(self.row, field, refusal))

    def person(self) -> PersonRow | None:
        """Return the checked row, or None where something is wrong."""
        kind = self._field("kind", rules.parse_kind)
        unit = self._field("unit_code", self._unit)
        short_name = self.units[unit].short_name if unit in self.units else ""
        number = ""
        if kind:
            number = self._field("number", lambda text: rules.parse_number(text, kind=kind, on=self.on))
        name = self._field("name", lambda text: rules.parse_name(text, unit_short_name=short_name))
        made = PersonRow(
            row=self.row,
            number=number,
            kind=kind,
            name=name,
            rank=self._field("rank", lambda text: rules.tidy(text, limit=80)),
            position=self._field("position", lambda text: rules.tidy(text, limit=160)),
            unit_code=unit,
            status=self._field("status", rules.parse_status),
            email=self._field("email", rules.parse_email),
            phone=self._field("phone", rules.parse_phone),
        )
        return None if self.errors else made

    def _field(self, field: str, parse: Callable[[str], str]) -> str:
        try:
            return parse(self.cells[field])
        except Refusal as refusal:
            self.add(field, refusal)
            return ""

    def _unit(self, text: str) -> str:
        code = rules.tidy(text, limit=40)
        if not code:
            raise Refusal(Reason.UNIT_MISSING)
        if code not in self.units:
            code = code.lower()
        facts = self.units.get(code)
        if facts is None:
            raise Refusal(Reason.UNIT_UNKNOWN, code)
        if not facts.is_open:
            raise Refusal(Reason.UNIT_CLOSED, code)
        return code
