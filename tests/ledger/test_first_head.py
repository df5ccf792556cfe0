"""The first head of an empty ledger waits until a quorum of its witnesses has said what it holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from pakta import startup
from pakta.commands import serving
from pakta.config import Config
from pakta.core import merkle, note, policy
from pakta.core.errors import Reason, Refusal
from pakta.keyring import Keyring
from pakta.ledger import heads, sequencer, service, witnessclient, witnessing
from pakta.ledger.models import Checkpoint, Cosignature
from tests.ledger.conftest import Log
from tests.ledger.watched import NAMES, Watched, session, watched
from tests.ledger.witness import policy_of

WHOLE_ON_POSTGRESQL = True

pytestmark = pytest.mark.usefixtures("unbegun")  # the keys are shared


@pytest.fixture
def site(config: Config, keys: Keyring, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """Give a watched ledger into which nothing was ever entered, and wait briefly for a witness that hangs."""
    ask = witnessclient.ask
    monkeypatch.setattr(witnessclient, "ask", lambda url, body: ask(url, body, patience=0.3))
    with watched(config, keys) as running, running.app.app_context():
        yield running


def begin(site: Watched) -> Checkpoint | None:
    """Do what a start does: ask, then publish and sign; return the newest head."""
    site.collect()
    startup.sequence(site.app)
    return heads.newest(session())


def test_witnesses_that_hold_nothing_let_it_begin(site: Watched) -> None:
    head = begin(site)
    assert head is not None and head.size > 0
    assert {each.asked for each in site.witnesses.values()} == {1}
    assert {each.held.size for each in site.witnesses.values() if each.held} == {0}
    site.collect()
    found = witnessing.newest(session(), policy=site.policy)
    assert found is not None and found.size == head.size
    assert len(policy.verify(found.note, policy=site.policy).times) >= 2


def test_what_they_are_asked_with_is_the_empty_tree_and_leaves_no_trace(site: Watched, keys: Keyring) -> None:
    config = startup.wired_of(site.app).config
    text = sequencer.empty_head(keyring=keys, config=config)
    stated = note.parse_checkpoint(note.verify(text, verifier_key=service.verifier_key(keys, config)))
    assert (stated.origin, stated.size, stated.root) == (config.log_origin, 0, merkle.EMPTY_ROOT)
    site.collect()
    counts = [
        session().execute(select(func.count()).select_from(each)).scalar() for each in (Checkpoint, Cosignature)
    ]
    assert counts == [0, 0]
    assert site.app.test_client().get("/log/pending").status_code == 404


def test_a_quorum_that_holds_more_is_heard_before_anything_is_entered_or_signed(site: Watched) -> None:
    for name in NAMES[:2]:
        site.witnesses[name].mode, site.witnesses[name].claim = "claims", 5_000
    with pytest.raises(Refusal) as caught:
        begin(site)
    assert caught.value.reason is Reason.LEDGER_BEHIND_WITNESSES
    assert heads.newest(session()) is None
    assert service.size(session()) == 0


def test_one_that_holds_more_stops_nothing(site: Watched) -> None:
    site.witnesses["kampus"].mode, site.witnesses["kampus"].claim = "claims", 5_000
    assert begin(site) is not None


@pytest.mark.parametrize("mode", ["stopped", "hangs", "500", "garbage", "wrong key", "another key"])
def test_without_an_answer_of_a_quorum_entries_are_taken_and_no_head_is_signed(site: Watched, mode: str) -> None:
    for name in NAMES[:2]:
        fail(site, name, mode)
    assert begin(site) is None
    assert service.size(session()) > 0
    assert begin(site) is None
    for name in NAMES[:2]:
        mend(site, name, mode)
    head = begin(site)
    assert head is not None and head.size == service.size(session())


def fail(site: Watched, name: str, mode: str) -> None:
    """Let a witness say nothing of what it holds."""
    witness = site.witnesses[name]
    if mode == "stopped":
        witness.stop()
    elif mode == "another key":  # which it trusts for our name: 403
        log = note.parse_vkey(witness.log_vkey)
        witness.log_vkey = note.vkey(name=log.name, public_key=witness.key.public_key().public_bytes_raw())
    else:
        witness.mode = mode


def mend(site: Watched, name: str, mode: str) -> None:
    """Let it answer again."""
    witness = site.witnesses[name]
    witness.mode, witness.log_vkey = "honest", site.witnesses["kampus"].log_vkey
    if mode == "stopped":
        witness.start()


def test_witnesses_that_do_not_know_the_log_yet_let_it_begin(site: Watched) -> None:
    for name in NAMES[:2]:
        witness = site.witnesses[name]
        witness.log_vkey = note.vkey(name="lain.example/log", public_key=note.parse_vkey(witness.log_vkey).public_key)
    assert begin(site) is not None
    assert site.troubles()["bawaslu"] == "unknown-log"


def test_witnesses_without_an_address_are_not_waited_for(site: Watched) -> None:
    for name in NAMES:
        site.witnesses[name].stop()
    found = "\n".join(line.rpartition(" ")[0] if "http" in line else line for line in written(site))
    assert not witnessing.may_begin(session(), policy=site.policy)
    assert witnessing.may_begin(session(), policy=policy.parse(found.encode()))


def written(site: Watched) -> list[str]:
    """Return the lines of the policy."""
    return policy_of(list(site.witnesses.values()), least=2).decode().split("\n")


def test_silence_holds_up_no_later_head(site: Watched) -> None:
    first = begin(site)
    assert first is not None
    for name in NAMES:
        site.witnesses[name].stop()
    size = service.size(session())
    Log(site.app).append(b"lagi")
    head = begin(site)
    assert head is not None and head.size == size + 1


def test_the_server_says_at_its_start_that_the_first_head_waits(
    site: Watched, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NAMES:
        site.witnesses[name].stop()
    startup.begin(site.app)
    assert not serving._begin(site.app)
    said = capsys.readouterr().err
    assert "[WITNESSES_UNHEARD]" in said and "bawaslu, inspektorat, kampus" in said
    assert (heads.newest(session()), service.size(session())) == (None, 0)
    for name in NAMES:
        site.witnesses[name].start()
    assert serving._begin(site.app)
    assert capsys.readouterr().err == ""
    assert heads.newest(session()) is not None
