"""An Excel workbook's first sheet as text, read in a process of its own that a bomb may end.

    python -m pakta.roster.workbook MOST_ROWS < FILE        answers JSON: {"rows": […]} or {"reason": …, "detail": …}

Rules  The archive is unpacked by us up to `MOST_UNPACKED` and handed on unpacked, whatever it says of its own sizes.
       A number of 15 digits and fewer is its digits; a longer one is written as Excel shows it (1.98609E+17), since
       Excel has lost its last digits already, and the check of numbers then says so by its name.
"""

from __future__ import annotations

import codecs
import io
import json
import math
import resource
import subprocess
import sys
import zipfile
import zlib
from datetime import date, datetime, time
from pathlib import Path

import python_calamine

from pakta.core.errors import Reason, Refusal

HOME = Path(__file__).resolve().parents[2]  # where the package lies that is started
MOST_UNPACKED = 96 * 1024 * 1024  # bytes of all parts that are read; 100,000 rows of nine columns had 40 MB
MOST_PARTS = 400
MOST_COLUMNS = 100
MEMORY = 1024 * 1024 * 1024  # bytes of address space
PROCESSOR = 12  # seconds of processor time; 100,000 rows of nine columns take about 3
PATIENCE = 40.0  # seconds, where other work takes the cores
HEAVY, BROKEN = "terlalu berat untuk dibaca", "rusak, bersandi, atau bukan .xlsx"
EXACT = 10**15  # Excel keeps 15 digits of a number


def read(content: bytes, *, most_rows: int) -> list[list[str]]:
    """Return the rows of a workbook's first sheet from row 1 on, as text.  Refuses with ROSTER_WORKBOOK."""
    command = (sys.executable, "-X", "utf8", "-m", "pakta.roster.workbook", str(most_rows))
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, input=content, capture_output=True, timeout=PATIENCE, cwd=HOME, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise Refusal(Reason.ROSTER_WORKBOOK, HEAVY) from None
    if done.returncode:
        raise Refusal(Reason.ROSTER_WORKBOOK, HEAVY if done.returncode < 0 else BROKEN)
    told = json.loads(done.stdout)
    if "reason" in told:
        raise Refusal(Reason(told["reason"]), told["detail"])
    rows: list[list[str]] = told["rows"]
    return rows


def main() -> None:
    """Read standard input, and answer."""
    most_rows, content = int(sys.argv[1]), sys.stdin.buffer.read()
    confine()
    try:
        told: dict[str, object] = {"rows": _rows(content, most_rows)}
    except Refusal as refusal:
        told = {"reason": refusal.reason.value, "detail": refusal.detail}
    sys.stdout.write(json.dumps(told))


def confine() -> None:
    """Give up what reading does not need: other files, memory, time."""
    codecs.lookup("cp437")  # an archive's names are in it, and later no file can be opened, not even Python's own
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, PROCESSOR), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 0),
    ):  # fmt: skip
        resource.setrlimit(limit, (most, most))


def _rows(content: bytes, most_rows: int) -> list[list[str]]:
    try:
        book = python_calamine.load_workbook(io.BytesIO(_unpacked(content)))
        sheet = book.get_sheet_by_index(0)
        if sheet.total_width > MOST_COLUMNS:
            raise Refusal(Reason.ROSTER_WORKBOOK, f"lebih dari {MOST_COLUMNS} kolom")
        if sheet.total_height > 2 * most_rows:
            raise Refusal(Reason.ROSTER_WORKBOOK, f"lebih dari {2 * most_rows} baris, juga yang kosong")
        return [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except (python_calamine.CalamineError, zipfile.BadZipFile, zlib.error, IndexError, EOFError) as error:
        raise Refusal(Reason.ROSTER_WORKBOOK, BROKEN) from error
    except MemoryError as error:
        raise Refusal(Reason.ROSTER_WORKBOOK, HEAVY) from error


def _unpacked(content: bytes) -> bytes:
    """Return the same archive with its parts unpacked: what reads it then meets no size that is not true."""
    left, made = MOST_UNPACKED, io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(made, "w") as out:
        parts = [each for each in given.infolist() if each.filename.endswith((".xml", ".rels"))]
        if len(parts) > MOST_PARTS:
            raise Refusal(Reason.ROSTER_WORKBOOK, HEAVY)
        for each in parts:
            with given.open(each) as stream:
                found = stream.read(left + 1)
            left -= len(found)
            if left < 0:
                raise Refusal(Reason.ROSTER_WORKBOOK, HEAVY)
            out.writestr(each.filename, found)
    return made.getvalue()


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return _number(float(cell))
    if isinstance(cell, date | datetime | time):
        return cell.isoformat()
    return str(cell)


def _number(value: float) -> str:
    if not math.isfinite(value) or abs(value) >= EXACT:
        return f"{value:.5E}"
    return str(int(value)) if value == int(value) else repr(value)


if __name__ == "__main__":
    main()
