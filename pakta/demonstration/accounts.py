"""The demonstration's accounts: one for each role, with a passphrase that is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.accounts import service as accounts
from pakta.accounts.models import Account
from pakta.database import transaction
from pakta.demonstration import people as invented
from pakta.demonstration import signer
from pakta.demonstration.setting import Setting
from pakta.roles import Role
from pakta.roster import units as roster_units
from pakta.roster.models import Person, SignedPerson, Unit
from pakta.web import clock

PASSPHRASE = "lampu senja kayu manis"  # noqa: S105 of invented people, printed on purpose


@dataclass(frozen=True, slots=True)
class Post:
    """A role, over which unit, and in which unit and place its holder stands."""

    role: Role
    over: str
    unit: str
    place: int
    words: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An account as the summary prints it."""

    role: str
    number: str
    passphrase: str
    note: str


@dataclass(frozen=True, slots=True)
class ShownSlip:
    """An unused slip as the summary prints it."""

    code: str
    name: str
    unit: str
    number: str


OFFICE = "dikbud"  # whose head, secretary and slips are shown
POSTS = (
    Post(Role.ADMINISTRATOR, "pemkot", "bkpsdm", 2, "administrator BKPSDM 1"),
    Post(Role.ADMINISTRATOR, "pemkot", "bkpsdm", 3, "administrator BKPSDM 2"),
    Post(Role.HEAD, OFFICE, OFFICE, 0, "kepala OPD"),
    Post(Role.DELEGATE, OFFICE, OFFICE, 1, "sekretaris OPD"),
    Post(Role.SUPERVISOR, "pemkot", "kejari", 0, "pengawas (Bawaslu)"),
    Post(Role.SIGNER, "", "dinkes", 2, "pegawai"),
)


def appoint(setting: Setting, everyone: Sequence[Person]) -> list[Shown]:
    """Give every post its account, and every OPD its head; return those whose passphrase is printed."""
    by_unit: dict[str, list[Person]] = {}
    for person in everyone:
        by_unit.setdefault(person.unit.code, []).append(person)
    shown = [_fill(setting, post, by_unit[post.unit][post.place]) for post in POSTS if _has(by_unit, post)]
    taken = {post.unit for post in POSTS if post.role is Role.HEAD}
    for code, people in by_unit.items():
        if invented.leads(people[0].unit) and code not in taken:
            _appoint_head(setting, people[0])
    return shown


def print_slips(setting: Setting, *, limit: int) -> list[ShownSlip]:
    """Print slips for people who have no account yet, first of the office whose head is shown."""
    with transaction() as session:
        office = roster_units.by_code(session, code=OFFICE)
        waiting = session.execute(
            select(Person)
            .join(Unit, Unit.id == Person.unit_id)
            .outerjoin(Account, Account.person_id == Person.id)
            .where(Account.id.is_(None), Person.kind == "pns")
            .order_by(Unit.path.startswith(office.path if office else "/").desc(), Person.id)
            .limit(limit)
        )
        return [
            ShownSlip(
                accounts.print_slip(session, person=person, now=clock.now(), pepper=setting.keyring.pepper),
                person.name,
                person.unit.short_name,
                person.number,
            )
            for person in waiting.unique().scalars()
        ]


def count_signed(session: Session) -> int:
    """Return how many people hold a standing signature."""
    return int(session.execute(select(func.count()).select_from(SignedPerson)).scalar_one())


def person_ids(session: Session) -> set[int]:
    """Return the ids of people who have an account."""
    return set(session.execute(select(Account.person_id)).scalars())


def _has(by_unit: dict[str, list[Person]], post: Post) -> bool:
    return len(by_unit.get(post.unit, [])) > post.place


def _fill(setting: Setting, post: Post, person: Person) -> Shown:
    """Activate the holder of a post with a device key and a passphrase, and let them sign."""
    passphrase_hash = accounts.hash_passphrase(PASSPHRASE, own=(person.number, person.name))
    who = signer.activate(setting, person_id=person.id, device=True, passphrase_hash=passphrase_hash)
    if post.role is not Role.SIGNER:
        _grant(who.account, post.role, post.over)
    signer.sign(setting, who=who)
    return Shown(post.words, person.number, PASSPHRASE, f"{person.name}, {person.unit.short_name}")


def _appoint_head(setting: Setting, person: Person) -> None:
    who = signer.activate(setting, person_id=person.id, device=False)
    _grant(who.account, Role.HEAD, person.unit.code)
    signer.sign(setting, who=who)


def _grant(account: Account, role: Role, over: str) -> None:
    with transaction() as session:
        unit = roster_units.by_code(session, code=over)
        if unit is None:
            raise LookupError(f"the demonstration has no unit {over}")
        accounts.grant_role(
            session,
            person=session.get_one(Person, account.person_id),
            role=role,
            unit=session.get_one(Unit, unit.id),
            now=clock.now(),
        )
