"""A ledger whose newest entries are lost for good goes on under a new name (docs/decisions/0016).

Rules    The tree stays, at its indexes; only its name changes: HOST/log, HOST/log/2, …  The first entry
         under the new name (kind 12, public) is the last head that somebody holds under the old one, so
         that everybody sees what was lost, and when.  Heads under earlier names still verify.
         A name is taken once: a quorum of witnesses must say first that it holds nothing under it, or the same
         old backup could be gone on from twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pakta.config import Config
from pakta.core import canonical, note, submission
from pakta.core.errors import Reason, Refusal
from pakta.core.ledgerentry import EntryKind
from pakta.core.policy import Policy, Witness
from pakta.keyring import Keyring
from pakta.ledger import gate, heads, rules, service, witnessclient
from pakta.ledger.models import Payload, WitnessState
from pakta.ledger.rules import HOLDS_NOTHING, Cosigned, Holds, Outcome, shown


def next_name(held: bytes, *, config: Config) -> Config:
    """Return the configuration of the name after the present one, or after the head's where that is later.

    It is later where an old backup came back whose ledger had already gone on.
    """
    return replace(config, log=max(config.log, heads.number_of(heads.name_of(held))) + 1)


def check_unused(policy: Policy, *, empty_head: bytes, now: datetime) -> None:
    """Check that a quorum says that it holds nothing under the name of this empty head (docs/decisions/0048).

    Refuses with LEDGER_NAME_TAKEN where a quorum holds something, and with WITNESSES_UNHEARD where none answers.
    """
    said = _answers(policy, empty_head=empty_head, now=now)
    taken = [name for name, outcome in said.items() if isinstance(outcome, Holds) and outcome.size]
    if taken and gate.is_quorum(policy, taken):
        raise Refusal(Reason.LEDGER_NAME_TAKEN, ", ".join(map(shown, taken)))
    free = [name for name, each in policy.witnesses.items() if not each.url or _holds_nothing(said[name])]
    if not gate.is_quorum(policy, free):
        raise Refusal(Reason.WITNESSES_UNHEARD, ", ".join(shown(name) for name in said if name not in free))


def succeed(session: Session, *, held: bytes, now: datetime, keyring: Keyring, config: Config) -> int:
    """Enter the head that somebody holds under the old name as the new name's first entry; return its index.

    held    a checkpoint's note under the old name, signed by our key
    config  of the new name: `log` is one more than that of the head

    Refuses as `note.verify` and `note.parse_checkpoint` do, with OTHER_LOG where the head is not of
    the name before, and with LEDGER_NOT_BEHIND where we hold a signed head over as many entries.
    """
    session.execute(delete(WitnessState))  # what witnesses hold of the old name no longer stands in the way
    service.lock(session)
    if heads.name_of(held) not in heads.earlier_names(config.log_origin)[-1:]:
        raise Refusal(Reason.OTHER_LOG)
    former = heads.vkey_for(held, verifier_key=service.verifier_key(keyring, config))
    head = note.parse_checkpoint(note.verify(held, verifier_key=former))
    index, newest_head = service.next_index(session), heads.newest(session)
    signed = newest_head.size if newest_head else 0
    if head.size <= signed:
        raise Refusal(Reason.LEDGER_NOT_BEHIND, f"{head.size} <= {signed}")
    payload = canonical.encode(
        {
            "v": 1,
            "origin": config.log_origin,
            "previous": held.decode(),
            "kept": index,
            "signed": signed,
            "at": now.astimezone(UTC).isoformat(timespec="seconds"),
        }
    )
    return service.append(session, kind=EntryKind.LOG_SUCCEEDED, payload=payload, now=now)


def newest(session: Session) -> Payload | None:
    """Return the last succession that was entered, or None."""
    rows = select(Payload).where(Payload.kind == int(EntryKind.LOG_SUCCEEDED)).order_by(Payload.index.desc())
    return session.execute(rows.limit(1)).scalar_one_or_none()


def _answers(policy: Policy, *, empty_head: bytes, now: datetime) -> Mapping[str, Outcome]:
    """Send an empty head to all witnesses that have an address at once, and return what they answer."""
    body = submission.make(old_size=0, path=[], checkpoint=empty_head)

    def ask(witness: Witness) -> Outcome:
        try:
            answer = witnessclient.ask(witness.url, body)
        except witnessclient.NoReply as failed:
            return failed.trouble
        return rules.judge(answer, head=empty_head, vkey=witness.vkey, now=now)

    asked = {name: each for name, each in policy.witnesses.items() if each.url}
    with ThreadPoolExecutor(max_workers=len(asked) or 1) as pool:
        return dict(zip(asked, pool.map(ask, asked.values()), strict=True))


def _holds_nothing(outcome: Outcome) -> bool:
    return isinstance(outcome, Cosigned) or outcome in HOLDS_NOTHING or outcome == Holds(0)
