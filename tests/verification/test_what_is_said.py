"""What the check says of what is no forgery, of what leads elsewhere, and of whom to match."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask

from pakta.certificates import qr
from pakta.core.errors import Reason
from pakta.core.verdict import Mark, Step, Verdict, Word
from pakta.verification import presentation, words
from pakta.web.language import INDONESIAN, Language, english
from tests.people import City

HOST = "localhost"


@pytest.fixture
def city(app: Flask) -> City:
    """Give a city of which nobody has signed."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    return City(app).build()


def picture(text: str) -> io.BytesIO:
    """Return a picture of a QR code."""
    out = io.BytesIO()
    qr.image(text, pixels=4).save(out, "PNG")
    out.seek(0)
    return out


@pytest.mark.parametrize("reason", sorted(words.UNREADABLE))
def test_what_may_have_been_cut_short_is_not_called_a_forgery(reason: Reason) -> None:
    """The browser tells the same reasons by the end of their names."""
    verdict = Verdict(Word.UNKNOWN, reason, ((Step.ADDRESS, Mark.NO),))
    shown = presentation.show(verdict, host=HOST, guarded=False)
    assert not shown.forged and reason.endswith("_MALFORMED")
    assert reason is Reason.ADDRESS_MALFORMED or "terpotong" in shown.sentence
    changed = Verdict(Word.UNKNOWN, Reason.SIGNATURE_DIFFERS, ((Step.ADDRESS, Mark.NO),))
    assert presentation.show(changed, host=HOST, guarded=False).forged


def test_a_picture_of_a_qr_that_leads_elsewhere_says_what_it_holds(city: City) -> None:
    for language in ("", "?bahasa=en"):
        sent = {"berkas": (picture("https://contoh.id/promo"), "foto.png")}
        assert "https://contoh.id/promo" in city.visitor().post(f"/periksa/berkas{language}", data=sent).text


def test_what_a_foreign_qr_holds_steers_no_screen_and_fills_no_page(city: City) -> None:
    long = "https://contoh.id/\u202e" + "a" * 500
    page = city.visitor().post("/periksa/berkas", data={"berkas": (picture(long), "foto.png")}).text
    assert "\u202e" not in page and "https://contoh.id/\ufffdaaa" in page and "a" * 300 not in page


@pytest.mark.parametrize("reason", sorted(words.UNCHECKED))
@pytest.mark.parametrize("spoken", [INDONESIAN, english()], ids=["id", "en"])
def test_nobody_is_told_to_connect_who_is_connected(reason: Reason, spoken: Language) -> None:
    """Whom our server answers is; a phone's page cannot know, and says "if"."""
    for served in (True, False):
        said = spoken.text(words.sentence(Word.UNCHECKED, reason, served=served))
        bare = re.sub("; (bila perangkat ini tanpa jaringan, sambungkan|if this device has no network)", "", said)
        assert not re.search("jaringan|internet|network", bare)
        assert not served or bare == said
