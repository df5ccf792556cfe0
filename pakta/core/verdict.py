"""The verdict: the one place where Python says what a credential is worth.

The rules, in their order:

1. Bytes that are no credential of ours, an unknown issuer, a wrong signature: TIDAK DIKENAL.
2. Without a key set nothing can be said: TIDAK DAPAT DIPERIKSA.
3. Past its end: KEDALUWARSA.
4. Proved not to be in the ledger where it says it is: TIDAK DIKENAL.
5. The status list says revoked: DICABUT; suspended, or the issuer's key was compromised and the entry
   does not lie under the head witnessed before, by its size and by its root: DITANGGUHKAN.
6. Status or ledger not at hand, stale or rolled back, or the ledger's head not cosigned by as many
   witnesses as the policy demands: TIDAK DAPAT DIPERIKSA, never SAH.
7. Everything checked: SAH; where the issuer's key was compromised later: SAH, KUNCI LAMA DITEGUHKAN.

`static/js/verdict.js` follows the same rules; shared vectors hold both to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pakta.core import credential, keyset, ledgerentry, merkle, note, status
from pakta.core import policy as policies
from pakta.core.credential import Credential
from pakta.core.errors import Reason, Refusal
from pakta.core.keyset import Compromise, KeySet
from pakta.core.ledgerentry import EntryKind
from pakta.core.policy import Policy


class Word(StrEnum):
    """The seven verdicts."""

    SAH = "SAH"
    OLD_KEY = "SAH, KUNCI LAMA DITEGUHKAN"
    REVOKED = "DICABUT"
    SUSPENDED = "DITANGGUHKAN"
    UNKNOWN = "TIDAK DIKENAL"
    EXPIRED = "KEDALUWARSA"
    UNCHECKED = "TIDAK DAPAT DIPERIKSA"


GOOD = frozenset({Word.SAH, Word.OLD_KEY})


class Step(StrEnum):
    """What can be checked."""

    ADDRESS = "address"
    KEYS = "keys"
    SIGNATURE = "signature"
    TIME = "time"
    LEDGER = "ledger"
    STATUS = "status"
    WITNESSES = "witnesses"


class Mark(StrEnum):
    """How a step ended: yes, no, or not checked, which is never shown as clear."""

    YES = "yes"
    NO = "no"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Inclusion:
    """What the ledger says: a checkpoint note, and the path from the credential's entry to its root.

    path    None where the tiles could not be had
    marked  the path to the root that the key set states of a lost key; None as well where none is stated
    """

    checkpoint: bytes
    path: Sequence[bytes] | None
    marked: Sequence[bytes] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One word, its reason, what was checked and what not, and the credential where one was read.

    status_at, witnessed_at  seconds since 1970; the second since when a quorum has vouched for the head
    """

    word: Word
    reason: Reason | None
    steps: tuple[tuple[Step, Mark], ...]
    credential: Credential | None = None
    ledger_size: int | None = None
    status_at: int | None = None
    witnessed_at: int | None = None

    @property
    def good(self) -> bool:
        """Say whether this is one of the two SAH verdicts."""
        return self.word in GOOD


@dataclass(slots=True)
class _Steps:
    """The steps as they are taken."""

    marks: dict[Step, Mark] = field(default_factory=lambda: dict.fromkeys(Step, Mark.UNCHECKED))
    found: Credential | None = None
    size: int | None = None
    status_at: int | None = None
    witnessed_at: int | None = None

    def end(self, word: Word, reason: Reason | None) -> Verdict:
        """Return the verdict with the steps taken so far."""
        marks = tuple(self.marks.items())
        return Verdict(word, reason, marks, self.found, self.size, self.status_at, self.witnessed_at)


def decide(
    *,
    address: str,
    origin: str,
    keyset_text: bytes | None,
    status_token: bytes | None,
    inclusion: Inclusion | None,
    now: datetime,
    policy: Policy | None = None,
    newest_version: int = 0,
    newest_status: int = 0,
) -> Verdict:
    """Return the verdict on a QR's address, for any bytes whatever; never raises.

    keyset_text, status_token, inclusion  as served or cached; None where they could not be had
    policy                                who must have cosigned the ledger's head; None: nobody
    newest_version, newest_status         the newest key set version and status time seen before
    """
    steps = _Steps()
    try:
        cose_bytes = credential.from_address(address, origin=origin)
        found = credential.parse(cose_bytes)
    except Refusal as refusal:
        steps.marks[Step.ADDRESS] = Mark.NO
        return steps.end(Word.UNKNOWN, refusal.reason)
    steps.marks[Step.ADDRESS] = Mark.YES
    host = origin.split("://", 1)[1]
    keys = _keys(keyset_text, host=host, newest_version=newest_version)
    if isinstance(keys, Reason):
        return steps.end(Word.UNCHECKED, keys)
    steps.marks[Step.KEYS] = Mark.YES
    early = _signature(steps, cose_bytes, found, keys, host=host, now=now)
    if early is not None:
        return early
    return _ledger_and_status(
        steps,
        keys,
        status_token=status_token,
        inclusion=inclusion,
        now=now,
        policy=policy,
        newest_status=newest_status,
        origin=origin,
    )


def _keys(text: bytes | None, *, host: str, newest_version: int) -> KeySet | Reason:
    if text is None:
        return Reason.KEYSET_MISSING
    try:
        return keyset.verify(text, host=host, not_before=newest_version)
    except Refusal as refusal:
        return refusal.reason


def _signature(
    steps: _Steps, cose_bytes: bytes, found: Credential, keys: KeySet, *, host: str, now: datetime
) -> Verdict | None:
    if found.claims.issuer != host:
        steps.marks[Step.SIGNATURE] = Mark.NO
        return steps.end(Word.UNKNOWN, Reason.ISSUER_UNKNOWN)
    try:
        credential.verify(cose_bytes, issuer_keys=keys.issuer_keys, now=now)
    except Refusal as refusal:
        if refusal.reason not in (Reason.EXPIRED, Reason.NOT_YET_VALID):
            steps.marks[Step.SIGNATURE] = Mark.NO
            return steps.end(Word.UNKNOWN, refusal.reason)
        steps.marks[Step.SIGNATURE], steps.marks[Step.TIME] = Mark.YES, Mark.NO
        steps.found = found
        word = Word.EXPIRED if refusal.reason is Reason.EXPIRED else Word.UNCHECKED
        return steps.end(word, refusal.reason)
    steps.marks[Step.SIGNATURE] = steps.marks[Step.TIME] = Mark.YES
    steps.found = found
    return None


def _ledger_and_status(
    steps: _Steps,
    keys: KeySet,
    *,
    status_token: bytes | None,
    inclusion: Inclusion | None,
    now: datetime,
    policy: Policy | None,
    newest_status: int,
    origin: str,
) -> Verdict:
    ledger = _ledger(steps, keys, inclusion) or _witnesses(steps, inclusion, policy)
    if ledger in (Reason.NOT_IN_LEDGER,):
        return steps.end(Word.UNKNOWN, ledger)
    value = _status(steps, keys, status_token, now=now, newest_status=newest_status, origin=origin)
    if value == 1:
        return steps.end(Word.REVOKED, Reason.STATUS_REVOKED)
    if value == 2:
        return steps.end(Word.SUSPENDED, Reason.STATUS_SUSPENDED)
    assert steps.found is not None
    compromise = keys.compromised.get(steps.found.kid)
    if compromise is not None and steps.found.claims.ledger_index >= compromise.size:
        return steps.end(Word.SUSPENDED, Reason.KEY_COMPROMISED)
    if ledger is not None:
        return steps.end(Word.UNCHECKED, ledger)
    if isinstance(value, Reason):
        return steps.end(Word.UNCHECKED, value)
    return steps.end(Word.SAH, None) if compromise is None else _old_key(steps, compromise, inclusion)


def _old_key(steps: _Steps, compromise: Compromise, inclusion: Inclusion | None) -> Verdict:
    """End with what a lost key signed before: its entry must lie under the very head that the key set states."""
    if steps.found is None or inclusion is None or inclusion.marked is None:
        return steps.end(Word.UNCHECKED, Reason.LEDGER_MISSING)
    try:
        _lies_under(steps.found, compromise.size, compromise.root, inclusion.marked)
    except Refusal:
        return steps.end(Word.SUSPENDED, Reason.KEY_COMPROMISED)
    return steps.end(Word.OLD_KEY, Reason.KEY_CONFIRMED)


def _lies_under(found: Credential, size: int, root: bytes, path: Sequence[bytes]) -> None:
    leaf = merkle.leaf_hash(ledgerentry.entry(EntryKind.CREDENTIAL, found.to_be_signed))
    merkle.verify_inclusion(leaf_hash=leaf, index=found.claims.ledger_index, size=size, path=path, root=root)


def _ledger(steps: _Steps, keys: KeySet, inclusion: Inclusion | None) -> Reason | None:
    """Return why the ledger does not vouch for the credential, or None where it does."""
    if inclusion is None:
        return Reason.LEDGER_MISSING
    try:
        head = note.parse_checkpoint(note.verify(inclusion.checkpoint, verifier_key=keys.log_vkey))
    except Refusal as refusal:
        return refusal.reason
    if head.origin != keys.log_origin:
        return Reason.OTHER_LOG
    assert steps.found is not None
    steps.size = head.size
    if steps.found.claims.ledger_index >= head.size:
        return Reason.LEDGER_BEHIND
    if inclusion.path is None:
        return Reason.LEDGER_MISSING
    try:
        _lies_under(steps.found, head.size, head.root, inclusion.path)
    except Refusal:
        steps.marks[Step.LEDGER] = Mark.NO
        return Reason.NOT_IN_LEDGER
    steps.marks[Step.LEDGER] = Mark.YES
    return None


def _witnesses(steps: _Steps, inclusion: Inclusion | None, policy: Policy | None) -> Reason | None:
    """Return why the witnesses do not vouch for the ledger's head, or None where they do or nobody must."""
    if policy is None or policy.quorum is None or inclusion is None:
        return None
    try:
        steps.witnessed_at = policies.verify(inclusion.checkpoint, policy=policy).at
    except Refusal as refusal:
        steps.marks[Step.WITNESSES] = Mark.NO
        return refusal.reason
    steps.marks[Step.WITNESSES] = Mark.YES
    return None


def _status(
    steps: _Steps, keys: KeySet, token: bytes | None, *, now: datetime, newest_status: int, origin: str
) -> int | Reason:
    """Return the credential's status, or why it is not known."""
    if token is None:
        return Reason.STATUS_MISSING
    assert steps.found is not None
    claims = steps.found.claims
    if claims.status_uri != f"{origin}/s/0":
        return Reason.STATUS_OTHER
    try:
        list_claims = status.verify(
            token, issuer_keys=keys.sound_keys, uri=claims.status_uri, now=now, not_before=newest_status
        )
        value = status.get(status.decode(list_claims.lst), claims.status_index)
    except Refusal as refusal:
        return refusal.reason
    if value == 3:
        return Reason.STATUS_MALFORMED
    steps.status_at = list_claims.issued_at
    steps.marks[Step.STATUS] = Mark.YES if value == 0 else Mark.NO
    return value
