"""Invented people for the demonstration city: names, numbers, ranks, positions and addresses from a seed.

Addresses  e-mail under `.example`, which RFC 2606 keeps from everybody.  Indonesia sets no telephone numbers aside
           for invented people, and any number of its form may be somebody's one day: so these are British ones, of
           the thousand (+44 7700 900000 to 900999) that Ofcom keeps for films and gives to nobody.  More people than
           that share them.  Some have no address, some no number, as in a real roster.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from pakta.roster.models import Unit

HEADER = ("number", "kind", "name", "rank", "position", "unit_code", "status", "email", "phone")

_NAMES = tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))
MEN: list[str] = _NAMES["men"]
WOMEN: list[str] = _NAMES["women"]
FAMILY: list[str] = _NAMES["family"]
TITLES = (
    "",
    "",
    "",
    "",
    ", S.E.",
    ", S.Pd.",
    ", S.Sos.",
    ", S.H.",
    ", S.T.",
    ", M.Si.",
    ", S.Kep., Ners",
    ", A.Md.",
)
PNS_RANKS = (
    "Pengatur, II/c",
    "Pengatur Tingkat I, II/d",
    "Penata Muda, III/a",
    "Penata Muda Tingkat I, III/b",
    "Penata, III/c",
    "Penata Tingkat I, III/d",
    "Pembina, IV/a",
)
POLICE_RANKS = ("Bripda", "Briptu", "Brigpol", "Bripka", "Aipda", "Aiptu", "Ipda")
SOLDIER_RANKS = ("Prada", "Pratu", "Praka", "Kopda", "Serda", "Sertu", "Serka")
# people in a unit, relative to one another
WEIGHTS = {"opd": 42, "bagian": 16, "kecamatan": 22, "kelurahan": 13, "upt": 27, "institution": 9}
DOMAIN = "kota.example"
WITH_EMAIL, WITH_PHONE = {0, 1, 2, 4, 5, 7}, {0, 1, 3, 5, 8, 9}  # of ten people in a row
FILM_NUMBERS = 1000
LARGE = {"rsud": 420, "polres": 110, "kodim": 60, "satpolpp": 95, "pemkot": 0}


@dataclass(frozen=True, slots=True)
class Invented:
    """One invented person, as a row of the roster."""

    number: str
    kind: str
    name: str
    rank: str
    position: str
    unit_code: str
    email: str = ""
    phone: str = ""


def invent(units: Sequence[Unit], *, people: int, seed: int) -> list[Invented]:
    """Return `people` invented people spread over the units; the first of each OPD is its head."""
    random = Random(seed)  # noqa: S311 invented data, not a secret
    numbers = _numbers(random)
    made: dict[str, Invented] = {}
    for unit, count in _spread(units, people):
        for place in range(count):
            row = _person(unit, place, random, numbers)
            while row.number in made:  # a police number holds only year and month of birth
                row = _person(unit, place, random, numbers)
            made[row.number] = row
    return [_reachable(row, at) for at, row in enumerate(made.values())]


def as_csv(rows: Sequence[Invented]) -> bytes:
    """Return the people as the CSV file that `roster import` reads."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for row in rows:
        person = (row.number, row.kind, row.name, row.rank, row.position, row.unit_code)
        writer.writerow((*person, "aktif", row.email, row.phone))
    return out.getvalue().encode()


def leads(unit: Unit) -> bool:
    """Say whether the head of this unit signs the pact for heads."""
    return unit.kind in ("opd", "kecamatan")


def _reachable(row: Invented, at: int) -> Invented:
    """Return the person with the address and the number that one in this place of the roster has."""
    name = ".".join(re.findall("[a-z]+", row.name.partition(",")[0].lower()))
    return replace(
        row,
        email=f"{name}.{at + 1}@{DOMAIN}" if at % 10 in WITH_EMAIL else "",
        phone=f"+44 7700 900{at % FILM_NUMBERS:03}" if at % 10 in WITH_PHONE else "",
    )


def _spread(units: Sequence[Unit], people: int) -> Iterator[tuple[Unit, int]]:
    weights = [LARGE.get(unit.code, WEIGHTS[unit.kind]) for unit in units]
    whole, given, carried = sum(weights), 0, 0
    for unit, weight in zip(units, weights, strict=True):
        carried += weight
        count = people * carried // whole - given
        given += count
        yield unit, count


def _numbers(random: Random) -> Iterator[tuple[int, int, int, int]]:
    """Yield (year, month, day, serial) of ever new births; the serial is 900 or above."""
    seen: set[tuple[int, int, int, int]] = set()
    while True:
        birth = (random.randint(1968, 2001), random.randint(1, 12), random.randint(1, 28))
        found = (*birth, random.randint(900, 999))
        if found not in seen:
            seen.add(found)
            yield found


def _person(unit: Unit, place: int, random: Random, numbers: Iterator[tuple[int, int, int, int]]) -> Invented:
    woman = random.random() < 0.5
    name = _name(random, woman=woman)
    kind = _kind(unit, place, random)
    number, rank = _number_and_rank(kind, next(numbers), random, woman=woman)
    return Invented(number, kind, name, rank, _position(unit, place, kind, random), unit.code)


def _name(random: Random, *, woman: bool) -> str:
    given = WOMEN if woman else MEN
    if random.random() < 0.04:  # single-word names are common in Java
        return random.choice(FAMILY)
    words = random.sample(given, random.choice((1, 1, 2)))
    return " ".join([*words, random.choice(FAMILY)]) + random.choice(TITLES)


def _kind(unit: Unit, place: int, random: Random) -> str:
    if unit.code == "polres":
        return "polri"
    if unit.code == "kodim":
        return "tni"
    if place == 0:
        return "pns"
    return random.choices(("pns", "pppk", "non-asn"), (58, 34, 8))[0]


def _number_and_rank(kind: str, birth: tuple[int, int, int, int], random: Random, *, woman: bool) -> tuple[str, str]:
    year, month, day, serial = birth
    if kind == "polri":
        return f"{year % 100:02}{month:02}9{serial:03}", random.choice(POLICE_RANKS)
    if kind == "tni":
        return f"3{year % 100:02}{month:02}{day:02}9{serial:03}", random.choice(SOLDIER_RANKS)
    start = min(year + random.randint(20, 32), 2025)
    sex = 2 if woman else 1
    if kind == "pns":
        return f"{year}{month:02}{day:02}{start}{random.randint(1, 12):02}{sex}{serial}", random.choice(PNS_RANKS)
    code = "21" if kind == "pppk" else "24"
    rank = random.choice(("V", "VII", "IX", "X")) if kind == "pppk" else ""
    return f"{year}{month:02}{day:02}{max(start, 2021)}{code}{sex}{serial}", rank


def _position(unit: Unit, place: int, kind: str, random: Random) -> str:
    if kind in ("polri", "tni"):
        return random.choice(("Bintara", "Bintara Administrasi", "Banit Samapta" if kind == "polri" else "Babinsa"))
    if place == 0:
        return _head_position(unit)
    if place == 1 and leads(unit):
        return "Sekretaris"
    if unit.kind == "upt":
        return random.choice(
            ("Guru Ahli Pertama", "Guru Ahli Muda") if unit.code.startswith("s") else ("Perawat", "Bidan")
        )
    if unit.code == "rsud":
        return random.choice(("Perawat Terampil", "Perawat Ahli Pertama", "Bidan", "Apoteker", "Radiografer"))
    return random.choice(("Analis Kebijakan", "Pengelola Data", "Pengadministrasi Umum", "Penata Layanan"))


def _head_position(unit: Unit) -> str:
    if unit.kind == "kecamatan":
        return "Camat"
    if unit.kind == "kelurahan":
        return "Lurah"
    if unit.code == "rsud":
        return "Direktur"
    return "Kepala " + unit.short_name
