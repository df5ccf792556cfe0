"""The work of a job: each lembar that is not stored yet is set, sealed and stored, once.

One whose seal was lost counts as not stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from pakta.bundles import listing
from pakta.certificates import documents, service
from pakta.certificates.documents import Display
from pakta.certificates.models import IssuedCredential
from pakta.config import Config
from pakta.core.errors import Reason, Refusal
from pakta.jobs.models import Job
from pakta.jobs.rules import LEASE
from pakta.jobs.runner import Piece, Store
from pakta.keyring import Keyring
from pakta.roster.models import Unit

BATCH = 200  # certificates that are looked up at once


class Making:
    """What a runner does for jobs of the kind `lembar`."""

    alone, lease = True, LEASE

    def __init__(self, *, keyring: Keyring, config: Config, display: Display, clock: Callable[[], datetime]) -> None:
        """Begin; `display` writes moments for people."""
        self._keyring, self._config, self._display, self._clock = keyring, config, display, clock

    def batch(self, session: Session, *, job: Job) -> Sequence[Piece]:
        """Return the next certificates behind the job's cursor."""
        unit = session.get_one(Unit, job.unit_id)
        found = listing.next_ones(
            session, unit=unit, edition_code=job.subject, after=job.cursor, until=job.until, limit=BATCH
        )
        return [self._piece(session, *each) for each in found]

    def make(self, session: Session, *, piece: Piece) -> Store:
        """Set and seal a lembar, at the level that is to be reached: thousands can wait where one person cannot.

        Refuses as `documents.make`, with CERTIFICATE_UNKNOWN where it was erased, or with TIMESTAMPS_AWAY.
        """
        row = session.get(IssuedCredential, piece.id)
        if row is None:
            raise Refusal(Reason.CERTIFICATE_UNKNOWN)
        made = documents.make(
            session,
            row=row,
            kind=listing.KIND,
            evidence=service.evidence_of(session, row=row),
            display=self._display,
            now=self._clock(),
            keyring=self._keyring,
            config=self._config,
        )
        if made.level != documents.level_wanted(keyring=self._keyring, config=self._config):
            raise Refusal(Reason.TIMESTAMPS_AWAY)
        lost = self._lost(session, credential_id=row.id)
        return lambda writing: len(documents.keep(writing, made=made, lost=lost).content)

    def _piece(self, session: Session, credential_id: int, number: str, size: int | None) -> Piece:
        if size and self._lost(session, credential_id=credential_id) is not None:
            size = None
        return Piece(credential_id, number, made=size is not None, size=size or 0)

    def _lost(self, session: Session, *, credential_id: int) -> bytes | None:
        """Return the mark of a stored lembar whose seal was lost, or None."""
        if not self._keyring.seal.lost:
            return None
        found = documents.stored(session, credential_id=credential_id, kind=listing.KIND)
        return found.mark if found and documents.is_lost(found.content, key=self._keyring.seal) else None
