"""Filling the demonstration city: units, people, slips, enrolments, signatures, roles."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts import service as accounts
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.config import Config
from pakta.core import number as numbers
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.demonstration import accounts as demo_accounts
from pakta.demonstration import people as invented
from pakta.demonstration import signer, wrongdata
from pakta.demonstration.setting import Setting
from pakta.editions import service as editions
from pakta.keyring import Keyring
from pakta.roster import importing
from pakta.roster import service as roster
from pakta.roster import units as roster_units
from pakta.roster.models import Person, Unit
from pakta.web import Wired, clock

Say = Callable[[str], None]
SUMMARY = "peragaan.txt"
UNFINISHED = (
    "Pengisian peragaan terhenti sebelum selesai, sehingga akun contohnya tidak ada.\n"
    "Untuk mengisi dari awal: hentikan, kosongkan basis data dan folder kunci (SQLite: hapus instance dan"
    " keys/private), lalu jalankan lagi."
)
LOST = (
    f"Ringkasan peragaan ({SUMMARY} di folder instance) tidak ada di sini. Data dan akun contohnya tetap ada;"
    " kata sandinya hanya tertulis di ringkasan itu."
)
TOGETHER = 20  # people who share transactions
SLIPS = 3
SLIP, USED = "/aktivasi#", "   (tidak berlaku lagi)"
EXAMPLES = 3  # certificates that the summary shows


def fill(*, people: int, signed: int, seed: int, keyring: Keyring, config: Config, say: Say) -> str:
    """Fill an empty database with the demonstration city; return the summary that is printed.

    Refuses with DEMO_REAL_PEOPLE where a person without the demo mark is in the roster,
    and with DEMO_NOT_EMPTY where the demonstration was filled already.
    """
    began = time.monotonic()
    setting = Setting(keyring, config, say)
    _check(db.session(), people=people, signed=signed)
    keep_summary(f"{UNFINISHED}\n\n{_address(config)}", config=config)  # until it is whole
    everyone = _load_people(setting, people=people, seed=seed)
    roles = demo_accounts.appoint(setting, everyone)
    _sign_many(setting, everyone, signed=signed, seed=seed)
    reported = wrongdata.report()
    slips = demo_accounts.print_slips(setting, limit=SLIPS)
    say(f"Selesai dalam {time.monotonic() - began:.1f} detik.")
    return _summary(config, roles=roles, slips=slips, reported=reported)


def is_empty(session: Session) -> bool:
    """Say whether the roster holds nobody."""
    return session.execute(select(Person.id).limit(1)).first() is None


def keep_summary(summary: str, *, config: Config) -> None:
    """Keep the summary for the next start; it holds the passphrases of invented people only."""
    path = _summary_path(config)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(summary, encoding="utf-8")
    path.chmod(0o600)


def kept_summary(session: Session, *, wired: Wired) -> str:
    """Return the summary of the last filling with the slips used since marked, or that it broke off, or is lost.

    Once all its slips are used, new ones are printed and kept in it.
    """
    path = _summary_path(wired.config)
    if path.exists():
        lines = [_marked(session, line, wired) for line in path.read_text(encoding="utf-8").splitlines()]
        slips = [at for at, line in enumerate(lines) if SLIP in line]
        if slips and all(lines[at].endswith(USED) for at in slips):
            setting = Setting(wired.keyring, wired.config, lambda _line: None)
            lines[slips[0] : slips[-1] + 1] = _slip_lines(
                wired.config, demo_accounts.print_slips(setting, limit=SLIPS)
            )
            keep_summary("\n".join(lines) + "\n", config=wired.config)
        return "\n".join(lines) + "\n"
    address = _address(wired.config)
    return address if roster.has_real_people(session) else f"{LOST}\n\n{address}"


def _marked(session: Session, line: str, wired: Wired) -> str:
    _, mark, rest = line.partition(SLIP)
    if not mark:
        return line
    try:
        accounts.check_slip(session, code=rest.split()[0], now=clock.now(), pepper=wired.keyring.pepper)
    except Refusal:
        return line + USED
    return line


def _address(config: Config) -> str:
    return f"Alamat      {config.origin}/"


def _summary_path(config: Config) -> Path:
    return config.instance / SUMMARY


def _check(session: Session, *, people: int, signed: int) -> None:
    if roster.has_real_people(session):
        raise Refusal(Reason.DEMO_REAL_PEOPLE)
    if not is_empty(session):
        raise Refusal(Reason.DEMO_NOT_EMPTY)
    if not 0 <= signed <= people:
        raise Refusal(Reason.DEMO_COUNTS)


def _load_people(setting: Setting, *, people: int, seed: int) -> list[Person]:
    now = clock.now()
    with transaction() as session:
        roster_units.load_own(session, now=now)
        editions.publish_own(session, now=now)
        units = session.execute(select(Unit).order_by(Unit.id)).scalars().all()
        rows = invented.invent(units, people=people, seed=seed)
        report = importing.import_roster(
            session,
            content=invented.as_csv(rows),
            now=now,
            pepper=setting.keyring.pepper,
            dry_run=False,
            demo=True,
        )
        if report.errors:
            raise report.errors[0].refusal
    setting.say(f"{len(units)} unit, {len(rows)} orang rekaan.")
    return _all_people(db.session())


def _all_people(session: Session) -> list[Person]:
    """Return everybody, detached: thousands of rows held by a session would be refreshed at each commit."""
    people = list(session.execute(select(Person).order_by(Person.id)).unique().scalars())
    session.expunge_all()
    return people


def _sign_many(setting: Setting, everyone: Sequence[Person], *, signed: int, seed: int) -> None:
    """Let people sign until `signed` have; heads first, the others by lot, more in some units than others."""
    already = demo_accounts.count_signed(db.session())
    waiting = _order(db.session(), everyone, Random(seed))  # noqa: S311 invented data, not a secret
    chosen = waiting[: max(0, signed - already)]
    for at in range(0, len(chosen), TOGETHER):
        signer.activate_and_sign(setting, person_ids=chosen[at : at + TOGETHER])
        if at % 200 == 0:
            setting.say(f"{already + at} dari {signed} sudah menandatangani …")


def _order(session: Session, everyone: Sequence[Person], random: Random) -> list[int]:
    """Return the ids of people who have no account, in the order in which they sign."""
    with_account = demo_accounts.person_ids(session)
    zeal: dict[int, float] = {}

    def place(person: Person) -> float:
        unit = zeal.setdefault(person.unit_id, random.uniform(0.0, 0.8))
        return random.random() + unit

    return [person.id for person in sorted(everyone, key=place) if person.id not in with_account]


def _summary(
    config: Config,
    *,
    roles: Sequence[demo_accounts.Shown],
    slips: Sequence[demo_accounts.ShownSlip],
    reported: bool,
) -> str:
    lines = [
        "",
        "PERAGAAN: semua orang di sini rekaan.",
        "",
        f"Alamat      {config.origin}/",
        "",
        "Akun (nomor, kata sandi)",
    ]
    lines += [f"  {item.role:<22} {item.number:<20} {item.passphrase}   {item.note}" for item in roles]
    lines += ["", "Slip aktivasi (satu kali pakai; juga untuk /kios)"]
    lines += _slip_lines(config, slips)
    if reported:
        lines += ["", "Data salah", *(f"  {line}" for line in wrongdata.TOLD)]
    lines += ["", "Sertifikat contoh (alamat di QR, lalu halaman untuk pemilik dan pengelola)"]
    for row in _examples(db.session()):
        lines.append(f"  {row.person.name}, {row.unit.short_name}")
        lines.append(f"    {certificates.address(row, config=config)}")
        lines.append(f"    {config.origin}/sertifikat/{numbers.spoken(row.number)}")
    return "\n".join(lines) + "\n"


def _slip_lines(config: Config, slips: Sequence[demo_accounts.ShownSlip]) -> list[str]:
    return [f"  {config.origin}{SLIP}{item.code}   {item.name}, {item.unit}, NIP {item.number}" for item in slips]


def _examples(session: Session) -> list[IssuedCredential]:
    rows = session.execute(select(IssuedCredential).order_by(IssuedCredential.id.desc()).limit(EXAMPLES)).unique()
    return list(rows.scalars())
