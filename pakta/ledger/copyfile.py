"""The file of a copy of the ledger: its groups, and the note beside it.

Format   A group a transaction: lines `INDEX HEX`, then an empty line.  A group without its empty line
         was never acknowledged and is cut off.  A change of a certificate's status and the revocation of
         a person's key are followed by when they were recorded and by their payload, `INDEX HEX SECONDS HEX`,
         a key set by its signed text, so that a restore loses neither what was revoked nor which keys are
         lost.  No other payload: those of enrolments hold the number of a person, these do not.
Note     `NAME.tuntas` beside the copy holds one number, of 20 digits: so many entries are committed.  It is
         written after the commit and not synced; a later group proves the same.  An older number than
         the truth is one that a power failure left, and then the database is whole.  Without the note
         everything in the copy counts as committed.
Gone     A copy that held entries and is not there any more is not begun anew: FileNotFoundError, from whoever
         has read it, and wherever its note still counts entries.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pakta import disk

CHUNK = 4096  # rows read at once
TAIL = 4096  # bytes looked at first for the last group


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the copy.

    payload  of a kind in `copy.CARRIED` its payload, of a `Signed` kind its signed text; recorded_at: in seconds
    """

    index: int
    entry: bytes
    recorded_at: int = 0
    payload: bytes | None = None

    def __str__(self) -> str:
        plain = f"{self.index} {self.entry.hex()}"
        return plain if self.payload is None else f"{plain} {self.recorded_at} {self.payload.hex()}"


@dataclass(frozen=True, slots=True)
class Written:
    """What was just written: from where the file changed, whether its last group goes on there, and where it ends."""

    copy: LogCopy
    begins: int
    goes_on: bool
    ends: int | None = None  # None: it was broken off

    def take_back(self) -> None:
        """Leave the file as it was, as well as the disk lets us: nobody was told of what is taken back."""
        with suppress(OSError), self.copy.path.open("r+b") as file:
            if self.ends not in (None, os.fstat(file.fileno()).st_size):
                return  # somebody has written since
            os.ftruncate(file.fileno(), self.begins)
            if self.goes_on:
                file.seek(0, os.SEEK_END)
                file.write(b"\n")


class LogCopy:
    """One copy file; that it has one writer at a time is the writer's lock's doing."""

    def __init__(self, path: Path) -> None:
        """Take the file at `path`; it is made when the first group is written."""
        self.path = path
        self.note_path = path.with_name(f"{path.name}.tuntas")
        self._known = ((-1, 0), (0, 0))  # size in bytes and time of the last change, and the reach then
        self._noted = -1  # the highest number that we have seen in the note
        self._trusted = (-1, -1)  # the file that was found to be of the database's history

    def acknowledged(self) -> int:
        """Return how many entries were committed for certain; all of them where nobody has noted it.

        ValueError where the file has lost what its note counts.
        """
        noted = self._read_note()  # before the file, which somebody may lengthen meanwhile
        first, end = self.reach()
        if noted is not None and noted > end:
            raise ValueError("shorter than its note says")
        return end if noted is None else max(first, noted)

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

    def is_trusted(self) -> bool:
        """Say whether the file that is here now was found to be of the same history as the database."""
        found = self.path.stat()
        return (found.st_dev, found.st_ino) == self._trusted

    def trust(self) -> None:
        """Note that the file that is here now was found to be of that history."""
        found = self.path.stat()
        self._trusted = (found.st_dev, found.st_ino)

    def forget(self) -> None:
        """Take the note of a lost copy away, so that another one is begun."""
        self.note_path.unlink(missing_ok=True)

    def reach(self) -> tuple[int, int]:
        """Return how many entries stand before the last group, and how many with it."""
        if self._is_new():
            return 0, 0
        found = self.path.stat()
        if (found.st_size, found.st_mtime_ns) != self._known[0]:
            last = self.last_group()
            reach = (last[0].index, last[-1].index + 1) if last else (0, 0)
            self._known = ((found.st_size, found.st_mtime_ns), reach)
        return self._known[1]

    def write(self, lines: Iterable[Line], *, new_from: int = 0, goes_on: bool = False) -> Written:
        """Append one group and sync it to the disk; all is as it was where that fails.

        new_from  lines of lower indexes stand in the database already; they come before, in groups of CHUNK
        goes_on   the last group was never committed, and is to be with these lines: they join it
        """
        if self._noted < 0:
            self.note(0)
        new = self._is_new()
        whole = 0 if new else self._whole()
        goes_on = goes_on and whole > 0
        written = Written(self, whole - 1 if goes_on else whole, goes_on)  # less the empty line that ends the group
        try:
            with self.path.open("ab") as file:
                os.ftruncate(file.fileno(), written.begins)
                for group in _groups(lines, new_from):
                    file.write(("".join(f"{line}\n" for line in group) + "\n").encode())
                file.flush()
                os.fsync(file.fileno())
                ends = file.tell()
            if new:
                disk.sync_folder(self.path.parent)
        except BaseException:
            written.take_back()
            raise
        return replace(written, ends=ends)

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

    def _is_new(self) -> bool:
        """Say whether there is no file yet; FileNotFoundError where there was one, with entries."""
        if self.path.exists():
            return False
        if self._known[1][1] or self._read_note():
            raise FileNotFoundError(errno.ENOENT, "the copy is gone", str(self.path))
        return True

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


def _number(text: bytes) -> int | None:
    return int(text) if text.strip().isdigit() else None
