"""A city that loses its database, and the commands that bring it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from click.testing import CliRunner, Result
from sqlalchemy import make_url

from pakta import keyring
from pakta.accounts import service as accounts
from pakta.accounts.models import PersonKey
from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.commands.main import main
from pakta.core.verdict import Word
from pakta.database import db, transaction
from pakta.disputes import service as disputes
from pakta.verification import service as verification
from pakta.web import clock
from tests import make
from tests.people import City


@dataclass
class Site:
    """A city over a database of its own that commands may take away and bring back."""

    url: str
    folder: Path
    keys: keyring.Keyring
    keys_dir: Path
    told: bool = True  # whether commands know of the copy

    def __post_init__(self) -> None:
        """Nothing is open yet."""
        self.city: City | None = None

    def open(self) -> City:
        """Open the city as it is stored now."""
        self.close()
        self.keys = keyring.load(self.keys_dir)  # a command may have changed them
        config = replace(make.config(self.url, self.keys_dir), log_copy=self.copy)
        before = self.city.keys if self.city else {}
        self.city = City(make.app(config, keys=self.keys))
        self.city.keys = before
        return self.city

    def close(self) -> None:
        """Let go of the database, as a server that ends."""
        if self.city is not None:
            with self.city.app.app_context():
                db.session.remove()
                db.engine.dispose()

    @property
    def copy(self) -> Path:
        """Return where the copy of the ledger lies."""
        return self.folder / "salinan.txt"

    @property
    def surroundings(self) -> dict[str, str]:
        """Return the environment that commands are typed in."""
        return {
            "DATABASE_URL": self.url.replace("postgresql+psycopg://", "postgresql://"),
            "PAKTA_KEYS": str(self.keys_dir), "PAKTA_INSTANCE": str(self.folder), "PAKTA_ORIGIN": make.ORIGIN,
            **({"PAKTA_LOG_COPY": str(self.copy)} if self.told else {}),
        }  # fmt: skip

    def run(self, *words: str, code: int = 0) -> Result:
        """Type a command beside the city."""
        self.close()
        done = CliRunner(env=self.surroundings).invoke(main, words)
        assert done.exit_code == code, (words, done.output, done.exception)
        return done


def change(city: City, who: str, status: Status, *, reason: ReasonClass = ReasonClass.DISPUTE) -> None:
    """Change the status of a person's certificate."""
    with city.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=row(city, who), status=status, reason=reason, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    city.settle()


def revoke_key(city: City, who: str) -> None:
    """Revoke a person's key, as an approved recovery and a dispute that was found true do."""
    with city.app.app_context(), transaction() as session:
        key = session.get_one(PersonKey, city.keys[who][1])
        accounts.hold_keys(session, person_id=key.person_id)
        accounts.revoke_key(session, key=key, now=clock.now())
    city.settle()


def not_me(city: City, who: str) -> None:
    """Let a person say "Bukan saya" of their key."""
    sign_in = city.sign_in(who)
    with city.app.app_context(), transaction() as session:
        disputes.say_signed_in(
            session, sign_in=session.merge(sign_in), key_id=city.keys[who][1], now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    city.settle()


def row(city: City, who: str) -> certificates.IssuedCredential:
    """Return a person's newest certificate."""
    return certificates.of_person(db.session(), person_id=city.person(who).id)[0]


def address(city: City, who: str) -> str:
    """Return what the QR of a person's certificate holds."""
    with city.app.app_context():
        return certificates.address(row(city, who), config=city.wired.config)


def word(city: City, address: str) -> Word:
    """Return the verdict on a certificate that somebody holds."""
    with city.app.app_context():
        config = city.wired.config
        return verification.verdict_for_address(db.session(), address=address, config=config, now=clock.now()).word


def lose(site: Site) -> None:
    """Take the database away, as a broken disk does."""
    site.close()
    if site.url.startswith("sqlite"):
        for suffix in ("", "-wal", "-shm"):
            Path(f"{make_url(site.url).database}{suffix}").unlink(missing_ok=True)
        return
    plain = make_url(site.url).set(drivername="postgresql", database="postgres").render_as_string()
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("DROP DATABASE pulih WITH (FORCE)")
        connection.execute("CREATE DATABASE pulih")
