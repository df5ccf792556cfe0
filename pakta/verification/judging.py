"""Verdicts by the files that a site publishes, wherever they came from: no database, no Flask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from pakta.core import credential, proof, verdict
from pakta.core.errors import Reason, Refusal
from pakta.core.policy import Policy
from pakta.core.verdict import Inclusion, Verdict
from pakta.verification import document, evidencefile, publicfiles
from pakta.verification.contents import Held, Kind
from pakta.verification.document import Finding, Place
from pakta.verification.publicfiles import Files


@dataclass(frozen=True, slots=True)
class Terms:
    """What whoever asks demands of a site's certificates.

    roots, lost  whose seals are the site's, and which of them were lost
    policy       who must have cosigned the ledger's head; None: nobody
    authorities  the roots under which a timestamp counts; none: timestamps are not judged
    newest_version, newest_status  of the newest key set and status list seen before; older ones do not count
    carried      True lets a sealed PDF's own proof stand in for a ledger that is not at hand
    """

    origin: str
    roots: Sequence[x509.Certificate] = ()
    lost: Sequence[x509.Certificate] = ()
    policy: Policy | None = None
    authorities: Sequence[x509.Certificate] = ()
    newest_version: int = 0
    newest_status: int = 0
    carried: bool = False


def host_of(origin: str) -> str:
    """Return the host of an origin, or an empty text where it is none."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return ""
    return parts.netloc if parts.scheme in ("https", "http") else ""


def content_of(target: str) -> bytes | None:
    """Return a file's bytes, one more than is taken at most; None of an address."""
    if target.lower().startswith(("http://", "https://")):
        return None
    with Path(target).open("rb") as file:
        return file.read(document.LARGEST + 1)


def findings(target: str, content: bytes | None, published: Files, *, terms: Terms, now: datetime) -> list[Finding]:
    """Return what an address, or a file's content, is worth by the files that the site publishes.

    Refuses as `confined.read`.
    """
    if content is None:
        inclusion = _inclusion(published, address=target, origin=terms.origin, policy=terms.policy)
        return [Finding(_decide(published, inclusion, address=target, terms=terms, now=now))]
    return in_file(content, published, terms=terms, now=now)


def in_file(content: bytes, published: Files, *, terms: Terms, now: datetime, network: str = "") -> list[Finding]:
    """Return what a file from some network is worth; refuses with FILE_EMPTY, or as `confined.read`."""
    if not content:
        raise Refusal(Reason.FILE_EMPTY)
    held: Held | None = None

    def judged(address: str) -> Verdict:
        inclusion = _inclusion(published, address=address, origin=terms.origin, policy=terms.policy)
        if terms.carried and held is not None and (inclusion is None or inclusion.path is None):
            inclusion = _carried(held) or inclusion
        return _decide(published, inclusion, address=address, terms=terms, now=now)

    place = Place(
        terms.origin,
        urlsplit(terms.origin).hostname or "",
        published.key_set,
        terms.roots,
        terms.policy,
        lost=terms.lost,
        authorities=terms.authorities,
    )
    try:
        held = document.opened(content, place=place, network=network)
    except Refusal as refusal:
        return [document.unsealed(refusal, place=place)]
    if held.kind is Kind.EVIDENCE:
        return [evidencefile.examine(content, published, origin=terms.origin)]
    return document.of_held(held, place=place, judge=judged, now=now)


def _carried(held: Held) -> Inclusion | None:
    """Return the head and the path that a sealed PDF carries; the verdict holds them to the ledger's key."""
    if held.sealed is None:
        return None
    try:
        inside = proof.parse(held.sealed.proof)
    except Refusal:
        return None
    return Inclusion(inside.checkpoint, inside.path)


def judge(published: Files, *, address: str, origin: str, policy: Policy | None, now: datetime) -> Verdict:
    """Return the verdict on a QR's address by the files that `origin` publishes.

    policy  who must have cosigned the ledger's head; None: nobody
    """
    inclusion = _inclusion(published, address=address, origin=origin, policy=policy)
    return _decide(published, inclusion, address=address, terms=Terms(origin, policy=policy), now=now)


def _decide(published: Files, inclusion: Inclusion | None, *, address: str, terms: Terms, now: datetime) -> Verdict:
    return verdict.decide(
        address=address,
        origin=terms.origin,
        keyset_text=published.key_set,
        status_token=published.status_token,
        inclusion=inclusion,
        now=now,
        policy=terms.policy,
        newest_version=terms.newest_version,
        newest_status=terms.newest_status,
    )


def _inclusion(published: Files, *, address: str, origin: str, policy: Policy | None) -> Inclusion | None:
    """Return the checkpoint and the path to it from where the credential says that it stands.

    Under a policy, the head that still waits for witnesses where only that one reaches so far.
    """
    try:
        found = credential.parse(credential.from_address(address, origin=origin))
    except Refusal:
        return None
    return publicfiles.inclusion(
        published, index=found.claims.ledger_index, kid=found.kid, waiting=policy is not None
    )
