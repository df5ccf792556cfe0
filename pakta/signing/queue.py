"""The queue before the ledger's writer: signatures that arrive together are committed together.

Rules    One thread of this process writes at a time, for itself and for all who wait behind it: they
         share one transaction, one lock of the ledger and one sync to the disk.  Nobody gets an answer
         before that commit.  Whatever goes wrong in company is tried once more alone, so that nobody
         pays for another's mistake.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pakta.config import Config
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.keyring import Keyring
from pakta.signing import acceptance
from pakta.signing.acceptance import Checked


@dataclass(slots=True, eq=False)
class _Place:
    """One signature in the queue: whether a writer has taken it, and what became of it.

    outcome  the certificate's number, a refusal, or None where it is to be tried alone
    """

    checked: Checked
    taken: bool = False
    outcome: str | Refusal | None = None


class Queue:
    """The signatures that wait in this process."""

    def __init__(self, *, keyring: Keyring, config: Config, clock: Callable[[], datetime]) -> None:
        """Begin with nobody waiting; `clock` says what time it is when the writer's turn comes."""
        self._clock = clock
        self._keyring = keyring
        self._config = config
        self._waiting: deque[_Place] = deque()
        self._writer = threading.Lock()

    def sign(self, *, person_id: int, statement: bytes, proof: Mapping[str, str]) -> str:
        """Return the number of the certificate for a signed statement; the same one again gives the same.

        Refuses as `acceptance.check` and `acceptance.accept` do.  Nothing is written then.
        """
        session, now = db.session(), self._clock()
        checked = acceptance.check(
            session, person_id=person_id, statement=statement, proof=proof, now=now, config=self._config
        )
        if checked is None:
            return acceptance.accepted_before(session, statement=statement, person_id=person_id, now=now)
        session.rollback()  # nobody waits with a transaction open
        outcome = self._together(checked)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome or self._alone(checked)

    def _together(self, checked: Checked) -> str | Refusal | None:
        place = _Place(checked)
        self._waiting.append(place)
        with self._writer:
            if not place.taken:
                self._write(self._all())
        return place.outcome

    def _all(self) -> list[_Place]:
        places = []
        while self._waiting:
            place = self._waiting.popleft()
            place.taken = True
            places.append(place)
        return places

    def _write(self, places: Sequence[_Place]) -> None:
        try:
            with transaction() as session:
                outcomes = acceptance.accept_together(
                    session,
                    checked=[place.checked for place in places],
                    now=self._clock(),
                    keyring=self._keyring,
                    config=self._config,
                )
        except Exception:
            return
        for place, outcome in zip(places, outcomes, strict=True):
            place.outcome = outcome

    def _alone(self, checked: Checked) -> str:
        with transaction() as session:
            return acceptance.accept(
                session, checked=checked, now=self._clock(), keyring=self._keyring, config=self._config
            )
