"""What our server says of a certificate where a clock has a part in the verdict: on its page, and to programs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from pakta.certificates.models import IssuedCredential
from pakta.web import clock
from tests.people import City
from tests.verification.test_views import address, post


@pytest.fixture
def city(app: Flask) -> City:
    """Fill the app's database with the people of tests.people."""
    return City(app).build()


@pytest.fixture
def siti(city: City) -> IssuedCredential:
    """Let Siti sign."""
    return city.sign("siti")


@pytest.mark.parametrize(
    ("days", "reason", "said"),
    [
        (-1, "NOT_YET_VALID", "Ini kesalahan kami"),
        (3, "STATUS_STALE", "Ini kesalahan kami"),
        (8 * 365, "EXPIRED", "sudah lewat. Jangan diterima"),
    ],
)
def test_nobody_is_told_to_mend_the_servers_clock(
    city: City, siti: IssuedCredential, monkeypatch: pytest.MonkeyPatch, days: int, reason: str, said: str
) -> None:
    moment, asked = clock.now() + timedelta(days=days), address(city, siti)
    monkeypatch.setattr(clock, "now", lambda: moment)
    text = post(city.visitor(), "/periksa", nomor=asked)[1]
    (told,) = city.visitor().post("/api/v1/verify", json={"address": asked}).get_json()["results"]
    assert told["reason"] == reason and reason in text
    assert said in told["sentence"] and told["sentence"] in text
    assert not [each for each in ("jam perangkat", "Betulkan") if each in text + told["sentence"]]
