"""A revocation whose commit broke off stands in the ledger's copy: it holds for whoever writes next, at once."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from pakta.accounts import service as accounts
from pakta.accounts.models import PersonKey
from pakta.certificates.models import IssuedCredential
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.ledger import service as ledger
from pakta.signing import queue
from pakta.web import clock
from tests import databases
from tests.people import City
from tests.signing.copied import config as config
from tests.signing.copied import patient as patient
from tests.signing.test_accept import body, prepared
from tests.signing.test_storage_fails import told


def key_of(city: City, who: str) -> PersonKey:
    """Return a person's key as it is stored; inside the app's context."""
    db.session.remove()
    return db.session().get_one(PersonKey, city.keys[who][1])


def break_off_revoking(city: City, who: str) -> None:
    """Revoke a person's key, and fail between the copy and the database."""
    with city.app.app_context():
        with databases.broken_off(), transaction() as session:
            for key in accounts.hold_keys(session, person_id=city.person(who).id):
                accounts.revoke_key(session, key=key, now=clock.now())
        assert key_of(city, who).revoked_at is None
        db.session.remove()


@pytest.mark.parametrize("alone", [False, True])
def test_who_holds_the_key_signs_nothing_after_the_restart(
    patient: City, monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    if alone:
        monkeypatch.setattr(queue.Queue, "_together", lambda *_args: None)
    sent = {}
    for who in ("siti", "joko"):
        text = prepared(patient, who)
        sent[who] = (patient.visitor(who), body(text, patient.keys[who][2].proof(text)))
    break_off_revoking(patient, "siti")
    assert told(patient, *sent["siti"]) == (422, "KEY_NOT_USABLE")
    assert told(patient, *sent["joko"]) == (200, "")
    with patient.app.app_context():
        assert key_of(patient, "siti").revoked_at is not None
        assert db.session().execute(select(IssuedCredential.key_id)).scalars().all() == [patient.keys["joko"][1]]


def test_who_revokes_it_again_enters_it_once(patient: City) -> None:
    break_off_revoking(patient, "siti")
    with patient.app.app_context():
        with transaction() as session:
            for key in accounts.hold_keys(session, person_id=patient.person("siti").id):
                accounts.revoke_key(session, key=key, now=clock.now())
        assert key_of(patient, "siti").revoked_at is not None
        assert ledger.count(db.session(), kind=EntryKind.KEY_REVOKED) == 1
