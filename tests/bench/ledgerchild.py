"""One long act on a stored ledger in a process of its own, so that its memory can be seen.

    python -m tests.bench.ledgerchild check|copy|replay FOLDER URL [COPY]

Prints one JSON line: seconds, MiB before and at the peak, and what was found.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from flask import Flask

from pakta.config import ROOT
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.factory import create_app
from pakta.ledger import check, service
from pakta.web import clock
from tests import make

KIND = EntryKind.SCRIPTS_RELEASED  # the kind that no other table must stand behind


@dataclass(frozen=True, slots=True)
class Done:
    """How one act went: seconds, MiB of memory before it and at its peak, and what it found or did."""

    seconds: float
    before: float
    peak: float
    result: list[str]


def run(act: str, folder: Path, url: str, copy: Path | None = None) -> Done:
    """Do one act in a new process and return how it went."""
    words = [sys.executable, "-m", "tests.bench.ledgerchild", act, str(folder), url, *([str(copy)] if copy else [])]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return Done(**json.loads(done.stdout))


def app_of(folder: Path, url: str, copy: Path | None = None) -> Flask:
    """Return the app over the database at `url`, with the keys in `folder`."""
    return create_app(replace(make.config(url, folder / "keys"), log_copy=copy))


def _check(app: Flask) -> list[str]:
    wired = app.extensions["pakta"]
    session = db.session()
    if db.engine.dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    vkey = service.verifier_key(wired.keyring, wired.config)
    return [str(each) for each in check.check(session, verifier_key=vkey, copy=wired.config.log_copy)]


def _copy(_app: Flask) -> list[str]:
    """Append one entry: the copy, begun late, begins with all that there is."""
    with transaction() as session:
        return [str(service.append(session, kind=KIND, payload=b"salinan", now=clock.now()))]


def _replay(app: Flask) -> list[str]:
    with transaction() as session:
        return [str(service.replay(session, path=app.extensions["pakta"].config.log_copy))]


ACTS: dict[str, Callable[[Flask], list[str]]] = {"check": _check, "copy": _copy, "replay": _replay}


def _memory(name: str) -> float:
    """Return a figure of this process in MiB.  Not getrusage: its peak is also that of who started us."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def _main(act: str, folder: str, url: str, *copy: str) -> None:
    app = app_of(Path(folder), url, Path(copy[0]) if copy else None)
    with app.app_context():
        service.size(db.session())  # connected, as before any act
        db.session.rollback()
        before, begun = _memory("VmRSS"), time.monotonic()
        result = ACTS[act](app)
        print(json.dumps(asdict(Done(time.monotonic() - begun, before, _memory("VmHWM"), result))))
        db.session.remove()
        db.engine.dispose()


if __name__ == "__main__":
    _main(*sys.argv[1:])
