"""The browser's rules and Python's give the same word, reason and steps, whatever the bytes."""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from pakta.config import ROOT
from pakta.core import canonical, cbor, cose, credential, keyset, status
from tests import slices
from tests.core.refusing import flipped
from tests.verification.conftest import Decide
from tests.verification.paper import NOW, Case, City, Issuer

Make = Callable[..., Case]


def compare(in_browser: Decide, cases: list[Case]) -> dict[str, str]:
    """Check that both languages agree on every case; return the words by the cases' names."""
    answers = in_browser([case.for_browser() for case in cases])
    for case, answer in zip(cases, answers, strict=True):
        said = case.in_python()
        expected = {
            "word": said.word.value,
            "reason": said.reason.value if said.reason else None,
            "steps": {step.value: mark.value for step, mark in said.steps},
            "witnessedAt": said.witnessed_at,
        }
        assert answer == expected, case.name
    return {case.name: str(answer["word"]) for case, answer in zip(cases, answers, strict=True)}


def test_every_verdict_that_can_occur_is_the_same_in_both(city: City, make_case: Make, in_browser: Decide) -> None:
    """One case a verdict, each by its ordinary cause."""
    cases = [
        make_case("good"),
        make_case("revoked", status_token=city.status_list({7: 1})),
        make_case("suspended", status_token=city.status_list({7: 2})),
        make_case("expired", now=NOW + timedelta(days=6 * 365)),
        make_case("forged", cose=city.issue(enter=False, by=Issuer())),
        make_case("no ledger", checkpoint=None),
    ]
    assert compare(in_browser, cases) == {
        "good": "SAH",
        "revoked": "DICABUT",
        "suspended": "DITANGGUHKAN",
        "expired": "KEDALUWARSA",
        "forged": "TIDAK DIKENAL",
        "no ledger": "TIDAK DAPAT DIPERIKSA",
    }


def test_the_browser_says_what_the_committed_vectors_say(in_browser: Decide) -> None:
    """Made without either: see tests/vectors/README.md."""
    cases = json.loads((ROOT / "tests" / "vectors" / "verdicts.json").read_text())["cases"]
    answers = in_browser([each["given"] for each in cases.values()])
    said = {name: (answer["word"], answer["reason"]) for name, answer in zip(cases, answers, strict=True)}
    assert said == {name: (each["word"], each["reason"]) for name, each in cases.items()}


def test_missing_old_and_foreign_files_give_the_same_reasons(city: City, make_case: Make, in_browser: Decide) -> None:
    """Key set, status list and ledger: absent, stale, rolled back, of another host."""
    other = City(origin="http://localhost:5999")
    other.pad(5)
    at = int(NOW.timestamp())
    cases = [
        make_case("no keys", key_set=None),
        make_case("keys of another host", key_set=city.key_set(host="pakta.contoh.go.id")),
        make_case("keys rolled back", newest_version=4),
        make_case("keys of the same version", newest_version=3),
        make_case("keys signed by nobody", key_set=city.key_set().replace(b'"version":3', b'"version":4')),
        make_case("keys of a stranger", key_set=City(ledger_key=city.ledger_key).key_set()),
        make_case("keys with a space", key_set=city.key_set() + b" "),
        make_case("keys empty", key_set=b""),
        make_case("keys as a list", key_set=b"[]"),
        make_case("no status", status_token=None),
        make_case("status stale", status_token=city.status_list(issued_at=at - 49 * 3600)),
        make_case("status of tomorrow", status_token=city.status_list(issued_at=at + 86400)),
        make_case("status rolled back", newest_status=at),
        make_case("status of the same second", newest_status=at - 60),
        make_case("status elsewhere", status_token=city.status_list(uri="http://localhost:5000/s/1")),
        make_case("status of a stranger", status_token=other.status_list(uri="http://localhost:5000/s/0")),
        make_case("status too short", status_token=city.status_list(size=4)),
        make_case("status 3", status_token=city.status_list({7: 3})),
        make_case("status empty", status_token=b""),
        make_case("revoked without ledger", checkpoint=None, status_token=city.status_list({7: 1})),
        make_case("ledger behind", checkpoint=city.checkpoint(300)),
        make_case("ledger without tiles", path=None),
        make_case("ledger named otherwise", checkpoint=city.checkpoint(name="lain/log")),
        make_case("ledger of a stranger", checkpoint=other.checkpoint()),
        make_case("ledger changed", checkpoint=city.checkpoint().replace(b"700", b"701")),
        make_case("ledger empty", checkpoint=b""),
        make_case("not in the ledger", path=city.path(299)),
        make_case("path too long", path=[*city.path(300), bytes(32)]),
        make_case("path too short", path=city.path(300)[:-1]),
        make_case("hash too short", path=[*city.path(300)[:-1], bytes(31)]),
    ]
    words = compare(in_browser, cases)
    good = {name for name, word in words.items() if word == "SAH"}
    assert good == {"keys of the same version", "status of the same second"}


def test_credentials_of_every_wrong_form_give_the_same_reasons(
    city: City, make_case: Make, in_browser: Decide
) -> None:
    """What a careless or hostile issuer could sign."""
    forms: dict[str, bytes] = {
        "kiosk": city.issue(enter=False, method=3),
        "marked institution": city.issue(enter=False, name=None),
        "later than now": city.issue(enter=False, issued_at=int(NOW.timestamp()) + 301),
        "a little later than now": city.issue(enter=False, issued_at=int(NOW.timestamp()) + 299),
        "of another host": city.issue(enter=False, issuer="pakta.contoh.go.id"),
        "status elsewhere": city.issue(enter=False, status_uri="http://localhost:5000/s/1"),
        "empty": b"\xd2\x84\x40\xa0\x40\x40",
        "untagged": city.good[1:],  # type: ignore[attr-defined]
        "longer": city.good + b"\0",  # type: ignore[attr-defined]
    }
    cases = [make_case(name, cose=raw) for name, raw in forms.items()]
    words = compare(in_browser, cases)
    assert "SAH" not in words.values()


def signed(city: City, payload: bytes, **header: object) -> bytes:
    """Sign any payload as the issuer would not."""
    protected = cbor.encode({1: -7, 4: city.issuer.kid, **{int(k[1:]): v for k, v in header.items()}})  # type: ignore[dict-item]
    signature = city.issuer.sign(cose.sig_structure(protected=protected, payload=payload))
    return cose.assemble(protected=protected, payload=payload, signature=signature)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xa0",
        b"\x80",
        b"\xf6",
        b"\xf5",
        b"\xf7",
        b"\xf8\xff",
        b"\xfa\x00\x00\x00\x00",
        b"\xbf\xff",
        b"\x9f\xff",
        b"\x5f\xff",
        b"\xa1\x01\x18\x01",
        b"\xa2\x01\x01\x01\x01",
        b"\xa2\x02\x01\x01\x01",
        b"\xa1\x40\x01",
        b"\xa1\xf5\x01",
        b"\xa1\x80\x01",
        b"\xc0\x61a",
        b"\xd8\x1c\x01",
        b"\xd8\x1d\x00",
        b"\x61\xff",
        b"\x62\xed\xa0",
        b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x3b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x9b\x00\x00\x00\x10\x00\x00\x00\x00",
        b"\x81" * 8 + b"\x01",
        b"\x81" * 9 + b"\x01",
        b"\x81" * 200 + b"\x01",
    ],
    ids=lambda payload: payload.hex()[:24] or "nothing",
)
def test_odd_cbor_gives_the_same_reason(payload: bytes, city: City, make_case: Make, in_browser: Decide) -> None:
    """Signed by the true key, so that only the form can be refused."""
    assert compare(in_browser, [make_case("odd", cose=signed(city, payload))])["odd"] == "TIDAK DIKENAL"


def test_a_header_with_more_in_it_is_refused_alike(city: City, make_case: Make, in_browser: Decide) -> None:
    """Only {1: -7, 4: kid} is ours."""
    payload = cose.parse(city.good).payload  # type: ignore[attr-defined]
    assert compare(in_browser, [make_case("more", cose=signed(city, payload, _16="x"))])["more"] == "TIDAK DIKENAL"
    assert compare(in_browser, [make_case("same", cose=signed(city, payload))])["same"] == "SAH"


def test_no_flipped_bit_of_a_certificate_is_ever_sah(city: City, make_case: Make, in_browser: Decide) -> None:
    """Every bit of the QR's bytes (`make test`: a slice); the certificate itself is SAH."""
    raw: bytes = city.good  # type: ignore[attr-defined]
    cases = [make_case("whole")]
    for at in slices.some(range(8 * len(raw)), turn=0):
        cases.append(make_case(f"bit {at}", cose=flipped(raw, at)))
    words = compare(in_browser, cases)
    assert [name for name, word in words.items() if word == "SAH"] == ["whole"]


def test_no_flipped_bit_of_a_checkpoint_is_ever_sah(city: City, make_case: Make, in_browser: Decide) -> None:
    """Every third bit of the signed head."""
    note = city.checkpoint()
    cases = []
    for at in slices.some(range(0, 8 * len(note), 3), turn=1):
        cases.append(make_case(f"bit {at}", checkpoint=flipped(note, at)))
    assert "SAH" not in compare(in_browser, cases).values()


def test_no_flipped_bit_of_a_status_list_is_ever_sah(city: City, make_case: Make, in_browser: Decide) -> None:
    """Every third bit of the signed list."""
    token = city.status_list()
    cases = []
    for at in slices.some(range(0, 8 * len(token), 3), turn=2):
        cases.append(make_case(f"bit {at}", status_token=flipped(token, at)))
    assert "SAH" not in compare(in_browser, cases).values()


def test_no_flipped_bit_of_a_key_set_is_ever_sah(city: City, make_case: Make, in_browser: Decide) -> None:
    """Every fifth bit of the key set."""
    text = city.key_set()
    cases = []
    for at in slices.some(range(0, 8 * len(text), 5), turn=3):
        cases.append(make_case(f"bit {at}", key_set=flipped(text, at)))
    assert "SAH" not in compare(in_browser, cases).values()


def test_every_odd_address_gives_the_same_reason(city: City, make_case: Make, in_browser: Decide) -> None:
    """The bad inputs of a QR: another host, a changed digit, truncated, 10 kB long, anything."""
    address = make_case().address
    place, digits = address.split("#")
    first = "1" if digits[20] != "1" else "2"
    odd = {
        "another host": address.replace("localhost:5000", "pakta-mojokerto.example"),
        "another port": address.replace("5000", "5001"),
        "host in capitals": address.replace("localhost", "LOCALHOST"),
        "a host before ours": address.replace("//", "//jahat.example@"),
        "one changed digit": f"{place}#{digits[:20]}{first}{digits[21:]}",
        "truncated": address[:-9],
        "truncated by one": address[:-1],
        "10 kB long": f"{place}#{'1' * 10240}",
        "no digits": f"{place}#",
        "no fragment": place,
        "a letter": f"{address}x",
        "a space in it": f"{place}#{digits[:40]} {digits[40:]}",
        "spaces around": f"  {address} ",
        "arabic digits": f"{place}#{digits[:-1]}٣",
        "a minus": f"{place}#-{digits[1:]}",
        "a query": f"{place}?x=1#{digits}",
        "a query of another page": f"{place}x?x=1#{digits}",
        "a query before the path": f"{place.removesuffix('/v')}?/v#{digits}",
        "a query with a space": f"{place}?x= 1#{digits}",
        "a query that is too long": f"{place}?{'x' * 2256}#{digits}",
        "another path": address.replace("/v#", "/w#"),
        "no scheme": address.replace("http://", ""),
        "javascript": f"javascript:alert(1)#{digits}",
        "ftp": address.replace("http", "ftp"),
        "https": address.replace("http", "https"),
        "two hashes": f"{place}##{digits}",
        "too large a group": f"{place}#{'9' * 17}",
        "zeros": f"{place}#{'0' * 17}",
        "empty": "",
        "words": "bukan alamat",
    }
    cases = [make_case(name, address=text) for name, text in odd.items()]
    words = compare(in_browser, cases)
    assert {name for name, word in words.items() if word == "SAH"} == {"host in capitals", "spaces around", "a query"}


def test_random_digits_are_never_an_error_and_never_sah(make_case: Make, in_browser: Decide) -> None:
    """Any bytes in a QR."""
    cases = []
    for length in range(1, 300, 3):
        address = credential.to_address(secrets.token_bytes(length), origin="http://localhost:5000")
        cases.append(make_case(f"random {length}", address=address))
    assert set(compare(in_browser, cases).values()) == {"TIDAK DIKENAL"}


def _status(city: City, lst: bytes) -> bytes:
    claims = status.TokenClaims(
        uri=f"{city.origin}/s/0",
        issued_at=int(NOW.timestamp()),
        expires_at=int(NOW.timestamp()) + 9,
        ttl=1,
        lst=lst,
    )
    signature = city.issuer.sign(status.to_be_signed(claims, kid=city.issuer.kid))
    return status.assemble(claims, kid=city.issuer.kid, signature=signature)


def test_a_status_list_that_unpacks_badly_is_refused_alike(city: City, make_case: Make, in_browser: Decide) -> None:
    """A bomb, rubbish after the end, a cut end, no zlib at all."""
    packed = status.encode(bytes(64))
    cases = [
        make_case("well packed", status_token=_status(city, packed)),
        make_case("bomb", status_token=_status(city, zlib.compress(bytes(40_000_000)))),
        make_case("more after the end", status_token=_status(city, packed + b"\0")),
        make_case("cut", status_token=_status(city, packed[:-1])),
        make_case("raw deflate", status_token=_status(city, packed[2:-4])),
        make_case("nothing", status_token=_status(city, b"")),
        make_case("nothing packed", status_token=_status(city, zlib.compress(b""))),
    ]
    words = compare(in_browser, cases)
    assert {name for name, word in words.items() if word == "SAH"} == {"well packed"}


def _resigned(city: City, **changes: object) -> bytes:
    """Return a key set with changed members, signed by the true key."""
    members = canonical.decode_object(city.key_set(), reason=None)  # type: ignore[arg-type]
    del members["signature"]
    payload = canonical.encode({**members, **changes})  # type: ignore[dict-item]
    return keyset.sign(payload, kid=city.issuer.kid, sign=city.issuer.sign)


def test_a_key_set_of_wrong_form_is_refused_alike(city: City, make_case: Make, in_browser: Decide) -> None:
    """Signed by the true key, so that only its form can be refused."""
    (key,) = canonical.decode_object(city.key_set(), reason=None)["keys"]  # type: ignore[arg-type,misc]
    x = str(key["x"])
    changes: dict[str, dict[str, object]] = {
        "as it was": {},
        "no keys": {"keys": []},
        "keys no list": {"keys": {}},
        "key no object": {"keys": [1]},
        "version 0": {"version": 0},
        "version a text": {"version": "3"},
        "version true": {"version": True},
        "policy": {"witness_policy": {}},
        "more members": {"more": 1},
        "no host": {"iss": ""},
        "log empty": {"log": {}},
        "log no object": {"log": "x"},
        "log without a key": {"log": {"origin": "x", "vkey": ""}},
        "log key of another name": {"log": {"origin": "x", "vkey": "x+00000000+AQ=="}},
        "key off the curve": {"keys": [{**key, "x": ("B" if x[0] == "A" else "A") + x[1:]}]},
        "key short": {"keys": [{**key, "x": x[:-4]}]},
        "key for encryption": {"keys": [{**key, "use": "enc"}]},
        "key of another curve": {"keys": [{**key, "crv": "P-384"}]},
        "key RSA": {"keys": [{**key, "kty": "RSA"}]},
        "key id short": {"keys": [{**key, "kid": "AAAA"}]},
        "key with more": {"keys": [{**key, "d": x}]},
    }
    cases = [make_case(name, key_set=_resigned(city, **each)) for name, each in changes.items()]
    words = compare(in_browser, cases)
    assert {name for name, word in words.items() if word == "SAH"} == {"as it was"}
