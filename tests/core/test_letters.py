"""The letters of C2SP's texts, each held by a case of its own; docs/formats.md says which sentence asks for it."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pakta.core import cosignature, merkle, note, policy, submission, tiles
from pakta.core.errors import Reason, Refusal
from tests.core.refusing import flipped, refused

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
NAME = "pakta.contoh.go.id/log"
PUBLIC = KEY.public_key().public_bytes_raw()
VKEY = note.vkey(name=NAME, public_key=PUBLIC)
ROOT = base64.b64encode(merkle.leaf_hash(b"x")).decode()
BODY = f"{NAME}\n1\n{ROOT}\n".encode()
ID = note.parse_vkey(VKEY).key_id


def line(name: str = NAME, *, key: Ed25519PrivateKey = KEY, body: bytes = BODY) -> bytes:
    """Return a signature line."""
    public = key.public_key().public_bytes_raw()
    return note.signature_line(name=name, public_key=public, kind=note.ED25519, signature=key.sign(body)).encode()


def by_id(name: str, key_id: bytes, signature: bytes) -> bytes:
    """Return a signature line under any id."""
    return f"— {name} {base64.b64encode(key_id + signature).decode()}\n".encode()


def opened(*lines: bytes, body: bytes = BODY) -> bytes:
    """Open a note with these lines of signatures."""
    return note.verify(body + b"\n" + b"".join(lines), verifier_key=VKEY)


@pytest.mark.parametrize("count", [1, 16, 99])
def test_a_note_may_carry_many_signatures(count: int) -> None:
    """Verifiers MUST accept at least up to 16, and SHOULD apply a limit: ours is 100."""
    strangers = [line(f"saksi{at}", key=OTHER) for at in range(count)]
    assert opened(*strangers, line()) == BODY
    assert opened(line(), *strangers) == BODY


def test_sixteen_signatures_of_5_kb_each_are_read() -> None:
    strangers = [by_id(f"saksi{at}", bytes(4), bytes(5000)) for at in range(16)]
    assert opened(*strangers, line()) == BODY


def test_more_than_a_hundred_signatures_are_refused() -> None:
    with refused(Reason.NOTE_MALFORMED):
        opened(line(), *[line(f"saksi{at}", key=OTHER) for at in range(100)])


def test_a_stranger_who_shares_our_name_or_our_id_is_ignored() -> None:
    """Verifiers MUST ignore unknown keys even if they share a name or an id, but not both."""
    signature = OTHER.sign(BODY)
    assert opened(by_id(NAME, bytes(4), signature), line()) == BODY
    assert opened(by_id("saksi", ID, signature), line()) == BODY
    for alone in (by_id(NAME, bytes(4), signature), by_id("saksi", ID, KEY.sign(BODY))):
        with refused(Reason.NOTE_UNSIGNED):
            opened(alone)


def test_a_false_signature_of_ours_spoils_a_note_wherever_it_stands() -> None:
    false = by_id(NAME, ID, flipped(KEY.sign(BODY), 77))
    for lines in ((false,), (false, line()), (line(), false), (line(key=OTHER), false, line())):
        with refused(Reason.NOTE_SIGNATURE):
            opened(*lines)


@pytest.mark.parametrize("length", [1, 63, 65, 128])
def test_a_signature_of_ours_has_64_bytes(length: int) -> None:
    with refused(Reason.NOTE_SIGNATURE):
        opened(by_id(NAME, ID, (KEY.sign(BODY) * 2)[:length]))


@pytest.mark.parametrize("control", [chr(at) for at in range(32) if at != 10])
def test_no_control_character_but_the_newline_is_in_a_note(control: str) -> None:
    """Also where it is signed: CR LF and tabs too."""
    body = BODY + f"a{control}b\n".encode()
    with refused(Reason.NOTE_MALFORMED):
        opened(line(body=body), body=body)


def test_bytes_from_delete_upward_are_no_control_characters() -> None:
    body = BODY + "a\x7fb é 𝄞\n".encode()
    assert opened(line(body=body), body=body) == body


@pytest.mark.parametrize("sign", " +\u0085\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000")
def test_no_name_has_a_space_or_a_plus(sign: str) -> None:
    """Key names MUST NOT contain any Unicode spaces or plus; neither in a key nor in anybody's signature line."""
    with refused(Reason.NOTE_MALFORMED):
        opened(by_id(f"a{sign}b", bytes(4), bytes(64)), line())
    with refused(Reason.VKEY_MALFORMED):
        note.parse_vkey(note.vkey(name=f"a{sign}b", public_key=PUBLIC))


def test_other_signs_may_be_in_a_name() -> None:
    for name in ("a", "saksi.contoh/é", "\ufeffa", "a\u200bb", "—"):
        assert note.parse_vkey(note.vkey(name=name, public_key=PUBLIC)).name == name
        assert opened(line(name, key=OTHER), line()) == BODY


def test_the_text_ends_at_the_last_empty_line() -> None:
    """The note text MAY contain empty lines; a checkpoint's may not."""
    body = BODY + b"\nmore\n\n"
    assert opened(line(body=body), body=body) == body
    with refused(Reason.CHECKPOINT_MALFORMED):
        note.parse_checkpoint(body)


def test_a_signature_in_the_text_is_none() -> None:
    body = BODY + b"\n" + line()
    assert opened(line(body=body), body=body) == body
    with refused(Reason.NOTE_UNSIGNED):
        opened(line(key=OTHER, body=body), body=body)


@pytest.mark.parametrize("tail", ["", "\n", "\r\n", " \n", "\n\n", " more\n"])
def test_a_signature_line_ends_with_one_newline(tail: str) -> None:
    if tail == "\n":
        assert opened(line()[:-1] + tail.encode()) == BODY
        return
    with refused(Reason.NOTE_MALFORMED):
        opened(line()[:-1] + tail.encode())


@pytest.mark.parametrize(
    "encoded", ["=", "A", "AA=", "AAAAAA", "AAAAAAB=", "AAAA AAA=", "AAAAAAA=\u00a0", "A_A-AAA=", "AAAAAAA=="]
)
def test_base64_has_one_form(encoded: str) -> None:
    with refused(Reason.NOTE_MALFORMED):
        opened(line(), f"— saksi {encoded}\n".encode())
    assert opened(line(), "— saksi AAAAAAA=\n".encode()) == BODY


@pytest.mark.parametrize("kind", [b"\x00", b"\x02", b"\x03", b"\x05", b"\x06", b"\xff"])
def test_keys_of_other_kinds_are_refused(kind: bytes) -> None:
    other = note.vkey(name=NAME, public_key=PUBLIC, kind=kind)
    for parse in (note.parse_vkey, cosignature.parse_vkey):
        with refused(Reason.VKEY_MALFORMED):
            parse(other)


def test_a_key_id_is_that_of_its_name_kind_and_key() -> None:
    """SHA-256(name || 0x0A || type || key)[:4], in lower-case hexadecimal."""
    name, digits, key = VKEY.split("+", 2)
    for other in (digits.upper(), "0" + digits, digits[:-1], "00000000"):
        if other != digits:
            with refused(Reason.VKEY_MALFORMED):
                note.parse_vkey(f"{name}+{other}+{key}")
    with refused(Reason.VKEY_MALFORMED):
        note.parse_vkey(f"{name}x+{digits}+{key}")


def test_an_origin_may_be_any_line() -> None:
    """Clients MUST NOT assume that the origin is a URL."""
    for origin in ("go.sum database tree", "a+b", "é", "https://x/"):
        assert note.parse_checkpoint(f"{origin}\n1\n{ROOT}\n".encode()).origin == origin


@pytest.mark.parametrize("size", [0, 1, 999_999_999_999_999])
def test_a_size_below_ten_to_the_fifteenth_is_read(size: int) -> None:
    assert note.parse_checkpoint(f"a\n{size}\n{ROOT}\n".encode()).size == size


@pytest.mark.parametrize("size", ["", "00", "01", "+1", "-0", " 1", "1 ", "1.0", "1e3", "0x1", "1_0", "１", "²"])
def test_a_size_has_one_form(size: str) -> None:
    for parse in (_size_of_checkpoint, _size_of_submission):
        with refused(Reason.CHECKPOINT_MALFORMED, Reason.SUBMISSION_MALFORMED):
            parse(size)
        assert parse("10") == 10


@pytest.mark.parametrize("size", [10**15, 1 << 53, 1 << 63, 1 << 64, 10**40])
def test_a_size_beyond_what_every_reader_can_hold_is_refused(size: int) -> None:
    for parse in (_size_of_checkpoint, _size_of_submission):
        with refused(Reason.CHECKPOINT_MALFORMED, Reason.SUBMISSION_MALFORMED):
            parse(str(size))


def _size_of_checkpoint(size: str) -> int:
    return note.parse_checkpoint(f"a\n{size}\n{ROOT}\n".encode()).size


def _size_of_submission(size: str) -> int:
    return submission.parse(f"old {size}\n\n".encode() + BODY).old_size


@pytest.mark.parametrize("at", [0, 1, (1 << 63) - 1])
def test_a_cosignature_s_time_may_be_any_below_two_to_the_63rd(at: int) -> None:
    vkey = cosignature.vkey(name="saksi", public_key=PUBLIC)
    witnessed = cosignature.sign(BODY, at=at, name="saksi", public_key=PUBLIC, sign=KEY.sign)
    assert cosignature.verify(BODY + b"\n" + witnessed.encode(), verifier_key=vkey) == at


def test_a_cosignature_covers_extension_lines() -> None:
    """If present they MUST be included in the cosigned message."""
    vkey = cosignature.vkey(name="saksi", public_key=PUBLIC)
    body = BODY + b"more\n"
    for signed, holds in ((body, True), (BODY, False)):
        text = body + b"\n" + cosignature.sign(signed, at=7, name="saksi", public_key=PUBLIC, sign=KEY.sign).encode()
        if holds:
            assert cosignature.verify(text, verifier_key=vkey) == 7
        else:
            with refused(Reason.NOTE_SIGNATURE):
                cosignature.verify(text, verifier_key=vkey)


def test_a_key_votes_once_whatever_its_names() -> None:
    """Cosigners MUST use distinct keys; two vkeys of one key are the same witness, and a log is none of its own."""
    mine, same = (cosignature.vkey(name=name, public_key=PUBLIC) for name in ("a", "b"))
    for first in (f"witness A {mine}", f"log {VKEY}"):
        with pytest.raises(Refusal):
            policy.parse(f"{first}\nwitness B {same}\nquorum B\n".encode())


@pytest.mark.parametrize("sizes", [(0, 1), (0, 5), (1, 1), (5, 5)])
def test_where_nothing_is_to_be_proved_nothing_is_taken_for_a_proof(sizes: tuple[int, int]) -> None:
    """From an empty tree, and to an equal one, the path MUST be empty."""
    leaves = [merkle.leaf_hash(bytes([at])) for at in range(5)]
    old, new = sizes
    roots = {"old_root": merkle.root(leaves[:old]), "new_root": merkle.root(leaves[:new])}
    merkle.verify_consistency(old_size=old, new_size=new, path=[], **roots)
    for path in ([leaves[0]], [roots["old_root"]], [roots["new_root"]], [leaves[0]] * 63):
        with refused(Reason.PATH_LENGTH):
            merkle.verify_consistency(old_size=old, new_size=new, path=path, **roots)


@pytest.mark.parametrize("size", [2, 3, 7, 8, 255, 256, 257])
def test_a_hash_that_is_repeated_proves_nothing(size: int) -> None:
    leaves = [merkle.leaf_hash(b"%d" % at) for at in range(size)]
    root = merkle.root(leaves)
    for index in {0, size // 2, size - 1}:
        path = merkle.inclusion_path(leaves, index)
        given = {"leaf_hash": leaves[index], "index": index, "size": size, "root": root}
        for at, each in enumerate(path):
            with refused(Reason.PATH_LENGTH, Reason.ROOT_DIFFERS):
                merkle.verify_inclusion(path=[*path[:at], each, *path[at:]], **given)
        with refused(Reason.ROOT_DIFFERS, Reason.PATH_LENGTH):
            merkle.verify_inclusion(path=[leaves[index]] * len(path), **given)


@pytest.mark.parametrize("level", range(64))
def test_a_tile_s_level_is_0_to_63(level: int) -> None:
    assert tiles.parse_tile_path(f"{level}/000") == (level, 0, 256)
    for other in (f"0{level}", f"+{level}", f"{level} ", f"{level + 64}"):
        with refused(Reason.TILE_PATH):
            tiles.parse_tile_path(f"{other}/000")


@pytest.mark.parametrize("width", range(1, 256))
def test_a_partial_tile_is_1_to_255_wide(width: int) -> None:
    assert tiles.parse_tile_path(f"0/000.p/{width}") == (0, 0, width)
    for other in (f"0{width}", f"{width + 255}", f"-{width}", f"{width}/"):
        if other != str(width):
            with refused(Reason.TILE_PATH):
                tiles.parse_tile_path(f"0/000.p/{other}")


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000])
def test_a_partial_tile_is_as_wide_as_the_tree_says(size: int) -> None:
    """floor(size / 256**level) mod 256 hashes; an empty one there is not."""
    last = {level: width for level, _, width in tiles.tiles_for(0, size)}
    for level in range(4):
        over = size // 256**level
        assert last.get(level, 0) == (over % 256 or (256 if over else 0))
