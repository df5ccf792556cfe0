"""A town on paper, served by HTTP on the loopback: an honest log made with the core alone, and ways to lie."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pakta.core import canonical, cose, evidence, keyset, ledgerentry, merkle, note, tiles
from pakta.core.keyset import Compromise
from pakta.core.ledgerentry import EntryKind
from pakta.web import headers
from tests.verification import paper
from tests.verification.paper import Issuer

Answer = bytes | None | Callable[[BaseHTTPRequestHandler], None]  # None: 404
SCRIPTS = {"v.js": b"import './verdict.js'\n", "verdict.js": b"export {}\n", "v-sw.js": b"addEventListener\n"}
SHELL = b'const SHELL = {"files": ["/v"], "version": "0123456789ab"};\n'
HEADERS = (("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", headers.POLICY))  # of /v
PAGE = b'<!doctype html><script type="module" src="/v/0123456789ab/v.js"></script>'

STYLE = b".sah{color:green}"
PAGE_WITH_STYLE = PAGE + b'<link rel="stylesheet" href="/static/pakta.css?v=1"><p>TIDAK DAPAT DIPERIKSA</p>'


class Town(paper.City):
    """An issuer and a log; `publish` lays its files out, `files` may then be changed."""

    def __init__(self) -> None:
        self.files: dict[str, Answer] = {}
        self.headers = {"/v": list(HEADERS)}
        self.asked: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        super().__init__(origin=f"http://127.0.0.1:{self.server.server_port}")
        self.log = f"{self.host}/log"
        self.payloads: dict[int, bytes] = {}
        self.records: dict[int, bytes] = {}
        self.version, self.issued = 0, int(datetime.now(UTC).timestamp()) - 600
        self.marks: dict[int, int] = {}
        self.keys_text = self.token = b""

    @property
    def vkey(self) -> str:
        """Return the log's key."""
        return note.vkey(name=self.log, public_key=self.ledger_public)

    def checkpoint(self, size: int | None = None, *, name: str = "") -> bytes:
        """Return the signed head over the first `size` entries, under the log's present name."""
        leaves = [merkle.leaf_hash(each) for each in self.entries[:size]]
        return self.signed(note.checkpoint_body(origin=name or self.log, size=len(leaves), root=merkle.root(leaves)))

    def key_set(self, **changes: Any) -> bytes:
        """Return the signed key set, which names the log by its present name."""
        payload = keyset.parse(super().key_set(**changes)).payload
        first = note.vkey(name=f"{self.host}/log", public_key=self.ledger_public)
        payload = payload.replace(first.encode(), self.vkey.encode())
        payload = payload.replace(f'"{self.host}/log"'.encode(), f'"{self.log}"'.encode())
        return keyset.sign(payload, kid=self.issuer.kid, sign=self.issuer.sign)

    @staticmethod
    def ledger_key_of() -> Ed25519PrivateKey:
        """Return a key that is not the log's."""
        return Ed25519PrivateKey.generate()

    def signed(self, body: bytes) -> bytes:
        """Return a note over anything, signed by the log."""
        return note.sign(body, name=self.log, public_key=self.ledger_public, sign=self.ledger_key.sign)

    def under(self, name: str, *, by: Ed25519PrivateKey | None = None) -> bytes:
        """Return a head of many entries under a name, signed by the log's key or another."""
        body = note.checkpoint_body(origin=name, size=99, root=bytes(32))
        return note.sign(body, name=name, public_key=self.ledger_public, sign=(by or self.ledger_key).sign)

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()

    def enter(self, kind: EntryKind, payload: bytes, *, public: bool = True) -> int:
        """Enter something; return its index."""
        if public and kind in ledgerentry.PUBLIC:
            self.payloads[len(self.entries)] = payload
        self.entries.append(ledgerentry.entry(kind, payload))
        return len(self.entries) - 1

    def live(self, people: int = 3) -> Town:
        """Let everything happen once that a city does, and publish it."""
        self.enter(EntryKind.TEXT_PUBLISHED, canonical.encode({"code": "ASN-2026", "v": 1}))
        self.release()
        self.set_keys()
        self.list_statuses()
        for at in range(people):
            self.enrol(f"19860926201505290{at % 10}")
            self.issue(status_index=at)
        self.change(EntryKind.REVOKED, 0)
        self.change(EntryKind.SUSPENDED, 1)
        return self.publish()

    def release(self, scripts: dict[str, bytes] | None = None, **more: object) -> int:
        """Release scripts, and what is told with them."""
        hashed = {name: hashlib.sha256(text).hexdigest() for name, text in (scripts or SCRIPTS).items()}
        return self.enter(EntryKind.SCRIPTS_RELEASED, canonical.encode({"v": 1, "scripts": hashed, **more}))

    def release_page(self) -> Town:
        """Release a page and its style with the scripts, and serve them."""
        plain = PAGE_WITH_STYLE.replace(b"0123456789ab", b"")
        pages = [hashlib.sha256(each).hexdigest() for each in (plain, plain + b"<p>ribbon</p>")]
        self.release(page=pages, css=hashlib.sha256(STYLE).hexdigest())
        self.publish()
        self.files |= {"/v": PAGE_WITH_STYLE, "/static/pakta.css": STYLE}
        return self

    def set_keys(
        self, *, by: Issuer | None = None, lost: dict[bytes, Compromise] | None = None, more: tuple[Issuer, ...] = ()
    ) -> int:
        """Publish the next key set."""
        self.version += 1
        text = self.key_set(version=self.version, others=more, compromised=lost)
        self.keys_text = text if by is None else keyset.sign(keyset.parse(text).payload, kid=by.kid, sign=by.sign)
        return self.enter(EntryKind.KEY_SET, keyset.parse(self.keys_text).payload)

    def list_statuses(self, *, later: int = 1) -> int:
        """Publish the next status list."""
        self.issued += later
        self.token = self.status_list(self.marks, issued_at=self.issued)
        parsed = cose.parse(self.token)
        signed = cose.sig_structure(protected=parsed.protected, payload=parsed.payload)
        return self.enter(EntryKind.STATUS_LIST, signed)

    def change(self, kind: EntryKind, place: int) -> None:
        """Revoke or suspend the certificate at a place, as a city does: an entry, then a list."""
        self.enter(kind, b"%d" % len(self.entries))
        self.marks[place] = 1 if kind is EntryKind.REVOKED else 2
        self.list_statuses()

    def enrol(self, number: str, *, way: str = "slip") -> int:
        """Enrol a key for a number."""
        record = evidence.make_enrolment(number=number, key=f"{len(self.entries):043}", way=way, earlier=None)
        kind = EntryKind.KEY_ENROLLED if way == "slip" else EntryKind.KEY_RECOVERED
        index = self.enter(kind, record)
        self.records[index] = record
        return index

    def succeed(self, **changes: object) -> Town:
        """Lose the newest two entries for good, and go on under the next name (docs/decisions/0016)."""
        for number in ("198609262015052905", "198609262015052906"):
            self.enrol(number)
        held, kept = self.checkpoint(), len(self.entries) - 2
        for index in (kept, kept + 1):
            self.records.pop(index)
        del self.entries[kept:]
        number = int(self.log.rpartition("/log/")[2] or 1) if "/log/" in self.log else 1
        self.log = f"{self.host}/log/{number + 1}"
        said = {"v": 1, "origin": self.log, "previous": held.decode(), "kept": kept, "at": "2026-11-26T00:00:00Z"}
        self.enter(EntryKind.LOG_SUCCEEDED, canonical.encode({**said, **changes}))
        self.set_keys()
        return self.publish()

    def serve_once(self, path: str, first: bytes) -> None:
        """Serve something else the first time that a file is asked for, and the file itself after that."""
        later, times = self.files[path], iter([first])

        def answer(handler: BaseHTTPRequestHandler) -> None:
            body = next(times, later)
            assert isinstance(body, bytes)
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.files[path] = answer

    def publish(self, size: int | None = None) -> Town:
        """Lay out every file as an honest city serves it under the head of `size` entries."""
        size = len(self.entries) if size is None else size
        entries = self.entries[:size]
        self.files |= {
            "/log/checkpoint": self.checkpoint(size),
            "/.well-known/pakta-keys.json": self.keys_text,
            "/s/0": self.token,
            "/v": PAGE,
            "/v-sw.js": SHELL + SCRIPTS["v-sw.js"],
            "/log/totals": json.dumps(self.totals()).encode(),
        }
        self.files |= {f"/static/js/{name}": text for name, text in SCRIPTS.items()}
        self.files |= {f"/v/0123456789ab/{name}": SCRIPTS[name] for name in ("v.js", "verdict.js")}
        self.files |= {f"/log/payload/{index}": payload for index, payload in self.payloads.items()}
        self.files |= self.tree(entries)
        return self

    def files_of(self, size: int) -> bytes:
        """Lay out the tree of the first `size` entries beside what is there; return its head."""
        self.files |= self.tree(self.entries[:size])
        return self.checkpoint(size)

    def totals(self) -> dict[str, object]:
        """Return the totals that an honest city publishes."""
        kinds = Counter(each[1] for each in self.entries)
        valid = kinds[1] - kinds[10] - kinds[9]
        return {"v": 1, "size": len(self.entries), "kinds": {str(k): n for k, n in kinds.items()},
                "editions": {"ASN-2026": max(0, valid)}}  # fmt: skip

    def tree(self, entries: list[bytes]) -> dict[str, Answer]:
        """Return every bundle and tile of a tree over these entries."""
        found: dict[str, Answer] = {}
        for index, width in tiles.bundles_for(0, len(entries)):
            bundle = tiles.entry_bundle(entries[index * 256 : index * 256 + width])
            found[f"/log/tile/{tiles.tile_path(tiles.ENTRIES, index, width)}"] = bundle
        levels = [[merkle.leaf_hash(each) for each in entries]]
        while len(levels[-1]) >= 256:
            last = levels[-1]
            levels.append([merkle.root(last[at : at + 256]) for at in range(0, len(last) // 256 * 256, 256)])
        for level, index, width in tiles.tiles_for(0, len(entries)):
            hashes = levels[level][index * 256 : index * 256 + width]
            found[f"/log/tile/{tiles.tile_path(level, index, width)}"] = b"".join(hashes)
        return found

    def export(self) -> str:
        """Return the export of enrolments that an honest city makes."""
        lines: list[dict[str, object]] = [{"v": 1, "size": len(self.entries)}]
        lines += [{"index": at, "record": canonical.base64url(each)} for at, each in sorted(self.records.items())]
        return "".join(json.dumps(each) + "\n" for each in lines)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        town = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body together
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                town.asked.append(self.path)
                path = self.path.partition("?")[0]
                answer = town.files.get(self.path, town.files.get(path))
                if callable(answer):
                    answer(self)
                    return
                self.send_response(404 if answer is None else 200)
                for name, value in town.headers.get(self.path, town.headers.get(path, [])):
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer or b"")))
                self.end_headers()
                self.wfile.write(answer or b"")

            def log_message(self, *_: object) -> None:
                return

        return Handler


def once_garbage(town: Town, path: str) -> None:
    """Serve a file of zeros at first, and the file itself after that."""
    good = town.files[path]
    assert isinstance(good, bytes)
    town.serve_once(path, bytes(len(good)))
