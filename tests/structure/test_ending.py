"""A unit that holds people is not ended but merged or split, and to end what somebody leads takes two."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from pakta.accounts import grants
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import units
from pakta.roster.models import Person, Unit
from pakta.web import clock
from tests.people import KNOWN
from tests.revocation.office import plain, reason_of
from tests.structure.test_structure import Office

HEAD = "code,name,short_name,kind,parent,institution,valid_until\n"
YESTERDAY = timedelta(days=-1)


class Ending(Office):
    """The office, whose units are to end."""

    def end(self, row: str, when: timedelta = YESTERDAY) -> Any:
        """Send a row of a file with a last day."""
        return self.send("pemkot", "berkas", file=f"{HEAD}{row},{clock.today() + when}\n")

    def close(self, code: str) -> None:
        """End a unit beside the pages, as by the command."""
        with self.app.app_context(), transaction() as session:
            values = {"valid_until": clock.today() - timedelta(days=5)}
            session.execute(update(Unit).where(Unit.code == code).values(values))

    def said(self, answer: Any) -> str:
        """Return why the units stayed as they are."""
        assert reason_of(answer) == "UNITS_FILE"
        found = re.search(r"Susunan unit tidak dapat diubah begitu: (.*?)\. Tidak ada", plain(answer.text))
        assert found is not None
        return found.group(1)


@pytest.fixture
def office(app: Flask) -> Ending:
    """Give the city with two administrators and a head; siti has signed in a school."""
    found = Ending(app)
    found.begin("ani", "budi")
    return found


DINKES = "dinkes,Dinas Kesehatan,Dinkes,opd,pemkot,pemkot"
SCHOOL = "sdn-kranggan-1,SD Negeri Kranggan 1,SDN Kranggan 1,upt,dikbud,pemkot"


@pytest.mark.parametrize("when", [YESTERDAY, timedelta(0), timedelta(days=30)])
def test_a_unit_that_holds_people_is_not_ended(office: Ending, when: timedelta) -> None:
    assert (
        office.said(office.end(DINKES, when))
        == "Dinkes P2KB masih berisi 1 orang; gabungkan atau pecah dahulu unit itu"
    )
    with office.app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.number == KNOWN["joko"].number).values(status="pensiun"))
    assert office.end(DINKES, when).status_code == 200  # who has left stays where they were


def test_who_has_left_keeps_no_ended_unit_from_being_empty(office: Ending) -> None:
    office.close("dinkes")
    with office.app.app_context(), transaction() as session:
        assert units.left_behind(session, on=clock.today()) == {"dinkes": 1}
        session.execute(update(Person).where(Person.number == KNOWN["joko"].number).values(status="pensiun"))
    page = plain(office.visitor("ani").get("/unit-kerja/dinkes").text)
    assert "masih tercatat di dalamnya" not in page and "Gabungkan ke unit lain" not in page
    assert "dan tidak berisi orang" in office.said(office.send("dinkes", "gabung", tujuan="dikbud", periksa="1"))
    with office.app.app_context():
        assert units.left_behind(db.session(), on=clock.today()) == {}


def test_only_of_a_unit_that_has_ended_it_is_said_that_roles_stay_behind(office: Ending) -> None:
    stay = "Peran atas unit ini tidak ikut pindah"
    assert stay not in plain(office.send("dinkes", "gabung", tujuan="dikbud", periksa="1").text)
    office.close("dinkes")
    assert stay in plain(office.send("dinkes", "gabung", tujuan="dikbud", periksa="1").text)


def test_a_unit_above_people_is_not_ended_and_no_unit_with_people_comes_under_an_ended_one(office: Ending) -> None:
    below = "dikbud,Dinas Pendidikan,Dikbud,opd,pemkot,pemkot"
    with office.app.app_context(), transaction() as session:
        dinkes = units.by_code(session, code="dinkes")
        assert dinkes is not None
        for who in ("budi", "rini"):
            session.execute(update(Person).where(Person.number == KNOWN[who].number).values(unit_id=dinkes.id))
    assert "masih berisi 1 orang" in office.said(office.end(below))
    assert office.end("dlh,Dinas Lingkungan Hidup,DLH,opd,pemkot,pemkot").status_code == 200
    office.close("dlh")
    moved = "code,name,short_name,kind,parent,institution\n" + SCHOOL.replace("dikbud", "dlh") + "\n"
    assert "SDN Kranggan 1 masih berisi" in office.said(office.send("pemkot", "berkas", file=moved))


def test_an_institution_is_not_ended_by_a_file(office: Ending) -> None:
    row = "pemkot,Pemerintah Kota Mojokerto,Pemkot Mojokerto,institution,,"
    assert "instansi tidak diakhiri" in office.said(office.end(row))
    assert office.unit("pemkot").valid_until is None


def test_what_somebody_leads_ends_only_after_two_ended_the_role(office: Ending) -> None:
    row = "dlh,Dinas Lingkungan Hidup,DLH,opd,pemkot,pemkot"
    office.grant("budi", Role.HEAD, "dlh")
    for answer in (
        office.end(row),
        office.send("dlh", "gabung", tujuan="dinkes", periksa="1"),
        office.send("dikbud", "gabung", tujuan="dinkes", periksa="1"),
        office.send("dlh", "pecah", pembagian="", sidik="x"),
    ):
        assert reason_of(answer) == "UNIT_LED"
        assert "Masih ada yang memegang peran di situ: Budi Wiryawan (D" in plain(answer.text)
    assert "Budi Wiryawan (DLH)" in plain(office.end(row).text)
    page = office.send("dlh", "gabung", tujuan="dinkes", periksa="1").text
    found = re.search(r'href="(/peran/pemegang/\d+)">Peran Budi Wiryawan', page)
    assert found is not None and office.visitor("ani").get(found[1]).status_code == 200
    with office.app.app_context(), transaction() as session:
        account = grants.account_of(session, person=office.person("budi"))
        for grant in grants.of_account(session, account=account, now=clock.now()):
            grants.end_role(session, grant=grant, now=clock.now())
    assert office.end(row).status_code == 200
    assert office.send("dikbud", "gabung", tujuan="dinkes", periksa="1").status_code == 200


def test_people_get_out_of_a_unit_that_ended_long_ago(office: Ending) -> None:
    office.close("dinkes")
    last = office.unit("dinkes").valid_until
    page = plain(office.visitor("ani").get("/unit-kerja/dinkes").text)
    assert (
        "1 orang masih tercatat di dalamnya" in page and "Gabungkan ke unit lain" in page and "Ganti nama" not in page
    )
    assert "ada di unit lain; sertifikat" not in page
    office.done("dinkes", "gabung", tujuan="dikbud")
    assert office.places()[KNOWN["joko"].number] == "dikbud" and office.agrees()
    assert office.unit("dinkes").valid_until == last
    page = plain(office.visitor("ani").get("/unit-kerja/dinkes").text)
    assert "Pegawainya pindah ke Dinas Pendidikan" in page and "Gabungkan" not in page
    assert "dan tidak berisi orang" in office.said(office.send("dinkes", "gabung", tujuan="dikbud", periksa="1"))


def test_parts_add_up_to_the_whole_also_where_people_stand_in_an_ended_one(office: Ending) -> None:
    office.activate("wati")
    office.close("dinkes")
    for who, page in (("ani", "/cakupan/pemkot"), ("wati", "/pengawas")):
        text = office.visitor(who).get(page).text
        table = text[text.index("Cakupan per ") :]
        assert "Di unit yang sudah berakhir" in plain(table)
        parts = re.findall(r"(\d+) dari (\d+)", plain(table[: table.index("</table>")]))
        whole = re.search(r"(\d+) dari (\d+) pegawai sudah", plain(text))
        assert whole is not None
        sums = tuple(str(sum(int(part[at]) for part in parts)) for at in (0, 1))
        assert sums == whole.groups()
    own = plain(office.visitor("budi").get("/cakupan/dikbud").text)
    assert "Dikbud sendiri" in own and "Di unit yang sudah berakhir" not in own


def test_a_file_that_changes_what_kind_a_unit_is_changes_at_once_what_its_head_signs(office: Ending) -> None:
    for kind, signs_as in (("bagian", "pns"), ("opd", "kepala")):
        row = f"dikbud,Dinas Pendidikan,Dikbud,{kind},pemkot,pemkot"
        page = office.send("pemkot", "berkas", file=f"{HEAD}{row},\n").text
        kept = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
        office.send(
            "pemkot", "berkas", **{name: html.unescape(value) for name, value in kept if name != "csrf_token"}
        )
        with office.app.app_context():
            assert office.person("budi").signs_as == signs_as
        assert office.agrees()


def test_of_a_unit_that_a_supervisor_watches_it_is_said_who_ends_that(office: Ending) -> None:
    office.activate("wati")
    office.grant("wati", Role.SUPERVISOR, "dlh")
    answer = office.end("dlh,Dinas Lingkungan Hidup,DLH,opd,pemkot,pemkot")
    said = plain(answer.text)
    assert reason_of(answer) == "UNIT_LED"
    assert "DLH masih diawasi seorang pengawas" in said and "halaman Peran" not in said
