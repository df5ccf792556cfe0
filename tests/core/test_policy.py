"""The policy: who must have cosigned, read as C2SP wrote it and nothing looser."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pakta.core import cosignature, merkle, note, policy
from pakta.core.errors import Reason, Refusal
from tests.core.refusing import refused

KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)) for number in range(1, 40)]
LOG = Ed25519PrivateKey.from_private_bytes(bytes(32))
ORIGIN = "pakta.contoh.go.id/log"
BODY = note.checkpoint_body(origin=ORIGIN, size=5, root=merkle.EMPTY_ROOT)
HEAD = note.sign(BODY, name=ORIGIN, public_key=LOG.public_key().public_bytes_raw(), sign=LOG.sign)


def vkey(number: int) -> str:
    """Return the verifier key of a witness."""
    return cosignature.vkey(name=f"saksi{number}", public_key=KEYS[number].public_key().public_bytes_raw())


def line(number: int, at: int, body: bytes = BODY) -> bytes:
    """Return the cosignature of a witness."""
    key = KEYS[number]
    public = key.public_key().public_bytes_raw()
    return cosignature.sign(body, at=at, name=f"saksi{number}", public_key=public, sign=key.sign).encode()


LOG_LINE = (
    f"log {note.vkey(name=ORIGIN, public_key=LOG.public_key().public_bytes_raw())} https://pakta.contoh.go.id/log\n"
)
TEXT = (
    "# tiga di kota, dua di luar\n\n"
    + LOG_LINE
    + "".join(f"\twitness  X{number} {vkey(number)} https://saksi{number}.contoh\n" for number in (1, 2, 3))
    + "".join(f"witness Y{number} {vkey(number)}\n" for number in (4, 5))
    + "group kota 2 X1 X2 X3\ngroup luar any Y4 Y5 \ngroup semua all kota luar\nquorum semua\n"
)
POLICY = policy.parse(TEXT.encode())


def at(*lines: bytes) -> int:
    """Return since when these cosignatures are a quorum."""
    return policy.verify(HEAD + b"".join(lines), policy=POLICY).at


def test_the_whole_policy_is_read() -> None:
    assert POLICY.logs == (LOG_LINE.split()[1],)
    assert POLICY.witnesses["X2"] == policy.Witness("X2", vkey(2), "https://saksi2.contoh")
    assert POLICY.witnesses["Y5"].url == ""
    assert POLICY.groups == {
        "kota": policy.Group(2, ("X1", "X2", "X3")),
        "luar": policy.Group(1, ("Y4", "Y5")),
        "semua": policy.Group(2, ("kota", "luar")),
    }
    assert POLICY.quorum == "semua"


def test_a_quorum_stands_since_its_last_member_cosigned() -> None:
    assert at(line(1, 10), line(2, 30), line(4, 20)) == 30
    assert at(line(1, 10), line(2, 30), line(3, 15), line(4, 20), line(5, 40)) == 20
    found = policy.verify(HEAD + line(1, 10) + line(3, 30) + line(5, 20), policy=POLICY)
    assert found.times == {"X1": 10, "X3": 30, "Y5": 20}


@pytest.mark.parametrize("who", [(), (1,), (1, 2), (1, 2, 3), (4, 5), (1, 4, 5)])
def test_too_few_are_refused(who: tuple[int, ...]) -> None:
    with refused(Reason.WITNESSES_TOO_FEW):
        at(*(line(number, 10) for number in who))


def test_strangers_and_repetitions_do_not_count() -> None:
    with refused(Reason.WITNESSES_TOO_FEW):
        at(line(1, 10), line(1, 11), line(4, 10), line(6, 10))


def test_one_false_cosignature_of_a_known_witness_spoils_the_note() -> None:
    with refused(Reason.NOTE_SIGNATURE):
        at(line(1, 10), line(2, 10), line(4, 10), line(3, 10, body=b"lain\n"))


def test_a_single_witness_may_be_the_quorum_and_none_may_be_wanted() -> None:
    one = policy.parse(f"witness W {vkey(1)}\nquorum W\n".encode())
    assert policy.verify(HEAD + line(1, 5), policy=one).at == 5
    with refused(Reason.WITNESSES_TOO_FEW):
        policy.verify(HEAD, policy=one)
    nobody = policy.parse(b"quorum none\n")
    assert policy.verify(HEAD, policy=nobody) == policy.Cosigned({}, 0)


W = f"witness A {vkey(1)}\nwitness B {vkey(2)}\n"
BAD = {
    "no quorum": W,
    "two quorums": W + "quorum A\nquorum B\n",
    "quorum of nobody known": W + "quorum C\n",
    "quorum before its witness": f"quorum A\n{W}",
    "quorum with too much": W + "quorum A B\n",
    "unknown word": W + "mirror A\nquorum A\n",
    "witness without a key": "witness A\nquorum A\n",
    "witness with too much": f"witness A {vkey(1)} https://a b\nquorum A\n",
    "the name none": f"witness none {vkey(1)}\nquorum none\n",
    "a name twice": f"witness A {vkey(1)}\nwitness A {vkey(2)}\nquorum A\n",
    "a key twice": f"witness A {vkey(1)}\nwitness B {vkey(1)}\nquorum A\n",
    "a log's key as a witness": "witness A " + LOG_LINE.split()[1] + "\nquorum A\n",
    "a witness's key as a log": f"log {vkey(1)}\nquorum none\n",
    "a log twice": LOG_LINE * 2 + "quorum none\n",
    "group without members": W + "group G 1\nquorum G\n",
    "group of a stranger": W + "group G 1 A C\nquorum G\n",
    "group with a member twice": W + "group G 1 A A\nquorum G\n",
    "group with none": W + "group G any none\nquorum G\n",
    "group over more than there are": W + "group G 3 A B\nquorum G\n",
    "group over zero": W + "group G 0 A B\nquorum G\n",
    "group over a word": W + "group G some A B\nquorum G\n",
    "group over 01": W + "group G 01 A B\nquorum G\n",
    "a member of two groups": W + "group G any A\ngroup H any A B\nquorum H\n",
    "a group with a taken name": W + "group A any B\nquorum A\n",
    "a carriage return": W + "quorum A\r\n",
    "too many witnesses": "".join(f"witness W{n} {vkey(n)}\n" for n in range(33)) + "quorum W1\n",
    "too long": "#" * 70_000 + "\nquorum none\n",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_any_other_text_is_refused(text: str) -> None:
    with refused(Reason.POLICY_MALFORMED):
        policy.parse(text.encode())


def test_the_line_is_named() -> None:
    with pytest.raises(Refusal) as found:
        policy.parse((W + "\nquorum C\n").encode())
    assert found.value.detail == "4"


def test_bytes_beyond_ascii_are_names_like_any_other() -> None:
    found = policy.parse(b"witness \xe2\x84\xaa " + vkey(1).encode() + b"\n# \xff\nquorum \xe2\x84\xaa")
    assert found.quorum in found.witnesses


def test_times_alone_tell_since_when_there_is_a_quorum() -> None:
    assert policy.since(POLICY, times={"X1": 3, "X2": 9, "X3": 5, "Y5": 1}) == 5
    assert policy.since(POLICY, times={"X1": 3, "Y4": 4, "Y5": 5}) is None
    assert policy.since(POLICY, times={"kota": 1, "luar": 1}) is None
    assert policy.since(policy.parse((W + "quorum none\n").encode()), times={}) == 0
