"""What `screenshots` takes of roll calls: from the empty list to the late list, and the wall for a projector too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from pakta.accounts.models import Account
from pakta.database import db, transaction
from pakta.rollcalls import service
from pakta.rollcalls.models import Rollcall
from pakta.rollcalls.service import Wanted
from pakta.roster.models import SignedPerson
from pakta.web import clock, display
from tests.journeys import browser as browsers
from tests.people import City

if TYPE_CHECKING:
    from tests.journeys.screenshots import Camera

PROJECTOR = {"viewport": {"width": 1920, "height": 1080}}


def rollcalls(camera: Camera) -> None:
    """Take one roll call from the form to the late list; its wall before, during, cut off, and after."""
    city = camera.city
    camera.take("apel-1-kosong", "/apel?unit=smpn-1", who="budi")
    camera.take("apel-2-baru", "/apel/baru", who="budi")
    camera.take("apel-2-salah", "/apel/baru?unit=dikbud", who="budi", act=_send)
    rollcall_id = opened(city)
    page = f"/apel/{rollcall_id}"
    wall, kiosk = addresses(city, rollcall_id)
    camera.take("apel-3-akan-datang", page, who="budi")
    camera.take("apel-3-ubah", f"{page}/ubah", who="budi")
    _walls(camera, "apel-dinding-1-menunggu", wall)
    _move(city, rollcall_id, begins=-20, ends=40)
    camera.take("apel-4-berjalan", page, who="budi")
    camera.take("apel-4-betulkan", f"{page}/ubah", who="budi")
    _walls(camera, "apel-dinding-2-berjalan", wall)
    _walls(camera, "apel-dinding-3-terputus", wall, cut=True)
    camera.take("apel-kios", kiosk)
    camera.take("apel-kios-keluar", kiosk, who="budi")
    _move(city, rollcall_id, begins=-65, ends=-5)
    _spread(city)
    camera.take("apel-5-selesai", page, who="budi")
    camera.take("apel-5-daftar", "/apel", who="budi")
    camera.take("apel-6-terlambat", f"{page}/terlambat", who="budi")
    _walls(camera, "apel-dinding-4-selesai", wall)
    camera.take("apel-kios-selesai", kiosk)


def opened(city: City) -> int:
    """Let budi open a roll call for tomorrow morning; return its id."""
    with city.app.app_context(), transaction() as session:
        by, now = session.get_one(Account, city.keys["budi"][0]), clock.now()
        day = display.in_wib(now + timedelta(days=1)).date().isoformat()
        wanted = Wanted("Halaman Dinas Pendidikan dan Kebudayaan", day, "07:30", "08:30")
        return service.begin(session, by=by, unit_code="dikbud", wanted=wanted, now=now).id


def _move(city: City, rollcall_id: int, *, begins: int, ends: int) -> None:
    """Let it begin and end so many minutes from now."""
    now = clock.now()
    moments = {"begins_at": now + timedelta(minutes=begins), "ends_at": now + timedelta(minutes=ends)}
    with city.app.app_context(), transaction() as session:
        session.execute(update(Rollcall).where(Rollcall.id == rollcall_id).values(moments))


def _spread(city: City) -> None:
    """Let two of three signatures have come before its end, and every second of these before its beginning."""
    now, at = clock.now(), SignedPerson.person_id
    with city.app.app_context(), transaction() as session:
        for minutes, mine in ((30, at % 3 != 0), (70, at % 6 == 1)):
            earlier = now - timedelta(minutes=minutes)
            session.execute(update(SignedPerson).where(mine).values(signed_at=earlier))


def addresses(city: City, rollcall_id: int) -> tuple[str, str]:
    """Return where its wall and its kiosk are."""
    with city.app.app_context():
        row = db.session().execute(select(Rollcall).where(Rollcall.id == rollcall_id)).scalar_one()
        return f"/apel/{row.wall_code}/dinding", f"/apel/{row.kiosk_code}/kios"


def _walls(camera: Camera, name: str, path: str, *, cut: bool = False) -> None:
    """Take the wall at both widths and as a projector shows it; `cut` off from the server where that is said."""
    for width in (360, 1280, 1920):
        shape = PROJECTOR if width == 1920 else browsers.PHONE if width == 360 else browsers.DESK
        made = browsers.visitor(camera.browser, camera.site.origin, shape)
        page = made.open(path)
        if cut:
            made.context.route("**/kini.json", lambda route: route.abort())
            expect(page.locator("#tanda")).to_contain_text("Sambungan terputus")
        camera.shoot(page, name, width)
        made.context.close()


def _send(page: Page) -> None:
    page.locator("[name=tempat]").fill("x")
    page.locator("main form button").first.click()
    page.wait_for_load_state("networkidle")
