"""The tools that no one here wrote: how each is brought, in a throw-away place, and asked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pakta.config import ROOT

HERE = ROOT / "tests" / "interop"
GOCODE = Path("/usr/share/gocode")  # where Debian puts Go's libraries
PROOFBUNDLE, SIGSTORE = "proofbundle==6.3.1", "@sigstore/verify@3.1.1"


class Missing(Exception):
    """A tool is not there; the message is the line that brings it."""


@dataclass(frozen=True)
class Tool:
    """A program that reads cases and writes answers.

    knows  what it can judge     theirs  whether nobody here wrote it
    """

    name: str
    version: str
    knows: frozenset[str]
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    theirs: bool = True

    def judge(self, cases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return an answer a case: `refused` is empty where the tool accepts."""
        done = subprocess.run(
            self.command, input=json.dumps(cases), cwd=self.folder, env=os.environ | dict(self.environment),
            capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{self.name}: {done.stderr[-2000:]}")
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        if len(answers) != len(cases):
            raise RuntimeError(f"{self.name} answered {len(answers)} of {len(cases)} cases")
        return answers


def go(folder: Path) -> Tool:
    """Build follow.go with Debian's Go against Debian's golang.org/x/mod, without a network."""
    line = "sudo apt-get install -y golang-go golang-golang-x-mod-dev"
    if not shutil.which("go") or not (GOCODE / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        raise Missing(line)
    offline = {"GO111MODULE": "off", "GOPATH": str(GOCODE), "GOFLAGS": "", "GOPROXY": "off"}
    program = folder / "follow"
    _run(["go", "build", "-o", str(program), str(HERE / "follow.go")], folder, line, offline)
    version = _run(["go", "version"], folder, line).split()[2]
    package = _run(["dpkg-query", "-W", "-f", "${Version}", "golang-golang-x-mod-dev"], folder, line)
    knows = frozenset({"note", "cosigned", "place", "inclusion", "consistency", "follow"})
    return Tool("golang.org/x/mod/sumdb", f"{package}, {version}", knows, [str(program)], folder)


def proofbundle(folder: Path) -> Tool:
    """Install proofbundle into an environment of its own."""
    line = f"python -m venv FOLDER && FOLDER/bin/pip install {PROOFBUNDLE}"
    python = folder / "venv" / "bin" / "python"
    _run([sys.executable, "-m", "venv", str(folder / "venv")], folder, line)
    quiet = ["-q", "--disable-pip-version-check"]
    _run([str(python), "-m", "pip", "install", *quiet, PROOFBUNDLE], folder, line)
    knows = frozenset({"note", "cosigned", "place", "inclusion", "consistency"})
    command = [str(python), "-I", str(HERE / "judge_proofbundle.py")]
    return Tool("proofbundle", PROOFBUNDLE.split("==")[1], knows, command, folder)


def sigstore(folder: Path) -> Tool:
    """Install @sigstore/verify into a folder of its own; none of its packages may run anything while that is done."""
    line = f"npm install --prefix FOLDER {SIGSTORE}    (npm: sudo apt-get install -y nodejs npm)"
    if not shutil.which("npm"):
        raise Missing(line)
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    _run(["npm", "install", "--prefix", str(folder), *quiet, SIGSTORE], folder, line)
    command = ["node", str(HERE / "judge_sigstore.cjs")]
    return Tool("@sigstore/verify", SIGSTORE.rsplit("@", 1)[1], frozenset({"note", "place"}), command, folder)


def browser(folder: Path) -> Tool:
    """Copy the browser's own script: it is ours, and must say what our Python says."""
    line = "sudo apt-get install -y nodejs"
    if not shutil.which("node"):
        raise Missing(line)
    shutil.copytree(ROOT / "static" / "js", folder / "js")
    (folder / "package.json").write_text('{"type": "module"}')
    program = shutil.copy(HERE / "judge_browser.mjs", folder)
    version = _run(["node", "--version"], folder, line).strip()
    knows = frozenset({"note", "place", "inclusion"})
    return Tool("static/js/tlog.js", f"ours, Node {version}", knows, ["node", program], folder, theirs=False)


ALL: tuple[Callable[[Path], Tool], ...] = (go, proofbundle, sigstore, browser)


def _run(command: Sequence[str], folder: Path, line: str, environment: Mapping[str, str] | None = None) -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, env=os.environ | dict(environment or {}), capture_output=True, text=True
        )
    except FileNotFoundError as error:
        raise Missing(line) from error
    if done.returncode:
        raise Missing(f"{line}\n{done.stdout}{done.stderr}")
    return done.stdout
