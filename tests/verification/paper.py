"""A city on paper: an issuer, a ledger and a few certificates made with the core alone, without a database.

Every call of the browser's rules and of Python's rules gets the same bytes from here.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from pakta.core import cosignature, credential, keyset, ledgerentry, merkle, note, status, verdict
from pakta.core.credential import Claims
from pakta.core.keyset import Compromise, Endorsement
from pakta.core.ledgerentry import EntryKind
from pakta.core.policy import Policy
from pakta.core.verdict import Inclusion, Verdict
from pakta.verification import pinned

ORIGIN = "http://localhost:5000"
HOST = "localhost:5000"
NOW = datetime(2026, 11, 23, 1, 15, tzinfo=UTC)


class Issuer:
    """An ES256 key that signs as the issuer does."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.public = self.private.public_key()
        info = self.public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        digest = hashes.Hash(hashes.SHA256())
        digest.update(info)
        self.kid = digest.finalize()[:8]

    def sign(self, message: bytes) -> bytes:
        """Return r || s."""
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class WitnessKey:
    """A witness of the ledger, by its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.private = Ed25519PrivateKey.generate()
        self.public = self.private.public_key().public_bytes_raw()
        self.vkey = cosignature.vkey(name=name, public_key=self.public)

    def line(self, body: bytes, *, at: int) -> bytes:
        """Return its cosignature over a checkpoint's body."""
        return cosignature.sign(body, at=at, name=self.name, public_key=self.public, sign=self.private.sign).encode()


@dataclass
class City:
    """An issuer, its ledger key, and the entries so far."""

    issuer: Issuer = field(default_factory=Issuer)
    ledger_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    entries: list[bytes] = field(default_factory=list)
    origin: str = ORIGIN

    @property
    def host(self) -> str:
        """Return the city's host."""
        return self.origin.split("://")[1]

    @property
    def ledger_public(self) -> bytes:
        """Return the ledger's 32 bytes."""
        return self.ledger_key.public_key().public_bytes_raw()

    @property
    def ledger_vkey(self) -> str:
        """Return the ledger's verifier key."""
        return note.vkey(name=f"{self.host}/log", public_key=self.ledger_public)

    def pad(self, count: int) -> None:
        """Add entries of other people."""
        self.entries += [ledgerentry.entry(EntryKind.KEY_ENROLLED, secrets.token_bytes(32)) for _ in range(count)]

    def claims(self, **changes: object) -> Claims:
        """Return the claims of a certificate that would stand next in the ledger."""
        issued = int(NOW.timestamp()) - 3600
        base = Claims(
            issuer=self.host,
            expires_at=issued + 5 * 365 * 86400,
            issued_at=issued,
            cti=secrets.token_bytes(16),
            status_index=7,
            status_uri=f"{self.origin}/s/0",
            name="Siti Rahmawati, S.STP.",
            unit="Badan Kepegawaian dan Pengembangan SDM",
            edition="ASN-2026-1",
            evidence_hash=secrets.token_bytes(32),
            method=1,
            ledger_index=len(self.entries),
        )
        return replace(base, **changes)  # type: ignore[arg-type]

    def issue(self, *, enter: bool = True, by: Issuer | None = None, **changes: object) -> bytes:
        """Issue a certificate: its entry and its signed bytes."""
        issuer, claims = by or self.issuer, self.claims(**changes)
        signed = credential.to_be_signed(claims, kid=issuer.kid)
        if enter:
            self.entries.append(ledgerentry.entry(EntryKind.CREDENTIAL, signed))
        return credential.assemble(claims, kid=issuer.kid, signature=issuer.sign(signed))

    def key_set(
        self,
        *,
        version: int = 3,
        others: tuple[Issuer, ...] = (),
        compromised: Mapping[bytes, Compromise] | None = None,
        endorsements: Mapping[bytes, Endorsement] | None = None,
        **changes: object,
    ) -> bytes:
        """Return the signed key set."""
        payload = keyset.build(
            issuer_keys={each.kid: each.public for each in (self.issuer, *others)},
            version=version,
            host=str(changes.get("host", self.host)),
            issued_at=NOW,
            log_origin=str(changes.get("log_origin", f"{self.host}/log")),
            log_vkey=note.vkey(name=f"{self.host}/log", public_key=self.ledger_public),
            compromised=compromised,
            endorsements=endorsements,
        )
        return keyset.sign(payload, kid=self.issuer.kid, sign=self.issuer.sign)

    def compromise(self, size: int) -> Compromise:
        """Return what a key set says of a key that was lost after the head of `size` entries."""
        root = merkle.root([merkle.leaf_hash(each) for each in self.entries[:size]])
        return Compromise(NOW.strftime("%Y-%m-%dT%H:%M:%SZ"), size, root)

    def cosigned(self, *witnesses: WitnessKey, at: int = 0, size: int | None = None) -> bytes:
        """Return the signed head with the cosignatures of these witnesses."""
        head = self.checkpoint(size)
        body = head.rpartition(b"\n\n")[0] + b"\n"
        return head + b"".join(each.line(body, at=at or int(NOW.timestamp()) - 30) for each in witnesses)

    def status_list(self, values: dict[int, int] | None = None, *, size: int = 64, **changes: int | str) -> bytes:
        """Return the signed status list; `values` are the places that are not 0."""
        places = bytearray(size)
        for place, value in (values or {}).items():
            places[place] = value
        issued = int(changes.get("issued_at", int(NOW.timestamp()) - 60))
        claims = status.TokenClaims(
            uri=str(changes.get("uri", f"{self.origin}/s/0")),
            issued_at=issued,
            expires_at=int(changes.get("expires_at", issued + 48 * 3600)),
            ttl=43200,
            lst=status.encode(places),
        )
        signature = self.issuer.sign(status.to_be_signed(claims, kid=self.issuer.kid))
        return status.assemble(claims, kid=self.issuer.kid, signature=signature)

    def checkpoint(self, size: int | None = None, *, name: str = "") -> bytes:
        """Return the signed head over the first `size` entries."""
        leaves = [merkle.leaf_hash(each) for each in self.entries[:size]]
        origin = name or f"{self.host}/log"
        body = note.checkpoint_body(origin=origin, size=len(leaves), root=merkle.root(leaves))
        return note.sign(body, name=f"{self.host}/log", public_key=self.ledger_public, sign=self.ledger_key.sign)

    def consistency(self, old_size: int, size: int | None = None) -> list[bytes]:
        """Return the path from the tree of the first `old_size` entries to that of the first `size`."""
        leaves = [merkle.leaf_hash(each) for each in self.entries[:size]]
        return merkle.consistency_path(leaves, old_size) if old_size else []

    def path(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the path of an entry in the whole tree, or in that of the first `size` entries."""
        return merkle.inclusion_path([merkle.leaf_hash(each) for each in self.entries[:size]], index)


@dataclass(frozen=True)
class Case:
    """One call of the rules, the same for both languages."""

    name: str
    address: str
    key_set: bytes | None
    status_token: bytes | None
    checkpoint: bytes | None
    path: list[bytes] | None
    now: datetime = NOW
    newest_version: int = 0
    newest_status: int = 0
    origin: str = ORIGIN
    policy: Policy | None = None
    marked: list[bytes] | None = None

    def in_python(self) -> Verdict:
        """Return what Python says."""
        inclusion = None if self.checkpoint is None else Inclusion(self.checkpoint, self.path, self.marked)
        return verdict.decide(
            address=self.address,
            origin=self.origin,
            keyset_text=self.key_set,
            status_token=self.status_token,
            inclusion=inclusion,
            now=self.now,
            policy=self.policy,
            newest_version=self.newest_version,
            newest_status=self.newest_status,
        )

    def for_browser(self) -> dict[str, object]:
        """Return the case as the browser's test page reads it: bytes in base64."""

        def text(data: bytes | None) -> str | None:
            return None if data is None else base64.b64encode(data).decode()

        return {
            "address": self.address,
            "origin": self.origin,
            "keySet": text(self.key_set),
            "statusToken": text(self.status_token),
            "checkpoint": text(self.checkpoint),
            "path": None if self.path is None else [text(each) for each in self.path],
            "marked": None if self.marked is None else [text(each) for each in self.marked],
            "now": self.now.timestamp(),
            "newestVersion": self.newest_version,
            "newestStatus": self.newest_status,
            "policy": self.pinned,
        }

    @property
    def pinned(self) -> dict[str, object] | None:
        """Return the policy as it is pinned in the browser's script."""
        if self.policy is None or self.policy.quorum is None:
            return None
        return pinned.browser_form(self.policy, self.policy.quorum)
