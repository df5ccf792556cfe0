"""The copy of acknowledged entries on another disk (PAKTA_LOG_COPY).

Rules    Entries are written and synced to the copy before the database commits, under the writer's lock:
         whatever was acknowledged is in the copy, and after a crash between the two the copy holds one
         transaction more than the database.  The next writer puts that surplus into the database.
         A copy that is ahead by more means that an old backup was restored: nothing is written
         (LEDGER_BEHIND_COPY) until `replay` has put the entries back.
Format   A group a transaction: lines `INDEX HEX`, then an empty line.  A group without its empty line
         was never acknowledged and is cut off.  A change of a certificate's status is followed by when
         it was recorded and by its payload, `INDEX HEX SECONDS HEX`, so that a restore does not lose what
         was revoked.  No other payload: nothing personal.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Table, and_, event, select

from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.ledger import absences, rows
from pakta.ledger.models import Absence, Entry, Payload

ENTRIES, PAYLOADS = cast(Table, Entry.__table__), cast(Table, Payload.__table__)
ABSENCES = cast(Table, Absence.__table__)
APPENDED = "pakta.ledger.appended"
CHUNK = 4096  # rows read at once
TAIL = 4096  # bytes looked at first for the last group

STATUS_KINDS = tuple(int(kind) for kind in (EntryKind.SUSPENDED, EntryKind.REVOKED, EntryKind.REINSTATED))


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the copy; of a change of status also its payload, and when it was recorded (seconds)."""

    index: int
    entry: bytes
    recorded_at: int = 0
    payload: bytes | None = None

    def __str__(self) -> str:
        plain = f"{self.index} {self.entry.hex()}"
        return plain if self.payload is None else f"{plain} {self.recorded_at} {self.payload.hex()}"


class LogCopy:
    """One copy file; that it has one writer at a time is the writer's lock's doing."""

    def __init__(self, path: Path, *, pepper: absences.Pepper | None = None) -> None:
        """Take the file at `path`; it is made when the first group is written."""
        self.path = path
        self.pepper = pepper
        self._known = (0, (0, 0))  # size in bytes, and its reach

    def reach(self) -> tuple[int, int]:
        """Return how many entries were acknowledged for certain, and how many with the last group."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if size != self._known[0]:
            last = self.last_group()
            self._known = (size, (last[0].index, last[-1].index + 1) if last else (0, 0))
        return self._known[1]

    def write(self, lines: Iterable[Line], *, new_from: int = 0) -> None:
        """Append one group and sync it to the disk.

        new_from  lines of lower indexes stand in the database already; they come before, in groups of CHUNK
        """
        new = not self.path.exists()
        with self.path.open("ab") as file:
            os.ftruncate(file.fileno(), self._whole())
            for group in _groups(lines, new_from):
                file.write(("".join(f"{line}\n" for line in group) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
        if new:
            _sync_folder(self.path.parent)

    def groups(self) -> Iterator[Sequence[Line]]:
        """Yield the whole groups, oldest first; ValueError where the file is not a copy."""
        for texts in self.texts():
            yield [parse(text) for text in texts]

    def texts(self) -> Iterator[Sequence[bytes]]:
        """Yield the lines of the whole groups, oldest first, as they stand in the file."""
        group: list[bytes] = []
        with self.path.open("rb") as file:
            for line in file:
                if line == b"\n":
                    yield group
                    group = []
                elif line.endswith(b"\n"):
                    group.append(line)

    def last_group(self) -> Sequence[Line]:
        """Return the last whole group; empty where there is none."""
        end, window = self._whole(), TAIL
        while end:
            text = self._before(end, window)
            _, mark, lines = text[:-2].rpartition(b"\n\n")
            if mark or len(text) == end:
                return [parse(line) for line in lines.split(b"\n")]
            window *= 2
        return []

    def _whole(self) -> int:
        """Return the size in bytes up to the end of the last whole group."""
        size, window = self.path.stat().st_size, TAIL
        while True:
            text = self._before(size, window)
            at = text.rfind(b"\n\n")
            if at >= 0:
                return size - len(text) + at + 2
            if len(text) == size:
                return 0
            window *= 2

    def _before(self, end: int, window: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(max(0, end - window))
            return file.read(end - file.tell())


_copies: WeakKeyDictionary[Engine, LogCopy] = WeakKeyDictionary()


def keep(engine: Engine, path: Path, *, pepper: absences.Pepper) -> None:
    """Keep a copy at `path` of everything that is appended through `engine`; `pepper` marks what comes back."""
    _copies[engine] = LogCopy(path, pepper=pepper)
    event.listen(engine, "commit", _before_commit)
    event.listen(engine, "rollback", _forget)


def remember(connection: Connection, *, first: int) -> None:
    """Note that this transaction has appended something, `first` its index."""
    if connection.engine in _copies:
        connection.info.setdefault(APPENDED, first)


def catch_up(connection: Connection, *, head: int) -> int:
    """Put what a broken-off commit left in the copy into the database; return the head after that.

    Refuses with LEDGER_BEHIND_COPY where more than one transaction is missing.
    """
    copy = _copies.get(connection.engine)
    if copy is None or copy.reach()[1] <= head:
        return head
    check(copy.reach()[0], head=head)
    # That act was never finished, so that its payload is left out: no row would agree with it.
    return _insert(connection, [Line(each.index, each.entry) for each in copy.last_group() if each.index >= head])


def acknowledged(connection: Connection) -> int:
    """Return how many entries the copy knows to have been acknowledged; 0 without a copy."""
    copy = _copies.get(connection.engine)
    return 0 if copy is None else copy.reach()[0]


def check(acknowledged: int, *, head: int) -> None:
    """Refuse with LEDGER_BEHIND_COPY where the database lacks an entry that was acknowledged."""
    if head < acknowledged:
        raise Refusal(Reason.LEDGER_BEHIND_COPY, str(head))


def replay(connection: Connection, path: Path, *, head: int) -> int:
    """Put every entry that the database has lost back from the copy; return the head after that.

    Run it behind the writer's lock.  Refuses with LEDGER_CHANGED where copy and database differ in
    an entry that both hold, or the copy has a gap; some entries may have been put back then: roll back.
    """
    found = select(ENTRIES.c.index, ENTRIES.c.entry).order_by(ENTRIES.c.index)
    stored = iter(connection.execute(found.execution_options(yield_per=CHUNK)))
    lacking: list[Line] = []
    for at, line in enumerate(line for group in LogCopy(path).groups() for line in group):
        row = next(stored, None)  # once there is none, the reading has ended and writing does not disturb it
        if line.index != at or (row is not None and (line.index, line.entry) != tuple(row)):
            raise Refusal(Reason.LEDGER_CHANGED, str(at))
        if row is None:
            lacking.append(line)
        if len(lacking) == CHUNK:
            head = _insert(connection, lacking)
            lacking.clear()
    return _insert(connection, lacking) if lacking else head


def _before_commit(connection: Connection) -> None:
    copy, new_from = _copies.get(connection.engine), connection.info.pop(APPENDED, None)
    if copy is None or new_from is None:
        return
    # From where the copy ends: one that was begun late begins with all that there is.
    first = copy.reach()[1]
    found = (
        select(ENTRIES.c.index, ENTRIES.c.entry, PAYLOADS.c.recorded_at, PAYLOADS.c.payload)
        .outerjoin(PAYLOADS, and_(PAYLOADS.c.index == ENTRIES.c.index, PAYLOADS.c.kind.in_(STATUS_KINDS)))
        .where(ENTRIES.c.index >= first)
        .order_by(ENTRIES.c.index)
    )
    if first < new_from:
        found = found.execution_options(yield_per=CHUNK)
    lines = (
        Line(index, entry, 0 if payload is None else int(at.timestamp()), payload)
        for index, entry, at, payload in connection.execute(found)
    )
    copy.write(lines, new_from=new_from)


def _groups(lines: Iterable[Line], new_from: int) -> Iterator[Sequence[Line]]:
    """Yield the lines in groups: of CHUNK what is old, and in one what is new."""
    group: list[Line] = []
    for line in lines:
        if group and (line.index == new_from or (line.index < new_from and len(group) == CHUNK)):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def parse(text: bytes) -> Line:
    """Read a line; ValueError where it is none of a copy."""
    words = text.decode("ascii").strip().split(" ")
    if len(words) not in (2, 4):
        raise ValueError("not a line of a copy")
    index, entry = int(words[0]), bytes.fromhex(words[1])
    return Line(index, entry) if len(words) == 2 else Line(index, entry, int(words[2]), bytes.fromhex(words[3]))


def _forget(connection: Connection) -> None:
    connection.info.pop(APPENDED, None)


def _insert(connection: Connection, lines: Sequence[Line]) -> int:
    rows.enter(connection, ENTRIES, [{"index": each.index, "entry": each.entry} for each in lines])
    kept = _copies.get(connection.engine)
    pepper = kept.pepper if kept else None
    absent = [
        absences.row(each.index, "replayed", each.entry, pepper=pepper) for each in lines if each.payload is None
    ]
    rows.enter(connection, ABSENCES, absent)
    rows.enter(connection, PAYLOADS, [_payload_row(each) for each in lines if each.payload is not None])
    return lines[-1].index + 1


def _payload_row(line: Line) -> dict[str, object]:
    at = datetime.fromtimestamp(line.recorded_at, UTC)
    return {"index": line.index, "kind": line.entry[1], "payload": line.payload, "recorded_at": at}


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
