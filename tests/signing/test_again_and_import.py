"""Several who sign again at once, and an import that moves one of them, never wait for each other (decision 0053)."""

from __future__ import annotations

import csv
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.roster import counters, importing
from pakta.signing import acceptance
from pakta.web import clock
from tests.people import HEADER, KNOWN, City
from tests.signing.test_accept import prepared

WHOLE_ON_POSTGRESQL = True

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
WHO = ("siti", "joko")
LONG = 20  # seconds, far beyond the one second after which PostgreSQL looks for a deadlock


def asked_again(city: City) -> list[Any]:
    """Let both be asked to sign again, and return their new signatures, checked."""
    with city.app.app_context(), transaction():
        for who in WHO:
            city.person(who).name += " X"
    checked = []
    for who in WHO:
        text = prepared(city, who)
        with city.app.app_context():
            each = acceptance.check(
                db.session(), person_id=city.person(who).id, statement=text, proof=city.keys[who][2].proof(text),
                now=clock.now(), config=city.wired.config,
            )  # fmt: skip
        checked.append(each)
    return checked


def moved() -> bytes:
    """Return a file in which the second of them stands elsewhere."""
    lines = io.StringIO()
    row = replace(KNOWN["joko"], name=KNOWN["joko"].name + " X", unit="dikbud").row()
    csv.writer(lines).writerows([HEADER, row])
    return lines.getvalue().encode()


def test_an_import_that_holds_one_of_them_goes_through_and_so_do_they(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = City(app).build(signed=WHO)
    wired, checked = city.wired, asked_again(city)
    holds_people, go_on = threading.Event(), threading.Event()
    plain = counters.Tally.write

    def write(tally: counters.Tally, session: Session, *, now: datetime) -> None:
        if threading.current_thread().name.startswith("import"):
            holds_people.set()
            go_on.wait(LONG)
        plain(tally, session, now=now)

    def take() -> int:
        with app.app_context(), transaction() as session:
            return importing.import_roster(
                session, content=moved(), now=clock.now(), pepper=wired.keyring.pepper, dry_run=False, demo=True
            ).changed

    def sign() -> object:
        with app.app_context(), transaction() as session:
            return acceptance.accept_together(
                session, checked=checked, now=clock.now(), keyring=wired.keyring, config=wired.config
            )

    monkeypatch.setattr(counters.Tally, "write", write)
    with ThreadPoolExecutor(1, "import") as importers, ThreadPoolExecutor(1, "sign") as signers:
        importing_ = importers.submit(take)
        assert holds_people.wait(LONG)
        signing = signers.submit(sign)
        threading.Timer(2.0, go_on.set).start()  # longer than PostgreSQL takes to find a deadlock
        assert importing_.result(LONG) == 1
        with pytest.raises(Refusal) as stale:  # who signs in company is then tried alone
            signing.result(LONG)
        assert stale.value.reason is Reason.STATEMENT_STALE
