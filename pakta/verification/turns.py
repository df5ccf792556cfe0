"""Whose file is read next where several wait: nobody's network can hold the reader against the others.

Rules  one file is read at a time; next is whose network has the fewest other files before it, read or waiting,
       then whose network's files took the fewest seconds in the last minute, then who came first
       few may wait, for each holds a thread that other pages need: beyond that the last in this order is sent away
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

MOST_WAITING = 4  # of one server process, which has 16 threads
PATIENCE = 3.0  # seconds that one waits
REMEMBERED = 60.0  # seconds back that are counted


@dataclass(eq=False, slots=True)
class _Waiting:
    """Somebody who waits: from which network, and whether it was sent away meanwhile."""

    network: str
    sent_away: bool = False


class Turns:
    """The turns at one reader, which its threads share."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._changed = Condition()
        self._reading: str | None = None  # the network whose file is being read
        self._waiting: list[_Waiting] = []  # as they came
        self._past: deque[tuple[float, str, float]] = deque()  # when a file ended, whose it was, its seconds

    @contextmanager
    def one(self, network: str) -> Iterator[bool]:
        """Take a turn, and say whether there was one."""
        if not self._begin(network):
            yield False
            return
        begun = time.monotonic()
        try:
            yield True
        finally:
            self._end(network, time.monotonic() - begun)

    def _begin(self, network: str) -> bool:
        """Wait for a turn; say whether it came."""
        own = _Waiting(network)
        with self._changed:
            self._waiting.append(own)
            if len(self._waiting) > MOST_WAITING:
                last = self._in_order()[-1]
                self._waiting.remove(last)
                last.sent_away = True
                self._changed.notify_all()
            self._changed.wait_for(lambda: own.sent_away or self._is_next(own), PATIENCE)
            if own.sent_away:
                return False
            is_next = self._is_next(own)
            self._waiting.remove(own)
            if is_next:
                self._reading = network
            return is_next

    def _end(self, network: str, seconds: float) -> None:
        with self._changed:
            self._reading = None
            self._past.append((time.monotonic(), network, seconds))
            self._changed.notify_all()

    def _is_next(self, own: _Waiting) -> bool:
        return self._reading is None and self._in_order()[0] is own

    def _in_order(self) -> list[_Waiting]:
        """Return who waits, the next first."""
        used, own = self._used(), defaultdict[str | None, int](int)
        own[self._reading] = 1
        places = []
        for came, each in enumerate(self._waiting):
            places.append((own[each.network], used[each.network], came))
            own[each.network] += 1
        return [self._waiting[came] for _, _, came in sorted(places)]

    def _used(self) -> dict[str, float]:
        """Return how many seconds each network's files took lately."""
        since = time.monotonic() - REMEMBERED
        while self._past and self._past[0][0] < since:
            self._past.popleft()
        used = defaultdict[str, float](float)
        for _, network, seconds in self._past:
            used[network] += seconds
        return used
