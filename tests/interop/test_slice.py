"""What `make interop` gives to others is first judged by our own code: good is accepted, changed is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from pakta.core import note
from pakta.core.errors import Refusal
from tests.interop import cases, letters, lies, logs
from tests.interop.cases import Case
from tests.interop.given import everything
from tests.interop.logs import Served

SIZES = (1, 2, 257)


@pytest.fixture(scope="module")
def served() -> Iterator[Sequence[Served]]:
    """Serve small logs from memory."""
    made = logs.Made(max(SIZES))
    with logs.serve({str(size): made.files(size) for size in SIZES}) as address:
        yield [Served(f"{address}/{size}", logs.VKEY).at_head() for size in SIZES]


@pytest.fixture(scope="module")
def given(served: Sequence[Served]) -> list[Case]:
    """Make what is good and what is not."""
    return everything(served, [], served[:1])


def test_what_is_good_is_accepted_and_each_change_of_it_refused(given: list[Case]) -> None:
    assert [each.name for each in given if bool(each.ours()) is each.good] == []
    for op in cases.OURS:
        kinds = [each.good for each in given if each.op == op]
        assert kinds.count(True) >= 2 and kinds.count(False) >= 50, op


def test_no_change_is_given_twice_and_none_leaves_all_as_it_was(given: list[Case]) -> None:
    for good in (each for each in given if each.good):
        asked = [each.given for each in cases.changed(good)]
        assert good.given not in asked
        assert all(each not in asked[:at] for at, each in enumerate(asked))
        if len(asked) > 60:
            break


def test_a_log_is_followed_from_its_address_alone(served: Sequence[Served]) -> None:
    assert logs.follow(served, None) == sum(SIZES) + 3


def test_every_lie_is_found_and_the_truth_is_not() -> None:
    told = lies.told()
    assert len(told) > 30
    with logs.serve({name: files for lie in told.values() for name, files in lie.items()}) as address:
        for what, lie in told.items():
            heads = [Served(f"{address}/{name}", logs.VKEY) for name in lie]
            if what == lies.TRUTH:
                logs.follow(heads, lies.LOOKED_AT)
            else:
                with pytest.raises(Refusal):
                    logs.follow(heads, lies.LOOKED_AT)


@pytest.mark.parametrize("each", letters.every(), ids=lambda each: each.case.name)
def test_every_letter_of_the_texts_is_read_as_they_demand(each: letters.Letter) -> None:
    assert bool(each.case.ours()) is not each.case.good


def test_every_letter_is_signed_so_that_its_form_alone_can_be_refused() -> None:
    assert note.verify(letters.GOOD, verifier_key=logs.VKEY) == letters.BODY
    assert len({each.case.given["note"] for each in letters.every()}) == len(letters.every())
