"""Which keys stand, whose they are, and what takes them out of use."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from pakta.accounts import service
from pakta.accounts.models import PersonKey
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.ledger.models import Payload
from tests.accounts.city import RANGGA, SITI, City


def the_key() -> PersonKey:
    """Return the one key."""
    return db.session.execute(select(PersonKey)).scalar_one()


def test_a_person_signs_with_their_own_standing_key_only(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    session, thumbprint = db.session(), the_key().thumbprint
    assert service.standing_key(session, person=city.person(SITI), thumbprint=thumbprint).id == the_key().id
    for number, wanted in ((RANGGA, thumbprint), (SITI, "x" * 43)):
        with pytest.raises(Refusal) as refused:
            service.standing_key(session, person=city.person(number), thumbprint=wanted)
        assert refused.value.reason is Reason.KEY_NOT_USABLE


def test_a_suspended_key_comes_back_and_a_revoked_one_does_not(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    with transaction() as session:
        service.suspend_key(session, key=the_key(), now=city.time.at)
        assert not service.usable_keys(session, person=city.person())
        service.vouch_for_key(session, key=the_key(), now=city.time.at)
        assert service.usable_keys(session, person=city.person())
        service.revoke_key(session, key=the_key(), now=city.time.at)
        assert not service.usable_keys(session, person=city.person())
        service.vouch_for_key(session, key=the_key(), now=city.time.at)  # whose it was, not that it may sign again
        assert not service.usable_keys(session, person=city.person())


def test_a_key_is_revoked_once_in_the_ledger(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    for _ in range(2):
        with transaction() as session:
            service.revoke_key(session, key=session.execute(select(PersonKey)).scalar_one(), now=city.time.at)
    kinds = select(func.count()).select_from(Payload).where(Payload.kind == EntryKind.KEY_REVOKED)
    assert db.session.execute(kinds).scalar_one() == 1


def test_a_kiosk_key_is_not_offered_for_signing_later(city: City, client: FlaskClient) -> None:
    city.with_device(client, kiosk=1)
    assert service.keys_of(db.session(), person=city.person())
    assert not service.usable_keys(db.session(), person=city.person())
    assert service.standing_key(db.session(), person=city.person(), thumbprint=the_key().thumbprint)


def test_the_account_page_lists_every_key_with_way_time_and_index(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    page = client.get("/akun").text
    for words in (the_key().thumbprint, "Slip aktivasi", "23 November 2026 pukul 08.15 WIB", "/bukan-saya"):
        assert words in page
    assert SITI not in page
