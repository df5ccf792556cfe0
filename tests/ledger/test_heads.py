"""A signed head that was stored: our key under it, our name in it, and a row that says what the text says."""

from __future__ import annotations

import pytest

from pakta.core import note
from pakta.core.errors import Reason, Refusal
from pakta.ledger import heads
from pakta.ledger.models import Checkpoint
from tests.ledger.conftest import NOW, Log

ROOT = bytes(range(32))


def head(log: Log, *, origin: str | None = None, row_size: int = 7, row_root: bytes = ROOT) -> Checkpoint:
    """Return a head over seven entries that our key signed, and a row for it."""
    own, ledger = note.parse_vkey(log.vkey), log.wired.keyring.ledger
    body = note.checkpoint_body(origin=origin or own.name, size=7, root=ROOT)
    signed = note.sign(body, name=own.name, public_key=own.public_key, sign=ledger.sign)
    return Checkpoint(size=row_size, root=row_root, note=signed, signed_at=NOW)


def test_a_head_as_it_was_signed_is_taken(log: Log) -> None:
    heads.verify(head(log), verifier_key=log.vkey)


def test_a_head_of_another_log_under_our_key_is_refused(log: Log) -> None:
    with pytest.raises(Refusal) as refused:
        heads.verify(head(log, origin="lain.example/log"), verifier_key=log.vkey)
    assert refused.value.reason == Reason.OTHER_LOG


@pytest.mark.parametrize("changed", [{"row_size": 8}, {"row_root": bytes(32)}])
def test_a_row_that_says_something_else_than_its_text_is_refused(log: Log, changed: dict[str, object]) -> None:
    with pytest.raises(Refusal) as refused:
        heads.verify(head(log, **changed), verifier_key=log.vkey)  # type: ignore[arg-type]
    assert refused.value.reason == Reason.LEDGER_CHANGED
