"""The last sound head before the issuer's key was lost: it must be the head of the tree that stands here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from pakta.certificates import compromise
from pakta.core.errors import Reason, Refusal
from pakta.core.keyset import Compromise
from pakta.database import db
from tests.ledger.conftest import NOW, Log


def before(log: Log, session: Session) -> Compromise:
    later = NOW + timedelta(hours=1)
    return compromise.before(session, at=later, now=later, keyring=log.wired.keyring, config=log.wired.config)


def test_a_mark_names_the_last_head_and_its_root(log: Log) -> None:
    log.grow_to(5)
    head = log.sign()
    assert head is not None
    assert before(log, db.session()) == Compromise("2026-11-23T02:15:00Z", 5, head.root)


def test_nothing_is_marked_over_a_tree_that_was_changed(log: Log) -> None:
    log.grow_to(5)
    log.sign()
    log.as_a_thief("UPDATE ledger_tiles SET data = :data WHERE level = 0", {"data": bytes(5 * 32)})
    with pytest.raises(Refusal) as refused:
        before(log, db.session())
    assert refused.value.reason is Reason.LEDGER_CHANGED
