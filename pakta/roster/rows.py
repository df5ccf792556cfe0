"""The CSV file of people, read into checked rows: every error with its row, its field and its reason.

Rows are counted as a spreadsheet shows them: the header is row 1.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pakta.core.errors import Reason, Refusal
from pakta.roster import rules

COLUMNS = ("number", "kind", "name", "rank", "position", "unit_code", "status", "email", "phone")
LARGEST_FILE = 24 * 1024 * 1024  # bytes
MOST_ROWS = 100_000
LONGEST_LINE = 4_000  # characters


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What a row needs to know of its unit."""

    id: int
    path: str
    short_name: str
    is_open: bool


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


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong: the row as a spreadsheet counts (0: the whole file), the column, and why."""

    row: int
    field: str
    refusal: Refusal

    @property
    def reason(self) -> Reason:
        """Return the machine-readable reason."""
        return self.refusal.reason


def read(content: bytes, *, units: Mapping[str, UnitFacts], on: date) -> tuple[list[PersonRow], list[RowError]]:
    """Read and check a whole file; the rows are good to use only where there is no error."""
    try:
        records = _records(_text(content))
    except _Unreadable as unreadable:
        return [], [unreadable.error]
    found: list[PersonRow] = []
    errors: list[RowError] = []
    seen: dict[str, int] = {}
    for row, cells in records:
        if isinstance(cells, Refusal):
            errors.append(RowError(row, "", cells))
            continue
        checker = _Checker(row=row, cells=cells, units=units, on=on)
        person = checker.person()
        if person is not None and person.number in seen:
            checker.add("number", Refusal(Reason.NUMBER_TWICE, str(seen[person.number])))
        elif person is not None:
            seen[person.number] = row
            found.append(person)
        errors += checker.errors
    return found, errors


class _Unreadable(Exception):  # carries the one error of a file that cannot be read on
    def __init__(self, reason: Reason, detail: str = "", *, row: int = 0, field: str = "") -> None:
        super().__init__(reason)
        self.error = RowError(row, field, Refusal(reason, detail))


def _text(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise _Unreadable(Reason.ROSTER_TOO_LARGE, f"{LARGEST_FILE // 1024 // 1024} MB")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _Unreadable(Reason.ROSTER_NOT_CSV, "ini buku kerja Excel")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Unreadable(Reason.ROSTER_ENCODING, row=content.count(b"\n", 0, error.start) + 1) from None
    if not text.strip():
        raise _Unreadable(Reason.ROSTER_EMPTY)
    if "\0" in text:
        raise _Unreadable(Reason.ROSTER_NOT_CSV, "memuat byte nol")
    return text


def _records(text: str) -> list[tuple[int, Mapping[str, str] | Refusal]]:
    """Return the rows by their names of columns, or why one has no such names: the others are read all the same."""
    lines = list(_lines(text))
    header, *body = lines
    names = _header(header[1])
    records: list[tuple[int, Mapping[str, str] | Refusal]] = []
    for row, cells in body:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            refusal = Refusal(Reason.ROSTER_ROW_WIDTH, f"{len(cells)} isian, {len(names)} kolom")
            records.append((row, refusal))
        else:
            records.append((row, dict(zip(names, cells, strict=True))))
    if not records:
        raise _Unreadable(Reason.ROSTER_EMPTY)
    if len(records) > MOST_ROWS:
        raise _Unreadable(Reason.ROSTER_TOO_MANY_ROWS, f"{MOST_ROWS:,}".replace(",", "."))
    return records


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    head = text.split("\n", 1)[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    row = 0
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            row += 1
            if sum(map(len, cells)) > LONGEST_LINE:
                raise _Unreadable(Reason.ROSTER_LINE_TOO_LONG, str(LONGEST_LINE), row=row)
            yield row, cells
    except csv.Error as error:
        if "field larger" in str(error):
            raise _Unreadable(Reason.ROSTER_LINE_TOO_LONG, str(LONGEST_LINE), row=row + 1) from None
        detail = f"tanda kutip pada baris {row + 1} tidak ditutup atau salah letak"
        raise _Unreadable(Reason.ROSTER_NOT_CSV, detail, row=row + 1) from None


def _header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    wrong = [name for at, name in enumerate(names) if name not in COLUMNS or name in names[:at]]
    if wrong:
        raise _Unreadable(Reason.ROSTER_COLUMN_UNKNOWN, ", ".join(wrong)[:80] or "tanpa judul", row=1)
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise _Unreadable(Reason.ROSTER_HEADER, ", ".join(missing), row=1)
    return names


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
        if code not in self.units:
            code = code.lower()
        facts = self.units.get(code)
        if facts is None:
            raise Refusal(Reason.UNIT_UNKNOWN, code)
        if not facts.is_open:
            raise Refusal(Reason.UNIT_CLOSED, code)
        return code
