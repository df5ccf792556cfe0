"""`python -m pakta verify`: the same verdict, on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from pakta.config import Config
from pakta.core import keyset
from pakta.core.errors import Refusal
from pakta.core.verdict import Verdict
from pakta.verification import files, presentation, service
from pakta.verification.files import Files

ADDRESS = re.compile(rb"https?://[^\s#\"'<>]+#[0-9]+")
LARGEST = 10 * 1_048_576  # bytes of a file
SIGNS = {"yes": "[ya]", "no": "[TIDAK]", "unchecked": "[belum]"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the command prints, and whether every verdict is one of the two SAH."""

    lines: tuple[str, ...]
    good: bool


def verify(target: str, *, source: str | None, config: Config, now: datetime) -> Outcome:
    """Check an address or a file.

    source  the origin to fetch from, or None: our own database where it holds the host's ledger,
            else the configured origin; no other host is ever asked
    """
    origin = (source or config.origin).rstrip("/")
    try:
        addresses = _addresses(target)
    except OSError as error:
        return Outcome((f"Berkas tidak dapat dibaca: {error.strerror}",), good=False)
    if not addresses:
        return Outcome(("TIDAK DIKENAL", "Tidak ada alamat sertifikat di sini. Kode: ADDRESS_MALFORMED"), good=False)
    with _published(origin, local=None if source else config.database_url) as (published, where):
        verdicts = [service.judge(published, address=each, origin=origin, now=now) for each in addresses]
    lines = [line for each in verdicts for line in _lines(each, host=urlsplit(origin).netloc)]
    return Outcome((*lines, f"Data: {where}"), good=all(each.good for each in verdicts))


def _addresses(target: str) -> list[str]:
    """Return the addresses in what was given: itself, or those in the file of that name."""
    if target.startswith(("http://", "https://")):
        return [target]
    with Path(target).open("rb") as file:
        data = file.read(LARGEST)
    return list(dict.fromkeys(found.decode() for found in ADDRESS.findall(data)))


@contextmanager
def _published(origin: str, *, local: str | None) -> Iterator[tuple[Files, str]]:
    """Give the published files and say where they come from."""
    with ExitStack() as stack:
        if local is not None:
            own = _own(stack, local, host=urlsplit(origin).netloc)
            if own is not None:
                yield own, "basis data di mesin ini"
                return
        yield files.from_origin(origin), f"diambil dari {origin}"


def _own(stack: ExitStack, url: str, *, host: str) -> Files | None:
    """Return the files of the database at `url` if it is there and holds the ledger of `host`."""
    path = make_url(url).database or ""
    if url.startswith("sqlite") and not Path(path).is_file():
        return None
    engine = create_engine(url)
    stack.callback(engine.dispose)
    try:
        published = files.from_database(stack.enter_context(Session(engine)))
        known = keyset.parse(published.key_set) if published.key_set else None
    except (SQLAlchemyError, Refusal):
        return None
    return published if known is not None and known.issuer == host else None


def _lines(verdict: Verdict, *, host: str) -> Iterator[str]:
    shown = presentation.show(verdict, host=host)
    yield shown.word
    yield shown.sentence + (f" Kode: {shown.reason}" if shown.reason else "")
    if shown.name:
        yield f"{shown.name}, {shown.unit}"
        yield f"Pakta {shown.edition}. " + ". ".join(f"{term}: {value}" for term, value in shown.facts)
    for mark, text in shown.checks:
        yield f"  {SIGNS[mark]} {text}"
