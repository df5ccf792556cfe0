"""What a visitor asks for, judged by our own database: the one way for the pages and for programs.

A number or a file that somebody tries is counted for where they come from, before it is looked at.
"""

from __future__ import annotations

from flask import request

from pakta.accounts import attempts
from pakta.certificates import publishing
from pakta.core.errors import Reason, Refusal
from pakta.core.verdict import Verdict
from pakta.database import db, transaction
from pakta.verification import changerows, document, service
from pakta.verification.document import Finding, Place
from pakta.web import clock, recent, wired

CHECK = "check"  # the purpose under which numbers and files are counted


def count_try(purpose: str = CHECK) -> None:
    """Count an attempt from this neighbourhood; refuses with TRIES_USED_UP."""
    pepper, address = wired().keyring.pepper, request.remote_addr or ""
    with transaction() as session:
        attempts.take(session, purpose=purpose, tried=None, address=address, now=clock.now(), pepper=pepper)


def address_of_number(typed: str) -> str:
    """Return the address of the certificate whose number was typed.

    Refuses as `service.address_of_number`, or with TRIES_USED_UP.
    """
    count_try()
    return service.address_of_number(db.session(), text=typed, config=wired().config)


def judge(address: str) -> Verdict:
    """Return our verdict on a QR's address."""
    return service.verdict_for_address(db.session(), address=address, config=wired().config, now=clock.now())


def in_file(content: bytes) -> list[Finding]:
    """Return what a file holds; nothing of it is kept.

    Refuses with FILE_MISSING, TRIES_USED_UP or the reasons of `document.examine`.
    """
    if not content:
        raise Refusal(Reason.FILE_MISSING)
    count_try()
    return document.examine(content, place=_place(), judge=judge, now=clock.now())


def listed() -> bytes:
    """Return the public list of what was revoked or suspended, and why."""
    return recent.remember("verification.changes", lambda: changerows.text(db.session())) or b""


def _place() -> Place:
    config, row = wired().config, publishing.newest_key_set(db.session())
    return Place(
        origin=config.origin,
        relying_party=config.relying_party,
        key_set=row.text if row else None,
        roots=wired().keyring.seal.roots,
        policy=config.policy,
        lost=wired().keyring.seal.lost,
        authorities=config.authorities,
    )
