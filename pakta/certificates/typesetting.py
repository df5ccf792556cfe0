"""Typst as one call: a source of ours and a text of data in, a PDF or a picture out.

A source says `#let NAME(d) = …`, NAME being its own file's name.  What is called here is one line that hands
it the data, so that typst keeps whatever it has set before and finds again.
"""

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


def pdf(source: Path, data: str, *, date: datetime, arms: bytes | None = None) -> bytes:
    """Return a tagged PDF/A-4f; refuses with TEXT_UNPRINTABLE where a letter has no glyph.

    data  a JSON text, all ASCII      date  aware; stands in the file      arms  a PNG, the same for all documents
    """
    try:
        with _turn:
            made = _compiler(source.parent, arms).compile(
                _call(source, data),
                format="pdf",
                pdf_standards=[STANDARD],
                timestamp=date.replace(microsecond=0),  # typst takes no parts of a second
            )
    except typst.TypstError as error:
        raise _refusal(error) from error
    assert isinstance(made, bytes)
    return made


def png(source: Path, data: str, *, arms: bytes | None = None) -> bytes:
    """Return the one page as a PNG, one pixel a point; refuses with TEXT_UNPRINTABLE.

    Pictures show an empty box for a letter without a glyph and PDF/A forbids it, so data that is not
    all ASCII goes through `pdf` first.
    """
    if "\\u" in data:
        pdf(source, data, date=datetime(2000, 1, 1, tzinfo=UTC), arms=arms)
    with _turn:
        made = _compiler(source.parent, arms).compile(_call(source, data), format="png", ppi=72.0)
    assert isinstance(made, bytes)
    return made


def _call(source: Path, data: str) -> bytes:
    """Return the line that calls a source with the data, which stays data: one string, whatever is in it."""
    if not data.isascii():
        raise ValueError("data for typst must be JSON in ASCII")
    told = data.replace("\\", "\\\\").replace('"', '\\"')
    return f'#import "/{source.name}": {source.stem}\n#{source.stem}(json(bytes("{told}")))\n'.encode()


@cache
def _compiler(folder: Path, arms: bytes | None) -> typst.Compiler:
    """Return the compiler of a folder's sources; it sees that folder and the fonts that typst carries, no others."""
    told = {} if arms is None else {"arms": str(list(arms))}
    return typst.Compiler(root=str(folder), ignore_system_fonts=True, sys_inputs=told)


def _refusal(error: typst.TypstError) -> Exception:
    """Return the refusal for a letter without a glyph; any other error is our fault and stays as it is."""
    return Refusal(Reason.TEXT_UNPRINTABLE) if "could not be displayed" in str(error) else error
