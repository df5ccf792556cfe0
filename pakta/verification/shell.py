"""The shell of the QR's page: its scripts, their common version, and the worker that keeps them.

Two scripts are no files: policy.js is made from the configured policy (`verification.pinned`), and v-all.js is v.js
with all that it imports, but for policy.js (`verification.bundle`).  Each part is served, too, for whoever reads it.

The version is a hash over every file of the shell, so that a phone holds either all of the
old one or all of the new one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pakta.config import Config
from pakta.verification import bundle, pinned

ENTRY = "v.js"
BUNDLE = "v-all.js"
SCRIPTS = (BUNDLE, pinned.NAME)
# Loaded only where a browser has no Ed25519 (with what that needs), a certificate was revoked.
LATER = ("ed25519.js", "bytes.js", "why.js")
WORKER = "v-sw.js"


@dataclass(frozen=True, slots=True)
class Shell:
    """The QR's page as it is served.

    pages    by their addresses, one a language      scripts  by name
    files    others, by address                      version  of all
    """

    version: str
    pages: Mapping[str, str]
    scripts: Mapping[str, bytes]
    files: Mapping[str, bytes]


def made(folder: Path, config: Config) -> dict[str, bytes]:
    """Return the scripts that are no files."""
    joined = bundle.make(partial(_read, folder), entry=ENTRY, apart={pinned.NAME})
    return {pinned.NAME: pinned.script(config.policy, offline=config.offline), BUNDLE: joined.encode()}


def make(
    folder: Path, *, pages: Callable[[str], Mapping[str, str]], config: Config, files: Mapping[str, bytes]
) -> Shell:
    """Return the shell; `pages` gives the QR's page for a version, `files` what it needs that is no script."""
    own = made(folder, config)
    parts = bundle.parts(partial(_read, folder), entry=ENTRY, apart={pinned.NAME})
    scripts = own | {name: (folder / name).read_bytes() for name in (*parts, *LATER)}
    shown = [page.encode() for page in pages("").values()]
    hashed = [*shown, *scripts.values(), *files.values(), (folder / WORKER).read_bytes()]
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in hashed)).hexdigest()[:12]
    return Shell(digest, pages(digest), scripts, files)


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def script_path(name: str, *, version: str) -> str:
    """Return the address of a script of this version."""
    return f"/v/{version}/{name}"


def worker(folder: Path, *, shell: Shell, kept: bool) -> str:
    """Return the worker's source: one line that names the version and its files, then the plain file.

    kept  False names no file: such a worker drops what phones have kept, and lets everything through
    """
    scripts = (script_path(name, version=shell.version) for name in (*SCRIPTS, *LATER))
    paths = [*shell.pages, *shell.files, *scripts] if kept else []
    line = json.dumps({"version": shell.version, "files": paths})
    return f"const SHELL = {line};\n" + (folder / WORKER).read_text(encoding="utf-8")
