"""Two reports of wrong data: one that waits, and one that was answered, whose person is to sign again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.accounts.models import Account
from pakta.database import transaction
from pakta.demonstration.accounts import POSTS, Post
from pakta.roles import Role
from pakta.roster import correcting
from pakta.roster.models import Person, Unit
from pakta.signing import reports
from pakta.web import clock

TITLE = ", M.M."
TOLD = (
    "Satu laporan menunggu dan satu sudah dijawab: masuk sebagai administrator BKPSDM 1, Laporan data.",
    "Satu orang diminta menandatangani lagi: masuk sebagai pegawai. Kuncinya tidak ada di perangkat Anda; cara",
    "lengkapnya sampai tanda tangan baru dapat dicoba dengan orang dari slip (README, Try the whole way).",
)


def report() -> bool:
    """Let the secretary report and wait, and the plain signer report and be corrected; False where one is missing."""
    posts = {role: next(post for post in POSTS if post.role is role) for role in Role}
    with transaction() as session:
        now = clock.now()
        waits, corrected = (_holder(session, posts[role]) for role in (Role.DELEGATE, Role.SIGNER))
        judge = _holder(session, posts[Role.ADMINISTRATOR])
        if waits is None or corrected is None or judge is None:
            return False
        message = "Pangkat saya sudah naik sejak 1 Oktober."
        reports.report(session, person=waits, field="pangkat", message=message, now=now - timedelta(hours=20))
        _correct(session, corrected, by=judge, now=now)
    return True


def _correct(session: Session, person: Person, *, by: Person, now: datetime) -> None:
    wanted = replace(correcting.present(person), name=person.name + TITLE)
    row = reports.report(
        session,
        person=person,
        field="nama",
        message=f"Gelar saya kurang: {wanted.name}",
        now=now - timedelta(hours=30),
    )
    account = session.execute(select(Account).where(Account.person_id == by.id)).scalar_one()
    reports.correct(
        session,
        report_id=row.id,
        by=account,
        wanted=wanted,
        seen=reports.stamp(person),
        text="Gelar sudah ditambahkan menurut ijazah.",
        now=now,
    )


def _holder(session: Session, post: Post) -> Person | None:
    """Return who holds a post: the account that stands in its unit and place."""
    people = select(Person).join(Unit, Unit.id == Person.unit_id).where(Unit.code == post.unit).order_by(Person.id)
    return session.execute(people.offset(post.place).limit(1)).scalar_one_or_none()
