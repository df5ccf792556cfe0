"""Collecting cosignatures: the newest head goes to all witnesses at once, and what they answer is kept.

Rules    Before the first head they are sent the empty one: who holds more says so (409), and nothing is forked.
         A round sends one head to everybody who is due, so that their cosignatures meet on it, and ends once
         the head has its quorum or all have answered.  Whoever is slow answers into a later round and is
         sent nothing meanwhile: it delays neither the others nor the signing of heads.
         While the network is asked no transaction is open; all that is written is written by one thread.
         A witness that fails is left alone for a second, then two, four … a minute.  One with nothing to
         cosign is asked again each minute: whether it lives, and whether it holds more than we do.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from pakta.core import merkle
from pakta.core.policy import Policy, Witness
from pakta.ledger import gate, heads, rules, witnessclient, witnessing
from pakta.ledger.models import Checkpoint
from pakta.ledger.rules import Cosigned, Holds, Outcome, Reply, Trouble

ROUND = 2 * witnessclient.PATIENCE + 0.5  # seconds: asked twice at most
SHORTEST, LONGEST = 1.0, 60.0  # seconds that a failing witness is left alone
QUIET = 60.0  # seconds after which a witness is asked again though nothing is new
log = logging.getLogger("pakta.witnesses")

Opening = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class _Letter:
    """What is sent to a witness: the head over `size` entries, `note`, for one that knows `old_size`."""

    witness: Witness
    size: int
    note: bytes
    old_size: int
    body: bytes
    again: bool = False


@dataclass(slots=True)
class _Pace:
    """When a witness was last asked, how often it has failed since, and until when it is left alone."""

    asked: float = 0.0
    failures: int = 0
    rests_until: float = 0.0


class Collector:
    """The one that asks the witnesses of a policy; one thread calls `round`, again and again."""

    def __init__(
        self,
        policy: Policy,
        *,
        reading: Opening,
        writing: Opening,
        clock: Callable[[], datetime],
        empty_head: Callable[[], bytes],
    ) -> None:
        """Begin with nobody asked; `reading` and `writing` open the database for a moment."""
        self._policy, self._empty_head = policy, empty_head
        self._reading, self._writing, self._clock = reading, writing, clock
        self._answers: queue.SimpleQueue[tuple[_Letter, Reply | Trouble]] = queue.SimpleQueue()
        self._paces: dict[str, _Pace] = {}
        self._busy: set[str] = set()
        self._said: dict[str, str] = {}
        self._counted = False

    def round(self) -> None:
        """Send the newest head to whoever is due, and keep the answers that come before the round ends."""
        self._recount()
        letters = self._letters()
        for letter in letters:
            self._send(letter)
        waiting, until = {letter.witness.name for letter in letters}, time.monotonic() + ROUND
        agreed: set[str] = set()  # who has cosigned this very head in this round
        while arrived := self._arrived(until if waiting else 0.0):
            settled = [(letter, outcome) for letter, outcome in arrived if not self._asked_again(letter, outcome)]
            waiting -= {letter.witness.name for letter, _ in settled}
            agreed |= {letter.witness.name for letter, outcome in settled if isinstance(outcome, Cosigned)}
            self._keep(settled)
            if gate.is_quorum(self._policy, agreed):
                return

    def _recount(self) -> None:
        if not self._counted:
            with self._writing() as session:
                witnessing.recount(session, policy=self._policy)
            self._counted = True

    def _letters(self) -> Sequence[_Letter]:
        with self._reading() as session:
            head = heads.newest(session) or self._nothing_yet()
            known = witnessing.states(session, policy=self._policy)
            sizes = {name: min(state.size, head.size) if state else 0 for name, state in known.items()}
            return [
                self._letter(session, head, witness, old_size=sizes[name])
                for name, witness in self._policy.witnesses.items()
                if self._is_due(witness, new=sizes[name] < head.size)
            ]

    def _nothing_yet(self) -> Checkpoint:
        """Return the head over no entry, which is no row."""
        return Checkpoint(size=0, root=merkle.EMPTY_ROOT, note=self._empty_head(), signed_at=self._clock())

    def _letter(
        self, session: Session, head: Checkpoint, witness: Witness, *, old_size: int, again: bool = False
    ) -> _Letter:
        body = witnessing.body(session, head=head, old_size=old_size)
        return _Letter(witness, head.size, head.note, old_size, body, again)

    def _is_due(self, witness: Witness, *, new: bool) -> bool:
        now, pace = time.monotonic(), self._paces.get(witness.name)
        if not witness.url or witness.name in self._busy:
            return False
        if pace is None:
            return True
        return now >= pace.rests_until and (new or pace.failures > 0 or now - pace.asked >= QUIET)

    def _send(self, letter: _Letter) -> None:
        def ask() -> None:
            answer: Reply | Trouble = Trouble.FAILED
            try:
                answer = witnessclient.ask(letter.witness.url, letter.body)
            except witnessclient.NoReply as failed:
                answer = failed.trouble
            finally:
                self._answers.put((letter, answer))

        self._busy.add(letter.witness.name)
        self._paces.setdefault(letter.witness.name, _Pace()).asked = time.monotonic()
        threading.Thread(target=ask, daemon=True, name=f"witness {rules.shown(letter.witness.name)}").start()

    def _arrived(self, until: float) -> list[tuple[_Letter, Outcome]]:
        """Return the answers that are there, waiting until that moment for a first one."""
        found: list[tuple[_Letter, Outcome]] = []
        try:
            while True:
                wait = 0.0 if found else max(0.0, until - time.monotonic())
                letter, answer = self._answers.get(wait > 0, wait or None)
                self._busy.discard(letter.witness.name)
                found.append((letter, self._judge(letter, answer)))
        except queue.Empty:
            return found

    def _judge(self, letter: _Letter, answer: Reply | Trouble) -> Outcome:
        if isinstance(answer, Trouble):
            return answer
        return rules.judge(answer, head=letter.note, vkey=letter.witness.vkey, now=self._clock())

    def _asked_again(self, letter: _Letter, outcome: Outcome) -> bool:
        """Send the head once more, from the size that the witness says it holds, where that can be."""
        if not isinstance(outcome, Holds) or letter.again:
            return False
        if outcome.size > letter.size or outcome.size == letter.old_size:
            return False
        with self._reading() as session:
            head = session.get_one(Checkpoint, letter.size)
            once_more = self._letter(session, head, letter.witness, old_size=outcome.size, again=True)
        self._send(once_more)
        return True

    def _keep(self, settled: Sequence[tuple[_Letter, Outcome]]) -> None:
        """Write what was answered."""
        for letter, outcome in settled:
            self._set_pace(letter, outcome)
        with self._writing() as session:
            for letter, outcome in settled:
                witnessing.record(
                    session, witness=letter.witness, size=letter.size, outcome=outcome, policy=self._policy,
                    now=self._clock(),
                )  # fmt: skip

    def _set_pace(self, letter: _Letter, outcome: Outcome) -> None:
        name, pace = letter.witness.name, self._paces[letter.witness.name]
        good = isinstance(outcome, Cosigned)
        pace.failures = 0 if good else pace.failures + 1
        rest = 0.0 if good else min(LONGEST, SHORTEST * 2 ** (pace.failures - 1))
        pace.rests_until = time.monotonic() + rest
        word = "" if good else outcome.value if isinstance(outcome, Trouble) else "does not cosign"
        if word != self._said.get(name, ""):
            log.warning("witness %s: %s", rules.shown(name), word or "cosigns again")
        self._said[name] = word
