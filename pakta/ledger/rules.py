"""What a witness's answer is worth: its cosignature, what it claims to hold, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pakta.core import cosignature, note
from pakta.core.errors import Reason, Refusal
from pakta.core.policy import Policy

CLOCKS = timedelta(minutes=10)  # a witness's clock may differ from ours by so much
SIZE_KIND = "text/x.tlog.size"
MOST_LINES = note.MOST_SIGNATURES - 1  # the log's own comes first


class Trouble(StrEnum):
    """Why a witness did not cosign what it was sent."""

    ADDRESS = "address"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    TIMEOUT = "timeout"
    TOO_LONG = "too-long"
    GARBLED = "garbled"
    UNSIGNED = "unsigned"
    SIGNATURE = "signature"
    CLOCK = "clock"
    BAD_REQUEST = "bad-request"
    NOT_TRUSTED = "not-trusted"
    UNKNOWN_LOG = "unknown-log"
    CONFLICT = "conflict"
    AHEAD = "ahead"
    INCONSISTENT = "inconsistent"
    FAILED = "failed"


TROUBLES = {
    Trouble.ADDRESS: "alamatnya bukan https (http hanya untuk mesin ini)",
    Trouble.UNREACHABLE: "tidak dapat dihubungi",
    Trouble.CERTIFICATE: "sertifikat TLS-nya tidak dapat dipercaya",
    Trouble.TIMEOUT: "tidak selesai menjawab dalam 3 detik",
    Trouble.TOO_LONG: "jawabannya terlalu panjang",
    Trouble.GARBLED: "jawabannya tidak dapat dibaca",
    Trouble.UNSIGNED: "jawabannya tidak ditandatangani dengan kunci saksi ini",
    Trouble.SIGNATURE: "tanda tangannya tidak cocok dengan kepala yang dikirim",
    Trouble.CLOCK: "jamnya berbeda lebih dari 10 menit",
    Trouble.BAD_REQUEST: "menolak kiriman kami (400)",
    Trouble.NOT_TRUSTED: "tidak mengenal kunci buku catatan ini (403)",
    Trouble.UNKNOWN_LOG: "tidak mengenal buku catatan ini (404)",
    Trouble.CONFLICT: "menyebut panjang yang tidak cocok (409)",
    Trouble.AHEAD: "menyatakan memegang {claimed} catatan, lebih banyak daripada di sini",
    Trouble.INCONSISTENT: "menyatakan buku catatan ini bukan lanjutan yang pernah dilihatnya (422)",
    Trouble.FAILED: "gagal di pihaknya",
}
# Who holds a head of ours answers another old size with 409 and its own (tlog-witness); these answers say otherwise.
HOLDS_NOTHING = frozenset({Trouble.UNKNOWN_LOG, Trouble.BAD_REQUEST, Trouble.INCONSISTENT, Trouble.CLOCK})
# Of a head that is not the empty one 400 and 422 say nothing good: it may be another history that they know.
HOLDS_NO_MORE = frozenset({Trouble.UNKNOWN_LOG, Trouble.CLOCK})
BY_STATUS = {
    400: Trouble.BAD_REQUEST,
    403: Trouble.NOT_TRUSTED,
    404: Trouble.UNKNOWN_LOG,
    409: Trouble.CONFLICT,
    422: Trouble.INCONSISTENT,
}


def quorum(policy: Policy, *, fill: Callable[..., str]) -> str:
    """Return in words how many witnesses a policy demands; `fill` fills the blanks of a text."""
    group = policy.groups.get(policy.quorum or "")
    if group is None:
        return fill("{name} harus meneguhkan", name=shown(policy.quorum or ""))
    alone = all(name in policy.witnesses for name in group.members)
    told = (
        "{least} dari {all} saksi harus meneguhkan" if alone else "{least} dari {all} kelompok saksi harus meneguhkan"
    )
    return fill(told, least=group.least, all=len(group.members))


def shown(name: str) -> str:
    """Return a name within a policy, any octets, as it is written for people."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a witness answered: HTTP status, content type, body."""

    status: int
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A good cosignature: its line, with the newline, and its time."""

    line: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Holds:
    """The witness says that the last head which it has cosigned had this size."""

    size: int


Outcome = Cosigned | Holds | Trouble


def judge(reply: Reply, *, head: bytes, vkey: str, now: datetime) -> Outcome:
    """Return what an answer to `head`, a signed note, is worth.

    A cosignature is believed only if it verifies under `vkey` over this very head, at a time near `now`.
    """
    if reply.status == 200:
        return _cosigned(reply.body, head=head, vkey=vkey, now=now)
    size = _size(reply)
    return BY_STATUS.get(reply.status, Trouble.FAILED) if size is None else Holds(size)


def _size(reply: Reply) -> int | None:
    digits = reply.body.decode("ascii", "replace").removesuffix("\n")
    told = reply.status == 409 and reply.kind.partition(";")[0].strip().lower() == SIZE_KIND
    return int(digits) if told and note.DECIMAL.fullmatch(digits) else None


def _cosigned(body: bytes, *, head: bytes, vkey: str, now: datetime) -> Cosigned | Trouble:
    lines = body.splitlines(keepends=True)
    if len(lines) > MOST_LINES:
        return Trouble.GARBLED
    found: list[tuple[int, bytes]] = []
    for line in lines:
        # Line by line: what is checked is this head and one line, whatever else the answer holds.
        try:
            found.append((cosignature.verify(head + line, verifier_key=vkey), line))
        except Refusal as refusal:
            if refusal.reason is not Reason.NOTE_UNSIGNED:  # another key's line is passed over
                return Trouble.SIGNATURE if refusal.reason is Reason.NOTE_SIGNATURE else Trouble.GARBLED
    if not found:
        return Trouble.UNSIGNED
    seconds, line = min(found)
    if abs(seconds - now.timestamp()) > CLOCKS.total_seconds():
        return Trouble.CLOCK
    return Cosigned(line, datetime.fromtimestamp(seconds, UTC))
