"""What the system takes away from a process for good, as layers beside its limits: each where the kernel has it.

A process that has been hardened gains no privilege by what it begins, has no capability even where root started it,
can open no file whatever its rights, and can neither trace nor signal a process outside of its own domain (Landlock).
Hardened once more, a child stands in a domain of its own, and cannot signal who forked it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from enum import IntFlag, auto

PDEATHSIG, SET_DUMPABLE, CAPBSET_DROP, NO_NEW_PRIVS = 1, 4, 24, 38  # of prctl
NOBODY = 65534  # the user of what belongs to none
CAPABILITIES = 64  # more than any kernel knows
CAPABILITY_VERSION = 0x20080522
CREATE_RULESET, RESTRICT_SELF = 444, 446  # the same numbers on every architecture that Linux calls current
TELL_ABI = 1
FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 5: 0xFFFF}  # which a kernel knows, by the ABI that brought them
NETWORK_ABI, NETWORK = 4, 0b11  # bind and connect of TCP
SCOPE_ABI, SCOPE = 6, 0b11  # abstract sockets and signals stay within the domain


class Layer(IntFlag):
    """What is given up."""

    PRIVILEGES = auto()  # no_new_privs
    CAPABILITIES = auto()
    FILES = auto()  # Landlock, which forbids to trace others as well
    SIGNALS = auto()  # its scope: signals and abstract sockets
    ROOT = auto()  # the name of root, whom the limit on processes does not bind
    TRACING = auto()  # not dumpable: others of the same user cannot trace this process, nor read its memory


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scope", ctypes.c_uint64))


def harden() -> Layer:
    """Give up what this process does not need; return the layers that are not to be had here."""
    if sys.platform != "linux":
        return ~Layer.ROOT
    libc = ctypes.CDLL(None, use_errno=True)
    abi = _landlock_abi(libc)
    lacking = Layer(0)
    if not _prctl(libc, NO_NEW_PRIVS, 1):  # first: Landlock asks for it
        lacking |= Layer.PRIVILEGES
    if not _drop_capabilities(libc):
        lacking |= Layer.CAPABILITIES
    if not _enter_domain(libc, abi):
        lacking |= Layer.FILES | Layer.SIGNALS
    if abi < SCOPE_ABI:
        lacking |= Layer.SIGNALS
    if not _prctl(libc, SET_DUMPABLE, 0):
        lacking |= Layer.TRACING
    return lacking


def leave_root() -> Layer:
    """Become nobody where root began this process, before it is hardened; return the layer if that cannot be had."""
    if os.geteuid() != 0:
        return Layer(0)
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    except OSError:  # a container that knows no other user
        return Layer.ROOT
    return Layer(0)


def end_with_parent() -> None:
    """Have the system end this process when the one that forked it ends."""
    if sys.platform == "linux":
        _prctl(ctypes.CDLL(None), PDEATHSIG, signal.SIGKILL)


def _prctl(libc: ctypes.CDLL, option: int, value: int) -> bool:
    return bool(libc.prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))) == 0)


def _drop_capabilities(libc: ctypes.CDLL) -> bool:
    """Empty all sets; the bounding set as far as this process may: who may not has nothing to lose in it."""
    for capability in range(CAPABILITIES):
        _prctl(libc, CAPBSET_DROP, capability)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    return bool(libc.capset(header, (ctypes.c_uint32 * 6)()) == 0)


def _landlock_abi(libc: ctypes.CDLL) -> int:
    """Return which Landlock the kernel has; less than 1 where it has none or another sandbox forbids it."""
    return int(_syscall(libc, CREATE_RULESET, None, 0, TELL_ABI))


def _enter_domain(libc: ctypes.CDLL, abi: int) -> bool:
    """Enter a domain that allows nothing at all of what this kernel can forbid."""
    if abi < 1:
        return False
    ruleset = _Ruleset(
        files=max(rights for since, rights in FILE_RIGHTS.items() if since <= abi),
        network=NETWORK if abi >= NETWORK_ABI else 0,
        scope=SCOPE if abi >= SCOPE_ABI else 0,
    )
    made = _syscall(libc, CREATE_RULESET, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0)
    if made < 0:
        return False
    entered = _syscall(libc, RESTRICT_SELF, made, 0)
    os.close(made)
    return entered == 0


def _syscall(libc: ctypes.CDLL, number: int, *given: object) -> int:
    call = libc.syscall
    call.restype = ctypes.c_long
    words = (each if each is None or not isinstance(each, int) else ctypes.c_long(each) for each in given)
    return int(call(ctypes.c_long(number), *words))
