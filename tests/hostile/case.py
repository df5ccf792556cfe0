"""One hostile file: what it is called, how it is made, and for which reason it is refused."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from pakta.core.errors import Reason

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Case:
    """A file; `reasons`: any of these is right, where it depends on which limit is met first."""

    name: str
    make: Callable[[], bytes]
    reasons: tuple[Reason, ...]


def case(name: str, make: Callable[[], bytes], *reasons: Reason) -> Case:
    """Return a case."""
    return Case(name, make, reasons)


@cache
def zeros(megabytes: int, *, rounds: int = 1) -> bytes:
    """Return so many megabytes of zeros, packed by Flate so many times over."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(megabytes)) + packer.flush()
    for _ in range(rounds - 1):
        packed = zlib.compress(packed, 9)
    return packed


def png(width: int, height: int, *chunks: bytes, kind: int = 6, depth: int = 8, interlaced: int = 0) -> bytes:
    """Return a PNG of these chunks between its head and its end."""
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunks) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
