"""One key after another, step by step: broken off at any step, the next call goes on from there.

Issuer    1 the next key is made beside the present one     2 the present one vouches for it, and the history
          (issuers.json) tells both, and what is marked     3 one rename: the next key signs from then on, the
          one before it lies in retired/                     4 the key set is published, by `certificates`
Seal      1 key, lists and chain are made     2 the present root joins the roots that stay ours     3 the key is
          renamed     4 the chain is renamed; between 3 and 4 the keyring reads the next chain
Lost      the root of a lost seal joins seal-lost.pem: from then on the list that revokes it is the one that is read
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from pakta.core import keyset
from pakta.core.keyset import Compromise
from pakta.keyring import chain, files, folder, history, token
from pakta.keyring.ring import History, IssuerKey

RETIRED = "retired"
NEXT_ISSUER, NEXT_SEAL = "issuer-next.pem", "seal-next.pem"


def prepare_issuer(keys: Path, *, host: str, in_token: bool) -> IssuerKey:
    """Make the issuer's next key, let the present one vouch for it, and return it; steps 1 and 2."""
    if not (keys / NEXT_ISSUER).exists():
        files.write(keys / NEXT_ISSUER, folder.new_key(folder.ISSUER, in_token=in_token))
    coming, found = folder.read_issuer(keys / NEXT_ISSUER), folder.read_issuers(keys)
    if coming.kid in found.history.keys:
        return coming
    present = found.present
    word = keyset.endorse(successor=coming.public_key, host=host, kid=present.kid, sign=present.sign)
    known = found.history
    history.write(
        keys,
        History(
            {**known.keys, coming.kid: coming.public_key},
            known.compromised,
            {**known.endorsements, coming.kid: word},
        ),
    )
    return coming


def mark(keys: Path, *, kid: bytes, compromise: Compromise) -> None:
    """Remember since when an issuer key is not to be trusted."""
    known = folder.read_issuers(keys).history
    history.write(keys, History(known.keys, {**known.compromised, kid: compromise}, known.endorsements))


def take_over(keys: Path, *, host: str) -> None:
    """Let the prepared issuer key sign from now on; the one before it goes to retired/; step 3."""
    present = folder.read_issuer(keys / folder.ISSUER)
    _keep(keys, folder.ISSUER, as_name=f"issuer-{present.kid.hex()}.pem")
    files.move(keys / NEXT_ISSUER, keys / folder.ISSUER)
    tell(keys, host=host)


def rotate_seal(keys: Path, *, host: str, city: str, now: datetime, in_token: bool) -> None:
    """Give the seal a new key and a new chain; files that the old one sealed stay ours."""
    if not (keys / folder.NEXT_CHAIN).exists():
        if not (keys / NEXT_SEAL).exists():
            files.write(keys / NEXT_SEAL, folder.new_key(folder.SEAL, in_token=in_token))
        coming = folder.read_key(keys / NEXT_SEAL).public_key
        assert isinstance(coming, ec.EllipticCurvePublicKey)
        made = chain.make(coming, host=host, city=city, now=now)
        folder.write_lists(keys, made)
        files.replace(keys / folder.NEXT_CHAIN, folder.pem_chain(made.certificates))
    if (keys / NEXT_SEAL).exists():
        old = folder.read_chain(keys, folder.read_key(keys / folder.SEAL).public_key)
        known = folder.read_roots(keys, folder.EARLIER_ROOTS)
        if old[-1] not in known:
            files.replace(keys / folder.EARLIER_ROOTS, folder.pem_chain((*known, old[-1])))
        _keep(keys, folder.SEAL, as_name=f"seal-{old[0].serial_number:x}.pem")
        files.move(keys / NEXT_SEAL, keys / folder.SEAL)
    files.move(keys / folder.NEXT_CHAIN, keys / folder.SEAL_CHAIN)
    tell(keys, host=host)


def untold(keys: Path) -> bool:
    """Say whether a seal was replaced to the end but for the last step: public.json does not name it yet."""
    root = folder.read_chain(keys, folder.read_key(keys / folder.SEAL).public_key)[-1]
    begun = (keys / NEXT_SEAL).exists() or (keys / folder.NEXT_CHAIN).exists()
    told = folder.told_roots(keys)
    return bool(told) and not begun and root not in told


def is_last_lost(keys: Path) -> bool:
    """Say whether the seal before the present one is called lost."""
    earlier = folder.read_roots(keys, folder.EARLIER_ROOTS)
    return bool(earlier) and earlier[-1] in folder.read_roots(keys, folder.LOST_ROOTS)


def present_root(keys: Path) -> x509.Certificate | None:
    """Return the root of the seal that is to be replaced; None where the next key is in its place already."""
    if (keys / folder.NEXT_CHAIN).exists() and not (keys / NEXT_SEAL).exists():
        return None
    return folder.read_chain(keys, folder.read_key(keys / folder.SEAL).public_key)[-1]


def lose_seal(keys: Path, *, root: x509.Certificate, host: str) -> None:
    """Remember that a seal was lost: what it sealed counts no more, and its list revokes it."""
    known = folder.read_roots(keys, folder.LOST_ROOTS)
    if root not in known:
        files.replace(keys / folder.LOST_ROOTS, folder.pem_chain((*known, root)))
    tell(keys, host=host)


def tell(keys: Path, *, host: str) -> None:
    """Write public.json anew."""
    folder.tell_public(keys, host=host, made_at=datetime.now(UTC))


def destroy_retired(keys: Path) -> list[str]:
    """Destroy the private halves of all keys that do not sign any more, and return their files' names."""
    gone = []
    for path in sorted((keys / RETIRED).glob("*.pem")):
        reference = token.read(path.read_bytes())
        if reference is not None:
            token.destroy(reference)
        path.unlink()
        gone.append(path.name)
    return gone


def _keep(keys: Path, name: str, *, as_name: str) -> None:
    retired = keys / RETIRED
    retired.mkdir(mode=0o700, exist_ok=True)
    if not (retired / as_name).exists():
        (retired / as_name).hardlink_to(keys / name)
