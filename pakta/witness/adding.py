"""The one thing that a witness does: take a checkpoint, remember it, cosign it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from pakta.core import cosignature, note, submission
from pakta.core.errors import Refusal
from pakta.core.note import Checkpoint
from pakta.core.submission import Submission
from pakta.witness import rules
from pakta.witness.folder import WitnessKey
from pakta.witness.rules import Head, Refused
from pakta.witness.store import Logs, Store

log = logging.getLogger("pakta.witness")


class Conflict(Exception):
    """The request does not go on from our head, whose size this is."""

    def __init__(self, size: int) -> None:
        super().__init__(str(size))
        self.size = size


class ClockBehind(Exception):
    """The clock stands before the time of our last cosignature: whatever we sign now would contradict it."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness at work.  clock: seconds since 1970."""

    key: WitnessKey
    store: Store
    clock: Callable[[], int]

    def add_checkpoint(self, body: bytes) -> str:
        """Return the cosignature line for a request, once its checkpoint is on the disk.

        Raises Refused or Conflict, and ClockBehind or sqlite3.Error where nothing can be cosigned now.
        """
        submitted, found = _read(body)
        with self.store.reading() as logs:
            keys = logs.keys(found.origin)
        rules.check_signed(submitted.checkpoint, verifier_keys=keys)
        with self.store.writing() as logs:
            head = logs.head(found.origin)
            # A cosignature says that at its time this was the largest tree that we knew: so the time is
            # taken while nobody else can write.
            at = self.clock()
            refused = self._judge(found, submitted=submitted, head=head, logs=logs, at=at)
        if refused is not None:
            log.warning("%s %s %d %s", refused.status.value, found.origin, found.size, refused.reason)
            raise Conflict(head.size) if refused.status is HTTPStatus.CONFLICT else refused
        log.info("200 %s %d %s", found.origin, found.size, found.root.hex())
        text = note.unverified_body(submitted.checkpoint)
        return cosignature.sign(text, at=at, name=self.key.name, public_key=self.key.public_key, sign=self.key.sign)

    def _judge(self, found: Checkpoint, *, submitted: Submission, head: Head, logs: Logs, at: int) -> Refused | None:
        """Write what the request leads to: a new head (None), or what is kept of a refused one."""
        text = submitted.checkpoint
        try:
            rules.check_follows(found, submitted=submitted, head=head)
        except Refused as refused:
            if refused.doubt is not None:
                logs.keep(found, doubt=refused.doubt, text=text, beside=head.note, at=at)
            return refused
        if at < head.cosigned_at:
            raise ClockBehind
        logs.follow(found, text=text, at=at)
        return None


def _read(body: bytes) -> tuple[Submission, Checkpoint]:
    """Read a request; raises Refused (400) for any other form."""
    try:
        submitted = submission.parse(body)
        return submitted, note.parse_checkpoint(note.unverified_body(submitted.checkpoint))
    except Refusal as refusal:
        raise Refused(HTTPStatus.BAD_REQUEST, refusal.reason) from refusal
