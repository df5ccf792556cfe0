"""Serving a witness: gunicorn, one process with threads, on this machine's own address."""

from __future__ import annotations

import logging
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from wsgiref.types import WSGIApplication

from gunicorn.app.base import BaseApplication

from pakta.witness.adding import Witness
from pakta.witness.application import application
from pakta.witness.folder import Opened

HOST, THREADS = "127.0.0.1", 16
SILENCE = 10  # seconds after which a connection that says nothing is let go


def now() -> int:
    """Return the seconds since 1970."""
    return int(time.time())


def is_free(host: str, port: int) -> bool:
    """Say whether we may listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def run(opened: Opened, *, port: int, host: str = HOST, clock: Callable[[], int] = now) -> None:
    """Serve until SIGINT or SIGTERM; port 0 takes a free one, and standard output says which."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    _Server(Witness(opened.key, opened.store, clock), bind=f"{host}:{port}").run()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, witness: Witness, *, bind: str) -> None:
        self._witness, self._bind = witness, bind
        super().__init__()

    def load_config(self) -> None:
        """Configure gunicorn."""
        settings: dict[str, object] = {
            "bind": self._bind,
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 75,
            "loglevel": "warning",
            "control_socket_disable": True,
            "proc_name": "pakta-witness",
            "when_ready": self._ready,
        }
        if Path("/dev/shm").is_dir():  # noqa: S108 the heartbeat file
            settings["worker_tmp_dir"] = "/dev/shm"  # noqa: S108
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        """Return what is served."""
        logging.getLogger("gunicorn.error").addFilter(_is_no_silence)
        return application(self._witness)

    def _ready(self, arbiter: object) -> None:
        for listener in arbiter.LISTENERS:  # type: ignore[attr-defined]
            # Connections inherit it: who opens one and falls silent does not hold a thread for ever.
            listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SILENCE, 0))
            host, port = listener.sock.getsockname()[:2]
            print(f"Saksi {self._witness.key.name} melayani di http://{host}:{port}/", flush=True)  # noqa: T201


def _is_no_silence(record: logging.LogRecord) -> bool:
    """Say whether a message is not about a connection that fell silent: strangers do not fill the log."""
    return not (record.exc_info and isinstance(record.exc_info[1], BlockingIOError))
