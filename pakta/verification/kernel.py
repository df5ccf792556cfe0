"""What the kernel takes from a process that reads strangers' files, beside its limits (`reader.confine`).

Each layer holds where the kernel has it; where it does not, the limits still do (decision 0064).  Linux only.
Source: landlock(7), prctl(2), capabilities(7).
"""

from __future__ import annotations

import ctypes
import os
import struct
from functools import cache

SET_DUMPABLE, DROP_FROM_BOUNDING_SET, NO_NEW_PRIVILEGES = 4, 24, 38  # of prctl
CREATE_RULESET, RESTRICT_SELF = 444, 446  # system calls, numbered alike on every architecture
VERSION_ASKED = 1  # a flag of the first
LAST_CAPABILITY = 63
CAPABILITIES_3 = 0x20080522  # the version of capset that knows 64 of them
FILES = ((1, 13), (2, 14), (3, 15), (5, 16))  # from which version on Landlock knows how many rights over files
BIND_AND_CONNECT = 0b11  # from version 4 on
SOCKETS_AND_SIGNALS = 0b11  # from version 6 on: none to a process outside


@cache
def landlock() -> int:
    """Return the version of Landlock that the kernel offers, 0 where there is none."""
    return max(0, int(_libc().syscall(CREATE_RULESET, None, 0, VERSION_ASKED)))


def drop_privileges() -> None:
    """Give up every capability, for ever, and keep this process's memory from others of the same user."""
    libc = _libc()
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)
    head = struct.pack("=Ii", CAPABILITIES_3, 0)
    libc.capset(head, bytes(24))
    libc.prctl(SET_DUMPABLE, 0, 0, 0, 0)


def shut_in() -> None:
    """Let this process and its children reach no file, no port, and no process but themselves.

    Asks for one descriptor.
    """
    version = landlock()
    if not version:
        return
    rights = max(count for since, count in FILES if version >= since)
    handled = struct.pack(
        "=QQQ",
        (1 << rights) - 1,
        BIND_AND_CONNECT if version >= 4 else 0,
        SOCKETS_AND_SIGNALS if version >= 6 else 0,
    )
    libc = _libc()
    ruleset = libc.syscall(CREATE_RULESET, handled, 24 if version >= 6 else 16 if version >= 4 else 8, 0)
    if ruleset >= 0:
        libc.syscall(RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
