"""Choosing one unit: all of a small city in one list, of many those whose name or code was typed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from pakta.roster import scope, unitchoice, units
from pakta.roster.models import Unit
from pakta.roster.unitchoice import Offer
from tests.roster.conftest import NOW

TODAY = NOW.date()


def unit(session: Session, code: str) -> Unit:
    found = units.by_code(session, code=code)
    assert found is not None
    return found


def offered(session: Session, words: str = "", *, granted: str = "pemkot", chosen: str = "", but: str = "") -> Offer:
    return unitchoice.offer(
        session, granted=[unit(session, granted)], on=TODAY, words=words, chosen=chosen,
        but=unit(session, but) if but else None,
    )  # fmt: skip


def codes(found: Offer) -> list[str]:
    return [each.code for each in found.units]


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the city have more units than one list holds."""
    monkeypatch.setattr(unitchoice, "MOST_LISTED", 3)


def test_a_small_city_offers_all_its_open_units_by_name(session: Session) -> None:
    found = offered(session)
    assert not found.searching and len(found.units) > 60
    assert [each.name for each in found.units] == sorted(each.name for each in found.units)
    assert all(scope.in_scope([unit(session, "pemkot")], each) for each in found.units)


@pytest.mark.usefixtures("many")
def test_of_many_units_none_is_offered_before_something_is_typed(session: Session) -> None:
    found = offered(session)
    assert found.searching and found.units == () and found.found == 0
    assert offered(session, "   ").units == ()


@pytest.mark.usefixtures("many")
def test_a_unit_is_found_by_its_name_its_code_and_the_name_above_it(session: Session) -> None:
    assert "kel-blooto" in codes(offered(session, "BLOOTO"))
    assert codes(offered(session, "sdn-kranggan-1"))[0] == "sdn-kranggan-1"
    above = unit(session, "kec-prajuritkulon").name
    found = offered(session, f"blooto {above}")
    assert codes(found) == ["kel-blooto"] and found.above[found.units[0].id] == above
    assert codes(offered(session, "blooto magersari")) == []
    assert codes(offered(session, "%")) == codes(offered(session, "tidak-ada")) == []


@pytest.mark.usefixtures("many")
def test_more_matches_than_are_shown_are_counted(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = offered(session, "kel").found
    monkeypatch.setattr(unitchoice, "MOST_FOUND", 2)
    found = offered(session, "kel")
    assert len(found.units) == 2 and found.more == everything - 2 > 0 and not found.at_least
    monkeypatch.setattr(unitchoice, "MOST_COUNTED", 5)
    assert offered(session, "kel").at_least and offered(session, "kel").found <= 5


@pytest.mark.usefixtures("many")
def test_what_was_chosen_stays_among_what_another_search_finds(session: Session) -> None:
    assert codes(offered(session, "kel-blooto", chosen="dikbud")) == ["dikbud", "kel-blooto"]
    assert codes(offered(session, "", chosen="dikbud")) == ["dikbud"]
    assert codes(offered(session, "", chosen="tidak-ada")) == []


@pytest.mark.usefixtures("many")
def test_a_code_is_found_among_more_matches_than_are_read(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    unit(session, "dinkes").name, unit(session, "dikbud").short_name = "Zona akhir", "Dikbud"
    for code in ("dlh", "setda"):
        unit(session, code).name = f"Bagian dinkes {code}"
    session.flush()
    monkeypatch.setattr(unitchoice, "MOST_COUNTED", 2)
    found = offered(session, "DINKES")
    assert codes(found)[0] == "dinkes" and found.at_least
    session.rollback()


@pytest.mark.usefixtures("many")
def test_what_was_chosen_is_not_offered_again_where_it_cannot_be_chosen(session: Session) -> None:
    assert codes(offered(session, "", chosen="dikbud", but="dikbud")) == []
    assert codes(offered(session, "", chosen="sdn-kranggan-1", but="dikbud")) == []
    unit(session, "dikbud").valid_until = TODAY - timedelta(days=1)
    session.flush()
    assert codes(offered(session, "", chosen="dikbud")) == codes(offered(session, "", chosen="sdn-kranggan-1")) == []
    session.rollback()


@pytest.mark.usefixtures("many")
def test_who_covers_one_office_finds_nothing_outside_it(session: Session) -> None:
    assert codes(offered(session, "kel-blooto", granted="dikbud")) == []
    assert codes(offered(session, "", granted="dikbud", chosen="kel-blooto")) == []
    assert "sdn-kranggan-1" in codes(offered(session, "kranggan", granted="dikbud"))


def test_a_unit_is_not_offered_where_it_or_one_above_it_has_ended(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {"kec-prajuritkulon", "kel-blooto"} <= set(codes(offered(session)))
    unit(session, "kec-prajuritkulon").valid_until = TODAY - timedelta(days=1)
    session.flush()
    assert not {"kec-prajuritkulon", "kel-blooto"} & set(codes(offered(session)))
    monkeypatch.setattr(unitchoice, "MOST_LISTED", 3)
    assert codes(offered(session, "kel-blooto")) == codes(offered(session, "kec-prajuritkulon")) == []
    assert "kel-blooto" in codes(offered(session, "blooto", granted="kec-prajuritkulon"))  # as before: within reach
    session.rollback()


def test_a_unit_is_merged_into_none_below_it_and_none_of_another_institution(session: Session) -> None:
    found = codes(offered(session, but="dikbud"))
    assert "dikbud" not in found and "sdn-kranggan-1" not in found and "dinkes" in found
