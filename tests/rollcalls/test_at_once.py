"""Two heads who open roll calls of one unit at once: one is opened, the other is told.

Two connections to PostgreSQL; SQLite lets one write at a time.
"""

from __future__ import annotations

from typing import Any

import pytest

from pakta.accounts.models import Account
from pakta.database import transaction
from pakta.rollcalls import service
from pakta.rollcalls.service import Wanted
from pakta.web import clock
from tests.rollcalls.hall import BEGIN, END, Hall
from tests.signing.test_one_order_of_locks import WRITERS_TURN, Act, at_once

WHOLE_ON_POSTGRESQL = True

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def opening(hall: Hall, who: str) -> Act:
    """Return what opens a roll call of Dikbud for somebody."""

    def act() -> Any:
        with transaction() as session:
            by = session.get_one(Account, hall.keys[who][0])
            wanted = Wanted("Halaman Dikbud", hall.day.date().isoformat(), BEGIN, END)
            return service.begin(session, by=by, unit_code="dikbud", wanted=wanted, now=clock.now()).id

    return act


def test_of_two_who_open_one_at_once_the_second_is_told(hall: Hall) -> None:
    outcomes = at_once(hall, opening(hall, "budi"), opening(hall, "rini"), held=WRITERS_TURN)
    assert outcomes == [1, "ROLLCALL_OVERLAPS"]
    assert len(hall.rows()) == 1
