"""A disk so small that a test can fill it; only root may make one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import slices


@contextmanager
def small(folder: Path, *, size: str) -> Iterator[Path]:
    """Mount a disk of `size` (such as 160k) at a new folder; skip the test where none may be mounted."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "pakta-test", str(folder)]
    if subprocess.run(words, capture_output=True).returncode:
        slices.out_of_reach("no disk may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path, *, leaving: int) -> Path:
    """Fill a disk but for some bytes; return the file to remove."""
    path = folder / "filler"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    path.write_bytes(b"x" * max(0, free - leaving))
    return path
