"""A role over a unit that was closed reaches nobody any more, on no page."""

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
from pakta.accounts.models import AccessLog
from pakta.certificates.models import IssuedCredential
from pakta.database import db, transaction
from pakta.departures.models import Departure
from pakta.notices import service as notices
from pakta.roles import Role
from pakta.roster.models import Unit
from pakta.web import clock
from tests.people import KNOWN, City
from tests.revocation.office import plain

SITI = KNOWN["siti"].name


@pytest.fixture
def city(app: Flask) -> City:
    """Give the city with a head of a department; siti has signed in a school below it."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    return City(app).build("ani", "budi", signed=["siti"])


def _end(city: City, code: str) -> None:
    with city.app.app_context(), transaction() as session:
        yesterday = clock.today() - timedelta(days=1)
        days = {"valid_from": yesterday, "valid_until": yesterday}
        session.execute(update(Unit).where(Unit.code == code).values(days))


@pytest.mark.parametrize("closed", ["dikbud", "pemkot"])
def test_the_head_of_a_closed_unit_finds_sees_and_reports_nobody(city: City, closed: str) -> None:
    city.grant("budi", Role.DELEGATE, "diskominfo" if closed == "dikbud" else "dikbud")
    with city.app.app_context():
        siti = city.person("siti").id
        number = db.session().scalars(select(IssuedCredential.number)).one()
    head = city.visitor("budi")
    sheet = f"/sertifikat/{number}/lembar.pdf"
    pages = (f"/bukan-pegawai/lapor/{siti}", "/slip/unit/dikbud", "/cakupan/dikbud", sheet)
    searches = ("/bukan-pegawai/cari", "/pencabutan/cari")
    assert [head.get(page).status_code for page in pages if page != sheet] == [200, 200, 200]
    assert all(SITI in head.post(search, data={"cari": "siti"}).text for search in searches)
    _end(city, closed)
    head = city.visitor("budi")
    assert {head.get(page).status_code for page in pages} <= {403, 404}
    assert all(SITI not in head.post(search, data={"cari": "siti"}).text for search in searches)
    assert head.post(f"/bukan-pegawai/lapor/{siti}", data={"sebab": "pensiun"}).status_code in (403, 404)
    assert SITI not in head.get("/peran").text
    with city.app.app_context():
        assert db.session().query(Departure).count() == 0


def test_an_administrator_above_still_reaches_who_is_in_a_closed_unit(city: City) -> None:
    _end(city, "dikbud")
    assert SITI in city.visitor("ani").post("/bukan-pegawai/cari", data={"cari": "siti"}).text


def test_the_word_of_an_administrator_whose_unit_has_closed_counts_no_more(city: City) -> None:
    since = clock.now() - timedelta(minutes=1)
    for who in ("budi", "siti"):
        city.grant(who, Role.ADMINISTRATOR, "dikbud")

    def counts() -> tuple[list[str], bool, int]:
        with city.app.app_context():
            session, unit, now = db.session(), city.person("siti").unit, clock.now()
            account = grants.account_of(session, person=city.person("siti"))
            return (
                [each.code for each in grants.administered(session, account=account, now=now)],
                grants.still_counts(session, account_id=account.id, unit=unit, since=since, now=now),
                len(grants.administrators_over(session, unit=unit, now=now)),
            )

    assert counts() == (["dikbud"], True, 3)
    _end(city, "dikbud")
    assert counts() == ([], False, 1)


HEAD = "code,name,short_name,kind,parent,institution\n"
UNDER = HEAD + "dinkes,Dinas Kesehatan,Dinkes,opd,{},pemkot\n"


def _file(city: City, parent: str, **sent: str) -> Any:
    data: dict[str, Any] = {"berkas": (io.BytesIO(UNDER.format(parent).encode()), "unit.csv"), "periksa": "1"}
    return city.visitor("ani").post("/unit-kerja/pemkot/berkas", data=sent or data)


def _told(city: City, who: str) -> list[str]:
    with city.app.app_context():
        return [each.kind for each in notices.of_person(db.session(), person_id=city.person(who).id)]


def test_who_comes_to_see_names_by_a_move_is_shown_noted_and_told_and_so_are_the_administrators(city: City) -> None:
    city.activate("dewi", "rini", "wati")
    for parent, word, action in (("dikbud", "akan", "peran-jangkau"), ("pemkot", "tidak lagi", "peran-lepas")):
        page = _file(city, parent).text
        said = html.unescape(plain(page))
        assert f"Budi Wiryawan (Kepala, Dikbud) {word} melihat nama-nama di Dinas Kesehatan" in said
        assert f"Rini Astuti (Yang mewakili kepala, Dikbud) {word} melihat" in said  # no bracket in a bracket
        assert "Ani Kusumawati (" not in said and _told(city, "budi").count("unit-dipindahkan") == (word != "akan")
        kept = re.findall(r'<input type="hidden" name="(baris|sidik)" value="([^"]*)">', page)
        _file(city, parent, **{name: html.unescape(value) for name, value in kept})
        assert city.visitor("budi").get("/cakupan/dinkes").status_code == (200 if word == "akan" else 404)
        with city.app.app_context():
            lines = db.session().execute(select(AccessLog.person_id).where(AccessLog.action == action)).scalars()
            assert set(lines) == {city.person(who).id for who in ("budi", "rini")}
    for who in ("budi", "rini", "dewi"):
        assert _told(city, who).count("unit-dipindahkan") == 2  # the name in the file is another one, too
    assert _told(city, "ani") == [] and _told(city, "wati") == []
    assert "memindahkan Dinas Kesehatan" in city.visitor("dewi").get("/pemberitahuan").text


def test_a_file_that_moves_no_unit_tells_nobody(city: City) -> None:
    page = _file(city, "pemkot").text
    assert "Berubah siapa yang melihat" not in page
    kept = re.findall(r'<input type="hidden" name="(baris|sidik)" value="([^"]*)">', page)
    _file(city, "pemkot", **{name: html.unescape(value) for name, value in kept})
    assert _told(city, "budi") == []


def _merge(city: City, unit: str, into: str, **sent: str) -> Any:
    return city.visitor("ani").post(f"/unit-kerja/{unit}/gabung", data={"tujuan": into, **(sent or {"periksa": "1"})})


def test_who_comes_to_see_names_by_a_merger_is_shown_noted_and_told(city: City) -> None:
    city.activate("dewi", "joko")
    city.grant("joko", Role.HEAD, "dinkes")
    with city.app.app_context(), transaction() as session:
        (held,) = grants.of_account(
            session, account=grants.account_of(session, person=city.person("budi")), now=clock.now()
        )
        grants.end_role(session, grant=held, now=clock.now())
    page = _merge(city, "dikbud", "dinkes").text
    said = html.unescape(plain(page))
    assert "Joko Prasetyo (Kepala, Dinkes P2KB) akan melihat nama orang-orang yang pindah ke Dinas" in said
    assert " dan nama-nama di semua unit yang ikut pindah." in said and "Ani Kusumawati (" not in said
    assert city.visitor("joko").get("/cakupan/sdn-kranggan-1").status_code == 404 and _told(city, "joko") == []
    mark = re.search(r'name="sidik" value="([^"]*)"', page)
    assert mark is not None and _merge(city, "dikbud", "dinkes", sidik=mark.group(1)).status_code == 302
    assert city.visitor("joko").get("/cakupan/sdn-kranggan-1").status_code == 200
    with city.app.app_context():
        lines = db.session().execute(select(AccessLog.person_id).where(AccessLog.action == "peran-jangkau")).scalars()
        assert set(lines) == {city.person("joko").id}
    assert (_told(city, "joko"), _told(city, "dewi"), _told(city, "ani")) == (["unit-diubah"],) * 2 + ([],)


def test_a_merger_that_changes_nobodys_reach_tells_who_leads_and_the_other_administrators(city: City) -> None:
    city.activate("dewi")
    page = _merge(city, "sdn-kranggan-1", "dikbud").text
    assert "Berubah siapa yang melihat" not in page
    mark = re.search(r'name="sidik" value="([^"]*)"', page)
    assert mark is not None and _merge(city, "sdn-kranggan-1", "dikbud", sidik=mark.group(1)).status_code == 302
    assert (_told(city, "budi"), _told(city, "dewi"), _told(city, "ani")) == (["unit-diubah"],) * 2 + ([],)
