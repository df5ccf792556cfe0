"""Who is given back comes to an open unit, and to one beside whose name theirs still fits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from pakta.core.errors import Refusal
from pakta.database import transaction
from pakta.roster import service as roster
from pakta.roster.models import Person, Unit
from pakta.web import clock
from tests.imports.office import Office
from tests.people import KNOWN

SITI, JOKO = KNOWN["siti"].number, KNOWN["joko"].number


@pytest.mark.parametrize("what", ["closed", "ends", "renamed"])
def test_an_undone_mark_leaves_out_who_has_no_unit_to_come_back_to(office: Office, what: str) -> None:
    import_id = office.bring(office.lines("joko", "siti"))
    office.send(import_id, "tandai", status="mutasi", siapa="semua")
    office.send(import_id, "tandai/1/setujui", by="dewi")
    with office.app.app_context(), transaction() as session:
        school = session.execute(select(Unit).where(Unit.code == "sdn-kranggan-1")).scalar_one()
        if what == "closed":
            school.valid_from = school.valid_until = clock.today() - timedelta(days=1)
        elif what == "ends":
            school.valid_until = clock.today()
        else:
            school.short_name = "Ś" * 80
    answer = office.send(import_id, "tandai/1/batal")
    assert answer.status_code == 302
    standing = office.people()
    assert (standing[SITI][2], standing[JOKO][2]) == ("mutasi", "aktif")
    assert "1 orang tetap keluar" in office.page(
        import_id, asks=answer.headers["Location"].partition(str(import_id))[2]
    )


def test_who_comes_back_fits_and_who_stands_there_already_is_moved_however_the_name_is_written(
    office: Office,
) -> None:
    with office.app.app_context(), transaction() as session:
        person = session.execute(select(Person).where(Person.number == SITI)).scalar_one()
        roster.set_place(session, person=person, status="mutasi", now=clock.now())
        person.unit.short_name, person.name = "Ś" * 80, "Ｓiti Lestari"
        session.flush()
        with pytest.raises(Refusal, match="NAME_TOO_LONG"):
            roster.set_place(session, person=person, status="aktif", now=clock.now())
        person.unit.short_name = "SDN"
        roster.set_place(session, person=person, status="aktif", now=clock.now())
        other = session.execute(select(Unit).where(Unit.code == "smpn-1")).scalar_one()
        roster.set_place(session, person=person, unit=other, now=clock.now())
        assert (person.unit.code, person.status) == ("smpn-1", "aktif")
