"""The pages of coverage after two weeks: what a head, an administrator and the public see of how it came about."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page
from sqlalchemy import select, text

from pakta.coverage.models import PublicPicture
from pakta.database import db, transaction
from pakta.ledger import locks
from pakta.objections import service as objections
from pakta.roster import service as roster
from pakta.roster.models import DailySigned
from pakta.web import clock
from tests.people import City

if TYPE_CHECKING:
    from tests.journeys.screenshots import Camera

DAYS = 14
RISE = (3, 4, 7, 12, 14, 16, 30, 42, 45, 47, 60, 78, 90, 100)  # percent of today's signatures, day by day


def scene(camera: Camera) -> None:
    """Take the pages of coverage over time, and those of an objection."""
    city = camera.city
    camera.take("cakupan-keberatan", "/keberatan-pakta", who="rini")
    _trouble(city)
    age(city)
    before = (clock.today() - timedelta(days=5)).isoformat()
    camera.take("cakupan-waktu-kota", "/cakupan/pemkot", who="ani", act=_open_days)
    camera.take("cakupan-waktu-unit", "/cakupan/dikbud", who="budi")
    camera.take("cakupan-hari", f"/cakupan/pemkot?hari={before}", who="ani")
    camera.take("cakupan-hari-lama", "/cakupan/dikbud?hari=2020-01-01", who="budi")
    camera.take("cakupan-jenis", "/cakupan/pemkot?jenis=pppk", who="ani")
    camera.take("cakupan-daftar", "/cakupan/dikbud/daftar", who="budi")
    camera.take("cakupan-keberatan-tercatat", "/keberatan-pakta", who="rini")
    camera.take("cakupan-keberatan-masuk", "/keberatan-pakta/masuk", who="ani")
    camera.take("cakupan-publik", "/cakupan-umum/pemkot", act=_open_days)
    camera.take("cakupan-publik-english", "/cakupan-umum/pemkot?bahasa=en")
    camera.take("cakupan-publik-marked", "/cakupan-umum/polres")


def _open_days(page: Page) -> None:
    page.locator("summary", has_text="Angka setiap hari").click()


def _trouble(city: City) -> None:
    """Let rini object and lina go on leave."""
    with city.app.app_context(), transaction() as session:
        rini = city.person("rini")
        objections.state(
            session, person=rini, reason_class="hukum", words="Butir tiga melampaui undang-undang.", now=clock.now()
        )
        by = city.keys["ani"][0]
        roster.set_place(session, person=city.person("lina"), status="cuti", account_id=by, now=clock.now())


def age(city: City) -> None:
    """Let the counters have come about over two weeks, and the public have been shown each day of them."""
    today = clock.today()
    first = today - timedelta(days=DAYS - 1)
    with city.app.app_context():
        with transaction() as session:
            for trigger in ("no_update", "no_delete", "no_replace"):
                session.execute(text(f"DROP TRIGGER editions_{trigger}"))
            moved = {"on": first.isoformat(), "at": f"{first.isoformat()} 01:00:00.000000"}
            session.execute(text("UPDATE editions SET opens_on = :on, published_at = :at"), moved)
            locks.lock(session.connection())
            session.execute(text("UPDATE units SET valid_from = :on"), moved)
            session.execute(text("UPDATE daily_people SET day = :on"), moved)
            for row in session.scalars(select(DailySigned)).all():
                _spread(row)
        with transaction() as session:
            _pictures()
        db.session.remove()


def _spread(row: DailySigned) -> None:
    """Put the change of a day where it would lie if people had signed over two weeks."""
    session, total, today = db.session(), row.change, clock.today()
    key = {name: getattr(row, name) for name in ("unit_id", "edition_code", "audience", "kind")}
    session.delete(row)
    session.flush()
    done = 0
    for at, share in enumerate(RISE):
        until = total * share // 100
        if until != done:
            session.add(DailySigned(**key, day=today - timedelta(days=DAYS - 1 - at), change=until - done))
        done = until


def _pictures() -> None:
    """Give the public a picture for each day before the newest one, with fewer signatures."""
    session = db.session()
    newest = session.scalars(select(PublicPicture).order_by(PublicPicture.taken_on.desc())).first()
    assert newest is not None
    for at, share in enumerate(RISE[:-1]):
        day = newest.taken_on - timedelta(days=DAYS - 1 - at)
        shown = [_fewer(each, share) for each in newest.institutions]
        session.add(PublicPicture(taken_on=day, editions=newest.editions, institutions=shown))


def _fewer(told: dict[str, Any], share: int) -> dict[str, Any]:
    if "lines" not in told:
        return told | {"percent": told["percent"] and told["percent"] * share // 100}
    lines = [[ids, signed * share // 100, total] for ids, signed, total in told["lines"]]
    return told | {"lines": lines, "signed": sum(line[1] for line in lines)}
