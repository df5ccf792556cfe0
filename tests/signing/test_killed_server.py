"""kill -9 of the whole server at random while many sign, and again: every acknowledged signature stands, once."""

from __future__ import annotations

import json
import queue
import random
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from pakta.certificates.models import IssuedCredential
from pakta.database import db
from pakta.keyring import Keyring
from pakta.selfcheck import service as selfcheck
from tests import databases, slices
from tests.bench.site import Bench, fill
from tests.journeys.site import Site
from tests.people import City

WHOLE_ON_POSTGRESQL = True

PEOPLE, ROUNDS = (96, 12) if slices.WHOLE else (24, 1)
CLIENTS = 4


def number_of(port: int, request: bytes) -> str:
    """Send a signing; return the certificate's number, or nothing where no whole answer came."""
    try:
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
        head, _, content = answer.partition(b"\r\n\r\n")
        return str(json.loads(content)["number"]) if b" 200 " in head.split(b"\r\n")[0] else ""
    except (OSError, ValueError):
        return ""


class Crowd:
    """People who send their signings, so many at once."""

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        """Begin with nobody acknowledged."""
        self._port, self._requests = port, requests
        self.told: dict[int, str] = {}

    def send(self, *, until: int) -> threading.Thread:
        """Send, in the background, the requests that were not acknowledged; return once `until` of all were."""
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        for at in sorted(set(range(len(self._requests))) - self.told.keys()):
            waiting.put(at)
        runner = threading.Thread(target=self._all, args=(waiting,))
        runner.start()
        while len(self.told) < until and runner.is_alive():
            time.sleep(0.002)
        return runner

    def _all(self, waiting: queue.SimpleQueue[int]) -> None:
        threads = [threading.Thread(target=self._each, args=(waiting,)) for _ in range(CLIENTS)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    def _each(self, waiting: queue.SimpleQueue[int]) -> None:
        while not waiting.empty():
            at = waiting.get()
            number = number_of(self._port, self._requests[at])
            if number:
                self.told[at] = number


@pytest.mark.parametrize("database", slices.some(databases.DATABASES, turn=0))
def test_a_server_killed_while_many_sign_keeps_what_it_acknowledged(
    request: pytest.FixtureRequest, tmp_path: Path, keys_dir: Path, keys: Keyring, database: str
) -> None:
    cluster = request.getfixturevalue("cluster") if database == "postgresql" else None
    url = cluster.create("banyak") if cluster else f"sqlite:///{tmp_path / 'pakta.sqlite'}"
    site = Site(tmp_path, url, keys_dir, copied=True)
    app = site.app()
    databases.make_tables(app)
    with app.app_context():
        fill(app, PEOPLE)
        requests = [each[0] for each in Bench(tmp_path, site.port, site.config, app).signings(PEOPLE)]
    City(app).settle()
    databases.leave(app)
    crowd, dice = Crowd(site.port, requests), random.Random(7)
    for turn in range(ROUNDS):
        site.start()
        least = (turn + 1) * PEOPLE // (ROUNDS + 2)
        running = crowd.send(until=least)
        time.sleep(dice.random() / 20)
        site.kill()
        running.join()
        assert least <= len(crowd.told) < PEOPLE, "killed too late to matter"
    site.start()
    again = [number_of(site.port, each) for each in requests]
    assert all(again) and {at: again[at] for at in crowd.told} == crowd.told
    assert site.stop() == 0
    app = site.app()
    with app.app_context():
        rows = db.session().execute(select(IssuedCredential.person_id)).scalars().all()
        assert len(rows) == len(set(rows)) == PEOPLE
        City(app).settle()
        assert selfcheck.check(db.session(), keyring=keys, config=site.config) == []
    databases.leave(app)
    if cluster:
        cluster.drop("banyak")
