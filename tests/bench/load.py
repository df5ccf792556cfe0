"""The load generator, a process of its own: sends prepared requests over kept connections and counts answers.

    python -m tests.bench.load PORT CLIENTS < requests     (pickled list of bytes)

Prints one JSON line: seconds, requests, statuses, and the processor seconds that it used itself.
"""

from __future__ import annotations

import json
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pakta.config import ROOT


@dataclass(frozen=True)
class Run:
    """One run's outcome."""

    seconds: float
    requests: int
    statuses: dict[str, int]
    own: float

    @property
    def rate(self) -> float:
        """Return requests per second."""
        return self.requests / self.seconds


def send(port: int, requests: Sequence[bytes], *, clients: int, good: str = "200") -> Run:
    """Send the requests over so many connections; every answer must have the status `good`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", str(port), str(clients)],
        input=pickle.dumps(list(requests)), capture_output=True, check=True, cwd=ROOT,
    )  # fmt: skip
    run = Run(**json.loads(done.stdout))
    if run.statuses != {good: len(requests)}:
        raise RuntimeError(f"not all answers were good: {run.statuses}")
    return run


def _client(port: int, requests: Sequence[bytes], statuses: Counter[str]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            connection.sendall(request)
            status, length = answers.readline().split(b" ")[1].decode(), 0
            while (line := answers.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            answers.read(length)
            statuses[status] += 1


def _main(port: int, clients: int) -> None:
    requests, statuses = pickle.load(sys.stdin.buffer), Counter[str]()
    threads = [
        threading.Thread(target=_client, args=(port, requests[at::clients], statuses)) for at in range(clients)
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    print(
        json.dumps({"seconds": seconds, "requests": len(requests), "statuses": statuses, "own": time.process_time()})
    )


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
