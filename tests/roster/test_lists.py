"""Lists of people: all pages together hold everybody once, unit by unit, down the tree."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.database import transaction
from pakta.roster import asks, counters, lists, units
from pakta.roster.importing import Report
from pakta.roster.lists import Listed, Page
from pakta.roster.models import Person, Unit
from tests.roster.conftest import NOW, file_of

ASKED = asks.of_editions({"ASN-1": ("pns", "pppk", "non-asn")})
CODES = ("pemkot", "setda", "setda-hukum", "setda-umum", "dinkes", "pkm-blooto", "kel-blooto", "rsud", "kejari")


@pytest.fixture
def city(session: Session, take: Callable[..., Report], monkeypatch: pytest.MonkeyPatch) -> Session:
    """Give a city of 70 people at random places, some on leave, some signed; three people fit on a page."""
    monkeypatch.setattr(lists, "PAGE", 3)
    monkeypatch.setattr(lists, "BESIDE", 3)
    random = Random(7)
    rows = [
        f"1986092620150510{at + 10},pns,Orang {random.randint(10, 99)},,,{random.choice(CODES)},"
        f"{random.choice(('aktif', 'aktif', 'aktif', 'cuti'))},,"
        for at in range(70)
    ]
    assert take(file_of(*rows)).new == 70
    with transaction() as writing:
        for person in writing.scalars(select(Person)).all():
            if random.random() < 0.4:
                counters.mark_signed(writing, person=person, edition_code="ASN-1", now=NOW)
    return session


def all_pages(ask: Callable[[int], Page]) -> list[Listed]:
    first = ask(1)
    pages = [ask(page) for page in range(1, first.last + 1)]
    assert [page.page for page in pages] == list(range(1, first.last + 1))
    assert all(len(page.people) == 3 for page in pages[:-1])
    found = [person for page in pages for person in page.people]
    assert len(found) == first.total
    return found


def down_the_tree(session: Session, top: Unit) -> list[int]:
    below = session.scalars(select(Unit).where(Unit.parent_id == top.id).order_by(Unit.id)).all()
    return [top.id, *(each for child in below for each in down_the_tree(session, child))]


@pytest.mark.parametrize("code", ["pemkot", "setda", "setda-hukum", "kejari", "dlh"])
def test_every_page_together_holds_everybody_once_in_the_order_of_the_tree(city: Session, code: str) -> None:
    top = units.by_code(city, code=code)
    assert top is not None
    order = down_the_tree(city, top)
    everybody = list(lists.everyone(city, within=top, asked=ASKED))
    everybody.sort(key=lambda each: (order.index(each.unit_id), each.name, each.person_id))
    assert len(everybody) == sum(person.unit_id in order for person in city.scalars(select(Person)))
    active = [each for each in everybody if each.status == "aktif"]
    for ask, expected in (
        (lists.unsigned, [each for each in active if each.signed_at is None]),
        (lists.signed, [each for each in active if each.signed_at is not None]),
        (lists.excused, [each for each in everybody if each.status != "aktif"]),
    ):
        assert all_pages(lambda page, ask=ask: ask(city, within=top, asked=ASKED, page=page)) == expected


def test_a_page_beyond_the_end_is_the_last_one(city: Session) -> None:
    top = units.by_code(city, code="pemkot")
    assert top is not None
    beyond = lists.unsigned(city, within=top, asked=ASKED, page=10_000)
    assert beyond.page == beyond.last and beyond.people


def test_a_search_finds_every_word_in_any_case(city: Session) -> None:
    top = units.by_code(city, code="pemkot")
    assert top is not None
    found = all_pages(lambda page: lists.unsigned(city, within=top, asked=ASKED, search="ORANG 1", page=page))
    assert found and all("1" in each.name for each in found)
    assert lists.unsigned(city, within=top, asked=ASKED, search="orang_").total == 0


def test_people_are_shown_under_their_units_without_a_break(city: Session) -> None:
    top = units.by_code(city, code="pemkot")
    assert top is not None
    page = lists.unsigned(city, within=top, asked=ASKED, page=2)
    assert [person for _, people in page.by_unit for person in people] == list(page.people)
