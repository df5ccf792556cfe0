"""What a log submits to a witness: one form only."""

from __future__ import annotations

import base64

import pytest

from pakta.core import submission
from pakta.core.errors import Reason
from tests.core.refusing import refused

HASH = bytes(range(32))
LINE = base64.b64encode(HASH).decode()
NOTE = b"asal\n7\nAAAA\n\n\xe2\x80\x94 asal AAAAAAAA\n"


def test_a_request_is_read_back() -> None:
    made = submission.make(old_size=3, path=[HASH, bytes(32)], checkpoint=NOTE)
    assert made.startswith(f"old 3\n{LINE}\n".encode())
    assert submission.parse(made) == submission.Submission(3, (HASH, bytes(32)), NOTE)
    first = submission.make(old_size=0, path=[], checkpoint=NOTE)
    assert first == b"old 0\n\n" + NOTE
    assert submission.parse(first) == submission.Submission(0, (), NOTE)


@pytest.mark.parametrize(
    "head",
    [
        "",
        "old",
        "old ",
        "old x",
        "old 01",
        "old -1",
        "old  1",
        "Old 1",
        "size 1",
        "old ٣",
        "old 1 ",
        f"old 1\n{LINE[:-1]}",
        f"old 1\n{LINE} ",
        f"old 1\n{LINE}=",
        "old 1\n" + base64.b64encode(HASH[:31]).decode(),
        "old 1\n" + base64.b64encode(HASH + b"x").decode(),
        "old 1" + f"\n{LINE}" * 64,
        f"old 1\r\n{LINE}",
    ],
)
def test_any_other_form_is_refused(head: str) -> None:
    with refused(Reason.SUBMISSION_MALFORMED):
        submission.parse(f"{head}\n\n".encode() + NOTE)


def test_a_request_without_an_empty_line_is_refused() -> None:
    with refused(Reason.SUBMISSION_MALFORMED):
        submission.parse(b"old 1\n" + NOTE.split(b"\n\n")[0])


def test_sixty_three_hashes_are_the_most() -> None:
    assert len(submission.parse(submission.make(old_size=1, path=[HASH] * 63, checkpoint=NOTE)).path) == 63
