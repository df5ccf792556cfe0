"""The copy of acknowledged entries on another disk (PAKTA_LOG_COPY).

Rules    Entries are written and synced to the copy before the database commits, under the writer's lock:
         whatever was acknowledged is in the copy, and after a crash between the two the copy holds one
         transaction more than the database.  The next writer puts that surplus into the database, with
         what it says of statuses and keys.  How much was committed is noted beside the copy: a database
         that lacks any of that was brought back from an old backup, and nothing is written
         (LEDGER_BEHIND_COPY) until `replay` has put the entries back.
Format   A group a transaction: lines `INDEX HEX`, then an empty line.  A group without its empty line
         was never acknowledged and is cut off.  A change of a certificate's status and the revocation of
         a person's key are followed by when they were recorded and by their payload, `INDEX HEX SECONDS HEX`,
         a key set by its signed text, so that a restore loses neither what was revoked nor which keys are
         lost.  No other payload: those of enrolments hold the number of a person, these do not.
Note     `NAME.tuntas` beside the copy holds one number, of 20 digits: so many entries are committed.  It is
         written after the commit and not synced; a later group proves the same.  An older number than
         the truth is one that a power failure left, and then the database is whole.  Without the note
         everything in the copy counts as committed.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, and_, case, event, select
from sqlalchemy.orm import Session

from pakta import disk
from pakta.core import ledgerentry
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.ledger import absences, rows
from pakta.ledger.models import Absence, Entry, Payload

ENTRIES, PAYLOADS = cast(Table, Entry.__table__), cast(Table, Payload.__table__)
ABSENCES = cast(Table, Absence.__table__)
APPENDED = "pakta.ledger.appended"
CHUNK = 4096  # rows read at once
TAIL = 4096  # bytes looked at first for the last group

CARRIED = tuple(
    int(kind) for kind in (EntryKind.KEY_REVOKED, EntryKind.SUSPENDED, EntryKind.REVOKED, EntryKind.REINSTATED)
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A kind that is copied as it was signed and published, which says more than its payload.

    texts    selects index and signed text       payload  returns the payload of a signed text
    enter    stores a signed text that came back: its index, the text, when it was recorded
    """

    kind: EntryKind
    texts: Select[int, bytes]
    payload: Callable[[bytes], bytes]
    enter: Callable[[Connection, int, bytes, datetime], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the copy.

    payload  of a kind in `CARRIED` its payload, of a `Signed` kind its signed text; recorded_at: in seconds
    """

    index: int
    entry: bytes
    recorded_at: int = 0
    payload: bytes | None = None

    def __str__(self) -> str:
        plain = f"{self.index} {self.entry.hex()}"
        return plain if self.payload is None else f"{plain} {self.recorded_at} {self.payload.hex()}"


class LogCopy:
    """One copy file; that it has one writer at a time is the writer's lock's doing."""

    def __init__(self, path: Path) -> None:
        """Take the file at `path`; it is made when the first group is written."""
        self.path = path
        self.note_path = path.with_name(f"{path.name}.tuntas")
        self._known = (0, (0, 0))  # size in bytes, and its reach
        self._noted = -1  # the highest number that we have seen in the note

    def acknowledged(self) -> int:
        """Return how many entries were committed for certain; all of them where nobody has noted it."""
        first, end = self.reach()
        noted = self._read_note()
        return end if noted is None else max(first, min(noted, end))

    def note(self, count: int) -> None:
        """Note that so many entries are committed.  Failing is no harm: the note then says less than it could."""
        if count <= self._noted:
            return
        try:
            handle = os.open(self.note_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)  # two of us never lower it
                self._noted = max(count, _number(os.pread(handle, 32, 0)) or 0)
                os.pwrite(handle, b"%020d\n" % self._noted, 0)
            finally:
                os.close(handle)
        except OSError:
            return

    def reach(self) -> tuple[int, int]:
        """Return how many entries stand before the last group, and how many with it."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if size != self._known[0]:
            last = self.last_group()
            self._known = (size, (last[0].index, last[-1].index + 1) if last else (0, 0))
        return self._known[1]

    def write(self, lines: Iterable[Line], *, new_from: int = 0) -> None:
        """Append one group and sync it to the disk.

        new_from  lines of lower indexes stand in the database already; they come before, in groups of CHUNK
        """
        if self._noted < 0:
            self.note(0)
        new = not self.path.exists()
        with self.path.open("ab") as file:
            os.ftruncate(file.fileno(), self._whole())
            for group in _groups(lines, new_from):
                file.write(("".join(f"{line}\n" for line in group) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
        if new:
            disk.sync_folder(self.path.parent)

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

    def _read_note(self) -> int | None:
        try:
            return _number(self.note_path.read_bytes())
        except OSError:
            return None

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


@dataclass(frozen=True, slots=True)
class _Kept:
    copy: LogCopy
    pepper: absences.Pepper
    signed: Signed | None
    settle: Callable[[Session], object] | None


_copies: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()
_written = threading.local()  # `found`: the copy that this thread's commit has just grown, and to how many entries


def keep(
    engine: Engine,
    path: Path,
    *,
    pepper: absences.Pepper,
    signed: Signed | None = None,
    settle: Callable[[Session], object] | None = None,
) -> None:
    """Keep a copy at `path` of everything that is appended through `engine`.

    pepper  marks what comes back      signed  the kind that is copied as it was signed
    settle  gives effect to what a writer has put back from a broken-off commit
    """
    _copies[engine] = _Kept(LogCopy(path), pepper, signed, settle)
    event.listen(engine, "commit", _before_commit)
    event.listen(engine, "rollback", _forget)


def settle(session: Session) -> None:
    """Give effect to what `catch_up` has put back, behind the writer's lock."""
    kept = _copies.get(session.connection().engine)
    if kept is not None and kept.settle is not None:
        kept.settle(session)


def remember(connection: Connection, *, first: int) -> None:
    """Note that this transaction has appended something, `first` its index."""
    if connection.engine in _copies:
        connection.info.setdefault(APPENDED, first)


def catch_up(connection: Connection, *, head: int) -> int:
    """Put what a broken-off commit left in the copy into the database; return the head after that.

    Refuses with LEDGER_BEHIND_COPY where anything is missing that was ever committed.
    """
    kept = _copies.get(connection.engine)
    if kept is None:
        return head
    end = kept.copy.reach()[1]
    if end <= head:
        kept.copy.note(end)
        return head
    check(kept.copy.acknowledged(), head=head)
    return _insert(connection, [each for each in kept.copy.last_group() if each.index >= head])


def acknowledged(connection: Connection) -> int:
    """Return how many entries the copy knows to have been acknowledged; 0 without a copy."""
    kept = _copies.get(connection.engine)
    return 0 if kept is None else kept.copy.acknowledged()


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
    kept, new_from = _copies.get(connection.engine), connection.info.pop(APPENDED, None)
    _written.found = None
    if kept is None or new_from is None:
        return
    # From where the copy ends: one that was begun late begins with all that there is.
    first = kept.copy.reach()[1]
    found = _lines(kept.signed, first)
    if first < new_from:
        found = found.execution_options(yield_per=CHUNK)
    lines = (
        Line(index, entry, 0 if payload is None else int(at.timestamp()), payload)
        for index, entry, at, payload in connection.execute(found)
    )
    kept.copy.write(lines, new_from=new_from)
    _written.found = (kept.copy, kept.copy.reach()[1])


def _lines(signed: Signed | None, first: int) -> Select[int, bytes, datetime, bytes | None]:
    """Return what selects the entries from `first` on, with what the copy holds beside them."""
    kinds, content, texts = CARRIED, cast("ColumnElement[bytes | None]", PAYLOADS.c.payload), None
    if signed is not None:
        texts = signed.texts.subquery()
        kinds = (*kinds, int(signed.kind))
        content = case((PAYLOADS.c.kind == int(signed.kind), list(texts.c)[1]), else_=content)
    wanted = and_(PAYLOADS.c.index == ENTRIES.c.index, PAYLOADS.c.kind.in_(kinds))
    found = select(ENTRIES.c.index, ENTRIES.c.entry, PAYLOADS.c.recorded_at, content)
    found = found.outerjoin_from(ENTRIES, PAYLOADS, wanted)
    if texts is not None:
        found = found.outerjoin(texts, next(iter(texts.c)) == ENTRIES.c.index)
    return found.where(ENTRIES.c.index >= first).order_by(ENTRIES.c.index)


@event.listens_for(Session, "after_commit")
def _after_commit(_session: Session) -> None:
    found: tuple[LogCopy, int] | None = getattr(_written, "found", None)
    if found is not None:
        _written.found = None
        copy, end = found
        copy.note(end)


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
    _written.found = None


def _insert(connection: Connection, lines: Sequence[Line]) -> int:
    kept = _copies.get(connection.engine)
    pepper, signed = (kept.pepper, kept.signed) if kept else (None, None)
    rows.enter(connection, ENTRIES, [{"index": each.index, "entry": each.entry} for each in lines])
    payloads = {each.index: _payload(each, signed) for each in lines}
    absent = [
        absences.row(each.index, "replayed", each.entry, pepper=pepper)
        for each in lines
        if payloads[each.index] is None
    ]
    rows.enter(connection, ABSENCES, absent)
    present = [each for each in lines if payloads[each.index] is not None]
    rows.enter(connection, PAYLOADS, [_payload_row(each, payloads[each.index]) for each in present])
    for each in present:
        if signed is not None and each.payload is not None and each.entry[1] == signed.kind:
            signed.enter(connection, each.index, each.payload, _moment(each))
    return lines[-1].index + 1


def _payload(line: Line, signed: Signed | None) -> bytes | None:
    """Return the payload of an entry that came back; refuses with LEDGER_CHANGED one that is not its own."""
    if line.payload is None or line.entry[1] not in (*CARRIED, signed and signed.kind):
        return None
    is_signed = signed is not None and line.entry[1] == signed.kind
    try:
        payload = signed.payload(line.payload) if signed and is_signed else line.payload
    except Refusal as refusal:
        raise Refusal(Reason.LEDGER_CHANGED, str(line.index)) from refusal
    if ledgerentry.entry(EntryKind(line.entry[1]), payload) != line.entry:
        raise Refusal(Reason.LEDGER_CHANGED, str(line.index))
    return payload


def _payload_row(line: Line, payload: bytes | None) -> dict[str, object]:
    return {"index": line.index, "kind": line.entry[1], "payload": payload, "recorded_at": _moment(line)}


def _moment(line: Line) -> datetime:
    return datetime.fromtimestamp(line.recorded_at, UTC)


def _number(text: bytes) -> int | None:
    return int(text) if text.strip().isdigit() else None
