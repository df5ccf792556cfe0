"""English by the address: every public page, what it leads to, what it answers; Indonesian wherever nobody asks."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import select

from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.database import db
from pakta.editions.models import Edition
from pakta.roster.models import Unit
from pakta.verification import qrpage
from pakta.web import Wired, access, language, switch
from tests.architecture import routemap
from tests.architecture.routemap import Route
from tests.health.test_pages import POLICY
from tests.journeys import test_reach
from tests.people import City
from tests.web.reading import Page, indonesian_words, words_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what pages say depends on none

# What anybody may open and the server renders in Indonesian alone, and why.
INDONESIAN_ALONE = {
    "/kios": "one signs there, and what one signs is Indonesian",
}
GIVEN: Mapping[str, object] = {"code": "ASN-2026", "index": 0, "path": "0/000", "name": "v.js", "version": "1"}
BEYOND = ("/tidak-ada", "/naskah/tidak-ada", "/masuk?lanjut=/akun&ulang=1")
LOANS = {"data", "agus"}  # written alike in both languages


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    """Give a city in which siti has signed."""
    yield City(app).build(signed=["siti"])


def open_routes(app: Flask) -> list[Route]:
    """Return the routes that anybody may read."""
    found = [each for each in routemap.routes(app) if each.method == "GET"]
    return [each for each in found if (mark := access.mark_of(each.view)) is not None and mark.open]


def public_pages(app: Flask) -> list[str]:
    """Return the addresses of every page that anybody may read in English, and of some that are not there."""
    found = [routemap.path_of(each, GIVEN) for each in open_routes(app) if switch.is_bilingual(each.view)]
    return [*found, *BEYOND]


def in_english(path: str) -> str:
    """Return the address of the same page in English."""
    return f"{path}{'&' if '?' in path else '?'}bahasa=en"


def read(client: FlaskClient, path: str) -> Page:
    """Open a page in English."""
    answer = client.get(in_english(path), follow_redirects=True)
    assert answer.mimetype == "text/html", path
    return Page(answer.text)


def names(city: City) -> set[str]:
    """Return the words of units and texts: names stay as they are."""
    with city.app.app_context():
        session = db.session()
        units = [each for row in session.execute(select(Unit)).scalars() for each in (row.name, row.short_name)]
        editions = list(session.execute(select(Edition.title)).scalars())
        return set().union(*(words_of(text) for text in [*units, *editions, "Kota Mojokerto"]))


def left(page: Page, known: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    """Return what a page says in Indonesian without saying so."""
    foreign = indonesian_words() - known - LOANS
    return [text for text in page.said if words_of(text) & foreign]


def straying(client: FlaskClient, page: Page) -> list[str]:
    """Return the links and forms of a page that would lead back to Indonesian though there is English."""
    with client.application.app_context():
        return [
            address
            for tag, address in page.links
            if address.startswith("/") and switch.stay(address, "POST" if tag == "form" else "GET") != address
        ]


def test_whatever_anybody_may_read_is_there_in_english(app: Flask) -> None:
    client = app.test_client()
    alone = {
        route.rule.rule
        for route in open_routes(app)
        if not switch.is_bilingual(route.view)
        and client.get(routemap.path_of(route, GIVEN)).mimetype == "text/html"
        and client.get(routemap.path_of(route, GIVEN)).status_code != 404
    }
    assert alone == set(INDONESIAN_ALONE)


def test_each_page_that_anybody_may_open_is_looked_at_in_a_browser(city: City) -> None:
    client = city.visitor()
    opened = {path.partition("?")[0] for path in [*public_pages(city.app), *INDONESIAN_ALONE]}
    shown = {path for path in opened if client.get(path).status_code == 200}
    assert shown - set(test_reach.PAGES) == set() and len(shown) > 14


def test_a_form_that_anybody_may_send_answers_in_the_language_of_its_page(app: Flask) -> None:
    sent = [each for each in routemap.routes(app) if each.method == "POST"]
    opened = {each.rule.rule for each in sent if (mark := access.mark_of(each.view)) is not None and mark.open}
    spoken = {each.rule.rule for each in sent if switch.is_bilingual(each.view)}
    assert opened - spoken == {"/api/v1/verify", "/kios/naskah", "/apel/<code>/kios"}


@pytest.mark.parametrize("state", ["empty", "signed", "witnessed"])
def test_every_public_page_is_english_through_and_through(app: Flask, state: str) -> None:
    city = City(app)
    if state != "empty":
        city.build(signed=["siti"])
    if state == "witnessed":
        wired: Wired = app.extensions["pakta"]
        app.extensions["pakta"] = replace(wired, config=replace(wired.config, policy=POLICY))
    client, known = app.test_client(), names(city) | {"saksi"}  # that is the name of the witness
    paths = public_pages(app)
    assert len(paths) >= 16
    for path in paths:
        page = read(client, path)
        assert page.language == "en", path
        assert left(page, known) == [], (path, left(page, known))
        assert straying(client, page) == [], path


def test_what_a_signed_in_person_sees_there_is_english_too(city: City) -> None:
    known = names(city) | words_of("Perangkat peragaan")  # what the device calls itself
    for path in ("/", "/bukan-saya", "/masuk", "/tidak-ada"):
        client = city.visitor("siti")
        page = read(client, path)
        assert left(page, known) == [], (path, left(page, known))
        assert straying(client, page) == [], path
    assert "My pact" in read(city.visitor("siti"), "/").text


def test_an_indonesian_word_or_a_straying_link_would_be_found(city: City) -> None:
    client = city.visitor()
    page = client.get("/arti").text
    assert len(left(Page(page), names(city))) > 20
    assert "/lapor" in straying(client, Page(page))
    assert left(Page('<p>Sign <span lang="id">tanda tangani</span></p>')) == []
    assert left(Page('<p>Sign</p><img alt="tanda tangani">')) == ["tanda tangani"]


def test_indonesian_is_what_everybody_else_gets(city: City) -> None:
    client = city.visitor()
    for path in ("/", "/arti", "/naskah/ASN-2026", "/log/"):
        for asked in ("bahasa=id", "bahasa=EN", "bahasa=xx", "bahasa=", "bahasa=id&bahasa=en", "x=bahasa"):
            page = Page(client.get(f"{path}?{asked}").text)
            assert page.language == "id", f"{path}?{asked}"
    assert Page(client.get("/arti", headers={"Accept-Language": "en", "Cookie": "bahasa=en"}).text).language == "id"


def test_the_language_changes_neither_caching_nor_cookies(city: City) -> None:
    for path in ("/arti", "/log/", "/naskah", "/untuk-program"):
        plain, english = city.visitor().get(path), city.visitor().get(in_english(path))
        for name in ("Cache-Control", "Vary", "Set-Cookie", "ETag"):
            assert plain.headers.getlist(name) == english.headers.getlist(name), f"{path} {name}"
        assert "Accept-Language" not in english.headers.get("Vary", "")


def test_the_shell_of_the_qr_page_is_the_same_bytes_for_all_who_ask_in_one_language(city: City) -> None:
    english, indonesian = (city.visitor().get(path) for path in ("/v?bahasa=en", "/v"))
    assert (Page(english.text).language, Page(indonesian.text).language) == ("en", "id")
    assert english.headers["ETag"] != indonesian.headers["ETag"]
    assert city.visitor().get("/v?bahasa=en&x=1").data == english.data
    assert city.visitor().get("/v?bahasa=xx").data == indonesian.data
    packed = city.visitor().get("/v?bahasa=en", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == english.data
    with city.app.test_request_context("/arti?bahasa=en"):
        assert 'lang="id"' in qrpage.render("", config=city.wired.config)
    with city.app.test_request_context("/arti"):
        assert 'lang="en"' in qrpage.render("", config=city.wired.config, spoken=language.english())


def test_the_switch_leads_to_the_same_page_and_back(city: City) -> None:
    client = city.visitor()
    for path in ("/naskah/ASN-2026", "/masuk?lanjut=%2Fakun&ulang=1", "/tidak-ada"):
        there = re.search(r'<a class="switch" href="([^"]+)" hreflang="en" lang="en">English<', client.get(path).text)
        assert there
        english = client.get(path.partition("?")[0] + there[1].replace("&amp;", "&"))
        back = re.search(r'<a class="switch" href="([^"]+)" hreflang="id" lang="id">Indonesia<', english.text)
        assert back
        again = client.get(path.partition("?")[0] + back[1].replace("&amp;", "&"))
        assert [Page(each.text).language for each in (english, again)] == ["en", "id"]
        assert all(part in there[1] for part in path.partition("?")[2].split("&"))


def test_pages_that_are_indonesian_alone_offer_no_switch(city: City) -> None:
    for client, path in ((city.visitor(), "/kios"), (city.visitor("siti"), "/akun")):
        page = client.get(in_english(path)).text
        assert 'class="switch"' not in page
        assert Page(page).language == "id"


def test_the_pact_itself_stays_indonesian_and_says_so(city: City) -> None:
    page = read(city.visitor(), "/naskah/ASN-2026")
    assert "only the Indonesian text is signed" in page.text
    with city.app.app_context():
        title = db.session().execute(select(Edition.title).where(Edition.code == "ASN-2026")).scalar_one()
    assert f'<h1 lang="id">{title}</h1>' in page.text
    assert "Kode naskah" not in page.text and "Text code" in page.text
    assert "only the Indonesian text is signed" not in city.visitor().get("/naskah/ASN-2026").text


def test_dates_and_numbers_are_written_as_english_writes_them(city: City) -> None:
    assert re.search(r"\d{1,2} [A-Z][a-z]+ \d{4} at \d\d:\d\d WIB", read(city.visitor(), "/kesehatan").text)
    for asked, shown in (
        ("bahasa=en", "80.9% 1,004 Screen-lock key (passkey)"),
        ("", "80,9 % 1.004 Kunci layar (passkey)"),
    ):
        with city.app.test_request_context(f"/arti?{asked}"):
            assert render_template_string("{{ 812|percent(1004) }} {{ 1004|number }} {{ 1|method }}") == shown


def post(client: FlaskClient, path: str, **data: object) -> Page:
    """Send a form of an English page."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(in_english("/periksa")).text)
    assert token
    return Page(client.post(in_english(path), data={"csrf_token": token[1], **data}, follow_redirects=True).text)


def test_what_is_sent_from_an_english_page_is_answered_in_english(city: City) -> None:
    client, known = city.visitor(), names(city) | words_of("Siti Lestari Guru")
    with city.app.app_context():
        row = db.session().execute(select(IssuedCredential)).scalars().one()
        address = certificates.address(row, config=city.wired.config)
    letter = io.BytesIO(f"QR: {address}".encode())
    for sent, word in (
        (("/periksa", {"nomor": row.number}), "VALID"),
        (("/periksa", {"nomor": address[:-4]}), "NOT RECOGNISED"),
        (("/periksa", {"nomor": "http://jahat.example/v#1234567"}), "leads to another site"),
        (("/periksa", {"nomor": "123"}), "A certificate number has 17 letters"),
        (("/periksa/berkas", {"berkas": (letter, "surat.txt")}), "VALID"),
        (("/periksa/berkas", {}), "No file has been chosen"),
        (("/masuk", {"nomor": "123", "kata_sandi": "x"}), "do not match"),
        (("/aktivasi", {"kode": "AAAA-BBBB-CCCC"}), "We do not know this code"),
        (("/bukan-saya", {"kode": "AAAA-BBBB-CCCC"}), "We do not know this code"),
        (("/arti", {}), "does not take that kind of request"),
    ):
        page = post(client, sent[0], **sent[1])  # type: ignore[arg-type]
        assert any(word in each for each in page.said), (sent[0], word)
        assert page.language == "en"
        assert left(page, known) == [], sent[0]
        assert straying(client, page) == [], sent[0]


def test_a_form_without_its_token_is_refused_in_english(city: City) -> None:
    page = Page(city.visitor().post(in_english("/periksa"), data={"nomor": "1"}).text)
    assert page.language == "en" and left(page) == []
    assert "This form has expired" in page.text


def test_a_script_of_an_english_page_is_answered_in_english(city: City) -> None:
    client = city.visitor()
    head = client.get(in_english("/masuk")).text
    token = re.search(r'name="csrf-token" content="([^"]+)"', head)
    assert token and "Open the screen lock to sign in" in head
    assert 'name="kata"' not in client.get("/masuk").text
    for path, told in (("/masuk/kunci-sandi", "Anda"), (in_english("/masuk/kunci-sandi"), "You are not")):
        headers = {"X-CSRFToken": token[1], "Accept": "application/json"}
        answer = client.post(path, json={"response": {"id": "x"}}, headers=headers)
        assert answer.status_code == 422
        assert told in answer.get_json()["message"] or answer.get_json()["reason"] == "PASSKEY_REFUSED"


def test_signing_out_of_an_english_page_leads_to_an_english_page(city: City) -> None:
    client = city.visitor("siti")
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(in_english("/")).text)
    assert token
    answer = client.post(in_english("/keluar"), data={"csrf_token": token[1]})
    assert answer.location == "/?bahasa=en"
