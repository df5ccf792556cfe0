"""Logs that lie, each in one way: what is served is not what the head says, or is not where it should be."""

from __future__ import annotations

from tests.core.refusing import flipped
from tests.interop.logs import LOG, OTHER, Files, Made

SIZES = (2, 255, 257)
TRUTH = "no lie"
LOOKED_AT = (0, 1, 254, 255, 256)  # entries: every lie about an entry is about one of these


def told() -> dict[str, dict[str, Files]]:
    """Return each lie by what it is: logs to be followed one after the other, by the names of their addresses."""
    made, fork = Made(max(SIZES)), Made(max(SIZES), word="lain")
    truth = {size: made.files(size) for size in SIZES}
    found = {TRUTH: truth}
    for path in ("tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/1"):
        content = truth[257][path]
        for what, other in _changed(content).items():
            found[f"{path} {what}"] = truth | {257: truth[257] | {path: other}}
        found[f"no {path}"] = truth | {257: {name: each for name, each in truth[257].items() if name != path}}
    bundle = truth[257]["tile/entries/000"]
    found["two entries swapped"] = truth | {
        257: truth[257] | {"tile/entries/000": bundle[36:72] + bundle[:36] + bundle[72:]}
    }
    found["a head without its tiles"] = truth | {257: {"checkpoint": truth[257]["checkpoint"]}}
    found["the tiles of another log"] = truth | {257: fork.files(257) | {"checkpoint": truth[257]["checkpoint"]}}
    found["a fork, whole in itself"] = truth | {257: fork.files(257)}
    found["a head signed by a stranger"] = truth | {257: truth[257] | {"checkpoint": OTHER.note(made.body(257))}}
    for size in (256, 258):
        claimed = made.body(257).replace(b"\n257\n", f"\n{size}\n".encode())
        found[f"a head that says {size}"] = truth | {257: truth[257] | {"checkpoint": LOG.note(claimed)}}
    found["a log that shrinks"] = {257: truth[257], 2: truth[2]}
    return {
        what: {f"{number}-{size}": files for size, files in lie.items()}
        for number, (what, lie) in enumerate(found.items())
    }


def _changed(content: bytes) -> dict[str, bytes]:
    return {
        "with its first bit turned": flipped(content, 16),
        "with its last bit turned": flipped(content, 8 * len(content) - 1),
        "cut by 32 bytes": content[:-32],
        "with 32 bytes more": content + content[-32:],
        "empty": b"",
    }
