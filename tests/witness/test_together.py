"""Requests that arrive at once: of those that follow the same head one is cosigned, and nothing is rolled back.

The race of C2SP tlog-witness.  The twin, whose file is not read and written as one, turns it red.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from pakta.core import cosignature, note
from tests.verification.paper import City
from tests.witness.growing import grown, origin_of, request
from tests.witness.running import Answer, Witness, run_witness

THREADS, ROUNDS = 16, 12
SLOW = ("-m", "tests.witness.planted", "slow")
NOT_ATOMIC = ("-m", "tests.witness.planted", "not-atomic")


def together(witness: Witness, bodies: Sequence[bytes]) -> list[Answer]:
    """Send these requests at once, each on a connection of its own."""
    barrier = Barrier(len(bodies))

    def send(body: bytes) -> Answer:
        barrier.wait()
        return witness.add(body)

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


def rounds(witness: Witness, city: City) -> list[list[int]]:
    """In each round send heads of many sizes that all follow the witness's; return the sizes cosigned in each."""
    cosigned = []
    for _ in range(ROUNDS):
        old = witness.head(origin_of(city)).size
        sizes = [old + 1 + at for at in range(THREADS)]
        answers = together(witness, [request(city, old, size) for size in sizes])
        assert {each.status for each in answers} <= {200, 409}
        cosigned.append([size for size, each in zip(sizes, answers, strict=True) if each.status == 200])
    return cosigned


def race(folder: Path, program: Sequence[str]) -> tuple[list[list[int]], list[int]]:
    """Run the rounds; return what was cosigned, and the head after them as the witness knows it."""
    city = grown(1 + THREADS * (ROUNDS + 1), origin="http://balapan.example")
    with run_witness(folder, trusting=[city.ledger_vkey], program=program) as witness:
        cosigned = rounds(witness, city)
        return cosigned, [witness.head(origin_of(city)).size]


def test_of_sixteen_at_once_one_is_cosigned_and_no_head_rolls_back(tmp_path: Path) -> None:
    cosigned, last = race(tmp_path / "saksi", SLOW)
    assert [len(each) for each in cosigned] == [1] * ROUNDS
    assert last == cosigned[-1]
    assert cosigned == sorted(cosigned)


def test_a_witness_that_does_not_read_and_write_as_one_is_caught(tmp_path: Path) -> None:
    cosigned, _ = race(tmp_path / "saksi", NOT_ATOMIC)
    assert max(len(each) for each in cosigned) > 1


def test_cosignatures_of_a_crowd_grow_in_time_as_they_grow_in_size(witness: Witness, city: City) -> None:
    city.pad(300)

    def climb(_: int) -> list[tuple[int, int]]:
        found = []
        for _step in range(20):
            old = witness.head(origin_of(city)).size
            answer = witness.add(request(city, old, old + 1))
            if answer.status == 200:
                found.append((old + 1, witness.time_of(answer, city.checkpoint(old + 1))))
        return found

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pair for pairs in pool.map(climb, range(8)) for pair in pairs)
    assert [size for size, _ in found] == list(range(1, len(found) + 1))
    assert [at for _, at in found] == sorted(at for _, at in found)
    assert witness.head(origin_of(city)).size == len(found) >= 20


def test_two_programs_over_one_folder_are_one_witness(witness: Witness, city: City) -> None:
    with run_witness(witness.folder) as second:
        assert second.vkey == witness.vkey
        for size in range(1, 11):
            bodies = [request(city, size - 1, size)] * 2
            with ThreadPoolExecutor(2) as pool:
                statuses = sorted(each.status for each in pool.map(lambda it: it[0].add(it[1]), zip(
                    (witness, second), bodies, strict=True)))  # fmt: skip
            assert statuses == [200, 409]


@pytest.mark.parametrize("size", [5])
def test_the_same_head_sent_by_many_is_cosigned_for_all_who_say_so(witness: Witness, city: City, size: int) -> None:
    assert witness.add(request(city, 0, size)).status == 200
    answers = together(witness, [request(city, size, size)] * THREADS)
    body = note.unverified_body(city.checkpoint(size))
    for each in answers:
        cosignature.verify(body + b"\n" + each.body, verifier_key=witness.vkey)
