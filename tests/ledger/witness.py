"""A small real witness for tests: C2SP tlog-witness over HTTP, and the ways in which one can fail or lie."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pakta.core import cosignature, merkle, note, policy, submission
from pakta.core.errors import Refusal
from pakta.core.policy import Policy

Answer = tuple[int, bytes, str]
TEXT = "text/plain; charset=utf-8"


class _Server(ThreadingHTTPServer):
    """Does not wait for requests that hang when it stops."""

    daemon_threads, block_on_close = True, False


class Witness:
    """A witness of one log.  mode: how it behaves; `held` is the last head that it has cosigned."""

    def __init__(self, name: str, *, log_vkey: str) -> None:
        self.name, self.log_vkey = name, log_vkey
        self.key, self.other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self.held: note.Checkpoint | None = None
        self.mode, self.clock, self.asked = "honest", 0, 0
        self.claim = 0  # the size that it claims in mode "claims"
        self._turn = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0

    @property
    def vkey(self) -> str:
        """Return its verifier key."""
        return cosignature.vkey(name=f"{self.name}.example/w", public_key=self.key.public_key().public_bytes_raw())

    @property
    def url(self) -> str:
        """Return its submission prefix."""
        return f"http://127.0.0.1:{self.port}/w"

    def start(self, *, tls: ssl.SSLContext | None = None) -> Witness:
        """Start, on the port that it had before, or a free one."""
        witness = self

        class Handler(BaseHTTPRequestHandler):
            """Hands requests to the witness."""

            def do_POST(self) -> None:
                """Answer a submission."""
                witness.asked += 1
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                found = (404, b"", TEXT) if self.path != "/w/add-checkpoint" else witness.answer(body)
                try:
                    if not _misbehave(self, witness.mode, found):
                        _send(self, found)
                except OSError:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = _Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop; what it holds stays."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, body: bytes) -> Answer:
        """Return status, body and content type for a submission."""
        try:
            asked = submission.parse(body)
            stated = note.parse_checkpoint(asked.checkpoint.partition(b"\n\n")[0] + b"\n")
        except Refusal:
            return 400, b"", TEXT
        if stated.origin != note.parse_vkey(self.log_vkey).name:
            return 404, b"", TEXT
        try:
            signed = note.verify(asked.checkpoint, verifier_key=self.log_vkey)
        except Refusal:
            return 403, b"", TEXT
        if asked.old_size > stated.size:
            return 400, b"", TEXT
        with self._turn:
            return self._compare(asked, stated, signed)

    def _compare(self, asked: submission.Submission, new: note.Checkpoint, signed: bytes) -> Answer:
        old = self.held or note.Checkpoint(new.origin, 0, merkle.EMPTY_ROOT)
        if self.mode == "claims":
            return 409, b"%d\n" % self.claim, "text/x.tlog.size"
        if asked.old_size != old.size:
            return 409, b"%d\n" % old.size, "text/x.tlog.size"
        if old.size == new.size and old.root != new.root:
            return 409, b"", TEXT
        try:
            merkle.verify_consistency(
                old_size=old.size, new_size=new.size, old_root=old.root, new_root=new.root, path=asked.path
            )
        except Refusal:
            return 422, b"", TEXT
        self.held = new
        return 200, self._cosign(signed), TEXT

    def _cosign(self, signed: bytes) -> bytes:
        key = self.other if self.mode == "wrong key" else self.key
        body = signed.replace(b"\n", b"\nx", 1) if self.mode == "wrong head" else signed
        public = key.public_key().public_bytes_raw()
        name = self.name if self.mode == "wrong key" else f"{self.name}.example/w"
        at = int(datetime.now(UTC).timestamp()) + self.clock
        return cosignature.sign(body, at=at, name=name, public_key=public, sign=key.sign).encode()


def policy_of(witnesses: Sequence[Witness], *, least: int) -> bytes:
    """Return the text of a policy that demands `least` of these witnesses."""
    lines = [f"witness {each.name} {each.vkey} {each.url}" for each in witnesses]
    names = " ".join(each.name for each in witnesses)
    return "\n".join([*lines, f"group kuorum {least} {names}", "quorum kuorum", ""]).encode()


def parsed(witnesses: Sequence[Witness], *, least: int) -> Policy:
    """Return that policy as it is read."""
    return policy.parse(policy_of(witnesses, least=least))


def _send(to: BaseHTTPRequestHandler, found: Answer) -> None:
    to.send_response(found[0])
    to.send_header("Content-Type", found[2])
    to.send_header("Content-Length", str(len(found[1])))
    to.end_headers()
    to.wfile.write(found[1])


def _misbehave(to: BaseHTTPRequestHandler, mode: str, found: Answer) -> bool:
    """Answer badly, where the mode says so; say whether it was done."""
    way = BAD.get(mode)
    if way is not None:
        way(to, found)
    return way is not None


def _hang(_to: BaseHTTPRequestHandler, _found: Answer) -> None:
    time.sleep(6)


def _drip(to: BaseHTTPRequestHandler, found: Answer) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + b"x" * 40:
        to.wfile.write(bytes([byte]))
        time.sleep(0.1)


def _never_end(to: BaseHTTPRequestHandler, _found: Answer) -> None:
    to.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        to.wfile.write(b"x" * 65_536)


def _point_elsewhere(to: BaseHTTPRequestHandler, _found: Answer) -> None:
    to.send_response(307)
    to.send_header("Location", "/w/add-checkpoint")
    to.send_header("Content-Length", "0")
    to.end_headers()


BAD: Mapping[str, Callable[[BaseHTTPRequestHandler, Answer], object]] = {
    "hangs": _hang,
    "drips": _drip,
    "endless": _never_end,
    "garbage": lambda to, found: _send(to, (200, b"<html>\xff\n\n" + found[1], "text/html")),
    "not http": lambda to, _found: to.wfile.write(b"\x00\x01\x02\n" * 40),
    "500": lambda to, found: _send(to, (500, found[1], TEXT)),
    "elsewhere": _point_elsewhere,
}
