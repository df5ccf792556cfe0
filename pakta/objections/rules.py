"""Pure rules of objections: their classes, and what may be written."""

from __future__ import annotations

from pakta.core.errors import Reason, Refusal

CLASSES = {
    "isi": "isi naskah",
    "hukum": "dasar hukum",
    "cara": "cara atau alat menandatangani",
    "paksaan": "merasa dipaksa",
    "lain": "lain",
}
WORDS_LIMIT = 600  # characters
FEWEST = 10  # people of an institution of whose classes a supervisor is told; of fewer their sum alone
ANSWER_LEAST, ANSWER_LIMIT = 3, 600  # characters


def check_answer(text: str) -> None:
    """Refuse with ANSWER_INCOMPLETE an answer that says nothing or is too long."""
    if not ANSWER_LEAST <= len(text) <= ANSWER_LIMIT:
        raise Refusal(Reason.ANSWER_INCOMPLETE)


def check(*, reason_class: str, words: str) -> None:
    """Refuse with OBJECTION_INCOMPLETE what has no class, is too long, or is "lain" without a word of what."""
    if reason_class not in CLASSES or len(words) > WORDS_LIMIT or (reason_class == "lain" and len(words) < 3):
        raise Refusal(Reason.OBJECTION_INCOMPLETE)
