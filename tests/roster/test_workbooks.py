"""Excel workbooks of people: numbers come out as text, and no bomb is waited for."""

from __future__ import annotations

import io
import resource
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from pakta.core.errors import Reason
from pakta.roster import columns, sheets
from pakta.roster.importing import Report
from tests.roster.conftest import ANI, HEADER

Take = Callable[..., Report]
TITLES = HEADER.split(",")
CELLS = ["198609262015052001", "pns", "Ani Lestari", "Penata", "Analis", "setda-hukum", "aktif", "", "08123456789"]


def workbook(*lines: Sequence[Any], titles: Sequence[str] = TITLES) -> bytes:
    """Return a workbook; text is written as text, numbers as numbers."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([titles, *lines]):
            for column, cell in enumerate(cells):
                (sheet.write_string if isinstance(cell, str) else sheet.write)(row, column, cell)
    return out.getvalue()


def refusal(content: bytes) -> tuple[Reason, str]:
    """Return why a file cannot be read."""
    with pytest.raises(sheets.UnreadableError) as caught:
        sheets.read(content)
    return caught.value.error.reason, caught.value.error.refusal.detail


def spent() -> float:
    """Return the seconds of processor time of the processes that read: what else runs here takes none of them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_workbook_is_taken_as_a_csv_file_is(take: Take) -> None:
    assert take(workbook(CELLS)).new == 1
    assert take((HEADER + "\n" + ANI).encode()).changed == 1


def test_numbers_that_excel_rounded_and_zeros_that_it_lost_are_named(take: Take) -> None:
    rounded = [198609262015052001, *CELLS[1:]]
    polri = [5091234, "polri", "Cici", "", "", "polres", "", "", 8123456789]
    report = take(workbook(rounded, polri))
    assert [(error.row, error.field, error.reason, error.refusal.detail) for error in report.errors] == [
        (2, "number", Reason.NUMBER_FROM_EXCEL, "1.98609E+17"),
        (3, "number", Reason.NRP_LOST_ZERO, "7"),
        (3, "phone", Reason.PHONE_LOST_ZERO, ""),
    ]


def test_a_short_number_is_its_digits_and_blank_lines_keep_the_count_of_rows() -> None:
    found = sheets.read(workbook([], [85091234, 1.5, True], [], [date(2026, 1, 2)], titles=["a", "b", "c", ""]))
    assert found.header == ("a", "b", "c")
    assert [row for row, _ in found.lines] == [3, 5]
    assert found.lines[0][1] == ("85091234", "1.5", "TRUE")


def test_a_lying_bomb_and_a_sheet_as_wide_as_the_sky_are_refused_within_two_seconds() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(110):
                part.write(b" " * 1024 * 1024)
    honest = out.getvalue()
    lying = honest.replace((110 * 1024 * 1024).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lying != honest and len(lying) < 500_000
    sky = io.BytesIO()
    with xlsxwriter.Workbook(sky, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "number")
        sheet.write_string(1048575, 16383, "x")
    for bomb in (honest, lying, sky.getvalue()):
        before = spent()
        assert refusal(bomb)[0] is Reason.ROSTER_WORKBOOK
        assert spent() - before < 2


def test_what_only_begins_as_an_archive_is_refused() -> None:
    assert refusal(workbook(CELLS)[:900]) == (Reason.ROSTER_WORKBOOK, "rusak, bersandi, atau bukan .xlsx")


def test_columns_are_guessed_by_what_offices_write_over_them() -> None:
    titles = ["No", "NIP", "Nama Lengkap", "Pangkat/Gol.", "Jabatan", "Kode Unit Kerja", "No. HP", "Jenis Pegawai"]
    assert columns.guess(titles) == {
        "number": 1, "kind": 7, "name": 2, "rank": 3, "position": 4, "unit_code": 5, "phone": 6,
    }  # fmt: skip


def test_a_file_with_indonesian_titles_needs_no_mapping(take: Take) -> None:
    titles = ["NIP", "Jenis", "Nama", "Pangkat", "Jabatan", "Kode unit", "Status", "Surel", "Telepon"]
    assert take(workbook(CELLS, titles=titles)).new == 1
