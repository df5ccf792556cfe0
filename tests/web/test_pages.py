"""The start page, the explaining pages and the error pages."""

from __future__ import annotations

import dataclasses
import gzip
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from pakta.database import db
from tests.people import City

PAGES = ["/", "/arti", "/privasi", "/lapor", "/naskah"]
FOOTER = ["/arti", "/naskah", "/periksa", "/cakupan-umum", "/log/", "/privasi", "/lapor"]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_in_indonesian_with_skip_link_main_and_footer(client: FlaskClient, address: str) -> None:
    page = client.get(address).text
    assert '<html lang="id">' in page
    assert '<a class="skip" href="#isi">' in page
    assert page.count("<main ") == 1
    assert page.count("<h1>") == 1
    assert all(f'href="{link}"' in page for link in FOOTER)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_no_inline_code_and_nothing_from_elsewhere(client: FlaskClient, address: str) -> None:
    page = client.get(address).text
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', re.sub(r'<a rel="external"[^>]*>', "", page))


@pytest.mark.parametrize("address", PAGES)
def test_a_page_with_its_style_sheet_fits_the_budget(client: FlaskClient, address: str) -> None:
    page = client.get(address).data
    style = client.get("/static/pakta.css").data
    assert len(gzip.compress(page)) + len(gzip.compress(style)) <= 60_000


def test_the_start_page_counts_what_waits_once(app: Flask) -> None:
    city = City(app).build("ani")
    said: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    page = city.visitor("ani").get("/").text
    assert "Menunggu Anda" in page
    asked = [each for each in said if "FROM appointments" in each]
    assert asked and len(asked) == len(set(asked))


@pytest.mark.parametrize("contact", ["", "BKPSDM, Jalan Contoh 1"])
@pytest.mark.parametrize("address", ["/lapor", "/nama-tidak-cocok"])
def test_who_is_sent_to_the_office_is_told_how_to_reach_it(app: Flask, address: str, contact: str) -> None:
    config = dataclasses.replace(app.extensions["pakta"].config, contact=contact)
    app.extensions["pakta"] = dataclasses.replace(app.extensions["pakta"], config=config)
    page = app.test_client().get(address).text
    assert (f"Hubungi: {contact}." if contact else "nomor teleponnya belum dicantumkan di situs ini") in page
    assert "Periksa sertifikat lain" in page


def test_the_start_page_has_one_button_one_link_and_the_host(client: FlaskClient) -> None:
    page = client.get("/").text
    main = page.split("<main", 1)[1].split("</main>", 1)[0]
    assert re.findall(r'<a class="button[^>]*>([^<]+)', main) == ["Masuk / Aktifkan"]
    assert re.findall(r'<a class="target[^>]*>([^<]+)', main) == ["Periksa sertifikat"]
    assert main.count("<a ") == 2
    assert "Alamat resmi layanan ini hanya" in main


def test_the_meaning_says_what_kind_of_signature_it_is_and_that_no_witness_is_there(
    client: FlaskClient,
) -> None:
    page = client.get("/arti").text
    assert "tidak tersertifikasi" in page
    assert "Pasal 60" in page
    assert "belum ada saksi luar" in page.lower()


def test_an_unknown_address_says_so_and_offers_a_way_on(client: FlaskClient) -> None:
    answer = client.get("/tidak-ada")
    assert answer.status_code == 404
    assert "Halaman tidak ditemukan" in answer.text
    assert "Tidak ada yang berubah" in answer.text
    assert 'href="/"' in answer.text


def test_a_wrong_method_says_that_nothing_was_signed(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    answer = app.test_client().post("/arti")
    assert answer.status_code == 405
    assert "tidak ada yang ditandatangani" in answer.text


def test_a_post_without_its_token_says_that_nothing_was_saved(client: FlaskClient) -> None:
    answer = client.post("/arti")
    assert answer.status_code in (400, 405)
    assert "tidak ada yang ditandatangani" in answer.text.lower()


def test_the_privacy_page_names_everyone_who_sees_something(client: FlaskClient) -> None:
    """Who may do what stands in pakta/roles.py; what the public sees, on /cakupan-umum."""
    seen = client.get("/privasi").text.split("Yang dapat dilihat orang lain")[1].split("Hak Anda")[0]
    for who in (
        "Orang yang memindai QR",
        "Pimpinan unit",
        "yang mewakilinya",
        "Administrator BKPSDM",
        "Bawaslu",
        "Umum",
    ):
        assert who in seen, who
    assert "berapa yang sudah menandatangani dari berapa orang" in seen
    assert "Administrator BKPSDM" not in client.get("/arti").text  # the words stand there, not in every page


def test_the_kiosk_explains_a_sidik_and_speaks_of_no_byte(client: FlaskClient) -> None:
    shown = re.sub(r"<[^>]+>", " ", client.get("/kios").text)
    assert "Sidik ialah deretan huruf dan angka" in shown
    assert not re.search(r"\bbyte\b", shown)


def test_a_folded_menu_counts_what_waits_beside_what_is_unread_and_not_what_is_only_recorded(app: Flask) -> None:
    city = City(app).build("ani")
    counts = {"waiting_notices": 5, "standing_objections": 7, "waiting_slips": 0, "waiting_imports": 0}
    app.jinja_env.globals.update({name: lambda count=count: count for name, count in counts.items()})
    assert folded(city) == "Menu · 5 belum dibaca"
    app.jinja_env.globals["waiting_slips"] = lambda: 2
    assert folded(city) == "Menu (2 menunggu Anda) · 5 belum dibaca"
    assert "Pemberitahuan (5 belum dibaca)" in city.visitor("ani").get("/").text


def folded(city: City) -> str:
    """Return what stands on the menu of an administrator while it is folded."""
    page = city.visitor("ani").get("/akun").text
    assert "(5" in page and "(7" in page
    return " ".join(re.sub("<[^>]+>", "", page.split("<summary>")[1].split("</summary>")[0]).split())
