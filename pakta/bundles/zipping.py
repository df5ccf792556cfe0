"""A zip that is written to where nobody can go back, piece by piece.

Files are stored as they are: a PDF is compressed already.  Each stands behind a header that tells its size and
checksum, not before a descriptor: readers that do not seek could not tell where a stored file ends.
Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 and 4.4.4.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

FILE_MODE = 0o100644 << 16


class Stream:
    """A zip whose bytes are taken away as they come; what is held is one file at most, and the directory."""

    def __init__(self) -> None:
        """Begin an empty zip."""
        self._window = _Window()
        self._zip = zipfile.ZipFile(self._window, "w", zipfile.ZIP_STORED)

    def add(self, name: str, content: bytes, *, at: datetime) -> bytes:
        """Add a file; return the bytes that are ready.  `at` is the local time that the zip shows."""
        info = zipfile.ZipInfo(name, at.timetuple()[:6])
        info.external_attr = FILE_MODE
        self._zip.writestr(info, content)
        return self._window.take()

    def close(self) -> bytes:
        """Return the end of the zip."""
        self._zip.close()
        return self._window.take()


class _Window(io.RawIOBase):
    """A file of which only what was written since the last `take` can be reached: there ZipFile goes back."""

    def __init__(self) -> None:
        super().__init__()
        self._gone, self._held = 0, io.BytesIO()

    def take(self) -> bytes:
        """Return what was written, and reach it no more."""
        taken = self._held.getvalue()
        self._gone, self._held = self._gone + len(taken), io.BytesIO()
        return taken

    def writable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes, within the window."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Write at the present place."""
        return self._held.write(data)

    def tell(self) -> int:
        """Return the place in the whole zip."""
        return self._gone + self._held.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place of the whole zip that is still within reach."""
        if whence != io.SEEK_SET or offset < self._gone:
            raise io.UnsupportedOperation("that part of the zip has been sent")
        return self._gone + self._held.seek(offset - self._gone)
