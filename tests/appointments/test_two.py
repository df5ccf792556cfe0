"""Roles are given and ended by two; who is concerned decides nothing; two administrators always remain."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from pakta.accounts import service as accounts
from pakta.accounts.models import PersonKey
from pakta.appointments import away
from pakta.database import db, transaction
from pakta.jobs.seldom import Seldom, Task
from pakta.roles import Role
from pakta.roster import service as roster
from pakta.roster.models import Unit
from pakta.web import clock
from tests.appointments.office import REASON, Office
from tests.people import KNOWN
from tests.revocation.office import plain, reason_of


def test_two_administrators_appoint_a_delegate(office: Office) -> None:
    shown = plain(office.visitor("ani").post("/peran/periksa", data=office.form("siti")).text)
    assert "Belum ada yang berubah" in shown and "Siti Lestari" in shown and "sebutan: Plt." in shown
    assert "mengingatkan yang belum, membuka apel, serta mengunduh lembar yang sudah" in shown
    assert office.rows() == []
    assert office.ask("ani").status_code == 302
    assert office.held("siti") == []
    session = office.visitor("siti")
    assert session.get("/pakta").status_code == 200
    assert office.decide("dewi").status_code == 302
    assert office.held("siti") == [("delegate", "dikbud")]
    assert session.get("/pakta").status_code == 302  # every session ends when a role changes
    assert office.told("siti") == ["peran-diberikan"]
    notices = plain(office.visitor("siti").get("/pemberitahuan").text)
    assert "Anda mendapat peran" in notices
    assert "mengangkat Anda sebagai yang mewakili kepala (sebutan: Plt.) atas Dinas Pendidikan" in notices
    assert office.visitor("siti").get("/cakupan/dikbud").status_code == 200
    office.ask_end("ani", "siti")
    office.decide("dewi")
    notices = plain(office.visitor("siti").get("/pemberitahuan").text)
    assert "mengakhiri peran Anda sebagai yang mewakili kepala (sebutan: Plt.)" in notices


def test_a_unit_that_has_a_head_says_so_before_it_gets_another(office: Office) -> None:
    form = office.form("rini", peran="head", sebutan="")
    pages = [office.visitor("ani").post("/peran/periksa", data=form).text]
    office.ask("ani", "rini", peran="head")
    pages.append(office.visitor("dewi").get("/peran/permintaan/1").text)
    for page in pages:
        assert "sudah punya kepala" in page and "Budi Wiryawan, sejak" in plain(page)
        assert f"/peran/pemegang/{office.grants('budi')[0].id}" in page
    other = office.visitor("ani").post("/peran/periksa", data=office.form("rini", peran="head", unit="smpn-1"))
    assert "sudah punya kepala" not in other.text
    assert "sudah punya kepala" not in office.visitor("ani").post("/peran/periksa", data=office.form("siti")).text


def look(office: Office) -> None:
    """Let the worker look for who moved away."""
    Seldom(office.app, [Task(away.find, away.keep, away.QUIET)], clock=clock.now).round(threading.Event())


def move(office: Office, who: str, code: str) -> None:
    with office.app.app_context(), transaction() as session:
        unit = session.execute(select(Unit).where(Unit.code == code)).scalar_one()
        roster.set_place(session, person=office.person(who), unit=unit, now=clock.now())
    look(office)


def test_who_moves_away_from_what_they_lead_is_shown_until_an_end_is_asked(office: Office) -> None:
    said = "Pindah unit, tetapi perannya masih berlaku"
    assert said not in office.visitor("ani").get("/peran").text
    for who, unit in (("budi", "dinkes"), ("siti", "smpn-1")):  # siti leads nothing
        move(office, who, unit)
    page = office.visitor("ani").get("/peran").text
    assert said in page and "Budi Wiryawan, " in plain(page) and "Peran (1" in plain(page)
    assert said not in office.visitor("rini").get("/peran").text
    office.ask_end("ani", "budi")
    assert said not in office.visitor("dewi").get("/peran").text
    office.decide("dewi")
    assert office.held("budi") == [] and said not in office.visitor("dewi").get("/peran").text


def test_who_stands_in_from_another_unit_is_no_finding(office: Office) -> None:
    office.ask("ani", "joko")
    office.decide("dewi")
    move(office, "joko", "smpn-1")
    assert "Pindah unit" not in office.visitor("ani").get("/peran").text


def test_who_comes_back_to_what_they_lead_is_no_finding_any_more(office: Office) -> None:
    move(office, "budi", "dinkes")
    assert "Pindah unit" in office.visitor("ani").get("/peran").text
    move(office, "budi", "dikbud")
    page = plain(office.visitor("ani").get("/peran").text)
    assert "Pindah unit" not in page and "Peran (" not in page and office.held("budi") == [("head", "dikbud")]


def test_how_a_delegate_is_called_stands_in_the_list(office: Office) -> None:
    office.ask("ani")
    office.decide("dewi")
    assert "sebutan: Plt." in plain(office.visitor("ani").get("/peran").text)
    assert "sebutan: Plt." in plain(office.visitor("ani").get(f"/peran/pemegang/{office.grants('siti')[0].id}").text)


def test_two_administrators_end_a_role(office: Office) -> None:
    assert office.ask_end("dewi", "budi").status_code == 302
    assert office.held("budi") == [("head", "dikbud")]
    assert office.decide("ani").status_code == 302
    assert office.held("budi") == [] and office.told("budi") == ["peran-diakhiri"]
    assert office.visitor("budi").get("/cakupan/dikbud").status_code == 403
    with office.app.app_context():
        assert office.person("budi").signs_as == "pns"


def test_who_asked_cannot_approve_and_nobody_decides_about_themselves(office: Office) -> None:
    office.ask("ani")
    assert reason_of(office.decide("ani")) == "REQUEST_SAME_PERSON"
    assert reason_of(office.ask("ani", "ani", peran="head")) == "APPOINTMENT_OWN"
    office.grant("rini", Role.ADMINISTRATOR, "pemkot")
    office.ask_end("ani", "dewi")
    for what in ("setujui", "tolak"):
        assert reason_of(office.decide("dewi", what)) == "APPOINTMENT_OWN"
    assert office.held("dewi") == [("administrator", "pemkot")]


@pytest.mark.parametrize("who", ["budi", "rini"])
def test_what_a_head_asks_needs_two_administrators_and_is_a_delegate_of_their_own(office: Office, who: str) -> None:
    assert reason_of(office.ask(who, peran="head")) == "APPOINTMENT_ROLE"
    assert reason_of(office.ask(who, peran="administrator")) == "APPOINTMENT_ROLE"
    assert reason_of(office.ask(who, unit="dinkes")) == "UNIT_UNKNOWN"
    assert reason_of(office.ask(who, "joko")) == "PERSON_UNKNOWN"
    assert office.ask(who).status_code == 302
    assert office.decide(who).status_code == 403
    assert office.decide("ani").status_code == 302
    assert office.held("siti") == []
    assert reason_of(office.decide("ani", "setujui")) == ""  # the same tap twice changes nothing
    assert office.held("siti") == []
    assert office.decide("dewi").status_code == 302
    assert office.held("siti") == [("delegate", "dikbud")]


def test_a_head_cannot_end_another_head_nor_an_administrator(office: Office) -> None:
    assert office.ask_end("rini", "budi").status_code == 422
    assert office.ask_end("budi", "ani").status_code == 404
    assert office.rows() == []


def test_two_administrators_always_remain(office: Office) -> None:
    assert reason_of(office.ask_end("ani", "dewi")) == "APPOINTMENT_LAST_TWO"
    office.grant("rini", Role.ADMINISTRATOR, "pemkot")
    assert office.ask_end("ani", "dewi").status_code == 302
    with office.app.app_context(), transaction() as session:  # meanwhile another one leaves
        for grant in office.grants("ani"):
            accounts.end_role(session, grant=session.merge(grant), now=clock.now())
    assert reason_of(office.decide("rini")) in ("REQUEST_FIRST_GONE", "APPOINTMENT_LAST_TWO")
    assert office.held("dewi") == [("administrator", "pemkot")]


def test_a_first_administrator_whose_key_is_in_doubt_counts_no_more(office: Office) -> None:
    office.ask("ani")
    with office.app.app_context(), transaction() as session:
        session.get_one(PersonKey, office.keys["ani"][1]).suspended_at = clock.now() + timedelta(seconds=1)
    assert reason_of(office.decide("dewi")) == "REQUEST_FIRST_GONE"
    assert office.held("siti") == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"nomor": "198609262015052999"}, "PERSON_UNKNOWN"),
        ({"nomor": ""}, "PERSON_UNKNOWN"),
        ({"nomor": KNOWN["lina"].number}, "ACCOUNT_UNKNOWN"),
        ({"unit": ""}, "UNIT_UNKNOWN"),
        ({"unit": "tidak-ada"}, "UNIT_UNKNOWN"),
        ({"peran": "supervisor"}, "APPOINTMENT_ROLE"),
        ({"peran": "signer"}, "APPOINTMENT_ROLE"),
        ({"alasan": "pendek"}, "REQUEST_REASON"),
        ({"alasan": "a" * 401}, "REQUEST_REASON"),
    ],
    ids=["unknown", "empty", "not activated", "no unit", "another unit", "supervisor", "signer", "short", "long"],
)
def test_what_cannot_be_asked_says_why_and_changes_nothing(
    office: Office, changed: dict[str, str], reason: str
) -> None:
    for path in ("/peran/periksa", "/peran"):
        answer = office.visitor("ani").post(path, data=office.form("siti", **changed))
        assert (answer.status_code, reason_of(answer)) == (422, reason)
        assert REASON in answer.text or "alasan" in changed  # what was typed stays
    assert office.rows() == []


def test_the_same_wish_twice_is_one_and_another_waits(office: Office) -> None:
    office.ask("ani")
    assert office.ask("ani").status_code == 302
    assert len(office.rows()) == 1
    assert reason_of(office.ask("dewi")) == "APPOINTMENT_OPEN"
    assert office.decide("ani", "tolak").status_code == 302
    assert office.rows()[-1].outcome == "ditarik"
    assert office.ask("dewi").status_code == 302
    assert office.decide("ani", "tolak").status_code == 302
    assert office.rows()[-1].outcome == "ditolak" and office.told("ani") == []
    page = office.visitor("dewi").get("/pemberitahuan").text  # who asked is told, with the way to the request
    assert (
        "Permintaan Anda tentang peran ditolak" in page and f'href="/peran/permintaan/{office.rows()[-1].id}"' in page
    )
    assert 'href="#selesai"' in office.visitor("dewi").get("/peran").text
    assert reason_of(office.decide("dewi")) == "REQUEST_CLOSED"


def test_a_number_in_the_reason_is_not_kept(office: Office) -> None:
    office.ask("ani", alasan=f"Pengganti {KNOWN['siti'].number} menurut SK")
    assert KNOWN["siti"].number not in office.rows()[0].reason


def test_who_looks_at_names_is_noted_and_the_menu_says_what_waits(office: Office) -> None:
    office.ask("budi")
    page = plain(office.visitor("ani").get("/peran").text)
    assert "Peran (1 menunggu Anda )" in page and "Siti Lestari" in page and "Budi Wiryawan" in page
    assert "menunggu Anda" not in plain(office.visitor("budi").get("/pakta").text)
    with office.app.app_context():
        noted = db.session().execute(text("SELECT action FROM access_log ORDER BY id")).scalars().all()
    assert {"peran-minta-angkat", "peran-lihat"} <= set(noted)


def test_the_database_holds_that_two_decided(office: Office) -> None:
    office.ask("ani")
    account = office.keys["ani"][0]
    with pytest.raises(IntegrityError), office.app.app_context(), transaction() as session:
        session.execute(
            text("UPDATE appointments SET outcome = 'disetujui', decided_at = asked_at, decided_by_id = :by"),
            {"by": account},
        )


def test_a_head_is_told_to_sign_first(office: Office) -> None:
    told = "Anda sendiri belum menandatangani"
    assert told in office.visitor("budi").get("/cakupan").text
    office.sign("budi")
    assert told not in office.visitor("budi").get("/cakupan").text


def test_who_holds_no_role_over_a_unit_any_more_reads_what_they_asked_there_no_more(office: Office) -> None:
    office.ask("rini")
    at = f"/peran/permintaan/{office.rows()[-1].id}"
    assert office.visitor("rini").get(at).status_code == 200
    with office.app.app_context(), transaction() as session:
        for grant in office.grants("rini"):
            accounts.end_role(session, grant=session.merge(grant), now=clock.now())
    office.grant("rini", Role.DELEGATE, "diskominfo")
    former = office.visitor("rini")
    assert former.get(at).status_code == 404 and former.post(f"{at}/tolak").status_code == 404
    assert KNOWN["siti"].name not in former.get("/peran").text


def test_a_lesser_role_of_who_administers_the_whole_may_end(office: Office) -> None:
    office.grant("ani", Role.ADMINISTRATOR, "bkpsdm")
    lesser = office.grants("ani")[-1]
    asked = office.visitor("dewi").post(f"/peran/pemegang/{lesser.id}/akhiri", data={"alasan": REASON})
    assert asked.status_code == 302 and reason_of(office.ask_end("dewi", "ani")) == "APPOINTMENT_LAST_TWO"
    office.grant("joko", Role.ADMINISTRATOR, "pemkot")
    assert office.decide("joko").status_code == 302
    assert office.held("ani") == [("administrator", "pemkot")]


def test_a_role_that_ended_meanwhile_is_not_ended_once_more(office: Office) -> None:
    office.ask_end("dewi", "budi")
    with office.app.app_context(), transaction() as session:
        for grant in office.grants("budi"):
            accounts.end_role(session, grant=session.merge(grant), now=clock.now())
    assert reason_of(office.decide("ani")) == "APPOINTMENT_OVER"
    assert office.told("budi") == [] and office.rows()[-1].outcome is None
    assert office.decide("ani", "tolak").status_code == 302


def test_numbers_are_not_guessed_past_the_page_that_says_what_will_happen(office: Office) -> None:
    wrong = [f"1986092620150529{at}" for at in range(10, 50)]
    answers = [reason_of(office.ask("budi", nomor=number)) for number in wrong]
    tried = answers.count("PERSON_UNKNOWN")
    assert tried < 10 and answers[tried:] == ["TRIES_USED_UP"] * (40 - tried)
    assert reason_of(office.ask("budi", nomor=KNOWN["siti"].number)) == "TRIES_USED_UP" and office.rows() == []
