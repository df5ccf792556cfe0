"""What `screenshots` takes, in the order in which a city goes through it; each scene brings about its own state."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from click.testing import CliRunner
from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from pakta import keyring
from pakta.accounts import recovery, rules
from pakta.accounts import service as accounts
from pakta.accounts.models import Account, PersonKey
from pakta.bundles import listing as bundle_listing
from pakta.bundles import service as bundle_service
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.commands.main import main as command
from pakta.core.verdict import Word
from pakta.coverage import publishing
from pakta.coverage.models import PublicPicture
from pakta.database import db, transaction
from pakta.demonstration import people as invented
from pakta.demonstration import signer
from pakta.demonstration.setting import Setting
from pakta.disputes import service as disputes
from pakta.jobs import service as jobs
from pakta.roster import importing, units
from pakta.roster.models import Person, Unit
from pakta.signing import reports
from pakta.web import clock, recent
from tests.journeys import again, appointing, arranging, covering, leaving, printing, reminding, rollcalling
from tests.journeys import importing as files
from tests.journeys import revoking as revocation
from tests.journeys.browser import HEARD
from tests.people import KNOWN, City

if TYPE_CHECKING:
    from tests.journeys.screenshots import Camera

PEOPLE, SIGNED = 260, 140
SHOWN = recent.HALF_A_SECOND + 1.5  # seconds until the worker and every cache show what happened


def nobody(camera: Camera) -> None:
    """Take the public pages before anything is there."""
    for name, path in (
        ("beranda", "/"), ("naskah", "/naskah"), ("cakupan-umum", "/cakupan-umum"), ("log", "/log/"), ("v", "/v"),
        ("nama-tidak-cocok", "/nama-tidak-cocok"),
        ("masuk", "/masuk"), ("aktivasi", "/aktivasi"), ("bukan-saya", "/bukan-saya"), ("periksa", "/periksa"),
        ("kios", "/kios"), ("arti", "/arti"), ("privasi", "/privasi"), ("lapor", "/lapor"),
        ("kesehatan", "/kesehatan"), ("untuk-program", "/untuk-program"),
    ):  # fmt: skip
        camera.take(f"kosong-{name}", path)


def newcomers(camera: Camera) -> None:
    """Take what people see who have signed nothing and been asked nothing."""
    camera.city.build().activate("siti", "budi", "rini", "ani", "dewi", "wati", "joko")
    camera.city.settle()
    for who, name, path in (
        ("joko", "akun", "/akun"), ("joko", "status", "/pakta/status"), ("joko", "pakta", "/pakta"),
        ("joko", "data-salah", "/data-salah"), ("joko", "bukan-saya-masuk", "/bukan-saya"),
        ("ani", "laporan-data", "/laporan-data"), ("ani", "keberatan", "/keberatan"),
        ("ani", "pemulihan", "/pemulihan"), ("ani", "cakupan-unit", "/cakupan/kel-blooto"),
        ("wati", "pengawas", "/pengawas"), ("budi", "cakupan", "/cakupan"), ("budi", "pekerjaan", "/pekerjaan"),
        ("ani", "lembar-unit", "/cakupan/kel-blooto/lembar"),
    ):  # fmt: skip
        camera.take(f"kosong-{name}", path, who=who)


def full(camera: Camera) -> None:
    """Take every page of a city in which people have signed, reported, disputed and lost keys."""
    city, address, number = _live(camera.city)
    camera.take("penuh-sertifikat", f"/sertifikat/{number}", who="siti")
    camera.take("penuh-sertifikat-kepala", f"/sertifikat/{number}", who="budi")
    for who, name, path in (
        (None, "beranda", "/"), (None, "naskah", "/naskah"), (None, "naskah-isi", "/naskah/ASN-2026"),
        (None, "cakupan-umum", "/cakupan-umum"), (None, "log", "/log/"), (None, "kesehatan", "/kesehatan"),
        (None, "untuk-program", "/untuk-program"),
        ("siti", "pakta", "/pakta"), ("siti", "status", "/pakta/status"), ("siti", "akun", "/akun"),
        ("siti", "data-salah", "/data-salah"),
        ("siti", "bukan-saya-masuk", "/bukan-saya"), ("budi", "cakupan", "/cakupan"),
        ("ani", "cakupan-kota", "/cakupan/pemkot"), ("ani", "cakupan-unit", "/cakupan/dikbud"),
        ("wati", "pengawas", "/pengawas"), ("wati", "keberatan-pengawas", "/keberatan"),
        ("ani", "keberatan", "/keberatan"), ("ani", "laporan-data", "/laporan-data"),
        ("ani", "pemulihan", "/pemulihan"), ("dewi", "pemulihan-kedua", "/pemulihan"),
    ):  # fmt: skip
        camera.take(f"penuh-{name}", path, who=who)
    camera.take("penuh-aktivasi", f"/aktivasi#{rules.grouped_code(city.slip('lina'))}", act=_next)
    with camera.visitor(1280, "siti") as owner:  # not by this process: sealing wants an event loop of its own
        for file in ("lembar.pdf", "berkas-bukti.pdf", "kartu.png"):
            answer = owner.context.request.get(f"{owner.origin}/sertifikat/{number}/{file}")
            (camera.folder / f"berkas-{file}").write_bytes(answer.body())
    camera.take("penuh-periksa-nomor", "/periksa", act=lambda page: _type(page, "nomor", number, "Periksa"))
    camera.take("putusan-sah", address, act=_judged(Word.SAH))


def bundles(camera: Camera) -> None:
    """Take the way to all lembar of a unit, and a job in each state."""
    camera.take("lembar-1-minta", "/cakupan/dikbud/lembar", who="budi")
    away = clock.now() + timedelta(days=300)  # whoever holds it then, the worker does not
    held: Mapping[str, object] = {"held_until_at": away, "runner": "lain", "total": 1240, "costly": 1180}
    begun = {"state": "working", "done": 412, "made": 352, "started_at": clock.now() - timedelta(seconds=31)}
    for name, changes in (
        ("2-menunggu", held),
        ("3-dikerjakan", held | begun),
        ("4-berhenti-sementara", held | begun | {"trouble": "STORAGE_FULL"}),
        ("5-sedang-dibatalkan", held | begun | {"cancel_at": clock.now()}),
        ("6-dibatalkan", held | begun | {"state": "cancelled", "finished_at": clock.now()}),
        ("7-gagal", held | begun | {"state": "failed", "finished_at": clock.now()}),
        ("8-sebagian", held | begun | {"state": "done", "finished_at": clock.now(), "done": 1240, "failed": 1,
                                       "size": 81_000_000}),
    ):  # fmt: skip
        camera.take(f"lembar-{name}", f"/pekerjaan/{_job(camera.city, changes)}", who="budi")
    camera.take("lembar-9-selesai", "/cakupan/dikbud/lembar", who="budi", act=_whole_job)
    camera.take("penuh-pekerjaan", "/pekerjaan", who="budi")


def _job(city: City, changes: Mapping[str, object]) -> int:
    """Make a job of budi's that stands as is said, and has failed at siti's lembar where it has failed."""
    with city.app.app_context(), transaction() as session:
        unit = units.by_code(session, code="dikbud")
        assert unit is not None
        choice = bundle_listing.choices(session, unit=unit, seal=city.wired.keyring.seal)[0]
        job = bundle_service.ask(session, unit=unit, choice=choice, account_id=city.keys["budi"][0], now=clock.now())
        if not job.is_open or job.started_at:  # the one before it, still open
            job.state = "cancelled"
            session.flush()
            job = bundle_service.ask(
                session, unit=unit, choice=choice, account_id=city.keys["budi"][0], now=clock.now()
            )
        for name, value in changes.items():
            setattr(job, name, value)
        session.flush()
        if job.failed:
            row = certificates.of_person(session, person_id=city.person("siti").id)[0]
            jobs.fail(session, job_id=job.id, credential_id=row.id, name=row.number, reason="TEXT_UNPRINTABLE")
        return job.id


def _whole_job(page: Page) -> None:
    page.get_by_role("button", name="Siapkan lembar").click()
    expect(page.locator(".lead")).to_contain_text("Selesai", timeout=120_000)


def signing(camera: Camera) -> None:
    """Take the way of one signature, step by step, on a phone and at a desk; and the kiosk's."""
    for width, code in zip((360, 1280), _slips(camera.city), strict=False):
        with camera.visitor(width) as visitor:
            visitor.authenticator()
            page = visitor.open(f"/aktivasi#{rules.grouped_code(code)}")
            camera.shoot(page, "langkah-1-slip", width)
            _next(page)
            camera.shoot(page, "langkah-2-siapa", width)
            page.get_by_role("button", name="Ya, ini saya: buka kunci layar ponsel").click()
            page.wait_for_url("**/pakta")
            camera.shoot(page, "langkah-3-baca", width)
            for box in page.get_by_label("Saya memahami dan menyetujui butir ini").all():
                box.check()
            page.get_by_role("button", name="Lanjut ke tanda tangan").click()
            expect(page.get_by_role("heading", name="Yang Anda tandatangani")).to_be_visible()
            camera.shoot(page, "langkah-4-tinjau", width)
            page.get_by_role("button", name="Tanda tangani pakta").click()
            expect(page.get_by_role("heading", name="Pakta sudah ditandatangani")).to_be_visible()
            camera.shoot(page, "langkah-5-selesai", width)
    camera.take("kios-2-siapa", "/kios", act=lambda page: _code(page, _slips(camera.city)[2]))


def mistakes(camera: Camera) -> None:
    """Take what people see after a mistake of theirs."""
    camera.take("salah-masuk", "/masuk", act=lambda page: _type(page, "nomor", "123", "Masuk"))
    camera.take("salah-aktivasi", "/aktivasi", act=lambda page: _code(page, "AAAA-BBBB-CCCC"))
    camera.take(
        "salah-bukan-saya", "/bukan-saya", act=lambda page: _press(page, re.compile("Bukan|Tangguhkan|Lanjut"))
    )
    camera.take("salah-periksa", "/periksa", act=lambda page: _type(page, "nomor", "7K3M-XXXX", "Periksa"))
    camera.take("salah-data-salah", "/data-salah", who="siti", act=lambda page: _press(page, "Kirim laporan"))
    camera.take("salah-pakta", "/pakta", who="budi", act=lambda page: _press(page, "Lanjut ke tanda tangan"))
    camera.take(
        "salah-pemulihan",
        "/pemulihan",
        who="ani",
        act=lambda page: _type(page, "nomor", "1", re.compile("Minta|Ajukan")),
    )
    camera.take("salah-cakupan-cari", "/cakupan?cari=198609262015052901", who="budi")
    camera.take("salah-tidak-ada", "/tidak-ada")
    camera.take("salah-tidak-berwenang", "/pemulihan", who="siti")


def verdicts(camera: Camera) -> None:
    """Take the seven verdicts, as a stranger's phone shows them."""
    city = camera.city
    for who, status, word in (("lina", Status.REVOKED, Word.REVOKED), ("agus", Status.SUSPENDED, Word.SUSPENDED)):
        row = city.sign(who)
        with city.app.app_context(), transaction() as session:
            certificates.change_status(
                session, row=session.get_one(IssuedCredential, row.id), status=status, reason=ReasonClass.KEY_LOST,
                now=clock.now(), keyring=city.wired.keyring, config=city.wired.config,
            )  # fmt: skip
        city.settle()
        camera.take(f"putusan-{status.name.lower()}", _address(city, row), act=_judged(word))
    good = _address(city, _of(city, "siti"))
    camera.take("putusan-english", good.replace("/v#", "/v?bahasa=en#"), act=_told_in_english)
    camera.take("putusan-marked", _address(city, city.sign("made")), act=_judged(Word.SAH))
    camera.take("putusan-unknown", good[:-1] + str((int(good[-1]) + 1) % 10), act=_judged(Word.UNKNOWN))
    camera.take("putusan-rubbish", "/v#123", act=_judged(Word.UNKNOWN))
    camera.take("putusan-expired", _expired(city), act=_judged(Word.EXPIRED))
    for width in (360, 1280):
        with camera.visitor(width) as visitor:
            visitor.context.route("**/s/0*", lambda route: route.abort())
            page = visitor.open(good)
            _judged(Word.UNCHECKED)(page)
            camera.shoot(page, "putusan-unchecked", width)


def lost_key(camera: Camera) -> None:
    """Lose the issuer's key after all this, and take what its certificates and their owners see."""
    city, site = camera.city, camera.site
    kid = keyring.load(site.config.keys_dir).issuer.kid.hex()
    time.sleep(SHOWN)
    surroundings = {
        "DATABASE_URL": site.config.database_url, "PAKTA_ORIGIN": site.origin,
        "PAKTA_KEYS": str(site.config.keys_dir), "PAKTA_INSTANCE": str(site.folder),
    }  # fmt: skip
    words = ["keys", "compromised", "--kid", kid, "--at", datetime.now(UTC).isoformat()]
    done = CliRunner(env=surroundings).invoke(command, words)
    assert done.exit_code == 0, done.output
    time.sleep(SHOWN)
    camera.take("putusan-old-key", _address(city, _of(city, "siti")), act=_judged(Word.OLD_KEY))


ALL = (
    nobody,
    newcomers,
    revocation.empty,
    full,
    again.scene,
    bundles,
    signing,
    mistakes,
    verdicts,
    revocation.revoking,
    appointing.appointing,
    leaving.leaving,
    rollcalling.rollcalls,
    printing.printing,
    reminding.reminding,
    files.imports,
    arranging.arranging,
    covering.scene,
    lost_key,
)


def _live(city: City) -> tuple[City, str, str]:
    """Let people come, sign, report, dispute and lose keys; return siti's address and number too."""
    setting = Setting(city.wired.keyring, city.wired.config, lambda _line: None)
    with city.app.app_context():
        with transaction() as session:
            every = session.execute(select(Unit).order_by(Unit.id)).scalars().all()
            report = importing.import_roster(
                session, content=invented.as_csv(invented.invent(every, people=PEOPLE, seed=3)), now=clock.now(),
                pepper=city.wired.keyring.pepper, dry_run=False, demo=True,
            )  # fmt: skip
            assert not report.errors
        known = [each.number for each in KNOWN.values()]
        rows = select(Person.id).where(Person.number.not_in(known), Person.status == "aktif").order_by(Person.id)
        waiting = db.session().execute(rows).scalars().all()
        for at in range(0, SIGNED, 20):
            signer.activate_and_sign(setting, person_ids=waiting[::2][at : at + 20])
        _trouble(city)
    row = city.sign("siti")
    with city.app.app_context(), transaction() as session:  # the public's picture as the worker takes it tomorrow
        session.execute(delete(PublicPicture))
        publishing.take(session, now=clock.now())
    time.sleep(SHOWN)
    return city, _address(city, row), row.number


def _trouble(city: City) -> None:
    """Let joko report and dispute, and ani ask for a recovery of lina's key."""
    now, wired = clock.now(), city.wired
    said = city.sign_in("joko")
    with transaction() as session:
        reports.report(session, person=city.person("siti"), field="nama", message="Gelar saya kurang S.Pd.", now=now)
        recovery.request(
            session, by=session.get_one(Account, city.keys["ani"][0]),
            administered=[session.execute(select(Unit).where(Unit.code == "pemkot")).scalar_one()],
            number=KNOWN["rini"].number, reason="Ponsel hilang di pasar kemarin", now=now,
            pepper=wired.keyring.pepper,
        )  # fmt: skip
    city.sign("joko")
    with transaction() as session:
        disputes.say_signed_in(
            session, sign_in=session.merge(said), key_id=city.keys["joko"][1], now=clock.now(),
            keyring=wired.keyring, config=wired.config,
        )  # fmt: skip
    city.settle()


def _slips(city: City) -> list[str]:
    """Print slips for three people who have none."""
    with city.app.app_context(), transaction() as session:
        active = select(PersonKey.person_id)
        rows = select(Person).where(Person.id.not_in(active), Person.kind == "pns", Person.status == "aktif")
        found = session.execute(rows.order_by(Person.id.desc()).limit(3)).scalars().all()
        pepper = city.wired.keyring.pepper
        return [accounts.print_slip(session, person=each, now=clock.now(), pepper=pepper) for each in found]


def _of(city: City, who: str) -> IssuedCredential:
    with city.app.app_context():
        return certificates.of_person(db.session(), person_id=city.person(who).id)[0]


def _address(city: City, row: IssuedCredential) -> str:
    return certificates.address(row, config=city.wired.config)


def _expired(city: City) -> str:
    """Return the address of a certificate of a pact that closed six years ago."""
    with city.app.app_context():
        with transaction() as session:
            old, person = _of(city, "siti"), city.person("wati")
            accepted = certificates.Accepted(
                person.id, person.name, person.unit_id, person.unit.name, person.unit.short_name, False,
                old.edition_code, (clock.now() - timedelta(days=6 * 366)).date(), city.keys["wati"][1], 1, b"x" * 32,
            )  # fmt: skip
            (number,) = certificates.issue(
                session, accepted=[accepted], now=clock.now() - timedelta(days=1), keyring=city.wired.keyring,
                config=city.wired.config,
            )  # fmt: skip
        city.settle()
        row = certificates.require(db.session(), text=number)
        time.sleep(SHOWN)
        return _address(city, row)


def _judged(word: Word) -> Callable[[Page], None]:
    def wait(page: Page) -> None:
        expect(page.locator("#sumber")).to_contain_text(HEARD, timeout=25_000)
        expect(page.locator("#pita h1")).to_have_text(word.value)

    return wait


def _told_in_english(page: Page) -> None:
    expect(page.locator("#sumber")).to_contain_text("newest data", timeout=25_000)


def _next(page: Page) -> None:
    page.get_by_role("button", name="Lanjut").click()
    expect(page.get_by_role("heading", name="Apakah ini Anda?")).to_be_visible()


def _code(page: Page, code: str) -> None:
    page.get_by_label("Kode pada slip aktivasi").fill(code)
    _press(page, "Lanjut")


def _type(page: Page, name: str, value: str, button: str | re.Pattern[str]) -> None:
    page.locator(f"[name={name}]").first.fill(value)
    _press(page, button)


def _press(page: Page, button: str | re.Pattern[str]) -> None:
    page.evaluate("document.querySelectorAll('[required]').forEach((each) => each.removeAttribute('required'))")
    page.locator("main").get_by_role("button", name=button, exact=isinstance(button, str)).first.click()
    page.wait_for_load_state("networkidle")
