"""Logs to be followed: small and awkward ones served from memory, and the real application over loopback."""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pakta.config import ROOT
from pakta.core import cosignature, merkle, note, tiles
from pakta.core.errors import Reason, Refusal
from pakta.core.note import Checkpoint
from tests.journeys.site import PATIENCE, Site

ORIGIN, WITNESS = "contoh.go.id/log", "saksi.contoh.go.id"
SMALL, LARGE = (1, 2, 255, 256, 257), (65_536, 65_793)
TILE, TEXT = "application/octet-stream", "text/plain; charset=utf-8"

Files = dict[str, bytes]  # address below a prefix to content


class Signer:
    """An Ed25519 key made from a word, the same each time."""

    def __init__(self, word: str) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(sha256(word.encode()).digest())
        self.public = self.private.public_key().public_bytes_raw()

    def note(self, body: bytes, *, name: str = ORIGIN) -> bytes:
        """Sign a checkpoint's body as a log does."""
        return note.sign(body, name=name, public_key=self.public, sign=self.private.sign)

    def cosign(self, body: bytes, *, at: int, name: str = WITNESS) -> bytes:
        """Return the line of a witness."""
        return cosignature.sign(body, at=at, name=name, public_key=self.public, sign=self.private.sign).encode()


LOG, OTHER, WATCHER = Signer("buku catatan"), Signer("orang lain"), Signer("saksi")
VKEY = note.vkey(name=ORIGIN, public_key=LOG.public)
WITNESS_VKEY = cosignature.vkey(name=WITNESS, public_key=WATCHER.public)


class Made:
    """A log made with the core: its entries, and the files that it had at any size."""

    def __init__(self, size: int, *, word: str = "entri") -> None:
        self.entries = [b"\x01\x01" + sha256(f"{word} {at}".encode()).digest() for at in range(size)]
        self.levels = [[merkle.leaf_hash(each) for each in self.entries]]
        while len(self.levels[-1]) >= tiles.WIDTH:
            below = self.levels[-1]
            starts = range(0, len(below) // tiles.WIDTH * tiles.WIDTH, tiles.WIDTH)
            self.levels.append([merkle.root(below[at : at + tiles.WIDTH]) for at in starts])

    def files(self, size: int) -> Files:
        """Return what the log served when it had `size` entries."""
        made = {"checkpoint": LOG.note(self.body(size))}
        for level, index, width in tiles.tiles_for(0, size):
            made["tile/" + tiles.tile_path(level, index, width)] = self.tile(level, index, width)
        for index, width in tiles.bundles_for(0, size):
            bundle = tiles.entry_bundle(self.entries[index * tiles.WIDTH : index * tiles.WIDTH + width])
            made["tile/" + tiles.tile_path(tiles.ENTRIES, index, width)] = bundle
        return made

    def tile(self, level: int, index: int, width: int) -> bytes:
        """Return a tile of hashes."""
        return b"".join(self.levels[level][index * tiles.WIDTH : index * tiles.WIDTH + width])

    def body(self, size: int) -> bytes:
        """Return the text of the head over the first `size` entries."""
        root = tiles.root_from_tiles(size, self.tile)
        return note.checkpoint_body(origin=ORIGIN, size=size, root=root)


@contextmanager
def serve(logs: Mapping[str, Files]) -> Iterator[str]:
    """Serve each log's files below its name on loopback; yields the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, name, path = [*self.path.split("/", 2), "", ""][:3]
            content = logs.get(name, {}).get(path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Type", TEXT if path == "checkpoint" else TILE)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *words: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Served:
    """A log behind an address, read as a stranger reads it: by its public files and its key alone."""

    prefix: str
    vkey: str
    note: bytes = b""
    known: Files = field(default_factory=dict)

    def get(self, path: str, kind: str = TILE) -> bytes:
        """Return a file; refuses with TILE_MISSING where it is not there or called something else."""
        if path not in self.known:
            try:
                with urllib.request.urlopen(f"{self.prefix}/{path}", timeout=PATIENCE) as answer:
                    if answer.headers["Content-Type"] != kind:
                        raise Refusal(Reason.TILE_MISSING, path)
                    self.known[path] = answer.read()
            except urllib.error.HTTPError as error:
                raise Refusal(Reason.TILE_MISSING, path) from error
        return self.known[path]

    def at_head(self) -> Served:
        """Return the same with its newest note, which stays as it is now."""
        return replace(self, note=self.get("checkpoint", TEXT), known={})

    def head(self) -> Checkpoint:
        """Return what the note says, once it is known to be the log's own."""
        return note.parse_checkpoint(note.verify(self.note, verifier_key=self.vkey))

    def tile(self, level: int, index: int, width: int) -> bytes:
        """Return a tile of exactly this width."""
        data = self.get("tile/" + tiles.tile_path(level, index, width))
        if len(data) != width * merkle.HASH_LENGTH:
            raise Refusal(Reason.TILE_MALFORMED)
        return data

    def entry(self, index: int, size: int) -> bytes:
        """Return an entry out of its bundle."""
        at = index // tiles.WIDTH
        width = min(tiles.WIDTH, size - at * tiles.WIDTH)
        found = tiles.parse_entry_bundle(self.get("tile/" + tiles.tile_path(tiles.ENTRIES, at, width)))
        if len(found) != width:
            raise Refusal(Reason.BUNDLE_MALFORMED)
        return found[index % tiles.WIDTH]


def follow(heads: Iterable[Served], indexes: Iterable[int] | None) -> int:
    """Follow a log with the core, as follow.go does with Go's code; return how many proofs were checked."""
    checked, trees = 0, list[Checkpoint]()
    for each in heads:
        now = (each if each.note else each.at_head()).head()
        if tiles.root_from_tiles(now.size, each.tile) != now.root:
            raise Refusal(Reason.ROOT_DIFFERS)
        for index in range(now.size) if indexes is None else [at for at in indexes if at < now.size]:
            path = tiles.inclusion_path_from_tiles(index, now.size, each.tile)
            leaf = merkle.leaf_hash(each.entry(index, now.size))
            merkle.verify_inclusion(leaf_hash=leaf, index=index, size=now.size, path=path, root=now.root)
            checked += 1
        for old in trees:
            path = tiles.consistency_path_from_tiles(old.size, now.size, each.tile)
            merkle.verify_consistency(
                old_size=old.size, new_size=now.size, old_root=old.root, new_root=now.root, path=path
            )
            checked += 1
        trees.append(now)
    return checked


@contextmanager
def real() -> Iterator[tuple[Served, Served]]:
    """Run the application with a small demonstration city; yields its log before and after something happened."""
    with tempfile.TemporaryDirectory(prefix="pakta-interop-") as name:
        folder = Path(name)
        site = Site(folder, f"sqlite:///{folder / 'pakta.sqlite'}", folder / "keys")
        said = _pakta(site, "demo", "--people", "400", "--signed", "300")
        number = re.search(r"/sertifikat/(\S+)", said)
        assert number is not None
        site.start()
        try:
            log = Served(f"{site.origin}/log", _vkey(site.origin))
            before = log.at_head()
            _pakta(site, "certificate", number[1], "--suspend")
            yield before, _grown(log, before.head().size)
        finally:
            code = site.stop()
        if (code, site.failures()) != (0, []):
            raise RuntimeError(f"the server ended with {code}: {site.failures()}")


def _pakta(site: Site, *words: str) -> str:
    environment = os.environ | {
        "DATABASE_URL": site.config.database_url,
        "PAKTA_ORIGIN": site.origin,
        "PAKTA_KEYS": str(site.config.keys_dir),
        "PAKTA_INSTANCE": str(site.folder),
        "PAKTA_DEMO": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pakta", *words], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"python -m pakta {words[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def _vkey(origin: str) -> str:
    with urllib.request.urlopen(f"{origin}/.well-known/pakta-keys.json", timeout=PATIENCE) as answer:
        return str(json.load(answer)["log"]["vkey"])


def _grown(log: Served, size: int) -> Served:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = log.at_head()
        if found.head().size > size:
            return found
        log.known.clear()
        time.sleep(0.2)
    raise RuntimeError("no new head was signed")
