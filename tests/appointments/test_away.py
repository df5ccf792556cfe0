"""Who moved away is marked grant by grant in one order, whatever the order in which they were found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event

from pakta.appointments import away
from pakta.database import db, transaction
from pakta.web import clock
from tests.appointments.office import Office


def test_grants_are_marked_and_unmarked_by_id(office: Office) -> None:
    first, second, third = (office.grants(who)[0].id for who in ("budi", "rini", "ani"))
    now, held = clock.now(), []

    def see(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("UPDATE role_grants"):
            held.append(next(each for each in (first, second, third) if each in [*_values(parameters)]))

    with office.app.app_context():
        with transaction() as session:
            away.keep(session, {second: now}, now=now)
        event.listen(db.engine, "before_cursor_execute", see)
        try:
            with transaction() as session:
                away.keep(session, {third: now, first: now}, now=now)
        finally:
            event.remove(db.engine, "before_cursor_execute", see)
    assert held == sorted([first, second, third])


def _values(parameters: Any) -> list[Any]:
    return list(parameters.values()) if isinstance(parameters, dict) else list(parameters)
