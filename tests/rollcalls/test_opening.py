"""Who opens, changes, cancels and ends a roll call, and what of other units they find: nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from pakta.accounts.models import AccessLog
from pakta.database import db, transaction
from pakta.roster import units
from tests.people import KNOWN
from tests.revocation.office import plain, reason_of
from tests.rollcalls.hall import Hall

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # pure words, or no database decides


def test_a_head_who_stands_in_and_an_administrator_open_one_each(hall: Hall) -> None:
    for by, unit in (("budi", "dikbud"), ("rini", "smpn-1"), ("ani", "dinkes")):
        row = hall.opened(by, unit=unit)
        page = plain(hall.visitor(by).get(f"/apel/{row.id}").text)
        assert "Akan datang" in page and "Halaman Dikbud" in page and "pukul 07.30 sampai 08.30 WIB" in page
        assert KNOWN[by].name in page
    with hall.app.app_context():
        noted = select(AccessLog.action, AccessLog.detail).where(AccessLog.action.startswith("apel"))
        assert list(db.session().execute(noted)) == [("apel-buka", "1"), ("apel-buka", "2"), ("apel-buka", "3")]
    listed = plain(hall.visitor("budi").get("/apel").text)
    assert "Dinas Pendidikan" in listed and "Kesehatan" not in listed
    assert "Kesehatan" in plain(hall.visitor("ani").get("/apel").text)


def test_a_unit_of_others_does_not_exist(hall: Hall) -> None:
    answer = hall.open("budi", unit="dinkes")
    assert (answer.status_code, reason_of(answer)) == (422, "UNIT_UNKNOWN")
    assert reason_of(hall.open("ani", unit="polres")) == "UNIT_UNKNOWN"
    row = hall.opened("ani", unit="dinkes")
    budi = hall.visitor("budi")
    for path in ("", "/ubah", "/terlambat", "/terlambat.csv", "/terlambat.xlsx"):
        assert budi.get(f"/apel/{row.id}{path}").status_code == 404
    for path, sent in (("", {"batalkan": "1"}), ("/ubah", hall.sent(tempat="Lain"))):
        assert budi.post(f"/apel/{row.id}{path}", data=sent).status_code == 404
    assert budi.get("/apel?unit=dinkes").status_code == 404 == budi.get("/apel/baru?unit=dinkes").status_code
    for who in ("siti", "wati"):
        assert hall.visitor(who).get("/apel").status_code == 403
    assert (hall.rows()[0].cancelled_at, hall.rows()[0].place) == (None, "Halaman Dikbud")


def test_who_led_a_unit_that_was_closed_finds_nothing_of_it_any_more(hall: Hall) -> None:
    hall.opened()
    hall.be(8, 40)
    paths = [f"/apel/1{rest}" for rest in ("", "/ubah", "/terlambat", "/terlambat.csv", "/terlambat.xlsx")]
    paths += ["/apel?unit=dikbud", "/apel/baru?unit=dikbud", "/cakupan/dikbud", "/cakupan/dikbud/ingatkan"]
    budi = hall.visitor("budi")
    assert 404 not in [budi.get(path).status_code for path in paths]
    with hall.app.app_context(), transaction() as session:
        unit = units.by_code(session, code="dikbud")
        assert unit is not None
        unit.valid_from = unit.valid_until = (hall.day - timedelta(days=1)).date()
    for who in ("budi", "rini"):
        client = hall.visitor(who)
        assert {client.get(path).status_code for path in paths} <= {403, 404}
        for path in ("", "/ubah"):
            assert client.post(f"/apel/1{path}", data=hall.sent()).status_code in (403, 404)
        assert "/apel/1" not in client.get("/apel").text and "dikbud" not in client.get("/apel/baru").text
    assert KNOWN["lina"].name in hall.visitor("ani").get("/apel/1/terlambat").text  # whose unit above is open
    assert hall.visitor("ani").get("/cakupan/dikbud/ingatkan").status_code == 404  # but nobody is reminded there


@SQLITE
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"tempat": " x "}, "ROLLCALL_PLACE"), ({"tempat": "x" * 121}, "ROLLCALL_PLACE"),
        ({"mulai": "06:44"}, "ROLLCALL_PASSED"), ({"selesai": "07:34"}, "ROLLCALL_SHORT"),
        ({"selesai": "07:10"}, "ROLLCALL_ORDER"), ({"selesai": ""}, "ROLLCALL_CLOCK"),
        ({"mulai": "06:50", "selesai": "06:58"}, "ROLLCALL_ENDED"), ({"hari": "2901-01-01"}, "ROLLCALL_FAR"),
        ({"hari": "2001-01-01"}, "ROLLCALL_PASSED"), ({"hari": ""}, "ROLLCALL_DAY"), ({"unit": ""}, "UNIT_UNKNOWN"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_not_opened_and_what_was_typed_stays(
    hall: Hall, changed: dict[str, str], reason: str
) -> None:
    answer = hall.open(**changed)
    assert (answer.status_code, reason_of(answer)) == (422, reason)
    assert hall.rows() == []
    assert f'value="{hall.sent(**changed)["selesai"]}"' in answer.text
    assert reason == "UNIT_UNKNOWN" or 'class="field wrong"' in answer.text


@SQLITE
def test_a_wrong_time_is_told_in_one_sentence_at_its_field(hall: Hall) -> None:
    field = hall.open(mulai="15:00", selesai="14:00").text.split('<label for="selesai"', 1)[1].split("<input", 1)[0]
    assert "Apel harus selesai sesudah mulai, pada hari yang sama; yang diisi pukul 15.00 sampai 14.00." in field
    field = hall.open(hari="2001-01-01").text.split('<label for="mulai"', 1)[1].split("<input", 1)[0]
    assert "sudah lewat: 1 Januari 2001 pukul 07.30 WIB" in field
    field = hall.open(mulai="x").text.split('<label for="mulai"', 1)[1].split("<input", 1)[0]
    assert "Waktu mulai kosong atau bukan jam." in field


def test_two_of_one_unit_do_not_overlap_and_a_form_sent_twice_is_one(hall: Hall) -> None:
    hall.opened()
    assert hall.open().headers["Location"] == "/apel/1"
    answer = hall.open(mulai="08:29", selesai="09:00")
    assert (answer.status_code, reason_of(answer)) == (422, "ROLLCALL_OVERLAPS")
    assert reason_of(hall.open("rini")) == "ROLLCALL_OVERLAPS"  # the same by somebody else is another
    hall.opened(mulai="08:30", selesai="09:00")
    hall.opened(unit="smpn-1")
    moved = hall.visitor("budi").post("/apel/2/ubah", data=hall.sent(mulai="08:20", selesai="09:00"))
    assert reason_of(moved) == "ROLLCALL_OVERLAPS"
    hall.post("budi", "batalkan")
    assert hall.open().headers["Location"] == "/apel/4"  # what was cancelled takes no time


def test_while_it_runs_place_and_end_are_corrected_and_the_beginning_stays(hall: Hall) -> None:
    hall.opened()
    hall.be(7, 45)
    budi = hall.visitor("budi")
    form = budi.get("/apel/1/ubah").text
    assert 'name="tempat"' in form and 'name="selesai"' in form
    assert 'name="hari"' not in form and 'name="mulai"' not in form
    assert budi.post("/apel/1/ubah", data={"tempat": "Aula SMPN 1", "selesai": "09:00"}).status_code == 302
    row = hall.rows()[0]
    assert (row.place, row.begins_at, row.ends_at) == ("Aula SMPN 1", hall.time(7, 30), hall.time(9, 0))
    assert "Betulkan tempat atau waktu selesai" in budi.get("/apel/1").text
    late = budi.post("/apel/1/ubah", data={"tempat": "Aula", "selesai": "07:45"})
    assert (late.status_code, reason_of(late)) == (422, "ROLLCALL_ENDED") and 'href="#selesai"' in late.text
    hall.opened(mulai="09:00", selesai="10:00")
    assert reason_of(budi.post("/apel/1/ubah", data={"tempat": "Aula", "selesai": "09:30"})) == "ROLLCALL_OVERLAPS"
    moved = hall.sent(mulai="07:40")  # from a form that was opened before it began
    assert reason_of(budi.post("/apel/1/ubah", data=moved)) == "ROLLCALL_BEGINNING"
    assert budi.post("/apel/1/ubah", data=hall.sent(selesai="08:00")).status_code == 302
    assert (hall.rows()[0].place, hall.rows()[0].ends_at) == ("Halaman Dikbud", hall.time(8, 0))
    hall.be(8, 0)
    assert reason_of(budi.post("/apel/1/ubah", data={"tempat": "Aula", "selesai": "09:00"})) == "ROLLCALL_BEGUN"
    with hall.app.app_context():
        noted = select(AccessLog.action).where(AccessLog.action == "apel-ubah")
        assert len(list(db.session().execute(noted))) == 2


def test_before_it_begins_it_is_changed_or_cancelled_and_then_only_corrected_or_ended(hall: Hall) -> None:
    hall.opened()
    changed = hall.sent(tempat="Aula SMPN 1", mulai="07:40")
    assert hall.visitor("rini").post("/apel/1/ubah", data=changed).status_code == 302
    assert (hall.rows()[0].place, hall.rows()[0].begins_at) == ("Aula SMPN 1", hall.time(7, 40))
    assert reason_of(hall.post("budi", "akhiri")) == "ROLLCALL_NOT_RUNNING"
    hall.be(7, 40)
    assert reason_of(hall.post("budi", "batalkan")) == "ROLLCALL_BEGUN"
    hall.be(8, 0)
    assert hall.post("budi", "akhiri").status_code == 302
    assert hall.visitor("budi").get("/apel/1/ubah").headers["Location"] == "/apel/1"
    assert hall.rows()[0].over_at == hall.time(8, 0)
    assert reason_of(hall.post("budi", "akhiri")) == "ROLLCALL_NOT_RUNNING"
    assert hall.opened(mulai="07:55", selesai="09:00").id == 2  # and one that was ended makes room at once
    page = plain(hall.visitor("budi").get("/apel/1").text)
    assert "Selesai lebih awal, oleh Budi Wiryawan" in page and "07.40 sampai 08.00 WIB" in page


@SQLITE
def test_a_cancelled_one_stays_in_the_list_and_takes_no_more(hall: Hall) -> None:
    hall.opened()
    hall.post("budi", "batalkan")
    assert "Dibatalkan" in plain(hall.visitor("budi").get("/apel?unit=dikbud").text)
    page = plain(hall.visitor("budi").get("/apel/1").text)
    assert "Dibatalkan oleh Budi Wiryawan" in page and "Layar dinding" not in page
    assert reason_of(hall.post("budi", "batalkan")) == "ROLLCALL_BEGUN"


@SQLITE
def test_the_list_says_what_is_missing_and_a_unit_has_its_own(hall: Hall) -> None:
    assert "Belum pernah ada apel di unit Anda" in plain(hall.visitor("budi").get("/apel").text)
    hall.opened(unit="smpn-1")
    assert "Belum pernah ada apel di unit ini" in plain(hall.visitor("budi").get("/apel?unit=sdn-kranggan-1").text)
    assert "SMP Negeri 1" in plain(hall.visitor("budi").get("/apel?unit=dikbud").text)
    form = hall.visitor("budi").get("/apel/baru?unit=smpn-1").text
    assert 'name="unit" value="smpn-1"' in form and "<select" not in form
    offered = hall.visitor("budi").get("/apel/baru").text
    assert 'value="dikbud"' in offered and 'value="smpn-1"' in offered and 'value="dinkes"' not in offered


@SQLITE
def test_a_number_in_the_place_is_not_kept(hall: Hall) -> None:
    number = KNOWN["siti"].number
    assert number not in hall.opened(tempat=f"Rumah {number}").place
