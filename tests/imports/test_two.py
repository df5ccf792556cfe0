"""What wants a second administrator: many who leave, and a number that names somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from pakta.accounts.models import AccessLog
from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.database import db, transaction
from pakta.imports import rules
from pakta.imports.models import Removal
from pakta.roles import Role
from pakta.roster import service as roster
from pakta.roster import units
from pakta.roster.models import Person
from pakta.web import clock
from tests.imports.office import Office, reason_of
from tests.people import KNOWN

SITI = KNOWN["siti"].number


def test_a_reused_number_is_written_only_after_another_administrator_approved(office: Office) -> None:
    import_id = office.bring(office.lines(siti={"name": "Bambang Sutejo"}))
    assert "Nama yang tampaknya milik orang lain" in office.page(import_id)
    assert "Ajukan kepada administrator kedua" in office.page(import_id)
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "menunggu"
    assert reason_of(office.send(import_id, "setujui")) == "REQUEST_SAME_PERSON"
    assert office.people()[SITI][0] == "Siti Lestari"
    assert "(1" in office.visitor("dewi").get("/pakta").text.split("/impor")[1][:60]
    office.send(import_id, "setujui", by="dewi")
    assert office.state(import_id)[0] == "diterapkan"
    assert office.people()[SITI][0] == "Bambang Sutejo"


def test_a_name_that_is_only_written_otherwise_is_no_other_person(office: Office) -> None:
    import_id = office.bring(office.lines(siti={"name": "Hj. Sitti Lestari, S.Pd."}))
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "diterapkan"


def test_many_who_leave_want_a_second_administrator_and_may_be_refused(office: Office) -> None:
    import_id = office.bring(office.lines(joko={"status": "pensiun"}))  # one of seven
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "menunggu"
    office.send(import_id, "tolak", by="dewi")
    assert office.state(import_id)[0] == "diperiksa"
    assert office.people()[KNOWN["joko"].number][2] == "aktif"


def test_one_of_many_leaves_by_one_administrator_and_the_next_ones_count_with_them(office: Office) -> None:
    extra = [
        [f"199001012019031{at:03}", "pns", f"Orang {at}", "", "", "dinkes", "", "", ""] for at in range(101, 140)
    ]
    office.send(office.bring([*office.lines(), *extra]), "terapkan")
    gone = [[*line[:6], "mutasi" if at < 2 else "", "", ""] for at, line in enumerate(extra)]
    office.send(office.bring([*office.lines(), *gone]), "terapkan")  # two of 46
    assert [each[2] for each in office.people().values()].count("mutasi") == 2
    third = [[*line[:6], "mutasi" if at < 3 else "", "", ""] for at, line in enumerate(extra)]
    import_id = office.bring([*office.lines(), *third])
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "menunggu"


def test_two_files_at_once_do_not_get_past_the_second_administrator(office: Office) -> None:
    extra = [
        [f"199001012019031{at:03}", "pns", f"Orang {at}", "", "", "dinkes", "", "", ""] for at in range(101, 140)
    ]
    office.send(office.bring([*office.lines(), *extra]), "terapkan")
    files = [office.bring([[*line[:6], "mutasi", "", ""] for line in part]) for part in (extra[:2], extra[2:4])]
    for import_id in files:  # neither is written yet when the other is asked for
        office.visitor("ani").post(f"/impor/{import_id}/terapkan")
        assert office.state(import_id)[0] == "terapkan"
    office.work()
    assert sorted(office.state(import_id)[0] for import_id in files) == ["diterapkan", "terapkan"]
    assert [each[2] for each in office.people().values()].count("mutasi") == 2


def test_missing_people_are_listed_and_stay_until_two_say_that_they_are_gone(office: Office) -> None:
    import_id = office.bring(office.lines("joko"))
    assert "Joko Prasetyo" in office.page(import_id, asks="?daftar=tidak-ada")
    with office.app.app_context():
        joko = str(office.person("joko").id)
    office.send(import_id, "tandai", orang=joko, status="mutasi", siapa="dipilih")
    assert office.people()[KNOWN["joko"].number][2] == "aktif"
    assert reason_of(office.send(import_id, "tandai/1/setujui")) == "REQUEST_SAME_PERSON"
    office.send(import_id, "tandai/1/setujui", by="dewi")
    assert office.people()[KNOWN["joko"].number][2] == "mutasi"
    assert reason_of(office.send(import_id, "tandai/1/tolak", by="dewi")) == "REQUEST_CLOSED"
    moved = office.visitor("ani").get("/impor/perpindahan").text
    assert "Joko Prasetyo" in moved and "tidak ada di daftar yang diimpor" in moved


def test_who_is_in_the_file_cannot_be_marked_as_gone(office: Office) -> None:
    import_id = office.bring(office.lines("joko"))
    with office.app.app_context():
        siti, agus = office.person("siti").id, office.person("agus").id
    for person in (siti, agus):
        answer = office.send(import_id, "tandai", orang=str(person), status="mutasi", siapa="dipilih")
        assert reason_of(answer) == "IMPORT_NOBODY"
    answer = office.send(import_id, "tandai", orang="9" * 25, status="mutasi", siapa="dipilih")  # no row has this id
    assert reason_of(answer) == "IMPORT_NOBODY"
    answer = office.send(import_id, "tandai", status="cuti", siapa="semua")
    assert reason_of(answer) == "STATUS_UNKNOWN"


def test_a_move_keeps_its_history_and_the_signature_stays_where_it_was_made(office: Office) -> None:
    import_id = office.bring(office.lines(siti={"unit_code": "smpn-1"}))
    office.send(import_id, "terapkan")
    assert office.people()[SITI][1] == "smpn-1"
    said = office.visitor("ani").get("/impor/perpindahan?cari=siti").text
    assert "Siti Lestari" in said and "impor" in said
    assert "Siti Lestari" not in office.visitor("ani").get("/impor/perpindahan?cari=joko").text


def test_who_is_away_and_has_not_signed_counts_with_those_who_leave(office: Office) -> None:
    import_id = office.bring(office.lines(joko={"status": "cuti"}))  # one of seven, who would be out of the sums
    assert "belum menandatangani" in office.page(import_id)
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "menunggu"
    office.send(import_id, "setujui", by="dewi")
    assert office.people()[KNOWN["joko"].number][2] == "cuti"


def test_who_has_signed_goes_on_leave_by_one_administrator(office: Office) -> None:
    office.send(office.bring(office.lines(siti={"status": "tugas belajar"})), "terapkan")
    assert office.people()[SITI][2] == "tugas belajar"


def test_a_mark_is_undone_for_who_has_no_other_status_since(office: Office) -> None:
    import_id = office.bring(office.lines("joko", "siti"))
    office.send(import_id, "tandai", status="pensiun", siapa="semua")
    shown = office.page(import_id, by="dewi")
    assert "2 orang sebagai pensiun" in shown and "dihitung dari 7 orang" in shown and "Siti Lestari, •••" in shown
    assert shown.index("Setujui: tandai 2 orang") < shown.index("Tentang berkas ini")
    office.send(import_id, "tandai/1/setujui", by="dewi")
    with office.app.app_context(), transaction() as session:
        roster.set_place(session, person=office.person("joko"), status="meninggal", now=clock.now())
    assert "Batalkan penandaan" in office.page(import_id)
    assert office.send(import_id, "tandai/1/batal").status_code == 302
    standing = office.people()
    assert (standing[SITI][2], standing[KNOWN["joko"].number][2]) == ("aktif", "meninggal")
    assert "dibatalkan, status sebelumnya dikembalikan" in office.page(import_id)
    assert reason_of(office.send(import_id, "tandai/1/batal")) == "REQUEST_CLOSED"


def test_single_changes_before_it_count_with_a_file(office: Office) -> None:
    extra = [
        [f"199001012019031{at:03}", "pns", f"Orang {at}", "", "", "dinkes", "", "", ""] for at in range(101, 140)
    ]
    office.send(office.bring([*office.lines(), *extra]), "terapkan")
    with office.app.app_context(), transaction() as session:
        for number in (line[0] for line in extra[:2]):
            person = session.scalars(select(Person).where(Person.number == number)).one()
            roster.set_place(session, person=person, status="cuti", now=clock.now())
    gone = [[*line[:6], "cuti" if at < 3 else "", "", ""] for at, line in enumerate(extra)]
    import_id = office.bring([*office.lines(), *gone])
    assert office.state(import_id)[2] == 1
    office.send(import_id, "terapkan")  # the third of 46
    assert office.state(import_id)[0] == "menunggu"


def test_one_administrator_alone_takes_nobodys_role_away(office: Office) -> None:
    extra = [
        [f"199001012019031{at:03}", "pns", f"Orang {at}", "", "", "dinkes", "", "", ""] for at in range(101, 140)
    ]
    office.send(office.bring([*office.lines(), *extra]), "terapkan")
    office.activate("budi")
    for changed, then in (
        ({"status": "mutasi"}, "keluar. Begitu diterapkan, perannya berakhir"),
        ({"unit_code": "dinkes"}, "pindah unit. Perannya tetap sampai diakhiri"),
    ):
        import_id = office.bring([*office.lines(budi=changed), *extra])
        assert f"{KNOWN['budi'].name} memegang peran: Kepala atas" in office.page(import_id)
        assert f". Menurut berkas ini ia {then}" in office.page(import_id)
        office.send(import_id, "terapkan")
        assert office.state(import_id)[0] == "menunggu"
    import_id = office.bring([*office.lines("budi"), *extra])
    office.send(import_id, "tandai", status="mutasi", siapa="semua")
    assert office.people()[KNOWN["budi"].number][2] == "aktif"
    import_id = office.bring([*office.lines(budi={"position": "Analis"}), *extra])
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "diterapkan"


def test_a_refused_form_that_shows_names_is_a_line_of_the_access_log_too(office: Office) -> None:
    import_id = office.bring(office.lines("joko"))
    with office.app.app_context():
        before = db.session().scalar(select(func.count()).select_from(AccessLog))
    refused = office.send(import_id, "tandai", status="x")
    assert reason_of(refused) == "STATUS_UNKNOWN" and KNOWN["joko"].name in refused.text
    with office.app.app_context():
        newest = db.session().scalars(select(AccessLog).order_by(AccessLog.id.desc())).first()
        assert newest is not None and (newest.id, newest.action) == (before + 1, "impor-lihat")


def test_nobody_puts_away_the_last_administrator_but_one(office: Office) -> None:
    import_id = office.bring(office.lines("dewi"))
    assert reason_of(office.send(import_id, "tandai", status="mutasi", siapa="semua")) == "APPOINTMENT_LAST_TWO"
    import_id = office.bring(office.lines(dewi={"status": "mutasi"}))
    assert reason_of(office.send(import_id, "terapkan")) == "APPOINTMENT_LAST_TWO"
    assert office.people()[KNOWN["dewi"].number][2] == "aktif"


def test_an_undone_mark_leaves_who_stands_elsewhere_and_ends_after_a_month(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who, again in (("polres", "joko"), (None, "siti")):
        import_id = office.bring(office.lines(again, *(["joko"] if again == "siti" else [])))
        office.send(import_id, "tandai", status="mutasi", siapa="semua")
        with office.app.app_context(), transaction() as session:
            made = session.scalars(select(Removal).order_by(Removal.id.desc())).first()
            assert made is not None
            mark_id = made.id
        office.send(import_id, f"tandai/{mark_id}/setujui", by="dewi")
        if who:
            with office.app.app_context(), transaction() as session:
                unit = units.by_code(session, code=who)
                roster.set_place(session, person=office.person(again), unit=unit, now=clock.now())
            office.send(import_id, f"tandai/{mark_id}/batal")
            assert office.people()[KNOWN[again].number][1:] == ("polres", "mutasi")
    later = clock.now() + rules.UNDONE_WITHIN + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert reason_of(office.send(import_id, f"tandai/{mark_id}/batal")) == "REQUEST_CLOSED"


def test_a_status_between_does_not_take_people_out_of_the_count_of_those_who_left(office: Office) -> None:
    extra = [
        [f"199001012019031{at:03}", "pns", f"Orang {at}", "", "", "dinkes", "", "", ""] for at in range(101, 140)
    ]
    office.send(office.bring([*office.lines(), *extra]), "terapkan")

    def put(status: str, *which: int) -> str:
        import_id = office.bring([[*extra[at][:6], status, "", ""] for at in which])
        office.send(import_id, "terapkan")
        return office.state(import_id)[0]

    assert put("mutasi", 0, 1) == "diterapkan"  # two of 46
    assert put("cuti", 0, 1) == "diterapkan"  # and back, but not into the sums
    assert put("mutasi", 2) == "menunggu"


def test_a_common_first_name_or_a_degree_makes_nobody_the_same_person(office: Office) -> None:
    for name in ("Siti Aminah", "Dra. Siti, M.Si."):
        import_id = office.bring(office.lines(siti={"name": name}))
        office.send(import_id, "terapkan")
        assert office.state(import_id)[0] == "menunggu"


def test_a_name_does_not_become_another_ones_little_by_little(office: Office) -> None:
    for name in ("Siti Lestari Aminah", "Lestari Aminah Siti Wulandari"):
        office.send(office.bring(office.lines(siti={"name": name})), "terapkan")
        assert office.people()[SITI][0] == name
    import_id = office.bring(office.lines(siti={"name": "Aminah Wulandari"}))
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "menunggu"


def test_nobody_approves_a_file_that_changes_themself(office: Office) -> None:
    changed = {"siti": {"name": "Bambang Sutejo"}, "dewi": {"position": "Kepala BKPSDM"}}
    import_id = office.bring(office.lines(**changed))
    office.send(import_id, "terapkan")
    page = office.page(import_id, by="dewi")
    assert "mengubah data Anda sendiri" in page and "Setujui dan terapkan" not in page
    assert reason_of(office.send(import_id, "setujui", by="dewi")) == "APPOINTMENT_OWN"
    assert office.state(import_id)[0] == "menunggu" and office.people()[SITI][0] == "Siti Lestari"
    office.send(import_id, "tolak", by="dewi")
    import_id = office.bring(office.lines(siti=changed["siti"]))  # names her, and changes nothing of her
    office.send(import_id, "terapkan")
    office.send(import_id, "setujui", by="dewi")
    assert office.state(import_id)[0] == "diterapkan"


def _waits_for(office: Office, who: str) -> bool:
    """Say whether menu and list of imports, which must agree, tell somebody that a file waits for them."""
    listed = office.visitor(who).get("/impor").text
    in_menu, in_list = "(1" in listed.split("/impor")[1][:60], "Keputusan Anda ditunggu" in listed
    assert in_menu == in_list
    return in_list


def test_no_file_waits_for_whom_it_changes_or_who_is_marked_in_it(office: Office) -> None:
    office.grant("siti", Role.ADMINISTRATOR, "pemkot")
    import_id = office.bring(office.lines(joko={"name": "Bambang Sutejo"}, dewi={"position": "Kepala BKPSDM"}))
    office.send(import_id, "terapkan")
    assert (_waits_for(office, "siti"), _waits_for(office, "dewi"), _waits_for(office, "ani")) == (True, False, False)
    office.send(import_id, "tolak", by="siti")
    office.send(import_id, "buang")
    import_id = office.bring(office.lines("joko", "dewi"))
    office.send(import_id, "tandai", status="mutasi", siapa="semua")
    assert (_waits_for(office, "siti"), _waits_for(office, "dewi"), _waits_for(office, "ani")) == (True, False, False)
    page = office.page(import_id, by="dewi")
    assert "Anda sendiri yang ditandai di sini" in page and "Setujui: tandai" not in page
    assert "Setujui: tandai" in office.page(import_id, by="siti")
    assert reason_of(office.send(import_id, "tandai/1/setujui", by="dewi")) == "APPOINTMENT_OWN"


def test_a_marking_waits_also_while_its_import_does(office: Office) -> None:
    import_id = office.bring(office.lines("joko", siti={"name": "Bambang Sutejo"}))
    office.send(import_id, "tandai", status="mutasi", siapa="semua")
    office.send(import_id, "terapkan", by="dewi")
    assert office.state(import_id)[0] == "menunggu" and "Setujui: tandai" in office.page(import_id, by="dewi")
    assert (_waits_for(office, "dewi"), _waits_for(office, "ani")) == (True, True)


def test_a_number_that_lost_its_zeros_is_named_and_nobody_new(office: Office) -> None:
    there = [
        ["01980012900395", "tni", "Dedi Kurnia", "", "", "dinkes", "", "", ""],
        ["0012345", "non-asn", "Eni Rahayu", "", "", "dinkes", "", "", ""],
    ]
    office.send(office.bring([*office.lines(), *there]), "terapkan")
    lost = [[each[0].lstrip("0"), *each[1:]] for each in there]
    import_id = office.bring(lost)
    assert office.state(import_id)[1:] == (0, 0, 0, 2)
    assert [each.errors[0][:2] for each in office.staged(import_id)] == [["number", "NUMBER_LOST_ZERO"]] * 2
    assert "Nol itu tampaknya hilang" in office.page(import_id, asks="?daftar=salah")
    another = [[f"9{each[0]}", *each[1:]] for each in lost]  # nobody has these with a zero before them
    assert office.state(office.bring(another))[1:] == (2, 0, 0, 0)


def test_who_has_signed_no_more_when_it_is_written_is_not_put_on_leave_by_one(office: Office) -> None:
    import_id = office.bring(office.lines(siti={"status": "cuti"}))
    with office.app.app_context(), transaction() as session:
        row = certificates.of_person(session, person_id=office.person("siti").id)[0]
        certificates.change_status(
            session, row=row, status=Status.SUSPENDED, reason=ReasonClass.ADMINISTRATIVE, now=clock.now(),
            keyring=office.wired.keyring, config=office.wired.config,
        )  # fmt: skip
    office.send(import_id, "terapkan")
    assert office.state(import_id)[0] == "terapkan" and "berubah sejak diperiksa" in office.page(import_id)
    assert office.people()[SITI][2] == "aktif"
