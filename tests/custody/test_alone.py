"""A slip that the command prints is noted, and says which slip it ends."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from pakta.custody import service
from pakta.database import db, transaction
from pakta.web import clock
from tests.custody.test_slips import CODE, Office, words_of
from tests.revocation.office import plain


@pytest.fixture
def office(app: Flask) -> Office:
    """Give the city with two administrators and a supervisor; siti has no account yet."""
    app.config["WTF_CSRF_ENABLED"] = False
    found = Office(app)
    found.build("ani", "dewi", "wati")
    return found


def alone(office: Office) -> tuple[str, str]:
    """Print siti's slip as the command does."""
    with office.app.app_context(), transaction() as session:
        pepper = office.wired.keyring.pepper
        return service.print_alone(session, person=office.person("siti"), now=clock.now(), pepper=pepper)


def lines(office: Office) -> list[Any]:
    """Return what the access log says of slips that the command printed, with whose they are."""
    wanted = (
        "SELECT account_id, name, detail FROM access_log JOIN people ON people.id = person_id"
        " WHERE action = 'slip-perintah' ORDER BY access_log.id"
    )
    with office.app.app_context():
        return [tuple(row) for row in db.session().execute(text(wanted))]


def test_a_slip_of_the_command_is_a_line_that_says_what_it_ends(office: Office) -> None:
    code, ended = alone(office)
    assert ended == "" and lines(office) == [(None, "Siti Lestari", "")] and office.works(code)
    assert alone(office)[1] == "slip yang dibuat bukan dari halaman “Slip”" and not office.works(code)
    office.ask(siapa="ulang")
    (code,) = CODE.findall(words_of(office.press("dewi").data))
    office.mark("ani", "sdn-kranggan-1", office.slip_ids())
    assert alone(office)[1] == "slip dari cetakan 1, sudah diserahkan" and not office.works(code)
    assert lines(office)[-1] == (None, "Siti Lestari", "mematikan slip dari cetakan 1, sudah diserahkan")
    page = plain(office.visitor("ani").get("/catatan-akses").text)
    assert "Membuat slip dengan perintah di server (mematikan slip dari cetakan 1, sudah diserahkan)" in page


def test_counts_say_which_slips_they_leave_out(office: Office) -> None:
    alone(office)
    for who, path in (("wati", "/pengawas"), ("ani", "/slip")):
        page = plain(office.visitor(who).get(path).text)
        assert "bukan slip pemulihan dan bukan yang dibuat dengan perintah di server" in page
