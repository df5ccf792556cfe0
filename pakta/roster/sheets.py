"""A file of people as lines of text, from CSV or from an Excel workbook; what its cells mean is said elsewhere.

Rows are counted as a spreadsheet shows them: the header is row 1.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pakta.core.errors import Reason, Refusal
from pakta.roster import workbook

LARGEST_FILE = 24 * 1024 * 1024  # bytes
MOST_ROWS = 100_000
LONGEST_LINE = 4_000  # characters
NUMBER = re.compile(r"'?[0-9]{8,}")  # of a person; no title is one


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


@dataclass(frozen=True, slots=True)
class Sheet:
    """The titles of the columns, without empty ones at the end, and the lines with their rows; no line is blank."""

    header: tuple[str, ...]
    lines: tuple[tuple[int, tuple[str, ...]], ...]


class UnreadableError(Exception):
    """A file that cannot be read on; it carries the one error."""

    def __init__(self, reason: Reason, detail: str = "", *, row: int = 0) -> None:
        """Keep what is wrong."""
        super().__init__(reason)
        self.error = RowError(row, "", Refusal(reason, detail))


def read(content: bytes) -> Sheet:
    """Read a file.  Raises UnreadableError."""
    if len(content) > LARGEST_FILE:
        raise UnreadableError(Reason.ROSTER_TOO_LARGE, f"{LARGEST_FILE // 1024 // 1024} MB")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableError(Reason.ROSTER_NOT_CSV, "ini buku kerja Excel lama (.xls) atau yang bersandi")
    if content.startswith(b"%PDF"):
        raise UnreadableError(Reason.ROSTER_NOT_CSV, "ini PDF")
    if not content.startswith(b"PK\x03\x04"):
        return _sheet(_csv_lines(_text(content)))
    try:
        found = workbook.read(content, most_rows=MOST_ROWS)
    except Refusal as refusal:
        raise UnreadableError(refusal.reason, refusal.detail) from refusal
    return _sheet(_bounded(enumerate(found, 1)))


def _sheet(lines: Iterable[tuple[int, Sequence[str]]]) -> Sheet:
    filled = ((row, cells) for row, cells in lines if any(cell.strip() for cell in cells))
    titles = list(next(filled, (0, ()))[1])
    while titles and not titles[-1].strip():
        titles.pop()
    found = tuple((row, _cut(cells, len(titles))) for row, cells in filled)
    if any(NUMBER.fullmatch(title.replace(" ", "")) for title in titles):
        raise UnreadableError(Reason.ROSTER_NO_TITLES, row=1)
    if not titles or not found:
        raise UnreadableError(Reason.ROSTER_EMPTY)
    if len(found) > MOST_ROWS:
        raise UnreadableError(Reason.ROSTER_TOO_MANY_ROWS, f"{MOST_ROWS:,}".replace(",", "."))
    return Sheet(tuple(title.strip()[:80] for title in titles), found)


def _cut(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """Return a line without the blank cells that stand behind the last column."""
    return tuple(cells) if any(cell.strip() for cell in cells[width:]) else tuple(cells[:width])


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(Reason.ROSTER_ENCODING, row=content.count(b"\n", 0, error.start) + 1) from None
    if not text.strip():
        raise UnreadableError(Reason.ROSTER_EMPTY)
    if "\0" in text:
        raise UnreadableError(Reason.ROSTER_NOT_CSV, "memuat byte nol")
    return text


def _csv_lines(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    row = 0
    try:
        for row, cells in _bounded(
            enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1)
        ):
            yield row, cells
    except csv.Error as error:
        if "field larger" in str(error):
            raise UnreadableError(Reason.ROSTER_LINE_TOO_LONG, str(LONGEST_LINE), row=row + 1) from None
        detail = f"tanda kutip pada baris {row + 1} tidak ditutup atau salah letak"
        raise UnreadableError(Reason.ROSTER_NOT_CSV, detail, row=row + 1) from None


def _bounded(lines: Iterable[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, Sequence[str]]]:
    for row, cells in lines:
        if sum(map(len, cells)) > LONGEST_LINE:
            raise UnreadableError(Reason.ROSTER_LINE_TOO_LONG, str(LONGEST_LINE), row=row)
        yield row, cells
