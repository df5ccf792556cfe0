"""What git holds, and what the machine is asked for."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from pakta.config import ROOT

SECRET = re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{40,}")


def tracked() -> list[Path]:
    """Return the files that git holds."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name]


def test_no_secret_is_in_git() -> None:
    files = [path for path in tracked() if path.is_file()]
    assert len(files) > 200
    assert [path.name for path in files if SECRET.search(path.read_bytes())] == []
    assert [path for path in files if path.suffix in (".pem", ".bin", ".sqlite") or "private" in path.parts] == []


def test_a_secret_would_be_found() -> None:
    assert SECRET.search(b"x = '''-----BEGIN PRIVATE KEY-----\n" + b"A" * 64 + b"\n-----END PRIVATE KEY-----'''")


def test_keys_and_data_are_ignored() -> None:
    for name in ("keys/private/issuer.pem", "instance/pakta.sqlite"):
        assert subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT).returncode == 0


def test_what_the_machine_lacks_is_named_with_the_line_that_brings_it(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\n[ \"$1\" = -V ] && echo 'Python 3.9.2' && exit 0\nexit 1\n")
    old.chmod(0o755)
    for python, packages in (("", "python3 python3-venv"), (str(old), "python3.11 python3.11-venv")):
        done = subprocess.run([ROOT / "scripts" / "machine", "run", python], capture_output=True, text=True)
        assert done.returncode == 1
        assert f"sudo apt-get install -y {packages}\n" in done.stderr
