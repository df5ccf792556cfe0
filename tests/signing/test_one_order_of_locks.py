"""Who writes and who holds rows never wait for each other: the writer's turn comes before any row (decision 0053).

Two connections to PostgreSQL, each at the place where the other would be waited for.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, make_url, select
from sqlalchemy.orm import Session

from pakta.accounts import recovery
from pakta.accounts import service as accounts
from pakta.accounts.models import Account, SignIn
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey
from pakta.disputes import service as disputes
from pakta.erasure import service as erasure
from pakta.ledger import service as ledger
from pakta.roster import correcting, importing
from pakta.roster.models import Unit
from pakta.signing import acceptance, reports
from pakta.web import clock
from tests.people import HEADER, KNOWN, City
from tests.signing.copied import config as config
from tests.signing.copied import patient as patient
from tests.signing.test_accept import prepared
from tests.signing.test_broken_off_revocation import break_off_revoking

WHOLE_ON_POSTGRESQL = True

LONG = 20  # seconds, far beyond the one second after which PostgreSQL looks for a deadlock
WRITERS_TURN = f"SELECT pg_advisory_xact_lock({ledger.WRITER})"
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
Act = Callable[[], object]


@contextmanager
def holding(city: City, statement: str) -> Iterator[Callable[[int], None]]:
    """Hold what a statement locks; give what waits until so many wait for a lock, this one or those behind it."""
    url = make_url(city.wired.config.database_url).set(drivername="postgresql").render_as_string()
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as looker:
        holder.execute(statement)

        def wait_for(count: int) -> None:
            until = time.monotonic() + LONG
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            while looker.execute(waiting).fetchone() != (count,):
                assert time.monotonic() < until, f"{count} were to wait"
                time.sleep(0.01)

        yield wait_for


def at_once(city: City, *acts: Act, held: str) -> list[object]:
    """Let each begin when the one before it waits, then let go of what is held; return what came of them."""
    with city.app.app_context():
        db.session.remove()
    with ThreadPoolExecutor(len(acts)) as pool:
        begun: list[Future[object]] = []
        with holding(city, held) as wait_for:
            for act in acts:
                begun.append(pool.submit(outcome, city, act))
                wait_for(len(begun))
        return [each.result(LONG) for each in begun]


def outcome(city: City, act: Act) -> object:
    """Do it in a context of its own; return its result, or why it is refused."""
    with city.app.app_context():
        try:
            return act()
        except Refusal as refusal:
            return refusal.reason.value


def signing(city: City, who: str) -> Act:
    """Return what accepts a person's signature, checked as it stands now, as another process would."""
    text = prepared(city, who)
    wired, proof = city.wired, city.keys[who][2].proof(text)
    with city.app.app_context():
        checked = acceptance.check(
            db.session(), person_id=city.person(who).id, statement=text, proof=proof, now=clock.now(),
            config=wired.config,
        )  # fmt: skip
    assert checked is not None

    def sign() -> object:
        with transaction() as session:
            acceptance.accept(session, checked=checked, now=clock.now(), keyring=wired.keyring, config=wired.config)
        return "signed"

    return sign


def saying_not_me(city: City, who: str) -> Act:
    """Return what says "Bukan saya" of a person's key."""
    sign_in = city.sign_in(who)

    def say() -> object:
        with transaction() as session:
            disputes.say_signed_in(
                session, sign_in=session.merge(sign_in), key_id=city.keys[who][1], now=clock.now(),
                keyring=city.wired.keyring, config=city.wired.config,
            )  # fmt: skip
        return "said"

    return say


def closing_a_dispute(city: City, who: str) -> Act:
    """Return what closes a dispute of a person's key as true."""
    with city.app.app_context():
        saying_not_me(city, who)()

    def close() -> object:
        with transaction() as session:
            row = disputes.of_person(session, person=city.person(who))[0]
            for administrator in ("ani", "dewi"):
                disputes.decide(
                    session, dispute_id=row.id, by=session.get_one(Account, city.keys[administrator][0]),
                    result="benar",
                    outcome="Bukan kuncinya", now=clock.now(), keyring=city.wired.keyring, config=city.wired.config,
                )  # fmt: skip
        return "closed"

    return close


def approving(city: City, who: str) -> Act:
    """Return what approves a recovery of a person's account."""
    pepper = city.wired.keyring.pepper
    with city.app.app_context(), transaction() as session:
        person = city.person(who)
        asked = recovery.request(
            session, by=session.get_one(Account, city.keys["ani"][0]), administered=everywhere(session),
            number=person.number, reason="Gawai hilang", now=clock.now(), pepper=pepper,
        ).id  # fmt: skip

    def approve() -> object:
        with transaction() as session:
            recovery.approve(
                session, recovery_id=asked, by=session.get_one(Account, city.keys["dewi"][0]),
                now=clock.now(), pepper=pepper,
            )  # fmt: skip
        return "approved"

    return approve


def erasing(city: City, who: str) -> Act:
    """Return what erases a person."""

    def erase() -> object:
        with transaction() as session:
            erasure.erase(session, person=city.person(who), now=clock.now(), pepper=city.wired.keyring.pepper)
        return "erased"

    return erase


@pytest.mark.parametrize(
    ("second", "ends"),
    [
        (signing, "KEY_NOT_USABLE"),
        (saying_not_me, "said"),
        (closing_a_dispute, "closed"),
        (approving, "approved"),
        (erasing, "erased"),
    ],
)
def test_the_next_writer_and_who_holds_the_key_do_not_wait_for_each_other(
    patient: City, second: Callable[[City, str], Act], ends: str
) -> None:
    act = second(patient, "siti")
    signs = signing(patient, "joko")
    break_off_revoking(patient, "siti")
    assert at_once(patient, signs, act, held=WRITERS_TURN) == ["signed", ends]


def enrolling(city: City, who: str) -> Act:
    """Return what enrols a kiosk's key with a new slip of a person who has a key."""
    pepper = city.wired.keyring.pepper
    with city.app.app_context(), transaction() as session:
        person = city.person(who)
        code = accounts.print_slip(session, person=person, purpose="recovery", now=clock.now(), pepper=pepper)
        slip_id = accounts.slip_by_code(session, code=code, pepper=pepper).id

    def enrol() -> object:
        with transaction() as session:
            accounts.enrol_device(
                session, slip_id=slip_id, jwk=SoftwareDeviceKey().jwk, passphrase_hash=None, kiosk=True,
                now=clock.now(),
            )  # fmt: skip
        return "enrolled"

    return enrol


def everywhere(session: Session) -> list[Unit]:
    """Return the units over which ani and dewi are administrators."""
    return [session.execute(select(Unit).where(Unit.code == "pemkot")).scalar_one()]


def signing_in(city: City, browser: FlaskClient, who: str) -> Act:
    """Return what signs a person in by passkey, in a browser."""
    options = browser.post("/masuk/kunci-sandi/mulai", json={}).get_json()
    shown = {"response": city.keys[who][2].sign_in(options)}  # type: ignore[attr-defined]
    return lambda: browser.post("/masuk/kunci-sandi", json=shown).get_json().get("reason", "in")


def test_the_next_writer_and_who_signs_in_do_not_wait_for_each_other(patient: City) -> None:
    browser = patient.visitor("siti")  # its session ends with the next one
    enter = signing_in(patient, browser, "siti")
    signs = signing(patient, "joko")
    break_off_revoking(patient, "siti")
    sessions = f"SELECT 1 FROM sign_ins WHERE account_id = {patient.keys['siti'][0]} FOR UPDATE"
    assert at_once(patient, signs, enter, held=sessions) == ["signed", "KEY_SET_ASIDE"]
    with patient.app.app_context():
        standing = select(func.count()).select_from(SignIn).where(SignIn.ended_at.is_(None))
        assert db.session().execute(standing.where(SignIn.account_id == patient.keys["siti"][0])).scalar() == 0


@pytest.mark.parametrize(
    ("first", "ends"), [(approving, ["approved", "SLIP_REPLACED"]), (erasing, ["erased", "SLIP_UNKNOWN"])]
)
def test_who_enrols_with_a_slip_and_who_takes_it_away_do_not_wait_for_each_other(
    patient: City, first: Callable[[City, str], Act], ends: list[str]
) -> None:
    act, enrol = first(patient, "siti"), enrolling(patient, "siti")
    assert at_once(patient, act, enrol, held=WRITERS_TURN) == ends


def correcting_the_name(city: City, who: str) -> Act:
    """Return what corrects a person's name after their report."""
    with city.app.app_context(), transaction() as session:
        person, now = city.person(who), clock.now()
        number = reports.report(session, person=person, field="nama", message="Gelar saya kurang.", now=now).id
        wanted, seen = replace(correcting.present(person), name=person.name + ", S.Pd."), reports.stamp(person)

    def correct() -> object:
        with transaction() as session:
            reports.correct(
                session, report_id=number, wanted=wanted, seen=seen, text="",
                by=session.get_one(Account, city.keys["ani"][0]), now=clock.now(),
            )  # fmt: skip
        return "corrected"

    return correct


def importing_a_rank(city: City, who: str) -> Act:
    """Return what imports a file in which a person has another rank."""
    row = replace(KNOWN[who], rank="Pembina, IV/a").row()
    lines = io.StringIO()
    csv.writer(lines).writerows([HEADER, row])

    def take() -> object:
        with transaction() as session:
            report = importing.import_roster(
                session, content=lines.getvalue().encode(), now=clock.now(), pepper=city.wired.keyring.pepper,
                dry_run=False, demo=True,
            )  # fmt: skip
        return report.changed

    return take


@pytest.mark.parametrize(
    ("acts", "ends"),
    [
        ((correcting_the_name, signing), ["corrected", "STATEMENT_STALE"]),
        ((signing, correcting_the_name), ["signed", "corrected"]),
        ((correcting_the_name, erasing), ["corrected", "erased"]),
        ((erasing, correcting_the_name), ["erased", "NOT_ALLOWED"]),
    ],
)
def test_who_corrects_and_who_signs_or_erases_do_not_wait_for_each_other(
    patient: City, acts: tuple[Callable[[City, str], Act], ...], ends: list[object]
) -> None:
    made = [make(patient, "siti") for make in acts]
    assert at_once(patient, *made, held=WRITERS_TURN) == ends


@pytest.mark.parametrize(
    ("acts", "ends"),
    [
        ((correcting_the_name, importing_a_rank), ["corrected", 1]),
        ((importing_a_rank, correcting_the_name), [1, "CORRECTION_STALE"]),
    ],
)
def test_who_corrects_and_an_import_do_not_wait_for_each_other(
    patient: City, acts: tuple[Callable[[City, str], Act], ...], ends: list[object]
) -> None:
    made = [make(patient, "siti") for make in acts]
    with patient.app.app_context():
        row = f"SELECT 1 FROM people WHERE id = {patient.person('siti').id} FOR UPDATE"
    assert at_once(patient, *made, held=row) == ends
