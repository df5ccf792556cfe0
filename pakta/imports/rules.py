"""Pure rules of imports: states, pieces of work, what wants a second administrator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from pakta.roster.rules import Pair

KEPT = timedelta(days=7)  # staged rows, after the last thing that was done with them
PIECE = 1000  # rows that a job checks at once
WITHIN = timedelta(days=30)  # who was put out of the sums in this time counts together
UNDONE_WITHIN = timedelta(days=30)  # that people are gone
ALIKE = "mirip"  # in a new row's errors: somebody of the same name and unit has nearly this number
WORDS = 400  # characters of why a file is refused
ONE_IN = 20  # of so many people one may be put out by one administrator alone: 5 %


class State(StrEnum):
    """How far an import has come."""

    COLUMNS = "kolom"
    CHECKING = "periksa"
    CHECKED = "diperiksa"
    WAITING = "menunggu"
    APPLYING = "terapkan"
    APPLIED = "diterapkan"
    DROPPED = "dibuang"


ENDED = frozenset({State.APPLIED, State.DROPPED})
WORKING = frozenset({State.CHECKING, State.APPLYING})


class Outcome(StrEnum):
    """What a row would do."""

    NEW = "baru"
    CHANGED = "berubah"
    SAME = "sama"
    WRONG = "salah"


@dataclass(frozen=True, slots=True)
class Measure:
    """Whether one administrator alone puts so many out of the sums: of who is asked, or of one kind that is not.

    leaving  how many would be put out      out  how many were within `WITHIN` already
    counted  of how many: who was in the sums before that, so that neither new people nor those who never counted
             make a share of it small
    kind     as what they sign of whom nothing is asked, or empty; `own` the kind of these people: of a head another
    """

    leaving: int
    out: int
    counted: int
    kind: str = ""
    own: str = ""

    @property
    def too_many(self) -> bool:
        """Say whether a second administrator is wanted."""
        return self.leaving > 0 and (self.leaving + self.out) * ONE_IN > self.counted


@dataclass(frozen=True, slots=True)
class Ground:
    """What whoever leaves a unit is measured by, each by what people sign as and their kind.

    asked  of whom something is asked       out  how many were put out of the sums within `WITHIN`
    then, here  how many counted when that began, or at the end of the unit's first day; and now
    """

    asked: frozenset[Pair]
    out: Counter[Pair]
    then: Counter[Pair]
    here: Counter[Pair]

    def measure(self, leaving: Counter[Pair]) -> Measure:
        """Return by what so many are measured.

        By those who counted when `WITHIN` began, no more than count now or are out.  Of whom something is asked, all
        kinds together; of the others each kind for itself, so that none of them makes a share of another small.
        That which wants a second administrator comes before one that does not.
        """
        alone = [self._of(leaving, [pair], *pair) for pair in sorted(leaving) if pair not in self.asked]
        return max([self._of(leaving, self.asked), *alone], key=lambda each: (each.too_many, each.leaving > 0))

    def _of(self, leaving: Counter[Pair], pairs: Collection[Pair], kind: str = "", own: str = "") -> Measure:
        leave, out, then, here = (
            sum(each[pair] for pair in pairs) for each in (leaving, self.out, self.then, self.here)
        )
        return Measure(leaving=leave, out=out, counted=min(then, here + out), kind=kind, own=own)


def pieces(last_row: int) -> int:
    """Return in how many pieces a file is checked; one more ends the job."""
    return -(-last_row // PIECE)
