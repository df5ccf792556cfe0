"""The totals that a city publishes, held against the entries of each kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pakta.core.ledgerentry import EntryKind
from pakta.core.note import Checkpoint
from pakta.monitor.findings import Finding, Word
from pakta.monitor.site import Site

PATH = "/log/totals"
LARGEST = 65_536  # bytes


@dataclass(frozen=True, slots=True)
class Totals:
    """What is published: entries when it was made, entries of each kind, valid certificates of each edition."""

    size: int
    kinds: Mapping[int, int]
    editions: Mapping[str, int]


def read(site: Site) -> Totals | None:
    """Return what is published now; None where it has not its form."""
    return parse(site.get(PATH, largest=LARGEST) or b"")


def check(
    totals: Totals, *, counted: Mapping[int, int] | None, least: Mapping[int, int], head: Checkpoint, reach: int
) -> Iterator[Finding]:
    """Yield what contradicts the ledger in the published totals.

    counted  the entries of each kind at the very size of the totals, or None where no head that was read ends there
    least    the entries of each kind below the head that was read: later ones can only add to them
    reach    how many entries the newest head covers that the log signed, whoever has cosigned it
    """
    yield from check_sum(totals)
    if counted is None:
        yield from check_size(totals, head=head, reach=reach)
        if totals.size >= head.size:
            yield from check_least(totals, least)
    else:
        yield from check_kinds(totals, counted)
    yield from check_certificates(totals)


def parse(text: bytes) -> Totals | None:
    """Read the totals; None where they have not their form."""
    try:
        members = json.loads(text)
        kinds = {int(kind): _count(count) for kind, count in members["kinds"].items()}
        editions = {str(code)[:40]: _count(count) for code, count in members["editions"].items()}
        return Totals(_count(members["size"]), kinds, editions) if members["v"] == 1 else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def check_sum(totals: Totals) -> Iterator[Finding]:
    """Check that the kinds add up."""
    if sum(totals.kinds.values()) != totals.size:
        yield Finding(Word.TOTALS_DIFFER, PATH, f"{sum(totals.kinds.values())}/{totals.size}")


def check_size(totals: Totals, *, head: Checkpoint, reach: int) -> Iterator[Finding]:
    """Check that the totals are those of now: not behind the head, and not ahead of all that was signed."""
    if not head.size <= totals.size <= reach:
        yield Finding(Word.TOTALS_OTHER_SIZE, PATH, str(totals.size))


def check_least(totals: Totals, least: Mapping[int, int]) -> Iterator[Finding]:
    """Check that no kind has fewer entries than stand below the head that was read."""
    for kind, found in sorted(least.items()):
        if totals.kinds.get(kind, 0) < found:
            yield Finding(Word.TOTALS_DIFFER, PATH, f"{kind}: {totals.kinds.get(kind, 0)}/{found}")


def check_kinds(totals: Totals, counted: Mapping[int, int]) -> Iterator[Finding]:
    """Check the entries of each kind."""
    for kind in sorted({*totals.kinds, *counted}):
        said, found = totals.kinds.get(kind, 0), counted.get(kind, 0)
        if said != found:
            yield Finding(Word.TOTALS_DIFFER, PATH, f"{kind}: {said}/{found}")


def check_certificates(totals: Totals) -> Iterator[Finding]:
    """Check that no more valid certificates are claimed than the entries leave room for.

    Each was issued (kind 1); each revocation (10) takes one away, and so does each suspension (9) that was not
    lifted (11).  A suspended one that is then revoked is taken away once only.
    """
    at = totals.kinds.get
    room = at(EntryKind.CREDENTIAL, 0) - max(
        at(EntryKind.REVOKED, 0), at(EntryKind.SUSPENDED, 0) - at(EntryKind.REINSTATED, 0)
    )
    claimed = sum(totals.editions.values())
    if claimed > room:
        yield Finding(Word.TOTALS_TOO_MANY, PATH, f"{claimed}/{room}")


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not a count")
    return value
