"""The served witness with one thing planted: `python -m tests.witness.planted WHAT --folder DIR --port N`.

slow               the clock takes a while, so that requests meet in the middle
not-atomic         the same, and head and its successor are not read and written as one
killed-after       kill -9 between the commit and the answer, once
killed-before      kill -9 between the check and the commit, once
clock              the time is what the file `clock` in the folder says
impatient          a silent connection is let go after one second
patient            … after ten minutes
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from pakta.core import merkle
from pakta.witness import folder as folders
from pakta.witness import server
from pakta.witness.store import Logs, Store

MOMENT = 0.02  # seconds


def main(what: str, folder: Path, port: int) -> None:
    """Plant, and serve."""
    clock: Callable[[], int] = server.now
    if what in ("slow", "not-atomic"):
        clock = slow
    if what == "clock":
        clock = lambda: int((folder / "clock").read_text())  # noqa: E731
    if what == "not-atomic":
        Store.writing = not_atomic  # type: ignore[method-assign]
    if what == "believing":
        merkle.verify_consistency = lambda **_: None
    if what.startswith("killed"):
        Store.writing = killed(folder / "was-killed", after=what == "killed-after")  # type: ignore[method-assign]
    server.SILENCE = {"impatient": 1, "patient": 600}.get(what, server.SILENCE)
    server.run(folders.open_folder(folder), port=port, clock=clock)


def slow() -> int:
    """Return the time, after a while."""
    time.sleep(MOMENT)
    return server.now()


@contextmanager
def not_atomic(self: Store) -> Iterator[Logs]:
    """Let each statement be a transaction of its own."""
    with closing(self._connect()) as connection:
        yield Logs(connection)


def killed(mark: Path, *, after: bool) -> Callable[[Store], object]:
    """Return a `writing` that ends the process the first time, right after or right before the commit."""
    real = Store.writing

    @contextmanager
    def writing(self: Store) -> Iterator[Logs]:
        with real(self) as logs:
            yield logs
            if not after:
                end(mark)
        end(mark)

    return writing


def end(mark: Path) -> None:
    """End this process by force, once."""
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def parse(words: Sequence[str]) -> tuple[str, Path, int]:
    """Read the words of the command."""
    what, _folder, folder, _port, port = words
    return what, Path(folder), int(port)


if __name__ == "__main__":
    main(*parse(sys.argv[1:]))
