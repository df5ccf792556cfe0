"""The verdicts of the vectors: a case for each word and cause."""

from __future__ import annotations

from typing import Any

from tests.core import reference
from tests.vectors.city import (
    BEFORE,
    ISSUER,
    NOW,
    ORIGIN,
    STRANGER,
    address,
    claims,
    head,
    key_set,
    log_entries,
    status_token,
)  # fmt: skip
from tests.vectors.primitives import cbor, sign1, standard


def case(word: str, reason: str | None, **changed: Any) -> dict[str, Any]:
    """Return a call of the rules, and what they must say; bytes in base64."""
    _signed, raw = sign1(changed.pop("by", ISSUER), cbor(claims(**changed.pop("claims", {}))))
    entries = log_entries(sign1(ISSUER, cbor(claims()))[0])
    given: dict[str, Any] = {
        "address": address(raw), "origin": ORIGIN, "keySet": key_set(), "statusToken": status_token({}),
        "checkpoint": head(entries), "path": reference.path(BEFORE, entries), "marked": None, "now": NOW,
        "newestVersion": 0, "newestStatus": 0,
    }  # fmt: skip
    given |= changed
    for name in ("path", "marked"):
        given[name] = None if given[name] is None else [standard(each) for each in given[name]]
    plain = {name: standard(value) if isinstance(value, bytes) else value for name, value in given.items()}
    return {"word": word, "reason": reason, "given": plain}


def queries(good: str) -> dict[str, Any]:
    """Return the cases of an address with a query before its #, passed over up to a length of the whole."""
    room = len(ORIGIN) + 256 + 2000 - len(good) - len("?")
    return {
        "a query": case("SAH", None, address=good.replace("/v#", "/v?bahasa=en#")),
        "an empty query": case("SAH", None, address=good.replace("/v#", "/v?#")),
        "a query of another page": case(
            "TIDAK DIKENAL", "ADDRESS_MALFORMED", address=good.replace("/v#", "/vx?v=1#")
        ),
        "the longest address": case("SAH", None, address=good.replace("/v#", f"/v?{'a' * room}#")),
        "an address too long by one": case(
            "TIDAK DIKENAL", "DIGITS_MALFORMED", address=good.replace("/v#", f"/v?{'a' * (room + 1)}#")
        ),
    }


def verdicts() -> Any:
    """Return a case for each verdict and cause."""
    raw = sign1(ISSUER, cbor(claims()))[1]
    good = address(raw)
    other = log_entries(b"another certificate")
    return {
        "good": case("SAH", None),
        "revoked": case("DICABUT", "STATUS_REVOKED", statusToken=status_token({9: 1})),
        "suspended": case("DITANGGUHKAN", "STATUS_SUSPENDED", statusToken=status_token({9: 2})),
        "expired": case("KEDALUWARSA", "EXPIRED", now=NOW + 157_766_400),
        "strange issuer": case("TIDAK DIKENAL", "ISSUER_UNKNOWN", by=STRANGER),
        "issuer of another host": case("TIDAK DIKENAL", "ISSUER_UNKNOWN", claims={"_1": "pakta.contoh.go.id"}),
        "changed digit": case(
            "TIDAK DIKENAL", "SIGNATURE_DIFFERS", address=good[:-1] + str((int(good[-1]) + 1) % 10)
        ),
        "truncated": case("TIDAK DIKENAL", "CBOR_MALFORMED", address=address(raw[:140])),
        "another host": case("TIDAK DIKENAL", "OTHER_HOST", address=good.replace("5000", "5001")),
        "ten thousand digits": case("TIDAK DIKENAL", "DIGITS_MALFORMED", address=f"{ORIGIN}/v#" + "1" * 10_000),
        **queries(good),
        "not in the ledger": case(
            "TIDAK DIKENAL", "NOT_IN_LEDGER", checkpoint=head(other), path=reference.path(BEFORE, other)
        ),
        "ledger behind": case("TIDAK DAPAT DIPERIKSA", "LEDGER_BEHIND", checkpoint=head(other[:BEFORE])),
        "no ledger": case("TIDAK DAPAT DIPERIKSA", "LEDGER_MISSING", checkpoint=None),
        "no tiles": case("TIDAK DAPAT DIPERIKSA", "LEDGER_MISSING", path=None),
        "no key set": case("TIDAK DAPAT DIPERIKSA", "KEYSET_MISSING", keySet=None),
        "key set rolled back": case("TIDAK DAPAT DIPERIKSA", "KEYSET_ROLLED_BACK", newestVersion=4),
        "no status list": case("TIDAK DAPAT DIPERIKSA", "STATUS_MISSING", statusToken=None),
        "status list stale": case(
            "TIDAK DAPAT DIPERIKSA", "STATUS_STALE", statusToken=status_token({}, at=NOW - 172_800)
        ),
        "status list rolled back": case("TIDAK DAPAT DIPERIKSA", "STATUS_ROLLED_BACK", newestStatus=NOW),
        "not yet valid": case("TIDAK DAPAT DIPERIKSA", "NOT_YET_VALID", now=NOW - 86_400),
    }
