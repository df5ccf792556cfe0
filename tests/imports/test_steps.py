"""An import step by step: columns, check, what it would do, wrong rows mended, written whole or not at all."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
import python_calamine

from pakta.commands import serving
from pakta.database import db, transaction
from pakta.imports import making, rules
from pakta.imports.models import RosterImport
from pakta.imports.service import MARKS
from pakta.jobs import service as jobs
from pakta.jobs.models import Job
from pakta.roles import Role
from pakta.roster import importing, units
from pakta.roster import service as roster
from pakta.web import clock
from tests.imports.office import Office, reason_of
from tests.people import HEADER, KNOWN

WHOLE_ON_POSTGRESQL = True

pytestmark = pytest.mark.usefixtures("unbegun")  # the worker signs with keys that are shared
NEW = ["199505052020121999", "pns", "Putri Ayu", "", "Analis", "dinkes", "", "", "081234567890"]


def test_a_file_is_shown_before_it_is_written_and_written_whole(office: Office) -> None:
    lines = [*office.lines(siti={"position": "Guru Ahli"}), NEW]
    import_id = office.bring(lines)
    assert office.state(import_id) == ("diperiksa", 1, 1, 6, 0)
    assert NEW[0] not in office.people()
    assert "Jabatan: Guru → Guru Ahli" in office.page(import_id, asks="?daftar=berubah")
    assert "Putri Ayu" in office.page(import_id, asks="?daftar=baru")
    assert NEW[0] not in office.page(import_id, asks="?daftar=baru")
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "diterapkan"
    assert office.people()[NEW[0]] == ("Putri Ayu", "dinkes", "aktif")
    again = office.bring(lines)
    assert office.state(again) == ("diperiksa", 0, 0, 8, 0)
    assert reason_of(office.send(again, "terapkan")) == "IMPORT_STATE"


def test_columns_of_other_names_are_chosen_and_remembered(office: Office) -> None:
    titles = ["No", "NIP", "Jenis", "Nama", "Kantor", "Keterangan"]
    lines = [
        ["1", NEW[0], "pns", "Putri Ayu", "dinkes", "x"],
        ["2", KNOWN["siti"].number, "pns", "Siti Lestari", "sdn-kranggan-1", ""],
    ]
    import_id = office.bring(lines, titles=titles, check=False)
    client = office.visitor("ani")
    refused = office.columns(import_id, client, **{"kolom-unit_code": ""})
    assert reason_of(refused) == "IMPORT_COLUMNS" and refused.status_code == 422
    assert re.findall(r'href="#(kolom-[a-z_]+)">([^<]*)<', refused.text) == [
        ("kolom-unit_code", "Kode unit: pilih kolomnya")
    ]
    assert re.findall(r'<select id="([a-z_-]+)"[^>]*aria-invalid', refused.text) == ["kolom-unit_code"]
    assert reason_of(office.columns(import_id, client, **{"kolom-unit_code": "1"})) == "ROSTER_COLUMN_TWICE"
    assert office.columns(import_id, client, **{"kolom-unit_code": "4"}).status_code == 302
    office.work()
    # What the file has no column for stays: siti keeps her rank, position and status.
    assert office.state(import_id) == ("diperiksa", 1, 0, 1, 0)
    again = office.bring(lines, titles=titles)
    assert office.state(again) == ("diperiksa", 1, 0, 1, 0)


def test_a_column_of_unit_codes_is_known_by_its_cells_whatever_it_is_called(office: Office) -> None:
    titles = ["Unit Kerja" if title == "unit_code" else title for title in HEADER]
    import_id = office.bring([NEW, [*NEW[:5], " SMPN-1 ", *NEW[6:]]], titles=titles, check=False)
    with office.app.app_context():
        assert db.session().get_one(RosterImport, import_id).mapped["unit_code"] == HEADER.index("unit_code")
    for cells in (["Dinas Kesehatan"], ["dinkes", "SMP Negeri 1"], [""]):  # names, some names, nothing
        other = office.bring([[*NEW[:5], cell, *NEW[6:]] for cell in cells], titles=titles, check=False)
        with office.app.app_context():
            assert "unit_code" not in db.session().get_one(RosterImport, other).mapped


def test_wrong_rows_come_as_a_workbook_and_go_back_mended(office: Office) -> None:
    wrong = ["1.99505E+17", *NEW[1:]]
    import_id = office.bring([*office.lines(), wrong, ["199505052020121998", *NEW[1:5], "dinas-sihir", *NEW[6:]]])
    assert office.state(import_id) == ("diperiksa", 0, 0, 7, 2)
    assert reason_of(office.send(import_id, "terapkan")) == "IMPORT_STATE"
    said = office.page(import_id)
    assert "Nomor: 1.99505E+17 diubah oleh Excel." in said
    assert "Kode unit: Kode unit “dinas-sihir” tidak ada." in said
    client = office.visitor("ani")
    book = python_calamine.load_workbook(io.BytesIO(client.get(f"/impor/{import_id}/salah.xlsx").data))
    titles, *rows = book.get_sheet_by_index(0).to_python()
    assert titles == [*HEADER, "Baris", "Yang salah"]
    assert [row[9] for row in rows] == ["9", "10"]
    rows[0][0], rows[1][5] = "199505052020121999", "dinkes"
    mended = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [titles, *rows])
    answer = client.post(f"/impor/{import_id}/perbaikan", data={"berkas": (io.BytesIO(mended.encode()), "b.csv")})
    assert answer.status_code == 302
    office.work()
    assert office.state(import_id) == ("diperiksa", 2, 0, 7, 0)
    office.send(import_id, "terapkan")
    assert NEW[0] in office.people()


def test_a_wrong_row_that_is_emptied_in_the_correction_is_taken_out(office: Office) -> None:
    import_id = office.bring([NEW, ["1.99505E+17", *NEW[1:]], ["", "", "Tanpa Nomor", *NEW[3:5], "", *NEW[6:]]])
    said = office.page(import_id)
    assert "Jenis: Jenis kosong. Isi pns" in said and "Kode unit: Kode unit kosong." in said
    rows = [[*[" "] * 9, "3", "kosong"], ["199505052020121888", *NEW[1:], "4", ""]]
    content = "\n".join(",".join(line) for line in ([*HEADER, "Baris", "Yang salah"], *rows))
    office.send(import_id, "perbaikan", berkas=(io.BytesIO(content.encode()), "b.csv"))
    assert office.state(import_id) == ("diperiksa", 2, 0, 0, 0)
    assert [row.row for row in office.staged(import_id)] == [2, 4]
    assert "Baris 2 Diunggah" in office.page(import_id)


def test_a_file_of_some_people_misses_nobody(office: Office) -> None:
    import_id = office.bring([NEW])
    assert "Tidak ada di berkas (" in office.page(import_id)
    office.columns(import_id, office.visitor("ani"), unit="-")
    office.work()
    assert office.state(import_id)[:2] == ("diperiksa", 1)
    assert "Tidak ada di berkas (" not in office.page(import_id)
    assert reason_of(office.send(import_id, "tandai", status="mutasi", siapa="semua")) == "IMPORT_NOBODY"
    for unit in ("polres", "tidak-ada"):
        assert reason_of(office.columns(import_id, office.visitor("ani"), unit=unit)) == "UNIT_UNKNOWN"


def test_the_file_to_begin_with_is_taken_as_it_is_filled_in(office: Office) -> None:
    content = office.visitor("ani").get("/impor/contoh.xlsx").data
    book = python_calamine.load_workbook(io.BytesIO(content))
    titles, *codes = book.get_sheet_by_index(1).to_python()
    assert titles == ["Kode unit", "Nama unit"]
    assert ["dinkes", "Dinas Kesehatan, Pengendalian Penduduk dan Keluarga Berencana"] in codes
    assert not any(code == "polres" for code, _ in codes)
    import_id = office.bring([NEW], titles=book.get_sheet_by_index(0).to_python()[0])
    assert office.state(import_id)[:2] == ("diperiksa", 1)
    said = office.page(import_id)
    assert "Keluarga Berencana (dinkes) Aktif" in said and "Berkas ini menambah" not in said
    office.send(import_id, "terapkan")
    assert "cetak slip" in office.page(import_id)


def test_the_file_of_wrong_rows_may_come_again_with_more_of_them_mended(office: Office) -> None:
    first, second = (["1.99505E+17", *NEW[1:]], ["199505052020121998", *NEW[1:5], "dinas-sihir", *NEW[6:]])
    import_id = office.bring([first, second, ["", "", "Tanpa Nomor", *NEW[3:5], "", *NEW[6:]]])
    mended, other = (NEW, [second[0], *NEW[1:]])
    gone = [" "] * 9

    def send(*lines: tuple[list[str], str]) -> str:
        rows = [[*HEADER, *MARKS], *([*cells, at, ""] for cells, at in lines)]
        content = "\n".join(",".join(line) for line in rows)
        return reason_of(office.send(import_id, "perbaikan", berkas=(io.BytesIO(content.encode()), "b.csv")))

    assert send((mended, "2"), (second, "3"), (gone, "4")) == "" and office.state(import_id)[3:] == (0, 1)
    assert send((other, "2"), (other, "3")) == "IMPORT_MENDED"  # what is right is not changed by the way
    assert send((mended, "2"), (gone, "4")) == "IMPORT_MENDED"
    assert send((mended, "2"), (other, "3"), (NEW, "4")) == "IMPORT_MENDED"
    assert office.state(import_id)[3:] == (0, 1)
    assert send((mended, "2"), (other, "3"), (gone, "4")) == "" and office.state(import_id)[1:] == (2, 0, 0, 0)


def test_another_file_is_no_correction(office: Office) -> None:
    import_id = office.bring([["1.99505E+17", *NEW[1:]]])
    for titles, line in ((HEADER, NEW), ((*HEADER, "Baris", "Yang salah"), [*NEW, "7", ""])):
        content = (",".join(titles) + "\n" + ",".join(line)).encode()
        answer = office.send(import_id, "perbaikan", berkas=(io.BytesIO(content), "b.csv"))
        assert reason_of(answer) == "IMPORT_CORRECTION"


def test_a_number_that_stands_twice_is_found_across_pieces(office: Office) -> None:
    blank = [[""] * 9] * (rules.PIECE + 5)
    import_id = office.bring([NEW, *blank, NEW])
    errors = [(row.row, row.errors) for row in office.staged(import_id) if row.errors]
    assert errors == [(rules.PIECE + 8, [["number", "NUMBER_TWICE", "2"]])]


def test_an_import_reaches_its_own_institution_alone(office: Office) -> None:
    agus = [*KNOWN["agus"].row()[:5], "dinkes", "aktif", "", ""]
    import_id = office.bring([agus, [*NEW[:5], "polres", "", "", ""]])
    reasons = [row.errors[0][1] for row in office.staged(import_id)]
    assert reasons == ["NUMBER_ELSEWHERE", "UNIT_UNKNOWN"]


def test_what_changed_meanwhile_is_not_overwritten(office: Office) -> None:
    import_id = office.bring([*office.lines(siti={"position": "Guru Ahli"}), NEW])
    with office.app.app_context(), transaction() as session:
        roster.set_place(session, person=office.person("siti"), status="cuti", now=clock.now())
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "terapkan"
    said = office.page(import_id)
    assert "Tidak ada yang ditulis" in said and "Daftar pegawai atau berkasnya berubah" in said
    assert NEW[0] not in office.people()
    office.send(import_id, "periksa")
    assert office.state(import_id) == ("diperiksa", 1, 1, 6, 0)
    office.send(import_id, "terapkan")
    assert office.people()[KNOWN["siti"].number] == ("Siti Lestari", "sdn-kranggan-1", "aktif")


@pytest.mark.parametrize("who", ["joko", "new", "elsewhere"])
def test_nothing_is_written_where_what_was_shown_of_any_row_is_not_so_any_more(office: Office, who: str) -> None:
    import_id = office.bring([*office.lines(siti={"position": "Guru Ahli"}), NEW])
    with office.app.app_context(), transaction() as session:
        if who == "joko":  # shown as the same
            roster.set_place(session, person=office.person("joko"), status="cuti", now=clock.now())
        elif who == "elsewhere":  # gone to another institution
            polres = units.by_code(session, code="polres")
            roster.set_place(session, person=office.person("siti"), unit=polres, now=clock.now())
        else:  # shown as new
            content = "\n".join((",".join(HEADER), ",".join(NEW))).encode()
            done = importing.import_roster(
                session,
                content=content,
                now=clock.now(),
                pepper=office.wired.keyring.pepper,
                dry_run=False,
                demo=True,
            )
            assert done.new == 1
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "terapkan"
    assert "Daftar pegawai atau berkasnya berubah" in office.page(import_id)
    assert (NEW[0] in office.people()) is (who == "new")


def test_a_cancelled_job_writes_nothing_and_can_be_begun_again(office: Office) -> None:
    import_id = office.bring([*office.lines(), NEW])
    office.visitor("ani").post(f"/impor/{import_id}/terapkan")
    with office.app.app_context(), transaction() as session:
        job = session.get_one(Job, session.get_one(RosterImport, import_id).job_id)
        jobs.cancel(session, job=job, now=clock.now())
    office.work()
    assert NEW[0] not in office.people()
    assert "Penerapan dibatalkan." in office.page(import_id)
    office.send(import_id, "periksa")
    office.send(import_id, "terapkan")
    assert NEW[0] in office.people()


def test_a_write_that_fails_leaves_nothing_behind(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = office.bring([*office.lines(siti={"position": "Guru Ahli"}), NEW])
    write = making.planning.Plan.write

    def half(self: object, *args: object, **given: object) -> None:
        write(self, *args, **given)  # type: ignore[arg-type]
        raise RuntimeError("power failure")

    monkeypatch.setattr(making.planning.Plan, "write", half)
    office.send(import_id, "terapkan")
    assert NEW[0] not in office.people()
    assert "kesalahan pada sistem kami" in office.page(import_id)


def test_a_file_that_cannot_be_read_is_refused_with_its_reason(office: Office) -> None:
    client = office.visitor("ani")
    answer = client.post("/impor", data={"berkas": (io.BytesIO(b"PK\x03\x04rusak"), "x.xlsx")})
    assert (answer.status_code, reason_of(answer)) == (422, "ROSTER_WORKBOOK")
    assert reason_of(client.post("/impor", data={})) == "IMPORT_NO_FILE"
    nobody = client.post("/impor", data={"berkas": (io.BytesIO(",".join(HEADER).encode()), "judul.csv")})
    assert reason_of(nobody) == "ROSTER_EMPTY" and "Tidak ada orang di berkas ini" in nobody.text


def test_rows_are_gone_a_week_after_their_last_use_and_then_nobody_is_missing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = office.bring(office.lines("joko"))
    assert "Joko Prasetyo" in office.page(import_id, asks="?daftar=tidak-ada")
    began = clock.now()
    for passed, kept in ((rules.KEPT - timedelta(hours=1), 6), (rules.KEPT + timedelta(hours=1), 0)):
        monkeypatch.setattr(clock, "now", lambda passed=passed: began + passed)
        with office.app.app_context():
            serving.Work(office.app).tick()
        assert len(office.staged(import_id)) == kept
    monkeypatch.undo()
    assert office.staged(import_id) == []
    assert office.state(import_id)[0] == "dibuang"
    assert "Joko Prasetyo" not in office.page(import_id, asks="?daftar=tidak-ada")


def test_another_institutions_administrator_sees_nothing_of_it(office: Office) -> None:
    import_id = office.bring(office.lines())
    office.activate("agus")
    office.grant("agus", Role.ADMINISTRATOR, "polres")
    stranger = office.visitor("agus")
    assert stranger.get(f"/impor/{import_id}").status_code == 404
    assert stranger.post(f"/impor/{import_id}/terapkan").status_code == 404
    assert "pegawai.csv" not in stranger.get("/impor").text
    with office.app.app_context():
        assert db.session().get_one(RosterImport, import_id).state == "diperiksa"
