"""Handing out a certificate's files: as stored, or made now, outside the transaction that stores them.

Setting and sealing take tenths of a second, and nobody else could write meanwhile.  Each is made once in
a process, whoever waits for it finds it stored; between processes the first to store it wins, and all are given that
one.  Others do not wait: an authority that is slow with a timestamp holds up its own file only.
A stored file whose seal was lost is made anew.
"""

from __future__ import annotations

from datetime import datetime
from threading import Lock

from sqlalchemy.orm import Session

from pakta.certificates import documents, service
from pakta.certificates.documents import Display
from pakta.certificates.models import IssuedCredential
from pakta.config import Config
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.keyring import Keyring

_turns = tuple(Lock() for _ in range(64))  # a certificate has one of them


def file_of(
    row: IssuedCredential, *, kind: str, display: Display, now: datetime, keyring: Keyring, config: Config
) -> bytes:
    """Return the certificate's file of this kind; not to be called inside a transaction.

    Refuses as `documents.make` and `documents.keep` do.
    """
    session, credential_id = db.session(), row.id
    found = documents.stored(session, credential_id=credential_id, kind=kind)
    if found is not None and not documents.is_lost(found.content, key=keyring.seal):
        return found.content
    session.rollback()  # gives the connection back: a turn may take a while to come
    with _turns[credential_id % len(_turns)]:
        found = documents.stored(session, credential_id=credential_id, kind=kind)
        if found is not None and not documents.is_lost(found.content, key=keyring.seal):
            return found.content
        lost = found.mark if found is not None else None
        standing = _standing(session, credential_id)
        made = documents.make(
            session,
            row=standing,
            kind=kind,
            evidence=service.evidence_of(session, row=standing),
            display=display,
            now=now,
            keyring=keyring,
            config=config,
        )
        with transaction() as writing:
            return documents.keep(writing, made=made, lost=lost).content


def _standing(session: Session, credential_id: int) -> IssuedCredential:
    row = session.get(IssuedCredential, credential_id)
    if row is None:
        raise Refusal(Reason.CERTIFICATE_UNKNOWN)
    return row
