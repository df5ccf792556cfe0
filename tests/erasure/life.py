"""A city in which one person has done everything that leaves something behind, each thing in an hour of its own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select, text

from pakta import database
from pakta.accounts import passphrases, recovery
from pakta.accounts import service as accounts
from pakta.accounts.models import Account, Challenge, Recovery, Slip
from pakta.certificates import documents, filing, service
from pakta.certificates.rules import Status
from pakta.database import db, transaction
from pakta.demonstration.authenticator import SoftwareDeviceKey
from pakta.disputes import service as disputes
from pakta.erasure import belongings
from pakta.erasure import service as erasure
from pakta.erasure.service import Erased
from pakta.revocation.models import StatusRequest
from pakta.roles import Role
from pakta.roster import correcting, units
from pakta.roster.models import Correction
from pakta.signing import reports
from pakta.signing.models import PreparedStatement
from pakta.web import clock, display
from tests.erasure.tester import Suspect, Tester
from tests.people import KNOWN
from tests.selfcheck.robbery import World

EMAIL, PHONE = "siti.lestari.901@contoh.example", "081234567901"
Files = Callable[[], dict[str, bytes]]


class Hours:
    """A clock that stands still within an act and goes on by an hour between two; it never strikes twelve."""

    def __init__(self) -> None:
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        self.at = tomorrow.replace(hour=0, minute=30, second=0, microsecond=0)

    def now(self) -> datetime:
        """Return the present moment."""
        return self.at

    def strike(self) -> None:
        """Let an hour go by."""
        self.at += timedelta(hours=1)


class Life(World):
    """The city, and siti, who has left traces everywhere."""

    def __init__(self, app: Flask, hours: Hours, files: Files) -> None:
        super().__init__(app)
        self.hours = hours
        self.files = files
        self.addresses: dict[str, str] = {}  # what holders of certificates keep
        known = KNOWN["siti"]
        self.tester = Tester(Suspect(known.number, known.name, EMAIL, PHONE), self.wired.keyring.pepper)

    def live(self) -> Life:
        """Let others sign, and let siti do everything."""
        self.build()
        for who in ("ani", "dewi", "rini", "budi", "joko", "lina"):
            self.hours.strike()
            self.activate(who)
            self.settle()
        for who in ("budi", "joko", "lina"):
            self._keep_certificate(who)
        self._siti()
        for who in ("rini", "agus"):
            self._keep_certificate(who)
        self.hours.strike()
        self.settle()
        self._leaves_something_open()
        return self

    def _siti(self) -> None:
        for act in (self._is_reachable, self._enters, self._signs_and_loses_her_key, self._signs_again,
                    self._disputes, self._writes, self._holds_office, self._is_asked_about,
                    self._is_looked_at):  # fmt: skip
            self.hours.strike()
            act()
            self.settle()

    def _keep_certificate(self, who: str) -> None:
        self.hours.strike()
        self.addresses[who] = service.address(self.sign(who), config=self.wired.config)

    def _is_reachable(self) -> None:
        with transaction() as session:
            person = session.merge(self.person("siti"))
            person.email, person.phone = EMAIL, PHONE

    def _enters(self) -> None:
        self.activate("siti")
        self.sign_in("siti")
        with transaction() as session:
            account = session.get_one(Account, self.keys["siti"][0])
            account.passphrase = passphrases.make("budi kelapa saruma teliko", own=[])

    def _signs_and_loses_her_key(self) -> None:
        self._keep_certificate("siti")
        self.picture("siti")
        self.hours.strike()
        code = self._recover()
        self.hours.strike()
        with transaction() as session:
            pepper, now = self.wired.keyring.pepper, clock.now()
            slip = accounts.check_slip(session, code=code, now=now, pepper=pepper)
            accounts.start_passkey(session, slip_id=slip.id, now=now, config=self.wired.config)  # and breaks it off
            key = SoftwareDeviceKey()
            hashed = passphrases.make("budi kelapa saruma teliko", own=[])
            account, row = accounts.enrol_device(
                session, slip_id=slip.id, jwk=key.jwk, passphrase_hash=hashed, now=now, device="Peramban siti"
            )
            self.keys["siti"] = (account.id, row.id, key)

    def _recover(self) -> str:
        with transaction() as session:
            pepper, now, administered = self.wired.keyring.pepper, clock.now(), [self.pemkot()]
            row = recovery.request(
                session, by=session.get_one(Account, self.keys["ani"][0]), administered=administered,
                number=KNOWN["siti"].number, reason="Ponsel hilang di pasar kemarin", now=now, pepper=pepper,
            )  # fmt: skip
            _, code = recovery.approve(
                session, recovery_id=row.id, by=session.get_one(Account, self.keys["dewi"][0]),
                now=now, pepper=pepper,
            )  # fmt: skip
            accounts.record(session, account_id=self.keys["dewi"][0], action="pemulihan-lihat", now=now)
        self.settle()
        return code

    def _signs_again(self) -> None:
        self.change("siti", Status.REVOKED)
        self.hours.strike()
        self.addresses["siti, revoked"] = self.addresses.pop("siti")
        self._keep_certificate("siti")
        for kind in documents.KINDS:
            filing.file_of(
                self.certificate("siti"), kind=kind, display=display.moment, now=clock.now(),
                keyring=self.wired.keyring, config=self.wired.config,
            )  # fmt: skip

    def _disputes(self) -> None:
        sign_in = self.sign_in("siti")
        keyring, config = self.wired.keyring, self.wired.config
        with transaction() as session:
            row = disputes.say_signed_in(
                session, sign_in=session.merge(sign_in), key_id=self.keys["siti"][1], now=clock.now(),
                keyring=keyring, config=config,
            )  # fmt: skip
            said = row.id
        self.settle()
        self.hours.strike()
        with transaction() as session:
            for who in ("ani", "dewi"):
                disputes.decide(
                    session, dispute_id=said, by=session.get_one(Account, self.keys[who][0]),
                    result="keliru", outcome="Ternyata kuncinya sendiri", now=clock.now(), keyring=keyring,
                    config=config,
                )  # fmt: skip
            accounts.record(session, account_id=self.keys["ani"][0], action="keberatan-tutup",
                            person_id=self.person("siti").id, now=clock.now())  # fmt: skip

    def _writes(self) -> None:
        with transaction() as session:
            person, now = self.person("siti"), clock.now()
            row = reports.report(session, person=person, field="nama", message="Gelar saya kurang S.Pd.", now=now)
            for position in ("Guru Ahli", "Guru"):
                wanted = replace(correcting.present(person), position=position)
                reports.correct(
                    session, report_id=row.id, wanted=wanted, seen=reports.stamp(person),
                    by=session.get_one(Account, self.keys["ani"][0]), text="Sudah diperbaiki", now=now,
                )  # fmt: skip
        with transaction() as session:
            for purpose in ("sign-in", "number"):
                accounts.take_try(
                    session, purpose=purpose, tried=KNOWN["siti"].number, address="192.0.2.7", now=clock.now(),
                    pepper=self.wired.keyring.pepper,
                )  # fmt: skip

    def _holds_office(self) -> None:
        self.grant("siti", Role.DELEGATE, "dikbud")
        account, now = self.keys["siti"][0], clock.now()
        with transaction() as session:
            other = self.person("joko")
            accounts.record(session, account_id=account, action="lihat-orang", person_id=other.id,
                            unit_id=other.unit_id, now=now)  # fmt: skip
            session.add(
                Recovery(
                    person_id=other.id, reason="Ponsel rusak sejak Senin", requested_by_id=account, requested_at=now
                )
            )
            row = reports.report(session, person=other, field="nama", message="Nama kurang satu huruf", now=now)
            row.answer, row.answered_by_id, row.answered_at = "Sudah diperbaiki", account, now
            session.flush()
            session.add(
                Correction(
                    person_id=other.id, report_id=row.id, field="rank", old="III/a", new="III/b",
                    corrected_by_id=account, corrected_at=now,
                )
            )  # fmt: skip

    def _is_asked_about(self) -> None:
        """Siti asked about joko's certificate, and somebody about hers; each request names a reason."""
        account, now = self.keys["siti"][0], clock.now()
        asked = {"wanted": "cabut", "reason_class": "data-salah", "reason": "Gelarnya keliru", "asked_at": now}
        mine, other = self.certificate("siti").id, self.certificate("joko").id
        with transaction() as session:
            session.add(StatusRequest(
                credential_id=other, asked_by_id=account, asked_as="administrator", first_by_id=account, first_at=now,
                **asked,
            ))  # fmt: skip
            session.add(StatusRequest(
                credential_id=self.certificate("budi").id, asked_by_id=self.keys["ani"][0], asked_as="administrator",
                first_by_id=self.keys["ani"][0], first_at=now, decided_by_id=account, decided_at=now,
                outcome="ditolak", **asked,
            ))  # fmt: skip
            session.add(StatusRequest(
                credential_id=mine, asked_by_id=self.keys["ani"][0], asked_as="administrator", **asked,
            ))  # fmt: skip
            accounts.record(
                session, account_id=self.keys["ani"][0], action="pencabutan-minta-cabut", detail="cabut, data-salah",
                person_id=self.person("budi").id, unit_id=self.person("budi").unit_id, now=now,
            )  # fmt: skip

    def _is_looked_at(self) -> None:
        with transaction() as session:
            person = self.person("siti")
            accounts.record(session, account_id=self.keys["ani"][0], action="lihat-orang", person_id=person.id,
                            unit_id=person.unit_id, now=clock.now())  # fmt: skip

    def _leaves_something_open(self) -> None:
        """Break off a signing and an enrolment: both are forgotten later, when others sign and enrol."""
        person, certificate = self.person("siti"), self.certificate("siti")
        with transaction() as session:
            slip = session.execute(select(func.max(Slip.id)).where(Slip.person_id == person.id)).scalar_one()
            session.add(Challenge(challenge=os.urandom(32), purpose="enrol", slip_id=slip, created_at=clock.now()))
            statement = f"pakta/statement/v1\n{person.number}".encode()
            session.add(
                PreparedStatement(
                    sha256=hashlib.sha256(statement).digest(), person_id=person.id, statement=statement,
                    edition_code=certificate.edition_code, key_id=self.keys["siti"][1], prepared_at=clock.now(),
                )
            )  # fmt: skip

    def pemkot(self) -> units.Unit:
        """Return the unit over which the administrators stand."""
        unit = units.by_code(db.session(), code="pemkot")
        assert unit is not None
        return unit

    def totals(self) -> dict[str, int]:
        """Return how many people the whole city has, and how many signatures are counted."""

        def total(question: str) -> int:
            return int(db.session().execute(text(question), {"unit": self.pemkot().id}).scalar_one() or 0)

        db.session().rollback()
        return {
            "people": total("SELECT sum(people) FROM counter_people WHERE unit_id = :unit"),
            "signed": total("SELECT sum(signed) FROM counter_signed WHERE unit_id = :unit"),
        }

    def erase(self, who: str, *, sweep: bool = True) -> Erased:
        """Erase a person as the command does, the files included."""
        self.hours.strike()
        with transaction() as session:
            done = erasure.erase(session, person=self.person(who), now=clock.now(), pepper=self.wired.keyring.pepper)
        assert not sweep or self.sweep()
        return done

    def sweep(self) -> bool:
        """Clean the files."""
        return database.sweep(belongings.SWEPT)


def files_below(*folders: Path) -> dict[str, bytes]:
    """Return what the files in some folders hold."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found[str(path.relative_to(folder))] = path.read_bytes()
    return found
