"""A dispute is closed by two administrators who found the same."""

from __future__ import annotations

import pytest

from pakta.accounts import service as accounts
from pakta.certificates.rules import Status
from pakta.database import transaction
from pakta.web import clock
from tests.disputes.test_not_me import city as city
from tests.disputes.test_not_me import find, key, say, status
from tests.people import City


@pytest.mark.parametrize("outcome", ["benar", "keliru"])
def test_one_administrator_alone_decides_nothing_however_often(city: City, outcome: str) -> None:
    say(city.visitor("siti"), city)
    for _ in range(2):
        assert find(city, "ani", outcome).status_code == 302
    assert (status(city), key(city).revoked_at) == (Status.SUSPENDED, None)
    page = city.visitor("ani").get("/keberatan").text
    assert ("Menunggu administrator kedua" in page, "Setujui" in page) == (True, False)
    city.activate("dewi")
    assert "Setujui" in city.visitor("dewi").get("/keberatan").text
    assert "Ani Kusumawati" not in city.visitor("wati").get("/keberatan").text


def test_two_who_find_different_things_decide_nothing_and_the_newest_finding_waits(city: City) -> None:
    say(city.visitor("siti"), city)
    find(city, "ani", "benar")
    find(city, "dewi", "keliru", words="ponselnya ditemukan")
    assert status(city) == Status.SUSPENDED
    assert "ponselnya ditemukan" in city.visitor("wati").get("/keberatan").text
    find(city, "dewi", "keliru")
    assert status(city) == Status.SUSPENDED
    find(city, "ani", "keliru", words="")
    assert status(city) == Status.VALID


def test_a_first_administrator_who_is_none_any_more_does_not_count(city: City) -> None:
    say(city.visitor("siti"), city)
    find(city, "ani", "benar")
    with city.app.app_context(), transaction() as session:
        account = accounts.account_of(session, person=city.person("ani"))
        for grant in accounts.grants_of(session, account=account):
            accounts.end_role(session, grant=grant, now=clock.now())
    find(city, "dewi", "benar")
    assert status(city) == Status.SUSPENDED
