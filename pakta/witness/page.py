"""What a witness says of itself, in plain text: on its page and in a terminal."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from pakta.core import note
from pakta.witness.adding import Witness
from pakta.witness.rules import Doubt
from pakta.witness.store import Kept, Logs

WIB = timezone(timedelta(hours=7), "WIB")
DOUBTS = {
    Doubt.FORKED: "BERCABANG (akar lain pada ukuran yang sama: bukti pelanggaran)",
    Doubt.INCONSISTENT: "TIDAK BERSAMBUNG (bukti kelanjutan tidak cocok: tanyakan kepada pemilik catatan)",
}


def page(witness: Witness) -> str:
    """Return the page of a witness: name, key, and of each log the last head that it cosigned."""
    with witness.store.reading() as logs:
        lines = [f"Saksi {witness.key.name}", witness.key.vkey, *all_logs(logs)]
    return "\n".join(lines) + "\n"


def all_logs(logs: Logs) -> Iterator[str]:
    """Yield lines about each log: its keys, its last cosigned head, and what was refused."""
    for origin in logs.origins():
        yield from ("", f"Catatan {origin}")
        yield from (f"  kunci {note.fingerprint(each)}" for each in logs.keys(origin) or ())
        head = logs.head(origin)
        if head.cosigned_at:
            yield f"  terakhir disaksikan: {head.size} entri, akar {_base64(head.root)}, {time(head.cosigned_at)}"
        else:
            yield "  belum pernah disaksikan"
        yield from (f"  DITOLAK {refused(each)}" for each in logs.kept(origin))


def refused(kept: Kept) -> str:
    """Return one line about a refused checkpoint."""
    return f"{time(kept.seen_at)}: {kept.size} entri, akar {_base64(kept.root)}, {DOUBTS[kept.doubt]}"


def time(at: int) -> str:
    """Return seconds since 1970 as a time in WIB."""
    return f"{datetime.fromtimestamp(at, UTC).astimezone(WIB):%Y-%m-%d %H.%M.%S} WIB"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
