"""What is said of a file's seal: whose it is, how far it reaches, its level, and whose word its time is.

A timestamp is made after the seal and before anybody reads it.  One that says otherwise is wrong, whoever signed it:
the authority's clock was, or ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from pakta.core.verdict import Mark
from pakta.timestamps.level import Level
from pakta.verification.pdf import PdfFacts
from pakta.verification.stamps import Stamped

Fact = tuple[str, str]
Fill = Callable[..., str]
EARLIER = timedelta(minutes=5)  # that a timestamp may lie before the seal: `authority.SKEW`
AHEAD = timedelta(minutes=10)  # that it may lie ahead of the reader's own clock


def facts(read: PdfFacts, *, fill: Fill, now: datetime) -> Iterator[Fact]:
    """Say of the seal what was found; the first two lines are of the seal itself, the others of timestamps.

    fill  fills the blanks of a text for people
    """
    intact = "Segel utuh ({level}), oleh {by}, {at} menurut segel itu sendiri"
    alone = "Segel utuh ({level}), oleh {by}, {at} menurut segel itu sendiri, tanpa cap waktu"
    told = intact if read.stamp else alone
    yield Mark.YES, fill(told, level=_level(read, fill), by=read.sealed_by, at=read.sealed_at)
    if read.archived is None:
        yield Mark.YES, "Segel mencakup seluruh berkas"
    else:
        yield Mark.YES, "Segel mencakup seluruh isi; sesudahnya hanya ada bukti arsip, dan isinya tidak berubah"
    if read.stamp is not None:
        yield _time(read.stamp, fill)
    if read.archived is not None:
        yield _archived(read.archived, fill)
    yield from _untrue(read, fill, now)
    yield from _missing(read, fill)


def _level(read: PdfFacts, fill: Fill) -> str:
    """Return the level that was found; with timestamps of unknown authorities, the one that the seal claims."""
    if all(each.stamp for each in (read.stamp, read.archived) if each):
        return f"PAdES {read.level}"
    if read.claimed:
        return fill("menyatakan PAdES {level}; ada cap waktu, belum diperiksa", level=str(read.claimed))
    return fill("ada cap waktu, belum diperiksa")


def _time(stamp: Stamped, fill: Fill) -> Fact:
    if stamp.stamp is None:
        return Mark.UNCHECKED, "Cap waktu pada segel belum diperiksa: otoritasnya tidak dikenal di sini"
    there = "Cap waktu: segel sudah ada {at}, menurut {by}"
    return Mark.YES, fill(there, at=stamp.stamp.at, by=stamp.stamp.by)


def _archived(archived: Stamped, fill: Fill) -> Fact:
    if archived.stamp is None:
        return Mark.UNCHECKED, "Cap waktu atas seluruh berkas belum diperiksa: otoritasnya tidak dikenal di sini"
    over = "Cap waktu atas seluruh berkas {at}, menurut {by}"
    return Mark.YES, fill(over, at=archived.stamp.at, by=archived.stamp.by)


def _untrue(read: PdfFacts, fill: Fill, now: datetime) -> Iterator[Fact]:
    """Say of each known timestamp that lies before the seal, or in the future, that it cannot be true."""
    for each in (read.stamp, read.archived):
        at = each.stamp.at if each and each.stamp else None
        if at and at < read.sealed_at - EARLIER:
            yield Mark.NO, fill("Cap waktu {at} mendahului segelnya: tidak mungkin benar", at=at)
        elif at and at > now + AHEAD:
            yield Mark.NO, fill("Cap waktu {at} ada di masa depan: tidak mungkin benar", at=at)


def _missing(read: PdfFacts, fill: Fill) -> Iterator[Fact]:
    """Say that a seal claims timestamps which the file lacks: they were taken off, for nobody made it so."""
    has_stamps = (read.stamp is not None) + (read.archived is not None)
    claims = {None: 0, Level.B_B: 0, Level.B_T: 1, Level.B_LTA: 2}[read.claimed]
    if has_stamps < claims:
        lacking = "Segel menyatakan PAdES {level}, tetapi cap waktunya tidak lengkap di berkas ini"
        yield Mark.NO, fill(lacking, level=str(read.claimed))
