"""The English of a verdict means what the Indonesian means: the words are pinned, and no denial is lost or added."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from pakta.core.verdict import Word
from pakta.verification import words
from pakta.web import language, pictures, wording

WORDS = {
    Word.SAH: "VALID", Word.OLD_KEY: "VALID, OLD KEY CONFIRMED", Word.REVOKED: "REVOKED", Word.SUSPENDED: "SUSPENDED",
    Word.UNKNOWN: "NOT RECOGNISED", Word.EXPIRED: "EXPIRED", Word.UNCHECKED: "CANNOT BE CHECKED",
}  # fmt: skip
MARKS = {"yes": "Passed: ", "no": "Failed: ", "unchecked": "Not checked: ", "time": "Time: "}
SAME = (  # what stands in the one if and only if it stands in the other
    (r"\bdicabut\b", r"\brevoked\b"),
    (r"\bditangguhkan\b", r"\bsuspended\b"),
    (r"jangan diterima", r"do not accept"),
    (r"\bpalsu\b", r"\b(forged|false)\b"),
    (
        r"\b(belum|tidak|bukan|jangan|tanpa|lewat|nanti|di luar)\b",
        r"\b(not|no|nothing|never|cannot|without|yet|too few|nobody|outside its|out of reach|neither)\b",
    ),
)


def said() -> Iterator[str]:
    """Yield each Indonesian text of a verdict: sentences, reasons, steps, facts of a file."""
    yield from (band.sentence for band in words.BANDS.values())
    yield from (text for table in words.REASONS.values() for text in table.values())
    for table in (words.FILES, words.SEALS, words.CREDENTIAL, words.ALONE, words.STEPS, words.LISTED, words.CHANGED):
        yield from table.values()
    yield from words.UNSEALED


@pytest.mark.parametrize("word", Word)
def test_a_verdicts_word_is_the_one_that_was_agreed(word: Word) -> None:
    assert language.english().text(word.value) == WORDS[word]


def test_a_line_is_read_out_as_passed_failed_or_not_checked() -> None:
    assert {name: language.english().text(text) for name, (_sign, text) in pictures.CHECK_MARKS.items()} == MARKS


@pytest.mark.parametrize("text", said())
def test_no_denial_is_lost_or_added(text: str) -> None:
    english = language.english().text(text)
    for own, other in SAME:
        assert bool(re.search(own, text, re.I)) == bool(re.search(other, english, re.I)), (own, english)


@pytest.mark.parametrize("reason", wording.WORDING)
def test_no_refusal_is_told_as_something_to_accept(reason: str) -> None:
    text = wording.WORDING[reason]  # type: ignore[index]
    own, other = SAME[2]
    assert bool(re.search(own, text, re.I)) == bool(re.search(other, language.english().text(text), re.I))
