"""The table: at least a thousand cases from one seed, the same bytes at each run, for everyone who judges.

named     one by one: good ones of every look, later versions, old files, odd addresses
together  all that can be so at once: whose key, which ledger, witnesses, status, list, clock, name
mutated   one file of a good case changed: a bit, a byte, an order, an end
"""

from __future__ import annotations

from tests.verdicts import mutated, named, together
from tests.verdicts.case import Case
from tests.verdicts.world import World

SEED = "kesetaraan putusan 1"
LEAST = 1_000


def make(*, origin: str, seed: str = SEED) -> list[Case]:
    """Return the whole table for a city at `origin`."""
    world = World(seed, origin)
    return [*named.cases(world), *together.cases(world, 600), *mutated.cases(world, 9)]
