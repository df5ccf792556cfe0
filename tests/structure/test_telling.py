"""Who leads an office is told when an administrator merges, splits or renames a unit of theirs."""

from __future__ import annotations

import pytest
from flask import Flask

from pakta.roles import Role
from tests.people import KNOWN, City
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


def test_a_file_of_many_new_names_is_one_notice_to_each(office: Office) -> None:
    other = "smpn-1,SMP Negeri Wates,SMPN 1,upt,dikbud\nsdn-gedongan-1,SD Negeri Wates 8,SDN Gedongan 1,upt,dikbud\n"
    office.done("pemkot", "berkas", file=RENAMED + other)
    page = told(office, "budi")
    assert "dan 2 unit lain berganti nama" in page and "dan nama 2 unit Anda yang lain" in page
    assert page.count("mengganti nama") == 1


def test_they_are_told_of_a_merger_below_them_and_why_their_number_falls(office: Office) -> None:
    office.done(SCHOOL, "gabung", tujuan="smpn-1")
    for who in ("budi", "joko"):
        page = told(office, who)
        assert "SD Negeri Kranggan 1 digabungkan ke SMP Negeri 1" in page
        assert "menggabungkan SD Negeri Kranggan 1 ke" in page and "orang berpindah" in page
        assert "1 di antaranya yang sudah menandatangani diminta menandatangani lagi" in page
    assert "menggabungkan" not in told(office, "wati")


def test_who_leads_the_unit_into_which_another_came_is_told_how_many_came_and_that_they_see_them(
    office: Office,
) -> None:
    own = list(office.places().values()).count(SCHOOL)
    office.done(SCHOOL, "gabung", tujuan="dlh")
    page = told(office, "wati")
    assert "SD Negeri Kranggan 1 digabungkan ke Dinas Lingkungan Hidup" in page
    assert f"{own} orang datang dari situ ke Dinas Lingkungan Hidup, dan 1 di antaranya yang sudah" in page
    assert "Sejak itu peran Anda menjangkau nama mereka" in page and "Buka cakupan" in page
    for who in ("budi", "joko"):
        page = told(office, who)
        assert f"{own} orang berpindah" in page and "tidak lagi menjangkau nama mereka" in page
        assert page.count("Keliru?") == 1


def test_who_leads_where_some_came_in_a_split_is_told_of_those_alone(office: Office) -> None:
    office.activate("dewi")
    office.sign("dewi")
    office.grant("joko", Role.DELEGATE, "pemkot")
    rows = f"{KNOWN['ani'].number},dlh\n{KNOWN['dewi'].number},dinkes\n"
    office.done("bkpsdm", "pecah", file="number,unit_code\n" + rows)
    name, page = office.unit("bkpsdm").name, told(office, "wati")
    assert f"Orang dari {name} pindah ke Dinas Lingkungan Hidup" in page
    assert f"memecah {name}: 1 orang datang dari situ ke Dinas Lingkungan Hidup." in page
    assert "menandatangani lagi" not in page and "2 orang" not in page
    assert "2 orang berpindah" in told(office, "dewi")  # the other administrator
    whole = f"memecah {name} ke unit lain: 2 orang berpindah, dan 1 di antaranya yang sudah menandatangani"
    assert whole in told(office, "joko") and name not in told(office, "budi")


def test_whose_unit_was_merged_reads_why_they_are_asked_to_sign_again(office: Office) -> None:
    office.done(SCHOOL, "gabung", tujuan="smpn-1")
    for page, words in (
        ("/", "(unitnya digabungkan atau dipecah "),
        ("/?bahasa=en", "(the unit was merged or split on "),
    ):
        assert words in plain(office.visitor("siti").get(page).text)
    reminded = plain(office.visitor("budi").get("/cakupan/smpn-1/ingatkan").text)
    assert "Guru pindah unit, belum menandatangani lagi" in reminded
