"""The gate before the ledger where witnesses are demanded: nothing new over a past that they have not seen.

Rules    Who holds more entries than we have ever signed holds what we have lost: once a quorum says so nothing
         is entered or signed at all (LEDGER_BEHIND_WITNESSES), for it would fork the log.  What they say is
         held against the newest signed head, never against the entries recorded: a head is stored before it
         is submitted, and entries may have been made over a lost past (decision 0052).
         A server that starts may stand on an old backup: until a quorum has said since the start that it
         holds no more than we do, nothing is entered or signed either (WITNESSES_UNHEARD; decision 0049).
         Where the oldest entry has waited longer than PATIENCE for a quorum, nothing is issued and no key
         enrolled (WITNESSES_SILENT).  Revocations, suspensions and status lists go on: a reader who
         never hears of them is worse off than one who hears unwitnessed.
         Without a policy there is no gate, and no question to the database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Table, and_, bindparam, exists, func, or_, select

from pakta.core import canonical, cosignature
from pakta.core import policy as policies
from pakta.core.errors import Reason, Refusal
from pakta.core.policy import Policy, Witness
from pakta.ledger.models import Checkpoint, Payload, WitnessedHead, WitnessState
from pakta.ledger.rules import HOLDS_NO_MORE, HOLDS_NOTHING, shown

PATIENCE = timedelta(hours=24)
HEADS, PAYLOADS = cast(Table, Checkpoint.__table__), cast(Table, Payload.__table__)
WITNESSED, STATES = cast(Table, WitnessedHead.__table__), cast(Table, WitnessState.__table__)

_REACH = (
    select(func.coalesce(func.max(WITNESSED.c.size), 0).label("size"))
    .where(WITNESSED.c.policy == bindparam("policy"))
    .cte("reach")
)
_SIGNED = select(HEADS.c.signed_at).where(HEADS.c.size > _REACH.c.size).order_by(HEADS.c.size).limit(1)
_RECORDED = (
    select(PAYLOADS.c.recorded_at).where(PAYLOADS.c.index >= _REACH.c.size).order_by(PAYLOADS.c.index).limit(1)
)
_HEAD = select(func.coalesce(func.max(HEADS.c.size), 0)).scalar_subquery()
_LOOK = select(
    _SIGNED.correlate(_REACH).scalar_subquery(), _RECORDED.correlate(_REACH).scalar_subquery(), STATES.c.key, _HEAD
).outerjoin_from(_REACH, STATES, STATES.c.claimed > _HEAD)
_SAID = select(STATES.c.key).where(
    or_(
        STATES.c.answered_at >= bindparam("since"),
        and_(
            STATES.c.asked_at >= bindparam("since"),
            or_(
                STATES.c.trouble.in_(sorted(HOLDS_NO_MORE)),
                and_(STATES.c.trouble.in_(sorted(HOLDS_NOTHING)), ~exists(select(HEADS.c.size))),
            ),
        ),
    ),
    func.coalesce(STATES.c.claimed, 0) <= _HEAD,
)
EVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Kept:
    """started: when the server started whose witnesses have not answered yet; None where they have, or none did."""

    policy: Policy
    fingerprint: bytes
    names: Mapping[bytes, str]
    started: datetime | None = None


_policies: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()


def keep(engine: Engine, policy: Policy) -> None:
    """Demand of everything that is entered through `engine` what this policy demands."""
    _policies[engine] = _Kept(policy, fingerprint(policy), names_by_key(policy))


def start(engine: Engine, *, at: datetime) -> None:
    """Wait, in whatever is entered through `engine`, for what witnesses say after this moment."""
    kept = _policies.get(engine)
    if kept is not None:
        kept.started = at


def awaited(connection: Connection, *, policy: Policy, since: datetime) -> list[str]:
    """Return who has not said since then that it holds no more entries than we have signed; none where a quorum has.

    Witnesses without an address cannot be asked, and are not waited for.
    """
    said = set(connection.execute(_SAID, {"since": since}).scalars())
    heard = [each.name for each in policy.witnesses.values() if not each.url or key_of(each) in said]
    return [] if is_quorum(policy, heard) else [name for name in policy.witnesses if name not in heard]


def applies(connection: Connection) -> bool:
    """Say whether witnesses are demanded here at all."""
    return connection.engine in _policies


def waiting_since(connection: Connection) -> datetime | None:
    """Return since when the oldest entry that no witnessed head covers has waited; None where none does.

    Refuses with LEDGER_BEHIND_WITNESSES where a quorum says that it holds more entries than we have signed, and
    after a start with WITNESSES_UNHEARD until a quorum has said that it does not.
    """
    kept = _policies.get(connection.engine)
    if kept is None:
        return None
    rows = connection.execute(_LOOK, {"policy": kept.fingerprint}).all()
    ahead = {kept.names[row[2]] for row in rows if row[2] in kept.names}
    if ahead and is_quorum(kept.policy, ahead):
        raise Refusal(Reason.LEDGER_BEHIND_WITNESSES, str(rows[0][3]))
    if kept.started is not None:
        names = awaited(connection, policy=kept.policy, since=kept.started)
        if names:
            raise Refusal(Reason.WITNESSES_UNHEARD, ", ".join(map(shown, names)))
        kept.started = None
    return min((moment for moment in rows[0][:2] if moment is not None), default=None)


def check_patience(since: datetime | None, *, now: datetime) -> None:
    """Refuse with WITNESSES_SILENT where an entry has waited too long."""
    if since is not None and now - since > PATIENCE:
        raise Refusal(Reason.WITNESSES_SILENT, since.isoformat(timespec="seconds"))


def fingerprint(policy: Policy) -> bytes:
    """Return what tells one policy from another: whose word is asked for, not where."""
    stated: dict[str, canonical.Json] = {
        "witnesses": {_plain(each.name): each.vkey for each in policy.witnesses.values()},
        "groups": {_plain(name): [each.least, *map(_plain, each.members)] for name, each in policy.groups.items()},
        "quorum": _plain(policy.quorum or policies.NONE),
    }
    return hashlib.sha256(canonical.encode(stated)).digest()


def is_quorum(policy: Policy, names: Iterable[str]) -> bool:
    """Say whether these witnesses of a policy, by name, are what it demands."""
    return policies.since(policy, times=dict.fromkeys(names, 0)) is not None


def key_of(witness: Witness) -> bytes:
    """Return a witness's public key: what it is known by, whatever a policy calls it."""
    return cosignature.parse_vkey(witness.vkey).public_key


def names_by_key(policy: Policy) -> dict[bytes, str]:
    """Return the names of a policy's witnesses by their public keys."""
    return {key_of(each): each.name for each in policy.witnesses.values()}


def names_by_vkey(policy: Policy) -> dict[str, str]:
    """Return the names of a policy's witnesses by their verifier keys: what their signature lines are known by.

    A cosignature counts by these: a reader passes over the line of a key that is called otherwise than in the policy.
    """
    return {each.vkey: each.name for each in policy.witnesses.values()}


def _plain(name: str) -> str:
    """Return a name, any octets in a policy, as text that has one form."""
    return name.encode("utf-8", "surrogateescape").hex()
