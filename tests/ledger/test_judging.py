"""What an answer of a witness is worth, and how what it said is kept: each rule at its edge."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pakta.config import Config
from pakta.core import cosignature, merkle, note, policy
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.keyring import Keyring
from pakta.ledger import gate, heads, rules, witnesscheck, witnessing
from pakta.ledger.rules import Cosigned, Reply
from tests.ledger.conftest import Log
from tests.ledger.watched import Watched, session, watched

NOW = datetime(2026, 11, 23, 1, 15, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw()
VKEY = cosignature.vkey(name="saksi", public_key=PUBLIC)
BODY = note.checkpoint_body(origin="contoh.go.id/log", size=5, root=merkle.EMPTY_ROOT)
HEAD = note.sign(BODY, name="contoh.go.id/log", public_key=PUBLIC, sign=KEY.sign)


@pytest.fixture
def site(config: Config, keys: Keyring) -> Iterator[Watched]:
    """Give a watched ledger."""
    with watched(config, keys) as running, running.app.app_context():
        yield running


def line(at: datetime) -> bytes:
    """Return the witness's line of that moment."""
    moment = int(at.timestamp())
    return cosignature.sign(BODY, at=moment, name="saksi", public_key=PUBLIC, sign=KEY.sign).encode()


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_cosignatures_the_earlier_counts_and_is_kept(order: int) -> None:
    early, late = NOW - timedelta(minutes=2), NOW - timedelta(minutes=1)
    body = b"".join([line(early), line(late)][::order])
    found = rules.judge(Reply(200, "text/plain", body), head=HEAD, vkey=VKEY, now=NOW)
    assert found == Cosigned(line(early), early)


def cosign(site: Watched, name: str, size: int, *, under: policy.Policy | None = None) -> None:
    """Let a witness cosign a head, as its answer is kept; inside `transaction()`."""
    asked = under or site.policy
    witness, key = asked.witnesses[name], site.witnesses[name].key
    head = next(each for each in [heads.covering(db.session(), index=size - 1)] if each)
    named, at = cosignature.parse_vkey(witness.vkey), int(time.time())
    body = note.unverified_body(head.note)
    given = cosignature.sign(body, at=at, name=named.name, public_key=named.public_key, sign=key.sign).encode()
    moment = datetime.fromtimestamp(at, UTC)
    witnessing.record(
        db.session(), witness=witness, size=size, outcome=Cosigned(given, moment), policy=asked, now=moment
    )


def test_what_covers_an_entry_is_the_first_witnessed_head_and_not_a_later_one(site: Watched) -> None:
    log = Log(site.app)
    for size in (3, 5, 9):
        log.grow_to(size)
        log.sign()
        if size > 3:  # the first was never witnessed
            site.collect()
    covering = [witnessing.covering(session(), index=index, policy=site.policy) for index in (0, 2, 4, 5, 8, 9)]
    assert [each and each.size for each in covering] == [5, 5, 5, 9, 9, None]
    assert [each and each.witnesses != () for each in covering[:-1]] == [True] * 5


@pytest.mark.parametrize(("minutes", "silent"), [(-1, False), (1, True)])
def test_patience_ends_after_24_hours_to_the_minute(minutes: int, silent: bool) -> None:
    since = NOW - timedelta(hours=24, minutes=minutes)
    if not silent:
        gate.check_patience(since, now=NOW)
        return
    with pytest.raises(Refusal) as refused:
        gate.check_patience(since, now=NOW)
    assert refused.value.reason is Reason.WITNESSES_SILENT


def test_two_cosignatures_at_the_same_moment_do_not_miss_each_other(site: Watched) -> None:
    log = Log(site.app)
    log.grow_to(5)
    log.sign()
    done = threading.Event()

    def second() -> None:
        with site.app.app_context(), transaction():
            cosign(site, "kampus", 5)
        done.set()

    other = threading.Thread(target=second)
    with transaction():
        cosign(site, "bawaslu", 5)
        other.start()
        assert not done.wait(0.3)  # it waits for the head, which is ours until the commit
    other.join(10)
    found = witnessing.newest(session(), policy=site.policy)
    assert found is not None and found.witnesses == ("bawaslu", "kampus")
    assert len(policy.verify(found.note, policy=site.policy).times) == 2


def renamed(site: Watched) -> policy.Policy:
    """Return the policy in which each witness's key has another name, as after a move to another host."""
    witnesses = {
        name: policy.Witness(
            name, cosignature.vkey(name=f"baru-{name}.example", public_key=gate.key_of(each)), each.url
        )
        for name, each in site.policy.witnesses.items()
    }
    return policy.Policy(site.policy.logs, witnesses, site.policy.groups, site.policy.quorum)


def test_a_cosignature_under_another_name_counts_for_nothing_until_it_is_given_anew(site: Watched) -> None:
    log = Log(site.app)
    log.grow_to(5)
    log.sign()
    site.collect()
    new = renamed(site)
    with transaction() as writing:
        assert witnessing.recount(writing, policy=new) == 0
    assert witnessing.newest(session(), policy=new) is witnessing.covering(session(), index=0, policy=new) is None
    pending = witnessing.pending(session(), policy=new)
    assert pending is not None and pending.witnesses == ()
    with transaction():
        for name in ("kampus", "bawaslu"):
            cosign(site, name, 5, under=new)
    for found in (witnessing.newest(session(), policy=new), witnessing.covering(session(), index=0, policy=new)):
        assert found is not None and (found.size, found.witnesses) == (5, ("bawaslu", "kampus"))
        assert set(policy.verify(found.note, policy=new).times) == {"bawaslu", "kampus"}
    assert witnessing.newest(session(), policy=site.policy) is None  # whose lines have given way
    assert list(witnesscheck.check(session(), policy=new)) == []
    assert list(witnesscheck.check(session(), policy=site.policy)) == []
