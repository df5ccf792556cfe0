"""A ledger that goes on under a new name, after its newest entries were lost (docs/decisions/0016).

Words    name: HOST/log, then HOST/log/2, HOST/log/3 …; succession: the public entry of kind 12, in which the last
         head under the name before stands, signed by the same key
Rules    What was lost cannot be compared any more: that it was lost, and how much, is what the entry shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pakta.core import canonical, note
from pakta.core.errors import Reason, Refusal
from pakta.monitor.findings import Finding, Word

NAME = re.compile(r"([^\s/]{1,300}/log)(?:/([1-9][0-9]?))?")


def check(index: int, payload: bytes, *, vkey: str) -> Iterator[Finding]:
    """Check that a succession names a later name of this log, and the lost head that our log's key signed."""
    try:
        members = canonical.decode_object(payload, reason=Reason.EDITION_FILE)
    except Refusal:
        members = {}
    name, previous, kept = members.get("origin"), members.get("previous"), members.get("kept")
    if members.get("v") != 1 or not isinstance(name, str) or not isinstance(previous, str) or type(kept) is not int:
        yield Finding(Word.SUCCESSION_MALFORMED, str(index))
        return
    yield from check_name(index, name, vkey=vkey)
    signed = members.get("signed", kept)
    if kept != index or type(signed) is not int or not 0 <= signed <= kept:
        yield Finding(Word.SUCCESSION_FALSE, str(index), f"{kept}")
        return
    yield from check_previous(index, name, previous.encode(errors="replace"), vkey=vkey, signed=signed)


def check_name(index: int, name: str, *, vkey: str) -> Iterator[Finding]:
    """Check that the name is the log's, or one that it had before."""
    host, number = _parts(name)
    own, present = _parts(note.parse_vkey(vkey).name)
    if not own or host != own or not 2 <= number <= present:
        yield Finding(Word.SUCCESSION_FALSE, str(index), name[:200])


def check_previous(index: int, name: str, previous: bytes, *, vkey: str, signed: int) -> Iterator[Finding]:
    """Check that the lost head is of the name before, signed by the log's key, and of more entries than were kept.

    signed  how many entries the newest head that was kept covers; those from there on may be others than the lost
    """
    host, number = _parts(name)
    before = host if number == 2 else f"{host}/{number - 1}"
    try:
        former = note.vkey(name=before, public_key=note.parse_vkey(vkey).public_key)
        head = note.parse_checkpoint(note.verify(previous, verifier_key=former))
    except (Refusal, ValueError) as error:
        reason = error.reason if isinstance(error, Refusal) else type(error).__name__
        yield Finding(Word.SUCCESSION_FALSE, str(index), str(reason))
        return
    if head.origin != before or head.size <= signed:
        yield Finding(Word.SUCCESSION_FALSE, str(index), f"{head.origin[:200]} {head.size}")


def _parts(name: str) -> tuple[str, int]:
    """Return the first name of a log, and the number of this one; nothing where it is no name of ours."""
    found = NAME.fullmatch(name)
    return (found[1], int(found[2] or 1)) if found else ("", 0)
