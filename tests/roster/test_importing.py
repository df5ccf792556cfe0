"""Import: a whole file or nothing, row-level errors, and the same file again changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.core.errors import Reason
from pakta.demonstration import people as invented
from pakta.roster import counters, service
from pakta.roster.importing import Report
from pakta.roster.models import Person, Unit
from pakta.web import wording
from tests import databases
from tests.roster.conftest import ANI, BUDI, CICI, GOOD, NOW, file_of, pepper

WHOLE_ON_POSTGRESQL = True

Take = Callable[..., Report]


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Person)) or 0


def person(session: Session, number: str) -> Person:
    found = service.person_by_number(session, number=number, pepper=pepper)
    assert found is not None
    return found


def test_a_good_file_is_taken_whole(session: Session, take: Take) -> None:
    report = take(file_of(*GOOD))
    assert (report.new, report.changed, report.same, report.missing, report.errors) == (5, 0, 0, (), ())
    ani = person(session, "19860926 201505 2 001")
    assert (ani.name, ani.rank, ani.unit.code, ani.signs_as) == (
        "Ani Lestari",
        "Penata, III/c",
        "setda-hukum",
        "pns",
    )
    assert not ani.demo
    assert counters.check(session) == []


def test_a_dry_run_says_the_same_and_writes_nothing(session: Session, take: Take) -> None:
    report = take(file_of(*GOOD), dry_run=True)
    assert report.new == 5
    assert count(session) == 0
    assert "tidak ada yang ditulis" in report.lines(wording.sentence)[-1]


def test_a_dry_run_says_who_would_change_and_what(take: Take) -> None:
    take(file_of(*GOOD))
    changed = ANI.replace("setda-hukum", "kel-blooto").replace("Analis", "Lurah")
    said = take(file_of(changed, *GOOD[1:]), dry_run=True).lines(wording.sentence)
    assert said == [
        "Baris 2, Ani Lestari: unit_code “setda-hukum” menjadi “kel-blooto”; position “Analis” menjadi “Lurah”",
        "0 baru, 1 berubah, 4 sama, 0 tidak ada di berkas.",
        "Uji coba: tidak ada yang ditulis.",
    ]


def test_the_same_file_again_changes_nothing(session: Session, take: Take) -> None:
    take(file_of(*GOOD))
    before = {each.id: each.changed_at for each in session.scalars(select(Person))}
    report = take(file_of(*GOOD))
    assert (report.new, report.changed, report.same) == (0, 0, 5)
    session.expire_all()
    assert {each.id: each.changed_at for each in session.scalars(select(Person))} == before


def test_a_semicolon_file_with_a_byte_order_mark_and_other_column_order_is_read(session: Session, take: Take) -> None:
    header = "Name;number;kind;rank;position;unit_code;status;email;phone"
    line = "Ani Lestari;19860926 201505 2 001;PNS;Penata, III/c;Analis;setda-hukum;;;"
    report = take(b"\xef\xbb\xbf" + f"{header}\r\n{line}\r\n;;;;;;;;\r\n".encode())
    assert report.new == 1
    assert person(session, "198609262015052001").rank == "Penata, III/c"


def test_a_moved_person_counts_as_signed_only_where_they_signed(session: Session, take: Take) -> None:
    take(file_of(*GOOD))
    ani = person(session, "198609262015052001")
    counters.mark_signed(session, person=ani, edition_code="ASN-1", now=NOW)
    session.commit()
    report = take(file_of(ANI.replace("setda-hukum", "kel-blooto"), *GOOD[1:]))
    assert report.changed == 1
    assert counters.check(session) == []
    blooto = session.scalars(select(Unit).where(Unit.code == "kel-blooto")).one()
    signed = select(func.coalesce(func.sum(counters.SIGNED.c.signed), 0)).where(
        counters.SIGNED.c.unit_id == blooto.id
    )
    assert session.execute(signed).scalar_one() == 0
    take(file_of(*GOOD))
    assert counters.check(session) == []
    hukum = session.scalars(select(Unit).where(Unit.code == "setda-hukum")).one()
    row = session.execute(select(counters.SIGNED.c.signed).where(counters.SIGNED.c.unit_id == hukum.id)).scalar_one()
    assert row == 1


@pytest.mark.parametrize(
    ("status", "signed_after"), [("cuti", 3), ("tugas belajar", 3), ("pensiun", 0), ("mutasi", 0)]
)
def test_who_is_excused_leaves_both_sums_and_who_had_left_comes_back_unsigned(
    session: Session, take: Take, status: str, signed_after: int
) -> None:
    take(file_of(*GOOD))
    earlier = NOW - timedelta(days=1)
    counters.mark_signed(session, person=person(session, "198609262015052001"), edition_code="ASN-1", now=earlier)
    session.commit()
    take(file_of(ANI.replace("aktif", status), *GOOD[1:]))
    assert counters.check(session) == []
    signed = select(func.sum(counters.SIGNED.c.signed))
    assert session.execute(signed).scalar_one() == 0
    take(file_of(*GOOD))
    assert counters.check(session) == []
    assert session.execute(signed).scalar_one() == signed_after  # bagian, setda, pemkot


def test_people_missing_from_the_file_are_listed_and_stay(session: Session, take: Take) -> None:
    take(file_of(*GOOD))
    report = take(file_of(ANI))
    assert [each.name for each in report.missing] == ["Eni", "Budi"]  # Cici and Dedi: other institutions
    assert count(session) == 5


def test_one_bad_row_is_named_and_nothing_is_written(session: Session, take: Take) -> None:
    report = take(file_of(BUDI, ANI.replace("setda-hukum", "setda-sihir"), CICI))
    assert count(session) == 0
    said = report.lines(wording.sentence)
    assert said == [
        "Baris 3, kolom unit_code: Kode unit “setda-sihir” tidak ada. Pakai kode dari daftar unit. [UNIT_UNKNOWN]",
        "1 kesalahan. Tidak ada yang ditulis.",
    ]


def test_a_file_that_cannot_be_read_changes_nothing(session: Session, take: Take) -> None:
    take(file_of(ANI))
    report = take(file_of(ANI.replace("Analis", "Kepala"), BUDI + ",lebih"))
    assert [error.reason for error in report.errors] == [Reason.ROSTER_ROW_WIDTH]
    assert person(session, "198609262015052001").position == "Analis"


def test_a_known_number_cannot_come_back_as_another_kind(session: Session, take: Take) -> None:
    take(file_of(CICI))
    report = take(file_of(CICI.replace("polri", "tni").replace("polres", "kodim")))
    assert [error.reason for error in report.errors] == [Reason.NUMBER_OF_OTHER_KIND]


def test_invented_and_real_people_never_stand_together(session: Session, take: Take) -> None:
    take(file_of(ANI), demo=True)
    assert session.scalars(select(Person)).one().demo
    assert [error.reason for error in take(file_of(BUDI)).errors] == [Reason.ROSTER_DEMO_PEOPLE]
    both = take(file_of(BUDI.replace("smpn-1", "x")))
    assert [error.reason for error in both.errors] == [Reason.UNIT_UNKNOWN, Reason.ROSTER_DEMO_PEOPLE]
    assert take(file_of(BUDI), demo=True).new == 1


def test_a_database_with_real_people_takes_no_invented_ones(session: Session, take: Take) -> None:
    take(file_of(ANI))
    assert service.has_real_people(session)
    assert [error.reason for error in take(file_of(BUDI), demo=True).errors] == [Reason.ROSTER_REAL_PEOPLE]
    assert count(session) == 1


def test_a_city_of_3500_is_taken_with_as_few_statements_as_a_village(session: Session, take: Take) -> None:
    units: Any = session.scalars(select(Unit).order_by(Unit.id)).all()
    content = invented.as_csv(invented.invent(units, people=3500, seed=1))
    with databases.statements() as said:
        assert take(content, demo=True).new == 3500
    assert len(said) <= 10
    assert counters.check(session) == []
    assert take(content, demo=True).same == 3500


def test_the_lines_of_a_report_stop_somewhere(take: Take) -> None:
    report = take(file_of(*(f"{at},pns,Ani,,,setda,aktif,," for at in range(10_000, 10_300))))
    said = report.lines(wording.sentence)
    assert len(said) == 202
    assert said[-2:] == ["… dan 100 lagi", "300 kesalahan. Tidak ada yang ditulis."]
