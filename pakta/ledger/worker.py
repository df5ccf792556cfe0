"""The worker: signs heads over committed entries, once a second, until it is told to stop.

Witnesses are asked in a thread of its own: one that hangs would hold a head back for as long as it is
waited for, and a head that nobody waits for is what the next signature of a person stands under.
So are jobs worked on: a seal may wait for an authority of time.  So is e-mail sent: a mail server may be silent.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable

from flask import Flask

from pakta.core.errors import Refusal
from pakta.web import trace

TICK = 1.0  # seconds
PATIENCE = 8.0  # seconds that a round may take to end
PAUSE = 0.25  # seconds between two looks for a head that witnesses have not cosigned
log = logging.getLogger("pakta.worker")


def run(
    app: Flask,
    *,
    each_tick: Callable[[], None],
    collect: Callable[[], None] | None = None,
    jobs: Callable[[threading.Event], None] | None = None,
    post: Callable[[threading.Event], None] | None = None,
    counts: Callable[[threading.Event], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Call `each_tick` inside the app's context once a second until `stop` is set, or a signal ends it.

    A failure is logged once, and again when it changes or is over; the next second is another try.

    collect  asks the witnesses for a round (`Collector.round`), in a thread beside
    jobs     works on what is open (`Runner.work`) until there is nothing or it is told to stop, in another
    post     sends the e-mail that is due (`Post.round`), in a third
    counts   counts what is too much to be counted when it is asked for (`Round.round`), in a fourth
    """
    stop = ended = stop or _stopped_by_signals()
    if collect:
        _tick(collect, "")  # nothing is signed before the witnesses were asked what they hold
    calls = [(collect, PAUSE)] if collect else []
    calls += [(lambda: jobs(ended), TICK)] if jobs else []
    calls += [(lambda: post(ended), TICK)] if post else []
    calls += [(lambda: counts(ended), TICK)] if counts else []
    beside = [threading.Thread(target=_repeat, args=(*call, stop), daemon=True) for call in calls]
    for thread in beside:
        thread.start()

    def tick() -> None:
        with app.app_context():
            each_tick()

    _repeat(tick, TICK, stop)
    for thread in beside:
        thread.join(PATIENCE)


def _repeat(call: Callable[[], None], pause: float, stop: threading.Event) -> None:
    failing = ""
    while not stop.is_set():
        failing = _tick(call, failing)
        stop.wait(pause)


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
