"""Who leads an office is told when an administrator merges, splits or renames a unit of theirs."""

from __future__ import annotations

import pytest
from flask import Flask

from pakta.roles import Role
from tests.people import City
from tests.revocation.office import plain
from tests.structure.test_structure import Office

SCHOOL = "sdn-kranggan-1"
RENAMED = f"""kode unit,nama unit,nama singkat,jenis,kode induk
{SCHOOL},SD Negeri Wates 9,SDN Kranggan 1,upt,dikbud
"""


@pytest.fixture
def office(app: Flask) -> Office:
    """Give the city with an administrator, a head, who stands in for the head, and a head elsewhere."""
    found = Office(app)
    found.begin("ani", "budi")
    found.activate("joko", "wati")
    found.grant("joko", Role.DELEGATE, "dikbud")
    found.grant("wati", Role.HEAD, "dlh")
    return found


def told(office: City, who: str) -> str:
    """Return what somebody reads on their page of notices."""
    return plain(office.visitor(who).get("/pemberitahuan").text)


def test_head_and_delegate_are_told_of_a_new_name_and_nobody_elsewhere(office: Office) -> None:
    office.send(SCHOOL, "nama", nama="SD Negeri Baru", singkat="SDN Baru")
    office.send(SCHOOL, "nama", nama="SD Negeri Baru", singkat="SDN B")  # the short name alone is no news
    for who in ("budi", "joko"):
        assert told(office, who).count("mengganti nama SD Negeri Kranggan 1 menjadi SD Negeri Baru") == 1
    for who in ("ani", "wati"):
        assert "mengganti nama" not in told(office, who)


def test_they_are_told_of_a_new_name_by_a_file(office: Office) -> None:
    office.done("pemkot", "berkas", file=RENAMED)
    assert "mengganti nama SD Negeri Kranggan 1 menjadi SD Negeri Wates 9" in told(office, "budi")


def test_they_are_told_of_a_merger_below_them_and_why_their_number_falls(office: Office) -> None:
    office.done(SCHOOL, "gabung", tujuan="smpn-1")
    for who in ("budi", "joko"):
        page = told(office, who)
        assert "menggabungkan SD Negeri Kranggan 1 ke" in page
        assert "1 di antaranya yang sudah menandatangani diminta menandatangani lagi" in page
    assert "menggabungkan" not in told(office, "wati")


def test_they_and_who_leads_where_people_come_are_told_of_a_split(office: Office) -> None:
    own = [number for number, code in office.places().items() if code == SCHOOL]
    file = "number,unit_code\n" + "".join(f"{number},dlh\n" for number in own)
    office.done(SCHOOL, "pecah", file=file)
    for who in ("budi", "joko", "wati"):
        assert f"memecah SD Negeri Kranggan 1 ke unit lain: {len(own)} orang berpindah" in told(office, who)
