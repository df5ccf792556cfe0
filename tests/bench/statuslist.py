"""The size of the status list: five million places, one in fifty revoked, in patterns from kind to cruel."""

from __future__ import annotations

import gzip
import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from pakta.certificates import publishing
from pakta.core import status

ENTRIES = 5_000_000
SHARE = 50  # one in so many
LARGEST = 250_000  # bytes of the whole as it is served; the mark
NOW = datetime(2026, 11, 23, 1, 15, tzinfo=UTC)
KID = b"8 bytes."
SEED = 4


@dataclass(frozen=True, slots=True)
class Listed:
    """A status list: what is in it, the bytes of its token, and those that no coding of such places gets below."""

    what: str
    size: int
    gzipped: int
    floor: float
    seconds: float


def everything(entries: int) -> list[Listed]:
    """Measure the token of each pattern."""
    return [listed(what, values) for what, values in patterns(entries).items()]


def patterns(entries: int) -> Mapping[str, bytearray]:
    """Return the places of each pattern, a byte a place."""
    chance = random.Random(SEED)
    few = entries // SHARE
    scattered = chance.sample(range(entries), few)
    return {
        "2 % revoked, side by side": _with(entries, range(few), lambda: 1),
        "2 % revoked, at random": _with(entries, scattered, lambda: 1),
        "2 % revoked or suspended, at random": _with(entries, scattered, lambda: chance.choice((1, 2))),
        "2 % revoked and 2 % suspended, at random": _with(
            entries, chance.sample(range(entries), 2 * few), lambda: chance.choice((1, 2))
        ),
    }


def _with(entries: int, places: Sequence[int], value: Callable[[], int]) -> bytearray:
    values = bytearray(entries)
    for place in places:
        values[place] = value()
    return values


def listed(what: str, values: bytearray) -> Listed:
    """Make the token of these places as `publishing` does, read it as anybody would, and return its size."""
    begun = time.perf_counter()
    made = token(status.encode(values))
    seconds = time.perf_counter() - begun
    packed = status.decode(status.verify(made, issuer_keys={KID: KEY.public_key()}, uri=URI, now=NOW).lst)
    assert all(status.get(packed, place) == values[place] for place in range(0, len(values), 97))
    return Listed(what, len(made), len(gzip.compress(made, 9)), entropy(values), seconds)


KEY = ec.generate_private_key(ec.SECP256R1())
URI = "https://pakta.mojokertokota.example/s/0"


def token(lst: bytes) -> bytes:
    """Return the signed list, as `/s/0` serves it."""
    claims = status.TokenClaims(
        uri=URI,
        issued_at=int(NOW.timestamp()),
        expires_at=int((NOW + publishing.STATUS_LIFE).timestamp()),
        ttl=int(publishing.STATUS_TTL.total_seconds()),
        lst=lst,
    )
    r, s = decode_dss_signature(KEY.sign(status.to_be_signed(claims, kid=KID), ec.ECDSA(hashes.SHA256())))
    return status.assemble(claims, kid=KID, signature=r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def entropy(values: bytearray) -> float:
    """Return the entropy in bytes of places that are drawn independently with these shares."""
    shares = [values.count(value) / len(values) for value in set(values)]
    return -sum(share * math.log2(share) for share in shares) * len(values) / 8


def table(lists: Sequence[Listed]) -> Iterator[str]:
    """Write the sizes."""
    yield from ("", "## Status list", "")
    yield f"The signed token of {ENTRIES:,} places as `/s/0` serves it, two bits a place, zlib; {LARGEST:,} bytes are"
    yield "allowed. The floor is what no coding gets below when places are drawn independently with these shares."
    yield "Compressing it once more on the way (gzip) gains nothing, so the proxy need not."
    yield ""
    yield "| places | bytes | gzip over it | floor | made in, s |"
    yield "|---|---|---|---|---|"
    for each in lists:
        floor = f"{each.floor:,.0f}" if each.floor < each.size else "drawn otherwise"
        yield f"| {each.what} | {each.size:,} | {each.gzipped:,} | {floor} | {each.seconds:.1f} |"


def missed(lists: Sequence[Listed]) -> list[str]:
    """Say which list is too large."""
    return [f"{each.what}: the list has {each.size:,} bytes" for each in lists if each.size > LARGEST]
