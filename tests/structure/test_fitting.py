"""A unit's short name, new or another one's, leaves room for the names of its people on the certificate's QR."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import update

from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.roster import service as roster
from pakta.roster import units
from pakta.roster.models import Person, Unit
from pakta.web import clock
from tests.people import KNOWN
from tests.revocation.office import plain
from tests.structure.test_ending import Ending

LONG, SHORT = "Siti " + "é" * 40, "S" * 80  # 85 bytes beside 80
FILE = "code,name,short_name,kind,parent,institution\n"


@pytest.fixture
def office(app: Flask) -> Ending:
    """Give the city; in a school stands somebody whose name is long."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    found = Ending(app)
    found.build("ani", "budi")
    with app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.number == KNOWN["siti"].number).values(name=LONG))
    return found


def test_a_unit_gets_no_short_name_with_which_somebody_could_not_sign(office: Ending) -> None:
    school = FILE + f"sdn-kranggan-1,SD Negeri Kranggan 1,{SHORT},upt,dikbud,pemkot\n"
    for answer in (
        office.send("sdn-kranggan-1", "nama", nama="SD Negeri", singkat=SHORT),
        office.send("pemkot", "berkas", file=school),
    ):
        assert "nama 1 orang terlalu panjang" in office.said(answer)
    assert office.unit("sdn-kranggan-1").short_name == "SDN Kranggan 1"
    assert office.send("sdn-kranggan-1", "nama", nama="SD Negeri", singkat=SHORT[:75]).status_code == 302
    assert office.send("dinkes", "nama", nama="Dinas", singkat=SHORT).status_code == 302  # joko's name is short


def test_nobody_is_moved_where_their_name_does_not_fit(office: Ending) -> None:
    with office.app.app_context(), transaction() as session:
        session.execute(update(Unit).where(Unit.code == "dinkes").values(short_name=SHORT))
    split = f"number,unit_code\n{KNOWN['siti'].number},dinkes\n"
    for answer in (
        office.send("sdn-kranggan-1", "gabung", tujuan="dinkes", periksa="1"),
        office.send("sdn-kranggan-1", "pecah", file=split),
    ):
        assert "nama 1 orang terlalu panjang" in office.said(answer)
    with office.app.app_context(), pytest.raises(Refusal) as refused, transaction() as session:
        roster.set_place(session, person=office.person("siti"), unit=office.unit("dinkes"), now=clock.now())
    assert refused.value.reason is Reason.NAME_TOO_LONG
    with office.app.app_context(), transaction() as session:  # who has left signs nothing
        roster.set_place(session, person=office.person("siti"), status="mutasi", now=clock.now())
    assert office.send("sdn-kranggan-1", "gabung", tujuan="dinkes", periksa="1").status_code == 200


@pytest.mark.parametrize("code", ["-", "-a"])
def test_a_units_code_begins_with_a_letter_or_a_digit(office: Ending, code: str) -> None:
    answer = office.send("pemkot", "berkas", file=FILE + f"{code},Unit,Unit,bagian,pemkot,pemkot\n")
    assert "diawali huruf atau angka" in office.said(answer)
    assert office.send("pemkot", "berkas", file=FILE + "1-a,Unit,Unit,bagian,pemkot,pemkot\n").status_code == 200


def test_a_unit_with_a_last_day_is_merged_only_where_it_holds_people(office: Ending) -> None:
    later = clock.today().replace(year=clock.today().year + 1)
    with office.app.app_context(), transaction() as session:
        session.execute(update(Unit).where(Unit.code.in_(["dinkes", "dlh"])).values(valid_until=later))
    assert "tidak digabungkan atau dipecah lagi" in plain(office.visitor("ani").get("/unit-kerja/dlh").text)
    assert "tidak berisi orang" in office.said(office.send("dlh", "gabung", tujuan="dikbud", periksa="1"))
    assert "Gabungkan ke unit lain" in plain(office.visitor("ani").get("/unit-kerja/dinkes").text)
    assert office.send("dinkes", "gabung", tujuan="dikbud", periksa="1").status_code == 200


def test_a_unit_leads_to_its_coverage_where_there_is_one(office: Ending) -> None:
    ani = office.visitor("ani")
    assert 'href="/cakupan/dinkes"' in ani.get("/unit-kerja/dinkes").text
    with office.app.app_context(), transaction() as session:
        session.execute(update(Unit).values(valid_from=clock.today().replace(year=2020)))
    office.close("dinkes")
    page = ani.get("/unit-kerja/dinkes").text
    with office.app.app_context():
        dinkes = units.by_code(db.session(), code="dinkes")
        assert dinkes is not None
        there = f"/cakupan/dinkes?hari={dinkes.valid_until}"
    assert f'href="{there}"' in page and ani.get(there).status_code == 200
