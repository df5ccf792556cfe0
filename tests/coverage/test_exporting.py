"""What leaves as a file or on paper: exactly the unit's people, masked, and nothing that counts as a formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import timedelta

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from pakta.accounts.models import AccessLog, Account
from pakta.coverage import exporting, service
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import counters, moving
from pakta.roster.models import Person
from pakta.roster.moving import How, Place
from pakta.web import clock
from tests.coverage.conftest import NOW, SignIn, nip
from tests.coverage.test_pages import names, of, words


def sheet(content: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_a_workbook_holds_the_subtree_as_texts_and_no_formula(city: Flask, sign_in: SignIn) -> None:
    with city.app_context(), transaction() as session:
        people = session.scalars(select(Person).where(Person.name.in_(["Orang dinkes 0", "Orang dinkes 1"]))).all()
        people[0].position, people[1].position = "=HYPERLINK(1)", "https://jahat.example"
    reply = sign_in((Role.HEAD, "dinkes")).get("/cakupan/dinkes.xlsx")
    assert reply.headers["Content-Type"] == exporting.XLSX
    assert 'filename="cakupan-dinkes-2026-11-23.xlsx"' in reply.headers["Content-Disposition"]
    head, *rows = sheet(reply.data)
    assert head == list(exporting.HEAD)
    assert {row[0] for row in rows} == of("dinkes", "pkm-blooto") | {"Orang cuti"}
    assert {row[3] for row in rows} >= {"=HYPERLINK(1)", "https://jahat.example", "=2+3"}
    assert all(isinstance(cell, str) for row in rows for cell in row)
    with zipfile.ZipFile(io.BytesIO(reply.data)) as packed:
        written = packed.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in written and "hyperlink" not in written
    assert not re.search(rb"\d{8}", b"".join(str(row).encode() for row in rows))


def test_the_workbook_says_the_same_as_the_csv(sign_in: SignIn) -> None:
    client = sign_in((Role.ADMINISTRATOR, "pemkot"))
    lines = client.get("/cakupan/pemkot.csv").data.decode("utf-8-sig").splitlines()
    rows = sheet(client.get("/cakupan/pemkot.xlsx").data)
    assert [str(row[0]) for row in rows] == [line.split(";")[0] for line in lines] and len(rows) > 40


def test_the_csv_opens_in_columns_where_the_comma_is_in_numbers_and_its_times_sort(sign_in: SignIn) -> None:
    content = sign_in((Role.HEAD, "dinkes")).get("/cakupan/dinkes.csv").data.decode()
    head, first = content.splitlines()[:2]
    assert head.startswith("\ufeffnama;nomor;jenis;") and content.count("\ufeff") == 1
    rows = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff")), delimiter=";"))
    times = {row["ditandatangani (WIB)"] for row in rows}
    assert times == {"", "2026-11-23 08:15:00"} and first


def test_files_tell_since_when_by_whom_and_why_people_are_excused(city: Flask, sign_in: SignIn) -> None:
    admin = sign_in((Role.ADMINISTRATOR, "pemkot"))
    with city.app_context(), transaction() as session:
        away = session.scalars(select(Person).where(Person.name == "Orang dinkes 1")).one()
        by = session.scalars(select(Account.id)).one()
        wanted = {away.id: Place(away.unit_id, away.unit.path, "cuti")}
        moving.move(session, wanted=wanted, how=How.IMPORT, account_id=by, now=NOW)
    head, *rows = sheet(admin.get("/cakupan/dinkes.xlsx").data)
    told = {str(row[0]): row[-3:] for row in rows}
    assert head[-3:] == ["dikecualikan sejak (WIB)", "dikecualikan oleh", "dikecualikan karena"]
    assert told["Orang dinkes 1"] == ["2026-11-23 08:15:00", "Orang setda 0", "impor daftar pegawai"]
    assert told["Orang cuti"] == ["", "", "sejak masuk daftar"] and told["Orang dinkes 2"] == ["", "", ""]


def test_a_workbook_asks_for_a_fresh_sign_in_and_is_logged(
    city: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    assert client.get("/cakupan/dinkes.xlsx").status_code == 200
    with city.app_context():
        assert db.session().scalars(select(AccessLog.action)).all() == ["cakupan-unduh"]
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=6))
    again = client.get("/cakupan/dinkes.xlsx")
    assert again.status_code == 302 and "%2Fcakupan%2Fdinkes%3Funduh%3D1" in again.location


def test_a_unit_too_large_for_a_workbook_offers_the_csv(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    monkeypatch.setattr(exporting, "MOST", 26)
    reply = client.get("/cakupan/dinkes.xlsx")  # 26 active and one excused
    assert reply.status_code == 422 and 'href="/cakupan/dinkes.csv"' in reply.text
    assert client.get("/cakupan/pkm-blooto.xlsx").status_code == 200


def test_the_list_for_paper_names_who_has_not_signed_by_unit(sign_in: SignIn) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    page = client.get("/cakupan/dinkes/daftar").text
    listed = client.get("/cakupan/dinkes").text.split('<h2 id="unit"')[0]
    assert names(page) == names(listed) and len(names(page)) == 13
    assert "13 orang dari 26 yang diminta" in words(page)
    assert ">Keterangan</th>" in page and nip(20) not in page
    assert '<table class="ruled stack">' in page and 'data-label="Nomor"' in page  # cards on a phone


def test_a_list_for_paper_that_is_too_long_says_so(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PRINTED", 10)
    page = sign_in((Role.HEAD, "dinkes")).get("/cakupan/dinkes/daftar").text
    assert len(names(page)) == 10 and "Hanya 10 orang pertama" in words(page)


def test_reading_the_list_for_paper_is_logged(city: Flask, sign_in: SignIn) -> None:
    sign_in((Role.HEAD, "dinkes")).get("/cakupan/dinkes/daftar")
    with city.app_context():
        assert db.session().scalars(select(AccessLog.action)).all() == ["cakupan-cetak"]


def test_a_kind_of_people_is_picked_from_all_lists(city: Flask, sign_in: SignIn) -> None:
    with city.app_context(), transaction() as session:
        wanted = session.scalars(select(Person).where(Person.name.in_(["Orang dinkes 3", "Orang dinkes 4"]))).all()
        for person in wanted:
            person.kind = person.signs_as = "pppk"
        counters.rebuild(session, now=NOW)
    client = sign_in((Role.HEAD, "dinkes"))
    page = client.get("/cakupan/dinkes?jenis=pppk").text
    assert names(page) == {"Orang dinkes 3", "Orang dinkes 4"} and "Tidak ada dari jenis PPPK" in page
    others = (of("dinkes", "pkm-blooto") | {"Orang cuti"}) - names(page)
    assert names(client.get("/cakupan/dinkes?jenis=pns").text) == others
    printed = client.get("/cakupan/dinkes/daftar?jenis=pppk").text
    assert len(names(printed)) == 1 and "PPPK" in printed
    assert names(client.get("/cakupan/dinkes?jenis=kepala").text) == set()
    assert len(names(client.get("/cakupan/dinkes?jenis=siapa-saja").text)) == 27  # no such kind: all


def test_the_figures_of_the_moment_hold_no_name_and_are_not_logged(city: Flask, sign_in: SignIn) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    reply = client.get("/cakupan/dinkes/kini.json")
    assert reply.get_json() == {
        "signed": "13", "total": "26", "unsigned": "13", "share": "50,0 %", "filled": 500,
    }  # fmt: skip
    assert reply.headers["Cache-Control"] == "private, max-age=3"
    assert client.get("/cakupan/inspektorat/kini.json").status_code == 404
    with city.app_context():
        assert db.session().scalars(select(AccessLog)).all() == []
        with transaction() as session:
            person = session.scalars(select(Person).where(Person.name == "Orang dinkes 0")).one()
            counters.mark_signed(session, person=person, edition_code="ASN-1", now=NOW)
            other = session.scalars(select(Person).where(Person.name == "Orang dinkes 1")).one()
            counters.mark_signed(session, person=other, edition_code="ASN-1", now=NOW)
    assert client.get("/cakupan/dinkes/kini.json").get_json()["signed"] == "14"
