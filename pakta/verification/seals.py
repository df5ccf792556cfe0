"""What is said of a file's seal: whose it is, how far it reaches, its level, and whose word its time is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from pakta.core.verdict import Mark
from pakta.timestamps.level import Level
from pakta.verification.pdf import PdfFacts, Stamped

Fact = tuple[str, str]
Moment = Callable[[datetime], str]


def facts(read: PdfFacts, *, moment: Moment) -> Iterator[Fact]:
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
    yield from _missing(read)


def _level(read: PdfFacts) -> str:
    """Return the level that was found; with timestamps that nobody judged here, the one that the seal claims."""
    if read.stamp is None or read.stamp.judged:
        return f"PAdES {read.level}"
    claimed = f"menyatakan PAdES {read.claimed}; " if read.claimed else ""
    return f"{claimed}ada cap waktu, belum diperiksa"


def _time(stamp: Stamped, moment: Moment) -> Fact:
    if not stamp.judged:
        return Mark.UNCHECKED, "Cap waktu pada segel belum diperiksa: di sini belum ada otoritas waktu yang dipercaya"
    if stamp.stamp is None:
        return Mark.NO, "Cap waktu pada segel tidak cocok, atau bukan dari otoritas waktu yang dipercaya"
    return Mark.YES, f"Cap waktu: segel sudah ada {moment(stamp.stamp.at)}, menurut {stamp.stamp.by}"


def _archived(archived: Stamped, moment: Moment) -> Fact:
    if archived.stamp is None:
        return Mark.UNCHECKED, "Cap waktu atas seluruh berkas belum diperiksa"
    when = moment(archived.stamp.at)
    return Mark.YES, f"Cap waktu atas seluruh berkas {when}, menurut {archived.stamp.by}"


def _missing(read: PdfFacts) -> Iterator[Fact]:
    """Say that a seal claims timestamps which the file lacks: they were taken off, for nobody made it so."""
    has_stamps = (read.stamp is not None) + (read.archived is not None)
    claims = {None: 0, Level.B_B: 0, Level.B_T: 1, Level.B_LTA: 2}[read.claimed]
    if has_stamps < claims:
        yield Mark.NO, f"Segel menyatakan PAdES {read.claimed}, tetapi cap waktunya tidak lengkap di berkas ini"
