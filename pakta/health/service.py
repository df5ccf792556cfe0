"""Looking at what must go on by itself: issuing, heads, the worker, witnesses, the status list, jobs.

Whether a pact can be issued is not guessed: `rehearse` goes the way that issuing goes, as far as it can be
gone without an entry, and whoever calls it commits.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy.orm import Session

from pakta.certificates import documents, issuing, publishing
from pakta.config import Config
from pakta.core.errors import Reason, Refusal
from pakta.database import storage_refusal
from pakta.health.models import Heartbeat
from pakta.jobs import service as jobs
from pakta.keyring import Keyring
from pakta.ledger import heads, witnessing
from pakta.ledger import service as ledger
from pakta.timestamps.level import Level

HEAD_LATE = timedelta(minutes=1)
WORKER_LATE = timedelta(minutes=2)
WITNESSES_LATE = timedelta(minutes=10)
PROBE = b"pakta/kesehatan/v1\n"  # what the keys sign here; neither a COSE structure nor a note begins like it
WORKER, REHEARSAL, MAIL = "worker", "rehearsal", "mail"
COUNTED = 9_999  # files below the level: anybody may ask, so no more are counted
NO_STAMP = (
    "Berkas terakhir ({when}) tanpa cap waktu: waktu itu otoritas waktu belum dipasang, atau tidak dapat dipakai."
    " Berkas itu tetap sah.{lower}"
)
NO_ARCHIVE = (
    "Berkas terakhir ({when}) PAdES B-T, bukan B-LTA: waktu itu B-LTA belum diminta, atau segelnya tanpa daftar cabut"
    " (`keys list`).{lower}"
)
NO_SERVER = "Server surat tidak menjawab sejak {since}. Pengingat yang belum dikirim dicoba lagi."
NO_MAIL = "Server surat menolak surat dari sini sejak {since}. Pengingat yang belum dikirim dicoba lagi."
GROUP = 4096  # bytes for which the copy's disk must have room


class State(StrEnum):
    """How a check ended."""

    GOOD = "baik"
    ATTENTION = "perhatian"
    STOPPED = "berhenti"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its name for programs, its name for people, how it stands, in words.

    reason  the word of the refusal that stops it; empty where there is none
    """

    name: str
    title: str
    state: State
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """How refusals, and texts with blanks, are written for people."""

    sentence: Callable[[Refusal], str]
    fill: Callable[..., str]


def rehearse(session: Session, *, keyring: Keyring, config: Config, now: datetime) -> None:
    """Do what issuing a pact does, without the pact: its checks, its keys, and a row that is written.

    Refuses as `issuing.key_to_issue_with` does, with KEY_UNREACHABLE, or, at the commit too, as
    `database.storage_refusal` says.
    """
    issuing.key_to_issue_with(session, keyring=keyring, now=now).sign(PROBE)
    keyring.ledger.sign(PROBE)
    if config.log_copy:
        _find_room(config.log_copy)
    beat(session, name=REHEARSAL, now=now)


def beat(session: Session, *, name: str, now: datetime, trouble: str = "") -> None:
    """Note that something lives, and what it fails at."""
    session.merge(Heartbeat(name=name, at=now, trouble=trouble))
    session.flush()


def report(session: Session, *, now: datetime, config: Config, words: Words, refusal: Refusal | None) -> list[Check]:
    """Return how everything stands.

    refusal  what a rehearsal of issuing ended with
    """
    return [
        _heads(session, now=now, words=words),
        _worker(session, now=now, words=words),
        _witnesses(session, now=now, config=config, words=words),
        _status_list(session, now=now, words=words),
        *_timestamps(session, config=config, words=words),
        _issuing(session, words=words, refusal=refusal),
        _jobs(session, now=now, words=words),
        *_mail(session, config=config, words=words),
    ]


def worst(checks: list[Check]) -> State:
    """Return the worst state among checks."""
    return max((each.state for each in checks), key=list(State).index)


def _find_room(path: Path) -> None:
    """Write and remove a file beside the copy of the ledger."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}-") as file:
            file.write(bytes(GROUP))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise storage_refusal(error) or Refusal(Reason.STORAGE_DOWN) from error


def _heads(session: Session, *, now: datetime, words: Words) -> Check:
    name, title = "kepala", "Buku catatan disahkan"
    head, size = heads.newest(session), ledger.size(session)
    if head is None:
        return Check(name, title, State.ATTENTION, "Belum ada kepala yang disahkan.")
    waiting = ledger.payload_at(session, index=head.size) if size > head.size else None
    if waiting is not None and now - waiting.recorded_at > HEAD_LATE:
        text = "Ada catatan yang belum disahkan sejak {since}. Sertifikat baru menunggu; yang lama tetap sah."
        return Check(name, title, State.STOPPED, words.fill(text, since=waiting.recorded_at))
    return Check(name, title, State.GOOD, words.fill("Terakhir {at}.", at=head.signed_at))


def _worker(session: Session, *, now: datetime, words: Words) -> Check:
    name, title = "pekerja", "Proses pengesah (worker)"
    row = session.get(Heartbeat, WORKER)
    if row is None:
        return Check(name, title, State.ATTENTION, "Belum pernah berjalan.")
    if now - row.at > WORKER_LATE:
        text = words.fill("Tidak berjalan, atau tidak dapat menyimpan, sejak {at}.", at=row.at)
        return Check(name, title, State.STOPPED, text)
    if row.trouble:
        text = _told(row.trouble, words) or "Gagal: sebabnya ada di log server."
        return Check(name, title, State.STOPPED, text, row.trouble)
    return Check(name, title, State.GOOD, "Berjalan.")


def _told(trouble: str, words: Words) -> str:
    """Return the sentence for a reason that was stored, its detail unknown; empty for any other trouble."""
    return words.sentence(Refusal(Reason(trouble), "…")) if trouble in list(Reason) else ""


def _witnesses(session: Session, *, now: datetime, config: Config, words: Words) -> Check:
    name, title = "saksi", "Saksi luar"
    if config.policy is None:
        return Check(name, title, State.ATTENTION, "Belum ada saksi luar.")
    witnessed = witnessing.newest(session, policy=config.policy)
    pending = witnessing.pending(session, policy=config.policy)
    if witnessed is None:
        return Check(name, title, State.ATTENTION, "Menunggu saksi: belum ada kepala yang diteguhkan.")
    text = words.fill("Terakhir diteguhkan {at}.", at=witnessed.at)
    first = heads.covering(session, index=witnessed.size)
    if pending is not None and first is not None and now - first.signed_at > WITNESSES_LATE:
        waiting = words.fill("Menunggu saksi sejak {since}. {more}", since=first.signed_at, more=text)
        return Check(name, title, State.ATTENTION, waiting)
    return Check(name, title, State.GOOD, text)


def _status_list(session: Session, *, now: datetime, words: Words) -> Check:
    name, title = "status", "Daftar status"
    row = publishing.newest_status_list(session)
    if row is None:
        return Check(name, title, State.ATTENTION, "Belum ada daftar status.")
    age = now - row.issued_at
    text = words.fill("Terakhir {at}.", at=row.issued_at)
    if age > publishing.STATUS_LIFE:
        over = words.fill("Sudah lewat waktunya: sertifikat tidak dapat diperiksa. {more}", more=text)
        return Check(name, title, State.STOPPED, over)
    if age > publishing.STATUS_TTL:
        return Check(name, title, State.ATTENTION, words.fill("Terlambat diperbarui. {more}", more=text))
    return Check(name, title, State.GOOD, text)


def _timestamps(session: Session, *, config: Config, words: Words) -> list[Check]:
    """Say whether documents get the timestamps that they are to get; nothing where none are asked for."""
    if config.timestamps is None or not config.timestamps.url:
        return []
    name, title = "cap-waktu", "Cap waktu pada berkas"
    newest = documents.newest_level(session)
    if newest is None:
        return [Check(name, title, State.GOOD, "Belum ada berkas yang disegel.")]
    level, when = newest
    lower = _below(session, level=Level.B_LTA if config.timestamps.archive else Level.B_T, words=words)
    text, state = "Berkas terakhir {when}, PAdES {level}.{lower}", State.GOOD
    if level == Level.B_B:
        text = NO_STAMP
    elif level == Level.B_T and config.timestamps.archive:
        text = NO_ARCHIVE
    if text in (NO_STAMP, NO_ARCHIVE):
        state = State.ATTENTION
    return [Check(name, title, state, words.fill(text, when=when, level=str(level), lower=lower))]


def _below(session: Session, *, level: Level, words: Words) -> str:
    """Say how many files stay below the level that is configured; empty where none does."""
    found = documents.below(session, level=level, at_most=COUNTED + 1)
    if not found:
        return ""
    if found > COUNTED:
        text, found = " Lebih dari {found} berkas tersimpan di bawah PAdES {level} dan tetap sah.", COUNTED
    else:
        text = " {found} berkas tersimpan di bawah PAdES {level} dan tetap sah."
    return words.fill(text, found=found, level=str(level))


def _jobs(session: Session, *, now: datetime, words: Words) -> Check:
    name, title = "pekerjaan", "Pekerjaan panjang"
    job = jobs.still(session, now=now)
    if job is None:
        return Check(name, title, State.GOOD, "Tidak ada yang tertahan.")
    since, told = job.heartbeat_at or job.created_at, _told(job.trouble, words)
    text = words.fill("Ada pekerjaan yang tidak maju sejak {since}.", since=since)
    if told:
        text = words.fill("Ada pekerjaan yang tidak maju sejak {since}. {told}", since=since, told=told)
    return Check(name, title, State.ATTENTION, text, job.trouble)


def _mail(session: Session, *, config: Config, words: Words) -> list[Check]:
    """Say whether the mail server takes reminders; nothing where none is configured, or none was sent yet."""
    row = session.get(Heartbeat, MAIL) if config.mail else None
    if row is None:
        return []
    name, title = "surel", "Surel pengingat"
    if not row.trouble:
        return [Check(name, title, State.GOOD, "Server surat menerima.")]
    text = words.fill(NO_MAIL if row.trouble == "SMTP_REFUSES" else NO_SERVER, since=row.at)
    return [Check(name, title, State.ATTENTION, text, row.trouble)]


def _issuing(session: Session, *, words: Words, refusal: Refusal | None) -> Check:
    name, title = "penerbitan", "Penandatanganan pakta"
    if refusal is None:
        return Check(name, title, State.GOOD, "Berjalan.")
    stop = issuing.open_stop(session)
    if stop is not None:
        told = words.fill("Dihentikan pengelola sejak {at}.", at=stop.stopped_at)
    else:
        told = words.sentence(refusal)
    text = words.fill("{told} Pemeriksaan sertifikat tetap berjalan.", told=told)
    return Check(name, title, State.STOPPED, text, refusal.reason.value)
