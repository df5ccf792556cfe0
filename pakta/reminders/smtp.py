"""Handing letters to a mail server, a step at a time, so that it is known of each whether the server may have it.

Until the last line of a text has been written the server has nothing; from then on until its answer it may have it.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from pakta.config import Mail
from pakta.reminders import rules, texts
from pakta.reminders.rules import State, Trouble

PATIENCE = 10.0  # seconds for each answer
_REFUSES = (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, ssl.SSLError)
_LINE_BEGINS = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one letter.

    trouble  what is wrong with the server: the other letters need not be tried now
    doubted  it refused this letter in words that may hold for all; the other letters tell
    """

    state: State
    trouble: Trouble | None = None
    doubted: bool = False


class ServerTrouble(Exception):
    """No letter can be handed over now; its one argument is the `Trouble`."""


def letter(*, to: str, text: str, host: str, mail: Mail, now: datetime) -> bytes:
    """Return a letter as it goes over the line, in ASCII; it has one address, and no name but that in its text."""
    made = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    made["From"], made["To"], made["Subject"] = mail.sender, to, texts.SUBJECT
    made["Date"], made["Message-ID"] = format_datetime(now), make_msgid(domain=host)
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answer comes back
    made["Content-Language"] = "id"
    made.set_content(text)
    return made.as_bytes()


class Server:
    """One connection to a mail server."""

    def __init__(self, mail: Mail, *, name: str) -> None:
        """Connect, encrypt and sign in; `name` is what we call ourselves.  Raises ServerTrouble."""
        self._sender = mail.address
        try:
            self._smtp = _opened(mail, name)
        except OSError as error:  # smtplib's own errors are OSErrors, too
            raise ServerTrouble(Trouble.REFUSES if isinstance(error, _REFUSES) else Trouble.AWAY) from error

    def hand_over(self, *, to: str, content: bytes) -> Outcome:
        """Hand over one letter."""
        try:
            stopped = self._announce(to)
        except OSError:
            return Outcome(State.FAILED, Trouble.AWAY)
        if stopped is not None:
            return stopped
        try:
            self._smtp.send(_LINE_BEGINS.sub(b"..", content) + b".\r\n")
            code, words = self._smtp.getreply()
        except OSError:
            return Outcome(State.UNSURE, Trouble.AWAY)
        return Outcome(State.HANDED) if code == 250 else _refused(code, words)

    def _announce(self, to: str) -> Outcome | None:
        """Say from whom and to whom; return what came of the letter where the server does not want its text."""
        code, _ = self._smtp.docmd("MAIL", f"FROM:{smtplib.quoteaddr(self._sender)}")
        if code != 250:
            return Outcome(State.FAILED, Trouble.AWAY if code == 421 else Trouble.REFUSES)
        code, words = self._smtp.docmd("RCPT", f"TO:{smtplib.quoteaddr(to)}")
        if code not in (250, 251, 252):
            self._smtp.docmd("RSET")
            return _refused(code, words)
        code, words = self._smtp.docmd("DATA")
        return None if code == 354 else Outcome(State.FAILED, Trouble.AWAY if code == 421 else Trouble.REFUSES)

    def close(self) -> None:
        """Say goodbye; where nobody hears it, hang up."""
        try:
            self._smtp.quit()
        except OSError:
            self._smtp.close()


def _opened(mail: Mail, name: str) -> smtplib.SMTP:
    """Return a connection on which letters can be handed over; certificates are checked against the host's name."""
    if mail.tls == "tls":
        context = ssl.create_default_context()
        made: smtplib.SMTP = smtplib.SMTP_SSL(
            mail.host, mail.port, local_hostname=name, timeout=PATIENCE, context=context
        )
    else:
        made = smtplib.SMTP(mail.host, mail.port, local_hostname=name, timeout=PATIENCE)
    try:
        made.ehlo_or_helo_if_needed()
        if mail.tls == "starttls":
            made.starttls(context=ssl.create_default_context())
        if mail.user:
            made.login(mail.user, mail.password)
    except OSError:
        made.close()
        raise
    return made


def _refused(code: int, words: bytes) -> Outcome:
    state, trouble = rules.refused(code, words.decode("ascii", "replace"))
    if trouble is Trouble.REFUSES:
        return Outcome(state, doubted=True)
    return Outcome(state, trouble)
