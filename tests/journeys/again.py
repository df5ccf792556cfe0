"""The scene of wrong data: report, preview, correction, the request to sign again, and both certificates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from playwright.sync_api import Page
from sqlalchemy import select

from pakta.accounts.models import Account
from pakta.certificates import service as certificates
from pakta.database import transaction
from pakta.roster import correcting, units
from pakta.roster import service as roster
from pakta.signing import reports
from pakta.signing.models import DataReport
from pakta.web import clock
from tests.people import City

if TYPE_CHECKING:
    from tests.journeys.screenshots import Camera


def scene(camera: Camera) -> None:
    """Let rini report, ani correct, and rini sign again; let somebody wait too long and somebody else move."""
    city = camera.city
    city.sign("rini")
    city.sign("lina")
    with city.app.app_context(), transaction() as session:
        now = clock.now()
        late = reports.report(session, person=city.person("lina"), field="unit", message="Saya di SDN 2.", now=now)
        late.reported_at = now - timedelta(hours=80)
        reports.report(session, person=city.person("rini"), field="nama", message="Gelar saya kurang: M.Si.", now=now)
    number = _report_of(city, "rini")
    camera.take("lagi-lapor-terkirim", "/data-salah?terkirim=1", who="rini")
    camera.take("lagi-antrean", "/laporan-data", who="ani")
    camera.take("lagi-pengawas", "/pengawas", who="wati")
    camera.take("lagi-laporan", f"/laporan-data/{number}", who="ani")
    camera.take("lagi-salah", f"/laporan-data/{number}", who="ani", act=lambda page: _correct(page, "M.Si. " * 40))
    camera.take("lagi-periksa", f"/laporan-data/{number}", who="ani", act=lambda page: _correct(page, "Rini, M.Si."))
    _through_the_service(city, number)
    camera.take("lagi-diperbaiki", f"/laporan-data/{number}?diperbaiki=1", who="ani")
    for name, path in (
        ("beranda", "/"), ("pakta", "/pakta"), ("akun", "/akun"), ("status", "/pakta/status"),
        ("data-salah", "/data-salah"), ("pemberitahuan", "/pemberitahuan"),
        ("sertifikat", f"/sertifikat/{_newest(city, 'rini')}"),
    ):  # fmt: skip
        camera.take(f"lagi-{name}", path, who="rini")
    old = _newest(city, "rini")
    city.sign("rini")
    camera.take("lagi-lama", f"/sertifikat/{old}", who="rini")
    camera.take("lagi-baru", f"/sertifikat/{_newest(city, 'rini')}", who="rini")
    with city.app.app_context(), transaction() as session:
        dikbud = units.by_code(session, code="dikbud")
        roster.set_place(session, person=city.person("lina"), unit=dikbud, now=clock.now())
    camera.take("lagi-cakupan", "/cakupan", who="budi")
    camera.take("lagi-pindah", "/data-salah", who="lina")


def _through_the_service(city: City, number: int) -> None:
    with city.app.app_context(), transaction() as session:
        person = city.person("rini")
        present = correcting.present(person)
        reports.correct(
            session, report_id=number, by=session.get_one(Account, city.keys["ani"][0]),
            wanted=correcting.Wanted("Rini Astuti, M.Si.", present.rank, present.position, present.unit),
            seen=reports.stamp(person), text="Gelar ditambahkan menurut ijazah.", now=clock.now(),
        )  # fmt: skip


def _report_of(city: City, who: str) -> int:
    with city.app.app_context(), transaction() as session:
        wanted = select(DataReport.id).where(DataReport.person_id == city.person(who).id)
        return session.execute(wanted.order_by(DataReport.id.desc()).limit(1)).scalar_one()


def _newest(city: City, who: str) -> str:
    with city.app.app_context(), transaction() as session:
        return certificates.of_person(session, person_id=city.person(who).id)[0].number


def _correct(page: Page, name: str) -> None:
    page.get_by_label("Nama", exact=True).fill(name)
    page.get_by_role("button", name="Lihat perubahannya").click()
    page.wait_for_load_state("networkidle")
