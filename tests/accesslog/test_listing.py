"""The access log is read: by who watches over an institution, of that institution, with the names they may know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, insert, select, text

from pakta.accesslog import queries, rules
from pakta.accesslog.queries import Wanted
from pakta.accounts.models import AccessLog
from pakta.config import ROOT
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import service as roster
from pakta.roster import units
from pakta.web import clock
from tests.people import City

MANY = 20_000


@pytest.fixture
def city(app: Flask) -> City:
    """A city in which budi, ani, dewi and wati hold their roles, and agus watches over the police."""
    found = City(app).build("budi", "ani", "wati", "agus")
    found.grant("agus", Role.ADMINISTRATOR, "polres")
    return found


def page(city: City, who: str, query: str = "") -> str:
    """Return the page as somebody reads it, in one line."""
    answer = city.visitor(who).get(f"/catatan-akses{query}")
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.split("<main")[1].split("</main>")[0]).split())


def test_an_administrator_finds_who_looked_at_which_unit_and_how_but_never_what_was_searched(city: City) -> None:
    city.visitor("budi").get("/cakupan/dikbud?cari=Lestari&jenis=pns")
    read = page(city, "ani")
    assert "Budi Wiryawan, kepala Melihat cakupan dengan nama (dicari menurut nama, pns) Dinas Pendidikan" in read
    assert "Lestari" not in read
    with city.app.app_context():
        assert all("Lestari" not in row.detail for row in db.session().scalars(select(AccessLog)))


def test_reading_is_a_line_itself_and_says_by_what_was_filtered(city: City) -> None:
    page(city, "ani", "?unit=dikbud")
    assert "Ani Kusumawati, administrator Membaca catatan akses (menurut unit)" in page(city, "ani")


def test_a_line_of_another_institution_is_not_read(city: City) -> None:
    city.visitor("budi").get("/cakupan/dikbud")
    city.visitor("agus").get("/cakupan/polres")
    assert "Agus Santoso" not in page(city, "ani") + page(city, "wati")
    police = page(city, "agus")
    assert "Agus Santoso, administrator" in police
    assert "Budi" not in police
    assert "Tidak ada unit dengan kode itu" in page(city, "agus", "?unit=dikbud")
    assert "Agus Santoso, administrator" not in page(city, "ani", "?siapa=agus")


def test_a_supervisor_reads_who_looked_but_not_at_whom_nor_the_words_of_deeds(city: City) -> None:
    number = city.sign("siti").number
    city.visitor("budi").get(f"/sertifikat/{number}")
    with city.app.app_context(), transaction() as session:
        session.execute(
            insert(AccessLog).values(
                account_id=city.keys["ani"][0], action="pemulihan-minta", person_id=city.person("siti").id,
                institution_id=city.person("siti").unit.institution_id, detail="ponsel hilang", at=clock.now(),
            )
        )  # fmt: skip
    watched, administered = page(city, "wati"), page(city, "ani")
    assert "Budi Wiryawan, kepala Melihat sertifikat" in watched
    assert "SDN Kranggan 1" in watched.replace("SD Negeri", "SDN")
    assert "ponsel hilang" not in watched
    assert "Siti Lestari" not in watched
    assert "ponsel hilang" in administered
    assert "Siti Lestari" in administered
    with city.app.app_context(), transaction() as session:
        police = units.by_code(session, code="polres")
        roster.set_place(session, person=city.person("siti"), unit=police, now=clock.now())
    assert "Siti Lestari" not in page(city, "ani")  # she is of another institution now


def test_lines_are_found_by_person_who_looked_by_unit_and_by_day(city: City) -> None:
    city.visitor("budi").get("/cakupan/dikbud")
    today = clock.today()
    assert "Budi Wiryawan, kepala" in page(city, "ani", f"?siapa=wiryawan&unit=dikbud&hari={today}")
    assert "Budi Wiryawan, kepala" not in page(city, "ani", "?siapa=Kusumawati")
    assert "Budi Wiryawan, kepala" not in page(city, "ani", "?unit=dinkes")
    assert "Budi Wiryawan, kepala" not in page(city, "ani", f"?hari={today - timedelta(days=1)}")
    assert "Tidak ada baris yang cocok" in page(city, "ani", "?siapa=orang+tak+ada")


@pytest.mark.parametrize(
    "query",
    ["hari=0001-01-01", "hari=9999-12-31", "hari=x", "sebelum=99999999999999999999", "sebelum=-1", "unit=%27",
     "siapa=" + "a" * 5000, "siapa=198609262015052901"],
)  # fmt: skip
def test_odd_questions_are_harmless(city: City, query: str) -> None:
    assert "198609262015052901" not in page(city, "ani", f"?{query}")


def test_pages_of_fifty_lead_on_to_the_oldest_and_no_line_is_lost_or_shown_twice(city: City) -> None:
    same = datetime(2026, 1, 5, tzinfo=UTC)
    with city.app.app_context(), transaction() as session:
        root = units.by_code(session, code="pemkot")
        session.execute(
            insert(AccessLog),
            [
                {"action": "slip-lihat", "detail": f"baris {at}.", "institution_id": root.institution_id, "at": same}
                for at in range(120)
            ],
        )
    seen, query = [], "?hari=2026-01-05"
    for _ in range(3):
        answer = city.visitor("ani").get(f"/catatan-akses{query}").text
        seen += re.findall(r"baris \d+\.", answer)
        onward = re.search(r'rel="next" href="/catatan-akses([^"]+)"', answer)
        query = onward.group(1).replace("&amp;", "&") if onward else ""
    assert query == ""
    assert seen == [f"baris {at}." for at in reversed(range(120))]


def test_it_says_how_long_lines_are_kept_and_who_is_taken_out(city: City) -> None:
    read = page(city, "wati")
    assert "disimpan selama basis data ini dipakai" in read
    assert "Bila data seseorang dihapus" in read


def test_it_is_linked_from_the_menu_and_from_the_page_that_promises_it(city: City) -> None:
    link = 'href="/catatan-akses"'
    assert city.visitor("wati").get("/pengawas").text.count(link) == 1
    assert city.visitor("ani").get("/cakupan/dikbud").text.count(link) == 2
    assert link not in city.visitor("budi").get("/cakupan/dikbud").text


def test_a_look_at_no_one_unit_belongs_to_each_institution_that_the_visitor_watches(city: City) -> None:
    city.grant("wati", Role.SUPERVISOR, "polres")
    city.visitor("wati").get("/keberatan")
    for who in ("ani", "agus"):
        assert "Wati Sulastri, pengawas Melihat keberatan" in page(city, who)


@pytest.fixture
def long(city: City) -> Iterator[list[str]]:
    """Make the log long; give what SQLite or PostgreSQL is asked from then on."""
    with city.app.app_context():
        with transaction() as session:
            session.execute(text("DELETE FROM access_log"))
            root, other = (units.by_code(session, code=each) for each in ("pemkot", "polres"))
            begin = datetime(2026, 1, 1, tzinfo=UTC)
            rows = [
                {"action": "cakupan-lihat", "account_id": city.keys["budi"][0], "unit_id": unit.id,
                 "institution_id": unit.institution_id, "at": begin + timedelta(seconds=at)}
                for at in range(MANY)
                for unit in ((other,) if at > 40 else (root,))
            ]  # fmt: skip
            session.execute(insert(AccessLog), rows)
        db.session().connection().exec_driver_sql("ANALYZE access_log")
        asked: list[str] = []

        def hear(*given: object, **_named: object) -> None:
            asked.append(str(given[2]))

        event.listen(db.engine, "before_cursor_execute", hear)
        yield asked
        event.remove(db.engine, "before_cursor_execute", hear)


@pytest.mark.parametrize("by", ["institution", "unit", "account", "both"])
def test_few_old_lines_among_many_others_are_found_in_an_index(city: City, long: list[str], by: str) -> None:
    session = db.session()
    root = units.by_code(session, code="pemkot")
    assert root is not None
    wanted = Wanted(
        unit_id=root.id if by in ("unit", "both") else None,
        accounts=[city.keys["ani"][0]] if by in ("account", "both") else None,
    )
    rows = queries.of_units(session, roots=[root], wanted=wanted)
    assert len(rows) == (0 if wanted.accounts else 41)
    if db.engine.name == "sqlite":
        query = next(each for each in reversed(long) if "FROM access_log" in each)
        index = {"institution": "institution_id", "unit": "unit_id"}.get(by, "account_id")
        given = tuple(0 for _ in range(query.count("?")))
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", given).all()
        assert f"USING INDEX ix_access_log_{index}_at" in str(plan)
        assert "TEMP B-TREE" not in str(plan).replace("LAST TERM OF ORDER BY", "")


def test_every_look_that_a_view_notes_has_words() -> None:
    noted = set()
    for path in (ROOT / "pakta").rglob("*views.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and ast.unparse(node.func) == "visitor.note"
            if called and isinstance(node.args[0], ast.Constant):
                noted.add(str(node.args[0].value))
    assert len(noted) > 20
    assert noted <= rules.LOOKS.keys()


def test_a_deed_of_several_steps_is_told_with_its_subject() -> None:
    assert rules.said("peran-setujui-pertama-angkat") == "peran: setujui pertama angkat"
    assert rules.said("unit-pecah") == "memecah unit"


def test_a_line_that_an_erasure_left_is_read_by_nobody(city: City) -> None:
    with city.app.app_context(), transaction() as session:
        session.execute(text("UPDATE access_log SET institution_id = NULL, unit_id = NULL"))
        session.execute(insert(AccessLog).values(action="penghapusan", at=clock.now()))
    assert "penghapusan" not in page(city, "ani") + page(city, "wati")
