"""A sealed file's own proof under a policy: its witnessed time, and a certificate that claims a later one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pakta.certificates.models import IssuedCredential
from pakta.core import note, policy
from pakta.verification.document import Finding
from pakta.web import display
from tests.people import City
from tests.verification.paper import WitnessKey
from tests.verification.test_document import Examine, attached, city, examine, file_of, marks, resealed, siti

__all__ = ["city", "examine", "siti"]  # fixtures

ONE, TWO, STRANGER = (WitnessKey(f"saksi-{name}.contoh.go.id") for name in ("satu", "dua", "lain"))
BOTH = policy.parse(f"witness satu {ONE.vkey}\nwitness dua {TWO.vkey}\ngroup g all satu dua\nquorum g\n".encode())


def with_lines(proof: bytes, *witnesses: WitnessKey, at: int, body: bytes | None = None) -> bytes:
    """Return a proof whose head these witnesses have cosigned, or another body."""
    checkpoint = proof.partition(b"\n\n")[2]
    signed = checkpoint.rpartition(b"\n\n")[0] + b"\n" if body is None else body
    return proof + b"".join(each.line(signed, at=at) for each in witnesses)


@pytest.fixture
def files(city: City, siti: IssuedCredential) -> dict[str, bytes]:
    """Give what Siti's berkas bukti carries."""
    return attached(city, file_of(city, siti, "berkas-bukti.pdf"))


@pytest.fixture
def issued(siti: IssuedCredential) -> int:
    """Give the second at which her certificate says it was issued."""
    return int(siti.issued_at.timestamp())


def told(finding: Finding) -> str:
    """Return the fact about witnesses."""
    return finding.facts[4][1]


def test_a_proof_that_a_quorum_cosigned_says_the_latest_time_of_the_pact(
    city: City, siti: IssuedCredential, files: dict[str, bytes], issued: int, examine: Examine
) -> None:
    proof = with_lines(files["proof.tlog-proof"], ONE, TWO, at=issued + 60)
    (found,) = examine(resealed(city, {**files, "proof.tlog-proof": proof}), policy=BOTH)
    assert marks(found) == ["yes"] * 6
    assert told(found).endswith(f"paling lambat {display.moment(siti.issued_at + timedelta(seconds=60))}")


@pytest.mark.parametrize(("late", "mark"), [(-60, "yes"), (299, "yes"), (300, "yes"), (301, "no"), (86_400, "no")])
def test_a_certificate_witnessed_before_it_claims_to_be_issued_is_called_wrong(
    city: City, files: dict[str, bytes], issued: int, examine: Examine, late: int, mark: str
) -> None:
    """A clock may run 5 minutes ahead of a witness's, and no more."""
    proof = with_lines(files["proof.tlog-proof"], ONE, TWO, at=issued - late)
    (found,) = examine(resealed(city, {**files, "proof.tlog-proof": proof}), policy=BOTH)
    assert marks(found) == ["yes", "yes", "yes", "yes", mark, "yes"]
    assert ("mengaku baru terbit" in told(found)) == (mark == "no")


def test_a_proof_without_its_quorum_is_not_called_witnessed(
    city: City, files: dict[str, bytes], issued: int, examine: Examine
) -> None:
    """Nor wrong: a file may be older than the policy."""
    plain = files["proof.tlog-proof"]
    for proof in (plain, with_lines(plain, ONE, at=issued), with_lines(plain, ONE, STRANGER, at=issued)):
        (found,) = examine(resealed(city, {**files, "proof.tlog-proof": proof}), policy=BOTH)
        assert marks(found) == ["yes", "yes", "yes", "yes", "unchecked", "yes"]
        assert told(found) == "Belum ada saksi luar pada bukti di dalam berkas"


def test_a_false_cosignature_spoils_the_proof(
    city: City, files: dict[str, bytes], issued: int, examine: Examine
) -> None:
    body = note.checkpoint_body(origin="lain", size=1, root=bytes(32))
    plain = with_lines(files["proof.tlog-proof"], ONE, TWO, at=issued)
    (found,) = examine(
        resealed(city, {**files, "proof.tlog-proof": with_lines(plain, TWO, at=issued, body=body)}), policy=BOTH
    )
    assert marks(found) == ["yes", "yes", "yes", "no", "yes"]
    assert "NOTE_SIGNATURE" in found.facts[3][1]
    enrolment = with_lines(files["enrolment.tlog-proof"], TWO, at=issued, body=body)
    (found,) = examine(resealed(city, {**files, "enrolment.tlog-proof": enrolment}), policy=BOTH)
    assert marks(found) == ["yes", "yes", "yes", "yes", "unchecked", "no"]
    assert "NOTE_SIGNATURE" in found.facts[5][1]


def test_where_nobody_is_asked_for_nothing_is_said_of_witnesses(
    city: City, files: dict[str, bytes], issued: int, examine: Examine
) -> None:
    proof = with_lines(files["proof.tlog-proof"], ONE, TWO, at=issued)
    (found,) = examine(resealed(city, {**files, "proof.tlog-proof": proof}))
    assert marks(found) == ["yes"] * 5


@pytest.mark.parametrize(("later", "said"), [(86_400, False), (86_401, True)])
def test_a_certificate_that_witnesses_saw_a_day_late_says_whose_word_its_own_time_is(
    city: City, files: dict[str, bytes], issued: int, examine: Examine, later: int, said: bool
) -> None:
    proof = with_lines(files["proof.tlog-proof"], ONE, TWO, at=issued + later)
    (found,) = examine(resealed(city, {**files, "proof.tlog-proof": proof}), policy=BOTH)
    told_late = [text for mark, text in found.facts if mark == "unchecked" and "hanya kata penerbit" in text]
    assert bool(told_late) is said
