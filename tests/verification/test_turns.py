"""Who is read next at the reader: nobody's network holds it against the others."""

from __future__ import annotations

import threading
import time

import pytest
from flask import Flask

from pakta.core.errors import Reason, Refusal
from pakta.verification import asked, confined, turns
from pakta.verification.contents import Held
from pakta.verification.turns import Turns
from tests.people import City


class Line:
    """Visitors at one reader, who come one after another while a first file is being read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, patience: float = 30) -> None:
        """Begin with nobody."""
        monkeypatch.setattr(turns, "PATIENCE", patience)
        self.turns, self.read, self.refused = Turns(), list[str](), list[str]()
        self._threads = list[threading.Thread]()

    def come(self, *names: str) -> None:
        """Let visitors come; the first letter of a name is their network."""
        for name in names:
            thread = threading.Thread(target=self._one, args=(name,))
            thread.start()
            self._threads.append(thread)
            self.settle()

    def settle(self) -> None:
        """Wait until everybody who came waits or was sent away."""
        until = time.monotonic() + 20
        while len(self.turns._waiting) + len(self.refused) + len(self.read) < len(self._threads):
            assert time.monotonic() < until
            time.sleep(0.001)

    def go(self) -> None:
        """Wait until all have gone."""
        for each in self._threads:
            each.join(30)
            assert not each.is_alive()

    def _one(self, name: str) -> None:
        with self.turns.one(name[0]) as given:
            (self.read if given else self.refused).append(name)


def test_the_files_of_others_go_before_more_files_of_whose_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(monkeypatch)
    with line.turns.one("a") as given:
        assert given
        line.come("a1", "a2", "b1", "b2")
    line.go()
    assert (line.read, line.refused) == (["b1", "b2", "a1", "a2"], [])


def test_where_too_many_wait_those_of_one_network_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(monkeypatch)
    with line.turns.one("a"):
        line.come("a1", "a2", "a3", "a4")
        assert len(line.turns._waiting) == turns.MOST_WAITING
        line.come("a5")
        line.come("b1")
        line.settle()
        assert len(line.turns._waiting) == turns.MOST_WAITING
    line.go()
    assert (line.refused, line.read[0]) == (["a5", "a4"], "b1")


@pytest.mark.parametrize(
    ("read", "came", "refused"),
    [
        ("x", ("a1", "a2", "b1", "c1", "d1"), "a2"),  # a network with a file that waits
        ("a", ("a1", "b1", "c1", "d1", "e1"), "a1"),  # and one with a file that is being read
        ("x", ("a1", "b1", "c1", "d1", "e1"), "e1"),
    ],
)
def test_a_network_that_has_a_file_there_is_sent_away_first(
    monkeypatch: pytest.MonkeyPatch, read: str, came: tuple[str, ...], refused: str
) -> None:
    line = Line(monkeypatch)
    with line.turns.one(read):
        line.come(*came)
    line.go()
    assert line.refused == [refused]


def test_who_took_much_in_the_last_minute_waits_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(monkeypatch)
    for network, seconds in (("a", 0.05), ("b", 0.0)):
        with line.turns.one(network):
            time.sleep(seconds)
    with line.turns.one("c"):
        line.come("a1", "b1", "d1")
    line.go()
    assert line.read == ["d1", "b1", "a1"]
    monkeypatch.setattr(turns, "REMEMBERED", -1)  # a minute later
    with line.turns.one("c"):
        line.come("a2", "b2")
    line.go()
    assert line.read[3:] == ["a2", "b2"]
    assert line.turns._used() == {} and not line.turns._past


def test_who_waits_too_long_is_told_so_and_leaves_no_place_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(monkeypatch, patience=0.05)
    with line.turns.one("a"):
        line.come("b1")
        line.go()
        assert (line.refused, line.turns._waiting) == (["b1"], [])
    line.come("b2")
    line.go()
    assert line.read == ["b2"]


def test_a_reader_that_fails_gives_its_turn_back() -> None:
    found = Turns()
    with pytest.raises(ValueError, match="failed"), found.one("a"):
        raise ValueError("failed")
    with found.one("b") as given:
        assert given


def test_files_and_frames_are_read_for_the_network_they_come_from(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def read(_content: bytes, *, network: str = "", **_: object) -> Held:
        seen.append(network)
        raise Refusal(Reason.READER_BUSY)

    monkeypatch.setattr(confined, "read", read)
    with city.app.test_request_context(environ_base={"REMOTE_ADDR": "192.0.2.7"}):
        for ask in (asked.in_file, asked.in_frame):
            with pytest.raises(Refusal):
                ask(b"\x89PNG\r\n\x1a\n")
    assert seen == ["c00002", "c00002"]


@pytest.fixture
def city(app: Flask) -> City:
    """Fill the app's database with the people of tests.people."""
    return City(app).build()
