"""An administrator renames, merges and splits units on their pages; what it would do is shown first."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from pakta.accounts.models import AccessLog
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import counters, units
from pakta.roster.models import Person, PersonMove, Unit
from pakta.web import clock
from tests.people import KNOWN, City
from tests.revocation.office import plain, reason_of

WHOLE_ON_POSTGRESQL = True


class Office(City):
    """The city, whose administrators change its units."""

    def send(self, code: str, what: str, by: str = "ani", file: str | None = None, **sent: str) -> Any:
        """Send one of a unit's forms."""
        data: dict[str, Any] = {"mulai": clock.today().isoformat(), **sent}
        if file is not None:
            data["berkas"] = (io.BytesIO(file.encode()), "berkas.csv")
        return self.visitor(by).post(f"/unit-kerja/{code}/{what}", data=data)

    def unit(self, code: str) -> Unit:
        """Return a unit."""
        with self.app.app_context():
            found = units.by_code(db.session(), code=code)
            assert found is not None
            return found

    def places(self) -> Mapping[str, str]:
        """Return in which unit each person stands."""
        with self.app.app_context():
            return {person.number: person.unit.code for person in db.session().scalars(select(Person))}

    def agrees(self) -> bool:
        """Say whether the counters agree with the people."""
        with self.app.app_context():
            return counters.check(db.session()) == []

    def noted(self) -> list[str]:
        """Return what was noted of units."""
        with self.app.app_context():
            found = select(AccessLog.action).where(AccessLog.action.like("unit-%")).order_by(AccessLog.id)
            return list(db.session().scalars(found))


@pytest.fixture
def office(app: Flask) -> Office:
    """Give the city with an administrator and a head; siti has signed in a school."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    found = Office(app)
    found.build("ani", "budi", signed=["siti"])
    with app.app_context(), transaction() as session:
        session.execute(update(Unit).values(valid_from=date(2020, 1, 1)))  # a unit of today cannot end yesterday
    return found


def test_a_unit_is_renamed_and_stays_the_same_unit(office: Office) -> None:
    before, places = office.unit("sdn-kranggan-1"), office.places()
    assert reason_of(office.send("sdn-kranggan-1", "nama", nama=" ", singkat="SDN K1")) == "UNITS_FILE"
    assert reason_of(office.send("sdn-kranggan-1", "nama", nama="SDN\u202e", singkat="K1")) == "TEXT_HIDDEN_SIGNS"
    assert office.send("sdn-kranggan-1", "nama", nama="SD Negeri  Baru", singkat="SDN Baru").status_code == 302
    after = office.unit("sdn-kranggan-1")
    assert (after.id, after.name, after.short_name) == (before.id, "SD Negeri Baru", "SDN Baru")
    assert office.places() == places and office.noted() == ["unit-nama"]


def test_a_merger_is_shown_before_it_is_done(office: Office) -> None:
    places, siti = office.places(), KNOWN["siti"].number
    assert places[siti] == "sdn-kranggan-1"
    shown = office.send("sdn-kranggan-1", "gabung", tujuan="dinkes", periksa="1")
    there, said = sum(code == "sdn-kranggan-1" for code in places.values()), plain(shown.text)
    assert f"{there} orang berpindah" in said and "1 di antaranya sudah menandatangani" in said
    assert office.places() == places and office.unit("sdn-kranggan-1").valid_until is None
    assert office.noted() == []
    assert office.send("sdn-kranggan-1", "gabung", tujuan="dinkes").status_code == 302
    assert office.places() == {
        number: "dinkes" if code == "sdn-kranggan-1" else code for number, code in places.items()
    }
    assert office.unit("sdn-kranggan-1").valid_until == clock.today() - timedelta(days=1)
    page = plain(office.visitor("ani").get("/unit-kerja/sdn-kranggan-1?selesai=gabung").text)
    assert "berakhir" in page and "Gabungkan ke unit lain" not in page
    with office.app.app_context():
        moves = db.session().scalars(select(PersonMove)).all()
        assert {(each.how, each.account_id is not None) for each in moves} == {("penataan", True)}
    assert office.agrees() and office.noted() == ["unit-gabung"]


def test_a_split_wants_everybody_and_shows_what_it_would_do(office: Office) -> None:
    places = office.places()
    own = [number for number, code in places.items() if code == "sdn-kranggan-1"]
    whole = "number,unit_code\n" + "".join(f"{number},dinkes\n" for number in own)
    for wrong, why in (
        ("number,unit_code\n", "tidak disebut"),
        (whole + f"{KNOWN['joko'].number}x,dinkes\n", "bukan orang dari"),
        (whole + whole, "dua kali"),
        ("a,b\n1,2\n", "number,unit_code"),
    ):
        answer = office.send("sdn-kranggan-1", "pecah", file=wrong)
        assert (answer.status_code, reason_of(answer)) == (422, "UNITS_FILE") and why in plain(answer.text)
    assert reason_of(office.send("sdn-kranggan-1", "pecah")) == "UNITS_FILE"
    shown = plain(office.send("sdn-kranggan-1", "pecah", file=whole, periksa="1").text)
    assert f"{len(own)} orang berpindah" in shown and office.places() == places
    assert office.send("sdn-kranggan-1", "pecah", file=whole).status_code == 302
    assert {office.places()[number] for number in own} == {"dinkes"}
    assert office.agrees() and office.noted() == ["unit-pecah"]


def test_a_file_makes_units_and_touches_no_other_institution(office: Office) -> None:
    head = "code,name,short_name,kind,parent,institution\n"
    new = "sdn-baru,SD Negeri Baru,SDN Baru,upt,dikbud,pemkot\n"
    assert office.send("pemkot", "berkas", file=head + new).status_code == 302
    assert office.unit("sdn-baru").institution.code == "pemkot"
    again = office.visitor("ani").get("/unit-kerja/pemkot?selesai=berkas&unit=1")
    assert again.status_code == 200 and "1 unit baru atau berubah" in plain(again.text)
    polres = office.unit("polres")
    for foreign in (
        "polres,Polres Kami,Polres,institution,,\n",
        "sat-baru,Satuan Baru,Satuan,bagian,polres,polres\n",
        "sdn-lain,SD Lain,SDN,upt,polres,pemkot\n",
    ):
        assert reason_of(office.send("pemkot", "berkas", file=head + foreign)) == "UNIT_UNKNOWN"
    assert office.unit("polres").name == polres.name
    with office.app.app_context():
        assert [units.by_code(db.session(), code=code) for code in ("sat-baru", "sdn-lain")] == [None, None]
    assert office.send("dikbud", "berkas", file=head + new).status_code == 404  # of an institution only
    assert reason_of(office.send("pemkot", "berkas", file="rusak")) == "UNITS_FILE"


def test_another_institutions_units_do_not_exist(office: Office) -> None:
    office.activate("agus")
    office.grant("agus", Role.ADMINISTRATOR, "polres")
    stranger = office.visitor("agus")
    assert stranger.get("/unit-kerja/sdn-kranggan-1").status_code == 404
    assert office.send("sdn-kranggan-1", "gabung", by="agus", tujuan="dinkes").status_code == 404
    assert reason_of(office.send("sdn-kranggan-1", "gabung", tujuan="polres", periksa="1")) == "UNIT_UNKNOWN"
    assert stranger.get("/unit-kerja").headers["Location"] == "/unit-kerja/polres"
    assert office.visitor("budi").get("/unit-kerja/dikbud").status_code == 403


def test_a_day_that_has_not_come_or_is_none_changes_nothing(office: Office) -> None:
    later = (clock.today() + timedelta(days=1)).isoformat()
    for day in (later, "kemarin", ""):
        answer = office.send("sdn-kranggan-1", "gabung", tujuan="dinkes", mulai=day)
        assert (answer.status_code, reason_of(answer)) == (422, "UNITS_FILE")
    assert office.unit("sdn-kranggan-1").valid_until is None
