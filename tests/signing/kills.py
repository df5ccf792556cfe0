"""Killing a process at one of its system calls (strace), over and over from the same state."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from pakta.config import ROOT, Config
from tests import slices
from tests.databases import Cluster

WRITES = "write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync,ftruncate,unlink,rename"
KILLED = -9
Call = tuple[str, int]  # a system call: its name, and the how-manieth of this name


@dataclass
class Doomed:
    """The process of tests.signing.doomed, told one request at a time."""

    process: subprocess.Popen[str]
    begin: int
    answer: int
    log: Path

    def sign(self, request: dict[str, Any], *, kill_at: Call | None) -> tuple[str, int, list[Call]]:
        """Let a child sign, killed before a call, or not; return its answer, its exit code, and the calls it made."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        child = self.process.stdout.readline().strip()
        fault = ["-e", f"inject={kill_at[0]}:signal=KILL:when={kill_at[1]}"] if kill_at else []
        words = ["strace", "-o", str(self.log), "-e", f"trace={WRITES}", *fault, "-p", child]
        watcher = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
        assert watcher.stderr and "attached" in watcher.stderr.readline()
        os.write(self.begin, b"x")
        code = int(self.process.stdout.readline())
        watcher.communicate()
        return self._said(), code, calls_of(self.log.read_text())

    def _said(self) -> str:
        os.set_blocking(self.answer, False)
        try:
            return os.read(self.answer, 1000).decode()
        except BlockingIOError:
            return ""


def calls_of(log: str) -> list[Call]:
    """Return the calls that strace has written down."""
    names = [line.split("(")[0] for line in log.splitlines() if not line.startswith(("+++", "---"))]
    return [(name, names[: at + 1].count(name)) for at, name in enumerate(names)]


@contextmanager
def doomed(config: Config, log: Path, *bugs: str) -> Iterator[Doomed]:
    """Start it over a database and the copy of its ledger; skips where processes may not be traced."""
    if subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode:
        slices.out_of_reach("no process may be traced here")
    (begun, begin), (answer, answered) = os.pipe(), os.pipe()
    words = [config.database_url, str(config.keys_dir), str(config.log_copy), str(begun), str(answered), *bugs]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.signing.doomed", *words],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=(begun, answered),
    )  # fmt: skip
    try:
        yield Doomed(process, begin, answer, log)
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(30)
        for each in (begun, begin, answer, answered):
            os.close(each)


@dataclass
class State:
    """A city's database and copy as they were when somebody was about to sign."""

    config: Config
    cluster: Cluster | None
    kept: Path

    def keep(self) -> None:
        """Remember what stands now; nobody may be connected."""
        self.kept.mkdir()
        for path in self._files():
            shutil.copyfile(path, self.kept / path.name)
        if self.cluster:
            self._again(self._name, "asal")

    def bring_back(self) -> None:
        """Make it so again."""
        for path in self._files():
            path.unlink()
        for path in self.kept.iterdir():
            shutil.copyfile(path, self._folder / path.name)
        if self.cluster:
            self._again("asal", self._name)

    @property
    def _folder(self) -> Path:
        assert self.config.log_copy is not None
        return self.config.log_copy.parent

    @property
    def _name(self) -> str:
        return str(make_url(self.config.database_url).database)

    def _files(self) -> list[Path]:
        return [each for each in self._folder.iterdir() if each.is_file()]

    def _again(self, source: str, target: str) -> None:
        assert self.cluster
        self.cluster.drop(target)
        with self.cluster.connect() as connection:
            connection.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
