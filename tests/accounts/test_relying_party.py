"""The host that all passkeys belong to is stored once; a database is never served under another."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts import relying_party
from pakta.accounts.models import RelyingParty
from pakta.core.errors import Reason, Refusal
from pakta.database import transaction
from pakta.web import clock


def test_the_first_host_stays_and_another_is_refused_with_its_name(session: Session) -> None:
    for _ in range(2):
        with transaction() as writing:
            relying_party.hold(writing, host="pakta.example.id", now=clock.now())
    with pytest.raises(Refusal) as refusal, transaction() as writing:
        relying_party.hold(writing, host="lain.example.id", now=clock.now())
    assert (refusal.value.reason, refusal.value.detail) == (Reason.OTHER_RELYING_PARTY, "pakta.example.id")
    assert session.execute(select(RelyingParty.host)).scalars().all() == ["pakta.example.id"]
