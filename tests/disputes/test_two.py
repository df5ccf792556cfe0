"""A dispute is closed by two administrators who found the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from pakta.accounts import service as accounts
from pakta.accounts.models import SignIn
from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.core.errors import Refusal
from pakta.database import transaction
from pakta.disputes import service
from pakta.erasure import service as erasure
from pakta.web import clock
from tests.disputes.test_not_me import city as city
from tests.disputes.test_not_me import find, key, key_id, say, status
from tests.people import KNOWN, City
from tests.revocation.office import plain

WHOLE_ON_POSTGRESQL = True


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
    find(city, "dewi", "keliru", words="ponselnya ditemukan")
    assert status(city) == Status.SUSPENDED
    find(city, "ani", "keliru", words="")
    assert status(city) == Status.VALID


def test_what_was_found_before_stays_to_be_read_and_that_two_disagree_is_said(city: City) -> None:
    say(city.visitor("siti"), city)
    find(city, "ani", "benar", words="bukan dia menurut atasannya")
    assert "hal yang berbeda" not in city.visitor("wati").get("/keberatan").text
    find(city, "dewi", "keliru", words="ponselnya ditemukan")
    names = (KNOWN["ani"].name, KNOWN["dewi"].name)
    for who in ("ani", "dewi", "wati"):
        page = plain(city.visitor(who).get("/keberatan").text.split("<h2>")[1])
        assert "Dua administrator menemukan hal yang berbeda." in page
        assert "bukan dia menurut atasannya" in page and "ponselnya ditemukan" in page
        before = page.split("Temuan sebelumnya")[1].split("Temuan terakhir")[0]
        standing = page.split("Temuan terakhir")[1].strip()
        assert standing.startswith("Ternyata miliknya, ") and "Administrator pertama" not in page
        assert ("Anda, " in standing.split("Keterangan")[0]) is (who == "dewi")
        assert before.strip().startswith("Benar bukan dia, ") and ("Anda, " in before) is (who == "ani")
        assert (names[0] in before, names[1] in before) == ((who == "dewi"), False)
    find(city, "ani", "keliru", words="")
    page = city.visitor("wati").get("/keberatan").text
    assert "Dua administrator sempat menemukan hal yang berbeda." in page and "bukan dia menurut atasannya" in page


def test_over_the_one_finding_that_an_erasure_left_nobody_disagrees(city: City) -> None:
    say(city.visitor("siti"), city)
    find(city, "ani", "benar", words="bukan dia menurut atasannya")
    find(city, "dewi", "keliru", words="ponselnya ditemukan")
    with city.app.app_context(), transaction() as session:
        erasure.erase(session, person=city.person("dewi"), now=clock.now(), pepper=city.wired.keyring.pepper)
    for who in ("ani", "wati"):
        page = city.visitor(who).get("/keberatan").text
        assert "hal yang berbeda" not in page and "bukan dia menurut atasannya" in page
        assert "Temuan terakhir" not in page and "Administrator pertama" not in page


def test_a_first_administrator_who_is_none_any_more_does_not_count(city: City) -> None:
    say(city.visitor("siti"), city)
    find(city, "ani", "benar")
    with city.app.app_context(), transaction() as session:
        account = accounts.account_of(session, person=city.person("ani"))
        for grant in accounts.grants_of(session, account=account, now=clock.now()):
            accounts.end_role(session, grant=grant, now=clock.now())
    find(city, "dewi", "benar")
    assert status(city) == Status.SUSPENDED


def test_who_brings_back_while_not_me_is_being_said_waits_and_is_refused(city: City) -> None:
    ways = {"now": clock.now(), "keyring": city.wired.keyring, "config": city.wired.config}
    with city.app.app_context(), transaction() as session:
        row = certificates.of_person(session, person_id=city.person("siti").id)[0]
        certificates.change_status(
            session, row=row, status=Status.SUSPENDED, reason=ReasonClass.ADMINISTRATIVE, **ways
        )

    def bring_back() -> None:
        with city.app.app_context(), transaction() as session:
            row = certificates.of_person(session, person_id=city.person("siti").id)[0]
            service.reinstate(session, row=row, **ways)

    city.visitor("siti")
    with ThreadPoolExecutor(1) as pool:
        with city.app.app_context(), transaction() as session:
            sign_in = session.execute(select(SignIn).order_by(SignIn.id.desc())).scalars().first()
            assert sign_in is not None
            service.say_signed_in(session, sign_in=sign_in, key_id=key_id(city, "siti"), **ways)
            reply = pool.submit(bring_back)
            with pytest.raises(TimeoutError):
                reply.result(timeout=0.3)
        with pytest.raises(Refusal, match="DISPUTE_OPEN"):
            reply.result(timeout=20)
    assert status(city) == Status.SUSPENDED
