"""Cases that are named one by one: good ones of every look, what comes later than us, old files, odd addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pakta.core import canonical, cbor, cose, keyset, note, status
from pakta.core.errors import Reason
from pakta.core.keyset import Compromise
from tests.verdicts.case import ANY, Case
from tests.verdicts.seeded import INDEX, SIZE
from tests.verdicts.together import UNCHECKED, UNKNOWN
from tests.verdicts.world import AT, World
from tests.verification.paper import NOW

SAH = "SAH"


def cases(world: World) -> Iterator[Case]:
    """Yield all of them."""
    yield from good(world)
    yield from future_credentials(world)
    yield from forged(world)
    yield from future_files(world)
    yield from old(world)
    yield from old_keys(world)
    yield from marks(world)
    yield from addresses(world)


def good(world: World) -> Iterator[Case]:
    """Yield certificates of every look, and clocks at the edges of what they and the list say."""
    for what, raw in world.city.others.items():
        yield world.case(f"a certificate {what}", SAH, None, address=world.address(raw))
    last = world.address(world.city.others["that ends in a second"])
    yield world.case("half a second before its end", SAH, None, address=last, now=NOW + timedelta(seconds=0.5))
    at_its_end = NOW + timedelta(seconds=1)
    yield world.case("at its end", "KEDALUWARSA", "EXPIRED", address=last, now=at_its_end)
    early = world.address(world.city.others["issued 300 s from now"])
    yield world.case(
        "301 s before its issue", UNCHECKED, "NOT_YET_VALID", address=early, now=NOW - timedelta(seconds=1)
    )
    for what, seconds, reason in (
        ("a second before the list's end", 48 * 3600 - 61, None),
        ("at the list's end", 48 * 3600 - 60, "STATUS_STALE"),
        ("300 s before the list", -360, None),
        ("301 s before the list", -361, "STATUS_STALE"),
    ):
        yield world.case(what, UNCHECKED if reason else SAH, reason, now=NOW + timedelta(seconds=seconds))
    everyone = world.city.cosigned(world.one, world.two, world.three)
    yield world.case("three of two witnesses", SAH, None, checkpoint=everyone, policy=world.two_of_three)
    twice = world.city.cosigned(world.one, world.one)
    yield world.case("one witness twice", UNCHECKED, "WITNESSES_TOO_FEW", checkpoint=twice, policy=world.two_of_three)


def future_credentials(world: World) -> Iterator[Case]:
    """Yield credentials as a later version could be, signed by the true key; today's readers know none of them."""
    city = world.city
    found = cose.parse(city.named)
    claims: Any = cbor.decode(found.payload)
    own, form, shape = claims[-70001], "CLAIMS_MALFORMED", "COSE_MALFORMED"

    def signed(payload: object, protected: dict[int, object] | None = None) -> bytes:
        header = cbor.encode(protected or {1: -7, 4: city.issuer.kid})  # type: ignore[arg-type]
        body = cbor.encode(payload)  # type: ignore[arg-type]
        signature = city.issuer.sign(cose.sig_structure(protected=header, payload=body))
        return cose.assemble(protected=header, payload=body, signature=signature)

    later: dict[str, tuple[bytes, str]] = {
        "a claim more": (signed({**claims, 5: AT}), form),
        "a claim of ours more": (signed({**claims, -70001: {**own, 6: "x"}}), form),
        "claims of version 2 beside": (signed({**claims, -70002: {1: 2}}), form),
        "claims of version 2 instead": (
            signed({-70002 if key == -70001 else key: value for key, value in claims.items()}), form
        ),
        "a claim less": (signed({key: value for key, value in claims.items() if key != 7}), form),
        "method 4": (signed({**claims, -70001: {**own, 4: 4}}), form),
        "method 0": (signed({**claims, -70001: {**own, 4: 0}}), form),
        "a longer edition": (signed({**claims, -70001: {**own, 2: "ASN-2027-1234"}}), form),
        "evidence of 48 bytes": (signed({**claims, -70001: {**own, 3: bytes(48)}}), form),
        "an id of 32 bytes": (signed({**claims, 7: bytes(32)}), form),
        "a name in two parts": (signed({**claims, 169: {4: "Siti", 5: "Rahmawati"}}), form),
        "a status of another kind": (signed({**claims, 65535: {"identifier_list": {"id": b"1"}}}), form),
        "a status list by number": (signed({**claims, 65535: {"status_list": {"idx": 7, "uri": 1}}}), form),
        "an index above 2^53": (signed({**claims, -70001: {**own, 5: 1 << 53}}), form),
        "claims in a list": (signed([1, 2, 3]), form),
        "a typed header": (signed(claims, {1: -7, 4: city.issuer.kid, 16: "pakta+cwt"}), shape),
        "a header of version 2": (signed(claims, {1: -7, 2: [-70000], 4: city.issuer.kid, -70000: 2}), shape),
        "EdDSA": (signed(claims, {1: -8, 4: city.issuer.kid}), shape),
        "ES384": (signed(claims, {1: -35, 4: city.issuer.kid}), shape),
        "ML-DSA-44": (signed(claims, {1: -48, 4: city.issuer.kid}), shape),
        "no key's id": (signed(claims, {1: -7}), shape),
        "a key's id of 32 bytes": (signed(claims, {1: -7, 4: bytes(32)}), "ISSUER_UNKNOWN"),
        "a key's id as text": (signed(claims, {1: -7, 4: "kunci"}), shape),
        "tag 98": (b"\xd8\x62" + city.named[1:], shape),
        "tag 61 around": (b"\xd8\x3d" + city.named, shape),
        "no tag": (city.named[1:], shape),
        "an unprotected header": (
            city.named.replace(found.protected + b"\xa0", found.protected + b"\xa1\x04\x40", 1), shape
        ),
        "a signature of 96 bytes": (
            cose.assemble(protected=found.protected, payload=found.payload, signature=bytes(96)), shape
        ),
    }  # fmt: skip
    for what, (raw, reason) in later.items():
        yield world.case(f"a credential with {what}", UNKNOWN, reason, address=world.address(raw))


def forged(world: World) -> Iterator[Case]:
    """Yield certificates of a stranger, with a borrowed signature, and not in the ledger where they say."""
    city, stranger = world.city, world.stranger.named
    found = cose.parse(city.named)
    yield world.case("a stranger's certificate", UNKNOWN, "ISSUER_UNKNOWN", address=world.address(stranger))
    taken = cose.assemble(
        protected=found.protected, payload=cose.parse(city.nameless).payload, signature=found.signature
    )
    yield world.case("the signature of another", UNKNOWN, "SIGNATURE_DIFFERS", address=world.address(taken))
    for what, changes in (
        ("that says it is another's entry", {"ledger_index": 0}),
        ("never entered", {"ledger_index": SIZE - 1}),
    ):
        raw = city.issue(enter=False, **changes)
        yield world.case(f"a certificate {what}", UNKNOWN, "NOT_IN_LEDGER", address=world.address(raw))
    beyond = city.issue(enter=False, ledger_index=SIZE)
    yield world.case("a certificate behind the end", UNCHECKED, "LEDGER_BEHIND", address=world.address(beyond))


def future_files(world: World) -> Iterator[Case]:
    """Yield key sets, lists and heads as a later version could be, signed by the true keys."""
    city = world.city
    members = canonical.decode_object(world.key_sets["its key"] or b"", reason=Reason.KEYSET_MALFORMED)
    members.pop("signature")
    keys: Any = members["keys"]

    def resigned(**changes: object) -> bytes:
        text = canonical.encode({**members, **changes})  # type: ignore[dict-item]
        return keyset.sign(text, kid=city.issuer.kid, sign=city.issuer.sign)

    for what, changed, word, reason in (
        ("of the largest version", {"version": (1 << 53) - 1}, SAH, None),
        ("with a member more", {"format": 2}, UNCHECKED, "KEYSET_MALFORMED"),
        ("with a word more about its key", {"keys": [{**keys[0], "pakta": {"retired": True}}]}, UNCHECKED, ANY),
        ("with an Ed25519 key", {"keys": [*keys, {"kty": "OKP", "crv": "Ed25519", "x": "AA"}]}, UNCHECKED, ANY),
        ("with a second log", {"log": {**members["log"], "next": "x"}}, UNCHECKED, "KEYSET_MALFORMED"),  # type: ignore[dict-item]
    ):
        yield world.case(f"a key set {what}", word, reason, key_set=resigned(**changed))  # type: ignore[arg-type]
    yield from _future_lists(world)
    body = note.checkpoint_body(origin=f"{city.host}/log", size=SIZE, root=note.parse_checkpoint(_body(world)).root)

    def head(text: bytes) -> bytes:
        return note.sign(text, name=f"{city.host}/log", public_key=city.ledger_public, sign=city.ledger_key.sign)

    for what, text, word, reason in (
        ("with a line of a later version", body + b"versi 2\n", SAH, None),
        ("with an empty line", body + b"\nversi 2\n", UNCHECKED, ANY),
        ("of another log", body.replace(b"/log\n", b"/log2\n"), UNCHECKED, "OTHER_LOG"),
        ("of a size with a sign", body.replace(b"\n300\n", b"\n+300\n"), UNCHECKED, "CHECKPOINT_MALFORMED"),
        ("of a size with a zero before", body.replace(b"\n300\n", b"\n0300\n"), UNCHECKED, "CHECKPOINT_MALFORMED"),
        ("of a root of 48 bytes", body[:-1] + b"AAAA\n", UNCHECKED, "CHECKPOINT_MALFORMED"),
    ):
        yield world.case(f"a head {what}", word, reason, checkpoint=head(text))
    own = world.head("in the ledger", "nobody asked") or b""
    lines = "".join(
        note.signature_line(name=f"saksi-{kind}", public_key=bytes(32), kind=bytes([kind]), signature=bytes(80))
        for kind in (2, 4, 6, 255)
    )
    yield world.case("a head with signatures of kinds unknown", SAH, None, checkpoint=own + lines.encode())
    stranger = world.stranger.checkpoint()
    yield world.case("a stranger's head", UNCHECKED, "NOTE_UNSIGNED", checkpoint=stranger)


def _body(world: World) -> bytes:
    return note.unverified_body(world.head("in the ledger", "nobody asked") or b"")


def _future_lists(world: World) -> Iterator[Case]:
    city, packed = world.city, status.encode(bytes(64))
    claims = status.TokenClaims(f"{city.origin}/s/0", AT, AT + 9, 1, packed)
    plain: Any = cbor.decode(status._payload(claims))

    def signed(payload: object, protected: dict[int, object] | None = None) -> bytes:
        header = cbor.encode(protected or {1: -7, 4: city.issuer.kid, 16: status.TYPE})  # type: ignore[arg-type]
        body = cbor.encode(payload)  # type: ignore[arg-type]
        signature = city.issuer.sign(cose.sig_structure(protected=header, payload=body))
        return cose.assemble(protected=header, payload=body, signature=signature)

    listed = plain[65533]
    for what, token, word, reason in (
        ("as it is", signed(plain), SAH, None),
        ("of 4 bits a place", signed({**plain, 65533: {**listed, "bits": 4}}), UNCHECKED, "STATUS_MALFORMED"),
        ("of 1 bit a place", signed({**plain, 65533: {**listed, "bits": 1}}), UNCHECKED, "STATUS_MALFORMED"),
        ("with an aggregation", signed({**plain, 65533: {**listed, "aggregation_uri": "x"}}), UNCHECKED, ANY),
        ("with a claim more", signed({**plain, 1: city.host}), UNCHECKED, "STATUS_MALFORMED"),
        ("without a time to live", signed({k: v for k, v in plain.items() if k != 65534}), UNCHECKED, ANY),
        ("of another type", signed(plain, {1: -7, 4: city.issuer.kid, 16: "x"}), UNCHECKED, "COSE_MALFORMED"),
        ("without a type", signed(plain, {1: -7, 4: city.issuer.kid}), UNCHECKED, "COSE_MALFORMED"),
        ("of another place", signed({**plain, 2: f"{city.origin}/s/1"}), UNCHECKED, "STATUS_OTHER"),
        ("too short", city.status_list(size=4), UNCHECKED, "STATUS_OUTSIDE"),
        ("of a stranger", world.stranger.status_list(), UNCHECKED, "ISSUER_UNKNOWN"),
    ):
        yield world.case(f"a list {what}", word, reason, status_token=token)


def old(world: World) -> Iterator[Case]:
    """Yield files older than what the reader has seen, and of another host."""
    good_case, other = world.case("", SAH, None), world.city.key_set(host="pakta.contoh.go.id")
    for what, changes, word, reason in (
        ("a key set older than the one seen", {"newest_version": 4}, UNCHECKED, "KEYSET_ROLLED_BACK"),
        ("a key set as old as the one seen", {"newest_version": 3}, SAH, None),
        ("a list older than the one seen", {"newest_status": AT - 59}, UNCHECKED, "STATUS_ROLLED_BACK"),
        ("a list as old as the one seen", {"newest_status": AT - 60}, SAH, None),
        ("a key set of another host", {"key_set": other}, UNCHECKED, "KEYSET_OTHER"),
        ("an empty key set", {"key_set": b""}, UNCHECKED, "KEYSET_MALFORMED"),
        ("an empty list", {"status_token": b""}, UNCHECKED, ANY),
        ("an empty head", {"checkpoint": b""}, UNCHECKED, ANY),
    ):
        yield replace(good_case, name=what, word=word, reason=reason, **changes)  # type: ignore[arg-type]


def old_keys(world: World) -> Iterator[Case]:
    """Yield lists that the certificate's key signed after another took its place."""
    theirs = world.city.status_list()
    for keys, word, reason in (
        ("its key, an older one", SAH, None),
        ("its key unknown", UNKNOWN, "ISSUER_UNKNOWN"),
        ("its key lost later", UNCHECKED, "ISSUER_UNKNOWN"),
        ("its key lost before", "DITANGGUHKAN", "KEY_COMPROMISED"),
    ):
        yield world.case(f"a list by the certificate's key: {keys}", word, reason, keys=keys, status_token=theirs)


def marks(world: World) -> Iterator[Case]:
    """Yield heads after which the certificate's key was lost: around its entry, at edges of tiles, false roots."""
    good_mark = "SAH, KUNCI LAMA DITEGUHKAN", "KEY_CONFIRMED"
    late, unproved = ("DITANGGUHKAN", "KEY_COMPROMISED"), (UNCHECKED, "LEDGER_MISSING")
    under = (INDEX + 1, INDEX + 2, INDEX + 3, 254, 255, 256, 257, 258, 287, 288, 290, SIZE - 2, SIZE - 1, SIZE)

    def case(what: str, said: tuple[str, str], mark: Compromise, **changes: str) -> Case:
        changes = {"keys": "its key lost later"} | changes
        return world.case(f"its key lost {what}", *said, key_set=world.lost(mark), **changes)  # type: ignore[arg-type]

    for size in under:
        said = good_mark if size > INDEX else late
        mark = world.city.compromise(size)
        yield case(f"after {size} entries", said, mark)
        flipped = bytes([mark.root[0] ^ 1]) + mark.root[1:]
        yield case(
            f"after {size} entries, a bit of the root",
            unproved if size > INDEX else late,
            replace(mark, root=flipped),
        )
    for size in (1, 2, INDEX - 1, INDEX):
        yield case(f"after {size} entries, before its own", late, world.city.compromise(size))
    mark = world.city.compromise(SIZE - 1)
    yield case(
        "after a head whose root is the next one's", unproved, replace(mark, root=world.city.compromise(SIZE).root)
    )
    yield case("after a head of a fork", unproved, world.fork.compromise(SIZE - 1))
    yield case("later, and revoked", ("DICABUT", "STATUS_REVOKED"), mark, value="revoked")
    yield case("later, and suspended", ("DITANGGUHKAN", "STATUS_SUSPENDED"), mark, value="suspended")
    yield case("later, the ledger not at hand", unproved, mark, ledger="no tiles")
    yield case("later, witnessed", good_mark, mark, witnesses="witnessed")
    yield case("later, without a name", good_mark, mark, certificate="without a name")


def addresses(world: World) -> Iterator[Case]:
    """Yield addresses that a QR, a hand or a forger could write."""
    good_case = world.case("", SAH, None)
    place, digits = good_case.address.split("#")
    host, form, wrong = world.city.host, "ADDRESS_MALFORMED", "DIGITS_MALFORMED"
    port = host.partition(":")[2]
    for what, text, reason in (
        ("with its host in capitals", good_case.address.replace("localhost", "LOCALHOST"), None),
        ("with spaces behind", f"{good_case.address}  \t", None),
        ("with spaces before", f"  {good_case.address}", None),
        ("with a scheme in capitals", good_case.address.replace("http:", "HTTP:"), None),
        ("of another host", good_case.address.replace("localhost", "pakta-palsu.example"), "OTHER_HOST"),
        ("of another port", good_case.address.replace(f":{port}", ":1"), "OTHER_HOST"),
        ("with a name before the host", good_case.address.replace("//", "//jahat.example@"), "OTHER_HOST"),
        ("by https", good_case.address.replace("http:", "https:"), "OTHER_HOST"),
        ("without digits", f"{place}#", wrong),
        ("without a fragment", place, form),
        ("with a query", f"{place}?bahasa=en#{digits}", None),
        ("with a query in another path", f"{place}2?bahasa=en#{digits}", form),
        ("with too long a query", f"{place}?{'x' * 2_300}#{digits}", wrong),
        ("with another path", f"{place}2#{digits}", form),
        ("with a slash behind the path", f"{place}/#{digits}", form),
        ("with two marks", f"{place}##{digits}", wrong),
        ("with a letter", f"{place}#{digits}x", wrong),
        ("with a minus", f"{place}#-{digits[1:]}", wrong),
        ("with an Arabic digit", f"{place}#{digits[:-1]}٣", wrong),
        ("with a wide digit", f"{place}#{digits[:-1]}３", wrong),
        ("with a space among the digits", f"{place}#{digits[:40]} {digits[40:]}", wrong),
        ("with a line among the digits", f"{place}#{digits[:40]}\n{digits[40:]}", wrong),
        ("with too large a group", f"{place}#{'9' * 17}", wrong),
        ("with a group of 4", f"{place}#{digits[:17]}1234", wrong),
        ("of zeros", f"{place}#{'0' * 34}", "COSE_MALFORMED"),
        ("of 2,001 digits", f"{place}#{'0' * 2001}", wrong),
        ("of 10,000 digits", f"{place}#{'1' * 10_000}", wrong),
        ("that is a script", f"javascript:alert(1)#{digits}", form),
        ("that is empty", "", form),
        ("that is words", "bukan alamat", form),
    ):
        word = UNKNOWN if reason else SAH
        yield replace(good_case, name=f"an address {what}", word=word, reason=reason, address=text)
