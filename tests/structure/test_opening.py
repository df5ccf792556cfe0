"""A role that reached nobody, since a unit above its own had ended, is not given back to life silently."""

from __future__ import annotations

import html
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from pakta.accounts import grants
from pakta.accounts.models import AccessLog, RoleGrant
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import planning, units
from pakta.roster.models import Unit
from pakta.web import clock
from tests.people import KNOWN
from tests.revocation.office import plain, reason_of
from tests.structure.test_ending import Ending

WHOLE_ON_POSTGRESQL = True
FILE = "code,name,short_name,kind,parent,institution,valid_until\n"


class Opening(Ending):
    """The office, some of whose units have ended."""

    def ended(self, code: str) -> None:
        """End a unit yesterday, and let heads sign as they then do."""
        with self.app.app_context(), transaction() as session:
            yesterday = clock.today() - timedelta(days=1)
            session.execute(update(Unit).where(Unit.code == code).values(valid_until=yesterday))
            session.expire_all()
            grants.set_all_signing(session, now=clock.now())

    def without_roles(self, *people: str) -> None:
        """End the roles of these people."""
        with self.app.app_context(), transaction() as session:
            ids = [self.keys[who][0] for who in people]
            session.execute(update(RoleGrant).where(RoleGrant.account_id.in_(ids)).values(ended_at=clock.now()))

    def reaches(self, who: str, code: str) -> bool:
        """Say whether somebody reaches a unit's coverage."""
        return bool(self.visitor(who).get(f"/cakupan/{code}").status_code == 200)

    def reached(self) -> set[str]:
        """Return of whom it is noted that a role of theirs reaches a unit now."""
        with self.app.app_context():
            ids = db.session().scalars(select(AccessLog.person_id).where(AccessLog.action == "peran-jangkau")).all()
            return {who for who in KNOWN if self.person(who).id in ids}

    def told(self, who: str) -> bool:
        """Say whether somebody is told of a unit that came under another one, was merged or opened again."""
        page = self.visitor(who).get("/pemberitahuan").text
        return bool(re.search(r"administrator (menggabungkan .* ke|membuat .* berlaku lagi|memindahkan)", page))

    def file(self, row: str) -> tuple[str, dict[str, str]]:
        """Send a file of one unit; return what the page says, and what it keeps for the second press."""
        data: dict[str, Any] = {"berkas": (io.BytesIO(f"{FILE}{row}\n".encode()), "unit.csv"), "periksa": "1"}
        page = self.visitor("ani").post("/unit-kerja/pemkot/berkas", data=data).text
        kept = re.findall(r'<input type="hidden" name="(baris|sidik)" value="([^"]*)">', page)
        return html.unescape(plain(page)), {name: html.unescape(value) for name, value in kept}


@pytest.fixture
def office(app: Flask) -> Opening:
    """Give the city with two administrators; joko leads Dinkes, and siti, who has signed, a school below Dikbud."""
    found = Opening(app)
    found.begin("ani", "dewi", "joko")
    found.grant("joko", Role.HEAD, "dinkes")
    found.grant("siti", Role.HEAD, "sdn-kranggan-1")
    return found


def test_a_role_below_an_ended_unit_that_is_merged_is_shown_noted_and_told(office: Opening) -> None:
    office.ended("dikbud")
    assert not office.reaches("siti", "sdn-kranggan-1")
    said = html.unescape(plain(office.send("dikbud", "gabung", tujuan="dinkes", periksa="1").text))
    assert "Siti Lestari (Kepala, SDN Kranggan 1) akan melihat nama-nama di SD" in said
    assert "Joko Prasetyo (Kepala, Dinkes P2KB) akan melihat" in said and not office.told("siti")
    office.done("dikbud", "gabung", tujuan="dinkes")
    assert office.reaches("siti", "sdn-kranggan-1") and office.reached() == {"joko", "siti"}
    assert office.told("siti") and office.told("joko") and office.told("dewi") and not office.told("ani")
    assert office.agrees()


def test_a_role_below_an_open_unit_that_is_merged_goes_on_and_is_told_nothing(office: Opening) -> None:
    said = plain(office.send("dikbud", "gabung", tujuan="dinkes", periksa="1").text)
    assert "Siti Lestari (Kepala" not in said
    office.done("dikbud", "gabung", tujuan="dinkes")
    assert office.reached() == {"joko"} and not office.told("siti")


def test_units_that_open_by_a_merger_are_told_to_who_reaches_them_from_above(office: Opening) -> None:
    office.without_roles("joko", "siti")
    office.grant("joko", Role.DELEGATE, "pemkot")
    office.ended("dikbud")
    with office.app.app_context():
        below = len(units.children(db.session(), unit=office.unit("dikbud"), on=clock.today()))
    office.done("dikbud", "gabung", tujuan="dinkes")
    for who in ("joko", "dewi"):
        page = plain(office.visitor(who).get("/pemberitahuan").text)
        assert page.count("menggabungkan") == 1
        assert f"sudah berakhir sebelumnya; {below} unit di bawahnya berlaku lagi sejak penggabungan ini" in page


DINKES = "dinkes,Dinas Kesehatan,Dinkes P2KB,opd,pemkot,pemkot,"


def test_a_role_over_a_unit_whose_last_day_is_taken_back_is_shown_noted_and_told(office: Opening) -> None:
    office.ended("dinkes")
    assert not office.reaches("joko", "dinkes")
    said, kept = office.file(DINKES)
    assert "Joko Prasetyo (Kepala, Dinkes P2KB) akan melihat nama-nama di Dinas Kesehatan" in said
    assert "Ani Kusumawati (" not in said
    assert office.send("pemkot", "berkas", **kept).status_code == 302
    assert office.reaches("joko", "dinkes") and office.reached() == {"joko"}
    assert office.told("joko") and office.told("dewi") and not office.told("ani")
    with office.app.app_context():
        assert office.person("joko").signs_as == "kepala"  # at once, not when the worker comes by
    assert office.agrees()


def test_a_unit_that_nobody_leads_opens_again_and_the_other_administrators_are_told(office: Opening) -> None:
    office.grant("siti", Role.DELEGATE, "pemkot")
    office.ended("dlh")
    said, kept = office.file("dlh,Dinas Lingkungan Hidup,DLH,opd,pemkot,pemkot,")
    assert "Berubah siapa yang melihat" not in said
    assert office.send("pemkot", "berkas", **kept).status_code == 302
    assert office.told("dewi") and office.told("siti") and not office.told("joko") and not office.told("ani")


def test_a_unit_that_leaves_an_ended_one_by_a_file_opens_for_who_leads_it(office: Opening) -> None:
    office.ended("dikbud")
    said, kept = office.file("sdn-kranggan-1,SD Negeri Kranggan 1,SDN Kranggan 1,upt,dinkes,pemkot,")
    assert "Siti Lestari (Kepala, SDN Kranggan 1) akan melihat" in said
    assert "Joko Prasetyo (Kepala, Dinkes P2KB) akan melihat" in said
    assert office.send("pemkot", "berkas", **kept).status_code == 302
    assert office.reaches("siti", "sdn-kranggan-1") and office.reached() == {"joko", "siti"}


def test_a_head_whose_office_opens_by_a_merger_signs_as_head_at_once(office: Opening) -> None:
    with office.app.app_context(), transaction() as session:
        session.execute(update(Unit).where(Unit.code == "sdn-kranggan-1").values(kind="opd"))
    office.ended("dikbud")
    with office.app.app_context():
        assert office.person("siti").signs_as == "pns"
    office.done("dikbud", "gabung", tujuan="dinkes")
    with office.app.app_context():
        assert office.person("siti").signs_as == "kepala"
    assert office.agrees()


@pytest.mark.parametrize("what", ["nama", "gabung", "pecah", "berkas"])
def test_whose_role_ended_while_they_waited_for_the_lock_changes_no_unit(
    office: Opening, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    about, sent = "dlh", {"nama": "Dinas Lain", "singkat": "Lain"}
    if what == "berkas":
        about, (_, sent) = "pemkot", office.file(DINKES.replace("Kesehatan", "Sehat"))
    elif what != "nama":
        about, sent = "smpn-1", office.shown("smpn-1", "gabung", tujuan="dinkes")
    if what == "pecah":
        with office.app.app_context():
            sent = {"pembagian": f"{office.person('lina').id}:dinkes", "sidik": "x"}

    def lock(session: Any) -> None:
        session.execute(update(RoleGrant).where(RoleGrant.role == "administrator").values(ended_at=clock.now()))

    before = dict(office.places()), office.unit(about).name
    monkeypatch.setattr(planning, "lock", lock)
    answer = office.send(about, what, **sent)
    assert reason_of(answer) == "UNIT_UNKNOWN"
    assert (dict(office.places()), office.unit(about).name) == before


def test_an_institution_gets_no_other_name_than_its_statements_say(office: Opening) -> None:
    answer = office.send("pemkot", "nama", nama="Kota Lain", singkat="Kota Lain")
    assert office.said(answer) == "Pemkot Mojokerto adalah instansi; namanya diganti dengan berkas unit"
    assert office.unit("pemkot").name == office.unit("pemkot").institution.name != "Kota Lain"
    _, kept = office.file("pemkot,Kota Lain,Kota Lain,institution,,,")
    assert office.send("pemkot", "berkas", **kept).status_code == 302
    with office.app.app_context(), transaction() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "pemkot")).one()
        assert (unit.name, unit.institution.name) == ("Kota Lain", "Kota Lain")
