"""The process that takes strangers' files apart: it can do nothing else, and its end hurts nobody."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import pytest

from pakta.certificates import qr
from pakta.core.errors import Reason, Refusal
from pakta.keyring import Keyring
from pakta.timestamps.level import Level
from pakta.verification import confined, contents, crossing, pdf, reader, turns
from pakta.verification.contents import Held, Kind, Seals
from pakta.verification.kernel import Layer
from tests import documents
from tests.timestamping.authority import Authority
from tests.timestamping.fixtures import authority as authority
from tests.timestamping.fixtures import running as running
from tests.verification import lasting

PICTURE = qr.png("https://x.example/")
TOLD = Held(Kind.PICTURE, ("https://x.example/",))


@pytest.fixture(scope="module")
def greedy() -> Iterator[confined._Reader]:
    """Start a reader whose children do something else: what, the end of a file says."""
    with started(seconds=60) as reader:
        yield reader


@contextmanager
def started(*, seconds: float) -> Iterator[confined._Reader]:
    """Start such a reader; each child has so much real time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(confined, "COMMAND", (sys.executable, "-m", "tests.verification.greedy", str(seconds)))
        patch.setattr(confined, "DEADLINE", 90)
        patch.setenv("PAKTA_KEYS_SECRET", "rahasia")
        greedy = confined._Reader()
    yield greedy
    greedy.end()


@pytest.fixture
def taken_over(greedy: confined._Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let that reader read for this test, however busy the machine is."""
    monkeypatch.setattr(confined, "DEADLINE", 90)
    monkeypatch.setattr(confined, "_reader", greedy)


def that(way: str) -> bytes:
    """Return a picture over which a child does this."""
    return PICTURE + b"#" + way.encode()


def reason_of(content: bytes) -> Reason:
    """Return why a file is refused."""
    with pytest.raises(Refusal) as refused:
        confined.read(content)
    return refused.value.reason


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("memory", Reason.IMAGE_UNREADABLE),
        ("endless", Reason.IMAGE_TOO_SLOW),
        ("fault", Reason.IMAGE_UNREADABLE),
        ("error", Reason.IMAGE_UNREADABLE),
        ("silent", Reason.IMAGE_UNREADABLE),
        ("no json", Reason.IMAGE_UNREADABLE),
        ("a list", Reason.IMAGE_UNREADABLE),
        ("another kind", Reason.IMAGE_UNREADABLE),
        ("a text", Reason.IMAGE_UNREADABLE),
        ("evidence", Reason.IMAGE_UNREADABLE),
        ("no texts", Reason.IMAGE_UNREADABLE),
        ("a reason of its own", Reason.IMAGE_UNREADABLE),
        ("nested", Reason.IMAGE_UNREADABLE),
        ("long", Reason.IMAGE_UNREADABLE),
    ],
)
def test_whatever_becomes_of_a_child_is_a_refusal_and_the_next_file_is_read(
    taken_over: None, greedy: confined._Reader, way: str, reason: Reason
) -> None:
    assert reason_of(that(way)) is reason
    assert confined.read(that("honest")) == TOLD
    assert confined._reader is greedy  # by the same process: only its child has ended


def test_what_looks_like_evidence_may_turn_out_a_text_and_nothing_else(taken_over: None) -> None:
    held = confined.read(b'{"https://x.example/v#1":0}#a text')
    assert (held.kind, held.texts) == (Kind.TEXT, ("https://x.example/v#1",))
    assert confined.read(b"{}#evidence").kind is Kind.EVIDENCE
    assert reason_of(b"{}#honest") is Reason.IMAGE_FORMAT
    assert reason_of(b"https://x.example/v#1 #evidence") is Reason.IMAGE_FORMAT


@pytest.mark.parametrize(("way", "ended_by"), [("memory", 0), ("endless", signal.SIGPROF)])
def test_a_child_that_takes_too_much_memory_or_time_is_ended(taken_over: None, way: str, ended_by: int) -> None:
    answer, spent = confined.ask(that(way))
    assert (answer, spent.signal) == (b"", ended_by)
    assert (spent.peak > reader.MEMORY / 2) is (way == "memory")
    assert spent.peak < 300_000_000


def test_a_child_that_does_nothing_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with started(seconds=0.5) as impatient:
        monkeypatch.setattr(confined, "_reader", impatient)
        assert confined.ask(that("asleep"))[1].signal == signal.SIGKILL
        assert reason_of(that("asleep")) is Reason.IMAGE_TOO_SLOW


def test_a_child_opens_nothing_reaches_nobody_and_knows_no_secret(taken_over: None) -> None:
    unknown = {"to signal the parent", "to signal the server"} if lacks(Layer.SIGNALS) else set()
    assert set(confined.read(that("tries")).texts) - unknown <= {"nothing"}


def found_hardened() -> dict[str, list[str]]:
    """Return what goes through in processes that are hardened, as they tell themselves."""
    told = subprocess.run([sys.executable, "-m", "tests.verification.hardened"], capture_output=True, check=True)
    found: dict[str, list[str]] = json.loads(told.stdout)
    return found


@cache
def lacks(layer: Layer) -> bool:
    """Say whether this kernel lacks a layer."""
    return layer.name in str(found_hardened()["lacking"]).split("|")


def test_each_layer_holds_without_the_others_beside_it() -> None:
    found = found_hardened()
    assert {"read", "list", "write", "connect", "signal", "new privileges"} <= set(
        found["through"]
    )  # this test can fail
    held = set(found["hardened"])
    if not lacks(Layer.FILES):
        assert held <= {"signal", "connect", "bounding"}
    if not lacks(Layer.SIGNALS):
        assert held <= {"bounding"}
        assert ["signal" in each for each in found["below"]] == [True, False]  # only in a domain of its own
    assert not held & {"memory", "capabilities", "new privileges"} and found["watched"] == []
    if "capabilities" in found["through"]:
        assert "bounding" not in held  # who has none may not empty that set, and gains nothing by it


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_the_process_that_forks_the_children_has_given_up_as_much() -> None:
    assert confined.read(PICTURE) == TOLD
    assert confined._reader is not None
    pid = confined._reader._process.pid
    told = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    assert "0" not in told["Uid"].split() + told["Gid"].split() or lacks(Layer.ROOT)
    assert (int(told["CapPrm"], 16), int(told["CapEff"], 16), told["NoNewPrivs"]) == (0, 0, "1")
    assert os.getsid(pid) == pid  # of a session of its own


def test_what_this_kernel_lacks_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    confined._say_once.cache_clear()
    for _ in range(2):
        confined._say_once(Layer.FILES | Layer.SIGNALS)
        confined._say_once(Layer(0))
    assert [each.getMessage().rpartition(": ")[2] for each in caplog.records] == ["FILES|SIGNALS"]


def test_the_time_of_a_child_that_stops_its_timer_is_limited_too(taken_over: None) -> None:
    spent = confined.ask(that("without a timer"))[1]
    assert spent.signal == signal.SIGKILL and spent.seconds < 50  # 60 s of real time it would have had


def test_a_child_writes_into_no_file_that_it_should_hold(tmp_path: Path) -> None:
    tries = (
        "import os, sys; from pakta.verification import reader\n"
        "held = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)\n"
        "reader.confine(reader.ELSEWHERE * 4); os.write(held, b'x')"
    )
    done = subprocess.run([sys.executable, "-c", tries, tmp_path / "held"], capture_output=True, text=True)
    assert "File too large" in done.stderr
    assert (tmp_path / "held").read_bytes() == b""


def test_an_answer_may_be_so_long_and_no_longer(taken_over: None) -> None:
    assert confined.read(that("as long as may be")) == TOLD
    assert reason_of(that("a byte too long")) is Reason.IMAGE_UNREADABLE


def test_what_a_child_has_begun_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with started(seconds=5) as patient:
        monkeypatch.setattr(confined, "_reader", patient)
        begun = confined.read(that("one behind")).texts[0]
        assert begun == "none" or (lacks(Layer.ROOT) and ends(int(begun)))


def test_a_child_begins_nothing_that_could_leave_its_session(taken_over: None) -> None:
    """Nor where root serves: the limit on processes would not bind root."""
    assert confined.read(that("one away")).texts == ("none",) or lacks(Layer.ROOT)


@pytest.mark.parametrize("error", [ProcessLookupError, PermissionError])
def test_a_session_that_cannot_be_ended_ends_no_reader(error: type[OSError], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_given: int) -> None:
        raise error

    monkeypatch.setattr(os, "killpg", fails)
    line, theirs = socket.socketpair()
    control, ours = socket.socketpair()
    with line, control, ours:
        line.shutdown(socket.SHUT_WR)
        assert reader._in_a_child(theirs.detach(), control, reader.ELSEWHERE * 8)[1] > 0


def test_a_child_ends_with_the_process_that_forked_it(greedy: confined._Reader) -> None:
    with started(seconds=60) as doomed:
        waiting = threading.Thread(target=lambda: asked_in_vain(doomed))
        waiting.start()
        child = child_of(doomed._process.pid)
        doomed._process.kill()
        assert ends(child)
        waiting.join()


def asked_in_vain(reader: confined._Reader) -> None:
    """Ask for what takes too long, of a reader that ends meanwhile."""
    with suppress(confined._Gone):
        reader.ask(b"{}\n" + that("asleep"))


def child_of(parent: int) -> int:
    """Return the first child of a process, once it has one that has given up all it gives up."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if listed and "Max open files            0 " in Path(f"/proc/{listed[0]}/limits").read_text():
            return int(listed[0])
        time.sleep(0.02)
    raise AssertionError("no child")


def ends(process: int) -> bool:
    """Say whether a process ends within a while."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_a_process_that_was_killed_is_replaced_and_one_that_does_not_start_is_our_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert confined.read(PICTURE) == TOLD
    running = confined._reader
    assert running is not None
    os.kill(running._process.pid, signal.SIGKILL)
    assert confined.read(PICTURE) == TOLD
    monkeypatch.setattr(confined, "COMMAND", ("/bin/false",))
    confined.end()
    assert reason_of(PICTURE) is Reason.READER_BUSY  # ours is the fault: nothing is said of the file
    monkeypatch.undo()
    assert confined.read(PICTURE) == TOLD


def test_who_does_not_get_a_turn_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    with confined._turns.one("") as given:
        assert given
        assert reason_of(PICTURE) is Reason.READER_BUSY
    assert confined.read(PICTURE) == TOLD


def test_many_at_once_get_each_the_answer_to_their_own_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 60)
    monkeypatch.setattr(turns, "MOST_WAITING", 12)
    wanted = [f"https://x.example/{at}" for at in range(12)]
    found: dict[str, tuple[str, ...]] = {}

    def read(text: str) -> None:
        found[text] = confined.read(qr.png(text)).texts

    threads = [threading.Thread(target=read, args=(text,)) for text in wanted]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == {text: (text,) for text in wanted}


@pytest.mark.parametrize("level", Level)
def test_a_sealed_file_is_read_there_as_here(keys: Keyring, running: Authority, level: Level) -> None:
    content = lasting.sealed(keys, running, level)
    for known in ((running.root,), ()):
        here = pdf.read(content, trust_roots=keys.seal.roots, authorities=known)
        there = confined.read(content, seals=Seals(keys.seal.roots, (), known))
        assert crossing.held_out(there) == crossing.held_out(Held(Kind.PDF, sealed=here))


def test_a_berkas_bukti_and_refusals_come_back_as_they_are(keys: Keyring) -> None:
    content = documents.sealed(keys, attached=documents.EVIDENCE)
    sealed = confined.read(content, seals=Seals(keys.seal.roots)).sealed
    assert sealed is not None
    assert (sealed.evidence, sealed.enrolment) == tuple(
        documents.EVIDENCE[name] for name in ("evidence.json", "enrolment.tlog-proof")
    )
    for seals, reason in (
        (Seals(), Reason.PDF_OTHER_SEAL),
        (Seals(keys.seal.roots, keys.seal.roots), Reason.PDF_SEAL_LOST),
    ):
        with pytest.raises(Refusal) as refused:
            confined.read(content, seals=seals)
        assert refused.value.reason is reason


def test_a_file_that_is_too_large_is_not_even_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "COMMAND", ("/bin/false",))
    monkeypatch.setattr(confined, "_reader", None)
    with pytest.raises(Refusal) as refused:
        confined.read(b"%PDF-" + bytes(contents.LARGEST))
    assert (refused.value.reason, refused.value.detail) == (Reason.FILE_TOO_LARGE, "10")
