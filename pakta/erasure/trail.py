"""What an erasure leaves of the access log.

Rules  Lines about the person go: with who did it (whose units are known) and the day, or with what was done and
       by whom alone, a recovery tells whose the entry of that kind is.
       Lines about others lose the person, the unit, the words and the time.
       So do the lines of the pages that somebody opened, the day they did something to the person.
       An erasure keeps its day.  All of these are written anew in one order that does not come from time:
       between their neighbours, or between two erasures, they would still tell it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from pakta.accounts import audit
from pakta.accounts.models import AccessLog, Account

NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
PAGES = (
    "pemulihan-lihat", "pemulihan-gagal", "keberatan-lihat", "laporan-data-lihat", "pencabutan-lihat",
    "pencabutan-cari", "keberatan-pakta-lihat",
)  # fmt: skip
Line = dict[str, Any]


def forget(session: Session, *, person_id: int, now: datetime) -> None:
    """Take a person out of the access log, and write down that somebody was erased."""
    accounts = session.execute(select(Account.id).where(Account.person_id == person_id)).scalars().all()
    about = _lines(session, AccessLog.person_id == person_id)
    theirs = _lines(session, AccessLog.account_id.in_(accounts))
    pages = _pages(session, about)
    earlier = _lines(session, or_(AccessLog.at == NO_TIME, AccessLog.action == audit.ERASURE))
    left = [
        *(_line(line, account_id=None, at=NO_TIME) for line in theirs if line.person_id not in (None, person_id)),
        *(_line(line, account_id=line.account_id, at=NO_TIME) for line in pages if line.account_id not in accounts),
        *(_line(line, account_id=line.account_id, at=line.at) for line in earlier if line.person_id != person_id),
        {"account_id": None, "person_id": None, "action": audit.ERASURE, "at": _day(now)},
    ]
    for line in {*about, *theirs, *pages, *earlier}:
        session.delete(line)
    session.flush()
    session.execute(insert(AccessLog), sorted(left, key=_place))


def _pages(session: Session, about: Iterable[AccessLog]) -> list[AccessLog]:
    """Return which pages those who did something to the person opened on that day."""
    days = {(line.account_id, _day(line.at)) for line in about}
    held = {account_id for account_id, _ in days}
    opened = _lines(session, AccessLog.account_id.in_(held), AccessLog.action.in_(PAGES), AccessLog.at != NO_TIME)
    return [line for line in opened if (line.account_id, _day(line.at)) in days]


def _lines(session: Session, *conditions: Any) -> Sequence[AccessLog]:
    return session.execute(select(AccessLog).where(*conditions)).scalars().all()


def _line(line: AccessLog, *, account_id: int | None, at: datetime) -> Line:
    return {"account_id": account_id, "person_id": line.person_id, "action": line.action, "at": at}


def _day(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _place(line: Mapping[str, Any]) -> tuple[str, int, int, datetime]:
    return line["action"], line["account_id"] or 0, line["person_id"] or 0, line["at"]
