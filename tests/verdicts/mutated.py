"""One file of a good case changed, in every way that a line, a disk or a forger changes bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace

from tests.verdicts.case import ANY, Case
from tests.verdicts.together import UNCHECKED, UNKNOWN
from tests.verdicts.world import World

WAYS = ("bit", "byte", "left out", "put in", "swapped", "cut", "appended", "twice")


def mutated(data: bytes, way: str, draw: random.Random) -> bytes:
    """Return other bytes than these."""
    while True:
        at = draw.randrange(len(data))
        until = min(len(data), at + draw.randrange(2, 20))
        one = bytes([draw.randrange(256)])
        found = {
            "bit": data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :],
            "byte": data[:at] + one + data[at + 1 :],
            "left out": data[:at] + data[at + 1 :],
            "put in": data[:at] + one + data[at:],
            "swapped": data[:at] + data[at:until][::-1] + data[until:],
            "cut": data[:at],
            "appended": data + one * draw.randrange(1, 4),
            "twice": data[:until] + data[at:],
        }[way]
        if found != data:
            return found


def _digits(address: str, way: str, draw: random.Random) -> str:
    place, digits = address.split("#")
    found = mutated(digits.encode(), way, draw).decode("latin-1")
    return f"{place}#{''.join(each if each.isascii() and each.isdigit() else str(ord(each) % 10) for each in found)}"


def cases(world: World, each_way: int) -> Iterator[Case]:
    """Yield the good case with one file changed, each file in each way so often, from the seed."""
    draw = random.Random(f"{world.seed} mutated")
    good = world.case("", "SAH", None, witnesses="witnessed")
    alone = world.case("", "SAH", None)
    raw = world.city.named
    for way in WAYS:
        for at in range(each_way):
            made = {
                "certificate": replace(good, address=world.address(mutated(raw, way, draw)), word=UNKNOWN),
                "digits": replace(good, address=_digits(good.address, way, draw), word=UNKNOWN),
                "key set": replace(good, key_set=mutated(good.key_set or b"", way, draw), word=UNCHECKED),
                "status list": replace(
                    good, status_token=mutated(good.status_token or b"", way, draw), word=UNCHECKED
                ),
                "cosigned head": replace(good, checkpoint=mutated(good.checkpoint or b"", way, draw), word=UNCHECKED),
                "head": replace(alone, checkpoint=mutated(alone.checkpoint or b"", way, draw), word=UNCHECKED),
                "tile": replace(good, tiles=_tile(good.tiles, way, draw), word=UNCHECKED),
            }
            for what, case in made.items():
                if case.address != good.address or case.served() != good.served() or case.policy is None:
                    yield replace(case, name=f"{what}: {way} {at}", reason=ANY)


def _tile(tiles: Mapping[str, bytes], way: str, draw: random.Random) -> dict[str, bytes]:
    """Change one of the two tiles that the way to the root is read from; the full one below is not asked for."""
    name = draw.choice(sorted(set(tiles) - {"/log/tile/0/000"}))
    return {**tiles, name: mutated(tiles[name], way, draw)}
