"""The process that takes strangers' files apart: it can do nothing else, and its end hurts nobody."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from pakta.certificates import qr
from pakta.core.errors import Reason, Refusal
from pakta.keyring import Keyring
from pakta.timestamps.level import Level
from pakta.verification import confined, contents, crossing, pdf, reader
from pakta.verification.contents import Held, Kind, Seals
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
        ("padded", Reason.IMAGE_UNREADABLE),
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


def test_a_child_that_does_not_hear_its_alarm_is_ended_by_its_limit(taken_over: None) -> None:
    _answer, spent = confined.ask(that("deaf"))
    assert spent.signal in (signal.SIGXCPU, signal.SIGKILL) and spent.seconds < 30  # of the 60 that it has here


def test_a_child_has_no_file_and_no_process_left_to_it(taken_over: None) -> None:
    names = ("RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_NPROC", "RLIMIT_NOFILE")
    assert confined.read(that("limits")).texts == tuple(f"{name} (0, 0)" for name in names)


def test_a_child_that_does_nothing_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with started(seconds=0.5) as impatient:
        monkeypatch.setattr(confined, "_reader", impatient)
        assert confined.ask(that("asleep"))[1].signal == signal.SIGKILL
        assert reason_of(that("asleep")) is Reason.IMAGE_TOO_SLOW


def test_a_child_reaches_no_file_no_connection_no_process_and_knows_no_secret(taken_over: None) -> None:
    assert confined.read(that("tries")).texts == ("nothing",)


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
    monkeypatch.setattr(confined, "PATIENCE", 0.05)
    for _ in range(confined.AT_ONCE):
        assert confined._free.acquire(timeout=5)
    try:
        assert reason_of(PICTURE) is Reason.READER_BUSY
    finally:
        for _ in range(confined.AT_ONCE):
            confined._free.release()
    assert confined.read(PICTURE) == TOLD


def test_one_neighbourhood_cannot_take_every_place_of_the_line() -> None:
    one, other = "c63364", "cb0071"
    with ExitStack() as line:
        for _ in range(confined.PLACES_OF_ONE):
            line.enter_context(confined.place(one))
        with pytest.raises(Refusal) as refused, confined.place(one):
            pass
        assert refused.value.reason is Reason.READER_BUSY
        for _ in range(confined.PLACES - confined.PLACES_OF_ONE):
            line.enter_context(confined.place(other))
        with pytest.raises(Refusal), confined.place("another"):
            pass
    with confined.place(one), confined.place(other):  # all have left
        pass
    assert not confined._line


def test_many_at_once_get_each_the_answer_to_their_own_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "PATIENCE", 60)
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
