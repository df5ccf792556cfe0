"""The worker: signs checkpoints over committed entries, once a second, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable

from flask import Flask

TICK = 1.0  # seconds
log = logging.getLogger("pakta.worker")


def run(app: Flask, *, each_tick: Callable[[], None]) -> None:
    """Call `each_tick` inside the app's context once a second until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        with app.app_context():
            try:
                each_tick()
            except Exception as error:  # the next second is another try; what failed is in the log
                log.error("tick failed: %s", type(error).__name__, exc_info=error)
        stop.wait(TICK)
