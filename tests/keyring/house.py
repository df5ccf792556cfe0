"""A city with keys of its own, the running server's app, and the commands typed beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pakta.certificates import issuing
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.commands.main import main
from pakta.config import ROOT
from pakta.core.keyset import KeySet
from pakta.database import db
from pakta.keyring import succession
from pakta.roster.models import CounterSigned
from tests import make
from tests.people import City

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")


@contextmanager
def broken_off(at: int) -> Iterator[None]:
    """Break off whatever changes the keys, at its rename number `at`, from 1, as a lost machine does."""
    real, count = succession.files.move, 0

    def move(source: Path, target: Path) -> None:
        nonlocal count
        count += 1
        if count == at:
            raise KeyboardInterrupt
        real(source, target)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(succession.files, "move", move)
        yield


class House(City):
    """The small city; its app is the running server, and never told of what a command does."""

    @property
    def folder(self) -> Path:
        """Return the folder of keys."""
        return self.wired.config.keys_dir

    @property
    def surroundings(self) -> dict[str, str]:
        """Return the environment that commands are typed in."""
        config = self.wired.config
        return {
            "DATABASE_URL": config.database_url, "PAKTA_KEYS": str(config.keys_dir),
            "PAKTA_INSTANCE": str(config.instance), "PAKTA_ORIGIN": make.ORIGIN,
        }  # fmt: skip

    def run(self, *words: str, code: int = 0) -> Result:
        """Type `python -m pakta …`."""
        done = CliRunner(env=self.surroundings).invoke(main, words)
        assert done.exit_code == code, (words, done.output, done.exception)
        assert done.exception is None or isinstance(done.exception, SystemExit)
        return done

    def run_apart(self, *words: str) -> str:
        """Type `python -m pakta …` as a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "pakta", *words], cwd=ROOT, env={**os.environ, **self.surroundings},
            capture_output=True, text=True, timeout=100, check=True,
        )  # fmt: skip
        return done.stdout

    def verdict(self, row: IssuedCredential) -> str:
        """Return the word that `python -m pakta verify` prints first for a certificate."""
        return self.verdict_of(certificates.address(row, config=self.wired.config))

    def verdict_of(self, address: str) -> str:
        """Return the word that `python -m pakta verify` prints first for an address."""
        done = CliRunner(env=self.surroundings).invoke(main, ["verify", address])
        word: str = done.stdout.splitlines()[0]
        assert done.exit_code == (0 if word.startswith("SAH") else 1)
        return word

    def key_set(self) -> KeySet:
        """Return the newest key set."""
        with self.app.app_context():
            found = issuing.current(db.session())
        assert found is not None
        return found

    def again(self, row: IssuedCredential) -> IssuedCredential:
        """Return a certificate as it stands now."""
        with self.app.app_context():
            return certificates.require(db.session(), text=row.number)

    def signed(self) -> int:
        """Return how many signatures the counters count at the top."""
        with self.app.app_context():
            rows = db.session().query(CounterSigned.signed).all()
            return max((row[0] for row in rows), default=0)

    def findings(self) -> list[str]:
        """Return what `ledger check` names, by the keys as they lie in the folder."""
        done = CliRunner(env=self.surroundings).invoke(main, ["ledger", "check"])
        lines: list[str] = done.stdout.splitlines()
        return [] if done.exit_code == 0 else lines


def kid_of(house: House) -> str:
    """Return the id of the key that signs in the folder."""
    return house.run("keys", "list").stdout.split("kid ", 1)[1].split()[0]
