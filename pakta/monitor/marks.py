"""What a status list marks, held against the list before it and the entries between the two.

Words    place: two bits of the list, one for each certificate; move: a place's value before and now
Rules    An entry says that some certificate was revoked (kind 10), suspended (9) or reinstated (11), and hides
         which.  So moves are counted, not attributed: a revocation is never undone, and each move costs an entry
         of its own.  With one change between two lists, as our server publishes them while they come
         no faster than one a second for minutes, the count is exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain

from pakta.core import status
from pakta.core.ledgerentry import EntryKind
from pakta.monitor.findings import Finding, Word

CHUNK = 4096  # bytes compared at once
VALID, REVOKED, SUSPENDED = 0, 1, 2
CHANGES = (EntryKind.SUSPENDED, EntryKind.REVOKED, EntryKind.REINSTATED)

Moves = Mapping[tuple[int, int], int]


def moves(before: bytes, after: bytes) -> Moves:
    """Return how many places went from one value to another between two packed lists; none before is 0."""
    length = max(len(before), len(after))
    before, after = before.ljust(length, b"\0"), after.ljust(length, b"\0")
    found: Counter[tuple[int, int]] = Counter()
    for start in range(0, length, CHUNK):
        old, new = before[start : start + CHUNK], after[start : start + CHUNK]
        if old != new:
            pairs = Counter(pair for pair in zip(old, new, strict=True) if pair[0] != pair[1])
            for (one, other), times in pairs.items():
                for at in range(0, 8, status.BITS):
                    found[(one >> at & 3, other >> at & 3)] += times
    return {move: count for move, count in found.items() if move[0] != move[1]}


def entered(before: Mapping[int, int], now: Mapping[int, int]) -> Mapping[int, int]:
    """Return how many entries of each kind that changes a status there are between two counts."""
    return {kind: now.get(kind, 0) - before.get(kind, 0) for kind in CHANGES}


def check(index: int, moved: Moves, entries: Mapping[int, int]) -> Iterator[Finding]:
    """Yield what the places of a list do that no entry says."""
    yield from chain(check_revoked(index, moved, entries), check_suspended(index, moved, entries))


def check_revoked(index: int, moved: Moves, entries: Mapping[int, int]) -> Iterator[Finding]:
    """Check that nothing revoked came back, that each revocation has an entry, and each such entry its place."""
    back = sum(count for move, count in moved.items() if move[0] == REVOKED)
    revoked = sum(count for move, count in moved.items() if move[1] == REVOKED)
    if back:
        yield Finding(Word.STATUS_NOT_RECORDED, str(index), f"1: -{back}")
    if revoked != entries[EntryKind.REVOKED]:
        yield Finding(Word.STATUS_NOT_RECORDED, str(index), f"1: {revoked}/{entries[EntryKind.REVOKED]}")


def check_suspended(index: int, moved: Moves, entries: Mapping[int, int]) -> Iterator[Finding]:
    """Check that suspensions and reinstatements fit their entries.

    What went to suspended and back between two lists cannot be seen: it needs one entry of each kind.  So does
    what was suspended and then revoked (of kind 9), and what was reinstated and then revoked (of kind 11).
    """
    suspended = entries[EntryKind.SUSPENDED] - sum(count for move, count in moved.items() if move[1] == SUSPENDED)
    reinstated = entries[EntryKind.REINSTATED] - moved.get((SUSPENDED, VALID), 0)
    most = min(moved.get((VALID, REVOKED), 0), suspended)
    least = -min(moved.get((SUSPENDED, REVOKED), 0), reinstated)
    if suspended < 0 or reinstated < 0 or not least <= suspended - reinstated <= most:
        yield Finding(Word.STATUS_NOT_RECORDED, str(index), f"2: {suspended:+}/{reinstated:+}")
    if any(3 in move for move in moved):
        yield Finding(Word.STATUS_NOT_RECORDED, str(index), "3")
