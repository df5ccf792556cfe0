"""What a file would do and an administrator should look at twice is marked: it is not refused."""

from __future__ import annotations

from datetime import datetime

from pakta.database import transaction
from pakta.roster import correcting, units
from pakta.roster import rules as roster_rules
from pakta.signing import reports
from pakta.web import clock, display
from tests.imports.office import Office

WHOLE_ON_POSTGRESQL = True


def test_a_new_person_who_is_nearly_one_that_is_there_is_pointed_out_and_not_refused(office: Office) -> None:
    there = ["119850101202001123", "non-asn", "Eni Rahayu", "", "", "dinkes", "", "", ""]
    office.send(office.bring([*office.lines(), there]), "terapkan")
    like = [["19850101202001123"], ["119850101202001124"], ["1198501012020011237"]]
    others = [["98501012020011"], ["219850101202001124"]]  # further apart
    for number, told in [*((each[0], True) for each in like), *((each[0], False) for each in others)]:
        elsewhere = ["77" + number[:12], *there[1:]]
        import_id = office.bring([elsewhere, [number, *there[1:]]])
        assert office.state(import_id)[1:] == (2, 0, 0, 0)
        said = office.page(import_id, asks="?daftar=baru")
        assert ("1 orang baru mirip orang yang sudah ada" in said) is told
        assert said.count("Mirip orang yang sudah ada:") == told and there[0] not in said
        if told:
            assert said.index("Mirip orang yang") < said.index(f"•{elsewhere[0][-3:]}")  # comes first
    for changed in ({2: "Eni Rahayuni"}, {5: "dikbud"}):  # of another name, or elsewhere
        line = ["19850101202001123", *(changed.get(at, cell) for at, cell in enumerate(there) if at)]
        assert "mirip orang" not in office.page(office.bring([line]))


def corrected(office: Office, **wanted: str) -> datetime:
    """Let siti report what is wrong, and an administrator correct it; return when."""
    with office.app.app_context(), transaction() as session:
        siti, now = office.person("siti"), clock.now()
        report = reports.report(session, person=siti, field="lainnya", message="Datanya keliru sekali", now=now)
        facts = {"name": siti.name, "rank": siti.rank, "position": siti.position, "unit": siti.unit.code} | wanted
        whole = units.by_code(session, code="pemkot")
        assert whole is not None
        fields, on = correcting.Wanted(**facts), roster_rules.day_of(now)
        made = correcting.plan(session, person=siti, wanted=fields, granted=[whole], on=on)
        by = office.keys["ani"][0]
        correcting.correct(session, person=siti, made=made, report_id=report.id, account_id=by, now=now)
        return now


def test_a_row_that_takes_back_what_was_corrected_after_a_report_says_so(office: Office) -> None:
    now = corrected(office, position="Guru Muda", unit="smpn-1")
    when = display.moment(now)
    import_id = office.bring(office.lines(joko={"position": "Analis"}))
    said = office.page(import_id, asks="?daftar=berubah")
    assert "1 baris mengubah lagi yang sudah diperbaiki" in said
    for what in ("Kode unit: smpn-1 → sdn-kranggan-1", "Jabatan: Guru Muda → Guru"):
        assert f"{what} . Membatalkan perbaikan atas laporan pada {when}" in said.replace(f"{what}.", f"{what} .")
    assert said.count("perbaikan atas laporan") == 2  # joko's is no such row
    other = office.bring([line for line in office.lines(siti={"position": "Kepala Sekolah", "unit_code": "smpn-1"})])
    said = office.page(other, asks="?daftar=berubah")
    assert "Mengganti perbaikan atas laporan" in said and "Membatalkan" not in said
    kept = office.bring(
        office.lines(siti={"position": "Guru Muda", "unit_code": "smpn-1", "email": "s@kota.example"})
    )
    assert "perbaikan" not in office.page(kept, asks="?daftar=berubah")
