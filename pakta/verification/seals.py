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
Moment = Callable[[datetime], str]
EARLIER = timedelta(minutes=5)  # that a timestamp may lie before the seal: `authority.SKEW`
AHEAD = timedelta(minutes=10)  # that it may lie ahead of the reader's own clock


def facts(read: PdfFacts, *, moment: Moment, now: datetime) -> Iterator[Fact]:
    """Say of the seal what was found; the first two lines are of the seal itself, the others of timestamps.

    moment  how a moment is written for people
    """
    alone = "" if read.stamp else ", tanpa cap waktu"
    who = f"Segel utuh ({_level(read)}), oleh {read.sealed_by}"
    yield Mark.YES, f"{who}, {moment(read.sealed_at)} menurut segel itu sendiri{alone}"
    if read.archived is None:
        yield Mark.YES, "Segel mencakup seluruh berkas"
    else:
        yield Mark.YES, "Segel mencakup seluruh isi; sesudahnya hanya ada bukti arsip, dan isinya tidak berubah"
    if read.stamp is not None:
        yield _time(read.stamp, moment)
    if read.archived is not None:
        yield _archived(read.archived, moment)
    yield from _untrue(read, moment, now)
    yield from _missing(read)


def _level(read: PdfFacts) -> str:
    """Return the level that was found; with timestamps of unknown authorities, the one that the seal claims."""
    if all(each.stamp for each in (read.stamp, read.archived) if each):
        return f"PAdES {read.level}"
    claimed = f"menyatakan PAdES {read.claimed}; " if read.claimed else ""
    return f"{claimed}ada cap waktu, belum diperiksa"


def _time(stamp: Stamped, moment: Moment) -> Fact:
    if stamp.stamp is None:
        return Mark.UNCHECKED, "Cap waktu pada segel belum diperiksa: otoritasnya tidak dikenal di sini"
    return Mark.YES, f"Cap waktu: segel sudah ada {moment(stamp.stamp.at)}, menurut {stamp.stamp.by}"


def _archived(archived: Stamped, moment: Moment) -> Fact:
    if archived.stamp is None:
        return Mark.UNCHECKED, "Cap waktu atas seluruh berkas belum diperiksa: otoritasnya tidak dikenal di sini"
    when = moment(archived.stamp.at)
    return Mark.YES, f"Cap waktu atas seluruh berkas {when}, menurut {archived.stamp.by}"


def _untrue(read: PdfFacts, moment: Moment, now: datetime) -> Iterator[Fact]:
    """Say of each known timestamp that lies before the seal, or in the future, that it cannot be true."""
    for each in (read.stamp, read.archived):
        at = each.stamp.at if each and each.stamp else None
        if at and at < read.sealed_at - EARLIER:
            yield Mark.NO, f"Cap waktu {moment(at)} mendahului segelnya: tidak mungkin benar"
        elif at and at > now + AHEAD:
            yield Mark.NO, f"Cap waktu {moment(at)} ada di masa depan: tidak mungkin benar"


def _missing(read: PdfFacts) -> Iterator[Fact]:
    """Say that a seal claims timestamps which the file lacks: they were taken off, for nobody made it so."""
    has_stamps = (read.stamp is not None) + (read.archived is not None)
    claims = {None: 0, Level.B_B: 0, Level.B_T: 1, Level.B_LTA: 2}[read.claimed]
    if has_stamps < claims:
        yield Mark.NO, f"Segel menyatakan PAdES {read.claimed}, tetapi cap waktunya tidak lengkap di berkas ini"
