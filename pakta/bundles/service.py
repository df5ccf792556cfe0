"""Asking for a bundle, and streaming it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.bundles import listing, rules, zipping
from pakta.bundles.listing import Choice, Line
from pakta.bundles.rules import Left
from pakta.certificates import documents
from pakta.certificates.models import Document
from pakta.core import number as numbers
from pakta.core.policy import Policy
from pakta.coverage import exporting
from pakta.jobs import service as jobs
from pakta.jobs.models import Job
from pakta.keyring import SealKey
from pakta.roster.models import Unit


def ask(session: Session, *, unit: Unit, choice: Choice, account_id: int, now: datetime) -> Job:
    """Return the job that makes what is missing of a bundle; while it is open, the same one again."""
    asked = jobs.Asked(
        kind=listing.KIND,
        account_id=account_id,
        unit_id=unit.id,
        subject=choice.edition.code,
        title=f"Lembar {choice.edition.code}, {unit.name}",
        back=f"/cakupan/{unit.code}",
        until=choice.last,
        total=choice.valid,
        costly=choice.costly,
    )
    return jobs.ask(session, asked=asked, now=now)


def file_name(*, unit: Unit, edition_code: str) -> str:
    """Return what the zip is called."""
    return f"lembar-{rules.folder_name(unit.code)}-{rules.folder_name(edition_code)}.zip"


def stream(
    reading: Callable[[], Session],
    *,
    unit: Unit,
    edition_code: str,
    failures: Mapping[int, str],
    policy: Policy | None,
    seal: SealKey,
    now: datetime,
    zone: tzinfo,
) -> Iterator[bytes]:
    """Yield the zip: the lembar by unit and name, then DAFTAR.csv.

    seal     lembar of one that was lost are left out: the next job makes them anew
    reading  gives the session; each unit and each lembar is read by itself, so that no snapshot is held for as
             long as a slow line takes
    """
    stream, written = zipping.Stream(), [exporting.csv_line(rules.HEAD)]
    session = reading()
    terms = listing.terms(session, edition_code=edition_code, failures=failures, now=now, policy=policy)
    for each in listing.places(session, within=unit):
        lines = listing.lines(session, unit=each, terms=terms)
        session.rollback()
        for line in lines:
            stored = _stored(session, line)
            is_lost = stored is not None and documents.is_lost(stored[0], key=seal)
            if stored is not None and not is_lost:
                yield stream.add(line.file, stored[0], at=stored[1].astimezone(zone))
            written.append(exporting.csv_line(_cells(line, is_there=stored is not None, is_lost=is_lost)))
    yield stream.add(rules.LIST, (exporting.MARK + "".join(written)).encode(), at=now.astimezone(zone))
    yield stream.close()


def _stored(session: Session, line: Line) -> tuple[bytes, datetime] | None:
    """Return a line's lembar as it is stored and when it was made; None where there is none, or none any more."""
    if not line.file:
        return None
    wanted = select(Document.content, Document.made_at).where(
        Document.credential_id == line.credential_id, Document.kind == listing.KIND
    )
    found = session.execute(wanted).first()
    session.rollback()  # before a slow line takes it
    return None if found is None else (found[0], found[1])


def _cells(line: Line, *, is_there: bool, is_lost: bool) -> Sequence[str]:
    if line.file and not is_there:
        return ("", "", line.unit, "", Left.ERASED)
    number = numbers.spoken(line.number) if line.number else ""
    if is_lost:
        return (number, line.name, line.unit, "", Left.LATER)
    return (number, line.name, line.unit, line.file, line.left or "")
