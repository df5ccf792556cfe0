"""A server that starts waits until a quorum has said that it holds no more: it may stand on an old backup."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from pakta import startup
from pakta.commands import putback
from pakta.config import Config
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.keyring import Keyring
from pakta.ledger import collector, gate, heads, service, succession, witnessclient, worker
from pakta.web import clock
from tests.ledger.conftest import Log
from tests.ledger.test_witnesses import grow, restore_backup_of
from tests.ledger.watched import Watched, session, watched

WHOLE_ON_POSTGRESQL = True

LATER = "2126-11-23 01:15:00.000000+00:00"


@pytest.fixture
def site(config: Config, keys: Keyring, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """Give a watched ledger, where nobody waits long for a witness that hangs."""
    ask = witnessclient.ask
    monkeypatch.setattr(witnessclient, "ask", lambda url, body: ask(url, body, patience=0.3))
    monkeypatch.setattr(collector, "ROUND", 0.8)
    monkeypatch.setattr(worker, "TICK", 0.02)
    with watched(config, keys) as running, running.app.app_context():
        yield running


@pytest.fixture
def log(site: Watched) -> Log:
    """Give its ledger."""
    return Log(site.app)


def start(site: Watched) -> None:
    """Start the server anew."""
    site.collector = site.fresh_collector()
    startup.begin(site.app)


def refused(act: Callable[[], object]) -> tuple[str, str]:
    """Return why something is refused; empty where it is not."""
    try:
        act()
    except Refusal as refusal:
        return refusal.reason.value, refusal.detail
    return "", ""


def test_an_old_backup_is_not_gone_on_from_while_the_witnesses_are_silent(log: Log, site: Watched) -> None:
    grow(log, site, 5)
    grow(log, site, 9)
    restore_backup_of(log, 5)
    site.set_modes(bawaslu="hangs", inspektorat="hangs", kampus="hangs")
    start(site)
    stop, ends = threading.Event(), []

    def tick() -> None:
        ends.append([refused(lambda: log.append(b"lain")), refused(log.sign)])
        if len(ends) == 3:
            stop.set()

    worker.run(site.app, each_tick=tick, collect=site.collector.round, stop=stop)
    assert ends == [[("WITNESSES_UNHEARD", "bawaslu, inspektorat, kampus")] * 2] * 3
    assert heads.newest(session()).size == service.size(session()) == 5  # type: ignore[union-attr]
    site.set_modes(bawaslu="honest", inspektorat="honest", kampus="honest")
    site.collect()
    assert refused(log.sign) == ("LEDGER_BEHIND_WITNESSES", "5")


def restored(site: Watched) -> str:
    """Do what `restore --without-copy` does once the backup is back; return why nothing was published, if so."""
    db.session.remove()
    withheld = putback.settle(site.app)
    return withheld.reason.value if withheld else ""


def test_a_restore_enters_nothing_over_what_the_witnesses_hold_and_the_ledger_can_succeed(
    log: Log, site: Watched
) -> None:
    grow(log, site, 5)
    grow(log, site, 9)
    held = heads.newest(session()).note  # type: ignore[union-attr]
    restore_backup_of(log, 5)
    assert restored(site) == "LEDGER_BEHIND_WITNESSES"
    assert refused(lambda: log.append(b"dicabut lagi")) == ("LEDGER_BEHIND_WITNESSES", "5")  # before any serve
    assert refused(log.sign) == ("LEDGER_BEHIND_WITNESSES", "5")
    assert service.size(session()) == 5
    wired = startup.wired_of(site.app)
    assert wired.config.policy is not None
    gate.keep(db.engine, wired.config.policy)  # a command of its own, which is no start
    with transaction() as opened:
        config = replace(wired.config, log=2)
        assert succession.succeed(opened, held=held, now=clock.now(), keyring=wired.keyring, config=config) == 5


def test_a_restore_leaves_publishing_to_serve_while_the_witnesses_are_silent(log: Log, site: Watched) -> None:
    grow(log, site, 5)
    restore_backup_of(log, 5)
    site.set_modes(bawaslu="hangs", inspektorat="hangs", kampus="hangs")
    assert restored(site) == "WITNESSES_UNHEARD" and service.size(session()) == 5
    site.set_modes(bawaslu="honest", inspektorat="honest", kampus="honest")
    assert restored(site) == "" and service.size(session()) > 5


def test_what_was_answered_before_the_start_counts_for_nothing(log: Log, site: Watched) -> None:
    grow(log, site, 5)
    for each in site.witnesses.values():
        each.stop()
    start(site)
    site.collect()
    assert refused(lambda: log.append(b"lagi")) == ("WITNESSES_UNHEARD", "bawaslu, inspektorat, kampus")
    assert refused(lambda: service.check_may_issue(session(), now=clock.now()))[0] == "WITNESSES_UNHEARD"
    site.witnesses["kampus"].start()
    site.collect()
    assert refused(lambda: log.append(b"lagi")) == ("WITNESSES_UNHEARD", "bawaslu, inspektorat")
    site.witnesses["bawaslu"].start()
    site.collect()
    assert log.append(b"lagi") == [5] and log.sign() is not None


def test_once_they_have_answered_later_silence_is_borne_for_a_day(log: Log, site: Watched) -> None:
    grow(log, site, 5)
    start(site)
    site.collect()
    assert log.append(b"lagi") == [5]
    for each in site.witnesses.values():
        each.stop()
    site.collect()
    assert log.append(b"lagi") == [6]
    with site.app.app_context():
        assert refused(lambda: gate.waiting_since(db.session().connection())) == ("", "")


def test_a_quorum_must_say_that_it_holds_no_more_one_that_holds_more_is_no_part_of_it(
    log: Log, site: Watched
) -> None:
    grow(log, site, 5)
    site.set_modes(bawaslu="claims")
    site.witnesses["bawaslu"].claim = 50
    site.witnesses["inspektorat"].stop()
    start(site)
    site.collect()
    assert refused(lambda: log.append(b"lagi")) == ("WITNESSES_UNHEARD", "bawaslu, inspektorat")
    site.witnesses["inspektorat"].start()
    site.collect()
    assert log.append(b"lagi") == [5]


@pytest.mark.parametrize(
    ("trouble", "opens"), [("unknown-log", True), ("inconsistent", False), ("bad-request", False)]
)
def test_of_a_later_head_only_some_refusals_say_that_no_more_is_held(
    log: Log, site: Watched, trouble: str, opens: bool
) -> None:
    grow(log, site, 5)
    startup.begin(site.app)
    log.as_a_thief(
        "UPDATE ledger_witnesses SET trouble = :trouble, asked_at = :at", {"trouble": trouble, "at": LATER}
    )
    assert refused(lambda: log.append(b"lagi"))[0] == ("" if opens else "WITNESSES_UNHEARD")


def test_processes_of_one_start_share_its_moment(log: Log, site: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(log, site, 5)
    started = startup.begin(site.app)
    site.collector = site.fresh_collector()
    site.collect()
    assert log.append(b"lagi") == [5]
    monkeypatch.setenv("PAKTA_STARTED", started)  # a process that the server started anew, hours later
    startup.begin(site.app)
    assert log.append(b"lagi") == [6]
    monkeypatch.delenv("PAKTA_STARTED")
    startup.begin(site.app)
    assert refused(lambda: log.append(b"lagi"))[0] == "WITNESSES_UNHEARD"


def test_a_server_that_does_not_wait_signs_another_past(log: Log, site: Watched) -> None:
    """The planted bug: the start is not noted."""
    grow(log, site, 5)
    grow(log, site, 9)
    restore_backup_of(log, 5)
    for each in site.witnesses.values():
        each.stop()
    site.collector = site.fresh_collector()
    site.collect()
    assert log.append(b"lain") == [5] and log.sign() is not None


def test_once_they_have_answered_nobody_is_asked_after_them_again(log: Log, site: Watched) -> None:
    grow(log, site, 5)
    start(site)
    site.collect()
    said: list[str] = []
    db.event.listen(db.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    counts = []
    for _ in range(2):
        said.clear()
        log.append(b"lagi")
        counts.append(sum("ledger_witnesses" in each for each in said))
    assert counts == [2, 1]
