"""A file from before a merger brings nobody back into the unit that ends with the day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from pakta.database import transaction
from pakta.roster.models import Unit
from pakta.web import clock
from tests.imports.office import Office
from tests.people import KNOWN

SCHOOL = KNOWN["siti"].unit
NEW = ["199505052020122999", "pns", "Putri Ayu Wulandari", "", "Analis", SCHOOL, "", "", ""]


def end(office: Office, code: str, *, days: int = 0) -> None:
    """Let a unit end today, or so many days later."""
    with office.app.app_context(), transaction() as session:
        last = clock.today() + timedelta(days=days)
        session.execute(update(Unit).where(Unit.code == code).values(valid_until=last))


@pytest.mark.parametrize("ended", [SCHOOL, "dikbud"])  # itself, or what stands above it
def test_nobody_comes_into_a_unit_that_ends_today_and_who_is_there_may_stay(office: Office, ended: str) -> None:
    end(office, ended)
    import_id = office.bring([*office.lines(joko={"unit_code": SCHOOL}, siti={"position": "Guru Ahli"}), NEW])
    state, new, changed, _, wrong = office.state(import_id)
    assert (state, new, changed, wrong) == ("diperiksa", 0, 1, 2)  # siti stays there
    assert f"Unit “{SCHOOL}” berakhir hari ini" in office.page(import_id)


def test_a_unit_that_ends_tomorrow_takes_people_until_then(office: Office) -> None:
    end(office, SCHOOL, days=1)
    import_id = office.bring([*office.lines(joko={"unit_code": SCHOOL}), NEW])
    assert office.state(import_id)[1:3] == (1, 1) and office.state(import_id)[4] == 0


def test_a_file_that_was_checked_before_the_merger_writes_nothing_after_it(office: Office) -> None:
    import_id = office.bring([*office.lines(), NEW])
    end(office, SCHOOL)
    office.send(import_id, "terapkan")
    assert NEW[0] not in office.people() and office.state(import_id)[0] == "terapkan"
