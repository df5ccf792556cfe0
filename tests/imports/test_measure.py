"""Of how many the 5 % are: who counted before, so that neither invented people nor those who never counted help."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from pakta.database import db
from pakta.imports import queries, rules
from pakta.roster.models import Unit
from pakta.web import clock
from tests.imports.office import Office, plain
from tests.people import KNOWN

NOBODY_KNOWS = [[f"198609262015051{at:03}", "pns", f"Orang Rekaan {at}", "", "", "dinkes"] for at in range(101, 201)]


def newcomers(status: str) -> list[list[str]]:
    """Return a hundred lines of people whom nobody has seen, with a status."""
    return [[*line, status, "", ""] for line in NOBODY_KNOWS]


def measured(office: Office) -> tuple[int, int]:
    """Return how many of the whole city are out, and of how many."""
    with office.app.app_context():
        session = db.session()
        root = session.scalars(select(Unit).where(Unit.code == "pemkot")).one()
        found = queries.ground(session, unit=root, now=clock.now()).measure(Counter())
        return found.out, found.counted


def put(office: Office, lines: list[list[str]]) -> str:
    """Bring a file by one administrator, ask for it, and return what became of it."""
    import_id = office.bring(lines)
    office.send(import_id, "terapkan")
    return office.state(import_id)[0]


def not_asked(monkeypatch: pytest.MonkeyPatch, *codes: str) -> None:
    """Let these texts not be open."""
    asked = queries._asked
    monkeypatch.setattr(
        queries,
        "_asked",
        lambda session, *, now: [each for each in asked(session, now=now) if each.edition_code not in codes],
    )


@pytest.mark.parametrize("status", ["cuti", "tugas belajar", "mutasi"])
def test_new_people_who_never_counted_put_nobody_else_out_of_the_sums(office: Office, status: str) -> None:
    assert put(office, newcomers(status)) == "diterapkan"
    assert measured(office) == (0, 7)
    away = {who: {"status": "cuti"} for who in ("joko", "rini")}
    assert put(office, office.lines(**away)) == "menunggu"
    assert office.people()[KNOWN["joko"].number][2] == "aktif"


def test_new_people_who_count_help_nobody_for_a_month(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + rules.WITHIN + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert put(office, newcomers("")) == "diterapkan"
    assert measured(office) == (0, 7)
    assert put(office, office.lines(joko={"status": "cuti"})) == "menunggu"
    month = later + rules.WITHIN
    monkeypatch.setattr(clock, "now", lambda: month)
    assert measured(office) == (0, 107)
    assert put(office, office.lines(joko={"status": "cuti"})) == "diterapkan"
    assert measured(office) == (1, 107)


def test_who_is_marked_as_gone_is_measured_by_the_same(office: Office) -> None:
    assert put(office, newcomers("cuti")) == "diterapkan"
    import_id = office.bring([*office.lines("joko"), *newcomers("cuti")])
    answer = office.send(import_id, "tandai", status="mutasi", siapa="semua")
    assert answer.status_code == 302 and office.people()[KNOWN["joko"].number][2] == "aktif"
    page = office.page(import_id, by="dewi")
    assert "menunggu administrator kedua" in page and "dihitung dari 7 orang yang ikut dihitung di" in page


def test_the_page_says_of_how_many_and_how_many_are_out(office: Office) -> None:
    put(office, newcomers("cuti"))
    import_id = office.bring(office.lines(joko={"status": "cuti"}))
    page = plain(office.page(import_id))
    assert "1 orang keluar dari hitungan" in page and "dan 0 sudah keluar dalam 30 hari terakhir" in page
    assert "lebih dari 5 % dari 7 orang yang ikut dihitung di" in page
    assert "107 orang" not in page


def test_people_of_whom_nothing_is_asked_help_nobody_even_after_a_month(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    not_asked(monkeypatch, "TNI-2026")
    soldiers = [[f"{21_000_101 + at}", "tni", *line[2:]] for at, line in enumerate(newcomers(""))]
    assert put(office, soldiers) == "diterapkan"
    later = clock.now() + rules.WITHIN + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert measured(office) == (0, 7)
    assert put(office, office.lines(joko={"status": "cuti"})) == "menunggu"


def test_one_of_many_of_whom_nothing_is_asked_leaves_by_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert put(office, newcomers("")) == "diterapkan"
    later = clock.now() + rules.WITHIN + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    not_asked(monkeypatch, "ASN-2026")
    assert put(office, office.lines(joko={"status": "pensiun"})) == "diterapkan"


@pytest.mark.parametrize("closed", [["ASN-2026"], ["ASN-2026", "KEPALA-2026", "TNI-2026", "POLRI-2026"]])
def test_of_whom_nothing_is_asked_each_kind_is_measured_by_itself(
    office: Office, monkeypatch: pytest.MonkeyPatch, closed: list[str]
) -> None:
    """Else people of another kind were put away by one before their text opens."""
    not_asked(monkeypatch, *closed)
    soldiers = [[f"{21_000_101 + at}", "tni", *line[2:]] for at, line in enumerate(newcomers(""))]
    assert put(office, soldiers) == "diterapkan"
    later = clock.now() + rules.WITHIN + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    import_id = office.bring(office.lines(joko={"status": "cuti"}))
    assert "PNS (sekarang tidak diminta menandatangani) yang aktif di" in plain(office.page(import_id))
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "menunggu"


@pytest.mark.parametrize("unsigned", [("joko", "joko"), ("joko", "lina")])  # when it was checked, and is written
def test_of_no_kind_more_leave_than_were_measured(
    office: Office, monkeypatch: pytest.MonkeyPatch, unsigned: tuple[str, str]
) -> None:
    with office.app.app_context():
        checked, written = (office.person(who).id for who in unsigned)
    monkeypatch.setattr(queries, "unsigned", lambda session, *, people, now: {checked} & set(people))
    import_id = office.bring(office.lines(joko={"status": "cuti"}, lina={"status": "cuti"}))
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "menunggu"
    monkeypatch.setattr(queries, "unsigned", lambda session, *, people, now: {written} & set(people))
    office.send(import_id, "setujui", by="dewi")
    assert office.state(import_id)[0] == ("diterapkan" if checked == written else "terapkan")
