"""After an erasure: everything that is left still agrees, verifies and goes on."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from pakta.accounts import audit
from pakta.accounts.models import AccessLog, PersonKey, Recovery
from pakta.certificates import publishing
from pakta.certificates.models import IssuedCredential
from pakta.core.errors import Reason, Refusal
from pakta.core.verdict import Word
from pakta.database import db, transaction
from pakta.editions import service as editions
from pakta.erasure import trail
from pakta.ledger import service as ledger
from pakta.revocation.models import StatusRequest
from pakta.roster import importing
from pakta.roster.models import Person
from pakta.signing import service as signing
from pakta.signing.models import DataReport
from pakta.signing.queue import Queue
from pakta.verification import service as verification
from pakta.web import clock
from tests.erasure import tester
from tests.erasure.conftest import Gone
from tests.people import HEADER, KNOWN
from tests.selfcheck.robbery import Thief


def test_the_self_check_has_nothing_to_name(gone: Gone) -> None:
    assert gone.life.findings() == []


def test_every_certificate_that_was_handed_out_gets_the_verdict_that_it_had(gone: Gone) -> None:
    words = {
        who: verification.verdict_for_address(
            db.session(), address=address, config=gone.life.wired.config, now=clock.now()
        ).word
        for who, address in gone.life.addresses.items()
    }
    assert words.pop("siti, revoked") == Word.REVOKED
    assert set(words) == {"siti", "lina", "budi", "joko", "rini", "agus"}
    assert set(words.values()) == {Word.SAH}


def test_totals_are_those_of_the_people_who_are_left(gone: Gone) -> None:
    assert gone.life.totals() == {each: count - 1 for each, count in gone.totals.items()}


def test_what_others_said_and_did_stays_without_the_person(gone: Gone) -> None:
    asked = db.session().execute(select(Recovery)).scalars().one()
    assert (asked.requested_by_id, asked.refused_at is not None) == (None, True)
    theirs, by_others = db.session().execute(select(StatusRequest).order_by(StatusRequest.id)).scalars()
    assert (theirs.asked_by_id, theirs.first_by_id, theirs.outcome) == (None, None, "ditarik")
    assert (by_others.decided_by_id, by_others.outcome) == (None, "ditolak")
    report = db.session().execute(select(DataReport)).scalars().one()
    assert (report.answered_by_id, report.answer) == (None, "Sudah diperbaiki")
    joko, dewi = gone.life.person("joko").id, gone.life.keys["dewi"][0]
    lines = {
        (row.action, row.account_id, row.person_id)
        for row in db.session().execute(select(AccessLog).where(AccessLog.unit_id.is_(None))).scalars()
    }
    assert {("lihat-orang", None, joko), ("pemulihan-lihat", dewi, None), ("penghapusan", None, None)} <= lines
    assert not any(account is not None and action not in trail.PAGES for action, account, _ in lines)


@pytest.mark.parametrize(
    ("table", "finding"),
    [
        ("credentials", r"entry \d+: no credential"),
        ("ledger_payloads", r"payload \d+: missing"),
        ("evidence", "evidence of .*: is missing"),
        ("person_keys", r"entry \d+: no key"),
    ],
)
def test_a_row_that_a_thief_deletes_is_named_beside_what_was_erased(gone: Gone, table: str, finding: str) -> None:
    budi = gone.life.person("budi").id
    thief = Thief(gone.life, table)
    where = f"person_id = {budi}" if table != "ledger_payloads" else "kind = 1"
    try:
        thief.run(f"DELETE FROM {table} WHERE {where}")
        found = gone.life.findings()
    finally:
        thief.put_back()
    assert any(re.match(finding, each) for each in found), found
    assert gone.life.findings() == []


@pytest.mark.parametrize("cause", ["erased", "replayed"])
def test_a_thief_who_says_that_a_pact_was_erased_is_named(gone: Gone, cause: str) -> None:
    index = gone.life.certificate("budi").ledger_index
    thief = Thief(gone.life, "ledger_absences")
    try:
        thief.run(
            'INSERT INTO ledger_absences ("index", cause, mark) SELECT :index, :cause, mark FROM ledger_absences '
            'WHERE "index" = (SELECT max("index") FROM ledger_absences)',
            {"index": index, "cause": cause},
        )
        found = gone.life.findings()
    finally:
        thief.put_back()
    assert f"absence {index}: says {cause}, but it was not we who wrote that" in found


@pytest.mark.parametrize(
    ("edit", "finding"),
    [
        ("UPDATE erased_places SET status = 0 WHERE status = 1", "erased place "),
        ("UPDATE erased_places SET status_index = 900 WHERE status = 1", "erased place 900"),
        ("DELETE FROM erased_places WHERE status = 1", "erased places: "),
    ],
)
def test_an_erased_place_that_was_changed_is_named(gone: Gone, edit: str, finding: str) -> None:
    thief = Thief(gone.life, "erased_places")
    try:
        thief.run(edit)
        found = gone.life.findings()
    finally:
        thief.put_back()
    assert any(each.startswith(finding) for each in found), found


def test_lines_of_the_access_log_do_not_stand_where_they_stood(gone: Gone) -> None:
    """Between its neighbours a line would tell its time, and with it an entry."""
    rows = db.session().execute(select(AccessLog).order_by(AccessLog.id)).scalars().all()
    blurred = [row for row in rows if row.at == trail.NO_TIME]
    erasures = [row for row in rows if row.action == audit.ERASURE]
    assert (len(blurred), len(erasures)) == (2, 3)
    assert all(row.at.hour == row.at.minute == row.at.second == 0 for row in erasures)
    assert {*rows[-5:]} == {*blurred, *erasures}


def test_who_was_about_to_sign_when_they_were_erased_is_refused(gone: Gone) -> None:
    life = gone.life
    life.activate("wati")
    account_id, key_id, holder = life.keys["wati"]
    with transaction() as session:
        person, key = session.get_one(Person, life.person("wati").id), session.get_one(PersonKey, key_id)
        edition = signing.edition_for(session, person=person, now=clock.now())
        assert edition is not None
        ticked = list(editions.clause_ids(edition))
        statement = signing.prepare(session, person=person, key=key, ticked=ticked, now=clock.now()).statement
        person_id = person.id
    visitor = life.visitor("wati")
    life.settle()
    life.erase("wati")
    queue = Queue(keyring=life.wired.keyring, config=life.wired.config, clock=clock.now)
    with pytest.raises(Refusal) as refused:
        queue.sign(person_id=person_id, statement=statement, proof=holder.proof(statement))
    assert refused.value.reason == Reason.STATEMENT_UNKNOWN
    assert visitor.get("/akun").status_code in (302, 401)
    assert account_id not in {row["id"] for row in tester.rows()["accounts"]}
    assert life.findings() == []


def test_the_status_list_keeps_its_values_and_its_places(gone: Gone) -> None:
    before = _newest_list()
    gone.life.hours.at += timedelta(hours=13)
    gone.life.settle()
    assert _newest_list() > before
    assert gone.life.findings() == []
    erased = set(db.session().execute(db.text("SELECT status_index FROM erased_places")).scalars())
    gone.life.hours.strike()
    assert gone.life.sign("dewi").status_index not in erased
    assert gone.life.findings() == []


def _newest_list() -> int:
    db.session().rollback()
    row = publishing.newest_status_list(db.session())
    assert row is not None
    return row.id


def test_the_number_can_be_imported_anew_as_a_new_person_who_signs(gone: Gone) -> None:
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows([HEADER, KNOWN["siti"].row()])
    highest = db.session().execute(select(func.max(Person.id))).scalar_one()
    with transaction() as session:
        report = importing.import_roster(
            session, content=lines.getvalue().encode(), now=clock.now(), pepper=gone.life.wired.keyring.pepper,
            dry_run=False, demo=True,
        )  # fmt: skip
    assert not report.errors
    assert gone.life.person("siti").id >= highest
    del gone.life.keys["siti"]
    gone.life.hours.strike()
    size = ledger.size(db.session())
    assert gone.life.sign("siti").ledger_index > size
    assert gone.life.findings() == []
    mine = select(func.count()).where(IssuedCredential.person_id == gone.life.person("siti").id)
    assert db.session().execute(mine).scalar_one() == 1
