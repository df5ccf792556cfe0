"""Keys as the rest of the house sees them: a public part, and `sign`, wherever the private part lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from pakta.core.keyset import Compromise, Endorsement
from pakta.keyring import chain


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """The ES256 key that signs credentials, status lists and the key set."""

    kid: bytes
    public_key: ec.EllipticCurvePublicKey
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """The Ed25519 key that signs checkpoints; `public_bytes` are its 32 bytes."""

    public_bytes: bytes
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class SealKey:
    """The P-256 key that seals PDF files, and its X.509 chain: its own certificate first, the root last.

    earlier  the roots of the seals before it, whose files stay ours
    lost     the roots of the seals that were lost: whoever has one seals what they like
    crls     the published list of revocations of each seal, by its id; seals made at first have none
    """

    chain: tuple[x509.Certificate, ...]
    sign: Callable[[bytes], bytes]
    earlier: tuple[x509.Certificate, ...] = ()
    lost: tuple[x509.Certificate, ...] = ()
    crls: Mapping[str, x509.CertificateRevocationList] = field(default_factory=dict)

    @property
    def crl(self) -> x509.CertificateRevocationList | None:
        """Return the list of the seal that seals now."""
        return self.crls.get(chain.id_of(self.chain[-1]))

    @property
    def made_at(self) -> datetime:
        """Return when the seal that seals now was made."""
        return self.chain[0].not_valid_before_utc + chain.EARLIER

    @property
    def is_lost(self) -> bool:
        """Say whether the very seal that seals now was said to be lost: a change that was broken off."""
        return self.chain[-1] in self.lost

    @property
    def roots(self) -> tuple[x509.Certificate, ...]:
        """Return the roots whose seals are ours."""
        return (*self.chain[-1:], *self.earlier)

    @property
    def subject(self) -> str:
        """Return the sealing certificate's subject."""
        return self.chain[0].subject.rfc4514_string()


@dataclass(frozen=True, slots=True)
class History:
    """Every issuer key that ever signed, in order, and what the key set tells of them.

    A key that is about to take over stands at the end already, after the one that still signs.
    """

    keys: Mapping[bytes, ec.EllipticCurvePublicKey]
    compromised: Mapping[bytes, Compromise] = field(default_factory=dict)
    endorsements: Mapping[bytes, Endorsement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Issuers:
    """The issuer key that signs, and the history that it stands in."""

    present: IssuerKey
    history: History


@dataclass(slots=True)
class Keyring:
    """All keys of a running server.

    read_issuers  reads the issuer's keys again, from where these come
    """

    issuers: Issuers
    ledger: LedgerKey
    seal: SealKey
    secret_key: bytes
    pepper: Callable[[str], bytes]
    read_issuers: Callable[[], Issuers]

    @property
    def issuer(self) -> IssuerKey:
        """Return the issuer key that signs; `reload` may change it, so ask once for one signing."""
        return self.issuers.present

    def issuer_keys(self) -> Mapping[bytes, ec.EllipticCurvePublicKey]:
        """Return the issuer's public keys by key id, the retired ones too."""
        return self.issuers.history.keys

    def reload(self) -> None:
        """Read the issuer's keys again: a command may have changed them.  Raises KeysMissing."""
        self.issuers = self.read_issuers()
