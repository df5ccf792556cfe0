"""The copy of acknowledged entries on another disk (PAKTA_LOG_COPY).

Rules    Entries are written and synced to the copy before the database commits, under the writer's lock:
         whatever was acknowledged is in the copy, and after a crash between the two the copy holds one
         transaction more than the database.  The next writer puts that surplus into the database, with
         what it says of statuses and keys.  How much was committed is noted beside the copy: a database
         that lacks any of that was brought back from an old backup, and nothing is written
         (LEDGER_BEHIND_COPY) until `replay` has put the entries back.
         A group whose commit fails for certain is taken back.  Where that cannot be (a crash, a lost connection) the
         next writer's entries join it: what was never committed never stands before the last group.
         A copy whose last group says otherwise than the database is of another history: a restore without it lost
        its tail, and others were entered in that place.  Nothing is written (COPY_DIFFERS).
        A copy that cannot be read, or that is gone, lets nothing be written (COPY_UNREADABLE): another one is
         begun only by a process that has seen none, where no note speaks of one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, and_, case, event, select
from sqlalchemy.orm import Session

from pakta.core import ledgerentry
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.database import storage_refusal
from pakta.ledger import absences, rows
from pakta.ledger.copyfile import CHUNK, Line, LogCopy, Written
from pakta.ledger.models import Absence, Entry, Payload

ENTRIES, PAYLOADS = cast(Table, Entry.__table__), cast(Table, Payload.__table__)
ABSENCES = cast(Table, Absence.__table__)
APPENDED, PUT_BACK = "pakta.ledger.appended", "pakta.ledger.put-back"

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
class _Kept:
    copy: LogCopy
    pepper: absences.Pepper
    signed: Signed | None
    settle: Callable[[Session], object] | None


_copies: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()
_written = threading.local()  # `found`: what this thread's commit has just written to a copy


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
    event.listen(engine, "begin", _begin)
    event.listen(engine, "commit", _before_commit)


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

    Refuses with LEDGER_BEHIND_COPY where anything is missing that was ever committed, with COPY_DIFFERS, and with
    COPY_UNREADABLE.
    """
    kept = _copies.get(connection.engine)
    if kept is None:
        return head
    with _readable(kept.copy):
        sure, end = kept.copy.acknowledged(), kept.copy.reach()[1]
        _check_same(connection, kept.copy)
        if end <= head:
            kept.copy.note(end)
            return head
        check(sure, head=head)
        surplus = [each for each in kept.copy.last_group() if each.index >= head]
    connection.info[PUT_BACK] = True
    return _insert(connection, surplus)


def acknowledged(connection: Connection) -> int:
    """Return how many entries the copy knows to have been acknowledged; 0 without a copy.

    Refuses with COPY_DIFFERS and COPY_UNREADABLE.
    """
    kept = _copies.get(connection.engine)
    if kept is None:
        return 0
    with _readable(kept.copy):
        _check_same(connection, kept.copy)
        return kept.copy.acknowledged()


def _check_same(connection: Connection, copy: LogCopy) -> None:
    """Refuse with COPY_DIFFERS where the copy's last group says otherwise than the database; asked once a file."""
    if not copy.reach()[1] or copy.is_trusted():
        return
    held = {each.index: each.entry for each in copy.last_group()}
    found = select(ENTRIES.c.index, ENTRIES.c.entry).where(ENTRIES.c.index.between(min(held), max(held)))
    rows = connection.execute(found).all()
    for index, entry in rows:
        if held[index] != entry:
            raise Refusal(Reason.COPY_DIFFERS, str(index))
    if rows:
        copy.trust()


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


@contextmanager
def _readable(copy: LogCopy) -> Iterator[None]:
    """Refuse with COPY_UNREADABLE where the file is no copy, or is out of reach."""
    try:
        yield
    except (OSError, ValueError) as error:
        if storage_refusal(error) is not None:
            raise  # the disk itself: it is full, or it fails
        raise Refusal(Reason.COPY_UNREADABLE, copy.path.name) from error


def _before_commit(connection: Connection) -> None:
    kept, new_from = _copies.get(connection.engine), connection.info.pop(APPENDED, None)
    goes_on = bool(connection.info.pop(PUT_BACK, False))
    if kept is None or new_from is None:
        return
    # From where the copy ends: one that was begun late begins with all that there is.
    with _readable(kept.copy):
        first = kept.copy.reach()[1]
    found = _lines(kept.signed, first)
    if first < new_from:
        found = found.execution_options(yield_per=CHUNK)
    lines = (
        Line(index, entry, 0 if payload is None else int(at.timestamp()), payload)
        for index, entry, at, payload in connection.execute(found)
    )
    with _readable(kept.copy):
        _written.found = kept.copy.write(lines, new_from=new_from, goes_on=goes_on)


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
    found = _just_written()
    if found is not None:
        with suppress(OSError, ValueError):  # all is committed: whatever became of the copy, the next writer says it
            found.copy.note(found.copy.reach()[1])


def _begin(connection: Connection) -> None:
    """Forget the transaction before this one, however it ended."""
    connection.info.pop(APPENDED, None)
    connection.info.pop(PUT_BACK, None)
    _written.found = None


def _just_written() -> Written | None:
    """Return what this thread's commit has written, once."""
    found: Written | None = getattr(_written, "found", None)
    _written.found = None
    return found


@event.listens_for(Session, "after_rollback")
def _take_back(session: Session) -> None:
    """Take back what was written for a commit that has failed, where it has for certain: on SQLite.

    A commit to PostgreSQL may have been done though its answer was lost, and others may write by now.
    """
    found = _just_written()
    if found is not None and session.get_bind().dialect.name == "sqlite":
        found.take_back()


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
