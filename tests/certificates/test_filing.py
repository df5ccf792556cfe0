"""A file is made outside the writers' queue, stored once, and everybody gets the one that is stored."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from pakta.certificates import documents, filing, seal, service
from pakta.certificates.models import Document
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.erasure import service as erasure
from pakta.web import clock, display
from tests.people import City

AT_ONCE, PATIENCE = 6, 5


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city, in which siti has signed."""
    return City(app).build(signed=["siti"])


def lembar(city: City) -> bytes:
    """Fetch siti's lembar, as her page does."""
    return fetched(city, "siti", "lembar")


def fetched(city: City, who: str, kind: str) -> bytes:
    """Fetch a file of somebody's certificate, as their page does."""
    with city.app.app_context():
        row = service.of_person(db.session(), person_id=city.person(who).id)[0]
        return filing.file_of(
            row, kind=kind, display=display.moment, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip


def stored(city: City) -> int:
    """Return how many files are stored."""
    with city.app.app_context():
        return db.session().execute(select(func.count()).select_from(Document)).scalar_one()


def together(city: City) -> list[bytes]:
    """Fetch siti's lembar several times at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda _: lembar(city), range(AT_ONCE)))


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> list[object]:
    """Do something else while a file is being sealed; return what came of it."""
    plain, done = seal.seal, []

    def slow(*given: Any, **named: Any) -> bytes:
        with ThreadPoolExecutor(1) as pool:
            done.append(pool.submit(act).result(PATIENCE))
        return plain(*given, **named)

    monkeypatch.setattr(seal, "seal", slow)
    return done


def test_many_first_downloads_at_once_seal_once_and_give_the_same_bytes(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = meanwhile(monkeypatch, lambda: "sealed")
    assert len(set(together(city))) == 1
    assert sealed == ["sealed"]
    assert stored(city) == 1


def test_what_another_process_stored_first_is_what_everybody_gets(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "_turns", (nullcontext(),))  # processes do not wait for each other
    sealed = meanwhile(monkeypatch, lambda: "sealed")
    assert len({*together(city), lembar(city)}) == 1
    assert len(sealed) > 1
    assert stored(city) == 1


def test_others_write_while_a_file_is_sealed(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    done = meanwhile(monkeypatch, lambda: city.slip("joko"))
    lembar(city)
    assert len(done) == 1


def test_a_certificate_that_is_erased_while_its_file_is_sealed_leaves_no_file(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    def erase() -> None:
        with city.app.app_context(), transaction() as session:
            erasure.erase(session, person=city.person("siti"), now=clock.now(), pepper=city.wired.keyring.pepper)

    meanwhile(monkeypatch, erase)
    with pytest.raises(Refusal) as refused:
        lembar(city)
    assert refused.value.reason is Reason.CERTIFICATE_UNKNOWN
    assert stored(city) == 0


def test_the_second_to_store_a_file_is_given_the_first(city: City) -> None:
    with city.app.app_context():
        row = service.of_person(db.session(), person_id=city.person("siti").id)[0]
        made = documents.Made(row.id, "kartu", b"mark", b"first", clock.now())
        late = documents.Made(row.id, "kartu", b"mark", b"second", clock.now())
        with transaction() as session:
            assert documents.keep(session, made=made).content == b"first"
        with transaction() as session:
            assert documents.keep(session, made=late).content == b"first"


def test_a_file_that_is_being_sealed_holds_up_nobody_elses(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    city.sign("joko")
    city.settle()

    made = meanwhile(monkeypatch, lambda: fetched(city, "joko", "kartu"))
    assert lembar(city).startswith(b"%PDF")
    assert [str(each)[:6] for each in made] == ["b'\\x89"]
