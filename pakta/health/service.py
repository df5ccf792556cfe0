"""Looking at what must go on by itself: heads, witnesses, the status list, issuing, the copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from pakta.certificates import issuing, publishing
from pakta.config import Config
from pakta.core.errors import Reason, Refusal
from pakta.ledger import heads, witnessing
from pakta.ledger import service as ledger

HEAD_LATE = timedelta(minutes=1)
WITNESSES_LATE = timedelta(minutes=10)
Display = Callable[[datetime], str]


class State(StrEnum):
    """How a check ended."""

    GOOD = "baik"
    ATTENTION = "perhatian"
    STOPPED = "berhenti"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its name for programs, its name for people, how it stands, in words."""

    name: str
    title: str
    state: State
    text: str


def report(session: Session, *, now: datetime, config: Config, display: Display) -> list[Check]:
    """Return how everything stands; `display` writes a moment for people."""
    return [
        _heads(session, now=now, display=display),
        _witnesses(session, now=now, config=config, display=display),
        _status_list(session, now=now, display=display),
        _issuing(session, now=now, display=display),
    ]


def worst(checks: list[Check]) -> State:
    """Return the worst state among checks."""
    return max((each.state for each in checks), key=list(State).index)


def _heads(session: Session, *, now: datetime, display: Display) -> Check:
    name, title = "kepala", "Buku catatan disahkan"
    head, size = heads.newest(session), ledger.size(session)
    if head is None:
        return Check(name, title, State.ATTENTION, "Belum ada kepala yang disahkan.")
    waiting = ledger.payload_at(session, index=head.size) if size > head.size else None
    if waiting is not None and now - waiting.recorded_at > HEAD_LATE:
        since = display(waiting.recorded_at)
        text = f"Ada catatan yang belum disahkan sejak {since}. Sertifikat baru menunggu; yang lama tetap sah."
        return Check(name, title, State.STOPPED, text)
    return Check(name, title, State.GOOD, f"Terakhir {display(head.signed_at)}.")


def _witnesses(session: Session, *, now: datetime, config: Config, display: Display) -> Check:
    name, title = "saksi", "Saksi luar"
    if config.policy is None:
        return Check(name, title, State.ATTENTION, "Belum ada saksi luar.")
    witnessed = witnessing.newest(session, policy=config.policy)
    pending = witnessing.pending(session, policy=config.policy)
    if witnessed is None:
        return Check(name, title, State.ATTENTION, "Menunggu saksi: belum ada kepala yang diteguhkan.")
    text = f"Terakhir diteguhkan {display(witnessed.at)}."
    first = heads.covering(session, index=witnessed.size)
    if pending is not None and first is not None and now - first.signed_at > WITNESSES_LATE:
        return Check(name, title, State.ATTENTION, f"Menunggu saksi sejak {display(first.signed_at)}. {text}")
    return Check(name, title, State.GOOD, text)


def _status_list(session: Session, *, now: datetime, display: Display) -> Check:
    name, title = "status", "Daftar status"
    row = publishing.newest_status_list(session)
    if row is None:
        return Check(name, title, State.ATTENTION, "Belum ada daftar status.")
    age = now - row.issued_at
    text = f"Terakhir {display(row.issued_at)}."
    if age > publishing.STATUS_LIFE:
        return Check(name, title, State.STOPPED, f"Sudah lewat waktunya: sertifikat tidak dapat diperiksa. {text}")
    if age > publishing.STATUS_TTL:
        return Check(name, title, State.ATTENTION, f"Terlambat diperbarui. {text}")
    return Check(name, title, State.GOOD, text)


def _issuing(session: Session, *, now: datetime, display: Display) -> Check:
    name, title = "penerbitan", "Penandatanganan pakta"
    stop = issuing.open_stop(session)
    if stop is not None:
        text = f"Dihentikan pengelola sejak {display(stop.stopped_at)}. Pemeriksaan sertifikat tetap berjalan."
        return Check(name, title, State.STOPPED, text)
    try:
        ledger.check_may_issue(session, now=now)
    except Refusal as refusal:
        words = {
            Reason.WITNESSES_SILENT: "Berhenti: saksi luar tidak menjawab lebih dari 24 jam.",
            Reason.LEDGER_BEHIND_WITNESSES: "Berhenti: saksi luar memegang buku catatan yang lebih panjang.",
        }.get(refusal.reason, f"Berhenti ({refusal.reason}).")
        return Check(name, title, State.STOPPED, f"{words} Pemeriksaan sertifikat tetap berjalan.")
    return Check(name, title, State.GOOD, "Berjalan.")
