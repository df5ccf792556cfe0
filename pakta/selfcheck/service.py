"""The whole check, part by part."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.accounts.models import PersonKey
from pakta.certificates.models import IssuedCredential
from pakta.config import Config
from pakta.keyring import Keyring
from pakta.ledger import check as ledger_check
from pakta.ledger import heads
from pakta.ledger import service as ledger
from pakta.ledger.check import Finding
from pakta.selfcheck import counts, credentials, evidence, keys, publications, statuses


def check(session: Session, *, keyring: Keyring, config: Config) -> list[Finding]:
    """Return everything that does not agree, as one snapshot of the database shows it."""
    _snapshot(session)
    vkey = ledger.verifier_key(keyring, config)
    return [
        *ledger_check.check(session, verifier_key=vkey, copy=config.log_copy),
        *publications.check(session, issuer_keys=keyring.issuer_keys(), config=config),
        *keys.check(session),
        *credentials.check(session, issuer_keys=keyring.issuer_keys(), config=config),
        *evidence.check(session, config=config),
        *statuses.check(session),
        *counts.check(session),
    ]


def summary(session: Session) -> str:
    """Return in a line how much was compared."""
    head = heads.newest(session)
    return (
        f"{ledger.size(session)} catatan, {head.size if head else 0} di bawah kepala terakhir, "
        f"{_count(session, IssuedCredential)} sertifikat, {_count(session, PersonKey)} kunci"
    )


def _count(session: Session, model: type[IssuedCredential] | type[PersonKey]) -> int:
    return session.execute(select(func.count()).select_from(model)).scalar_one()


def _snapshot(session: Session) -> None:
    """Begin a transaction that sees one moment, whatever others commit meanwhile."""
    session.rollback()
    session.expire_all()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    else:
        session.connection()
