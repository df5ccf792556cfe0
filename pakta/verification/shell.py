"""The shell of the QR's page: its scripts, their common version, and the worker that keeps them.

The version is a hash over every file of the shell, so that a phone holds either all of the
old one or all of the new one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

SCRIPTS = (
    "v.js",
    "verify.js",
    "verdict.js",
    "bytes.js",
    "cache.js",
    "cbor.js",
    "cose.js",
    "credential.js",
    "keyset.js",
    "number.js",
    "qrdigits.js",
    "statuslist.js",
    "tlog.js",
)
LATER = ("ed25519.js",)  # only browsers without Ed25519 of their own load it
WORKER = "v-sw.js"


def version(folder: Path, *, page: str) -> str:
    """Return 12 hex digits that change with any script in `folder` or with the `page` around them."""
    parts = [page.encode()] + [(folder / name).read_bytes() for name in (*SCRIPTS, *LATER, WORKER)]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:12]


def script_path(name: str, *, version: str) -> str:
    """Return the address of a script of this version."""
    return f"/v/{version}/{name}"


def worker(folder: Path, *, version: str, files: Sequence[str]) -> str:
    """Return the worker's source: one line that names the version and its files, then the plain file."""
    paths = ["/v", *files, *(script_path(name, version=version) for name in (*SCRIPTS, *LATER))]
    shell = json.dumps({"version": version, "files": paths})
    return f"const SHELL = {shell};\n" + (folder / WORKER).read_text(encoding="utf-8")
