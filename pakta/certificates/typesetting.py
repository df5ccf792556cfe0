"""Typst as one call: a source of ours and a text of data in, a PDF or a picture out."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

import typst

from pakta.core.errors import Reason, Refusal

STANDARD: Final = "a-4f"  # the one PDF/A that may carry any file, and PDF 2.0 already
_turn = Lock()  # a compiler takes one text at a time


def pdf(source: Path, data: str, *, date: datetime) -> bytes:
    """Return a tagged PDF/A-4f; refuses with TEXT_UNPRINTABLE where a letter has no glyph.

    source  reads its data as `json(bytes(sys.inputs.data))`      date  aware; stands in the file
    """
    try:
        with _turn:
            made = _compiler(source).compile(
                format="pdf",
                sys_inputs={"data": data},
                pdf_standards=[STANDARD],
                timestamp=date.replace(microsecond=0),  # typst takes no parts of a second
            )
    except typst.TypstError as error:
        raise _refusal(error) from error
    assert isinstance(made, bytes)
    return made


def png(source: Path, data: str) -> bytes:
    """Return the one page as a PNG, one pixel a point; refuses with TEXT_UNPRINTABLE.

    Pictures show an empty box for a letter without a glyph and PDF/A forbids it, so data that is not
    all ASCII goes through `pdf` first.
    """
    if "\\u" in data:
        pdf(source, data, date=datetime(2000, 1, 1, tzinfo=UTC))
    with _turn:
        made = _compiler(source).compile(format="png", sys_inputs={"data": data}, ppi=72.0)
    assert isinstance(made, bytes)
    return made


@cache
def _compiler(source: Path) -> typst.Compiler:
    """Return the compiler of a source; it sees that file's folder and the fonts that typst carries, no others."""
    return typst.Compiler(str(source), root=str(source.parent), ignore_system_fonts=True)


def _refusal(error: typst.TypstError) -> Exception:
    """Return the refusal for a letter without a glyph; any other error is our fault and stays as it is."""
    return Refusal(Reason.TEXT_UNPRINTABLE) if "could not be displayed" in str(error) else error
