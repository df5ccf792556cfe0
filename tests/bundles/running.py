"""A city whose lembar a real worker makes: `python -m pakta worker`, killed when a drill says so."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import delete, func, select

from pakta import startup
from pakta.accounts import service as accounts
from pakta.accounts import sessions
from pakta.accounts.models import Account
from pakta.bundles import listing, service
from pakta.certificates.models import Document, IssuedCredential
from pakta.config import ROOT
from pakta.database import db, transaction
from pakta.demonstration import signer
from pakta.demonstration.setting import Setting
from pakta.jobs import service as jobs
from pakta.jobs.models import Job
from pakta.roles import Role
from pakta.roster import scope, units
from pakta.roster.models import Person, Unit
from pakta.web import clock
from tests.bench.site import Bench

EDITION, CITY = "ASN-2026", "pemkot"
KINDS = ("pns", "pppk")  # who sign it
LOOK = 0.05  # seconds


def sign(found: Bench, people: int, *, together: int = 20) -> None:
    """Let so many more people sign the pact of civil servants; the worker's heads cover them later."""
    setting = Setting(found.app.extensions["pakta"].keyring, found.config, lambda _line: None)
    held = select(Account.person_id)
    city = units.by_code(db.session(), code=CITY)
    assert city is not None
    rows = (
        select(Person.id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(
            Person.signs_as.in_(KINDS), Person.status == "aktif", Person.id.not_in(held), scope.subtree_clause([city])
        )
    )
    rows = rows.order_by(Person.id).limit(people)
    waiting = db.session().execute(rows).scalars().all()
    assert len(waiting) == people, "not enough people in the city"
    for at in range(0, people, together):
        signer.activate_and_sign(setting, person_ids=waiting[at : at + together])
    found.taken.update(waiting)


def ask(app: Flask, over: str = CITY) -> int:
    """Ask for the bundle of a unit in the name of somebody who has an account; return the job's id."""
    with app.app_context(), transaction() as session:
        unit = units.by_code(session, code=over)
        assert unit is not None
        seal = startup.wired_of(app).keyring.seal
        choice = next(each for each in listing.choices(session, unit=unit, seal=seal) if each.edition.code == EDITION)
        account = session.execute(select(Account.id).order_by(Account.id).limit(1)).scalar_one()
        return service.ask(session, unit=unit, choice=choice, account_id=account, now=clock.now()).id


@contextmanager
def worker(found: Bench) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker, as a server does; whoever did not kill it sees it end by itself."""
    with (found.folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pakta", "worker"], cwd=ROOT, env=found.environment(), stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def wait(app: Flask, job_id: int, until: Callable[[Job], bool], *, patience: float) -> Job:
    """Wait until the job stands so; return its row."""
    limit = time.monotonic() + patience
    while time.monotonic() < limit:
        with app.app_context():
            job = db.session().get_one(Job, job_id)
            if until(job):
                db.session().expunge(job)
                return job
        time.sleep(LOOK)
    raise RuntimeError(f"the job did not get there: {job.state}, {job.done} of {job.total}, {job.trouble}")


def hurry(app: Flask, job_id: int) -> None:
    """Let the lease of a runner who is dead run out now: a drill need not wait for that."""
    with app.app_context(), transaction() as session:
        session.get_one(Job, job_id).held_until_at = clock.now()


def stored(app: Flask) -> dict[int, str]:
    """Return the hash of each lembar that is stored, by certificate: one sealed anew would have another."""
    with app.app_context():
        rows = select(Document.credential_id, Document.content).where(Document.kind == listing.KIND)
        found = db.session().execute(rows.execution_options(yield_per=50))
        return {credential_id: hashlib.sha256(content).hexdigest() for credential_id, content in found}


def forget(app: Flask) -> None:
    """Take all jobs and all lembar away."""
    with app.app_context(), transaction() as session:
        jobs.remove(session, job_ids=session.execute(select(Job.id)).scalars().all())
        session.execute(delete(Document))


def valid(app: Flask) -> int:
    """Return how many certificates of the edition there are."""
    with app.app_context():
        rows = select(func.count()).select_from(IssuedCredential).where(IssuedCredential.edition_code == EDITION)
        return int(db.session().execute(rows).scalar_one())


def zipped(app: Flask, job_id: int, over: str = CITY) -> Iterator[bytes]:
    """Yield the zip as the download streams it."""
    with app.app_context():
        unit = db.session().execute(select(Unit).where(Unit.code == over)).scalar_one()
        failures = jobs.failures(db.session(), job_id=job_id)
        yield from service.stream(
            db.session, unit=unit, edition_code=EDITION, failures=failures, policy=None, now=clock.now(),
            zone=clock.WIB, seal=startup.wired_of(app).keyring.seal,
        )  # fmt: skip


def send(port: int, request: bytes) -> float:
    """Send a signing that must be accepted; return the milliseconds until its answer."""
    begun = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert b" 200 " in answer.split(b"\r\n")[0], answer[-300:]
    return 1000 * (time.perf_counter() - begun)


def entitled(app: Flask) -> str:
    """Make who asks an administrator, and sign them in; return the cookie of their browser."""
    with app.app_context(), transaction() as session:
        account = session.execute(select(Account).order_by(Account.id).limit(1)).scalar_one()
        unit = units.by_code(session, code=CITY)
        assert unit is not None
        accounts.grant_role(session, person=account.person, role=Role.ADMINISTRATOR, unit=unit, now=clock.now())
        token = sessions.open(session, account=account, now=clock.now()).token
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps({'_user_id': token, '_fresh': True})}"


def last_job(app: Flask) -> int:
    """Return the newest job."""
    with app.app_context():
        return int(db.session().execute(select(func.max(Job.id))).scalar_one())


def below(process: int) -> list[int]:
    """Return the ids of the processes below one."""
    found = [process]
    for each in found:
        found += map(int, Path(f"/proc/{each}/task/{each}/children").read_text().split())
    return found[1:]


def peak(process: int) -> float:
    """Return the most memory that a process has held, in MiB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
