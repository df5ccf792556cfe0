"""Who stands right in a unit rises with its parts: the column of the last days has a number in each of its rows."""

from __future__ import annotations

import re

from flask import Flask

from tests.people import City
from tests.revocation.office import plain


def test_the_row_of_the_unit_itself_says_how_much_it_gained(app: Flask) -> None:
    city = City(app).build("ani", "budi", signed=["siti", "budi"])
    page = plain(city.visitor("ani").get("/cakupan/dikbud").text)
    table = page[page.rindex("Per unit ") : page.rindex("Perkembangan")]
    assert re.search(r"SD Negeri Kranggan 1 1 dari 1, \S+ % 0 \+1", table), table
    assert re.search(r"sendiri 1 dari 2, \S+ % 0 \+1", table), table
