"""Three witnesses over HTTP, two of whom must cosign: what is served, and what no witness can do to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from pakta.config import Config
from pakta.core import merkle, note, policy
from pakta.core.errors import Reason, Refusal
from pakta.core.note import Checkpoint
from pakta.core.policy import Cosigned
from pakta.database import transaction
from pakta.keyring import Keyring
from pakta.ledger import (
    collector,
    gate,
    heads,
    rules,
    service,
    storedtiles,
    witnesscheck,
    witnessclient,
    witnessing,
    worker,
)
from pakta.ledger.models import Cosignature
from tests.ledger.conftest import Log
from tests.ledger.watched import Watched, session, watched
from tests.ledger.witness import parsed

BACK = 'INSERT INTO ledger_entries ("index", entry) VALUES (:at, :entry)'


@pytest.fixture
def site(config: Config, keys: Keyring) -> Iterator[Watched]:
    """Give a watched ledger."""
    with watched(config, keys) as running, running.app.app_context():
        yield running


@pytest.fixture
def log(site: Watched) -> Log:
    """Give its entries and its sequencer."""
    return Log(site.app)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> float:
    """Let nobody wait longer than a moment for a witness."""
    ask = witnessclient.ask
    monkeypatch.setattr(witnessclient, "ask", lambda url, body: ask(url, body, patience=0.5))
    monkeypatch.setattr(collector, "ROUND", 1.2)
    return 1.2


def grow(log: Log, site: Watched, size: int) -> None:
    """Record entries, sign a head, and ask the witnesses once."""
    log.grow_to(size)
    log.sign()
    site.collect()


def served(site: Watched, path: str = "checkpoint") -> tuple[Checkpoint, Cosigned]:
    """Return what a stranger reads under /log/, checked against the policy."""
    answer = site.app.test_client().get(f"/log/{path}")
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-cache"
    vkey = Log(site.app).vkey
    found = note.parse_checkpoint(note.verify(answer.data, verifier_key=vkey))
    return found, policy.verify(answer.data, policy=site.policy)


def size_of(site: Watched, path: str) -> int | None:
    """Return the size of the head that is served, whoever has cosigned it; None where there is none."""
    answer = site.app.test_client().get(f"/log/{path}")
    return int(answer.data.split(b"\n")[1]) if answer.status_code == 200 else None


def test_heads_are_served_with_the_cosignatures_of_the_quorum(log: Log, site: Watched) -> None:
    assert size_of(site, "checkpoint") is size_of(site, "pending") is None
    for size in (1, 7, 300):
        grow(log, site, size)
        head, cosigned = served(site)
        assert head.size == size and len(cosigned.times) >= 2
        assert abs(cosigned.at - time.time()) < 60
        assert served(site, "pending")[0] == head
    assert set(served(site)[1].times) == set(site.witnesses)
    assert set(site.troubles().values()) == {""}


def test_before_a_quorum_the_newest_head_is_pending_and_nothing_else_changes(log: Log, site: Watched) -> None:
    grow(log, site, 3)
    site.witnesses["kampus"].stop()
    site.witnesses["bawaslu"].stop()
    grow(log, site, 5)
    assert (size_of(site, "checkpoint"), size_of(site, "pending")) == (3, 5)
    with pytest.raises(Refusal) as refused:
        served(site, "pending")
    assert refused.value.reason is Reason.WITNESSES_TOO_FEW
    assert site.troubles() == {"bawaslu": "unreachable", "inspektorat": "", "kampus": "unreachable"}
    site.witnesses["kampus"].start()
    site.collect()
    assert served(site)[0].size == 5


def test_one_witness_that_is_down_changes_nothing(log: Log, site: Watched) -> None:
    site.witnesses["kampus"].stop()
    grow(log, site, 3)
    assert set(served(site)[1].times) == {"bawaslu", "inspektorat"}


BAD = {
    "hangs": "timeout",
    "drips": "timeout",
    "endless": "too-long",
    "garbage": "garbled",
    "not http": "garbled",
    "wrong key": "unsigned",
    "wrong head": "signature",
    "500": "failed",
    "elsewhere": "failed",
    "claims": "ahead",
}


@pytest.mark.parametrize(("mode", "trouble"), BAD.items())
def test_a_witness_that_misbehaves_delays_nobody_and_is_not_believed(
    log: Log, site: Watched, hasty: float, mode: str, trouble: str
) -> None:
    site.set_modes(kampus=mode)
    site.witnesses["kampus"].claim = 10_000
    log.grow_to(3)
    log.sign()
    began = time.monotonic()
    site.collector.round()
    assert time.monotonic() - began < hasty + 5
    assert set(served(site)[1].times) == {"bawaslu", "inspektorat"}
    site.collect()
    assert site.troubles()["kampus"] == trouble
    assert log.append(b"lagi") == [3]  # one that claims to hold more stops nobody
    assert session().execute(select(Cosignature.witness)).scalars().all().count("kampus") == 0
    site.set_modes(kampus="honest")
    grow(log, site, 9)
    assert site.troubles()["kampus"] == "" and "kampus" in served(site)[1].times


def test_a_witness_whose_clock_is_wrong_does_not_move_the_time_of_an_entry(log: Log, site: Watched) -> None:
    site.witnesses["kampus"].clock = -3600
    site.witnesses["bawaslu"].clock = 2**33
    grow(log, site, 3)
    assert size_of(site, "checkpoint") is None
    assert (site.troubles()["kampus"], site.troubles()["bawaslu"]) == ("clock", "clock")
    site.witnesses["kampus"].clock = 60
    site.collect()
    assert served(site)[0].size == 3


def test_cosignatures_count_for_their_own_size_only(log: Log, site: Watched) -> None:
    site.witnesses["kampus"].stop()
    site.witnesses["bawaslu"].stop()
    grow(log, site, 3)  # inspektorat alone
    site.witnesses["inspektorat"].stop()
    site.witnesses["kampus"].start()
    grow(log, site, 5)  # kampus alone
    assert len(session().execute(select(Cosignature)).all()) == 2
    assert size_of(site, "checkpoint") is None
    site.witnesses["inspektorat"].start()
    site.collect()
    assert served(site)[0].size == 5


def test_a_witness_that_has_forgotten_or_knows_more_is_asked_from_where_it_is(log: Log, site: Watched) -> None:
    grow(log, site, 3)
    grow(log, site, 20)
    site.witnesses["kampus"].held = None
    earlier = heads.covering(session(), index=0)
    assert earlier is not None
    site.witnesses["bawaslu"].held = Checkpoint("localhost:5000/log", earlier.size, earlier.root)
    grow(log, site, 40)
    assert set(served(site)[1].times) == set(site.witnesses) and served(site)[0].size == 40


@pytest.mark.parametrize("claim", [0, 2, 3, 19])
def test_a_witness_that_lies_about_a_size_within_ours_is_asked_twice_and_left_alone(
    log: Log, site: Watched, claim: int
) -> None:
    grow(log, site, 3)
    site.set_modes(kampus="claims")
    site.witnesses["kampus"].claim, before = claim, site.witnesses["kampus"].asked
    grow(log, site, 20)
    assert served(site)[0].size == 20
    assert site.troubles()["kampus"] == "conflict"
    assert site.witnesses["kampus"].asked - before <= 4


def test_a_lost_reply_is_asked_for_once_more(log: Log, site: Watched) -> None:
    site.set_modes(kampus="500", bawaslu="500")  # they have cosigned, and say that they have failed
    grow(log, site, 3)
    assert size_of(site, "checkpoint") is None
    site.set_modes(kampus="honest", bawaslu="honest")
    site.collect()
    assert served(site)[0].size == 3


def test_heads_go_on_being_signed_while_every_witness_hangs(
    log: Log, site: Watched, hasty: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "TICK", 0.02)
    grow(log, site, 1)
    site.set_modes(bawaslu="hangs", inspektorat="hangs", kampus="hangs")
    stop, longest, last = threading.Event(), 0.0, time.monotonic()
    asked = sum(each.asked for each in site.witnesses.values())

    def tick() -> None:
        nonlocal longest, last
        log.append(b"lagi")
        log.sign()
        now = time.monotonic()
        longest, last = (max(longest, now - last) if size_of(site, "pending") != 2 else 0.0), now
        if (size_of(site, "pending") or 0) >= 25:
            stop.set()

    worker.run(log.app, each_tick=tick, collect=site.fresh_collector().round, stop=stop)
    assert sum(each.asked for each in site.witnesses.values()) > asked
    assert size_of(site, "pending") == 25 and longest < 0.5


def test_a_quorum_that_holds_more_than_we_do_stops_all_writing_and_one_does_not(log: Log, site: Watched) -> None:
    grow(log, site, 9)
    for name in ("kampus", "bawaslu"):
        with_one = name == "kampus"
        site.set_modes(**{name: "claims"})
        site.witnesses[name].claim = 50
        site.collector = site.fresh_collector()
        site.collect()
        if with_one:
            assert log.append(b"lagi") == [9]
    for write in (lambda: log.append(b"lagi"), log.sign):
        with pytest.raises(Refusal) as refused:
            write()
        assert (refused.value.reason, refused.value.detail) == (Reason.LEDGER_BEHIND_WITNESSES, "10")
    assert size_of(site, "checkpoint") == 9
    site.set_modes(kampus="honest")
    site.collect()
    assert log.append(b"lagi") == [10] and log.sign() is not None


def test_after_an_old_backup_nothing_is_entered_until_what_was_lost_is_back(log: Log, site: Watched) -> None:
    grow(log, site, 5)
    grow(log, site, 9)
    kept = [bytes(each) for each in _entries(log)]
    restore_backup_of(log, 5)
    assert log.sign() is None and heads.newest(session()).size == 5  # type: ignore[union-attr]
    site.collector = site.fresh_collector()  # what a start does first
    site.collect()
    for write in (lambda: log.append(b"lain"), log.sign):
        with pytest.raises(Refusal) as refused:
            write()
        assert refused.value.reason is Reason.LEDGER_BEHIND_WITNESSES
    for path in ("/v", "/periksa", "/log/", "/log/checkpoint", "/log/pending", "/log/tile/entries/000.p/5"):
        assert site.app.test_client().get(path).status_code == 200
    for at in range(5, 9):
        log.as_a_thief(BACK, {"at": at, "entry": kept[at]})
    assert log.sign() is not None
    site.collect()
    assert served(site)[0].size == 9
    assert log.append(b"lagi") == [9]


def test_a_log_that_went_another_way_gets_no_cosignature(log: Log, site: Watched) -> None:
    grow(log, site, 5)
    grow(log, site, 9)
    restore_backup_of(log, 5)
    for at in range(5, 12):
        entry = b"\x01\x07" + merkle.leaf_hash(b"%d lain" % at)
        log.as_a_thief(BACK, {"at": at, "entry": entry})
    assert log.sign() is not None
    site.collector = site.fresh_collector()
    site.collect()
    assert (size_of(site, "checkpoint"), size_of(site, "pending")) == (5, 12)
    assert set(site.troubles().values()) == {"inconsistent"}


def test_another_policy_counts_what_is_there_by_its_own_rule(log: Log, site: Watched) -> None:
    site.witnesses["kampus"].stop()
    grow(log, site, 3)
    lax = parsed([site.witnesses["bawaslu"]], least=1)
    strict = parsed(list(site.witnesses.values()), least=3)
    with transaction() as writing:
        assert witnessing.recount(writing, policy=lax) == 1
        assert witnessing.recount(writing, policy=strict) == 0
    assert witnessing.newest(session(), policy=lax) is not None
    assert witnessing.newest(session(), policy=strict) is None
    assert gate.fingerprint(lax) != gate.fingerprint(strict) != gate.fingerprint(site.policy)


def test_who_has_the_head_already_is_not_sent_it_again(log: Log, site: Watched) -> None:
    grow(log, site, 3)
    before = [each.asked for each in site.witnesses.values()]
    for _ in range(3):
        site.collect()
    assert [each.asked for each in site.witnesses.values()] == before
    answer = site.app.test_client().get("/log/checkpoint")
    again = site.app.test_client().get("/log/checkpoint", headers={"If-None-Match": answer.headers["ETag"]})
    assert (answer.status_code, again.status_code, again.data) == (200, 304, b"")


CHANGES = {
    "a line": ("UPDATE ledger_cosignatures SET line = :line", "does not hold"),
    "a time": ("UPDATE ledger_cosignatures SET cosigned_at = :at", "another time than its row says"),
    "a size": ("UPDATE ledger_cosignatures SET size = 3 WHERE size = 5", "does not hold (NOTE_SIGNATURE)"),
    "a key": (
        "UPDATE ledger_cosignatures SET key = :line WHERE size = 5 AND witness = 'bawaslu'",
        "another key than its own",
    ),
    "a verifier key": ("UPDATE ledger_cosignatures SET vkey = 'x+00000000+AAAA'", "does not hold (VKEY_MALFORMED)"),
    "a row gone": ("DELETE FROM ledger_cosignatures WHERE size = 5 AND witness <> 'kampus'", "lacks cosignatures"),
    "a head called witnessed": ("UPDATE ledger_witnessed SET size = 4 WHERE size = 3", "lacks cosignatures"),
}


@pytest.mark.parametrize(("statement", "word"), CHANGES.values(), ids=CHANGES.keys())
def test_the_self_check_names_what_does_not_hold(log: Log, site: Watched, statement: str, word: str) -> None:
    site.witnesses["kampus"].stop()
    grow(log, site, 3)
    site.witnesses["bawaslu"].stop()
    log.grow_to(4)
    log.sign()
    site.witnesses["bawaslu"].start()
    grow(log, site, 5)
    assert list(witnesscheck.check(session(), policy=site.policy)) == []
    if "size = 3 WHERE" in statement:
        log.as_a_thief("DELETE FROM ledger_cosignatures WHERE size = 3")
    values = {"line": b"?", "at": "2026-01-01 00:00:00"}
    log.as_a_thief(statement, {name: each for name, each in values.items() if f":{name}" in statement})
    found = [str(each) for each in witnesscheck.check(session(), policy=site.policy)]
    assert any(word in each for each in found), found


def test_a_server_that_stores_what_it_does_not_check_is_found_out(
    log: Log, site: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: a cosignature is believed by its looks."""
    monkeypatch.setattr(
        rules, "judge", lambda reply, head, vkey, now: rules.Cosigned(reply.body.splitlines(True)[0], now)
    )
    site.set_modes(kampus="wrong head", bawaslu="wrong head")
    grow(log, site, 3)
    with pytest.raises(Refusal):
        served(site)
    assert any("does not hold" in str(each) for each in witnesscheck.check(session(), policy=site.policy))


def restore_backup_of(log: Log, size: int) -> None:
    """Take away what was written after the ledger had `size` entries, as restoring an old backup does."""
    for table in ("ledger_cosignatures", "ledger_witnessed", "ledger_checkpoints"):
        log.as_a_thief(f"DELETE FROM {table} WHERE size > :size", {"size": size})
    for table in ("ledger_entries", "ledger_payloads"):
        log.as_a_thief(f'DELETE FROM {table} WHERE "index" >= :size', {"size": size})
    log.as_a_thief("UPDATE ledger_witnesses SET size = :size, claimed = NULL", {"size": size})
    log.as_a_thief("DELETE FROM ledger_tiles")
    with transaction() as writing:
        storedtiles.grow(writing, old=0, size=size)


def _entries(log: Log) -> list[bytes]:
    return list(service.entries(session(), first=0, last=99))
