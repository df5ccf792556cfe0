"""The worker's round of e-mail: what is due is noted, handed over, and what came of it is kept.

The connection stands before a letter is noted, so that little time lies between the look whether it is still asked
and the server's taking it: three answers of the server, each waited for `smtp.PATIENCE`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from flask import Flask
from sqlalchemy.orm import Session

from pakta.config import Config, Mail
from pakta.database import db, transaction
from pakta.reminders import rules, service, smtp, texts
from pakta.reminders.rules import Trouble
from pakta.reminders.service import Letter
from pakta.reminders.smtp import Outcome, Server, ServerTrouble
from pakta.web import clock, display

ROUND = 50  # letters over one connection
QUIET = 60.0  # seconds until it is looked again where nothing is due
REST = 100.0  # times as long as that look took, where that is longer: in a country's roster it takes seconds
BACK_OFF = 300.0  # seconds in which a server in trouble is left alone
log = logging.getLogger("pakta.reminders")


class Post:
    """Sends what is due, a round at a time."""

    def __init__(self, app: Flask, *, config: Config, mail: Mail, tell: Callable[[Session, str], None]) -> None:
        """Begin; `tell` keeps how the server does: the word of its trouble, empty where there is none."""
        self._app, self._config, self._mail, self._tell = app, config, mail, tell
        self._next, self._told = 0.0, ""
        self._begun = False

    def round(self, stop: threading.Event) -> None:
        """Hand over what is due, until `stop` is set; return at once where it is not yet time to look."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + QUIET
        if not rules.is_hour(clock.now()):
            return
        with self._app.app_context():
            begun = time.monotonic()
            people = service.due(db.session(), now=clock.now(), most=ROUND)
            db.session().rollback()
            ended = time.monotonic()
            self._next = ended + max(QUIET, REST * (ended - begun))
            if people:
                self._send(people, stop)

    def _send(self, people: Sequence[int], stop: threading.Event) -> None:
        trouble: Trouble | None = None
        try:
            server = Server(self._mail, name=self._config.relying_party)
        except ServerTrouble as error:
            trouble = error.args[0]
        else:
            try:
                trouble = self._go_through(server, people, stop)
            finally:
                server.close()
        self._next = time.monotonic() + (BACK_OFF if trouble else 0)
        self._keep(trouble)

    def _go_through(self, server: Server, people: Sequence[int], stop: threading.Event) -> Trouble | None:
        """Hand over a letter to each; return what is wrong with the server: it refuses all where it refused these."""
        doubted, otherwise = 0, False  # letters that were refused so; whether anything else came of one
        for person_id in people:
            if stop.is_set() or doubted == rules.DOUBTED:
                break
            with transaction() as session:
                letter = service.note(session, person_id=person_id, now=clock.now())
            if letter is None:
                continue
            outcome = self._hand_over(server, letter)
            with transaction() as session:
                service.settle(session, reminder_id=letter.reminder_id, state=outcome.state)
            if outcome.trouble:
                return outcome.trouble
            if outcome.doubted:
                doubted += 1
            else:
                otherwise = True
        return Trouble.REFUSES if doubted and not otherwise else None

    def _hand_over(self, server: Server, letter: Letter) -> Outcome:
        facts = texts.Facts(
            letter.edition.title, display.day(letter.edition.closes_on), self._config.origin, self._config.city
        )
        text = texts.email(letter.name, facts)
        host = self._config.relying_party
        content = smtp.letter(to=letter.email, text=text, host=host, mail=self._mail, now=clock.now())
        return server.hand_over(to=letter.email, content=content)

    def _keep(self, trouble: Trouble | None) -> None:
        """Keep how the server does, where that is news; the log names no address."""
        word = trouble.value if trouble else ""
        if self._begun and word == self._told:
            return
        if word:
            log.warning("the mail server takes no letters: %s", word)
        with transaction() as session:
            self._tell(session, word)
        self._begun, self._told = True, word
