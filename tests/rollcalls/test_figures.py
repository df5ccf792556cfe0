"""Who signed before, during and after, on their own device or at the kiosk; and who was late."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update

from pakta.accounts.models import AccessLog
from pakta.database import db, transaction
from pakta.erasure import belongings
from pakta.objections import service as objections
from pakta.rollcalls.models import RollcallKey
from pakta.rollcalls.queries import Summary
from pakta.roster import service as roster
from pakta.web import clock, display
from tests.people import KNOWN
from tests.revocation.office import plain
from tests.rollcalls.hall import Hall
from tests.signing.test_kiosk import Page

WHOLE_ON_POSTGRESQL = True


def at_kiosk(hall: Hall, who: str, code: str) -> Page:
    """Let somebody sign at a kiosk that is bound to the roll call with this code."""
    page = Page(hall, who)
    page.client.get(f"/apel/{code}/kios")
    text = page.prepare(page.read())
    assert page.told(f"/apel/{code}/kios/kunci")[0] == 200
    assert page.sign(text)[0] == 200
    return page


def test_each_signature_is_counted_once_where_and_when_it_was_made(hall: Hall) -> None:
    code = hall.opened().kiosk_code
    hall.be(7, 31)
    hall.sign("budi")
    at_kiosk(hall, "lina", code)
    assert hall.figures() == Summary(asked=4, before=1, kiosk=1, own=1, after=0)
    assert hall.visitor("budi").get("/apel/1/terlambat").headers["Location"] == "/apel/1"  # not while it runs
    hall.be(8, 45)
    hall.sign("rini")
    found = hall.figures()
    assert found == Summary(asked=4, before=1, kiosk=1, own=1, after=1)
    assert (found.during, found.in_time, found.late, found.unsigned) == (2, 3, 1, 0)
    page = plain(hall.visitor("budi").get("/apel/1").text)
    assert "3 dari 4 pegawai sudah menandatangani saat apel selesai, 75,0 %" in page
    assert "2 (1 dengan perangkat sendiri, 1 di kios)" in page


@pytest.mark.parametrize(
    ("minutes", "micro", "expected"),
    [
        (30, -1, "before"), (30, 0, "own"), (90, -1, "own"), (90, 0, "after"),
    ],
)  # fmt: skip
def test_the_beginning_is_during_and_the_end_is_after(hall: Hall, minutes: int, micro: int, expected: str) -> None:
    hall.opened()
    hall.signed_at("siti", hall.time(7, 0, micro=micro) + timedelta(minutes=minutes))
    found = hall.figures()
    assert [name for name in ("before", "own", "kiosk", "after") if getattr(found, name)] == [expected]
    hall.be(9, 0)
    page = plain(hall.visitor("budi").get("/apel/1/terlambat").text)
    assert ("Siti Lestari" in page) is (expected == "after")


def test_only_the_key_of_this_kiosk_counts_as_at_the_kiosk(hall: Hall) -> None:
    code = hall.opened(selesai="08:00").kiosk_code
    other = hall.opened("ani", unit="pemkot").kiosk_code
    hall.be(7, 31)
    at_kiosk(hall, "lina", other)
    at_kiosk(hall, "agus", code)  # of another institution: not asked here
    assert hall.figures() == Summary(asked=4, before=1, kiosk=0, own=1, after=0)
    assert hall.figures(2).kiosk == 1
    ordinary = hall.visitor("budi").post(f"/apel/{code}/kios/kunci", json={})
    assert (ordinary.status_code, ordinary.get_json()["reason"]) == (422, "ROLLCALL_NOT_RUNNING")
    late = Page(hall, "made")
    late.client.get(f"/apel/{code}/kios")
    hall.be(8, 0)
    late.prepare(late.read())
    assert late.told(f"/apel/{code}/kios/kunci")[1]["reason"] == "ROLLCALL_NOT_RUNNING"
    assert late.told("/apel/AAAA-AAAA-AAAA/kios/kunci")[0] == 404


def test_a_browser_that_never_opened_this_kiosk_cannot_say_that_its_key_was_made_there(hall: Hall) -> None:
    code, other = hall.opened().kiosk_code, hall.opened("ani", unit="dinkes").kiosk_code
    hall.be(7, 31)
    page = Page(hall, "lina")
    clauses = page.read()
    for opened in ("/kios", f"/apel/{other}/kios"):
        page.client.get(opened)
        text = page.prepare(clauses)
        told = page.told(f"/apel/{code}/kios/kunci")
        assert (told[0], told[1]["reason"]) == (422, "ROLLCALL_NOT_RUNNING")
    assert page.sign(text)[0] == 200
    assert (hall.figures().kiosk, hall.figures().own) == (0, 1)


def test_another_key_of_the_same_person_was_not_used_at_the_kiosk(hall: Hall) -> None:
    code = hall.opened().kiosk_code
    hall.be(7, 31)
    page = at_kiosk(hall, "lina", code)
    assert page.told(f"/apel/{code}/kios/kunci")[0] == 200  # once more changes nothing
    assert (hall.figures().kiosk, hall.figures().own) == (1, 0)
    with hall.app.app_context(), transaction() as session:
        session.execute(update(RollcallKey).values(key_id=hall.keys["budi"][1]))
    assert (hall.figures().kiosk, hall.figures().own) == (0, 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_signing_asks_nothing_about_roll_calls(hall: Hall) -> None:
    hall.opened()
    hall.be(7, 31)
    asked: list[str] = []

    def hear(*given: Any) -> None:
        asked.append(given[2])

    with hall.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", hear)
    hall.sign("budi")
    event.remove(engine, "before_cursor_execute", hear)
    assert len(asked) > 10
    assert [each for each in asked if "rollcall" in each] == []


def test_the_late_list_names_who_was_late_and_nobody_who_is_excused(hall: Hall) -> None:
    hall.opened()
    hall.be(8, 40)
    hall.sign("rini")
    with hall.app.app_context(), transaction() as session:
        roster.set_place(session, person=hall.person("lina"), status="cuti", now=clock.now())
    assert hall.figures() == Summary(asked=3, before=1, kiosk=0, own=0, after=1)
    answer = hall.visitor("rini").get("/apel/1/terlambat")
    page = plain(answer.text.split('id="keluar"', 1)[0])
    assert "2 orang, keadaan" in page
    assert "Rini Astuti" in page and "menyusul pukul 08.40 WIB" in page
    assert "Budi Wiryawan" in page and "belum" in page
    for who in ("siti", "lina", "joko"):
        assert KNOWN[who].name not in page
    assert KNOWN["rini"].number not in answer.text
    hall.signed_at("rini", hall.time(8, 40) + timedelta(days=1))
    later = plain(hall.visitor("rini").get("/apel/1/terlambat").text)
    assert f"menyusul {display.moment(hall.time(8, 40) + timedelta(days=1))}" in later
    with hall.app.app_context():
        noted = select(AccessLog.action).where(AccessLog.action.startswith("apel-t"))
        assert list(db.session().execute(noted).scalars()) == ["apel-terlambat"] * 2


def test_who_signed_in_time_and_moved_is_asked_again_where_they_are_now(hall: Hall) -> None:
    hall.opened()
    hall.be(8, 40)
    with hall.app.app_context(), transaction() as session:
        unit = hall.person("lina").unit
        roster.set_place(session, person=hall.person("siti"), unit=unit, now=clock.now())
    assert hall.figures() == Summary(asked=4, before=0, kiosk=0, own=0, after=0)


def test_the_file_of_the_late_holds_no_formula_no_number_and_wants_a_fresh_sign_in(hall: Hall) -> None:
    hall.opened()
    hall.be(8, 40)
    hall.sign("rini")
    with hall.app.app_context(), transaction():
        hall.person("lina").position = "=HYPERLINK(1)"
    answer = hall.visitor("budi").get("/apel/1/terlambat.csv")
    assert answer.mimetype == "text/csv"
    assert f"terlambat-dikbud-{hall.day.date().isoformat()}.csv" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    lines = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    signed = {each["nama"]: each["ditandatangani (WIB)"] for each in lines}
    assert signed["Rini Astuti"] == f"{hall.day.date().isoformat()} 08:40:00"
    assert {each["nama"]: each["pakta"] for each in lines} == {
        "Budi Wiryawan": "belum", "Rini Astuti": "menyusul", "Lina Marlina": "belum",
    }  # fmt: skip
    assert {each["jabatan"] for each in lines if each["nama"] == "Lina Marlina"} == {"'=HYPERLINK(1)"}
    assert not any(KNOWN[who].number in answer.text for who in KNOWN)
    with hall.app.app_context():
        noted = select(AccessLog.unit_id).where(AccessLog.action == "apel-unduh")
        assert list(db.session().execute(noted).scalars()) == [hall.person("budi").unit_id]
    stale = hall.visitor("budi", ago=timedelta(minutes=6)).get("/apel/1/terlambat.csv")
    assert (stale.status_code, "/masuk?lanjut=" in stale.headers["Location"]) == (302, True)


def test_who_objects_stands_on_the_late_list_as_such(hall: Hall) -> None:
    hall.opened()
    with hall.app.app_context(), transaction() as session:
        objections.state(session, person=hall.person("lina"), reason_class="paksaan", words="", now=clock.now())
    hall.be(8, 40)
    page = hall.visitor("budi").get("/apel/1/terlambat").text
    rows = {who: page.split(f"{KNOWN[who].name}</th>", 1)[1].split("</tr>", 1)[0] for who in ("lina", "rini")}
    assert ">ada keberatan</td>" in rows["lina"] and ">belum</td>" in rows["rini"] and "paksa" not in page
    file = hall.visitor("budi").get("/apel/1/terlambat.csv").text.removeprefix("\ufeff")
    said = {each["nama"]: each["pakta"] for each in csv.DictReader(io.StringIO(file), delimiter=";")}
    assert (said[KNOWN["lina"].name], said[KNOWN["rini"].name]) == ("ada keberatan", "belum")
    hall.sign("lina")
    assert "ada keberatan" not in hall.visitor("budi").get("/apel/1/terlambat").text


def test_erasing_takes_people_out_and_leaves_the_roll_call(hall: Hall) -> None:
    code = hall.opened().kiosk_code
    hall.be(7, 31)
    at_kiosk(hall, "lina", code)
    hall.post("budi", "akhiri")
    for who in ("lina", "budi"):
        with hall.app.app_context(), transaction() as session:
            belongings.remove(session, person_id=hall.person(who).id, now=clock.now())
    row = hall.rows()[0]
    assert (row.opened_by_id, row.closed_by_id, row.over_at) == (None, None, hall.time(7, 31))
    with hall.app.app_context():
        assert db.session().execute(select(RollcallKey)).all() == []
    page = plain(hall.visitor("rini").get("/apel/1").text)
    assert "lebih awal, oleh seseorang yang datanya sudah dihapus" in page
