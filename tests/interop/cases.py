"""What is given to every tool: things of ours that are good, and each of them changed in every way we could think of.

A case is JSON, bytes in base64.  What it asks, and of which members it consists:

    note         a checkpoint under the log's key            note, vkey
    cosigned     a checkpoint under a witness's key          note, vkey
    place        an entry under a signed head                note, vkey, entry, index, path
    inclusion    the same under a bare root                  entry, index, size, path, root
    consistency  a tree's growth                             old_size, old_root, size, root, path
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pakta.core import cosignature, merkle, note, proof, tiles
from pakta.core.errors import Refusal
from tests.core.refusing import flipped
from tests.interop.logs import OTHER, WATCHER, WITNESS, WITNESS_VKEY, Served, Signer

AT = 1_795_396_500  # when the witness looked


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked of a tool, and whether it is good."""

    name: str
    op: str
    good: bool
    given: dict[str, Any]

    def plain(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"op": self.op, **{name: _plain(value) for name, value in self.given.items()}}

    def ours(self) -> str:
        """Return why our own code refuses it; nothing where it accepts."""
        try:
            OURS[self.op](**self.given)
        except Refusal as refusal:
            return refusal.reason.value
        return ""


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _note(*, note: bytes, vkey: str) -> None:
    _checkpoint(note, vkey)


def _checkpoint(text: bytes, vkey: str) -> note.Checkpoint:
    return note.parse_checkpoint(note.verify(text, verifier_key=vkey))


def _cosigned(*, note: bytes, vkey: str) -> None:
    cosignature.verify(note, verifier_key=vkey)


def _place(*, note: bytes, vkey: str, entry: bytes, index: int, path: list[bytes]) -> None:
    text = proof.make(index=index, path=path, checkpoint=note)
    proof.verify(proof.parse(text), entry=entry, verifier_key=vkey, origin=vkey.split("+")[0])


def _inclusion(*, entry: bytes, index: int, size: int, path: list[bytes], root: bytes) -> None:
    merkle.verify_inclusion(leaf_hash=merkle.leaf_hash(entry), index=index, size=size, path=path, root=root)


def _consistency(*, old_size: int, old_root: bytes, size: int, root: bytes, path: list[bytes]) -> None:
    merkle.verify_consistency(old_size=old_size, old_root=old_root, new_size=size, new_root=root, path=path)


OURS = {
    "note": _note,
    "cosigned": _cosigned,
    "place": _place,
    "inclusion": _inclusion,
    "consistency": _consistency,
}


def places(log: Served, indexes: Sequence[int]) -> Iterator[Case]:
    """Yield these entries' places in a served log, under its signed head and under the bare root."""
    head = log.head()
    for index in indexes:
        entry = log.entry(index, head.size)
        path = tiles.inclusion_path_from_tiles(index, head.size, log.tile)
        name = f"entry {index} of {head.size}"
        yield Case(
            name, "place", True, {"note": log.note, "vkey": log.vkey, "entry": entry, "index": index, "path": path}
        )
        given = {"entry": entry, "index": index, "size": head.size, "path": path, "root": head.root}
        yield Case(name, "inclusion", True, given)


def growths(logs: Sequence[Served]) -> Iterator[Case]:
    """Yield every head's growth from every earlier one."""
    for at, log in enumerate(logs):
        new = log.head()
        for old in (each.head() for each in logs[:at]):
            path = tiles.consistency_path_from_tiles(old.size, new.size, log.tile)
            given = {"old_size": old.size, "old_root": old.root, "size": new.size, "root": new.root, "path": path}
            yield Case(f"from {old.size} to {new.size}", "consistency", True, given)


def changed(case: Case) -> Iterator[Case]:
    """Yield a good case with one thing wrong, once for each thing that can be wrong."""
    makers = {
        "note": _changed_note,
        "cosigned": _changed_cosignature,
        "place": _changed_place,
        "inclusion": _changed_inclusion,
        "consistency": _changed_consistency,
    }
    seen = [case.given]
    for what, change in makers[case.op](case.given):
        given = case.given | change
        if given not in seen:
            seen.append(given)
            yield Case(f"{case.name}: {what}", case.op, False, given)


Changes = Iterator[tuple[str, dict[str, Any]]]


def _changed_inclusion(given: dict[str, Any]) -> Changes:
    yield from _changed_path(given)
    yield from _changed_entry(given)
    yield from _changed_root(given, "root")
    for index in (given["index"] + 1, given["index"] - 1, given["index"] ^ 2, given["size"], -1, 1 << 62):
        if index != given["index"]:
            yield f"index {index}", {"index": index}
    for size in (0, given["index"], given["size"] * 4, 1 << 62, -1):
        yield f"size {size}", {"size": size}


def _changed_place(given: dict[str, Any]) -> Changes:
    yield from _changed_path(given)
    yield from _changed_entry(given)
    size = note.parse_checkpoint(given["note"].split(b"\n\n")[0] + b"\n").size
    for index in (given["index"] + 1, given["index"] - 1, given["index"] ^ 2, size, -1, 1 << 49):
        if index != given["index"]:
            yield f"index {index}", {"index": index}
    yield from _changed_note(given)


def _changed_consistency(given: dict[str, Any]) -> Changes:
    yield from _changed_path(given)
    yield from _changed_root(given, "root")
    yield from _changed_root(given, "old_root")
    yield "roots swapped", {"root": given["old_root"], "old_root": given["root"]}
    yield "sizes swapped", {"size": given["old_size"], "old_size": given["size"]}
    for size in (given["old_size"] - 1, given["old_size"] + 1, given["size"] + 1, -1):
        if size != given["size"]:
            yield f"old size {size}", {"old_size": size}
    for size in (given["old_size"], given["old_size"] - 1, given["size"] * 4, 0, -1):
        yield f"size {size}", {"size": size}


def _changed_path(given: dict[str, Any]) -> Changes:
    path = given["path"]
    for at, each in enumerate(path):
        for bit in (0, 100, 255):
            yield f"hash {at} with bit {bit} turned", {"path": [*path[:at], flipped(each, bit), *path[at + 1 :]]}
        yield f"hash {at} left out", {"path": path[:at] + path[at + 1 :]}
        yield f"hash {at} twice", {"path": [*path[:at], each, *path[at:]]}
        yield f"hash {at} empty", {"path": [*path[:at], b"", *path[at + 1 :]]}
        yield f"hash {at} one byte short", {"path": [*path[:at], each[:-1], *path[at + 1 :]]}
        yield f"hash {at} one byte long", {"path": [*path[:at], each + b"\0", *path[at + 1 :]]}
    for at in range(len(path) - 1):
        yield f"hashes {at} and next swapped", {"path": [*path[:at], path[at + 1], path[at], *path[at + 2 :]]}
    yield "a hash more at the end", {"path": [*path, bytes(32)]}
    yield "a hash more at the beginning", {"path": [bytes(32), *path]}
    yield "64 hashes more", {"path": [*path, *[bytes(32)] * 64]}
    yield "the root as a last hash", {"path": [*path, given.get("root", bytes(32))]}
    if path:
        yield "nothing", {"path": []}
    if len(path) > 1:
        yield "upside down", {"path": path[::-1]}


def _changed_entry(given: dict[str, Any]) -> Changes:
    entry = given["entry"]
    for bit in range(0, 8 * len(entry), 17):
        yield f"entry with bit {bit} turned", {"entry": flipped(entry, bit)}
    yield "entry without its last byte", {"entry": entry[:-1]}
    yield "entry with a byte more", {"entry": entry + b"\0"}
    yield "an empty entry", {"entry": b""}
    yield "the entry's hash", {"entry": merkle.leaf_hash(entry)}
    if given["path"]:  # what would pass were leaves and nodes not told apart
        yield (
            "two hashes as an entry",
            {"entry": merkle.leaf_hash(entry) + given["path"][0], "path": given["path"][1:]},
        )


def _changed_root(given: dict[str, Any], name: str) -> Changes:
    for bit in (0, 7, 128, 255):
        yield f"{name} with bit {bit} turned", {name: flipped(given[name], bit)}
    for what, root in (("empty tree's", merkle.EMPTY_ROOT), ("zeros", bytes(32)), ("short", given[name][:-1])):
        yield f"{name}: {what}", {name: root}


def _changed_note(given: dict[str, Any]) -> Changes:
    """Change a checkpoint in ways of which none is a matter of form only."""
    text: bytes = given["note"]
    body, name = text.split(b"\n\n")[0] + b"\n", given["vkey"].split("+")[0]
    signed = _signature(text)
    for at in range(0, len(body), max(1, len(body) // 24)):
        yield f"byte {at} of the text", {"note": flipped(body, 8 * at) + text[len(body) :]}
    for bit in range(0, 8 * len(signed), 19):
        yield f"bit {bit} of the signature", {"note": _with(body, name, flipped(signed, bit))}
    for what, other in _other_bodies(body):
        yield f"signature of another text: {what}", {"note": _with(other, name, signed)}
    for length in (4, 5, 36, 67, 69):
        yield f"a signature of {length} bytes", {"note": _with(body, name, (signed + b"\0")[:length])}
    yield "no signature", {"note": body + b"\n"}
    yield "no empty line", {"note": body}
    yield "another name", {"note": _with(body, "x" + name, signed)}
    yield "a stranger's signature with our id", {"note": _with(body, name, signed[:4] + OTHER.private.sign(body))}
    yield "a stranger's note in our name", {"note": OTHER.note(body, name=name)}
    yield "a signature of zeros", {"note": _with(body, name, signed[:4] + bytes(64))}
    yield "another log's key", {"vkey": note.vkey(name=name, public_key=OTHER.public)}


def _other_bodies(body: bytes) -> Iterator[tuple[str, bytes]]:
    origin, size, root, _ = body.decode().split("\n")
    for other in (int(size) + 1, int(size) - 1, 0, int(size) * 10):
        yield f"size {other}", f"{origin}\n{other}\n{root}\n".encode()
    yield "another root", f"{origin}\n{size}\n{base64.b64encode(bytes(32)).decode()}\n".encode()
    yield "another origin", f"{origin}x\n{size}\n{root}\n".encode()
    yield "a line more", body + b"more\n"
    yield "a space more", body[:-1] + b" \n"


def _changed_cosignature(given: dict[str, Any]) -> Changes:
    text: bytes = given["note"]
    head, line = text[: text.rindex("— ".encode())], text[text.rindex("— ".encode()) :]
    body, signed = text.split(b"\n\n")[0] + b"\n", _signature(text)
    for at in range(0, len(body), max(1, len(body) // 24)):
        yield f"byte {at} of the text", {"note": flipped(body, 8 * at) + text[len(body) :]}
    for bit in range(0, 8 * len(signed), 19):
        yield f"bit {bit} of the cosignature", {"note": head + _line(WITNESS, flipped(signed, bit))}
    for what, at in (("a second later", AT + 1), ("at zero", 0), ("beyond all time", 1 << 63)):
        yield what, {"note": head + _line(WITNESS, signed[:4] + at.to_bytes(8, "big") + signed[12:])}
    for length in (4, 11, 12, 68, 75, 77):
        yield f"a cosignature of {length} bytes", {"note": head + _line(WITNESS, (signed + b"\0")[:length])}
    plain = signed[:12] + WATCHER.private.sign(body)
    yield "a plain signature under the witness's id", {"note": head + _line(WITNESS, plain)}
    yield "no time", {"note": head + _line(WITNESS, signed[:4] + WATCHER.private.sign(body))}
    yield "of a text without its last newline", {"note": head + _message_signed(body[:-1], signed)}
    yield "of another head", {"note": head + WATCHER.cosign(body + b"more\n", at=AT)}
    yield "none", {"note": head}
    yield "another name", {"note": head + _line(f"x{WITNESS}", signed)}
    yield "by a stranger with our id", {"note": head + _stranger(body, signed)}
    yield "another witness's key", {"vkey": cosignature.vkey(name=WITNESS, public_key=OTHER.public)}
    yield "the witness's key as a log's", {"vkey": note.vkey(name=WITNESS, public_key=WATCHER.public)}
    yield "a log's note in the witness's name", {"note": Signer("saksi").note(body, name=WITNESS)}
    yield "cut short", {"note": head + line[:-1]}


def _message_signed(body: bytes, signed: bytes) -> bytes:
    message = f"cosignature/v1\ntime {AT}\n".encode() + body
    return _line(WITNESS, signed[:12] + WATCHER.private.sign(message))


def _stranger(body: bytes, signed: bytes) -> bytes:
    message = f"cosignature/v1\ntime {AT}\n".encode() + body
    return _line(WITNESS, signed[:12] + OTHER.private.sign(message))


def _signature(text: bytes) -> bytes:
    """Return id and signature of the last line."""
    return base64.b64decode(text.rstrip(b"\n").rsplit(b" ", 1)[1])


def _line(name: str, signed: bytes) -> bytes:
    return f"— {name} {base64.b64encode(signed).decode()}\n".encode()


def _with(body: bytes, name: str, signed: bytes) -> bytes:
    return body + b"\n" + _line(name, signed)


def cosigned(log: Served) -> Case:
    """Return a served log's head with a witness's word."""
    body = log.note.split(b"\n\n")[0] + b"\n"
    given = {"note": log.note + WATCHER.cosign(body, at=AT), "vkey": WITNESS_VKEY}
    return Case(f"head of {log.head().size}, cosigned", "cosigned", True, given)


def head(log: Served) -> Case:
    """Return a served log's head."""
    return Case(f"head of {log.head().size}", "note", True, {"note": log.note, "vkey": log.vkey})
