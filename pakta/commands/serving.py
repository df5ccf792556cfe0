"""Serving, and the worker."""

from __future__ import annotations

import os
import sys
import time
from datetime import date

import click
from flask import Flask
from sqlalchemy.orm import Session

from pakta import config as configuration
from pakta import serve, startup
from pakta.appointments import away
from pakta.appointments import service as appointments
from pakta.backup import beginning
from pakta.bundles import listing, making
from pakta.commands import demo, seals
from pakta.core.errors import Reason, Refusal
from pakta.coverage import publishing
from pakta.custody import counting as slips
from pakta.database import db, telling_storage, transaction
from pakta.health import service as health
from pakta.imports import making as importing
from pakta.imports import service as imports
from pakta.jobs import runner, seldom
from pakta.ledger import worker
from pakta.objections import counting as objecting
from pakta.reminders import posting
from pakta.rollcalls import service as rollcalls
from pakta.verification import release
from pakta.web import clock, display

READ_ONLY = (
    "Halaman dan pemeriksaan sertifikat dilayani; menandatangani dan mencatat dicoba lagi setiap detik."
    " Keadaannya: {origin}/kesehatan"
)
AS_ROOT = (
    "Server ini berjalan sebagai root. Berkas dari orang asing lebih aman dibaca di bawah pengguna sistem tersendiri"
    " yang tidak memiliki apa pun selain data Pakta (docs/operations.md)."
)
UNGUARDED = "basis data yang kosong tidak akan dikenali sebagai kehilangan. Beri layanan hak menulis di folder itu."
ADVICE = {
    Reason.COPY_UNREADABLE: (
        "Periksa PAKTA_LOG_COPY: cakramnya terpasang, berkasnya utuh dan dapat ditulisi."
        " Jika sungguh hilang: docs/operations.md."
    ),
    Reason.COPY_DIFFERS: (
        "Hentikan server, pindahkan berkas basis data, lalu pulihkan cadangan itu lagi dengan PAKTA_LOG_COPY yang"
        " tersetel dan salinannya terpasang (docs/operations.md)."
    ),
    Reason.LEDGER_BEHIND_COPY: "Kembalikan yang hilang: hentikan server, lalu `python -m pakta ledger replay`.",
    Reason.LEDGER_BEHIND_WITNESSES: (
        "Hentikan server. Dengan salinan yang lebih baru: `python -m pakta ledger replay`; tanpa itu:"
        " `python -m pakta ledger succeed` (docs/operations.md)."
    ),
    Reason.WITNESSES_UNHEARD: "Siapa yang diam dan mengapa: `python -m pakta witnesses`.",
    Reason.ISSUER_REPLACED: (
        "Jika kunci penerbit tidak baru saja diganti, PAKTA_KEYS memuat kunci lain daripada kunci buku catatan ini:"
        " hentikan server dan bawa kembali kunci yang terbaru."
    ),
    Reason.KEY_UNREACHABLE: "Periksa token dan PAKTA_PKCS11_MODULE, PAKTA_PKCS11_TOKEN, PAKTA_PKCS11_PIN_FILE.",
    Reason.STORAGE_FULL: "Beri tempat pada cakram basis data dan cakram PAKTA_LOG_COPY.",
    Reason.STORAGE_DOWN: "Periksa cakram dan basis datanya.",
}
BEAT = 15.0  # seconds between two heartbeats
FAILED = "GAGAL"  # the trouble of a tick that failed otherwise than by a refusal
COUNTED = (  # what is found from time to time, and kept
    seldom.Task(away.find, away.keep, away.QUIET),
    seldom.Task(objecting.count_all, objecting.keep, objecting.QUIET),
    seldom.Task(slips.find, slips.keep, slips.QUIET),
)


@click.command("serve")
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True, envvar="PORT")
@click.option(
    "--demo", "with_demo", is_flag=True, help="Fill the demonstration city first where the database is empty."
)
@click.pass_context
def serve_command(context: click.Context, port: int, with_demo: bool) -> None:
    """Serve with gunicorn and the worker; Ctrl-C ends both."""
    try:
        serve.check_port(port)
    except serve.PortTaken as error:
        raise click.ClickException(f"{error} {_port_advice(port)}") from error
    os.environ["PORT"] = str(port)  # where nobody says what our address is, it has this port
    server = serve.Server(port)
    app = startup.open_app(demo=with_demo)
    configuration.keep_origin(startup.wired_of(app).config)
    wired = startup.wired_of(app)
    archive = wired.config.timestamps is not None and wired.config.timestamps.archive
    for warning in seals.warnings(wired.keyring.seal, now=clock.now(), archive=archive):
        click.echo(f"Segel: {warning}", err=True)
    if os.geteuid() == 0 and not with_demo:
        click.echo(AS_ROOT, err=True)
    with app.app_context():
        started = startup.begin(app)
        published = _begin(app)
    if with_demo and published:
        from pakta.demonstration import city

        with app.app_context():
            empty = city.is_empty(db.session())
            kept = "" if empty else city.kept_summary(db.session(), wired=startup.wired_of(app))
        if empty:
            context.invoke(demo.demo)
        click.echo(kept)
    sys.exit(server.run(origin=startup.wired_of(app).config.origin, started=started))


def _port_advice(port: int) -> str:
    kept = configuration.kept_origin(configuration.from_environment().instance)
    if kept:  # its address is in every certificate
        return (
            f"Kota di sini beralamat {kept}. Mungkin Pakta sudah berjalan di situ; jika bukan, hentikan program itu."
        )
    return f"Pilih port lain, misalnya: make run PORT={port + 1 if port >= 1024 else 5001}"


@click.command("worker")
def worker_command() -> None:
    """Sign checkpoints over committed entries, once a second, renew the status list, and work on jobs."""
    app = startup.open_app()
    with app.app_context():
        startup.begin(app)
    witnesses = startup.collector(app)
    collect = witnesses.round if witnesses else None
    post = post_of(app)
    mails = post.round if post else None
    counts = seldom.Seldom(app, COUNTED, clock=clock.now).round
    worker.run(app, each_tick=Work(app).tick, collect=collect, jobs=jobs_of(app).work, post=mails, counts=counts)


def jobs_of(app: Flask) -> runner.Runner:
    """Return what works on open jobs, of every kind that there is."""
    wired = startup.wired_of(app)
    lembar = making.Making(keyring=wired.keyring, config=wired.config, display=display.moment, clock=clock.now)
    impor = importing.Making(pepper=wired.keyring.pepper, clock=clock.now)
    return runner.Runner(app, {listing.KIND: lembar, imports.KIND: impor})


def post_of(app: Flask) -> posting.Post | None:
    """Return what sends e-mail that is due and tells /kesehatan how the mail server does; None without a server."""
    config = startup.wired_of(app).config
    if config.mail is None:
        return None

    def tell(session: Session, trouble: str) -> None:
        health.beat(session, name=health.MAIL, now=clock.now(), trouble=trouble)

    return posting.Post(app, config=config, mail=config.mail, tell=tell)


class Work:
    """What the worker does each second, and the heartbeat by which /kesehatan knows that it does."""

    def __init__(self, app: Flask) -> None:
        """Begin, with no heartbeat yet."""
        self._app, self._released = app, False
        self._pictured: tuple[date | None, float] = (None, float("-inf"))  # of which day, and when it was looked for
        self._ended: tuple[date | None, float] = (None, float("-inf"))  # likewise, of roles
        self._counted = float("-inf")  # when roll calls were looked for
        self._told = ("", float("-inf"))  # the trouble of the last heartbeat, and when it was

    def tick(self) -> None:
        """Publish and sign what must be; a failure is noted in the heartbeat, and raised."""
        trouble = FAILED
        try:
            if not self._released:
                _release(self._app)
                self._released = True
            startup.sequence(self._app)
            self._end_roles()
            self._once_a_day()
            self._count_rollcalls()
            trouble = ""
        except Refusal as refusal:
            trouble = refusal.reason.value
            raise
        finally:
            self._beat(trouble)

    def _end_roles(self) -> None:
        """End the roles that have come to their last day, before the picture of the day.

        Where that fails, or an import or merger is in the way, the next tick goes on without, and it is tried again.
        """
        moment, now = clock.now(), time.monotonic()
        if clock.today(moment) == self._ended[0] or now - self._ended[1] < BEAT:
            return
        self._ended = (self._ended[0], now)
        with transaction() as session:
            done = appointments.lapse(session, now=moment)
        if done is not None:
            self._ended = (clock.today(moment), now)

    def _once_a_day(self) -> None:
        """Put away old files of people and take the public's picture.

        While there is nobody to count, or where it fails, do so again later.
        """
        moment, now = clock.now(), time.monotonic()
        if clock.today(moment) == self._pictured[0] or now - self._pictured[1] < BEAT:
            return
        self._pictured = (self._pictured[0], now)
        with transaction() as session:
            imports.tidy(session, now=moment)
            taken = publishing.take(session, now=moment)
        self._pictured = (clock.today(moment) if taken else None, now)

    def _count_rollcalls(self) -> None:
        """Keep what came of the roll calls that are over."""
        if time.monotonic() - self._counted < BEAT:
            return
        self._counted = time.monotonic()
        with transaction() as session:
            rollcalls.count_over(session, now=clock.now())

    def _beat(self, trouble: str) -> None:
        now = time.monotonic()
        if trouble != self._told[0] or now - self._told[1] > BEAT:
            with transaction() as session:
                health.beat(session, name=health.WORKER, now=clock.now(), trouble=trouble)
            self._told = (trouble, now)


def _release(app: Flask) -> None:
    config = startup.wired_of(app).config
    with transaction() as session:
        release.publish(session, config=config, now=clock.now())
    try:
        with transaction() as session:
            beginning.hold(session, config=config)
    except OSError as error:
        told = f"{config.keys_dir / beginning.BEGUN} tidak dapat ditulis ({error.strerror}): {UNGUARDED}"
        click.echo(told, err=True)


def _begin(app: Flask) -> bool:
    """Ask the witnesses what they hold, before anything is entered; then publish and sign what must be.

    Where that is refused, or the disk or a key fails, it is said, and the server starts all the same: verification
    goes on, and the worker tries again.  Returns whether all is published.
    """
    try:
        with telling_storage():
            witnesses = startup.ask_witnesses(app)
            _release(app)
            startup.sequence(app)
            if witnesses:
                witnesses.round()
    except Refusal as refusal:
        told = READ_ONLY.format(origin=startup.wired_of(app).config.origin)
        for line in (startup.stop(refusal).format_message(), ADVICE.get(refusal.reason, ""), told):
            click.echo(line, err=True)
        return False
    return True
