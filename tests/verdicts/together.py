"""Everything that can be so at once, and what follows: the rules once more, as a table that is read from above.

Written from docs/credential.md, not from the two programs that are held to it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.verdicts.case import Case
from tests.verdicts.world import World

Facts = dict[str, str]
Said = tuple[str, str | None]
UNKNOWN, UNCHECKED, SUSPENDED = "TIDAK DIKENAL", "TIDAK DAPAT DIPERIKSA", "DITANGGUHKAN"
# what can be so, each with how often it is drawn: most cases must come far enough to try the later rules
AXES: dict[str, dict[str, int]] = {
    "keys": {
        "its key": 6, "its key, an older one": 4, "its key unknown": 1, "its key lost later": 5,
        "its key lost before": 4, "its key lost, another root": 2, "no key set": 1,
    },
    "ledger": {
        "in the ledger": 9, "ledger behind": 2, "no ledger": 2, "no tiles": 2, "forked ledger": 1,
        "forked head, own tiles": 1,
    },
    "witnesses": {"nobody asked": 3, "witnessed": 3, "waiting": 2},
    "value": {"valid": 6, "revoked": 2, "suspended": 2, "value 3": 1},
    "issued": {"fresh": 6, "stale": 2, "of tomorrow": 1, "no list": 2},
    "clock": {"now": 14, "after its end": 1, "before its beginning": 1},
    "certificate": {"with a name": 2, "without a name": 1},
}  # fmt: skip
NO_LEDGER = {"no ledger", "no tiles", "forked head, own tiles"}


def expected(so: Facts) -> Said:
    """Return the verdict on these facts: the first line whose condition holds."""
    ledger = (
        "LEDGER_MISSING" if so["ledger"] in NO_LEDGER
        else "LEDGER_BEHIND" if so["ledger"] == "ledger behind"
        else "WITNESSES_TOO_FEW" if so["witnesses"] == "waiting"
        else None
    )  # fmt: skip
    known = so["issued"] == "fresh"  # else the list says nothing
    rules: list[tuple[bool, Said]] = [
        (so["keys"] == "no key set", (UNCHECKED, "KEYSET_MISSING")),
        (so["keys"] == "its key unknown", (UNKNOWN, "ISSUER_UNKNOWN")),
        (so["clock"] == "after its end", ("KEDALUWARSA", "EXPIRED")),
        (so["clock"] == "before its beginning", (UNCHECKED, "NOT_YET_VALID")),
        (so["ledger"] == "forked ledger", (UNKNOWN, "NOT_IN_LEDGER")),
        (known and so["value"] == "revoked", ("DICABUT", "STATUS_REVOKED")),
        (known and so["value"] == "suspended", (SUSPENDED, "STATUS_SUSPENDED")),
        (so["keys"] == "its key lost before", (SUSPENDED, "KEY_COMPROMISED")),
        (ledger is not None, (UNCHECKED, ledger)),
        (so["issued"] == "no list", (UNCHECKED, "STATUS_MISSING")),
        (not known, (UNCHECKED, "STATUS_STALE")),
        (so["value"] == "value 3", (UNCHECKED, "STATUS_MALFORMED")),
        (so["keys"] == "its key lost, another root", (UNCHECKED, "LEDGER_MISSING")),
        (so["keys"] == "its key lost later", ("SAH, KUNCI LAMA DITEGUHKAN", "KEY_CONFIRMED")),
    ]
    return next((said for holds, said in rules if holds), ("SAH", None))


def cases(world: World, count: int) -> Iterator[Case]:
    """Yield so many different cases, drawn from the seed; each thing that can be so is drawn often."""
    draw, seen = random.Random(f"{world.seed} together"), set()
    while len(seen) < count:
        so = {name: draw.choices(list(axis), list(axis.values()))[0] for name, axis in AXES.items()}
        name = "; ".join(so.values())
        if name not in seen:
            seen.add(name)
            yield world.case(name, *expected(so), **so)  # type: ignore[arg-type]
