"""Witnesses, lost keys and successors in the vectors: verdicts under a policy, and which key set follows which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.core import reference
from tests.vectors.city import BEFORE, HOST, ISSUER, NOW, STRANGER, claims, head, key_set, log_entries, status_token
from tests.vectors.primitives import P256, Witness, base64url, canonical, cbor, sign1
from tests.vectors.verdicts import case

NEXT, LAST = P256("pakta vektor penerbit berikut"), P256("pakta vektor penerbit terakhir")
WITNESSES = [Witness(f"pakta vektor saksi {each}", f"saksi-{each}.contoh.go.id") for each in ("a", "b", "c", "d")]
A, B, C, D = WITNESSES
STRANGE = Witness("pakta vektor saksi lain", A.name)  # the name of A, and another key
LOST_AT = "2026-11-23T01:10:00Z"
KNOWN = "".join(f"witness {'ABCD'[at]} {each.vkey}\n" for at, each in enumerate(WITNESSES))
TWO = KNOWN + "group dua 2 A B C\nquorum dua\n"
TWO_PINNED = {"least": 2, "of": [0, 1, 2]}
NESTED = KNOWN + "group satu any A B\ngroup semua all C D\ngroup luar all satu semua\nquorum luar\n"
NESTED_PINNED = {"least": 2, "of": [{"least": 1, "of": [0, 1]}, {"least": 2, "of": [2, 3]}]}
NOBODY = KNOWN + "quorum none\n"
ENTRIES = log_entries(sign1(ISSUER, cbor(claims()))[0])
BODY = head(ENTRIES).rpartition(b"\n\n")[0] + b"\n"


def cosigned(*witnesses: Witness, more: bytes = b"") -> bytes:
    """Return the ledger's head with these cosignatures, a minute apart."""
    lines = [each.line(BODY, at=NOW - 60 * at) for at, each in enumerate(witnesses, 1)]
    return head(ENTRIES) + b"".join(lines) + more


def under(text: str, quorum: Any, word: str, reason: str | None, **changed: Any) -> dict[str, Any]:
    """Return a case under a policy: its text, and how it is pinned for the browser."""
    made = case(word, reason, **changed)
    pinned = None if quorum is None else {"witnesses": [each.pinned for each in WITNESSES], "quorum": quorum}
    made["given"] |= {"policyText": text, "policy": pinned}
    return made


def two(word: str, reason: str | None, checkpoint: bytes, **changed: Any) -> dict[str, Any]:
    """Return a case where two of A, B and C must have cosigned."""
    return under(TWO, TWO_PINNED, word, reason, checkpoint=checkpoint, **changed)


def verdicts() -> dict[str, Any]:
    """Return a case for each cause."""
    return {**of_witnesses(), **of_lost_keys()}


def of_witnesses() -> dict[str, Any]:
    """Return cases of heads that enough and too few witnesses have cosigned."""
    unchecked, few = "TIDAK DAPAT DIPERIKSA", "WITNESSES_TOO_FEW"
    other = head(ENTRIES[: BEFORE + 1]).rpartition(b"\n\n")[0] + b"\n"
    return {
        "enough witnesses": two("SAH", None, cosigned(A, C)),
        "more witnesses than needed": two("SAH", None, cosigned(A, B, C, D, STRANGE)),
        "no witness": two(unchecked, few, cosigned()),
        "too few witnesses": two(unchecked, few, cosigned(B)),
        "one witness twice": two(unchecked, few, cosigned(B, B)),
        "a witness outside of the quorum": two(unchecked, few, cosigned(B, D)),
        "a stranger with a witness's name": two(unchecked, few, cosigned(B, STRANGE)),
        "false cosignature": two(unchecked, "NOTE_SIGNATURE", cosigned(A, B, more=C.line(other, at=NOW - 30))),
        "a cosignature of another head": two(
            unchecked, "NOTE_SIGNATURE", cosigned(A, more=B.line(other, at=NOW - 30))
        ),
        "witnesses of a head that is behind": two(unchecked, "LEDGER_BEHIND", behind()),
        "revoked while witnesses are waited for": two(
            "DICABUT", "STATUS_REVOKED", cosigned(), statusToken=status_token({9: 1})
        ),
        "enough in groups of groups": under(NESTED, NESTED_PINNED, "SAH", None, checkpoint=cosigned(B, C, D)),
        "too few in groups of groups": under(NESTED, NESTED_PINNED, unchecked, few, checkpoint=cosigned(A, B, D)),
        "a policy that asks nobody": under(NOBODY, None, "SAH", None),
    }


def behind() -> bytes:
    """Return a head before the certificate's entry, cosigned by enough."""
    old = head(ENTRIES[:BEFORE])
    body = old.rpartition(b"\n\n")[0] + b"\n"
    return old + A.line(body, at=NOW - 90) + B.line(body, at=NOW - 80)


def compromise(size: int, entries: Sequence[bytes] = ENTRIES) -> dict[str, Any]:
    """Return what a key set says of a key that was lost after the head of `size` entries."""
    return {"compromised_at": LOST_AT, "size": size, "root": base64url(reference.mth(entries[:size]))}


def after_loss(size: int, entries: Sequence[bytes] = ENTRIES, **changed: Any) -> dict[str, Any]:
    """Return the files after the issuer's key was lost: the next key signs key set and status list.

    entries  those under the head that the key set states
    """
    said = {NEXT.word: endorsed(ISSUER, NEXT), ISSUER.word: compromise(size, entries)}
    keys, marked = key_set(4, by=NEXT, said=said), reference.path(BEFORE, ENTRIES[:size]) if size > BEFORE else None
    return {"keySet": keys, "statusToken": status_token({}, by=NEXT), "marked": marked, **changed}


def of_lost_keys() -> dict[str, Any]:
    """Return cases of certificates, lists and key sets of a key that was lost."""
    unchecked, own = "TIDAK DAPAT DIPERIKSA", {ISSUER.word: compromise(BEFORE + 1), NEXT.word: {}}
    return {
        "entered before the key was lost": case(
            "SAH, KUNCI LAMA DITEGUHKAN", "KEY_CONFIRMED", **after_loss(BEFORE + 1)
        ),
        "entered after the key was lost": case("DITANGGUHKAN", "KEY_COMPROMISED", **after_loss(BEFORE)),
        "before the loss, with witnesses": two(
            "SAH, KUNCI LAMA DITEGUHKAN", "KEY_CONFIRMED", cosigned(A, B), **after_loss(BEFORE + 1)
        ),
        "before the loss, too few witnesses": two(
            unchecked, "WITNESSES_TOO_FEW", cosigned(A), **after_loss(BEFORE + 1)
        ),
        "before the loss, no ledger": case(unchecked, "LEDGER_MISSING", **after_loss(BEFORE + 1, checkpoint=None)),
        "entered before, no tiles of that time": case(
            unchecked, "LEDGER_MISSING", **after_loss(BEFORE + 1, marked=None)
        ),
        "entered before, under another root": case(
            "DITANGGUHKAN", "KEY_COMPROMISED", **after_loss(BEFORE + 1, [*ENTRIES[:BEFORE], b"another"])
        ),
        "status list of the lost key": case(
            unchecked, "ISSUER_UNKNOWN", **after_loss(BEFORE + 1, statusToken=status_token({}))
        ),
        "key set of the lost key": case(unchecked, "KEYSET_MALFORMED", keySet=key_set(4, by=ISSUER, said=own)),
    }


def endorsed(by: P256, key: P256, *, host: str = HOST, signer: P256 | None = None) -> dict[str, str]:
    """Return the word of one key that another comes after it."""
    message = b"pakta/successor/v1\n" + canonical({"iss": host, "by": base64url(by.kid), "key": key.jwk})
    return {"endorsed_by": base64url(by.kid), "endorsement": base64url((signer or by).sign(message))}


def successors() -> dict[str, Any]:
    """Return pairs of a known key set and a later one, and why the later one is not believed."""
    known, unvouched = key_set(3), "KEYSET_UNVOUCHED"
    lost_known = key_set(4, by=NEXT, said={NEXT.word: endorsed(ISSUER, NEXT), ISSUER.word: compromise(BEFORE)})

    def pair(found: bytes, reason: str | None, before: bytes = known) -> dict[str, Any]:
        return {"known": before.decode(), "found": found.decode(), "reason": reason}

    def of(by: P256, **said: Any) -> bytes:
        words = {"issuer": ISSUER.word, "next": NEXT.word, "last": LAST.word, "stranger": STRANGER.word}
        return key_set(5, by=by, said={words[name]: each for name, each in said.items()})

    by_issuer, by_next = endorsed(ISSUER, NEXT), endorsed(NEXT, LAST)
    return {
        "signed by the known key": pair(of(ISSUER, issuer={}, next={}), None),
        "signed by a successor": pair(of(NEXT, issuer={}, next=by_issuer), None),
        "signed by the successor of a lost key": pair(of(NEXT, issuer=compromise(BEFORE), next=by_issuer), None),
        "signed by a successor's successor": pair(of(LAST, next=by_issuer, last=by_next), None),
        "signed by a new key without a word": pair(of(NEXT, issuer={}, next={}), unvouched),
        "the word of a stranger": pair(of(NEXT, stranger={}, next=endorsed(STRANGER, NEXT)), unvouched),
        "a word signed by another key": pair(of(NEXT, next=endorsed(ISSUER, NEXT, signer=STRANGER)), unvouched),
        "a word for another key": pair(of(NEXT, next=endorsed(ISSUER, LAST)), unvouched),
        "a word for another host": pair(of(NEXT, next=endorsed(ISSUER, NEXT, host="lain.contoh.go.id")), unvouched),
        "a link of the chain missing": pair(of(LAST, issuer={}, last=by_next), unvouched),
        "the word of a key known to be lost": pair(
            of(LAST, issuer={}, last=endorsed(ISSUER, LAST)), unvouched, lost_known
        ),
        "signed by a key known to be lost": pair(of(ISSUER, issuer={}, next={}), unvouched, lost_known),
    }
