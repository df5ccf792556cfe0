"""The worker: signs heads over committed entries, once a second, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable

from flask import Flask

from pakta.web import trace

TICK = 1.0  # seconds
log = logging.getLogger("pakta.worker")


def run(app: Flask, *, each_tick: Callable[[], None], stop: threading.Event | None = None) -> None:
    """Call `each_tick` inside the app's context once a second until `stop` is set, or a signal ends it."""
    if stop is None:
        stop = _stopped_by_signals()
    while not stop.is_set():
        with app.app_context():
            try:
                each_tick()
            except Exception as error:  # the next second is another try; what failed is in the log
                log.error("tick failed: %s", trace.places(error))
        stop.wait(TICK)


def _stopped_by_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
