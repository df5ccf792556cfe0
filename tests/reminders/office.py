"""What the tests of reminders share: a city at nine in the morning, its addresses, and a real mail server."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy import select

from pakta.accounts.models import AccessLog, Account
from pakta.commands import serving
from pakta.config import Mail
from pakta.database import db, transaction
from pakta.reminders import posting, service
from pakta.reminders.models import Reminder
from pakta.roster import units
from pakta.web import clock
from tests.people import City

WIB = ZoneInfo("Asia/Jakarta")
SENDER = "Pakta Kota <pakta@kota.example>"


class Hours:
    """A clock that stands where it is put: tomorrow at nine in WIB, at first."""

    def __init__(self) -> None:
        tomorrow = datetime.now(WIB) + timedelta(days=1)
        self.at = tomorrow.replace(hour=9, minute=0, second=0, microsecond=0)

    def now(self) -> datetime:
        """Return the present moment."""
        return self.at

    def go_on(self, **time: float) -> None:
        """Let time go by."""
        self.at += timedelta(**time)

    def strike(self, hour: int, minute: int = 0, second: int = 0) -> None:
        """Put it to another time of the day."""
        self.at = self.at.replace(hour=hour, minute=minute, second=second)


class Office(City):
    """The city, whose people can be reached."""

    def __init__(self, app: Flask, hours: Hours) -> None:
        super().__init__(app)
        self.hours = hours

    def reach(self, *, phone: str = "", **emails: str) -> Office:
        """Write the addresses of people; each gets the same telephone number where one is given."""
        with self.app.app_context(), transaction():
            for who, address in emails.items():
                person = self.person(who)
                person.email, person.phone = address, phone or person.phone
        return self

    def switch(self, code: str, *, on: bool = True, by: str = "budi") -> None:
        """Turn automatic e-mail of a unit on or off."""
        with self.app.app_context(), transaction() as session:
            unit = units.by_code(session, code=code)
            assert unit is not None
            account = session.get_one(Account, self.keys[by][0])
            service.switch(session, by=account, unit=unit, on=on, now=clock.now())

    def rows(self) -> list[Reminder]:
        """Return all reminders, oldest first."""
        with self.app.app_context():
            return list(db.session().execute(select(Reminder).order_by(Reminder.id)).scalars())

    def states(self) -> list[str]:
        """Return what is known of each reminder."""
        return [row.state for row in self.rows()]

    def lines(self, *actions: str) -> list[tuple[str, int | None]]:
        """Return what the access log says of these actions: each with the person that it was about."""
        with self.app.app_context():
            wanted = select(AccessLog).where(AccessLog.action.in_(actions)).order_by(AccessLog.id)
            return [(row.action, row.person_id) for row in db.session().execute(wanted).scalars()]

    def id_of(self, who: str) -> int:
        """Return a person's id."""
        with self.app.app_context():
            return self.person(who).id

    def first_and_last(self, *names: str) -> list[str]:
        """Return people in the order of the roster."""
        return sorted(names, key=self.id_of)

    def post(self, port: int, **changed: Any) -> posting.Post:
        """Return the worker's post, which tells /kesehatan how the server at a port does."""
        mail = Mail(**({"host": "127.0.0.1", "port": port, "tls": "off", "sender": SENDER} | changed))
        self.app.extensions["pakta"] = replace(self.wired, config=replace(self.wired.config, mail=mail))
        made = serving.post_of(self.app)
        assert made is not None
        return made


Answer = Callable[[Envelope], str]


def accept(_envelope: Envelope) -> str:
    """Take a letter."""
    return "250 OK"


@dataclass
class Mailbox:
    """A mail server's memory, and what it answers to a recipient and to a text."""

    port: int
    to_recipient: Callable[[str], str] = lambda _address: "250 OK"
    to_text: Answer = accept
    letters: list[tuple[str, bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def handle_RCPT(self, _s: SMTP, _x: Session, envelope: Envelope, address: str, _o: list[str]) -> str:
        """Answer to a recipient."""
        self.asked.append(address)
        said = self.to_recipient(address)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Answer to a text; one that is taken is kept."""
        said = self.to_text(envelope)
        if said.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.letters.append((envelope.rcpt_tos[0], envelope.content))
        return said

    @property
    def to(self) -> list[str]:
        """Return to whom letters have come."""
        return [address for address, _ in self.letters]

    def newest(self) -> EmailMessage:
        """Return the letter that came last."""
        found = email.message_from_bytes(self.letters[-1][1], policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found


@contextmanager
def mail_server(**settings: Any) -> Iterator[Mailbox]:
    """Run a real mail server on this machine."""
    box = Mailbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **settings)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
