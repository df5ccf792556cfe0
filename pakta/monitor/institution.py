"""An institution's own people: its roster, its receipts for slips, and the enrolment records of the ledger.

Files
    roster      CSV with a column `number` (as for `roster import`), and `name` where there is one
    receipts    CSV with the columns `number` and `purpose` (first or recovery): a line for each slip that was
                handed over against a receipt; other columns are the institution's own
    enrolments  JSON lines, made by `python -m pakta ledger enrolments`: {"v":1,"size":N}, then in the order of
                the ledger {"index":I,"record":BASE64URL} or {"index":I,"absent":"erased"|"replayed"|"missing"}
    erased      one ledger index a line: enrolments whose erasure the institution knows of
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pakta.core import canonical, evidence, ledgerentry
from pakta.core.errors import Refusal
from pakta.core.evidence import Enrolment
from pakta.core.ledgerentry import EntryKind
from pakta.monitor.findings import Finding, Unread, Word

KIND_OF = {"slip": EntryKind.KEY_ENROLLED, "recovery": EntryKind.KEY_RECOVERED}
ENROLMENTS = frozenset(KIND_OF.values())
PURPOSES = ("first", "recovery")
LARGEST = 256 * 1_048_576  # bytes of a list
LONGEST_LINE = 65_536  # bytes of a line of the export
SEPARATORS = re.compile(r"[\s.'’-]")
NUMBER = re.compile(r"[0-9]{4,24}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Lists:
    """What the institution knows by itself; None where a list was not given.

    roster    number to name      receipts  how many slips of a purpose a number was handed
    """

    export: Path
    roster: Mapping[str, str] | None = None
    receipts: Counter[tuple[str, str]] | None = None
    erased: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the export: an enrolment record, or why there is none."""

    index: int
    record: bytes
    absent: str


@dataclass(slots=True)
class Comparison:
    """Takes entry after entry beside the export; names what does not agree.

    newer  enrolments that the ledger has since the export was made      ahead  records that no signed head covers yet
    """

    lists: Lists
    found: Callable[[Finding], None]
    size: int = 0
    newer: int = 0
    ahead: int = 0
    records: int = 0
    _lines: Iterator[Line] = field(init=False)
    _next: Line | None = field(init=False)
    _enrolled: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Open the export."""
        self.size, self._lines = read_export(self.lists.export)
        self._next = next(self._lines, None)

    def take(self, index: int, entry: bytes) -> None:
        """Compare one entry with the line for it, or with there being none."""
        line = self._next
        if line is not None and line.index == index:
            self._next = next(self._lines, None)
            self._judge(line, entry)
        elif len(entry) > 1 and entry[1] in ENROLMENTS:
            if index >= self.size:
                self.newer += 1
            else:
                self._name(check_hidden(index))

    def finish(self) -> None:
        """Count what the export holds beyond the head, and name what the head holds beyond the export."""
        self._name(check_export_size(self.size, self.newer))
        while self._next is not None:
            self.ahead += 1
            self._next = next(self._lines, None)

    def _judge(self, line: Line, entry: bytes) -> None:
        if line.absent:
            self._name(check_erased(line, self.lists.erased))
            return
        self.records += 1
        differing = list(check_record(line, entry))
        self._name(differing)
        if differing:
            return
        enrolled = evidence.parse_enrolment(line.record)
        purpose = PURPOSES[enrolled.way == "recovery"]
        self._enrolled[(enrolled.number, purpose)] += 1
        count = self._enrolled[(enrolled.number, purpose)]
        where = self._who(line, enrolled)
        self._name(check_roster(where, enrolled, self.lists.roster))
        self._name(check_once(where, purpose, count))
        self._name(check_receipt(where, enrolled, purpose, count, self.lists.receipts))

    def _who(self, line: Line, enrolled: Enrolment) -> str:
        name = (self.lists.roster or {}).get(enrolled.number, "")
        return f"{line.index} {enrolled.number} {name}".strip()

    def _name(self, findings: Iterator[Finding] | Sequence[Finding]) -> None:
        for each in findings:
            self.found(each)


def check_record(line: Line, entry: bytes) -> Iterator[Finding]:
    """Check that a record is what the ledger entered at its index."""
    try:
        kind = KIND_OF[evidence.parse_enrolment(line.record).way]
    except (Refusal, KeyError):
        yield Finding(Word.RECORD_DIFFERS, str(line.index))
        return
    if ledgerentry.entry(kind, line.record) != entry:
        yield Finding(Word.RECORD_DIFFERS, str(line.index))


def check_export_size(size: int, newer: int) -> Iterator[Finding]:
    """Check that no enrolment is left out because the export says that it was made before it."""
    if newer:
        yield Finding(Word.EXPORT_TOO_OLD, str(size), str(newer))


def check_hidden(index: int) -> Iterator[Finding]:
    """Name an enrolment that the export leaves out."""
    yield Finding(Word.ENROLMENT_HIDDEN, str(index))


def check_erased(line: Line, erased: frozenset[int]) -> Iterator[Finding]:
    """Name an enrolment that the export calls gone, and of whose erasure the institution knows nothing."""
    if line.index not in erased:
        yield Finding(Word.ENROLMENT_ERASED, str(line.index), line.absent)


def check_roster(where: str, enrolled: Enrolment, roster: Mapping[str, str] | None) -> Iterator[Finding]:
    """Check that the person is one of the institution's."""
    if roster is not None and enrolled.number not in roster:
        yield Finding(Word.PERSON_NOT_IN_ROSTER, where)


def check_once(where: str, purpose: str, count: int) -> Iterator[Finding]:
    """Check that nobody has two first keys."""
    if purpose == "first" and count > 1:
        yield Finding(Word.ENROLLED_TWICE, where)


def check_receipt(
    where: str, enrolled: Enrolment, purpose: str, count: int, receipts: Counter[tuple[str, str]] | None
) -> Iterator[Finding]:
    """Check that a slip was handed over for this very enrolment: a recovery needs a receipt of its own."""
    if receipts is None or count <= receipts[(enrolled.number, purpose)]:
        return
    if purpose == "recovery":
        yield Finding(Word.RECOVERY_WITHOUT_RECEIPT, where)
    elif receipts[(enrolled.number, purpose)] == 0:
        yield Finding(Word.ENROLMENT_WITHOUT_RECEIPT, where)


def read_roster(path: Path) -> dict[str, str]:
    """Return names by number."""
    return {
        _number(path, at, row): " ".join((row.get("name") or "").split())
        for at, row in _rows(path, needed=("number",))
    }


def read_receipts(path: Path) -> Counter[tuple[str, str]]:
    """Return how many slips of each purpose each number was handed."""
    found: Counter[tuple[str, str]] = Counter()
    for at, row in _rows(path, needed=("number", "purpose")):
        purpose = (row["purpose"] or "").strip().lower()
        if purpose not in PURPOSES:
            raise Unread(Word.FILE_UNREADABLE, str(path), f"{at}: purpose")
        found[(_number(path, at, row), purpose)] += 1
    return found


def read_erased(path: Path) -> frozenset[int]:
    """Return the indexes of known erasures."""
    words = read_text(path).split()
    if not all(word.isascii() and word.isdigit() and len(word) < 19 for word in words):
        raise Unread(Word.FILE_UNREADABLE, str(path))
    return frozenset(map(int, words))


def read_export(path: Path) -> tuple[int, Iterator[Line]]:
    """Return how many entries the ledger had when the export was made, and its lines, read one at a time."""
    lines = _json_lines(path)
    at, first = next(lines, (1, {}))
    size = first.get("size")
    if first.get("v") != 1 or type(size) is not int or size < 0:
        raise Unread(Word.FILE_UNREADABLE, str(path), str(at))
    return size, _lines(path, lines, size)


def _lines(path: Path, lines: Iterator[tuple[int, Mapping[str, object]]], size: int) -> Iterator[Line]:
    last = -1
    for at, members in lines:
        line = _line(members)
        if line is None or not last < line.index < size:
            raise Unread(Word.FILE_UNREADABLE, str(path), str(at))
        last = line.index
        yield line


def _line(members: Mapping[str, object]) -> Line | None:
    index, record, absent = members.get("index"), members.get("record", ""), members.get("absent", "")
    if type(index) is not int or not isinstance(record, str) or not isinstance(absent, str):
        return None
    if bool(record) == bool(absent):
        return None
    try:
        return Line(index, canonical.from_base64url(record), absent[:40])
    except ValueError:
        return None


def _json_lines(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    try:
        with path.open("rb") as file:
            at = 0
            while text := file.readline(LONGEST_LINE):
                at += 1
                members = json.loads(text)
                if not isinstance(members, dict):
                    raise ValueError("no object")
                yield at, members
    except OSError as error:
        raise Unread(Word.FILE_UNREADABLE, str(path), error.strerror or "") from error
    except (ValueError, RecursionError) as error:
        raise Unread(Word.FILE_UNREADABLE, str(path), str(at)) from error


def _rows(path: Path, *, needed: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    lines = read_text(path).splitlines()
    head = lines[0] if lines else ""
    reader = csv.DictReader(lines, delimiter=";" if head.count(";") > head.count(",") else ",")
    try:
        reader.fieldnames = [each.strip().lower() for each in reader.fieldnames or ()]
        if not set(needed) <= set(reader.fieldnames):
            raise Unread(Word.FILE_UNREADABLE, str(path), "1: " + ", ".join(needed))
        yield from enumerate(reader, 2)
    except csv.Error as error:
        raise Unread(Word.FILE_UNREADABLE, str(path)) from error


def _number(path: Path, at: int, row: Mapping[str, str]) -> str:
    number = SEPARATORS.sub("", row["number"] or "")
    if not NUMBER.fullmatch(number):
        raise Unread(Word.FILE_UNREADABLE, str(path), f"{at}: number")
    return number


def read_text(path: Path) -> str:
    """Return a small file's text; raises Unread."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise Unread(Word.FILE_UNREADABLE, str(path), str(LARGEST))
        return content.decode("utf-8-sig")
    except OSError as error:
        raise Unread(Word.FILE_UNREADABLE, str(path), error.strerror or "") from error
    except UnicodeDecodeError as error:
        raise Unread(Word.FILE_UNREADABLE, str(path), "UTF-8") from error
