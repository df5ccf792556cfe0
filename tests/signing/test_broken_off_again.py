"""Signing again whose commit broke off: what stands in the ledger's copy holds, and its owner may sign at once."""

from __future__ import annotations

from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.database import db, transaction
from pakta.signing import acceptance, service
from pakta.web import clock
from tests import databases
from tests.people import City
from tests.signing.copied import config as config
from tests.signing.copied import patient as patient
from tests.signing.test_accept import body, prepared
from tests.signing.test_again import findings, placed
from tests.signing.test_storage_fails import told


def test_who_was_broken_off_is_shown_it_and_signs_again_at_once(patient: City) -> None:
    old = patient.sign("siti")
    placed("smpn-1")(patient)
    text = prepared(patient, "siti")
    proof, wired = patient.keys["siti"][2].proof(text), patient.wired
    sent = (patient.visitor("siti"), body(text, proof))
    with patient.app.app_context():
        checked = acceptance.check(
            db.session(), person_id=patient.person("siti").id, statement=text, proof=proof, now=clock.now(),
            config=wired.config,
        )  # fmt: skip
        assert checked is not None
        with databases.broken_off(), transaction() as session:
            acceptance.accept(session, checked=checked, now=clock.now(), keyring=wired.keyring, config=wired.config)
        db.session.remove()
    patient.sign("joko")  # the next writer gives effect to what the copy holds
    with patient.app.app_context():
        (row,) = certificates.of_person(db.session(), person_id=patient.person("siti").id)
        assert (row.number, row.status, row.status_class) == (old.number, Status.REVOKED, ReasonClass.ADMINISTRATIVE)
        assert service.asked_again(db.session(), person=patient.person("siti"), now=clock.now()) is None
    assert "Sertifikat Anda yang terdahulu dicabut" in patient.visitor("siti").get("/pakta").text
    assert told(patient, *sent) == (200, "")  # the very statement that was broken off
    with patient.app.app_context():
        rows = certificates.of_person(db.session(), person_id=patient.person("siti").id)
        assert [each.status for each in rows] == [Status.VALID, Status.REVOKED]
    assert findings(patient) == []
