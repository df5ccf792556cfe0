"""A unit that was merged or split: no roll call is opened there, and one that was opened says so."""

from __future__ import annotations

from pakta.database import db, transaction
from pakta.roster import reordering, units
from pakta.web import clock
from tests.revocation.office import plain, reason_of
from tests.rollcalls.hall import Hall

SCHOOL, INTO = "sdn-kranggan-1", "smpn-1"


def merge(hall: Hall, *, old: str = SCHOOL, into: str = INTO) -> None:
    """Merge a unit into another one, as of now; what began today ends today."""
    with hall.app.app_context(), transaction() as session:
        found = units.by_codes(session, codes=[old, into])
        reordering.merge(session, old=[found[old]], into=found[into], now=clock.now())


def test_none_is_opened_in_a_unit_whose_people_went_elsewhere_and_it_is_said_where(hall: Hall) -> None:
    budi = hall.visitor("budi")
    assert 'name="tempat"' in budi.get(f"/apel/baru?unit={SCHOOL}").text
    merge(hall)
    form = budi.get(f"/apel/baru?unit={SCHOOL}").text
    assert "Unit ini berakhir" in plain(form) and "pegawainya pindah ke SMP Negeri 1" in plain(form)
    assert f'href="/apel/baru?unit={INTO}"' in form and 'name="tempat"' not in form
    listed = budi.get(f"/apel?unit={SCHOOL}").text
    assert "pegawainya pindah ke SMP Negeri 1" in plain(listed) and "Buka apel baru" not in listed
    answer = hall.open(unit=SCHOOL)
    assert (answer.status_code, reason_of(answer), hall.rows()) == (422, "UNIT_ENDED", [])
    assert "SD Negeri Kranggan 1 sudah berakhir; pegawainya pindah ke SMP Negeri 1" in plain(answer.text)
    assert hall.opened(unit=INTO)


def test_one_that_was_planned_says_that_its_unit_has_ended_and_is_cancelled(hall: Hall) -> None:
    hall.opened(unit=SCHOOL)
    merge(hall)
    page = plain(hall.visitor("budi").get("/apel/1").text)
    assert "Unit ini sudah berakhir" in page and "pegawainya pindah ke SMP Negeri 1" in page
    assert "Batalkan apel ini" in page and "Belum ada yang diminta" not in page and "Layar dinding" not in page
    assert hall.post("budi", "batalkan").status_code == 302


def test_one_that_runs_says_so_too_and_so_does_its_wall(hall: Hall) -> None:
    row = hall.opened(unit=SCHOOL)
    hall.be(7, 40)
    wall, now = (f"/apel/{row.wall_code}/{page}" for page in ("dinding", "kini.json"))
    visitor = hall.visitor("budi")
    before = visitor.get(now).get_json()["plan"]
    assert f'data-plan="{before}"' in visitor.get(wall).text
    merge(hall)
    page = visitor.get("/apel/1").text
    assert "Unit ini sudah berakhir" in page and "Akhiri apel ini" in plain(page)
    assert "dari 0" not in plain(page) and "tidak ada naskah pakta yang dibuka" not in page
    assert visitor.get(now).get_json()["plan"] != before  # so that a wall which is open loads itself anew
    shown = plain(visitor.get(wall).text)
    assert "Unit ini sudah berakhir" in shown and "dari 0" not in shown and "Sudah menandatangani" not in shown


def test_people_who_sign_again_since_a_merger_below_it_are_told_beside_the_figures(hall: Hall) -> None:
    hall.opened()
    hall.be(7, 40)
    assert "pindah unit" not in plain(hall.visitor("budi").get("/apel/1").text)
    assert hall.figures().before == 1
    merge(hall)
    assert hall.figures().before == 0
    page = plain(hall.visitor("budi").get("/apel/1").text)
    assert "1 orang dari SD Negeri Kranggan 1 pindah unit" in page
    assert "diminta menandatangani lagi, jadi angka di sini dan di dinding dapat turun" in page
    with hall.app.app_context():
        unit = units.by_code(db.session(), code="dikbud")
        assert unit is not None and not reordering.ended(db.session(), unit=unit, on=clock.today())
