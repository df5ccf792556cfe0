"""(f) Another history under the same key, and where it is shown: witnesses, a monitor, phones."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.serving import make_server

from pakta.core import tiles
from pakta.database import db
from pakta.ledger import enrolments, gate, heads, storedtiles
from pakta.ledger.models import Checkpoint
from pakta.monitor import service
from pakta.monitor.service import Report, Wishes
from pakta.monitor.site import Site
from tests import make
from tests.theft import readers
from tests.theft.booty import Thief
from tests.theft.ways import _another


class Stage:
    """Whatever is served at the city's address: the honest app, or the thief's."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, environ: Any, start: Any) -> Iterable[bytes]:
        """Answer as the one on stage does."""
        return self.app(environ, start)


@contextmanager
def served(app: Flask) -> Iterator[Stage]:
    """Serve an app at its own address."""
    stage = Stage(app)
    port = urlsplit(app.extensions["pakta"].config.origin).port or 0
    server = make_server("127.0.0.1", port, stage, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield stage
    finally:
        server.shutdown()
        server.server_close()
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def without_policy(thief: Thief) -> Flask:
    """Return the thief's app, changed so that it serves its newest head without any witness."""
    app = make.app(replace(thief.config, policy=None), keys=thief.keyring)
    app.config["TESTING"] = True
    return app


def other_of_this_size(thief: Thief) -> Checkpoint:
    """Let another entry have stood in the place of siti's pact."""
    return thief.rewrite(thief.certificate("siti").ledger_index, _another())


def other_and_longer(thief: Thief) -> Checkpoint:
    """Do so, and go on with a pact that nobody signed."""
    other_of_this_size(thief)
    thief.issue("ani", None)
    return newest(thief)


def shorter(thief: Thief) -> Checkpoint:
    """Let the last two entries, lina's pact among them, never have been."""
    thief.withdraw("lina")
    return thief.rewind(2)


def shorter_and_other(thief: Thief) -> Checkpoint:
    """Let them never have been, and go on with others."""
    shorter(thief)
    for _ in range(3):
        thief.issue("ani", None)
        thief.withdraw("ani")
    return newest(thief)


def newest(thief: Thief) -> Checkpoint:
    """Return the thief's newest head."""
    found = heads.newest(thief.session)
    assert found is not None
    return found


def path(thief: Thief, old_size: int, head: Checkpoint) -> list[bytes]:
    """Return the path from a size to a head in the thief's own tree."""
    return tiles.consistency_path_from_tiles(old_size, head.size, storedtiles.reader(thief.session))


def call_witnessed(thief: Thief, head: Checkpoint) -> None:
    """Write into the tables that a head has its quorum, so that it is served as one that has."""
    policy = thief.config.policy
    assert policy is not None
    thief.run(
        "INSERT INTO ledger_witnessed (policy, size) VALUES (:policy, :size)",
        policy=gate.fingerprint(policy), size=head.size,
    )  # fmt: skip


def watch(origin: str, path: Path, **wishes: object) -> Report:
    """Let the monitor run once, with what it keeps at `path`."""
    site = Site(origin)
    try:
        return service.once(
            site, path=path, wishes=Wishes(**wishes), now=datetime.now(UTC), pause=lambda: None,  # type: ignore[arg-type]
        )  # fmt: skip
    finally:
        site.close()


def export(thief: Thief, change: Callable[[list[str]], list[str]] = list) -> str:
    """Return the export of enrolments that the thief hands out, changed."""
    return "".join(change(list(enrolments.exported(thief.session))))


def forged_in_a_fork(thief: Thief) -> str:
    """Enter a pact that nobody signed in another history, served as if it had its quorum; return its QR."""
    other_of_this_size(thief)
    row = thief.issue("ani", None)
    call_witnessed(thief, newest(thief))
    return readers.address(thief, row)
