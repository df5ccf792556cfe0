"""Typst as one call: a source of ours and a text of data in, a PDF or a picture out."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Literal

import typst

from pakta.core.errors import Reason, Refusal

_turn = Lock()  # a compiler takes one text at a time


def pdf(source: Path, data: str, *, standard: Literal["a-4f"], date: datetime) -> bytes:
    """Return a tagged PDF; refuses with TEXT_UNPRINTABLE where a letter has no glyph.

    source  reads its data as `json(bytes(sys.inputs.data))`      date  aware; stands in the file
    """
    seconds = date.replace(microsecond=0)  # typst takes no parts of one
    try:
        with _turn:
            made = _compiler(source).compile(
                format="pdf", sys_inputs={"data": data}, pdf_standards=[standard], timestamp=seconds
            )
    except typst.TypstError as error:
        raise _refusal(error) from error
    assert isinstance(made, bytes)
    return made


def png(source: Path, data: str) -> bytes:
    """Return the one page as a PNG, one pixel a point."""
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
