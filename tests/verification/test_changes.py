"""When and why: told with the verdict, out of one list that is the same for everybody."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from flask import Flask

from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.database import db, transaction
from pakta.verification import changerows, changes, command, words
from pakta.verification.changes import Change
from pakta.web import clock, display
from tests.people import City

LATE = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)  # already the 23rd in WIB
ROWS = [(1, "keluar", LATE, 40), (1, "keluar", LATE, 7), (2, "sengketa", LATE, 9), (1, "keluar", LATE, 41)]


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city in which siti and joko have signed."""
    return City(app).build(signed=["siti", "joko"])


def change(city: City, who: str, status: Status, reason: ReasonClass) -> str:
    """Change the status of a person's certificate; return the address in its QR."""
    with city.app.app_context(), transaction() as session:
        row = certificates.of_person(session, person_id=city.person(who).id)[0]
        certificates.change_status(
            session, row=row, status=status, reason=reason, now=clock.now(), keyring=city.wired.keyring,
            config=city.wired.config,
        )  # fmt: skip
        return certificates.address(row, config=city.wired.config)


def said(city: City, address: str) -> list[str]:
    """Return what `python -m pakta verify` prints."""
    with city.app.app_context():
        return list(command.verify(address, source=None, config=city.wired.config, now=clock.now()).lines)


def test_each_change_is_found_under_its_day_and_class() -> None:
    listed = changes.build(ROWS)
    assert json.loads(listed)["changes"] == [
        [1, "keluar", "2026-11-23", [7, 33, 1]], [2, "sengketa", "2026-11-23", [9]],
    ]  # fmt: skip
    for status, name, _at, index in ROWS:
        assert changes.find(listed, index=index, status=status) == Change(status, name, date(2026, 11, 23))


@pytest.mark.parametrize(("index", "status"), [(8, 1), (33, 1), (9, 1), (7, 2), (0, 1)])
def test_what_is_not_listed_with_this_status_is_not_found(index: int, status: int) -> None:
    assert changes.find(changes.build(ROWS), index=index, status=status) is None


@pytest.mark.parametrize(
    "content",
    [None, b"", b"\xff", b"[]", b"{}", b'{"v":2,"changes":[]}', b'{"v":1,"changes":[[1]]}', b'{"v":1,"changes":7}',
     b'{"v":1,"changes":[[1,"keluar","gestern",[7]]]}', b'{"v":1,"changes":[[1,"keluar","2026-11-23",["x",7]]]}',
     b"[" * 100_000],
)  # fmt: skip
def test_bytes_that_are_no_such_list_say_nothing(content: bytes | None) -> None:
    assert changes.find(content, index=7, status=1) is None


@pytest.mark.parametrize("reason", ReasonClass)
@pytest.mark.parametrize(("status", "word"), [(Status.REVOKED, "DICABUT"), (Status.SUSPENDED, "DITANGGUHKAN")])
def test_the_page_and_the_command_tell_day_and_class(
    city: City, status: Status, word: str, reason: ReasonClass
) -> None:
    city.app.config["WTF_CSRF_ENABLED"] = False
    address = change(city, "siti", status, reason)
    day, name = display.day(clock.today()), display.REASON_CLASSES[reason]
    sentence = words.fill(words.CHANGED[status], {"on": day, "class": name})
    assert sentence.endswith(f"{day}. Jenis alasan: {name}.")
    page = city.visitor().post("/periksa", data={"nomor": address}).text
    assert word in page and sentence in page
    assert [line for line in said(city, address) if line in (word, sentence)] == [word, sentence]


def test_a_valid_certificate_has_neither(city: City) -> None:
    change(city, "siti", Status.REVOKED, ReasonClass.LEFT_SERVICE)
    with city.app.app_context():
        row = certificates.of_person(db.session(), person_id=city.person("joko").id)[0]
        address = certificates.address(row, config=city.wired.config)
    assert not [line for line in said(city, address) if "alasan" in line]


def test_where_the_list_does_not_say_it_the_verdict_says_so(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    address = change(city, "siti", Status.REVOKED, ReasonClass.LEFT_SERVICE)
    monkeypatch.setattr(changerows, "text", lambda _session: b"")
    assert words.UNTOLD in said(city, address)
    assert said(city, address)[0] == "DICABUT"
