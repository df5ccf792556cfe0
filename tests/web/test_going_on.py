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
        ("siti", "/sertifikat/{0}/berkas-bukti.pdf", "/sertifikat/{0}"),
        ("budi", "/cakupan/dikbud.csv", "/cakupan/dikbud"),
        ("budi", "/pekerjaan/1/lembar.zip", "/pekerjaan/1"),
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
