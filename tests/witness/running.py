"""A witness that really runs: the program `python -m pakta witness serve` on a free port of this machine.

with run_witness(folder, trusting=[city.ledger_vkey]) as witness:
    witness.url, witness.vkey, witness.name
"""

from __future__ import annotations

import http.client
import os
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from pakta.config import ROOT
from pakta.core import cosignature, note
from pakta.witness import folder as folders
from pakta.witness.rules import Head
from pakta.witness.store import Kept, Store

NAME = "saksi.example"
SERVE = ("-m", "pakta", "witness", "serve")
STARTING = 30  # seconds


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    kind: str
    body: bytes


@dataclass
class Witness:
    """A witness that runs, or ran."""

    folder: Path
    vkey: str
    url: str = ""
    process: subprocess.Popen[str] | None = None

    @property
    def name(self) -> str:
        """Return its name."""
        return cosignature.parse_vkey(self.vkey).name

    @property
    def store(self) -> Store:
        """Return its file, as another process reads it."""
        return Store(self.folder / folders.STORE)

    @property
    def said(self) -> str:
        """Return what it wrote to standard error."""
        return (self.folder / "said.log").read_text()

    def add(self, body: bytes, *, timeout: float = 30) -> Answer:
        """Post a request."""
        return self.ask("POST", "/add-checkpoint", body, timeout=timeout)

    def ask(self, method: str, path: str, body: bytes | None = None, *, timeout: float = 30) -> Answer:
        """Ask for anything, on a connection of its own."""
        connection = self.connect(timeout=timeout)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers.get("Content-Type", ""), answer.read())
        finally:
            connection.close()

    def connect(self, *, timeout: float = 30) -> http.client.HTTPConnection:
        """Open a connection."""
        return http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=timeout)

    def head(self, origin: str) -> Head:
        """Return what its file says was last cosigned of a log."""
        with self.store.reading() as logs:
            return logs.head(origin)

    def kept(self, origin: str) -> Sequence[Kept]:
        """Return the refused checkpoints that it kept of a log."""
        with self.store.reading() as logs:
            return logs.kept(origin)

    def trust(self, *vkeys: str) -> None:
        """Have it follow logs."""
        with self.store.writing() as logs:
            for at, vkey in enumerate(vkeys):
                logs.trust(vkey, at=at)

    def time_of(self, answer: Answer, checkpoint: bytes) -> int:
        """Return the time of the cosignature in an answer, after checking it over this checkpoint."""
        assert answer.status == 200, answer
        return cosignature.verify(note.unverified_body(checkpoint) + b"\n" + answer.body, verifier_key=self.vkey)

    def start(self, program: Sequence[str] = SERVE) -> None:
        """Start it, and wait until it listens."""
        words = [sys.executable, *program, "--folder", str(self.folder), "--port", "0"]
        with (self.folder / "said.log").open("a") as said:
            self.process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=said, text=True)
        assert self.process.stdout is not None
        self.url = _address(self.process.stdout) or ""
        assert self.url, self.said

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it; SIGKILL takes its children with it."""
        if self.process is None:
            return
        children = self.children() if number == signal.SIGKILL else []
        self.process.send_signal(number)
        for child in children:
            os.kill(child, number)
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None

    def children(self) -> list[int]:
        """Return the process ids of its workers."""
        assert self.process is not None
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(each) for each in listed.split()]


@contextmanager
def run_witness(
    folder: Path, *, name: str = NAME, trusting: Sequence[str] = (), program: Sequence[str] = SERVE
) -> Iterator[Witness]:
    """Run the witness in a folder, made if there is none; it is ended with the block."""
    if not (folder / folders.KEY).exists():
        folders.create(folder, name=name)
    witness = Witness(folder, folders.open_folder(folder).key.vkey)
    witness.trust(*trusting)
    witness.start(program)
    try:
        yield witness
    finally:
        witness.stop()


def _address(output: IO[str]) -> str | None:
    with selectors.DefaultSelector() as ready:
        ready.register(output, selectors.EVENT_READ)
        line = output.readline() if ready.select(STARTING) else ""
    found = re.search(r"http://\S+(?=/$)", line.strip())
    return found[0] if found else None
