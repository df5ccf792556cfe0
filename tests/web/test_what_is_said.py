"""Small things that pages say, each to whom it is true for."""

from __future__ import annotations

import io

import pytest
from flask import Flask

from tests.people import City
from tests.revocation.office import plain


@pytest.fixture
def city(app: Flask) -> City:
    """Give the city with an administrator, a head and somebody who signed."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    return City(app).build("ani", "budi", "wati", signed=["siti"])


def test_how_to_begin_is_told_to_who_has_not_begun(city: City) -> None:
    assert "Terima slip aktivasi" in plain(city.visitor().get("/").text)
    assert "Terima slip aktivasi" not in plain(city.visitor("siti").get("/").text)


def test_after_a_report_the_report_stands_first_and_the_form_is_folded(city: City) -> None:
    siti = city.visitor("siti")
    page = siti.get("/data-salah").text
    assert page.index("Kirim laporan") < page.index("Laporan Anda")
    answer = siti.post("/data-salah", data={"bagian": "nama", "pesan": "Gelar saya kurang."})
    page = siti.get(answer.location).text
    assert page.index("Laporan Anda") < page.index("<summary>Laporkan data lain") < page.index("Kirim laporan")


@pytest.mark.parametrize(("path", "back"), [("/periksa/berkas", "/periksa"), ("/impor", "/impor")])
def test_a_file_that_is_too_large_is_told_the_limit_and_the_way_back(city: City, path: str, back: str) -> None:
    sent = {"berkas": (io.BytesIO(b"0" * 13_000_000), "besar.pdf")}
    answer = city.visitor("ani").post(path, data=sent)
    assert answer.status_code == 413 and "paling besar 10 MB" in answer.text
    assert f'href="{back}' in answer.text.partition("Kembali dan pilih berkas lain")[0][-80:]


def test_heads_are_told_of_no_pages_that_they_do_not_have(city: City) -> None:
    for path, words in (("/pekerjaan", "halaman “Impor”"), ("/peran", "Administrator biasanya memegang")):
        said = [words in plain(city.visitor(who).get(path).text) for who in ("budi", "ani")]
        assert said == [False, True], path


def test_a_list_of_slips_without_slips_is_not_to_be_printed(city: City) -> None:
    page = city.visitor("ani").get("/slip/unit/dikbud").text
    assert "Cetak halaman ini" not in page and page.count("Kembali ke slip") == 1
    assert "bukan yang dibuat dengan perintah" in city.visitor("ani").get("/slip").text


def test_an_objection_is_told_on_the_start_page_as_in_the_menu(city: City) -> None:
    city.activate("joko")
    stated = {"jenis": "lain", "uraian": "Belum jelas"}
    assert city.visitor("joko").post("/keberatan-pakta", data=stated).status_code == 302
    assert "Keberatan menandatangani (1 tercatat)</a>" in city.visitor("ani").get("/").text


@pytest.mark.parametrize(("kind", "told"), [("paksaan", True), ("lain", False)])
def test_who_says_that_they_are_forced_is_told_where_to_report_it(city: City, kind: str, told: bool) -> None:
    city.activate("joko")
    joko = city.visitor("joko")
    forced = "Isi keberatan Anda tidak diteruskan ke luar BKPSDM"
    assert forced in joko.get("/keberatan-pakta").text
    joko.post("/keberatan-pakta", data={"jenis": kind, "uraian": "Belum jelas"})
    page = joko.get("/keberatan-pakta").text
    assert "Tarik keberatan" in page and (forced in page) is told


def test_a_number_of_another_kind_is_named(city: City) -> None:
    page = plain(city.visitor().post("/periksa", data={"nomor": "123456789012345678"}).text)
    assert "NIP (18 angka) dan kode slip" in page


def test_a_printed_certificate_leaves_out_what_is_to_be_tapped(city: City) -> None:
    siti = city.visitor("siti")
    address = siti.get("/pakta").text.partition('href="/sertifikat/')[2].partition('"')[0]
    page = siti.get(f"/sertifikat/{address}").text
    assert '<section class="no-print">\n<h2>Bukan Anda' in page and '<ul class="plain no-print">' in page
