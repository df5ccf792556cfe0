"""The pages of coverage: each sees exactly what is theirs."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select

from pakta.accounts.models import AccessLog, SignIn
from pakta.coverage import publishing
from pakta.coverage.models import PublicPicture
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import counters, units
from pakta.roster import service as roster
from pakta.roster.models import CounterPeople, CounterSigned, Person, SignedPerson, Unit
from pakta.web import clock
from tests.coverage.conftest import NOW, SIZES, nip
from tests.coverage.conftest import SignIn as SigningIn
from tests.coverage.passing import next_day


def names(page: str) -> set[str]:
    """Return the people that a page names, but for the visitor's own name in the band."""
    return set(re.findall(r"Orang [a-z-]+(?: \d+)?", page.split("<main", 1)[1]))


def of(*codes: str) -> set[str]:
    return {f"Orang {code} {place}" for code in codes for place in range(SIZES[code])}


def words(page: str) -> str:
    """Return a page's text without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_head_sees_exactly_their_subtree(sign_in: SigningIn) -> None:
    page = sign_in((Role.HEAD, "dinkes")).get("/cakupan").text
    assert names(page) == of("dinkes", "pkm-blooto") | {"Orang cuti"}
    assert "13 dari 26 pegawai sudah menandatangani, 50,0 %" in words(page)


def test_who_has_not_signed_stands_before_the_units_and_those_who_have(sign_in: SigningIn) -> None:
    page = sign_in((Role.HEAD, "dinkes")).get("/cakupan").text
    places = [page.index(f'<h2 id="{each}"') for each in ("belum", "unit", "dikecualikan", "sudah")]
    assert places == sorted(places)
    unsigned, rest = page[places[0] : places[1]], page[places[3] :]
    assert len(names("<main" + unsigned)) == 13 and not names("<main" + unsigned) & names("<main" + rest)


@pytest.mark.parametrize("code", ["setda", "setda-hukum", "pemkot", "inspektorat", "polres", "tidak-ada"])
def test_a_unit_outside_the_scope_does_not_exist(sign_in: SigningIn, code: str) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    assert client.get("/cakupan/dinkes").status_code == 200
    assert client.get("/cakupan/pkm-blooto").status_code == 200
    for address in (f"/cakupan/{code}", f"/cakupan/{code}.csv"):
        reply = client.get(address)
        assert reply.status_code == 404
        assert "Orang" not in reply.text


def test_a_delegate_sees_what_the_head_sees_and_an_administrator_the_institution(sign_in: SigningIn) -> None:
    delegate = sign_in((Role.DELEGATE, "dinkes"))
    assert names(delegate.get("/cakupan").text) == of("dinkes", "pkm-blooto") | {"Orang cuti"}
    page = sign_in((Role.ADMINISTRATOR, "pemkot"), name="Orang setda 1").get("/cakupan").text
    assert not names(page) & of("polres", "kejari")
    assert names(page) >= of("inspektorat") | {"Orang cuti"}
    assert "22 dari 44 pegawai" in words(page)


def test_several_grants_are_offered_to_choose_from(sign_in: SigningIn) -> None:
    page = (
        sign_in((Role.HEAD, "dinkes"), (Role.DELEGATE, "inspektorat"), (Role.HEAD, "pkm-blooto")).get("/cakupan").text
    )
    assert 'href="/cakupan/dinkes"' in page and 'href="/cakupan/inspektorat"' in page
    assert 'href="/cakupan/pkm-blooto"' not in page  # lies inside dinkes
    assert names(page) == set()


def test_whoever_has_no_such_role_is_not_let_in(city: Flask, sign_in: SigningIn) -> None:
    signer = sign_in()
    supervisor = sign_in((Role.SUPERVISOR, "pemkot"), name="Orang setda 1")
    for address in ("/cakupan", "/cakupan/dinkes", "/cakupan/dinkes.csv"):
        assert signer.get(address).status_code == 403
        assert supervisor.get(address).status_code == 403
        assert city.test_client().get(address).status_code == 302
    assert signer.get("/pengawas").status_code == 403
    assert supervisor.get("/pengawas").status_code == 200


def test_a_role_that_may_not_see_names_opens_no_unit_through_another_role(sign_in: SigningIn) -> None:
    both = sign_in((Role.HEAD, "inspektorat"), (Role.SUPERVISOR, "pemkot"))
    assert both.get("/cakupan/inspektorat").status_code == 200
    assert both.get("/cakupan/dinkes").status_code == 404


def test_jumps_and_what_can_be_done_are_two_groups_and_a_search_is_not_folded_away(sign_in: SigningIn) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    page = client.get("/cakupan/dinkes").text
    jumps, acts = (
        re.findall(r'href="([^"]*)"', page.split(f'aria-label="{label}"', 1)[1].split("</nav>", 1)[0])
        for label in ("Bagian halaman ini", "Yang dapat dilakukan")
    )
    assert len(jumps) > 3 and all(each.startswith("#") for each in jumps)
    assert len(acts) > 5 and all(each.startswith("/") for each in acts)
    folded = '<details class="no-print"><summary>Cari nama'
    assert folded in page
    for query in ("cari=Orang", "jenis=pns", "cari=19860926"):
        assert folded not in client.get(f"/cakupan/dinkes?{query}").text


def test_excused_people_are_listed_with_their_state_and_not_counted(sign_in: SigningIn) -> None:
    page = sign_in((Role.HEAD, "dinkes")).get("/cakupan").text
    excused = page.split('<h2 id="dikecualikan"')[1].split('<h2 id="sudah"')[0]
    assert names("<main" + excused) == {"Orang cuti"}
    assert "Cuti" in excused


def test_who_moved_after_signing_is_named_as_such_where_they_stand_now(city: Flask, sign_in: SigningIn) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    page, head = client.get("/cakupan").text, "pindah unit, belum menandatangani lagi"
    assert "13 dari 26" in words(page) and head not in page
    _place(city, "Orang setda-hukum 0", unit="dinkes")
    page = client.get("/cakupan").text
    assert "13 dari 27" in words(page)
    assert "Orang setda-hukum 0" in page.split('id="sudah"')[0]
    assert page.count(head) == 1
    rows = list(csv.reader(io.StringIO(client.get("/cakupan/dinkes.csv").text), delimiter=";"))
    assert [row[7] for row in rows if row[0] == "Orang setda-hukum 0"] == [head]
    _place(city, "Orang setda-hukum 0", unit="setda-hukum")
    assert head not in client.get("/cakupan").text


def test_who_comes_back_after_having_left_is_named_as_such(
    city: Flask, sign_in: SigningIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in((Role.HEAD, "setda"))
    assert "7 dari 14" in words(client.get("/cakupan").text)
    _place(city, "Orang setda-hukum 0", status="pensiun")
    assert "6 dari 13" in words(client.get("/cakupan").text)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))
    _place(city, "Orang setda-hukum 0", status="aktif")
    page = client.get("/cakupan").text
    assert "6 dari 14" in words(page) and page.count("bertugas lagi, belum menandatangani lagi") == 1


def _place(city: Flask, name: str, *, unit: str = "", status: str = "") -> None:
    with city.app_context(), transaction() as session:
        person = session.scalars(select(Person).where(Person.name == name)).one()
        found = units.by_code(session, code=unit) if unit else None
        roster.set_place(session, person=person, unit=found, status=status, now=clock.now())


def test_numbers_are_masked(sign_in: SigningIn) -> None:
    client = sign_in((Role.ADMINISTRATOR, "pemkot"))
    for address in ("/cakupan", "/cakupan/pemkot.csv"):
        text = client.get(address).text
        assert not re.search(r"\d{8}", re.sub(r'name="csrf_token" value="[^"]+"|\?v=\w+', "", text))
        assert "•" in text


def test_a_search_finds_by_name_in_all_three_lists(sign_in: SigningIn) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    assert names(client.get("/cakupan/dinkes?cari=blooto").text) == of("pkm-blooto")
    assert names(client.get("/cakupan/dinkes?cari=CUTI+orang").text) >= {"Orang cuti"}
    nobody = client.get("/cakupan/dinkes?cari=%25").text
    assert names(nobody) == set()
    assert "Tidak ada yang bernama" in nobody


def test_an_identity_number_is_not_searched_for(sign_in: SigningIn) -> None:
    page = sign_in((Role.HEAD, "dinkes")).get(f"/cakupan/dinkes?cari={nip(3)}").text
    assert nip(3) not in page
    assert "Pencarian hanya menurut nama" in page


def test_hostile_search_and_page_numbers_are_harmless(sign_in: SigningIn) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    for query in ("halaman=-1", "halaman=99999999999999999999", "halaman=x", "sudah=0", "cari=" + "a" * 5000):
        assert client.get(f"/cakupan/dinkes?{query}").status_code == 200
    page = client.get("/cakupan/dinkes?cari=<script>alert(1)</script>").text
    assert "<script>alert" not in page


def test_every_look_at_names_is_logged_and_nothing_else_changes(city: Flask, sign_in: SigningIn) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    client.get("/cakupan/dinkes")
    client.get("/cakupan/setda")
    client.get("/cakupan/pkm-blooto.csv")
    with city.app_context():
        rows = db.session.execute(
            select(AccessLog.action, Unit.code).join(Unit, Unit.id == AccessLog.unit_id).order_by(AccessLog.id)
        ).all()
    assert [tuple(row) for row in rows] == [("cakupan-lihat", "dinkes"), ("cakupan-unduh", "pkm-blooto")]


def test_the_csv_holds_the_subtree_and_no_formula(sign_in: SigningIn) -> None:
    reply = sign_in((Role.HEAD, "dinkes")).get("/cakupan/dinkes.csv")
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in reply.headers["Content-Disposition"]
    assert reply.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(reply.data.decode("utf-8-sig")), delimiter=";"))
    assert {row["nama"] for row in rows} == of("dinkes", "pkm-blooto") | {"Orang cuti"}
    assert sum(row["pakta"] == "sudah" for row in rows if row["status"] == "aktif") == 13
    assert [row["jabatan"] for row in rows if row["nama"] == "Orang cuti"] == ["'=2+3"]


def test_an_export_asks_for_a_fresh_sign_in(city: Flask, sign_in: SigningIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=6))
    assert client.get("/cakupan/dinkes").status_code == 200
    assert client.get("/cakupan/dinkes.csv").status_code == 302
    with city.app_context(), transaction() as session:
        session.scalars(select(SignIn)).one().signed_in_at = NOW + timedelta(minutes=5)
    assert client.get("/cakupan/dinkes.csv").status_code == 200


def test_a_long_list_has_pages(city: Flask, sign_in: SigningIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pakta.roster.lists.PAGE", 5)
    client = sign_in((Role.HEAD, "dinkes"))
    seen: list[str] = []
    for page in range(1, 4):
        text = client.get(f"/cakupan/dinkes?halaman={page}").text
        seen += names("<main" + text.split('<h2 id="belum"')[1].split('<h2 id="unit"')[0])
    assert len(seen) == len(set(seen)) == 13
    assert 'href="/cakupan/dinkes?halaman=2#belum"' in client.get("/cakupan/dinkes").text


def test_the_page_counts_by_the_counters_and_not_by_people(city: Flask, sign_in: SigningIn) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    with city.app_context(), transaction() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "dinkes")).one()
        session.query(CounterPeople).filter_by(unit_id=unit.id).update({"people": 40})
        session.query(CounterSigned).filter_by(unit_id=unit.id).update({"signed": 10})
    assert "10 dari 40 pegawai" in words(client.get("/cakupan/dinkes").text)


def test_a_supervisor_sees_counts_and_no_names(sign_in: SigningIn) -> None:
    client = sign_in((Role.SUPERVISOR, "pemkot"), (Role.SUPERVISOR, "polres"))
    page = client.get("/pengawas").text
    assert names(page) == set()
    assert "22 dari 44 pegawai" in words(page)
    assert "Dinas Kesehatan" in page and "13 dari 26" in words(page)
    assert "50 % sudah menandatangani" in words(page) and "dari 20" not in words(page)  # polres is marked
    assert "Kejaksaan" not in page


def test_the_public_sees_shares_and_no_names(city: Flask) -> None:
    page = city.test_client().get("/cakupan-umum").text
    text = words(page)
    assert "Orang" not in page
    assert "22 dari 44 pegawai sudah menandatangani" in text
    assert "hari lagi" in text and "7 hari lagi" in text
    assert "13 dari 26" in text


def test_the_public_sees_no_small_group(city: Flask) -> None:
    text = words(city.test_client().get("/cakupan-umum").text)
    # inspektorat (4) alone would be the rest of the sum, so the next smallest goes with it: setda (14)
    assert "Unit kecil (digabung)" in text
    assert "dari 18" in text and "dari 14" not in text and "dari 4 " not in text
    assert "kurang dari 10 orang, tidak ditampilkan" in text  # kejari
    assert "dari 20" not in text  # polres: a percentage only
    assert "Kepolisian Resor Mojokerto Kota 50 %" in text


def test_pages_say_that_nothing_is_open(sign_in: SigningIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=10))
    client = sign_in((Role.HEAD, "dinkes"))
    assert "Saat ini tidak ada naskah pakta yang dibuka" in client.get("/cakupan-umum").text
    assert "Belum ada naskah pakta yang dibuka" in client.get("/cakupan").text


def test_a_city_without_people_says_so(city: Flask) -> None:
    with city.app_context(), transaction() as session:
        for table in (SignedPerson, Person, PublicPicture):
            session.execute(delete(table))
        counters.rebuild(session, now=NOW)
        assert not publishing.take(session, now=NOW)  # the first picture waits for people
    page = city.test_client().get("/cakupan-umum").text
    assert "Belum ada angka" in page and "Angka per tanggal" not in page


def test_people_for_whom_no_text_is_open_are_named_as_a_number(
    sign_in: SigningIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "10 dari 20 pegawai" in words(sign_in((Role.HEAD, "polres")).get("/cakupan").text)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=2))
    text = words(sign_in((Role.HEAD, "polres"), name="Orang setda 1").get("/cakupan").text)
    assert "20 orang (Polri) belum diminta karena naskahnya belum dibuka" in text


def test_only_units_that_are_valid_today_are_shown_and_the_sums_stay(city: Flask, sign_in: SigningIn) -> None:
    client = sign_in((Role.ADMINISTRATOR, "pemkot"), (Role.SUPERVISOR, "pemkot"))
    head = sign_in((Role.HEAD, "pkm-blooto"), name="Orang setda 1")

    def seen() -> list[bool]:
        pages = [
            client.get(path).text for path in ("/cakupan/dinkes", "/cakupan/pkm-blooto", "/cakupan/pkm-blooto.csv")
        ]
        return ['href="/cakupan/pkm-blooto"' in pages[0], *("Orang pkm-blooto" in page for page in pages[1:])]

    before = words(client.get("/cakupan/pemkot").text)
    share = re.search(r"\d+ dari \d+ pegawai sudah menandatangani", before)
    assert share is not None and seen() == [True, True, True]
    assert head.get("/cakupan").status_code == 200 and "Orang pkm-blooto" in head.get("/cakupan").text
    with city.app_context(), transaction() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "pkm-blooto")).one()
        unit.valid_until = NOW.date() - timedelta(days=1)
        unit.valid_from = unit.valid_until
        assert counters.check(session) == []
    assert seen() == [False, False, False]
    assert head.get("/cakupan").status_code == 403
    assert "Di unit yang sudah berakhir" in words(client.get("/cakupan/dinkes").text)
    assert share.group() in words(client.get("/cakupan/pemkot").text)
    assert "Orang pkm-blooto" in client.get("/cakupan/dinkes").text  # people stay where they are counted


def test_the_parts_of_the_public_page_add_up_when_a_unit_is_closed(
    city: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def figures() -> tuple[int, int]:
        page = words(city.test_client().get("/cakupan-umum").text)
        whole = re.search(r"(\d+) dari (\d+) pegawai", page)
        assert whole is not None
        parts = re.findall(r"(\d+) dari (\d+), ", page)
        assert sum(int(total) for _signed, total in parts) == int(whole.group(2))
        return int(whole.group(1)), int(whole.group(2))

    before = figures()
    assert "Dinas Kesehatan" in city.test_client().get("/cakupan-umum").text
    with city.app_context(), transaction() as session:
        unit = session.scalars(select(Unit).where(Unit.code == "dinkes")).one()
        unit.valid_until = unit.valid_from = NOW.date() - timedelta(days=1)
    assert next_day(city, monkeypatch) and figures() == before
    page = city.test_client().get("/cakupan-umum").text
    assert "Dinas Kesehatan" not in page and "di luar unit lain" in page


def test_a_supervisors_page_leads_to_how_an_institution_came_along(sign_in: SigningIn) -> None:
    client = sign_in((Role.SUPERVISOR, "pemkot"))
    assert 'href="/cakupan-umum/pemkot"' in client.get("/pengawas").text
    assert client.get("/cakupan-umum/pemkot").status_code == 200
