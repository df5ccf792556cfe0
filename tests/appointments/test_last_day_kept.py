"""A last day stays until two take it away, nothing is asked for that two could not give, and the menu is true."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from pakta import startup
from pakta.accounts.models import RoleGrant
from pakta.appointments import service
from pakta.commands import people, serving
from pakta.database import transaction
from pakta.roles import Role
from pakta.roster import service as roster
from pakta.roster.models import Unit
from pakta.signing import reports
from pakta.web import clock, display
from tests.appointments.office import Office
from tests.appointments.test_last_day import appoint, day, pass_days, prolong
from tests.people import KNOWN
from tests.revocation.office import plain, reason_of

pytestmark = pytest.mark.usefixtures("unbegun")  # the worker signs with keys that are shared


def close(office: Office, code: str) -> None:
    """End a unit beside the pages, as by the command."""
    with office.app.app_context(), transaction() as session:
        days = {"valid_from": date(2020, 1, 1), "valid_until": day(-1)}
        session.execute(update(Unit).where(Unit.code == code).values(days))


def lapse(office: Office) -> int:
    with office.app.app_context(), transaction() as session:
        return service.lapse(session, now=clock.now())


def set_status(office: Office, who: str, *statuses: str) -> None:
    for status in statuses:
        with office.app.app_context(), transaction() as session:
            later = clock.now() + timedelta(minutes=1)  # a return is kept to the second
            roster.set_place(session, person=office.person(who), status=status, now=later)


def in_menu(office: Office, who: str, of: str) -> str:
    found = re.search(rf"{of} \((\d+)", plain(office.visitor(who).get("/pakta").text))
    return found.group(1) if found else ""


def test_a_role_given_again_by_command_keeps_its_last_day_and_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    appoint(office, 9)
    monkeypatch.setattr(startup, "open_app", lambda: office.app)
    said = CliRunner().invoke(people.appoint, [KNOWN["siti"].number, "delegate", "dikbud"])
    assert said.exit_code == 0 and f"Hari terakhirnya tetap {display.day(day(9))}." in said.output
    assert [each.last_on for each in office.grants("siti")] == [day(9)]


def test_the_form_of_another_last_day_holds_the_one_that_stands(office: Office) -> None:
    appoint(office, 9)

    def field(grant: RoleGrant) -> str:
        page = office.visitor("ani").get(f"/peran/pemegang/{grant.id}").text
        found = re.search(r'<input[^>]*name="sampai"[^>]*>', page)
        assert found is not None
        return found.group(0)

    assert f'value="{day(9)}"' in field(office.grants("siti")[0])
    assert f'value="{day(9)}"' not in field(office.grants("rini")[0])
    assert prolong(office, "ani", office.grants("siti")[0].id, day(9)) == (422, "APPOINTMENT_DAY")


def test_nobody_is_asked_to_do_something_about_their_own_role_or_one_over_a_closed_unit(office: Office) -> None:
    office.grant("dewi", Role.HEAD, "bkpsdm")
    with office.app.app_context(), transaction() as session:
        session.execute(update(RoleGrant).where(RoleGrant.role == "head").values(last_on=day(-1)))  # budi's, too
    assert (in_menu(office, "ani", "Peran"), in_menu(office, "dewi", "Peran")) == ("2", "1")
    close(office, "dikbud")
    assert (in_menu(office, "ani", "Peran"), in_menu(office, "dewi", "Peran")) == ("1", "")


def test_nobodys_own_report_waits_for_them(office: Office) -> None:
    with office.app.app_context(), transaction() as session:
        dewi = office.person("dewi")
        reports.report(session, person=dewi, field="nama", message="Gelar saya kurang.", now=clock.now())
    assert (in_menu(office, "ani", "Laporan data"), in_menu(office, "dewi", "Laporan data")) == ("1", "")


@pytest.mark.parametrize(("what", "ends"), [("unit", "UNIT_CLOSED"), ("person", "PERSON_NOT_ACTIVE")])
def test_what_could_not_be_prolonged_is_not_asked_for(office: Office, what: str, ends: str) -> None:
    appoint(office, 9)
    grant_id = office.grants("siti")[0].id
    if what == "unit":
        close(office, "dikbud")
    else:
        pass_days(office, "siti", 10)
        set_status(office, "siti", "pensiun")
    assert prolong(office, "ani", grant_id, day(20)) == (422, ends)


def test_another_last_day_asked_while_the_first_waits_is_not_answered_with_the_first(office: Office) -> None:
    assert office.ask("ani", sampai=day(5).isoformat()).status_code == 302
    assert office.ask("ani", sampai=day(5).isoformat()).status_code == 302  # the same tap twice
    assert reason_of(office.ask("ani", sampai=day(50).isoformat())) == "APPOINTMENT_OPEN"
    assert [row.last_on for row in office.rows()] == [day(5)]


@pytest.mark.parametrize("statuses", [("pensiun",), ("mutasi", "aktif")])
def test_a_role_that_ended_by_leaving_lapses_silently_and_is_not_offered(
    office: Office, statuses: tuple[str, ...]
) -> None:
    appoint(office, 0)
    grant_id = office.grants("siti")[0].id
    pass_days(office, "siti", 1)
    set_status(office, "siti", *statuses)
    assert lapse(office) == 1
    assert office.told("siti") == ["peran-diberikan"]
    assert "berakhir kemarin" not in office.visitor("ani").get("/peran").text
    if statuses[-1] == "aktif":
        assert office.visitor("ani").get(f"/peran/pemegang/{grant_id}").status_code == 404


def test_a_role_that_cannot_be_ended_stops_neither_the_picture_nor_the_next_ticks(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def fails(*_: Any, **__: Any) -> int:
        calls.append("lapse")
        raise RuntimeError("no")

    monkeypatch.setattr(service, "lapse", fails)
    taken: list[str] = []
    monkeypatch.setattr(serving.publishing, "take", lambda *_, **__: bool(taken.append("picture") or 1))
    with office.app.app_context():
        work = serving.Work(office.app)
        with pytest.raises(RuntimeError):
            work.tick()
        work.tick()
        work.tick()
    assert (calls, taken) == (["lapse"], ["picture"])


def test_who_headed_a_unit_that_has_closed_signs_as_others_do(office: Office) -> None:
    def signs_as() -> str:
        with office.app.app_context():
            return office.person("budi").signs_as

    assert signs_as() == "kepala"
    close(office, "dikbud")
    lapse(office)
    assert signs_as() == "pns"
    office.grant("budi", Role.HEAD, "sdn-kranggan-1")  # a change of roles asks again, and finds the same
    assert signs_as() == "pns"
    with office.app.app_context(), transaction() as session:
        session.execute(update(Unit).where(Unit.code == "dikbud").values(valid_until=None))
    lapse(office)
    assert signs_as() == "kepala"


def test_who_heads_what_is_no_office_any_more_signs_as_others_do(office: Office) -> None:
    def signs_as(kind: str) -> str:
        with office.app.app_context(), transaction() as session:
            session.execute(update(Unit).where(Unit.code == "dikbud").values(kind=kind))
        lapse(office)
        with office.app.app_context():
            return office.person("budi").signs_as

    assert [signs_as(kind) for kind in ("opd", "bagian", "kecamatan")] == ["kepala", "pns", "kepala"]
