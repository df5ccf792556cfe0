"""A case of the table: what a phone, the server and the command are given, and what each must say."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pakta.core import tiles
from pakta.core.policy import Policy
from pakta.verification import pinned
from pakta.verification.publicfiles import Files, NotServed
from tests.verification.paper import NOW

ANY = "*"  # a reason that may be any, if only all say the same: of what a changed byte happens to break


@dataclass(frozen=True, slots=True)
class Case:
    """Files as they are served, a QR's address, the reader's clock and policy; and the verdict.

    tiles                          by their addresses
    newest_version, newest_status  what the reader saw before: the server and the command remember nothing
    """

    name: str
    word: str
    reason: str | None
    address: str
    origin: str
    key_set: bytes | None
    status_token: bytes | None
    checkpoint: bytes | None
    tiles: Mapping[str, bytes]
    now: datetime = NOW
    policy: Policy | None = None
    newest_version: int = 0
    newest_status: int = 0

    @property
    def remembers(self) -> bool:
        """Say whether the reader has seen newer files before."""
        return bool(self.newest_version or self.newest_status)

    def served(self) -> dict[str, bytes]:
        """Return what the city serves, by address."""
        named = {"/.well-known/pakta-keys.json": self.key_set, "/s/0": self.status_token}
        named["/log/checkpoint"] = self.checkpoint
        return {**self.tiles, **{path: data for path, data in named.items() if data is not None}}

    def files(self) -> Files:
        """Return the same as Python's rules read it."""

        def read_tile(level: int, index: int, width: int) -> bytes:
            path = f"/log/tile/{tiles.tile_path(level, index, width)}"
            if path not in self.tiles:
                raise NotServed(path)
            return self.tiles[path]

        return Files(
            self.key_set, self.status_token, self.checkpoint, lambda: None, lambda: False, lambda: None, read_tile
        )

    def for_browser(self) -> dict[str, object]:
        """Return the case as JSON, bytes in base64."""
        policy = self.policy
        return {
            "address": self.address,
            "origin": self.origin,
            "keySet": _text(self.key_set),
            "statusToken": _text(self.status_token),
            "checkpoint": _text(self.checkpoint),
            "tiles": {path: _text(data) for path, data in self.tiles.items()},
            "now": self.now.timestamp(),
            "newestVersion": self.newest_version,
            "newestStatus": self.newest_status,
            "policy": pinned.browser_form(policy, policy.quorum) if policy and policy.quorum else None,
        }


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()
