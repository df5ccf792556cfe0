"""A served Pakta to measure: the demonstration's units, invented people, gunicorn as `serve` starts it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from pakta import keyring, serve
from pakta.accounts import sessions
from pakta.config import ROOT, Config
from pakta.core import canonical
from pakta.coverage import publishing
from pakta.database import db, transaction
from pakta.demonstration import people as invented
from pakta.demonstration import signer
from pakta.demonstration.setting import Setting
from pakta.editions import service as editions
from pakta.factory import create_app
from pakta.roster import importing
from pakta.roster import units as roster_units
from pakta.roster.models import Person, Unit
from pakta.signing import service as signing
from pakta.web import clock
from tests import make
from tests.journeys.site import free_port

PATIENCE = 60.0


@dataclass
class Bench:
    """An installation over the database at `url`, with people who are about to sign."""

    folder: Path
    port: int
    config: Config
    app: Flask

    def environment(self) -> dict[str, str]:
        """Return what the server's processes are told."""
        return os.environ | {
            "DATABASE_URL": self.config.database_url.replace("postgresql+psycopg://", "postgresql://"),
            "PAKTA_ORIGIN": self.config.origin,
            "PAKTA_KEYS": str(self.config.keys_dir),
            "PAKTA_INSTANCE": str(self.folder),
        }

    def signings(self, count: int) -> list[tuple[bytes, bytes]]:
        """Return requests of people who have not signed yet: the signing, and the bare insert of the same bytes."""
        setting = Setting(self.app.extensions["pakta"].keyring, self.config, lambda _line: None)
        waiting = self._waiting(count)
        return [self._prepare(setting, person, device=at % 12 == 0) for at, person in enumerate(waiting)]

    def _waiting(self, count: int) -> Sequence[int]:
        rows = select(Person.id).where(Person.changed_at.is_not(None)).order_by(Person.id)
        found = [each for each in db.session().execute(rows).scalars() if each not in self.taken][:count]
        if len(found) < count:
            raise RuntimeError("not enough people in the city")
        self.taken.update(found)
        return found

    def __post_init__(self) -> None:
        """Nobody has been asked yet."""
        self.taken: set[int] = set()

    def _prepare(self, setting: Setting, person_id: int, *, device: bool) -> tuple[bytes, bytes]:
        who = signer.activate(setting, person_id=person_id, device=device)
        with transaction() as session:
            person = session.get_one(Person, person_id)
            edition = signing.edition_for(session, person=person, now=clock.now())
            assert edition is not None
            ticked = list(editions.clause_ids(edition))
            row = signing.prepare(session, person=person, key=who.key, ticked=ticked, now=clock.now())
            token = sessions.open(session, account=who.account, now=clock.now(), key=who.key).token
            statement = row.statement
        content = {"statement": canonical.base64url(statement), **who.signer.proof(statement)}
        return self.post("/pakta/tandatangani", content, token), self.post("/bench/baris", content, token)

    def post(self, path: str, content: dict[str, str], token: str) -> bytes:
        """Return the bytes of a script's request of a signed-in person."""
        raw, text = hashlib.sha1(secrets.token_bytes(16)).hexdigest(), json.dumps(content)
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        cookie = serializer.dumps({"_user_id": token, "_fresh": True, "csrf_token": raw})
        csrf = URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token").dumps(raw)  # type: ignore[arg-type]
        return (
            f"POST {path} HTTP/1.1\r\nHost: {self.config.host}\r\nCookie: pakta={cookie}\r\nX-CSRFToken: {csrf}\r\n"
            f"Accept: application/json\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}"
        ).encode()

    def get(self, path: str) -> bytes:
        """Return the bytes of a stranger's request."""
        return f"GET {path} HTTP/1.1\r\nHost: {self.config.host}\r\n\r\n".encode()

    @contextmanager
    def served(self, *, workers: int | None = None) -> Iterator[None]:
        """Serve with gunicorn as `python -m pakta serve` does, without the worker."""
        words = [
            *(sys.executable, "-m", "gunicorn", "tests.bench.served:app", "--bind", f"127.0.0.1:{self.port}"),
            *(
                "--no-control-socket",
                "--worker-class",
                serve.WORKER,
                "--threads",
                serve.THREADS,
                "--keep-alive",
                "60",
            ),
            *("--workers", str(workers or min(4, max(2, os.cpu_count() or 2))), "--log-level", "warning"),
            *("--worker-tmp-dir", "/dev/shm"),
        ]
        process = subprocess.Popen(words, cwd=ROOT, env=self.environment())
        try:
            self._wait(process)
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the server did not start")


@contextmanager
def bench(url: str | None, *, people: int) -> Iterator[Bench]:
    """Make a city of so many people over the database at `url`, or in an SQLite file of its own."""
    with tempfile.TemporaryDirectory(prefix="pakta-bench-") as name:
        folder, port = Path(name), free_port()
        keyring.create(folder / "keys", host=f"localhost:{port}", city="Kota Mojokerto")
        url = url or f"sqlite:///{folder / 'pakta.sqlite'}"
        config = make.config(url, folder / "keys", origin=f"http://localhost:{port}")
        app = create_app(config)
        with app.app_context():
            upgrade()
            os.environ.update(Bench(folder, port, config, app).environment())
            from tests.bench import served

            served.make_rows()
            fill(app, people)
            yield Bench(folder, port, config, app)
            db.session.remove()
            db.engine.dispose()


def fill(app: Flask, people: int) -> None:
    """Fill the database: the demonstration's units, pact texts open today, invented people who are not activated."""
    now, today = clock.now(), clock.today()
    with transaction() as session:
        roster_units.load_own(session, now=now)
        for path in editions.own_texts():
            days = {"opens_on": today - timedelta(days=7), "closes_on": today + timedelta(days=90)}
            editions.publish(session, members=tomllib.loads(path.read_text()) | days, now=now)
    with transaction() as session:
        units = session.execute(select(Unit).order_by(Unit.id)).scalars().all()
        rows = invented.invent(units, people=people, seed=1)
        pepper = app.extensions["pakta"].keyring.pepper
        report = importing.import_roster(
            session, content=invented.as_csv(rows), now=now, pepper=pepper, dry_run=False, demo=True
        )
        assert not report.errors
    with transaction() as session:
        publishing.take(session, now=now)  # as the worker does: /cakupan-umum shows it
