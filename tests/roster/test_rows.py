"""Reading the file of people: every error with its row, its column and its reason."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pakta.core.errors import Reason
from pakta.roster import rows, sheets
from pakta.roster.rows import PersonRow, RowError, UnitFacts
from pakta.web import wording
from tests.roster.conftest import ANI, BUDI, CICI, GOOD, HEADER, file_of

CODES = ("setda", "setda-hukum", "smpn-1", "polres", "kodim", "kel-blooto")
UNITS = {code: UnitFacts(at, f"/{at}/", code, True) for at, code in enumerate(CODES, 1)}


def read(content: bytes) -> tuple[list[PersonRow], list[RowError]]:
    return rows.read(content, units=UNITS, on=date(2026, 11, 23))


def test_a_good_file_gives_its_rows_as_a_spreadsheet_counts_them() -> None:
    people, errors = read(file_of(*GOOD))
    assert errors == []
    assert [(each.row, each.kind) for each in people] == [
        (2, "pns"), (3, "pppk"), (4, "polri"), (5, "tni"), (6, "non-asn"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (ANI.replace("198609262015052001", "1.98609E+17"), "number", Reason.NUMBER_FROM_EXCEL),
        (ANI.replace("198609262015052001", "198602312015052001"), "number", Reason.NIP_BIRTH_DATE),
        (ANI.replace("setda-hukum", "setda-sihir"), "unit_code", Reason.UNIT_UNKNOWN),
        (ANI.replace("Ani Lestari", "Ani " + "L" * 160), "name", Reason.NAME_TOO_LONG),
        (ANI.replace("Ani Lestari", ""), "name", Reason.NAME_MISSING),
        (ANI.replace("Ani Lestari", "Ani\tLestari"), "name", Reason.TEXT_HIDDEN_SIGNS),
        (ANI.replace("Ani Lestari", "Ａｎｉ Lestari"), "name", Reason.NAME_LETTERS),
        (ANI.replace("Ani Lestari", "𝐀ni Lestari"), "name", Reason.NAME_LETTERS),
        (ANI.replace(",pns,", ",honorer,"), "kind", Reason.KIND_UNKNOWN),
        (ANI.replace(",pns,", ",pppk,"), "number", Reason.NUMBER_IS_PNS),
        (ANI.replace("aktif", "bolos"), "status", Reason.STATUS_UNKNOWN),
        (ANI.replace("ani@kota.id", "ani"), "email", Reason.EMAIL_FORM),
        (ANI.replace("Analis", "A" * 161), "position", Reason.TEXT_TOO_LONG),
    ],
)
def test_a_bad_row_is_named_with_its_column_and_reason(line: str, field: str, reason: Reason) -> None:
    errors = read(file_of(BUDI, line, CICI))[1]
    assert [(error.row, error.field, error.reason) for error in errors] == [(3, field, reason)]
    assert "198609262015052001" not in wording.sentence(errors[0].refusal)


def test_all_errors_of_all_rows_are_said_at_once() -> None:
    errors = read(file_of(ANI.replace("pns", "x").replace("aktif", "y"), BUDI.replace("smpn-1", "z"), CICI))[1]
    assert [(error.row, error.field) for error in errors] == [(2, "kind"), (2, "status"), (3, "unit_code")]


def test_a_number_that_stands_twice_names_the_first_row() -> None:
    errors = read(file_of(ANI, BUDI, ANI.replace("198609262015052001", "19860926 201505 2 001")))[1]
    assert [(error.row, error.reason, error.refusal.detail) for error in errors] == [(4, Reason.NUMBER_TWICE, "2")]


@pytest.mark.parametrize(
    ("content", "row", "reason"),
    [
        (b"", 0, Reason.ROSTER_EMPTY),
        (b"\xef\xbb\xbf", 0, Reason.ROSTER_EMPTY),
        (b" \r\n\r\n", 0, Reason.ROSTER_EMPTY),
        (HEADER.encode(), 0, Reason.ROSTER_EMPTY),
        (file_of(), 0, Reason.ROSTER_EMPTY),
        (b"198609262015052001,pns,Siti Lestari,smpn-1", 1, Reason.ROSTER_NO_TITLES),
        ((HEADER + "\n" + ANI).encode("utf-16"), 1, Reason.ROSTER_ENCODING),
        (file_of(ANI) + "Jos\u00e9".encode("latin-1"), 3, Reason.ROSTER_ENCODING),
        (b"PK\x03\x04" + b"\0" * 40, 0, Reason.ROSTER_WORKBOOK),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 40, 0, Reason.ROSTER_NOT_CSV),
        (b"%PDF-1.7\n%\xe2\xe3", 0, Reason.ROSTER_NOT_CSV),
        (file_of(ANI.replace("Analis", "Ana\0lis")), 0, Reason.ROSTER_NOT_CSV),
        (file_of(ANI, BUDI.replace("Guru", '"Guru')), 3, Reason.ROSTER_NOT_CSV),
        (file_of(ANI, header=HEADER.replace("unit_code", "unit")), 1, Reason.ROSTER_COLUMN_UNKNOWN),
        (file_of(ANI, header=HEADER + ",nik"), 1, Reason.ROSTER_COLUMN_UNKNOWN),
        (file_of(ANI, header=HEADER.replace("email", "name")), 1, Reason.ROSTER_COLUMN_UNKNOWN),
        (file_of(ANI, header=HEADER.replace(",phone", "")), 1, Reason.ROSTER_HEADER),
        (file_of(ANI, BUDI.replace("Guru", "G" * 5000)), 3, Reason.ROSTER_LINE_TOO_LONG),
        (file_of(ANI, BUDI.replace("Guru", "G" * 200_000)), 3, Reason.ROSTER_LINE_TOO_LONG),
        (b"\xff" * 50, 1, Reason.ROSTER_ENCODING),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(content: bytes, row: int, reason: Reason) -> None:
    people, errors = read(content)
    assert [(error.row, error.reason) for error in errors] == [(row, reason)]
    assert people == []


def test_too_large_and_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 4)
    assert [error.reason for error in read(file_of(*GOOD))[1]] == [Reason.ROSTER_TOO_MANY_ROWS]
    monkeypatch.setattr(sheets, "LARGEST_FILE", 100)
    assert [error.reason for error in read(file_of(*GOOD))[1]] == [Reason.ROSTER_TOO_LARGE]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert read(content)[1]
    read(HEADER.encode() + b"\n" + content)


@given(st.lists(st.text(max_size=30), min_size=9, max_size=9))
def test_any_cells_are_read_or_refused(cells: list[str]) -> None:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    people, errors = read((HEADER + "\n" + out.getvalue()).encode("utf-8", "surrogatepass"))
    assert people == [] or not errors


def test_a_row_that_is_too_short_hides_no_other_error() -> None:
    errors = read(file_of(ANI + ",lebih", "x", BUDI.replace("smpn-1", "z"), CICI.rsplit(",", 1)[0]))[1]
    assert [(error.row, error.reason) for error in errors] == [
        (2, Reason.ROSTER_ROW_WIDTH), (3, Reason.ROSTER_ROW_WIDTH), (4, Reason.UNIT_UNKNOWN),
        (5, Reason.ROSTER_ROW_WIDTH),
    ]  # fmt: skip


def test_letters_with_marks_are_a_name() -> None:
    people, errors = read(file_of(ANI.replace("Ani Lestari", '"Ḥasan Ü. Żółć, S.Pd"')))
    assert (errors, [each.name for each in people]) == ([], ["Ḥasan Ü. Żółć, S.Pd"])
