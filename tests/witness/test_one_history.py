"""Whatever a log says, honest or lying, in whatever order: all that a witness cosigns is one history that grows.

The twin, which believes without a look at the proof, turns it red.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from pakta.core import merkle
from tests.verification.paper import City
from tests.witness.growing import fork, grown, origin_of, request
from tests.witness.running import SERVE, Witness, run_witness

REQUESTS = 400
BELIEVING = ("-m", "tests.witness.planted", "believing")
Entries = Sequence[bytes]


def faces(chance: random.Random) -> list[City]:
    """Return a log and six other faces of it, each forked somewhere from one before."""
    found = [grown(40, origin="http://banyak-muka.example")]
    for _ in range(6):
        found.append(fork(chance.choice(found), at=chance.randrange(0, 30)))
    return found


def cosigned(witness: Witness, logs: Sequence[City], chance: random.Random) -> Iterator[Entries]:
    """Ask for a cosignature again and again, as any of the faces; yield the entries below each that was given."""
    origin = origin_of(logs[0])
    for _ in range(REQUESTS):
        city = chance.choice(logs)
        known = witness.head(origin).size
        old = chance.choice([known, known, known, chance.randrange(41)])
        size = min(40, chance.choice([old, old + 1, old + 2, chance.randrange(41)]))
        path = city.consistency(old, size) if old <= size else []
        answer = witness.add(request(city, old, size, path=path))
        assert answer.status in (200, 400, 409, 422)
        if answer.status == 200:
            witness.time_of(answer, city.checkpoint(size))
            yield city.entries[:size]


def is_one_history(found: Sequence[Entries]) -> bool:
    """Say whether each begins with the one before it."""
    return all(newer[: len(older)] == older for older, newer in itertools.pairwise(found))


def history(folder: Path, program: Sequence[str], seed: int) -> list[Entries]:
    """Run one witness among many faces; return what it cosigned."""
    chance = random.Random(seed)
    logs = faces(chance)
    with run_witness(folder, trusting=[logs[0].ledger_vkey], program=program) as witness:
        found = list(cosigned(witness, logs, chance))
        head = witness.head(origin_of(logs[0]))
    assert found and head.root == merkle.root([merkle.leaf_hash(each) for each in found[-1]])
    return found


def test_what_is_cosigned_of_a_log_of_many_faces_is_one_history(tmp_path: Path) -> None:
    for seed in (1, 2):
        found = history(tmp_path / str(seed), SERVE, seed)
        assert is_one_history(found)
        assert len({len(each) for each in found}) > 3


def test_a_witness_that_believes_without_a_look_is_caught(tmp_path: Path) -> None:
    assert not is_one_history(history(tmp_path / "saksi", BELIEVING, 1))
