"""What `screenshots` takes of revocation and notices: each page, and each state that a request comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Page

from pakta.accounts.models import Account
from pakta.certificates import service as certificates
from pakta.database import db, transaction
from pakta.revocation import service
from pakta.revocation.service import Typed, Visitor
from pakta.roster import units
from pakta.web import clock
from tests.people import GRANTS, City

if TYPE_CHECKING:
    from tests.journeys.screenshots import Camera

REASON = "Gelar dalam sertifikat keliru; surat permohonan 12/XI"


def empty(camera: Camera) -> None:
    """Take the pages before anything was asked or told."""
    for who in ("ani", "wati"):
        camera.take(f"kosong-pencabutan-{who}", "/pencabutan", who=who)
    camera.take("kosong-pemberitahuan", "/pemberitahuan", who="joko")


def revoking(camera: Camera) -> None:
    """Take one revocation from the search to the notice, and the states of others."""
    city = camera.city
    number = _signed(city, "budi")
    page_of = f"/pencabutan/sertifikat/{number}"
    camera.take("cabut-1-cari", "/pencabutan", who="ani", act=lambda page: _search(page, "budi"))
    camera.take("cabut-2-sertifikat", page_of, who="ani")
    camera.take("cabut-2-kepala", f"/pencabutan/sertifikat/{_signed(city, 'rini')}", who="budi")
    camera.take("cabut-2-pengawas", page_of, who="wati")
    camera.take("cabut-2-sendiri", f"/pencabutan/sertifikat/{_signed(city, 'ani')}", who="ani")
    camera.take("cabut-2-salah", page_of, who="ani", act=lambda page: _choose(page, "cabut", "", "x"))
    camera.take("cabut-3-periksa", page_of, who="ani", act=lambda page: _choose(page, "cabut"))
    camera.take("cabut-3-tangguhkan", page_of, who="ani", act=lambda page: _choose(page, "tangguhkan"))
    camera.take("cabut-cari-tidak-ada", "/pencabutan", who="ani", act=lambda page: _search(page, "zainuddin"))
    camera.take("cabut-cari-nip", "/pencabutan", who="ani", act=lambda page: _search(page, "198609262015052901"))
    asked = ask(city, "wati", "budi")
    request = f"/pencabutan/permintaan/{asked}"
    camera.take("cabut-4-menunggu-dua", request, who="ani")
    decide(city, "ani", asked)
    camera.take("cabut-4-menunggu-kedua", request, who="dewi")
    camera.take("cabut-4-pertama", request, who="ani")
    decide(city, "dewi", asked)
    camera.take("cabut-5-disetujui", request, who="dewi")
    camera.take("cabut-5-pengawas", request, who="wati")
    camera.take("cabut-5-dicabut", page_of, who="ani")
    ask(city, "ani", "rini", "tangguhkan")
    camera.take("cabut-6-pulihkan", f"/pencabutan/sertifikat/{city_number(city, 'rini')}", who="dewi")
    again = ask(city, "ani", "rini", "pulihkan")
    camera.take("cabut-6-menunggu", f"/pencabutan/permintaan/{again}", who="dewi")
    camera.take("cabut-6-sendiri", f"/pencabutan/permintaan/{again}", who="ani")
    decide(city, "dewi", again)
    camera.take("cabut-7-daftar", "/pencabutan", who="dewi")
    for who in ("budi", "rini"):
        camera.take(f"pemberitahuan-{who}", "/pemberitahuan", who=who)
    camera.take("pemberitahuan-dibaca", "/pemberitahuan", who="rini", act=_read)
    camera.take("sertifikat-dicabut", f"/sertifikat/{number}", who="budi")
    camera.take("sertifikat-bukan-saya", f"/sertifikat/{city_number(city, 'rini')}", who="rini")


def ask(city: City, by: str, whose: str, wanted: str = "cabut") -> int:
    """Let somebody ask; return the request's id."""
    with city.app.app_context(), transaction() as session:
        typed = Typed(wanted, "data-salah", REASON)
        return service.enter(
            session, by=_visitor(city, by), number=city_number(city, whose), typed=typed, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        ).id  # fmt: skip


def decide(city: City, by: str, request_id: int) -> None:
    """Let an administrator approve."""
    with city.app.app_context(), transaction() as session:
        service.approve(
            session, request_id=request_id, by=_visitor(city, by), now=clock.now(), keyring=city.wired.keyring,
            config=city.wired.config,
        )  # fmt: skip
    city.settle()


def city_number(city: City, who: str) -> str:
    """Return the number of a person's newest certificate."""
    with city.app.app_context():
        return certificates.of_person(db.session(), person_id=city.person(who).id)[0].number


def _signed(city: City, who: str) -> str:
    """Return the number of a person's certificate; an earlier scene may have let them sign."""
    with city.app.app_context():
        found = certificates.of_person(db.session(), person_id=city.person(who).id)
    return found[0].number if found else city.sign(who).number


def _visitor(city: City, who: str) -> Visitor:
    account = db.session().get_one(Account, city.keys[who][0])
    role, code = GRANTS[who]
    unit = units.by_code(db.session(), code=code)
    assert unit is not None
    return Visitor(account, {role: [unit]})


def _search(page: Page, words: str) -> None:
    page.locator("#cari").fill(words)
    page.get_by_role("button", name="Cari").click()


def _choose(page: Page, wanted: str, reason_class: str = "data-salah", reason: str = REASON) -> None:
    page.locator(f"input[name=minta][value={wanted}]").check()
    if reason_class:
        page.locator(f"input[name=golongan][value={reason_class}]").check()
    page.get_by_label("Alasan", exact=True).fill(reason)
    page.get_by_role("button", name="Lanjut").click()


def _read(page: Page) -> None:
    button = page.get_by_role("button", name="Tandai sudah dibaca")
    if button.count():  # at the second width it is done already
        button.click()
