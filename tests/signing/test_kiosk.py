"""The kiosk, as its page's script talks to the server: slow people, people who turn round, and the next one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from pakta.core import canonical
from pakta.demonstration.authenticator import SoftwareDeviceKey
from pakta.web import clock
from tests.people import KNOWN, City

Wait = Callable[[timedelta], None]
PASSPHRASE = "kuda terbang melintasi danau"


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Wait:
    """Let time go by, on the server's clock."""
    real, late = clock.now, [timedelta(0)]
    monkeypatch.setattr(clock, "now", lambda: real() + late[0])

    def go_by(time: timedelta) -> None:
        late[0] += time

    return go_by


class Page:
    """The kiosk's page: one browser, one slip, one key in its memory."""

    def __init__(self, city: City, who: str = "lina") -> None:
        city.app.config["WTF_CSRF_ENABLED"] = False
        self.city, self.code, self.key = city, city.slip(who), SoftwareDeviceKey()
        self.client: FlaskClient = city.visitor()
        self.ticket = self.told("/aktivasi/periksa", kode=self.code)[1]["ticket"]

    def told(self, where: str, **sent: Any) -> tuple[int, dict[str, Any]]:
        """Post as the script does."""
        answer = self.client.post(where, json=sent)
        return answer.status_code, answer.get_json()

    def read(self) -> list[str]:
        """Open the text; return the ids of its clauses."""
        code, text = self.told("/kios/naskah", ticket=self.ticket)
        assert code == 200
        return [each["id"] for each in text["clauses"]]

    def enrol(self, passphrase: str = "") -> tuple[int, dict[str, Any]]:
        """Use the slip."""
        return self.told(
            "/aktivasi/kunci-perangkat", ticket=self.ticket, jwk=self.key.jwk, kiosk=1, passphrase=passphrase
        )

    def prepare(self, clauses: list[str]) -> str:
        """Return the statement that waits for the signature."""
        thumbprint = self.enrolled_as()
        code, prepared = self.told("/kios/siapkan", key=thumbprint, clauses=clauses)
        assert code == 200
        return str(prepared["statement"])

    def enrolled_as(self) -> str:
        """Return the key's thumbprint."""
        return str(self.enrol()[1]["thumbprint"])

    def sign(self, text: str) -> tuple[int, dict[str, Any]]:
        """Sign and send."""
        proof = self.key.proof(canonical.from_base64url(text))
        return self.told("/pakta/tandatangani", statement=text, **proof)

    def slip_again(self) -> int:
        """Type the slip's code once more; return the status of the answer."""
        return self.city.visitor().post("/aktivasi/periksa", json={"kode": self.code}).status_code


def test_who_signs_six_minutes_after_the_slip_was_used_is_not_sent_to_sign_in(city: City, wait: Wait) -> None:
    page = Page(city)
    text = page.prepare(page.read())
    wait(timedelta(minutes=6))
    assert page.sign(text)[0] == 200


def test_a_signed_in_browser_that_is_no_kiosk_still_needs_a_fresh_sign_in(city: City, wait: Wait) -> None:
    page = Page(city)
    page.enrol()
    closing = {"hasil": "benar", "keterangan": "diperiksa"}
    city.activate("ani")
    stale = city.visitor("ani", ago=timedelta(minutes=6))
    answer = stale.post("/keberatan/1", data=closing, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["reason"]) == (401, "SIGN_IN_AGAIN")
    wait(timedelta(minutes=6))
    own = page.client.get("/sertifikat/AAAA/berkas-bukti.pdf")  # at the kiosk, too: only the signature is let through
    assert (own.status_code, "/masuk" in own.headers["Location"]) == (302, True)


def test_after_the_session_has_ended_the_key_in_the_page_opens_it_again(city: City, wait: Wait) -> None:
    page = Page(city)
    text = page.prepare(page.read())
    wait(timedelta(minutes=11))
    code, told = page.sign(text)
    assert (code, told["reason"]) == (401, "SIGN_IN_FIRST")
    assert page.enrol()[0] == 200
    assert page.sign(text)[0] == 200


def test_another_key_does_not_open_it_again(city: City, wait: Wait) -> None:
    page = Page(city)
    page.enrol()
    wait(timedelta(minutes=11))
    page.key = SoftwareDeviceKey()
    code, told = page.enrol()
    assert (code, told["reason"]) == (422, "SLIP_USED")


def test_who_reads_the_text_and_turns_round_keeps_slip_and_is_not_signed_in(city: City) -> None:
    page = Page(city)
    page.read()
    assert page.client.get("/akun").status_code == 302
    assert page.slip_again() == 200
    page.enrol()
    assert page.slip_again() == 422


def test_who_cannot_sign_keeps_the_slip(city: City) -> None:
    page = Page(city)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pakta.signing.service.edition_for", lambda *_given, **_named: None)
        code, told = page.told("/kios/naskah", ticket=page.ticket)
    assert (code, told["reason"]) == (422, "EDITION_CLOSED")
    assert page.slip_again() == 200


def test_no_text_without_a_ticket(city: City) -> None:
    page = Page(city)
    code, told = page.told("/kios/naskah", ticket="lain")
    assert (code, told["reason"]) == (422, "ACTIVATION_EXPIRED")


def test_opening_the_kiosk_ends_what_the_one_before_left_open(city: City) -> None:
    page = Page(city)
    page.enrol()
    assert page.client.get("/akun").status_code == 200
    assert page.client.get("/kios").status_code == 200
    assert page.client.get("/akun").status_code == 302


def test_opening_the_kiosk_leaves_an_ordinary_sign_in_alone(city: City) -> None:
    client = city.visitor("siti")
    client.get("/kios")
    assert client.get("/akun").status_code == 200


def test_a_passphrase_chosen_at_the_kiosk_opens_the_account_later(city: City) -> None:
    page = Page(city)
    clauses = page.read()
    assert page.enrol(PASSPHRASE)[0] == 200
    text = page.prepare(clauses)
    number = page.sign(text)[1]["address"]
    later = city.visitor()
    words = {"nomor": KNOWN["lina"].number, "kata_sandi": PASSPHRASE}
    assert later.post("/masuk", data=words).status_code == 302
    assert later.get(number).status_code == 200


def test_a_weak_passphrase_at_the_kiosk_leaves_the_slip_unused(city: City) -> None:
    page = Page(city)
    code, told = page.enrol("pendek")
    assert (code, told["reason"]) == (422, "PASSPHRASE_SHORT")
    assert page.slip_again() == 200


def test_others_at_the_kiosk_read_the_end_of_a_number_alone_and_no_internal_word(city: City) -> None:
    page = Page(city)
    clauses = page.read()
    facts = dict(page.told("/kios/siapkan", key=page.enrolled_as(), clauses=clauses)[1]["facts"])
    number = KNOWN["lina"].number
    assert "•" * (len(number) - 3) + number[-3:] in facts.values() and number not in facts.values()
    assert facts["Butir yang disetujui"] == f"{len(clauses)} butir, semuanya"
    assert not any(each in value.split() for value in facts.values() for each in clauses)


def test_nothing_leads_away_from_the_kiosk_where_a_key_would_be_lost(city: City) -> None:
    page = city.visitor().get("/kios").text
    assert set(re.findall(r'<a [^>]*href="([^"]*)"', page)) == {"#isi", "/kios", "/bukan-saya"}
    assert "foto nomor" not in page
