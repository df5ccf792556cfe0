"""What the monitor keeps between runs: the head, the tree's edge, and what the published things were at that head."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pakta.core import canonical, note, status, tiles
from pakta.core.errors import Refusal
from pakta.core.note import Checkpoint
from pakta.monitor.findings import Lie, Unread, Word
from pakta.monitor.tree import Edge

VERSION, EARLIER = 3, (1, 2)  # of an earlier form the head is taken, and all is read again
LARGEST = 16 * 1_048_576  # bytes


class _Later(Exception):
    """A state of a form that this version does not know."""


@dataclass(slots=True)
class Known:
    """What the entries read so far have published.

    kinds    how many entries there are of each kind
    keys     the last two key sets, as they stand in the ledger
    status   issue time and entry (hex) of the newest status list
    scripts  the newest release: file name to SHA-256 in hex
    page     the SHA-256 of the page behind the QR, in its forms    css  that of its style; empty of an older release
    texts    an edition's code to the SHA-256 of its text
    places   the newest status list, compressed, as base64url    listed  how many entries of each kind it followed
    """

    kinds: dict[int, int] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    status: tuple[int, str] = (0, "")
    scripts: dict[str, str] = field(default_factory=dict)
    page: list[str] = field(default_factory=list)
    css: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    places: str = ""
    listed: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class State:
    """The end of a good run: site, log's key, the head's note, the edge over all full bundles, and what is known.

    whole  nothing of what is known is missing
    """

    origin: str
    vkey: str
    note: bytes
    edge: Edge = field(default_factory=Edge)
    known: Known = field(default_factory=Known)
    whole: bool = True

    @property
    def head(self) -> Checkpoint:
        """Return what the kept note says."""
        return note.parse_checkpoint(note.verify(self.note, verifier_key=self.vkey))


def load(path: Path) -> State | None:
    """Return the state at `path`, or None where there is none yet; raises Unread for a file that is none."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unread(Word.STATE_UNREADABLE, str(path), error.strerror or "") from error
    try:
        state = _read(json.loads(text))
        if state.edge.size != state.head.size // tiles.WIDTH * tiles.WIDTH:
            raise ValueError("the edge is not the head's")
    except _Later as later:
        raise Unread(Word.STATE_UNREADABLE, str(path), f"(versi {later})") from later
    except (ArithmeticError, ValueError, KeyError, TypeError, AttributeError, RecursionError, Refusal) as error:
        raise Unread(Word.STATE_UNREADABLE, str(path)) from error
    return state


def save(path: Path, state: State) -> None:
    """Write the state so that the file at `path` is at every moment either the old one or the new one."""
    members = {
        "v": VERSION,
        "origin": state.origin,
        "vkey": state.vkey,
        "note": state.note.decode(),
        "edge": [[height, node.hex()] for height, node in state.edge.nodes],
        "known": asdict(state.known),
    }
    text = json.dumps(members, ensure_ascii=False, indent=1).encode()
    if len(text) > LARGEST:  # what is written must be read again, or a rewinding would go unseen
        raise Unread(Word.STATE_UNREADABLE, str(path), str(LARGEST))
    _write(path, text)


def keep_evidence(path: Path, lie: Lie) -> list[Path]:
    """Write the heads and the proof that a lie shows beside the state at `path`; return the files."""
    kept = []
    for text in [*lie.notes, *([lie.proof] if lie.proof else [])]:
        form = "json" if text is lie.proof else "note"
        name = f"{path.name}.{lie.finding.word}-{hashlib.sha256(text).hexdigest()[:12]}.{form}"
        _write(path.with_name(name), text)
        kept.append(path.with_name(name))
    return kept


def _read(members: Mapping[str, Any]) -> State:
    if members["v"] not in (VERSION, *EARLIER):
        raise _Later(str(members["v"])[:20])
    whole = members["v"] == VERSION
    known = members["known"]
    return State(
        origin=str(members["origin"]),
        vkey=str(members["vkey"]),
        note=members["note"].encode(),
        edge=Edge([(int(height), bytes.fromhex(node)) for height, node in members["edge"]]),
        known=Known(
            kinds={int(kind): int(count) for kind, count in known["kinds"].items()},
            keys=[str(each) for each in known["keys"]],
            status=(int(known["status"][0]), str(known["status"][1])),
            scripts={str(name): str(digest) for name, digest in known["scripts"].items()},
            page=[str(each) for each in known["page"]] if whole else [],
            css=str(known["css"]) if whole else "",
            texts={str(code): str(digest) for code, digest in known["texts"].items()},
            places=_places(known["places"]) if whole else "",
            listed={int(kind): int(count) for kind, count in known["listed"].items()} if whole else {},
        ),
        whole=whole,
    )


def _places(text: Any) -> str:
    if text:
        status.decode(canonical.from_base64url(text))
    return str(text)


def _write(path: Path, content: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise Unread(Word.STATE_UNREADABLE, str(path), error.strerror or "") from error
