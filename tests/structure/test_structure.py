"""An administrator renames, merges and splits units on their pages; what it would do is shown first."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from pakta.accounts.models import AccessLog
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import counters, reordering, sheets, units
from pakta.roster import service as roster
from pakta.roster.models import Person, PersonMove, Unit
from pakta.web import clock, display
from tests.people import KNOWN, City
from tests.revocation.office import plain, reason_of

WHOLE_ON_POSTGRESQL = True


class Office(City):
    """The city, whose administrators change its units."""

    def begin(self, *activated: str) -> None:
        """Build it with units that stood for years, since one of today cannot end yesterday; siti has signed."""
        self.app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
        self.build(*activated, signed=["siti"])
        with self.app.app_context(), transaction() as session:
            session.execute(update(Unit).values(valid_from=date(2020, 1, 1)))

    def send(self, code: str, what: str, by: str = "ani", file: str | None = None, **sent: str) -> Any:
        """Send one of a unit's forms."""
        data: dict[str, Any] = {**sent}
        if file is not None:
            data |= {"berkas": (io.BytesIO(file.encode()), "berkas.csv"), "periksa": "1"}
        return self.visitor(by).post(f"/unit-kerja/{code}/{what}", data=data)

    def shown(self, code: str, what: str, **sent: str) -> dict[str, str]:
        """Ask what a form would do, and return what the page keeps for the second press."""
        page = self.send(code, what, periksa="1", **sent).text
        kept = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
        return {name: html.unescape(value) for name, value in kept if name != "csrf_token"}

    def done(self, code: str, what: str, **sent: str) -> str:
        """Check, press once more, and return the page to which that leads."""
        answer = self.send(code, what, **self.shown(code, what, **sent))
        assert answer.status_code == 302, plain(answer.text)
        page = self.visitor("ani").get(answer.headers["Location"])
        assert page.status_code == 200
        return plain(page.text)

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
    found = Office(app)
    found.begin("ani", "budi")
    return found


def test_a_unit_is_renamed_and_stays_the_same_unit(office: Office) -> None:
    before, places = office.unit("sdn-kranggan-1"), office.places()
    assert reason_of(office.send("sdn-kranggan-1", "nama", nama=" ", singkat="SDN K1")) == "UNITS_FILE"
    assert reason_of(office.send("sdn-kranggan-1", "nama", nama="SDN\u202e", singkat="K1")) == "TEXT_HIDDEN_SIGNS"
    answer = office.send("sdn-kranggan-1", "nama", nama="SD Negeri  Baru", singkat="SDN Baru")
    assert "Nama unit berubah" in plain(office.visitor("ani").get(answer.headers["Location"]).text)
    after = office.unit("sdn-kranggan-1")
    assert (after.id, after.name, after.short_name) == (before.id, "SD Negeri Baru", "SDN Baru")
    assert office.places() == places and office.noted() == ["unit-nama"]


def test_a_merger_is_shown_before_it_is_done(office: Office) -> None:
    places, siti = office.places(), KNOWN["siti"].number
    assert places[siti] == "sdn-kranggan-1"
    shown = office.send("sdn-kranggan-1", "gabung", tujuan="dinkes", periksa="1")
    there, said = sum(code == "sdn-kranggan-1" for code in places.values()), plain(shown.text)
    assert f"{there} orang berpindah dari SD Negeri Kranggan 1 ke Dinas Kesehatan" in said
    assert "1 di antaranya sudah menandatangani" in said
    assert office.places() == places and office.unit("sdn-kranggan-1").valid_until is None
    assert office.noted() == []
    page = office.done("sdn-kranggan-1", "gabung", tujuan="dinkes")
    assert office.places() == {
        number: "dinkes" if code == "sdn-kranggan-1" else code for number, code in places.items()
    }
    assert office.unit("sdn-kranggan-1").valid_until == clock.today() - timedelta(days=1)
    assert "berakhir" in page and "Gabungkan ke unit lain" not in page
    with office.app.app_context():
        moves = db.session().scalars(select(PersonMove)).all()
        assert {(each.how, each.account_id is not None) for each in moves} == {("penataan", True)}
    assert office.agrees() and office.noted() == ["unit-gabung"]


def test_a_merger_wants_a_unit_to_be_chosen(office: Office) -> None:
    answer = office.send("sdn-kranggan-1", "gabung", tujuan="", periksa="1")
    assert (answer.status_code, reason_of(answer)) == (422, "UNIT_NOT_CHOSEN")
    assert "Pilih unit tujuan dahulu." in plain(answer.text)


def test_a_split_wants_everybody_and_shows_what_it_would_do(office: Office) -> None:
    places = office.places()
    own = [number for number, code in places.items() if code == "sdn-kranggan-1"]
    whole = "number,unit_code\n" + "".join(f"{number},dinkes\n" for number in own)
    for wrong, why in (
        ("number,unit_code\n", "hanya berisi judul"),
        (whole + f"{KNOWN['joko'].number}x,dinkes\n", "bukan orang dari"),
        (whole + whole, "dua kali"),
        ("a,b\n1,2\n", "Kode unit baru"),
    ):
        answer = office.send("sdn-kranggan-1", "pecah", file=wrong)
        assert (answer.status_code, reason_of(answer)) == (422, "UNITS_FILE") and why in plain(answer.text)
    assert reason_of(office.send("sdn-kranggan-1", "pecah")) == "UNITS_FILE"
    shown = plain(office.send("sdn-kranggan-1", "pecah", file=whole, periksa="1").text)
    assert f"{len(own)} orang berpindah" in shown and office.places() == places
    assert "Pakai berkas lain" in shown  # folded, so that no new file stands beside the button that does the old one
    assert "Unit ini dipecah" in office.done("sdn-kranggan-1", "pecah", file=whole)
    assert {office.places()[number] for number in own} == {"dinkes"}
    assert office.agrees() and office.noted() == ["unit-pecah"]


def test_a_merger_is_planned_once_when_it_is_done(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, planned, plan = office.shown("dinkes", "gabung", tujuan="dikbud"), [], reordering._planned

    def counted(*given: Any) -> Any:
        planned.append(given)
        return plan(*given)

    monkeypatch.setattr(reordering, "_planned", counted)
    assert office.send("dinkes", "gabung", **kept).status_code == 302
    assert len(planned) == 1


def test_a_merger_that_is_not_what_was_shown_is_not_done(office: Office) -> None:
    kept = office.shown("dinkes", "gabung", tujuan="dikbud")
    assert "unit di bawahnya berpindah" in plain(office.send("dinkes", "gabung", tujuan="dikbud", periksa="1").text)
    assert reason_of(office.send("dinkes", "gabung", **(kept | {"tujuan": "setda"}))) == "UNITS_STALE"
    with office.app.app_context(), transaction() as session:
        found = {unit.code: unit for unit in session.scalars(select(Unit))}
        found["inspektorat"].parent_id = found["dinkes"].id
        session.flush()
        units.rehang(session, now=clock.now())
    assert reason_of(office.send("dinkes", "gabung", **kept)) == "UNITS_STALE"


def test_a_split_that_is_not_what_was_shown_is_not_done(office: Office) -> None:
    own = [number for number, code in office.places().items() if code == "sdn-kranggan-1"]
    file = "number,unit_code\n" + "".join(f"{number},dinkes\n" for number in own)
    page = office.send("sdn-kranggan-1", "pecah", file=file).text
    kept = {
        name: html.unescape(value) for name, value in re.findall(r'name="(pembagian|sidik)" value="([^"]*)"', page)
    }
    places = office.places()
    for changed in ({"sidik": "0" * 64}, {"pembagian": kept["pembagian"].replace("dinkes", "dikbud")}):
        assert reason_of(office.send("sdn-kranggan-1", "pecah", **(kept | changed))) == "UNITS_STALE"
    assert office.places() == places


def test_a_file_makes_units_and_touches_no_other_institution(office: Office) -> None:
    head = "code,name,short_name,kind,parent,institution\n"
    new = "sdn-baru,SD Negeri Baru,SDN Baru,upt,dikbud,pemkot\n"
    first = plain(office.send("pemkot", "berkas", file=head + new).text)
    assert "1 unit baru dan 0 unit berubah" in first and "Belum ada yang diubah" in first
    with office.app.app_context():
        assert units.by_code(db.session(), code="sdn-baru") is None
    assert "1 unit baru atau berubah" in office.done("pemkot", "berkas", file=head + new)
    assert office.unit("sdn-baru").institution.code == "pemkot"
    assert "Tidak ada yang akan berubah" in plain(office.send("pemkot", "berkas", file=head + new).text)
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


def test_a_file_takes_no_unit_out_of_its_institution(office: Office) -> None:
    head = "code,name,short_name,kind,parent,institution\n"
    before = office.unit("pemkot").institution.name
    for row in (
        "dikbud,Dinas Pendidikan,Dikbud,institution,,\n",
        "dikbud,Dinas Pendidikan,Dikbud,opd,pemkot,polres\n",
        "pemkot,Pemkot,Pemkot,opd,dikbud,pemkot\n",
    ):
        assert reason_of(office.send("pemkot", "berkas", file=head + row)) == "UNITS_FILE"
    after = office.unit("dikbud")
    assert (after.kind, after.institution.code, after.institution.name) == ("opd", "pemkot", before)
    assert after.parent_id == office.unit("pemkot").id and office.noted() == []


def test_another_institutions_units_do_not_exist(office: Office) -> None:
    office.activate("agus")
    office.grant("agus", Role.ADMINISTRATOR, "polres")
    stranger = office.visitor("agus")
    assert stranger.get("/unit-kerja/sdn-kranggan-1").status_code == 404
    assert office.send("sdn-kranggan-1", "gabung", by="agus", tujuan="dinkes").status_code == 404
    assert reason_of(office.send("sdn-kranggan-1", "gabung", tujuan="polres", periksa="1")) == "UNIT_UNKNOWN"
    assert stranger.get("/unit-kerja").headers["Location"] == "/unit-kerja/polres"
    assert office.visitor("budi").get("/unit-kerja/dikbud").status_code == 403


def test_what_changed_since_it_was_shown_is_not_done(office: Office) -> None:
    merger = office.shown("sdn-kranggan-1", "gabung", tujuan="dinkes")
    head = "Kode unit,Nama unit,Nama singkat,Jenis,Kode induk,Berlaku sampai\n"
    file = head + "dinkes,Dinas Sehat,Dinkes,Perangkat daerah,pemkot,\n"
    load = office.shown("pemkot", "berkas", file=file)
    with office.app.app_context(), transaction() as session:
        roster.set_place(session, person=office.person("joko"), unit=office.unit("sdn-kranggan-1"), now=clock.now())
    places = office.places()
    assert reason_of(office.send("sdn-kranggan-1", "gabung", **merger)) == "UNITS_STALE"
    assert reason_of(office.send("sdn-kranggan-1", "gabung", tujuan="dinkes")) == "UNITS_STALE"
    office.send("dinkes", "nama", nama="Dinas Lain", singkat="Dinkes")
    assert reason_of(office.send("pemkot", "berkas", **load)) == "UNITS_STALE"
    assert reason_of(office.send("pemkot", "berkas", baris=load["baris"])) == "UNITS_STALE"
    assert office.places() == places and office.unit("dinkes").name == "Dinas Lain"
    assert "1 unit baru atau berubah" in office.done("pemkot", "berkas", file=file)
    assert office.unit("dinkes").name == "Dinas Sehat"


def test_a_file_of_units_changes_no_day_that_is_over(office: Office) -> None:
    head = "Kode unit;Nama unit;Nama singkat;Jenis;Kode induk;Berlaku sejak;Berlaku sampai\n"
    today = clock.today()

    def sent(first: str, last: date | str) -> Any:
        line = f"dlh;Dinas Lingkungan Hidup;DLH;opd;pemkot;{first};{last}\n"
        return office.send("pemkot", "berkas", file=head + line)

    for answer in (sent("2021-01-01", ""), sent("", today - timedelta(days=2)), sent("", "2019-01-01")):
        assert reason_of(answer) == "UNITS_FILE"
    page = plain(sent("", f"{today:%d/%m/%Y}").text)
    assert f"Berlaku sampai: (kosong) → menjadi {display.day(today)}" in page
    assert office.unit("dlh").valid_until is None


def test_a_unit_that_began_today_is_merged_and_its_target_chosen_from_a_list(office: Office) -> None:
    with office.app.app_context(), transaction() as session:
        session.execute(update(Unit).values(valid_from=clock.today()))
    page = office.visitor("ani").get("/unit-kerja/sdn-kranggan-1").text
    assert '<option value="dinkes">' in page and '<option value="sdn-kranggan-1">' not in page
    assert '<option value="polres">' not in page
    assert "tidak digabungkan atau dipecah lagi" in office.done("sdn-kranggan-1", "gabung", tujuan="dinkes")
    assert office.unit("sdn-kranggan-1").valid_until == clock.today() and office.agrees()


def test_the_files_to_begin_with_are_read_back(office: Office) -> None:
    ani = office.visitor("ani")
    example = sheets.read(ani.get("/unit-kerja/sdn-kranggan-1/pembagian.xlsx").data)
    assert example.header == ("Kode orang", "Nama", "Jabatan", "Kode unit baru")
    assert all(KNOWN[each].number not in str(example) for each in KNOWN)
    filled = "Kode orang;Kode unit baru\n" + "".join(f"{line[0]};dinkes\n" for _row, line in example.lines)
    assert "Unit ini dipecah" in office.done("sdn-kranggan-1", "pecah", file=filled)
    assert office.noted() == ["unit-pembagian", "unit-pecah"]
    book = zipfile.ZipFile(io.BytesIO(ani.get("/unit-kerja/pemkot/contoh.xlsx").data))
    words = book.read("xl/sharedStrings.xml").decode()
    assert "Kode induk" in words and "dinkes" in words and "Perangkat daerah" in words and "polres" not in words
    assert office.visitor("budi").get("/unit-kerja/dikbud/pembagian.xlsx").status_code == 403


def test_a_file_that_names_a_person_twice_is_refused_however_the_number_is_written(office: Office) -> None:
    number = KNOWN["siti"].number
    file = f"number,unit_code\n{number},dinkes\n{number[:8]} {number[8:]},dikbud\n"
    answer = office.send("sdn-kranggan-1", "pecah", file=file)
    assert reason_of(answer) == "UNITS_FILE" and "tertulis dua kali" in plain(answer.text)
