"""Who stands right in a unit rises with its parts: the column of the last days has a number in each of its rows."""

from __future__ import annotations

import re

from flask import Flask

from pakta.database import transaction
from pakta.roster import units
from pakta.roster.models import UnitParent
from pakta.web import clock
from tests.people import City
from tests.revocation.office import plain


def test_the_row_of_the_unit_itself_says_how_much_it_gained(app: Flask) -> None:
    city = City(app).build("ani", "budi", signed=["siti", "budi"])
    page = plain(city.visitor("ani").get("/cakupan/dikbud").text)
    table = page[page.rindex("Per unit ") : page.rindex("Perkembangan")]
    assert re.search(r"SD Negeri Kranggan 1 1 dari 1, \S+ % 0 \+1", table), table
    assert re.search(r"sendiri 1 dari 2, \S+ % 0 \+1", table), table


def test_a_part_that_came_within_the_week_brings_no_rise_of_its_own(app: Flask) -> None:
    city = City(app).build("ani", "budi", signed=["siti", "budi"])
    with app.app_context(), transaction() as session:
        school, under = (units.by_code(session, code=code) for code in ("sdn-kranggan-1", "dinkes"))
        assert school is not None and under is not None
        old = school.parent_id
        school.parent_id = under.id
        session.add(UnitParent(unit_id=school.id, last_on=clock.today(), parent_id=old))
        session.flush()
        units.rehang(session, now=clock.now())
    for code in ("dikbud", "dinkes"):
        page = plain(city.visitor("ani").get(f"/cakupan/{code}").text)
        table = page[page.rindex("Per unit ") : page.rindex("Perkembangan")]
        assert re.search(r"sendiri \d+ dari \d+, \S+ % 0 –", table), table
