"""Import: a whole file or nothing, row-level errors, and the same file again changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.core.errors import Reason
from pakta.demonstration import people as invented
from pakta.roster import counters, rows, service
from pakta.roster.importing import Report
from pakta.roster.models import Person, Unit
from pakta.web import wording
from tests.roster.conftest import ANI, BUDI, CICI, DEDI, ENI, GOOD, HEADER, NOW, file_of, pepper

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


def test_the_same_file_again_changes_nothing(session: Session, take: Take) -> None:
    take(file_of(*GOOD))
    before = {each.id: each.changed_at for each in session.scalars(select(Person))}
    report = take(file_of(*GOOD))
    assert (report.new, report.changed, report.same) == (0, 0, 5)
    session.expire_all()
    assert {each.id: each.changed_at for each in session.scalars(select(Person))} == before


def test_a_semicolon_file_with_a_byte_order_mark_and_other_column_order_is_read(
    session: Session, take: Take
) -> None:
    header = "Name;number;kind;rank;position;unit_code;status;email;phone"
    line = "Ani Lestari;19860926 201505 2 001;PNS;Penata, III/c;Analis;setda-hukum;;;"
    report = take(b"\xef\xbb\xbf" + f"{header}\r\n{line}\r\n;;;;;;;;\r\n".encode())
    assert report.new == 1
    assert person(session, "198609262015052001").rank == "Penata, III/c"


def test_a_moved_person_takes_their_signature_to_the_new_unit(session: Session, take: Take) -> None:
    take(file_of(*GOOD))
    ani = person(session, "198609262015052001")
    counters.mark_signed(session, person=ani, edition_code="ASN-1", now=NOW)
    session.commit()
    report = take(file_of(ANI.replace("setda-hukum", "kel-blooto"), *GOOD[1:]))
    assert report.changed == 1
    assert counters.check(session) == []
    blooto = session.scalars(select(Unit).where(Unit.code == "kel-blooto")).one()
    row = session.execute(
        select(counters.SIGNED.c.signed).where(counters.SIGNED.c.unit_id == blooto.id)
    ).scalar_one()
    assert row == 1


def test_an_excused_person_leaves_both_sums_and_comes_back_with_both(session: Session, take: Take) -> None:
    take(file_of(*GOOD))
    counters.mark_signed(session, person=person(session, "198609262015052001"), edition_code="ASN-1", now=NOW)
    session.commit()
    take(file_of(ANI.replace("aktif", "pensiun"), *GOOD[1:]))
    assert counters.check(session) == []
    signed = select(func.sum(counters.SIGNED.c.signed))
    assert session.execute(signed).scalar_one() == 0
    take(file_of(*GOOD))
    assert counters.check(session) == []
    assert session.execute(signed).scalar_one() == 3  # bagian, setda, pemkot


def test_people_missing_from_the_file_are_listed_and_stay(session: Session, take: Take) -> None:
    take(file_of(*GOOD))
    report = take(file_of(ANI))
    assert [each.name for each in report.missing] == ["Eni", "Budi"]  # Cici and Dedi: other institutions
    assert count(session) == 5


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (ANI.replace("198609262015052001", "1.98609E+17"), "number", Reason.NUMBER_FROM_EXCEL),
        (ANI.replace("198609262015052001", "198602312015052001"), "number", Reason.NIP_BIRTH_DATE),
        (ANI.replace("setda-hukum", "setda-sihir"), "unit_code", Reason.UNIT_UNKNOWN),
        (ANI.replace("Ani Lestari", "Ani " + "L" * 160), "name", Reason.NAME_TOO_LONG),
        (ANI.replace("Ani Lestari", ""), "name", Reason.NAME_MISSING),
        (ANI.replace("Ani Lestari", "Ani\tLestari"), "name", Reason.TEXT_HIDDEN_SIGNS),
        (ANI.replace(",pns,", ",honorer,"), "kind", Reason.KIND_UNKNOWN),
        (ANI.replace(",pns,", ",pppk,"), "number", Reason.NUMBER_IS_PNS),
        (ANI.replace("aktif", "bolos"), "status", Reason.STATUS_UNKNOWN),
        (ANI.replace("ani@kota.example", "ani"), "email", Reason.EMAIL_FORM),
        (ANI.replace("Analis", "A" * 161), "position", Reason.TEXT_TOO_LONG),
    ],
)
def test_one_bad_row_is_named_and_nothing_is_written(
    session: Session, take: Take, line: str, field: str, reason: Reason
) -> None:
    report = take(file_of(BUDI, line, CICI))
    assert [(error.row, error.field, error.reason) for error in report.errors] == [(3, field, reason)]
    assert count(session) == 0
    said = report.lines(wording.sentence)
    assert said[0].startswith(f"Baris 3, kolom {field}: ")
    assert said[-1] == "1 kesalahan. Tidak ada yang ditulis."
    assert "198609262015052001" not in "".join(said)


def test_all_errors_of_all_rows_are_said_at_once(take: Take) -> None:
    report = take(file_of(ANI.replace("pns", "x").replace("aktif", "y"), BUDI.replace("smpn-1", "z"), CICI))
    assert [(error.row, error.field) for error in report.errors] == [
        (2, "kind"),
        (2, "status"),
        (3, "unit_code"),
    ]


def test_a_number_that_stands_twice_names_the_first_row(session: Session, take: Take) -> None:
    report = take(file_of(ANI, BUDI, ANI.replace("198609262015052001", "19860926 201505 2 001")))
    assert [(error.row, error.reason, error.refusal.detail) for error in report.errors] == [
        (4, Reason.NUMBER_TWICE, "2")
    ]
    assert count(session) == 0


def test_a_known_number_cannot_come_back_as_another_kind(session: Session, take: Take) -> None:
    take(file_of(CICI))
    report = take(file_of(CICI.replace("polri", "tni").replace("polres", "kodim")))
    assert [error.reason for error in report.errors] == [Reason.NUMBER_OF_OTHER_KIND]


@pytest.mark.parametrize(
    ("content", "row", "reason"),
    [
        (b"", 0, Reason.ROSTER_EMPTY),
        (b"\xef\xbb\xbf", 0, Reason.ROSTER_EMPTY),
        (b" \r\n\r\n", 0, Reason.ROSTER_EMPTY),
        (HEADER.encode(), 0, Reason.ROSTER_EMPTY),
        (file_of(), 0, Reason.ROSTER_EMPTY),
        ((HEADER + "\n" + ANI).encode("utf-16"), 1, Reason.ROSTER_ENCODING),
        (file_of(ANI) + "Jos\u00e9".encode("latin-1"), 3, Reason.ROSTER_ENCODING),
        (b"PK\x03\x04" + b"\0" * 40, 0, Reason.ROSTER_NOT_CSV),
        (file_of(ANI.replace("Analis", "Ana\0lis")), 0, Reason.ROSTER_NOT_CSV),
        (file_of(ANI, BUDI.replace("Guru", '"Guru')), 3, Reason.ROSTER_NOT_CSV),
        (file_of(ANI, header=HEADER.replace("unit_code", "unit")), 1, Reason.ROSTER_COLUMN_UNKNOWN),
        (file_of(ANI, header=HEADER + ",nik"), 1, Reason.ROSTER_COLUMN_UNKNOWN),
        (file_of(ANI, header=HEADER.replace("email", "name")), 1, Reason.ROSTER_COLUMN_UNKNOWN),
        (file_of(ANI, header=HEADER.replace(",phone", "")), 1, Reason.ROSTER_HEADER),
        (file_of(BUDI, ANI + ",lebih"), 3, Reason.ROSTER_ROW_WIDTH),
        (file_of(ANI, "x"), 3, Reason.ROSTER_ROW_WIDTH),
        (file_of(ANI, BUDI.replace("Guru", "G" * 5000)), 3, Reason.ROSTER_LINE_TOO_LONG),
        (file_of(ANI, BUDI.replace("Guru", "G" * 200_000)), 3, Reason.ROSTER_LINE_TOO_LONG),
        (b"\xff" * 50, 1, Reason.ROSTER_ENCODING),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(
    session: Session, take: Take, content: bytes, row: int, reason: Reason
) -> None:
    report = take(content)
    assert [(error.row, error.reason) for error in report.errors] == [(row, reason)]
    assert count(session) == 0


def test_too_large_and_too_many_are_refused(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 4)
    assert [error.reason for error in take(file_of(*GOOD)).errors] == [Reason.ROSTER_TOO_MANY_ROWS]
    monkeypatch.setattr(rows, "LARGEST_FILE", 100)
    assert [error.reason for error in take(file_of(*GOOD)).errors] == [Reason.ROSTER_TOO_LARGE]


def test_invented_and_real_people_never_stand_together(session: Session, take: Take) -> None:
    take(file_of(ANI), demo=True)
    assert session.scalars(select(Person)).one().demo
    assert [error.reason for error in take(file_of(BUDI)).errors] == [Reason.ROSTER_DEMO_PEOPLE]
    assert take(file_of(BUDI), demo=True).new == 1


def test_a_database_with_real_people_takes_no_invented_ones(session: Session, take: Take) -> None:
    take(file_of(ANI))
    assert service.has_real_people(session)
    assert [error.reason for error in take(file_of(BUDI), demo=True).errors] == [Reason.ROSTER_REAL_PEOPLE]
    assert count(session) == 1


def test_a_closed_unit_takes_nobody(session: Session, take: Take) -> None:
    unit = session.scalars(select(Unit).where(Unit.code == "kel-blooto")).one()
    unit.valid_until = NOW.date().replace(year=2025)
    session.commit()
    assert [error.reason for error in take(file_of(ENI)).errors] == [Reason.UNIT_CLOSED]


def test_a_city_of_3500_is_taken_within_seconds(session: Session, take: Take) -> None:
    units: Any = session.scalars(select(Unit).order_by(Unit.id)).all()
    content = invented.as_csv(invented.invent(units, people=3500, seed=1))
    begun = time.monotonic()
    assert take(content, demo=True).new == 3500
    assert time.monotonic() - begun < 5
    assert counters.check(session) == []
    assert take(content, demo=True).same == 3500


def test_the_lines_of_a_report_stop_somewhere(take: Take) -> None:
    report = take(file_of(*(f"{at},pns,Ani,,,setda,aktif,," for at in range(10_000, 10_300))))
    said = report.lines(wording.sentence)
    assert len(said) == 202
    assert said[-2:] == ["… dan 100 lagi", "300 kesalahan. Tidak ada yang ditulis."]


def test_every_kind_of_person_is_in_the_good_file() -> None:
    assert {line.split(",")[1] for line in (ANI, BUDI, CICI, DEDI, ENI)} == {
        "pns",
        "pppk",
        "polri",
        "tni",
        "non-asn",
    }
