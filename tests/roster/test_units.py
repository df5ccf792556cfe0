"""The tree of units and the scope that a grant over one of them gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.core.errors import Reason, Refusal
from pakta.database import transaction
from pakta.roster import counters, scope, unitfiles, units
from pakta.roster.importing import Report
from pakta.roster.models import Institution, Unit
from tests.roster.conftest import ANI, BUDI, ENI, GOOD, NOW, file_of

WHOLE_ON_POSTGRESQL = True

HEAD = ",".join(unitfiles.COLUMNS)


def unit(session: Session, code: str) -> Unit:
    found = units.by_code(session, code=code)
    assert found is not None
    return found


def load(*lines: str, head: str = HEAD) -> int:
    with transaction() as session:
        return units.load_units(session, rows=unitfiles.read("\n".join((head, *lines)).encode()), now=NOW)


def test_the_city_has_its_units_in_one_tree_below_the_institution(session: Session) -> None:
    blooto = unit(session, "kel-blooto")
    assert [each.code for each in units.ancestors(session, unit=blooto)] == ["pemkot", "kec-prajuritkulon"]
    assert blooto.institution.code == "pemkot"
    assert blooto.institution.town == "Kota Mojokerto"
    below = units.children(session, unit=unit(session, "kec-prajuritkulon"), on=NOW.date())
    assert len(below) == 6
    assert [each.code for each in units.institutions(session, on=NOW.date())] == [
        "pemkot", "polres", "kodim", "kejari", "pn", "cabdin",
    ]  # fmt: skip


def test_police_and_army_are_marked_and_nobody_else(session: Session) -> None:
    marked = session.scalars(select(Institution.code).where(Institution.marked)).all()
    assert set(marked) == {"polres", "kodim"}


def test_loading_the_same_units_again_changes_nothing(session: Session) -> None:
    before = {each.code: (each.id, each.path) for each in session.scalars(select(Unit))}
    with transaction() as writing:
        assert units.load_own(writing, now=NOW) == 0
    assert {each.code: (each.id, each.path) for each in session.scalars(select(Unit))} == before


def test_a_renamed_unit_keeps_its_place(session: Session) -> None:
    assert load("diskominfo,Dinas Kominfo dan Statistik,Diskominfotik,opd,setda,pemkot".replace("setda", "dlh")) == 1
    assert unit(session, "diskominfo").name == "Dinas Kominfo dan Statistik"


def test_a_moved_unit_takes_its_people_and_their_sums_along(session: Session, take: Callable[..., Report]) -> None:
    take(file_of(*GOOD))
    assert load("setda-hukum,Bagian Hukum,Bagian Hukum,bagian,inspektorat,pemkot") == 1
    session.expire_all()
    assert scope.in_scope([unit(session, "inspektorat")], unit(session, "setda-hukum"))
    assert not scope.in_scope([unit(session, "setda")], unit(session, "setda-hukum"))
    assert counters.check(session) == []


@pytest.mark.parametrize(
    "line",
    [
        "baru,Unit Baru,Baru,opd,tidak-ada,pemkot",
        "baru,Unit Baru,Baru,dinas,pemkot,pemkot",
        "baru,Unit Baru,Baru,opd,,",
        "baru,Unit Baru,Baru,institution,pemkot,pemkot",
        "baru,,Baru,opd,pemkot,pemkot",
        "baru,Unit Baru,Baru,opd,pemkot",
        "setda,Sekretariat Daerah,Setda,opd,setda-hukum,pemkot",
        "lain,Unit Lain,Lain,opd,pemkot,pemkot",
    ],
)
def test_a_tree_that_does_not_hold_is_refused_and_nothing_changes(session: Session, line: str) -> None:
    before = len(session.scalars(select(Unit)).all())
    with pytest.raises(Refusal, match="UNITS_FILE"):
        load("lain,Unit Lain,Lain,opd,pemkot,pemkot", line)
    assert len(session.scalars(select(Unit)).all()) == before
    assert unit(session, "setda").parent_id == unit(session, "pemkot").id


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", HEAD.replace("code", "sandi", 1).encode(), f"{HEAD},lagi".encode(), b"\xff\xfe", b'"a'],
    ids=["empty", "blank", "another word", "one more column", "no text", "open quote"],
)
def test_a_file_with_other_columns_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal, match="UNITS_FILE"):
        unitfiles.read(content)


def test_a_grant_reaches_the_unit_and_all_below_it_and_nothing_beside(session: Session) -> None:
    granted = [unit(session, "kec-prajuritkulon")]
    inside = set(session.scalars(select(Unit.code).where(scope.subtree_clause(granted))))
    assert len(inside) == 7
    for each in session.scalars(select(Unit)):
        assert scope.in_scope(granted, each) == (each.code in inside)
    assert "kec-magersari" not in inside and "pemkot" not in inside


def test_no_grant_reaches_nothing(session: Session) -> None:
    assert not scope.in_scope([], unit(session, "setda"))
    assert session.scalars(select(Unit.code).where(scope.subtree_clause([]))).all() == []


def test_a_unit_whose_id_begins_alike_is_not_below(session: Session) -> None:
    first = unit(session, "setda")  # id 2; others are 20, 21 and so on
    inside = set(session.scalars(select(Unit.code).where(scope.subtree_clause([first]))))
    assert inside == {each.code for each in session.scalars(select(Unit)) if each.code.startswith("setda")}


def test_a_grant_inside_another_is_not_shown_twice(session: Session) -> None:
    granted = [unit(session, code) for code in ("setda-hukum", "setda", "dinkes", "setda")]
    assert [each.code for each in scope.roots(granted)] == ["setda", "dinkes"]


DATED = f"{HEAD},valid_from,valid_until"
BLOOTO = "kel-blooto,Kelurahan Blooto,Blooto,kelurahan,kec-prajuritkulon,pemkot"
TODAY = date(2026, 11, 23)


def open_today(session: Session, code: str) -> bool:
    """Say whether a unit stands open and is listed below the one above it: the two always agree."""
    session.expire_all()
    found = unit(session, code)
    above = units.ancestors(session, unit=found)[-1]
    is_open = units.is_open(session, unit=found, on=TODAY)
    assert is_open == (code in [each.code for each in units.children(session, unit=above, on=TODAY)])
    return is_open


@pytest.mark.parametrize(
    ("days", "is_open"),
    [
        (",", True),
        ("2020-01-01,", True),
        (",2026-11-23", True),
        ("2020-01-01,2026-11-22", False),
        ("2026-11-23,2026-11-23", True),
        ("2026-11-24,", False),
    ],
)
def test_a_unit_stands_open_from_its_first_to_its_last_day(
    session: Session, take: Callable[..., Report], days: str, is_open: bool
) -> None:
    load(f"{BLOOTO},{days}", head=DATED)
    assert open_today(session, "kel-blooto") is is_open
    ends = [Reason.UNIT_ENDS] if days.endswith("2026-11-23") else []  # with the day: nobody comes any more
    assert [each.reason for each in take(file_of(ENI)).errors] == (ends if is_open else [Reason.UNIT_CLOSED])


def test_a_unit_that_a_later_file_does_not_name_stays_and_one_that_ends_is_kept(
    session: Session, take: Callable[..., Report]
) -> None:
    take(file_of(*GOOD))
    known = len(session.scalars(select(Unit)).all())
    ended = f"{BLOOTO},2020-01-01,2026-11-22"
    assert load(ended, head=DATED) == 1
    assert load(ended, head=DATED) == 0
    assert load(BLOOTO) == 0  # without the columns the days stay
    assert len(session.scalars(select(Unit)).all()) == known
    assert open_today(session, "setda") and not open_today(session, "kel-blooto")
    assert counters.check(session) == []
    assert units.left_behind(session, on=TODAY) == {"kel-blooto": 1}
    take(file_of(*GOOD[:-1], ENI.replace("kel-blooto", "setda")))
    assert units.left_behind(session, on=TODAY) == {}
    assert counters.check(session) == []
    assert load(f"{BLOOTO},,", head=DATED) == 1  # an empty cell: it has no last day any more
    assert open_today(session, "kel-blooto")


def test_with_a_unit_all_below_it_ends(session: Session, take: Callable[..., Report]) -> None:
    load("setda,Sekretariat Daerah,Setda,opd,pemkot,pemkot,2020-01-01,2026-11-22", head=DATED)
    session.expire_all()
    assert not units.is_open(session, unit=unit(session, "setda-hukum"), on=TODAY)
    assert units.is_open(session, unit=unit(session, "dinkes"), on=TODAY)
    assert [each.reason for each in take(file_of(ANI)).errors] == [Reason.UNIT_CLOSED]
    assert take(file_of(BUDI)).new == 1


@pytest.mark.parametrize("days", ["2026-13-01,", "2026-23-11,", "2026-11-23,2026-11-22", ",besok"])
def test_days_that_are_none_are_refused_and_nothing_changes(session: Session, days: str) -> None:
    before = (unit(session, "kel-blooto").valid_from, unit(session, "kel-blooto").valid_until)
    with pytest.raises(Refusal, match="UNITS_FILE"):
        load(f"{BLOOTO},{days}", head=DATED)
    session.expire_all()
    assert (unit(session, "kel-blooto").valid_from, unit(session, "kel-blooto").valid_until) == before


def test_each_of_the_two_columns_may_be_left_out(session: Session) -> None:
    assert load("baru,Unit Baru,Baru,opd,pemkot,pemkot,2026-12-01", head=f"{HEAD},valid_from") == 1
    assert unit(session, "baru").valid_from == date(2026, 12, 1)
    assert load("baru,Unit Baru,Baru,opd,pemkot,pemkot,2026-12-31", head=f"{HEAD},valid_until") == 1
    session.expire_all()
    assert (unit(session, "baru").valid_from, unit(session, "baru").valid_until) == (
        date(2026, 12, 1), date(2026, 12, 31),
    )  # fmt: skip
