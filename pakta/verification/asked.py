"""What a visitor asks for, judged by our own database: the one way for the pages and for programs.

A number or a file that somebody tries is counted for where they come from, before it is looked at.
"""

from __future__ import annotations

from flask import request

from pakta.accounts import attempts, rules
from pakta.core.errors import Reason, Refusal
from pakta.core.verdict import Verdict
from pakta.database import db, transaction
from pakta.verification import changerows, confined, contents, files, judging, service
from pakta.verification.contents import Kind
from pakta.verification.document import Finding
from pakta.verification.judging import Terms
from pakta.web import clock, recent, wired

CHECK = "check"  # the purpose under which numbers and files are counted
FRAMES = "frame"  # and that of a camera's frames
LARGEST_FRAME = 1024 * 1024  # bytes


def count_try(purpose: str = CHECK, *, may_fail: bool = False) -> None:
    """Count an attempt from this neighbourhood; refuses with TRIES_USED_UP.

    may_fail  where the storage takes nothing, go on without a count: of what is cheap and no guess
    """
    pepper, address = wired().keyring.pepper, request.remote_addr or ""
    try:
        with transaction() as session:
            recent.unseen(session)
            attempts.take(session, purpose=purpose, tried=None, address=address, now=clock.now(), pepper=pepper)
    except Refusal as refusal:
        if not may_fail or refusal.reason is Reason.TRIES_USED_UP:
            raise


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

    Refuses with FILE_EMPTY, TRIES_USED_UP or the reasons of `confined.read`.
    """
    if not content:
        raise Refusal(Reason.FILE_EMPTY)
    count_try()
    published = files.from_database(db.session(), policy=wired().config.policy)
    return judging.in_file(content, published, terms=_terms(), now=clock.now(), network=_network())


def in_frame(content: bytes) -> list[str]:
    """Return the texts of the QR codes in one frame of a camera, none where it shows none; nothing of it is kept.

    A frame is a small grey picture, and is counted apart from files: a camera sends several in a row.
    Refuses with FILE_MISSING, FILE_TOO_LARGE, TRIES_USED_UP or the reasons of a picture.
    """
    if not content:
        raise Refusal(Reason.FILE_MISSING)
    if len(content) > LARGEST_FRAME:
        raise Refusal(Reason.FILE_TOO_LARGE, "1")
    if contents.kind_of(content) is not Kind.PICTURE:
        raise Refusal(Reason.IMAGE_FORMAT)
    count_try(FRAMES)
    try:
        return list(confined.read(content, network=_network()).texts)
    except Refusal as refusal:
        if refusal.reason is Reason.IMAGE_WITHOUT_QR:
            return []
        raise


def listed() -> bytes:
    """Return the public list of what was revoked or suspended, and why."""
    return recent.remember("verification.changes", lambda: changerows.text(db.session())) or b""


def _network() -> str:
    """Return from where the visitor asks, as attempts are counted."""
    return rules.near(request.remote_addr or "")


def _terms() -> Terms:
    config, seal = wired().config, wired().keyring.seal
    return Terms(config.origin, seal.roots, seal.lost, config.policy, config.authorities)
