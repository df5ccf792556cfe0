"""A role may have a last day: after it nobody holds it, everyone concerned is told, and two may prolong it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from pakta.accounts.models import AccessLog, RoleGrant
from pakta.appointments import service
from pakta.commands import serving
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster.models import Unit
from pakta.web import clock, display
from tests.appointments.office import REASON, Office
from tests.revocation.office import plain, reason_of

pytestmark = pytest.mark.usefixtures("unbegun")  # the worker signs with keys that are shared


def day(ahead: int) -> date:
    return clock.today() + timedelta(days=ahead)


def appoint(office: Office, ahead: int, whose: str = "siti", **changed: str) -> None:
    assert office.ask("ani", whose, sampai=day(ahead).isoformat(), **changed).status_code == 302
    assert office.decide("dewi").status_code == 302


def pass_days(office: Office, whose: str, days: int) -> None:
    """Let days pass over the last day of a role, and leave all else as it is."""
    with office.app.app_context(), transaction() as session:
        ends = RoleGrant.id == office.grants(whose)[0].id
        last_on = session.execute(select(RoleGrant.last_on).where(ends)).scalar_one()
        assert last_on is not None
        session.execute(update(RoleGrant).where(ends).values(last_on=last_on - timedelta(days=days)))


def prolong(office: Office, by: str, grant_id: int, until: date | str, reason: str = REASON) -> tuple[int, str]:
    sent = {"sampai": str(until), "alasan-sampai": reason}
    answer = office.visitor(by).post(f"/peran/pemegang/{grant_id}/sampai", data=sent)
    return answer.status_code, reason_of(answer) if answer.status_code == 422 else ""


def test_the_last_day_is_shown_in_both_approvals_and_wherever_the_role_is(office: Office) -> None:
    said = display.day(day(30))
    form = office.form("siti", sampai=day(30).isoformat())
    assert f"Hari terakhir {said}" in plain(office.visitor("ani").post("/peran/periksa", data=form).text)
    office.ask("ani", sampai=day(30).isoformat())
    assert f"Hari terakhir {said}" in plain(office.visitor("dewi").get("/peran/permintaan/1").text)
    office.decide("dewi")
    assert f"sampai dengan {said}" in plain(office.visitor("siti").get("/akun").text)
    assert f"sampai dengan {said}" in plain(office.visitor("siti").get("/pemberitahuan").text)
    assert f"sampai dengan {said}" in plain(office.visitor("ani").get("/peran").text)
    page = plain(office.visitor("ani").get(f"/peran/pemegang/{office.grants('siti')[0].id}").text)
    assert f"Hari terakhir {said}" in page and "Ubah hari terakhirnya" in page


def test_after_its_last_day_a_role_counts_nowhere_though_nobody_ended_it(office: Office) -> None:
    appoint(office, 0)
    siti = office.visitor("siti")
    assert siti.get("/cakupan/dikbud").status_code == 200 and office.held("siti") == [("delegate", "dikbud")]
    pass_days(office, "siti", 1)
    assert siti.get("/cakupan/dikbud").status_code == 403 and office.held("siti") == []
    assert siti.get("/pakta").status_code == 200
    table = office.visitor("ani").get("/peran").text.split("<table")[1].split("</table")[0]
    assert "Rini Astuti" in table and "Siti Lestari" not in table


def test_a_session_loses_the_role_at_midnight_in_wib(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    appoint(office, 0)
    siti, real = office.visitor("siti"), clock.now()
    midnight = real.astimezone(clock.WIB).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    with office.app.app_context(), transaction() as session:  # who used their session a moment ago
        session.execute(db.text("UPDATE sign_ins SET last_seen_at = :at"), {"at": midnight - timedelta(minutes=3)})
    monkeypatch.setattr(clock, "now", lambda: midnight - timedelta(seconds=1))
    assert siti.get("/cakupan/dikbud").status_code == 200
    monkeypatch.setattr(clock, "now", lambda: midnight)
    assert siti.get("/cakupan/dikbud").status_code == 403


def test_the_worker_ends_it_and_tells_its_holder_and_the_administrators(office: Office) -> None:
    appoint(office, 0)
    pass_days(office, "siti", 1)
    with office.app.app_context():
        serving.Work(office.app).tick()
        assert service.lapse(db.session(), now=clock.now()) == 0
        assert "peran-habis" in db.session().scalars(select(AccessLog.action)).all()
    assert office.told("siti") == ["peran-diberikan", "peran-habis"]
    told = plain(office.visitor("siti").get("/pemberitahuan").text)
    assert f"sampai dengan {display.day(day(-1))}, dan sudah berakhir" in told
    page = plain(office.visitor("ani").get("/peran").text)
    assert "Siti Lestari, " in page and "berakhir kemarin, " in page
    assert "Peran (1" in page  # the menu
    assert "berakhir kemarin" in plain(office.visitor("budi").get("/peran").text)


def test_what_the_visitor_cannot_prolong_does_not_wait_for_them(office: Office) -> None:
    office.grant("ani", Role.DELEGATE, "dikbud")
    with office.app.app_context(), transaction() as session:
        mine = (RoleGrant.account_id == office.keys["ani"][0], RoleGrant.role == Role.DELEGATE.value)
        session.execute(update(RoleGrant).where(*mine).values(last_on=day(-1)))
    assert "Peran (" not in plain(office.visitor("ani").get("/akun").text)
    assert "Peran (1" in plain(office.visitor("dewi").get("/akun").text)  # another one's
    with office.app.app_context(), transaction() as session:
        session.execute(update(Unit).where(Unit.code == "dikbud").values(valid_until=day(-1)))
    assert "Peran (" not in plain(office.visitor("dewi").get("/akun").text)  # there is nothing to prolong it over
    assert "berakhir kemarin" not in plain(office.visitor("dewi").get("/peran").text)


def test_two_prolong_it_before_and_after_its_last_day(office: Office) -> None:
    appoint(office, 3)
    first = office.grants("siti")[0].id
    assert prolong(office, "ani", first, day(10)) == (302, "")
    assert "Mengubah hari terakhir" in office.visitor("dewi").get("/peran/permintaan/2").text
    assert office.decide("ani").status_code == 422
    office.decide("dewi")
    assert [(each.id, each.last_on) for each in office.grants("siti")] == [(first, day(10))]
    assert office.told("siti")[-1] == "peran-diperpanjang"
    pass_days(office, "siti", 11)
    with office.app.app_context(), transaction() as session:
        service.lapse(session, now=clock.now())
    assert "Perpanjang peran ini" in office.visitor("ani").get(f"/peran/pemegang/{first}").text
    assert prolong(office, "ani", first, day(20)) == (302, "")
    assert "berakhir kemarin" not in office.visitor("ani").get("/peran").text  # somebody asked
    office.decide("dewi")
    assert [each.last_on for each in office.grants("siti")] == [day(20)]
    assert "sebutan: Plt." in plain(office.visitor("ani").get("/peran").text).split("Pemegang peran")[-1]


def test_what_had_no_end_gets_one_and_loses_it_by_two(office: Office) -> None:
    rini = office.grants("rini")[0].id
    assert prolong(office, "budi", rini, day(5)) == (302, "")
    office.decide("ani")
    assert office.grants("rini")[0].last_on is None
    office.decide("dewi")
    assert office.grants("rini")[0].last_on == day(5)
    prolong(office, "ani", rini, "")
    office.decide("dewi")
    assert office.grants("rini")[0].last_on is None


@pytest.mark.parametrize("until", ["", "-", "2026-13-01", "9999-01-01", "before"])
def test_a_day_that_is_none_or_past_or_the_same_is_refused(office: Office, until: str) -> None:
    rini = office.grants("rini")[0].id
    answer = prolong(office, "ani", rini, day(-1) if until == "before" else until)
    assert answer == (422, "APPOINTMENT_DAY") and office.rows() == []


def test_nobody_prolongs_their_own_role(office: Office) -> None:
    assert prolong(office, "rini", office.grants("rini")[0].id, day(9)) == (422, "APPOINTMENT_OWN")


def test_an_administrator_has_no_last_day(office: Office) -> None:
    sent = {"peran": "administrator", "unit": "pemkot", "sampai": day(9).isoformat()}
    assert reason_of(office.ask("ani", **sent)) == "APPOINTMENT_DAY"
    assert office.ask("ani", **(sent | {"sampai": ""})).status_code == 302
    with office.app.app_context(), pytest.raises(IntegrityError):
        db.session().execute(update(RoleGrant).where(RoleGrant.role == "administrator").values(last_on=day(9)))
    assert prolong(office, "dewi", office.grants("ani")[0].id, day(9)) == (422, "APPOINTMENT_DAY")


def test_a_last_day_that_passed_while_the_request_waited_is_not_approved(office: Office) -> None:
    office.ask("ani", sampai=day(0).isoformat())
    with office.app.app_context(), transaction() as session:
        session.execute(db.text("UPDATE appointments SET last_on = :on"), {"on": day(-1)})
    assert reason_of(office.decide("dewi")) == "APPOINTMENT_DAY" and office.held("siti") == []


def test_a_head_whose_last_day_is_over_signs_as_others_do(office: Office) -> None:
    appoint(office, 0, "joko", peran="head", unit="dinkes", sebutan="")
    with office.app.app_context():
        assert office.person("joko").signs_as == "kepala"
    pass_days(office, "joko", 1)
    with office.app.app_context(), transaction() as session:
        assert service.lapse(session, now=clock.now()) == 1
        assert office.person("joko").signs_as == "pns"
