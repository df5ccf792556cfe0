"""A ledger that three witnesses watch, two of whom must cosign, and the one that asks them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from pakta import startup
from pakta.config import Config
from pakta.core import note
from pakta.database import db
from pakta.keyring import Keyring
from pakta.ledger import collector, service, witnessing
from pakta.ledger.collector import Collector
from pakta.web import clock
from tests import make
from tests.ledger.witness import Witness, parsed

NAMES = ("bawaslu", "inspektorat", "kampus")


class Watched:
    """An app under a policy of 2 of 3, its witnesses by name, and its collector."""

    def __init__(self, config: Config, keys: Keyring) -> None:
        vkey = note.vkey(name=service.origin(config), public_key=keys.ledger.public_bytes)
        self.witnesses = {name: Witness(name, log_vkey=vkey).start() for name in NAMES}
        self.policy = parsed(list(self.witnesses.values()), least=2)
        self.app: Flask = make.app(replace(config, policy=self.policy), keys=keys)
        self.app.config["TESTING"] = True
        self.collector = self.fresh_collector()

    def fresh_collector(self) -> Collector:
        """Return a collector as after a start of the worker: nobody was asked yet."""
        found = startup.collector(self.app)
        assert found is not None
        found._clock = lambda: clock.now()  # also a clock that a test has moved
        return found

    def collect(self) -> None:
        """Ask everybody who may be asked, whoever has failed a moment ago."""
        for pace in self.collector._paces.values():
            pace.rests_until = 0.0
        self.collector.round()
        until = time.monotonic() + collector.ROUND
        while self.collector._busy and time.monotonic() < until:  # whoever is slower than the quorum
            time.sleep(0.01)
            self.collector.round()
        db.session.rollback()
        db.session.expire_all()

    def set_modes(self, **modes: str) -> None:
        """Let witnesses behave: `kampus="hangs"`."""
        for name, mode in modes.items():
            self.witnesses[name].mode = mode

    def later(self, hours: float) -> None:
        """Move the witnesses' clocks."""
        for each in self.witnesses.values():
            each.clock = int(timedelta(hours=hours).total_seconds())

    def troubles(self) -> dict[str, str]:
        """Return the last trouble of each witness."""
        found = witnessing.states(db.session(), policy=self.policy)
        return {name: state.trouble if state else "" for name, state in found.items()}

    def end(self) -> None:
        """Stop the witnesses, and wait for whoever still waits for one."""
        for each in self.witnesses.values():
            each.stop()
        for thread in threading.enumerate():
            if thread.name.startswith("witness "):
                thread.join(collector.ROUND)


@contextmanager
def watched(config: Config, keys: Keyring) -> Iterator[Watched]:
    """Run the three witnesses over an app of its own."""
    running = Watched(config, keys)
    try:
        yield running
    finally:
        running.end()
        with running.app.app_context():
            db.session.remove()
            db.engine.dispose()


def session() -> Session:
    """Return the database as it stands now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session()
