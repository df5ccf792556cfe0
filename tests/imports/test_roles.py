"""A file takes away no role beyond its deciders' reach, leaves two administrators everywhere, and is nobody's own."""

from __future__ import annotations

import pytest

from pakta.accounts import grants
from pakta.accounts.models import Account
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import units
from pakta.web import clock
from tests.imports.office import Office, reason_of
from tests.people import KNOWN


def administrators(office: Office, code: str) -> set[int]:
    """Return who administers a unit."""
    with office.app.app_context():
        unit = units.by_code(db.session(), code=code)
        assert unit is not None
        return {each.account_id for each in grants.administrators_over(db.session(), unit=unit, now=clock.now())}


def end_roles(office: Office, who: str) -> None:
    """End the roles of somebody beside the pages."""
    with office.app.app_context(), transaction() as session:
        account = session.get_one(Account, office.keys[who][0])
        for grant in grants.of_account(session, account=account, now=clock.now()):
            grants.end_role(session, grant=grant, now=clock.now())


@pytest.fixture
def below(office: Office) -> Office:
    """Give two administrators of BKPSDM alone, where the administrators of the whole stand."""
    office.activate("budi", "rini")
    for who in ("budi", "rini"):
        end_roles(office, who)
        office.grant(who, Role.ADMINISTRATOR, "bkpsdm")
    return office


def of_bkpsdm(office: Office, *left_out: str, **changed: dict[str, str]) -> list[list[str]]:
    """Return the lines of those who stand in BKPSDM."""
    return [line for line in office.lines(*left_out, **changed) if line[5] == "bkpsdm"]


def test_administrators_of_a_part_take_no_role_over_the_whole_away(below: Office) -> None:
    below.activate("joko")
    below.grant("joko", Role.ADMINISTRATOR, "pemkot")  # two would remain
    whole = administrators(below, "pemkot")
    import_id = below.bring(of_bkpsdm(below, "dewi"), by="budi")
    answer = below.send(import_id, "tandai", by="budi", siapa="semua", status="mutasi")
    assert reason_of(answer) == "ROLE_BEYOND" and "yang tidak Anda kelola" in answer.text
    import_id = below.bring(of_bkpsdm(below, dewi={"status": "mutasi"}), by="budi")
    assert reason_of(below.send(import_id, "terapkan", by="budi")) == "ROLE_BEYOND"
    import_id = below.bring(below.lines("dewi"))  # of who administers the whole
    below.send(import_id, "tandai", siapa="semua", status="mutasi")
    below.send(import_id, "tandai/1/setujui", by="joko")
    assert administrators(below, "pemkot") == whole - {below.keys["dewi"][0]}


def test_two_administrators_remain_over_every_unit_that_those_who_leave_administer(office: Office) -> None:
    office.activate("budi", "joko")
    for who in ("budi", "joko"):
        end_roles(office, who)
        office.grant(who, Role.ADMINISTRATOR, "bkpsdm")
    end_roles(office, "ani")
    office.grant("ani", Role.ADMINISTRATOR, "bkpsdm")
    import_id = office.bring(of_bkpsdm(office, "dewi"), by="budi")
    answer = office.send(import_id, "tandai", by="budi", siapa="semua", status="mutasi")
    assert reason_of(answer) == "APPOINTMENT_LAST_TWO"
    assert office.keys["dewi"][0] in administrators(office, "pemkot")


def test_a_file_is_not_written_where_another_administrator_went_meanwhile(office: Office) -> None:
    office.activate("budi")
    office.grant("budi", Role.ADMINISTRATOR, "pemkot")
    import_id = office.bring(office.lines(dewi={"status": "mutasi"}))
    office.send(import_id, "terapkan")
    office.visitor("budi").post(f"/impor/{import_id}/setujui")  # the worker has much to do
    end_roles(office, "ani")
    office.work()
    assert office.people()[KNOWN["dewi"].number][2] == "aktif"
    assert "kurang dari dua administrator" in office.page(import_id, by="budi")
    office.grant("ani", Role.ADMINISTRATOR, "pemkot")
    for what, by in (("periksa", "ani"), ("terapkan", "ani"), ("setujui", "budi")):
        office.send(import_id, what, by=by)
    assert office.state(import_id)[0] == "diterapkan" and office.people()[KNOWN["dewi"].number][2] == "mutasi"


def test_nobody_changes_their_own_data_alone(office: Office) -> None:
    import_id = office.bring(office.lines(ani={"position": "Kepala BKPSDM"}))
    assert "mengubah data Anda sendiri" in office.page(import_id)
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "menunggu"
    assert "mengubah data Ani Kusumawati sendiri" in office.page(import_id, by="dewi")
    office.send(import_id, "setujui", by="dewi")
    assert office.state(import_id)[0] == "diterapkan"


def test_who_asked_reaches_the_role_still_when_another_approves(below: Office) -> None:
    below.activate("joko")
    below.grant("joko", Role.ADMINISTRATOR, "pemkot")
    end_roles(below, "dewi")
    import_id = below.bring(of_bkpsdm(below, dewi={"status": "mutasi"}), by="budi")
    marked = below.bring(of_bkpsdm(below, "dewi"), by="budi")
    below.grant("dewi", Role.HEAD, "bkpsdm")  # whose role a part ends as well
    below.send(import_id, "terapkan", by="budi")
    below.send(marked, "tandai", by="budi", siapa="semua", status="mutasi")
    below.grant("dewi", Role.ADMINISTRATOR, "pemkot")
    assert reason_of(below.send(import_id, "setujui", by="ani")) == "REQUEST_FIRST_GONE"
    assert reason_of(below.send(marked, "tandai/1/setujui", by="ani")) == "REQUEST_FIRST_GONE"
    assert below.people()[KNOWN["dewi"].number][2] == "aktif"


def test_a_role_that_came_between_approval_and_writing_is_not_taken_away(below: Office) -> None:
    below.activate("joko")
    below.grant("joko", Role.ADMINISTRATOR, "pemkot")
    end_roles(below, "dewi")
    below.grant("dewi", Role.HEAD, "bkpsdm")
    import_id = below.bring(of_bkpsdm(below, dewi={"status": "mutasi"}), by="budi")
    below.send(import_id, "terapkan", by="budi")
    assert below.visitor("ani").post(f"/impor/{import_id}/setujui").status_code == 302  # the worker has much to do
    below.grant("dewi", Role.ADMINISTRATOR, "pemkot")
    below.work()
    assert below.people()[KNOWN["dewi"].number][2] == "aktif"
    assert "tidak berwenang lagi" in below.page(import_id)
