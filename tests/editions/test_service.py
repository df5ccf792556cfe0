"""Publishing: once, for ever, into the ledger; and finding what is open."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from pakta.core import ledgerentry
from pakta.core.errors import Reason, Refusal
from pakta.database import transaction
from pakta.editions import service
from pakta.editions.models import Edition
from pakta.ledger.models import Entry, Payload

NOW = datetime(2026, 11, 23, 1, 15, tzinfo=UTC)
MEMBERS: dict[str, Any] = {
    "code": "UJI-1",
    "title": "Pakta Integritas Netralitas ASN",
    "kinds": ["pns", "pppk"],
    "opens_on": date(2026, 11, 1),
    "closes_on": date(2027, 3, 31),
    "clause": [{"id": "netral", "text": "Saya netral."}, {"id": "sanksi", "text": "Saya bersedia."}],
}


def publish(**members: Any) -> Edition:
    """Publish the good members with some replaced."""
    with transaction() as session:
        return service.publish(session, members=MEMBERS | members, now=NOW)


def counts(session: Session) -> tuple[int, int]:
    """Return how many editions and how many ledger entries there are."""
    return (
        session.scalar(select(func.count()).select_from(Edition)) or 0,
        session.scalar(select(func.count()).select_from(Entry)) or 0,
    )


def test_a_published_text_lies_in_the_ledger_for_all_to_read(session: Session) -> None:
    edition = publish()
    payload = session.get_one(Payload, edition.ledger_index)
    entry = session.get_one(Entry, edition.ledger_index)
    assert payload.payload == edition.text
    assert payload.kind == ledgerentry.EntryKind.TEXT_PUBLISHED
    assert entry.entry == ledgerentry.entry(ledgerentry.EntryKind.TEXT_PUBLISHED, edition.text)
    assert edition.text_sha256 == hashlib.sha256(edition.text).hexdigest()


def test_the_same_text_again_changes_nothing(session: Session) -> None:
    first = publish()
    before = counts(session)
    again = publish()
    assert (again.code, again.ledger_index, again.published_at) == (first.code, first.ledger_index, NOW)
    assert counts(session) == before


def test_another_text_under_the_same_code_is_refused_and_nothing_is_written(session: Session) -> None:
    publish()
    before = counts(session)
    with pytest.raises(Refusal) as caught:
        publish(closing="Dan seterusnya.")
    assert caught.value.reason == Reason.EDITION_PUBLISHED
    assert counts(session) == before


def test_a_text_for_signers_who_have_one_on_that_day_is_refused(session: Session) -> None:
    publish()
    before = counts(session)
    with pytest.raises(Refusal) as caught:
        publish(code="UJI-2", kinds=["pppk", "non-asn"], opens_on=date(2027, 3, 31))
    assert caught.value.reason == Reason.EDITION_OVERLAP
    assert counts(session) == before


def test_a_text_for_the_same_signers_on_later_days_is_taken(session: Session) -> None:
    publish()
    later = publish(code="UJI-2", opens_on=date(2027, 4, 1), closes_on=date(2027, 4, 30))
    assert service.find(session, code="UJI-2") is later


@pytest.mark.parametrize(
    "change",
    ["UPDATE editions SET title = 'lain'", "DELETE FROM editions"],
)
def test_a_published_text_cannot_be_changed_even_by_hand(session: Session, change: str) -> None:
    publish()
    with pytest.raises(DBAPIError, match="append-only"), transaction() as writing:
        writing.connection().exec_driver_sql(change)
    assert service.by_code(session, code="UJI-1").title == MEMBERS["title"]


def test_the_texts_that_come_with_pakta_can_be_published_twice(session: Session) -> None:
    for _ in range(2):
        with transaction() as writing:
            published = service.publish_own(writing, now=NOW)
    assert sorted(edition.code for edition in published) == [
        "ASN-2026",
        "KEPALA-2026",
        "POLRI-2026",
        "TNI-2026",
    ]
    assert counts(session)[0] == 4


def test_a_person_gets_the_text_that_is_open_for_them(session: Session) -> None:
    publish()
    publish(code="UJI-K", kinds=["kepala"])

    def code_for(signs_as: str, now: datetime = NOW) -> str | None:
        edition = service.open_edition_for(session, signs_as=signs_as, kind="pns", now=now)
        return edition and edition.code

    assert code_for("pns") == "UJI-1"
    assert code_for("kepala") == "UJI-K"
    assert code_for("pns", datetime(2026, 10, 31, 16, 59, tzinfo=UTC)) is None
    assert code_for("pns", datetime(2026, 10, 31, 17, 0, tzinfo=UTC)) == "UJI-1"
    assert code_for("pns", datetime(2027, 3, 31, 16, 59, tzinfo=UTC)) == "UJI-1"
    assert code_for("pns", datetime(2027, 3, 31, 17, 0, tzinfo=UTC)) is None


def test_an_unknown_code_is_refused(session: Session) -> None:
    with pytest.raises(Refusal) as caught:
        service.by_code(session, code="TIDAK-ADA")
    assert caught.value.reason == Reason.EDITION_UNKNOWN
    assert service.find(session, code="TIDAK-ADA") is None


def test_the_clauses_keep_their_order(session: Session) -> None:
    edition = publish()
    assert service.clause_ids(edition) == ("netral", "sanksi")
    assert service.text_of(edition).clauses[1].text == "Saya bersedia."
