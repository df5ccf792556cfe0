"""Pure decisions about departures: which reasons there are, and which status each leads to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

WORDS_MOST = 400  # characters
UNDONE_WITHIN = timedelta(days=30)


class Cause(StrEnum):
    """Why somebody is said to have left."""

    MOVED = "pindah-unit"
    AWAY = "mutasi"
    RETIRED = "pensiun"
    DIED = "meninggal"
    LEAVE = "cuti"
    STUDY = "tugas belajar"
    OTHER = "lainnya"


class Outcome(StrEnum):
    """How a departure ended."""

    CHANGED = "diubah"
    REFUSED = "ditolak"
    WITHDRAWN = "ditarik"
    UNDONE = "dikembalikan"


STATUS: Mapping[Cause, str] = {  # what the form offers first
    Cause.AWAY: "mutasi",
    Cause.RETIRED: "pensiun",
    Cause.DIED: "meninggal",
    Cause.LEAVE: "cuti",
    Cause.STUDY: "tugas belajar",
}
