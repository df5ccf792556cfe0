"""The shell of the QR's page: its scripts, their common version, and the worker that keeps them.

One script is no file: policy.js is made from the configured policy (`verification.pinned`).

The version is a hash over every file of the shell, so that a phone holds either all of the
old one or all of the new one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pakta.core.policy import Policy
from pakta.verification import pinned

SCRIPTS = (
    "v.js",
    "bytes.js",
    "cache.js",
    "cbor.js",
    "cose.js",
    "credential.js",
    "keyset.js",
    "number.js",
    pinned.NAME,
    "statuslist.js",
    "tlog.js",
    "verdict.js",
    "witnesses.js",
)
LATER = ("ed25519.js",)  # only browsers without Ed25519 of their own load it
WORKER = "v-sw.js"


@dataclass(frozen=True, slots=True)
class Shell:
    """The QR's page as it is served, its scripts by name, and the version of everything in it."""

    version: str
    page: str
    scripts: Mapping[str, bytes]


def make(folder: Path, *, page: Callable[[str], str], policy: Policy | None) -> Shell:
    """Return the shell; `page` gives the QR's page for a version."""
    made = {pinned.NAME: pinned.script(policy)}
    scripts = {name: made.get(name) or (folder / name).read_bytes() for name in (*SCRIPTS, *LATER)}
    parts = [page("").encode(), *scripts.values(), (folder / WORKER).read_bytes()]
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:12]
    return Shell(digest, page(digest), scripts)


def script_path(name: str, *, version: str) -> str:
    """Return the address of a script of this version."""
    return f"/v/{version}/{name}"


def worker(folder: Path, *, version: str, files: Sequence[str]) -> str:
    """Return the worker's source: one line that names the version and its files, then the plain file."""
    paths = ["/v", *files, *(script_path(name, version=version) for name in (*SCRIPTS, *LATER))]
    shell = json.dumps({"version": version, "files": paths})
    return f"const SHELL = {shell};\n" + (folder / WORKER).read_text(encoding="utf-8")
