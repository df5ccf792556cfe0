"""Who holds a role: page by page, and found by name or number, which is noted and stands in no address."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from pakta.accounts.models import Account, RoleGrant
from pakta.appointments import queries
from pakta.database import db
from pakta.roster import units
from pakta.web import clock
from tests.appointments.office import Office
from tests.people import KNOWN
from tests.revocation.office import plain


def search(office: Office, by: str, typed: str) -> str:
    answer = office.visitor(by).post("/peran/cari", data={"cari": typed})
    assert answer.status_code == 200
    return plain(answer.text)


def test_a_holder_is_found_by_name_and_by_number(office: Office) -> None:
    for typed in ("wiryawan", "BUDI wir", KNOWN["budi"].number):
        page = search(office, "ani", typed)
        assert "Budi Wiryawan" in page and KNOWN["rini"].name not in page
    assert "/peran/pemegang/" in office.visitor("ani").post("/peran/cari", data={"cari": "wiryawan"}).text
    assert "Tidak ada yang cocok" in search(office, "ani", "%")


def test_who_holds_no_role_and_who_is_outside_ones_units_is_answered_alike(office: Office) -> None:
    nobody = "Tidak ada yang cocok di antara pemegang peran"
    for by, whose in (("ani", "siti"), ("budi", "ani"), ("budi", "siti")):
        for typed in (KNOWN[whose].number, KNOWN[whose].name):
            page = search(office, by, typed)
            assert nobody in page and KNOWN[whose].number not in page
    assert nobody in search(office, "ani", "198609262015052999")
    assert KNOWN["rini"].name in search(office, "budi", KNOWN["rini"].number)


def test_a_search_is_noted_without_its_words(office: Office) -> None:
    search(office, "ani", "wiryawan")
    search(office, "ani", KNOWN["budi"].number)
    with office.app.app_context():
        rows = db.session().execute(text("SELECT detail FROM access_log WHERE action = 'peran-cari' ORDER BY id"))
        assert rows.scalars().all() == ["menurut nama", "menurut nomor"]


def test_an_empty_search_shows_everyone(office: Office) -> None:
    answer = office.visitor("ani").post("/peran/cari", data={"cari": " "})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/peran#pemegang")


def test_who_leads_nothing_cannot_search(office: Office) -> None:
    assert office.visitor("siti").post("/peran/cari", data={"cari": "budi"}).status_code == 403


def test_holders_are_shown_page_by_page_and_each_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with office.app.app_context():
        session = db.session()
        top = units.by_code(session, code="pemkot")
        assert top is not None
        everyone = [each.id for each in queries.holders(session, within=[top], now=clock.now()).grants]
        assert len(everyone) == len(set(everyone)) >= 4
        monkeypatch.setattr(queries, "PAGE", 2)
        pages = [queries.holders(session, within=[top], now=clock.now(), page=page) for page in (1, 2, 99)]
        assert [each.id for found in pages[:2] for each in found.grants] == everyone[:4]
        assert (pages[0].page, pages[0].last, pages[0].total) == (1, -(-len(everyone) // 2), len(everyone))
        assert pages[2].page == pages[2].last
    assert "Halaman 1 dari" in plain(office.visitor("ani").get("/peran").text)
    assert "Halaman 2 dari" in plain(office.visitor("ani").get("/peran?halaman=2").text)


def test_where_too_many_hold_a_role_a_unit_below_is_chosen(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST", 3)
    page = office.visitor("ani").get("/peran").text
    assert "Lebih dari 3 orang memegang peran di sini" in plain(page) and 'href="/peran?unit=dikbud#pemegang"' in page
    assert "Ani " in plain(page) and "Budi Wiryawan, " not in plain(page)  # over the institution itself
    below = plain(office.visitor("ani").get("/peran?unit=dikbud").text)
    assert "Budi Wiryawan" in below and "Lebih dari 3" not in below and "Semua unit Anda" in below


def test_who_holds_a_role_elsewhere_is_not_shown_by_naming_the_unit(office: Office) -> None:
    head = plain(office.visitor("budi").get("/peran?unit=pemkot").text)
    assert head == plain(office.visitor("budi").get("/peran").text)


def test_more_matches_than_a_page_say_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 1)
    with office.app.app_context():
        names = db.session().scalars(select(Account).join(RoleGrant)).all()
        assert len(names) > 1
    assert "Lebih dari 1 peran cocok" in search(office, "ani", "i")
