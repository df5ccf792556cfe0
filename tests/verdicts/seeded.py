"""A city on paper whose every byte follows from a seed: real keys, real signatures, the same at each run."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cached_property

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from pakta.core import cosignature, ledgerentry, merkle, tiles
from pakta.core.credential import Claims
from pakta.core.ledgerentry import EntryKind
from pakta.core.signature import key_id
from tests.verification.paper import NOW, City, Issuer, WitnessKey

SIZE, BEHIND = 300, 260  # of the newest head, and of one that does not reach the certificates
INDEX = 270  # where the certificate stands; the one without a name follows
STATUS = 7  # its place in the list; that of the one without a name follows
OTHERS: dict[str, dict[str, object]] = {  # certificates that are as good, and look otherwise
    "by passkey": {"method": 1}, "by device key": {"method": 2}, "at a kiosk": {"method": 3},
    "of the first place in the list": {"status_index": 0}, "of the last place in the list": {"status_index": 63},
    "with the longest name": {"name": "N" * 120, "unit": "U" * 40},
    "with the longest unit": {"name": "N", "unit": "U" * 159},
    "with letters of two bytes": {"name": "Dédé Ñuñez, S.Kom.", "unit": "Dinas Pendidikan — Bidang I"},
    "with letters of four bytes": {"name": "Siti 𝒮 Rahmawati", "unit": "Kecamatan 𐐷"},
    "with what HTML reads as a tag": {"name": "<b>&amp;\"'</b>", "unit": "<script>"},
    "with a composed letter": {"name": "e\u0301"}, "with a zero in its name": {"name": "Siti\0"},
    "written from right to left": {"name": "\u202eitiS"}, "with the mark of UTF-16 before": {"name": "\ufeffSiti"},
    "of an edition of 12 bytes": {"edition": "ASN-2026-123"}, "issued long ago": {"issued_at": 0},
    "that ends last": {"expires_at": (1 << 53) - 1},
    "that ends in a second": {"expires_at": int(NOW.timestamp()) + 1},
    "issued 300 s from now": {"issued_at": int(NOW.timestamp()) + 300},
}  # fmt: skip


def some_bytes(seed: str, count: int = 32) -> bytes:
    """Return bytes that follow from a seed."""
    return hashlib.shake_256(seed.encode()).digest(count)


class SeededIssuer(Issuer):
    """An ES256 key that follows from a seed, and signs the same bytes alike each time (RFC 6979)."""

    def __init__(self, seed: str) -> None:
        self.private = ec.derive_private_key(int.from_bytes(some_bytes(seed)) >> 1, ec.SECP256R1())
        self.public = self.private.public_key()
        self.kid = key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """Return r || s."""
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        r, s = decode_dss_signature(self.private.sign(message, algorithm))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class SeededWitness(WitnessKey):
    """A witness whose key follows from its name and a seed."""

    def __init__(self, name: str, seed: str) -> None:
        self.name = name
        self.private = Ed25519PrivateKey.from_private_bytes(some_bytes(f"{seed} {name}"))
        self.public = self.private.public_key().public_bytes_raw()
        self.vkey = cosignature.vkey(name=name, public_key=self.public)


class SeededCity(City):
    """A city with 300 entries, two certificates among them, and one that was signed but never entered."""

    def __init__(self, seed: str, origin: str) -> None:
        super().__init__(
            SeededIssuer(f"{seed} issuer"),
            Ed25519PrivateKey.from_private_bytes(some_bytes(f"{seed} ledger")),
            [],
            origin,
        )
        self.seed = seed
        self.fill(INDEX)
        self.named = self.issue(status_index=STATUS)
        self.nameless = self.issue(status_index=STATUS + 1, name=None)
        self.others = {what: self.issue(**claims) for what, claims in OTHERS.items()}
        self.fill(SIZE)

    def fill(self, until: int) -> None:
        """Add entries of other people until there are so many."""
        for at in range(len(self.entries), until):
            self.entries.append(ledgerentry.entry(EntryKind.KEY_ENROLLED, some_bytes(f"{self.seed} entry {at}")))

    def claims(self, **changes: object) -> Claims:
        """Return the claims of a certificate that would stand next, nothing in them by chance."""
        place = f"{self.seed} claims {len(self.entries)}"
        fixed = {"cti": some_bytes(place, 16), "evidence_hash": some_bytes(f"{place} evidence")}
        return replace(super().claims(), **(fixed | changes))  # type: ignore[arg-type]

    def forked(self) -> City:
        """Return the same city with another history from before the certificates on, under the same keys."""
        entries = [*self.entries[:BEHIND], *(some_bytes(f"{self.seed} fork {at}", 34) for at in range(BEHIND, SIZE))]
        return City(self.issuer, self.ledger_key, entries, self.origin)

    @cached_property
    def tiles(self) -> dict[str, bytes]:
        """Return the tiles of hashes, by their addresses."""
        return tiles_of(self)


def tiles_of(city: City) -> dict[str, bytes]:
    """Return a ledger's tiles of hashes, by their addresses."""
    row, level, found = [merkle.leaf_hash(each) for each in city.entries], 0, {}
    while row:
        for at in range(0, len(row), tiles.WIDTH):
            part = row[at : at + tiles.WIDTH]
            found["/log/tile/" + tiles.tile_path(level, at // tiles.WIDTH, len(part))] = b"".join(part)
        whole = range(0, len(row) // tiles.WIDTH * tiles.WIDTH, tiles.WIDTH)
        row, level = [merkle.root(row[at : at + tiles.WIDTH]) for at in whole], level + 1
    return found
