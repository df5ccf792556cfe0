"""The theft drill: whatever the thief does, somebody independent refuses it or names it.

Each way has its planted twin: the reader that skips the one check is deceived, so that without it the drill is red.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests import slices
from tests.theft import readers
from tests.theft.booty import SIGNED, Thief
from tests.theft.drill import CHECKS, WAYS, Way
from tests.theft.readers import Said

WHOLE_ON_POSTGRESQL = True  # its conftest picks what the database may matter for

READERS: tuple[tuple[Callable[[Thief, Any], Said], Callable[[Thief], object]], ...] = (
    (readers.of_evidence, lambda thief: thief.evidence("siti")),
    (readers.of_evidence, lambda thief: thief.evidence("joko")),
    (readers.of_ledger, lambda thief: None),
    (readers.of_paper, lambda thief: thief.berkas(thief.certificate("siti"), thief.evidence("siti"))),
    (readers.of_qr, lambda thief: readers.address(thief, thief.certificate("siti"))),
    (readers.of_owner, lambda thief: "ani"),
)


def named(way: Way, said: Said) -> bool:
    """Say whether the reader says what the way must lead to."""
    return any(re.match(way.names, each) for each in said)


@pytest.mark.parametrize("way", slices.some(WAYS, 0, of=2), ids=lambda way: way.name)
def test_what_the_thief_tries_is_refused_or_named(thief: Thief, way: Way) -> None:
    said = way.reader(thief, way.act(thief))
    assert named(way, said), said


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_a_reader_that_skips_the_check_is_deceived(thief: Thief, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = way.act(thief)
    CHECKS[way.check](monkeypatch)
    said = [each for each in way.reader(thief, shown) if not (way.also and re.match(way.also, each))]
    assert said == []


@pytest.mark.parametrize(("reader", "show"), READERS, ids=lambda each: getattr(each, "__name__", ""))
def test_no_reader_says_anything_of_the_honest_city(
    thief: Thief, reader: Callable[[Thief, Any], Said], show: Callable[[Thief], object]
) -> None:
    assert reader(thief, show(thief)) == []


def test_the_drill_covers_every_check_and_every_goal() -> None:
    assert {way.check for way in WAYS} == set(CHECKS)
    assert {way.goal for way in WAYS} == set("abcdef")
    assert len({way.name for way in WAYS}) == len(WAYS)


def test_the_thief_holds_no_private_key_of_a_person_or_a_witness(thief: Thief) -> None:
    assert thief.world.keys == {}
    held = thief.scene.city.keys
    assert set(SIGNED) < set(held)
    assert all(not hasattr(thief.key(who), "private") for who in SIGNED)
    assert all(set(thief.key(who).jwk) <= {"kty", "crv", "x", "y", "n", "e", "alg"} for who in held)
