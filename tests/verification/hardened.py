"""What a process can do once it has been hardened, without the limits that a reader's child has beside.

`python -m tests.verification.hardened` tells, as JSON, what its child could do: before, hardened, and hardened once
more below a hardened parent.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from pakta.verification import kernel

PTRACE_SEIZE, CAPBSET_READ, GET_NO_NEW_PRIVS = 0x4206, 23, 39
LIBC = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *given: int) -> int:
    found = int(getattr(LIBC, name)(*map(ctypes.c_long, given)))
    if found < 0:
        raise OSError(ctypes.get_errno(), name)
    return found


def _memory(pid: int) -> None:
    os.close(os.open(f"/proc/{pid}/mem", os.O_RDWR))


def _capabilities() -> None:
    header, sets = (ctypes.c_uint32 * 2)(kernel.CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    if LIBC.capget(header, sets) != 0 or not any(sets):
        raise OSError("none")


def _bounding() -> None:
    if not any(LIBC.prctl(CAPBSET_READ, each, 0, 0, 0) > 0 for each in range(kernel.CAPABILITIES)):
        raise OSError("none")


def _new_privileges() -> None:
    if _call("prctl", GET_NO_NEW_PRIVS, 0, 0, 0, 0):
        raise OSError("none")


def ways(other: int) -> dict[str, Callable[[], object]]:
    """Return what is tried; `other` is a process outside."""
    return {
        "read": lambda: Path("/proc/version").read_bytes(),
        "list": lambda: list(Path("/").iterdir()),
        "write": lambda: Path("/dev/null").write_bytes(b"x"),
        "connect": lambda: socket.create_connection(("127.0.0.1", LISTENING), timeout=5).close(),
        "memory": lambda: _memory(other),
        "trace": lambda: _call("ptrace", PTRACE_SEIZE, other, 0, 0),
        "signal": lambda: os.kill(other, 0),
        "capabilities": _capabilities,
        "bounding": _bounding,
        "new privileges": _new_privileges,
    }


def through(other: int) -> list[str]:
    """Return what goes through of all that is tried."""
    found = []
    for name, way in ways(other).items():
        try:
            way()
        except OSError:
            continue
        found.append(name)
    return found


def in_a_child(work: Callable[[int], object]) -> object:
    """Return what a child finds; it is handed the process that forked it."""
    out, into = os.pipe()
    parent = os.getpid()
    if os.fork() == 0:
        os.write(into, json.dumps(work(parent)).encode())
        os._exit(0)
    os.close(into)
    told = os.read(out, 1 << 16)
    os.close(out)
    os.wait()
    return json.loads(told)


def hardened(parent: int) -> list[str]:
    """Harden this process, and tell what still goes through."""
    kernel.harden()
    return through(parent)


def below(_parent: int) -> object:
    """Harden this process, and tell what its child can do to it: before, and once it is hardened as well."""
    kernel.harden()
    return [in_a_child(through), in_a_child(hardened)]


def watched(_parent: int) -> list[str]:
    """Tell what a process without capabilities can do to its hardened child; nothing else is in its way."""
    kernel._drop_capabilities(LIBC)
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        kernel.harden()
        os.write(into, b"hardened")
        signal.pause()
    os.read(out, 8)
    found = [name for name in through(child) if name in ("memory", "trace")]
    os.kill(child, signal.SIGKILL)
    os.wait()
    return found


def lacking(_parent: int) -> str | None:
    """Tell what the kernel lacks."""
    return (kernel.leave_root() | kernel.harden()).name


def main() -> None:
    """Tell all of it."""
    global LISTENING
    with socket.create_server(("127.0.0.1", 0)) as server:
        LISTENING = server.getsockname()[1]
        found = {each.__name__: in_a_child(each) for each in (through, hardened, below, watched, lacking)}
    print(json.dumps(found))


LISTENING = 0

if __name__ == "__main__":
    main()
