"""A unit does not end while somebody is given a role over it: one of both waits, and finds what the other did.

Two connections to PostgreSQL, each at the place where the other would be waited for.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from pakta import startup
from pakta.accounts.models import Account, RoleGrant
from pakta.appointments import service as appointments
from pakta.appointments import wishes
from pakta.appointments.wishes import Typed
from pakta.commands import people, serving
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import counters, planning, unitfiles, unitplan, units
from pakta.roster.models import Unit
from pakta.structure import service
from pakta.structure.service import Administrator
from pakta.web import clock
from tests.people import KNOWN, City
from tests.signing.copied import config as config
from tests.signing.copied import patient as patient
from tests.signing.test_one_order_of_locks import (
    LONG,
    WRITERS_TURN,
    Act,
    at_once,
    correcting_the_name,
    holding,
    outcome,
    signing,
)

WHOLE_ON_POSTGRESQL = True

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
ENDS = "dinkes"


def unit(code: str) -> Unit:
    """Return a unit; inside the app's context."""
    found = units.by_code(db.session(), code=code)
    assert found is not None
    return found


def giving(city: City) -> Act:
    """Return what approves, as the second administrator, that rini leads the unit that ends."""
    city.activate("rini")
    typed = Typed(number=KNOWN["rini"].number, unit=ENDS, role="head", reason="SK 821/12/2026")
    with city.app.app_context(), transaction() as session:
        by = wishes.visitor(session, account=session.get_one(Account, city.keys["ani"][0]), now=clock.now())
        pepper = city.wired.keyring.pepper
        asked = appointments.give(session, by=by, typed=typed, now=clock.now(), pepper=pepper).id

    def approve() -> object:
        with transaction() as session:
            by = wishes.visitor(session, account=session.get_one(Account, city.keys["dewi"][0]), now=clock.now())
            appointments.approve(session, appointment_id=asked, by=by, now=clock.now())
        return "given"

    return approve


def appointing(city: City) -> Act:
    """Return what gives rini the same role by command."""

    def appoint() -> object:
        done = CliRunner().invoke(people.appoint, [KNOWN["rini"].number, "head", ENDS])
        assert done.exit_code == 0, done.output
        return "appointed"

    return appoint


def merging(city: City) -> Act:
    """Return what merges the unit that ends into another, as it was shown."""

    def merge(seen: str | None) -> str:
        with transaction() as session:
            by = Administrator(city.keys["ani"][0], [unit("pemkot")])
            done = service.merge(session, unit=unit(ENDS), into="dlh", by=by, now=clock.now(), seen=seen)
            return done.mark

    with city.app.app_context():
        with transaction() as session:
            session.execute(update(Unit).values(valid_from=date(2020, 1, 1)))  # what began today ends today
        mark = merge(None)
    return lambda: merge(mark) and "merged"


def row_of(city: City, who: str) -> str:
    with city.app.app_context():
        return f"SELECT 1 FROM people WHERE id = {city.person(who).id} FOR UPDATE"


def test_who_merges_finds_the_role_that_was_being_given(patient: City) -> None:
    assert at_once(patient, giving(patient), merging(patient), held=WRITERS_TURN) == ["given", "UNIT_LED"]


def test_who_gives_a_role_finds_the_unit_that_was_being_merged(patient: City) -> None:
    acts = giving(patient), merging(patient)
    assert at_once(patient, acts[1], acts[0], held=row_of(patient, "joko")) == ["merged", "UNIT_CLOSED"]


def test_who_merges_and_who_corrects_do_not_wait_for_each_other(patient: City) -> None:
    acts = correcting_the_name(patient, "siti"), merging(patient)
    assert at_once(patient, *acts, held=WRITERS_TURN) == ["corrected", "merged"]


KINDS = [
    ["dinkes", "Dinas Kesehatan", "Dinkes", "bagian", "pemkot", "pemkot"],
    ["sdn-kranggan-1", "SD Negeri Kranggan 1", "SDN Kranggan 1", "upt", "smpn-1", "pemkot"],
]


def loading(city: City) -> Act:
    """Return what loads a file that makes no office of the unit that joko leads, and hangs another one elsewhere."""
    with city.app.app_context():
        rows = unitfiles.read("\n".join(",".join(row) for row in [unitfiles.COLUMNS[:6], *KINDS]).encode())
        by = Administrator(city.keys["ani"][0], [unit("pemkot")])
        found = service.would_load(db.session(), root=unit("pemkot"), rows=rows, by=by, now=clock.now())
        mark = unitplan.mark(found)

    def load() -> object:
        with transaction() as session:
            root = unit("pemkot")
            return service.load(session, root=root, rows=rows, seen=mark, by=by, now=clock.now())

    return load


def test_a_head_signs_while_a_file_that_lets_them_sign_otherwise_waits_for_them(patient: City) -> None:
    patient.sign("budi")  # as a head: of whom none has signed, no counter is held
    patient.grant("joko", Role.HEAD, ENDS)
    acts = loading(patient), signing(patient, "joko")
    row = row_of(patient, "joko").replace("UPDATE", "SHARE")
    with patient.app.app_context():
        db.session.remove()
    with ThreadPoolExecutor(2) as pool:
        with holding(patient, row) as wait_for:
            loads = pool.submit(outcome, patient, acts[0])
            wait_for(1)  # for the person, with no counter in hand
            assert pool.submit(outcome, patient, acts[1]).result(LONG) == "signed"
        assert loads.result(LONG) == 2
    with patient.app.app_context():
        assert patient.person("joko").signs_as == "pns" and counters.check(db.session()) == []


def test_one_role_is_given_once_by_two_administrators_and_by_command(
    patient: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "open_app", lambda: patient.app)
    acts = giving(patient), appointing(patient)
    assert at_once(patient, *acts, held=row_of(patient, "rini")) == ["given", "appointed"]
    with patient.app.app_context():
        over = (RoleGrant.unit_id == unit(ENDS).id, RoleGrant.ended_at.is_(None))
        assert db.session().scalar(select(func.count(RoleGrant.id)).where(*over)) == 1


def test_the_worker_does_not_wait_for_an_import_to_end_a_role(patient: City) -> None:
    def lead() -> tuple[datetime | None, bool]:
        with patient.app.app_context():
            grant = db.session().scalars(select(RoleGrant).where(RoleGrant.role == "head")).one()
            return grant.ended_at, grant.last_on is None

    patient.activate("budi")
    with patient.app.app_context(), transaction() as session:
        yesterday = clock.today() - timedelta(days=1)
        session.execute(update(RoleGrant).where(RoleGrant.role == "head").values(last_on=yesterday))
    with ThreadPoolExecutor(1) as pool, patient.app.app_context():
        with transaction() as session:
            planning.lock(session)
            pool.submit(_ends_roles, patient).result(5)
            assert lead() == (None, False)
        _ends_roles(patient)
    assert lead()[0] is not None


def _ends_roles(city: City) -> None:
    with city.app.app_context():
        serving.Work(city.app)._end_roles()
