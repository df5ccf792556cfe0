"""What the monitor can find, in a closed list of words, and what ends a run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum, auto


class Word(StrEnum):
    """The reason word of a finding, or why nothing could be concluded."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[str]) -> str:
        return name

    # nothing concluded
    NO_ANSWER = auto()
    TOO_SLOW = auto()
    RUN_TOO_LONG = auto()
    TOO_LARGE = auto()
    REDIRECTED = auto()
    NO_HEAD = auto()
    NOTE_MALFORMED = auto()
    FILE_UNREADABLE = auto()
    STATE_UNREADABLE = auto()
    KEY_UNREADABLE = auto()
    LOG_TOO_LONG = auto()

    # what made the monitor itself fail
    UNFORESEEN = auto()

    # the head
    HEAD_UNSIGNED = auto()
    HEAD_MALFORMED = auto()
    HEAD_OTHER_LOG = auto()
    WITNESSES_TOO_FEW = auto()
    LOG_REWOUND = auto()
    LOG_EQUIVOCATES = auto()
    LOG_FORKED = auto()

    # the tree
    BUNDLE_MISSING = auto()
    BUNDLE_MALFORMED = auto()
    BUNDLE_CHANGED = auto()
    TILE_MISSING = auto()
    TILE_MALFORMED = auto()
    TILE_CHANGED = auto()
    ROOT_DIFFERS = auto()
    ENTRY_MALFORMED = auto()

    # what is published
    PAYLOAD_MISSING = auto()
    PAYLOAD_CHANGED = auto()
    TEXT_MALFORMED = auto()
    TEXT_TWICE = auto()
    KEYSET_MALFORMED = auto()
    KEYSET_ROLLED_BACK = auto()
    KEYSET_UNVOUCHED = auto()
    KEYSET_ROOT_DIFFERS = auto()
    STATUS_MALFORMED = auto()
    STATUS_ROLLED_BACK = auto()
    STATUS_NOT_RECORDED = auto()
    SCRIPTS_MALFORMED = auto()
    SUCCESSION_MALFORMED = auto()
    SUCCESSION_FALSE = auto()

    # what is served now
    KEYSET_SERVED_DIFFERS = auto()
    KEYSET_OTHER_LOG = auto()
    STATUS_SERVED_DIFFERS = auto()
    STATUS_SERVED_OLD = auto()
    SCRIPT_MISSING = auto()
    SCRIPT_CHANGED = auto()
    SCRIPT_UNKNOWN = auto()
    SCRIPTS_UNRELEASED = auto()
    HEADER_DIFFERS = auto()
    TOTALS_MALFORMED = auto()
    TOTALS_DIFFER = auto()
    TOTALS_OTHER_SIZE = auto()
    TOTALS_TOO_MANY = auto()

    # an institution's own people
    RECORD_DIFFERS = auto()
    ENROLMENT_HIDDEN = auto()
    ENROLMENT_ERASED = auto()
    ENROLLED_TWICE = auto()
    EXPORT_TOO_OLD = auto()
    PERSON_NOT_IN_ROSTER = auto()
    ENROLMENT_WITHOUT_RECEIPT = auto()
    RECOVERY_WITHOUT_RECEIPT = auto()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree.  where: file, entry or person; what: how, or empty."""

    word: Word
    where: str
    what: str = ""


def served(path: str, content: bytes) -> str:
    """Return the place of a finding about a file that is served: the file and what it held, by SHA-256.

    Whoever knows of the finding knows of that content only: another one at the same place is a new finding.
    """
    return f"{path} {hashlib.sha256(content).hexdigest()}"


class Lie(Exception):
    """Something that makes all further reading pointless; it is the run's last finding.

    notes  heads that contradict each other, to be kept as evidence
    proof  JSON that shows with which other head of the earlier size the later one goes on
    """

    def __init__(
        self, word: Word, where: str, what: str = "", *, notes: tuple[bytes, ...] = (), proof: bytes = b""
    ) -> None:
        super().__init__(f"{word} {where}")
        self.finding = Finding(word, where, what)
        self.notes, self.proof = notes, proof


class Unread(Exception):
    """Something could not be read: nothing is concluded."""

    def __init__(self, word: Word, where: str, what: str = "") -> None:
        super().__init__(f"{word} {where}")
        self.finding = Finding(word, where, what)
