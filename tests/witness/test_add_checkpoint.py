"""`add-checkpoint`, each answer of C2SP tlog-witness beside the request that is just right."""

from __future__ import annotations

import base64
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pakta.core import merkle, note, submission
from pakta.witness.application import LONGEST
from pakta.witness.rules import Doubt
from tests.core.refusing import each_flip
from tests.verification.paper import City
from tests.witness.growing import fork, grown, origin_of, request
from tests.witness.running import Answer, Witness


def signed(city: City, body: bytes) -> bytes:
    """Return any text signed with the log's key."""
    name = note.parse_vkey(city.ledger_vkey).name
    return note.sign(body, name=name, public_key=city.ledger_public, sign=city.ledger_key.sign)


def is_conflict(answer: Answer, size: int) -> bool:
    """Say whether the answer is the standard's 409 with this size."""
    return (answer.status, answer.kind, answer.body) == (409, "text/x.tlog.size", f"{size}\n".encode())


def test_a_log_that_only_grows_is_cosigned_with_the_present_time(witness: Witness, city: City) -> None:
    before, old = int(time.time()), 0
    for size in (1, 2, 3, 7, 8, 20):
        answer = witness.add(request(city, old, size))
        assert before <= witness.time_of(answer, city.checkpoint(size)) <= time.time()
        assert answer.body.decode().startswith("— saksi.example ") and answer.body.endswith(b"\n")
        old = size
    assert witness.head(origin_of(city)).size == 20


def test_the_same_head_is_cosigned_again(witness: Witness, city: City) -> None:
    first = witness.time_of(witness.add(request(city, 0, 5)), city.checkpoint(5))
    time.sleep(1.1)
    assert witness.time_of(witness.add(request(city, 5, 5)), city.checkpoint(5)) > first


def test_an_empty_log_is_cosigned_and_grows(witness: Witness, city: City) -> None:
    witness.time_of(witness.add(request(city, 0, 0)), city.checkpoint(0))
    witness.time_of(witness.add(request(city, 0, 4)), city.checkpoint(4))


def test_an_empty_log_with_another_root_is_a_conflict(witness: Witness, city: City) -> None:
    wrong = signed(city, note.checkpoint_body(origin=origin_of(city), size=0, root=bytes(32)))
    assert is_conflict(witness.add(submission.make(old_size=0, path=(), checkpoint=wrong)), 0)
    assert witness.head(origin_of(city)).cosigned_at == 0


def test_extension_lines_and_signatures_of_others_are_taken_along(witness: Witness, city: City) -> None:
    body = note.checkpoint_body(
        origin=origin_of(city), size=3, root=merkle.root([*map(merkle.leaf_hash, city.entries[:3])])
    )
    stranger = grown(1)
    text = signed(city, body + b"an extension\n") + signed(stranger, body).rpartition(b"\n\n")[2]
    witness.time_of(witness.add(submission.make(old_size=0, path=(), checkpoint=text)), text)


def test_an_unknown_origin_is_not_found(witness: Witness, city: City) -> None:
    other = grown(5, origin="http://lain.example", key=city.ledger_key)
    assert witness.add(request(other, 0, 5)).status == 404
    assert witness.add(request(city, 0, 5)).status == 200


def test_a_checkpoint_that_no_trusted_key_signed_is_forbidden(witness: Witness, city: City) -> None:
    stranger = City(origin=city.origin, entries=city.entries)
    assert witness.add(request(stranger, 0, 5)).status == 403
    whole = request(city, 0, 5)
    line = whole.splitlines()[-1]
    forged = b"\xe2\x80\x94 " + line.split()[1] + b" "
    data = base64.b64decode(line.split()[2])
    bad = forged + base64.b64encode(data[:-1] + bytes([data[-1] ^ 1])) + b"\n"
    assert witness.add(whole[: -len(line) - 1] + bad).status == 403
    assert witness.add(whole + bad).status == 403  # each signature of a trusted key must hold
    assert witness.add(whole).status == 200


def test_either_of_two_trusted_keys_of_a_log_is_enough(witness: Witness, city: City) -> None:
    renewed = City(origin=city.origin, entries=city.entries)
    witness.trust(renewed.ledger_vkey)
    witness.time_of(witness.add(request(city, 0, 5)), city.checkpoint(5))
    witness.time_of(witness.add(request(renewed, 5, 9)), renewed.checkpoint(9))


@pytest.mark.parametrize("first", [True, False])
def test_where_two_keys_are_trusted_the_signature_of_each_that_signed_must_hold(
    witness: Witness, city: City, first: bool
) -> None:
    other = Ed25519PrivateKey.generate()
    public, name = other.public_key().public_bytes_raw(), origin_of(city)
    witness.trust(note.vkey(name=name, public_key=public))
    whole, body = city.checkpoint(5), note.unverified_body(city.checkpoint(5))
    line = note.sign(body, name=name, public_key=public, sign=other.sign).rpartition(b"\n\n")[2]
    wrong = note.sign(body, name=name, public_key=public, sign=lambda _: bytes(64)).rpartition(b"\n\n")[2]

    def asked(added: bytes) -> int:
        text, own = whole.rpartition(b"\n\n")[0] + b"\n\n", whole.rpartition(b"\n\n")[2]
        both = own + added if first else added + own
        return witness.add(submission.make(old_size=0, path=(), checkpoint=text + both)).status

    assert asked(wrong) == 403
    assert asked(line) == 200


def test_a_key_that_is_trusted_no_longer_signs_for_nothing(witness: Witness, city: City) -> None:
    assert witness.add(request(city, 0, 5)).status == 200
    with witness.store.writing() as logs:
        assert logs.distrust(city.ledger_vkey)
    assert witness.add(request(city, 5, 6)).status == 404
    assert witness.head(origin_of(city)).size == 5


def test_an_old_size_above_the_new_one_is_a_bad_request(witness: Witness, city: City) -> None:
    assert witness.add(request(city, 0, 8)).status == 200
    assert witness.add(submission.make(old_size=8, path=(), checkpoint=city.checkpoint(7))).status == 400
    assert witness.add(request(city, 8, 8)).status == 200


@pytest.mark.parametrize("old", [0, 4, 9])
def test_another_old_size_is_a_conflict_that_says_the_right_one(witness: Witness, city: City, old: int) -> None:
    assert witness.add(request(city, 0, 8)).status == 200
    assert is_conflict(witness.add(request(city, old, 12)), 8)
    assert witness.add(request(city, 8, 12)).status == 200


def test_an_unknown_log_s_old_size_is_zero(witness: Witness, city: City) -> None:
    assert is_conflict(witness.add(request(city, 3, 8)), 0)


@pytest.mark.parametrize("change", ["short", "long", "other", "empty", "swapped"])
def test_a_proof_that_does_not_hold_is_unprocessable(witness: Witness, city: City, change: str) -> None:
    assert witness.add(request(city, 0, 6)).status == 200
    good = city.consistency(6, 19)
    path = {
        "short": good[:-1], "long": [*good, bytes(32)], "other": [bytes(32), *good[1:]], "empty": [],
        "swapped": good[::-1],
    }[change]  # fmt: skip
    assert witness.add(request(city, 6, 19, path=path)).status == 422
    assert witness.head(origin_of(city)).size == 6
    assert [(kept.doubt, kept.size) for kept in witness.kept(origin_of(city))] == [(Doubt.INCONSISTENT, 19)]
    assert witness.add(request(city, 6, 19, path=good)).status == 200
    assert witness.kept(origin_of(city)) == []  # the proof was bad, not the log


def test_a_proof_where_none_belongs_is_unprocessable_and_says_nothing_of_the_log(
    witness: Witness, city: City
) -> None:
    assert witness.add(request(city, 0, 6, path=[bytes(32)])).status == 422
    assert witness.add(request(city, 0, 6)).status == 200
    assert witness.add(request(city, 6, 6, path=[bytes(32)])).status == 422
    assert witness.add(request(city, 6, 6)).status == 200
    assert witness.kept(origin_of(city)) == []


def test_sixty_three_hashes_are_read_and_sixty_four_are_malformed(witness: Witness, city: City) -> None:
    assert witness.add(request(city, 0, 6)).status == 200
    assert witness.add(request(city, 6, 9, path=[bytes(32)] * 63)).status == 422
    assert witness.add(request(city, 6, 9, path=[bytes(32)] * 64)).status == 400


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"old 0\n", b""),
        (b"old 0\n", b"old 00\n"),
        (b"old 0\n", b"old -0\n"),
        (b"old 0\n", b"old  0\n"),
        (b"old 0\n", b"old 0\r\n"),
        (b"old 0\n", b"Old 0\n"),
        (b"old 0\n", b"old 0\nAAAA\n"),
        (b"old 0\n", b"old 0\n\n"),
        (b"old 0\n\n", b"old 0\n"),
        (b"\n5\n", b"\n05\n"),
        (b"\n5\n", b"\n99999999999999999999\n"),
        (b"=\n\n", b"\n\n"),
        (b"\xe2\x80\x94", b"-"),
        (b"log", b"\xff"),
        (b"log", b"\0"),
    ],
)
def test_any_other_form_is_a_bad_request(witness: Witness, city: City, old: bytes, new: bytes) -> None:
    good = request(city, 0, 5)
    assert good.count(old) >= 1
    assert witness.add(good.replace(old, new, 1)).status == 400
    assert witness.add(good[:-1]).status == 400
    assert witness.add(b"").status == 400
    assert witness.add(good).status == 200


def test_no_request_with_a_flipped_bit_is_cosigned(witness: Witness, city: City) -> None:
    assert witness.add(request(city, 0, 6)).status == 200
    good = request(city, 6, 9)
    connection, statuses = witness.connect(), set()
    for changed in each_flip(good):
        connection.request("POST", "/add-checkpoint", changed)
        answer = connection.getresponse()
        answer.read()
        statuses.add(answer.status)
    connection.close()
    assert statuses == {400, 403, 404, 409, 422}
    assert witness.head(origin_of(city)).size == 6
    assert witness.add(good).status == 200


def test_a_request_beyond_all_measure_is_not_read(witness: Witness, city: City) -> None:
    good = request(city, 0, 5)
    stranger = request(grown(1), 0, 1).splitlines(keepends=True)[-1]
    assert witness.add(good + stranger * ((LONGEST - len(good)) // len(stranger) + 1)).status == 413
    connection = witness.connect()
    connection.putrequest("POST", "/add-checkpoint")
    connection.putheader("Content-Length", str(1 << 40))
    connection.endheaders()
    assert connection.getresponse().status == 413  # although not one byte of it came
    connection.close()
    assert witness.add(good + stranger * 99).status == 200


def test_a_body_in_chunks_is_read_to_the_same_limit(witness: Witness, city: City) -> None:
    connection, good = witness.connect(), request(city, 0, 5)
    connection.request("POST", "/add-checkpoint", iter([good[:50], good[50:]]), encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, len(answer.read()) > 0) == (200, True)
    connection.request("POST", "/add-checkpoint", iter([b"x" * 1000] * 70), encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_other_addresses_and_methods_are_refused(witness: Witness, city: City) -> None:
    assert witness.ask("GET", "/add-checkpoint").status == 405
    assert witness.ask("POST", "/", request(city, 0, 5)).status == 405
    assert witness.ask("POST", "/add-checkpoint/", request(city, 0, 5)).status == 404
    assert witness.ask("GET", "/witness.sqlite").status == 404
    assert witness.ask("POST", "/add-checkpoint", request(city, 0, 5)).status == 200


def test_the_page_names_the_witness_its_key_and_its_logs(witness: Witness, city: City) -> None:
    assert f"Catatan {origin_of(city)}\n" in witness.ask("GET", "/").body.decode()
    witness.add(request(city, 0, 5))
    answer = witness.ask("GET", "/")
    said = answer.body.decode()
    assert (answer.status, answer.kind) == (200, "text/plain; charset=utf-8")
    assert witness.vkey in said and f"Catatan {origin_of(city)}" in said and "5 entri" in said
    assert witness.ask("HEAD", "/").body == b""


def test_logs_do_not_touch_each_other(witness: Witness, city: City) -> None:
    other = grown(9, origin="http://lain.example", key=Ed25519PrivateKey.generate())
    witness.trust(other.ledger_vkey)
    assert witness.add(request(city, 0, 5)).status == 200
    assert is_conflict(witness.add(request(other, 5, 9)), 0)
    assert witness.add(request(other, 0, 9)).status == 200
    assert witness.add(request(city, 5, 6)).status == 200
    # one log's key signs for that log only, even where both are trusted
    mixed = City(origin=other.origin, ledger_key=city.ledger_key, entries=other.entries)
    assert witness.add(request(mixed, 9, 9)).status == 403


@pytest.mark.parametrize("size", [12, 19])
def test_a_forked_log_gets_no_cosignature_and_is_named(witness: Witness, city: City, size: int) -> None:
    assert witness.add(request(city, 0, 12)).status == 200
    lying = fork(city, at=8)
    answer = witness.add(request(lying, 12, size))
    assert answer.status == (409 if size == 12 else 422)
    assert witness.head(origin_of(city)).root == note.parse_checkpoint(note.unverified_body(city.checkpoint(12))).root
    (kept,) = witness.kept(origin_of(city))
    assert (kept.note, kept.beside) == (lying.checkpoint(size), city.checkpoint(12))
    assert kept.doubt is (Doubt.FORKED if size == 12 else Doubt.INCONSISTENT)
    assert "DITOLAK" in witness.ask("GET", "/").body.decode()
    assert witness.add(request(city, 12, 19)).status == 200


def test_an_equivocating_log_is_named_whatever_old_size_it_gives(witness: Witness, city: City) -> None:
    assert witness.add(request(city, 0, 12)).status == 200
    assert is_conflict(witness.add(request(fork(city, at=0), 0, 12)), 12)
    assert [kept.doubt for kept in witness.kept(origin_of(city))] == [Doubt.FORKED]


def test_a_rewound_log_gets_no_cosignature(witness: Witness, city: City) -> None:
    assert witness.add(request(city, 0, 12)).status == 200
    for old in (0, 4, 7):
        assert is_conflict(witness.add(request(city, old, 7)), 12)
    assert witness.add(submission.make(old_size=12, path=(), checkpoint=city.checkpoint(7))).status == 400
    assert witness.head(origin_of(city)).size == 12
    assert witness.kept(origin_of(city)) == []  # every log has once signed its smaller heads


def test_what_is_kept_of_a_lying_log_has_a_bound(witness: Witness, city: City) -> None:
    assert witness.add(request(city, 0, 12)).status == 200
    forks = [fork(city, at=3) for _ in range(60)]
    for each in forks:
        assert witness.add(request(each, 12, 12)).status == 409
        assert witness.add(request(each, 12, 14)).status == 422
        assert witness.add(request(each, 12, 14)).status == 422  # the same one again is kept once
    kept = witness.kept(origin_of(city))
    first = [each.note for each in kept if each.doubt is Doubt.FORKED]
    last = [each.note for each in kept if each.doubt is Doubt.INCONSISTENT]
    assert first == [each.checkpoint(12) for each in forks[:50]]
    assert last == [each.checkpoint(14) for each in forks[-50:]]
