"""The worker: signs heads over committed entries, once a second, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable

from flask import Flask

from pakta.core.errors import Refusal
from pakta.web import trace

TICK = 1.0  # seconds
log = logging.getLogger("pakta.worker")


def run(app: Flask, *, each_tick: Callable[[], None], stop: threading.Event | None = None) -> None:
    """Call `each_tick` inside the app's context once a second until `stop` is set, or a signal ends it.

    A failure is logged once, and again when it changes or is over; the next second is another try.
    """
    stop = stop or _stopped_by_signals()
    failing = ""
    while not stop.is_set():
        with app.app_context():
            failing = _tick(each_tick, failing)
        stop.wait(TICK)


def _tick(each_tick: Callable[[], None], failing: str) -> str:
    """Return what fails, empty where nothing does; `failing` is what failed a second ago."""
    try:
        each_tick()
    except Exception as error:
        found = f"{error if isinstance(error, Refusal) else ''}\n{trace.places(error)}"
        if found != failing:
            log.error("tick failed: %s", found)
        return found
    if failing:
        log.warning("tick works again")
    return ""


def _stopped_by_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
