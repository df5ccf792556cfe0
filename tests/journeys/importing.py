"""The pages of imports, for pictures: one file at each of its steps, out of the city's own roster."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from pakta.database import db, transaction
from pakta.imports.models import RosterImport
from pakta.jobs.models import Job
from pakta.roster.models import Person
from pakta.web import clock
from tests.imports.office import Office
from tests.people import HEADER, City

if TYPE_CHECKING:
    from tests.journeys.screenshots import Camera

PUTRI = ["199505052020122999", "pns", "Putri Ayu Wulandari", "Penata Muda, III/a", "Analis", "dinkes", "", "", ""]


def imports(camera: Camera) -> None:
    """Take the list, and a file at each step."""
    camera.city.app.config["WTF_CSRF_ENABLED"] = False  # the forms are sent by this process here
    office = Office(camera.city.app, camera.city.keys)
    camera.take("impor-1-daftar", "/impor", who="ani")
    everybody = _everybody(office)
    first = office.bring([*everybody, PUTRI], check=False)
    camera.take("impor-2-kolom", f"/impor/{first}", who="ani")
    office.columns(first, office.visitor("ani"))
    _settle(office, first)
    camera.take("impor-3-diperiksa", f"/impor/{first}", who="ani")
    excel = ["1.99505E+17", "pns", "Rudi Hartono", "", "Analis", "dinas-sihir", "aktif", "", "81234567890"]
    wrong = office.bring([*everybody[:40], excel, ["", *excel[1:]]])
    _settle(office, wrong)
    camera.take("impor-4-salah", f"/impor/{wrong}", who="ani")
    changed = [[*line] for line in everybody[:-5]]
    changed[30][2], changed[31][6], changed[32][5], changed[33][4] = (
        "Bambang Sutejo", "pensiun", "dinkes", "Analis Ahli"
    )  # fmt: skip
    two = office.bring(changed)
    _settle(office, two)
    camera.take("impor-5-perlu-dua", f"/impor/{two}", who="ani")
    camera.take("impor-6-tidak-ada", f"/impor/{two}?daftar=tidak-ada", who="ani")
    office.send(two, "tandai", status="mutasi", siapa="semua")
    office.send(two, "terapkan")
    camera.take("impor-7-menunggu", f"/impor/{two}", who="dewi")
    camera.take("impor-8-daftar", "/impor", who="dewi")
    office.send(two, "setujui", by="dewi")
    _settle(office, two)
    camera.take("impor-9-diterapkan", f"/impor/{two}", who="dewi")
    camera.take("impor-perpindahan", "/impor/perpindahan", who="ani")
    _stand(office, first, state="working", runner="lain", done=1, started_at=clock.now() - timedelta(seconds=9))
    camera.take("impor-dikerjakan", f"/impor/{first}", who="ani")
    _stand(office, first, state="failed", runner="", trouble="IMPORT_STALE")
    camera.take("impor-gagal", f"/impor/{first}", who="ani")


def three(city: City) -> None:
    """Let there be a file whose columns are not chosen, one with a wrong row, and one that two must look at."""
    city.app.config["WTF_CSRF_ENABLED"] = False  # the forms are sent by this process here
    office = Office(city.app, city.keys)
    office.bring([PUTRI], check=False)
    for lines in (
        [*office.lines("joko"), ["1.99505E+17", *PUTRI[1:]]],
        office.lines("joko", siti={"name": "Bambang"}),
    ):
        _settle(office, office.bring(lines))


def _everybody(office: Office) -> list[list[str]]:
    """Return the city's own institution as a file."""
    with office.app.app_context():
        rows = db.session().execute(select(Person).order_by(Person.id)).scalars().unique()
        return [
            [getattr(row, name) if name != "unit_code" else row.unit.code for name in HEADER]
            for row in rows
            if row.unit.institution.code == "pemkot"
        ]


def _settle(office: Office, import_id: int) -> None:
    """Wait until the worker, here or there, has nothing to do with an import."""
    while office.state(import_id)[0] in ("periksa", "terapkan"):
        office.work()


def _stand(office: Office, import_id: int, **changed: object) -> None:
    """Let an import stand as if a job worked on it that stands as is said."""
    with office.app.app_context(), transaction() as session:
        row = session.get_one(RosterImport, import_id)
        row.state = "terapkan"
        job = session.get_one(Job, row.job_id)
        job.held_until_at, job.finished_at = clock.now() + timedelta(days=300), clock.now()
        for name, value in changed.items():
            setattr(job, name, value)
