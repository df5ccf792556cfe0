"""Whoever has to sign in again comes back to where they were, to a page that says what happened."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from urllib.parse import quote

import pytest
from flask import Flask

from pakta.certificates import service as certificates
from pakta.database import db
from pakta.web import access
from tests.people import City

STALE = access.FRESH_FOR + timedelta(minutes=1)


@pytest.fixture
def city(app: Flask) -> City:
    """Give a city whose forms need no token here."""
    app.config["WTF_CSRF_ENABLED"] = False
    return City(app).build("siti", "ani", "budi", signed=["siti", "joko"])


def number(city: City, who: str) -> str:
    """Return a certificate's number."""
    with city.app.app_context():
        return certificates.of_person(db.session(), person_id=city.person(who).id)[0].number


@pytest.mark.parametrize(
    ("who", "path", "page"),
    [
        ("siti", "/sertifikat/{0}/berkas-bukti.pdf", "/sertifikat/{0}?unduh=1"),
        ("budi", "/cakupan/dikbud.csv", "/cakupan/dikbud?unduh=1"),
        ("budi", "/pekerjaan/1/lembar.zip", "/pekerjaan/1?unduh=1"),
        ("budi", "/cakupan/dikbud/lembar", "/cakupan/dikbud/lembar"),
    ],
)
def test_after_signing_in_for_a_download_the_page_that_offers_it_opens(
    city: City, who: str, path: str, page: str
) -> None:
    spoken = number(city, "siti")
    answer = city.visitor(who, ago=STALE).get(path.format(spoken))
    assert answer.status_code == 302
    assert answer.headers["Location"] == access_address(page.format(spoken))


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/pencabutan/sertifikat/{0}", "/pencabutan/sertifikat/{0}"),
        ("/pencabutan/permintaan/1/setujui", "/pencabutan/permintaan/1"),
        ("/keberatan/1", "/keberatan"),
        ("/cakupan/dikbud/lembar", "/cakupan/dikbud/lembar"),
    ],
)
def test_who_sent_a_form_too_late_is_told_that_nothing_is_stored_and_comes_back_to_it(
    city: City, path: str, page: str
) -> None:
    spoken = number(city, "siti")
    answer = city.visitor("ani", ago=STALE).post(path.format(spoken), data={"alasan": "salah unit"})
    assert answer.status_code == 401
    assert "tidak tersimpan" in answer.text
    assert f'href="{escape(access_address(page.format(spoken)))}"' in answer.text


def access_address(page: str) -> str:
    """Return the address of the sign-in page that goes on to a page."""
    return f"/masuk?lanjut={quote(page, safe='')}&ulang=1"


@pytest.mark.parametrize(
    ("who", "path", "told"),
    [
        ("siti", "/sertifikat/{0}/berkas-bukti.pdf", True),
        ("budi", "/cakupan/dikbud.csv", True),
        ("budi", "/cakupan/dikbud/lembar", False),
    ],
)
def test_who_signs_in_again_for_a_download_is_told_to_tap_it_once_more(
    city: City, who: str, path: str, told: bool
) -> None:
    client = city.visitor(who, ago=STALE)
    asked = client.get(client.get(path.format(number(city, "siti"))).headers["Location"]).text
    assert ("ketuk unduhannya sekali lagi" in asked, "Belum mengaktifkan akun?" in asked) == (told, False)
    assert "Belum mengaktifkan akun?" in city.visitor().get("/masuk").text
    page = path.format(number(city, "siti")).removesuffix("/berkas-bukti.pdf").removesuffix(".csv")
    landed = city.visitor(who)
    assert "Ketuk unduhannya sekali lagi" in landed.get(page + "?unduh=1").text or not told
    assert "Ketuk unduhannya sekali lagi" not in landed.get(page).text


def test_the_forms_of_disputes_are_shown_after_a_fresh_sign_in_alone(city: City) -> None:
    city.activate("wati")
    stale = city.visitor("ani", ago=STALE).get("/keberatan")
    assert stale.headers["Location"] == access_address("/keberatan")
    assert city.visitor("ani").get("/keberatan").status_code == 200
    assert city.visitor("wati", ago=STALE).get("/keberatan").status_code == 200  # there is no form for them
