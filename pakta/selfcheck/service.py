"""The whole check, part by part."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.accounts.models import PersonKey
from pakta.certificates.models import IssuedCredential
from pakta.config import Config
from pakta.database import Base
from pakta.keyring import Keyring
from pakta.ledger import check as ledger_check
from pakta.ledger import heads, locks, witnesscheck
from pakta.ledger import service as ledger
from pakta.ledger.check import Finding
from pakta.ledger.models import Absence
from pakta.selfcheck import (
    absences,
    counts,
    credentials,
    documents,
    evidence,
    keys,
    publications,
    requests,
    statuses,
    times,
)


def check(session: Session, *, keyring: Keyring, config: Config) -> list[Finding]:
    """Return everything that does not agree, as one snapshot of the database shows it."""
    snapshot(session)
    vkey, issuer = ledger.verifier_key(keyring, config), keyring.issuer_keys()
    parts = {
        "ledger": ledger_check.check(session, verifier_key=vkey, copy=config.log_copy),
        "locks": _locks(session),
        "witnesses": witnesscheck.check(session, policy=config.policy),
        "publications": publications.check(session, issuer_keys=issuer, config=config),
        "keys": keys.check(session),
        "credentials": credentials.check(session, issuer_keys=issuer, config=config),
        "documents": documents.check(session, pepper=keyring.pepper),
        "evidence": evidence.check(session, config=config),
        "times": times.check(session, policy=config.policy),
        "statuses": statuses.check(session),
        "requests": requests.check(session),
        "absences": absences.check(session, pepper=keyring.pepper),
        "counts": counts.check(session),
    }
    return [finding for name, part in parts.items() for finding in _all(name, part)]


def summary(session: Session) -> str:
    """Return in a line how much was compared."""
    head = heads.newest(session)
    causes = {row[0]: row[1] for row in session.execute(select(Absence.cause, func.count()).group_by(Absence.cause))}
    words = {"replayed": "dipulihkan dari salinan", "erased": "milik orang yang dihapus"}
    lost = [f"{causes[cause]} {what}" for cause, what in words.items() if cause in causes]
    without = f" ({', '.join(lost)}: tanpa isinya)" if lost else ""
    return (
        f"{ledger.size(session)} catatan{without}, {head.size if head else 0} di bawah kepala terakhir, "
        f"{_count(session, IssuedCredential)} sertifikat, {_count(session, PersonKey)} kunci"
    )


def _count(session: Session, model: type[Base]) -> int:
    return session.execute(select(func.count()).select_from(model)).scalar_one()


def snapshot(session: Session) -> None:
    """Begin a transaction that sees one moment, whatever others commit meanwhile."""
    session.rollback()
    session.expire_all()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    else:
        session.connection()


def _locks(session: Session) -> Iterator[Finding]:
    for name in locks.missing(session.connection()):
        yield Finding(f"lock {name}", "is not on")


def _all(name: str, part: Iterator[Finding]) -> Iterator[Finding]:
    """Yield a part's findings; a row that cannot even be read is one, and ends only its own part."""
    try:
        yield from part
    except Exception as error:  # a column of the wrong kind makes the driver raise whatever it likes,
        yield Finding(name, f"cannot be read on ({type(error).__name__})")  # and repeat the row in its message
