"""Whoever has to sign in again comes back to where they were, to a page that says what happened."""

from __future__ import annotations

import re
import zlib
from base64 import urlsafe_b64decode
from datetime import timedelta
from html import escape, unescape
from io import BytesIO
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pakta.accounts import passphrases
from pakta.accounts.models import Account
from pakta.certificates import service as certificates
from pakta.database import db, transaction
from pakta.web import access, kept
from tests.people import KNOWN, City
from tests.revocation.office import plain

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
    assert "belum tersimpan" in answer.text
    assert f'name="lanjut" value="{escape(page.format(spoken))}"' in answer.text
    chosen = city.visitor("ani", ago=STALE).post(path.format(spoken), data={"berkas": (BytesIO(b"x"), "a.csv")})
    assert "tidak tersimpan" in chosen.text  # a file is chosen anew
    assert f'href="{escape(access_address(page.format(spoken)))}"' in chosen.text


NUMBER = "198609262015052901"
TYPED = {"nomor": NUMBER, "unit": "dikbud", "peran": "delegate", "sebutan": "Plt.", "alasan": 'SK 821 "dua" <b>'}


def hidden(page: str) -> dict[str, str]:
    """Return the fields that a page holds and nobody sees."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.split("<main")[1])
    return {name: unescape(value) for name, value in found if name != "csrf_token"}


def sent_late(city: City, who: str = "ani") -> tuple[FlaskClient, dict[str, str]]:
    """Return who has typed a form for longer than the sign-in is fresh, and what the answer carries."""
    client = city.visitor(who, ago=STALE)
    late = client.post("/peran/periksa?halaman=3", data=TYPED)
    assert late.status_code == 401 and 'action="/masuk/lagi"' in late.text
    return client, hidden(late.text)


def test_what_was_typed_is_still_there_after_signing_in_again_and_is_sent_by_its_writer(city: City) -> None:
    city.activate("dewi", device=True)
    with city.app.app_context(), transaction() as session:
        account = session.get_one(Account, city.keys["dewi"][0])
        account.passphrase = passphrases.make("kereta sore ke surabaya", own=())
    client, carried = sent_late(city, "dewi")
    asked = client.post("/masuk/lagi", data=carried)
    assert asked.status_code == 200 and hidden(asked.text)["titipan"] == carried["titipan"]
    assert 'class="switch"' not in asked.text  # the other language is a link, and what is carried would be lost
    wrong = client.post("/masuk", data=hidden(asked.text) | {"nomor": KNOWN["dewi"].number, "kata_sandi": "x" * 12})
    assert wrong.status_code == 422 and hidden(wrong.text)["titipan"] == carried["titipan"]
    right = {"nomor": KNOWN["dewi"].number, "kata_sandi": "kereta sore ke surabaya"}
    back = client.post("/masuk", data=hidden(wrong.text) | right)
    assert back.status_code == 200
    assert hidden(back.text) == TYPED and 'action="/peran/periksa?halaman=3"' in back.text
    assert "Belum ada yang berubah" in client.post("/peran/periksa", data=hidden(back.text)).text


def test_after_a_passkey_too_but_only_for_who_typed_it_and_only_for_half_an_hour(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    _client, carried = sent_late(city)
    assert hidden(city.visitor("ani").post("/masuk/isian", data=carried).text) == TYPED
    forged = carried["titipan"][:60] + ("A" if carried["titipan"][60] != "A" else "B") + carried["titipan"][61:]
    for who, sent in (("budi", carried), ("ani", carried | {"titipan": forged}), ("ani", carried | {"titipan": "é"})):
        lost(city.visitor(who).post("/masuk/isian", data=sent).text)
    monkeypatch.setattr(kept, "VALID", -1)
    lost(city.visitor("ani").post("/masuk/isian", data=carried).text)
    assert city.visitor("ani").post("/masuk/isian", data={"lanjut": "/peran"}).headers["Location"] == "/peran"


def lost(page: str) -> None:
    """Check that a page says that nothing was sent, holds nothing that was typed, and goes on to its page."""
    assert "tidak terkirim dan tidak ada lagi" in page and 'href="/peran"' in page and hidden(page) == {}


def test_who_finds_the_page_open_cannot_read_what_was_typed(city: City) -> None:
    _client, carried = sent_late(city)
    text = carried["titipan"]
    for part in (text, *text.split(".")):
        try:
            told = urlsafe_b64decode(part + "=" * (-len(part) % 4))
        except ValueError:
            continue
        for whole in (told, *(unpacked(told[at:]) for at in range(min(len(told), 64)))):
            assert NUMBER.encode() not in whole and b"/peran" not in whole and b"SK 821" not in whole


def unpacked(packed: bytes) -> bytes:
    """Return what some bytes hold that are packed, or nothing."""
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return b""


def test_the_page_says_what_would_be_sent(city: City) -> None:
    _client, carried = sent_late(city)
    page = plain(city.visitor("ani").post("/masuk/isian", data=carried).text)
    for said in (
        "Halaman: Peran", "Yang dilakukan Memeriksa permintaan peran", f"Nomor {NUMBER}", "Kode unit dikbud",
        "Peran Yang mewakili kepala", "Sebutan Plt.",
    ):  # fmt: skip
        assert said in page
    late = city.visitor("ani", ago=STALE).post("/unit-kerja/dlh/gabung", data={"tujuan": "dinkes", "sidik": "abc"})
    page = plain(city.visitor("ani").post("/masuk/isian", data=hidden(late.text)).text)
    assert "Menggabungkan unit" in page and "nomor dlh" in page and "tujuan dinkes" in page and "abc" not in page


def test_a_passphrase_is_never_carried(city: City) -> None:
    late = city.visitor("ani", ago=STALE).post("/peran/periksa", data=TYPED | {"kata_sandi": "rahasia sekali"})
    assert late.status_code == 401 and "titipan" not in late.text


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
