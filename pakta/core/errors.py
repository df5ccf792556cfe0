"""Refusal, and the closed list of reasons.

A check raises `Refusal(reason)`; it never returns False.  A reason is a machine-readable
word; the Indonesian sentence for it stands in `pakta.web.wording`, and a test compares both.
"""

from __future__ import annotations

from enum import StrEnum, auto


class Reason(StrEnum):
    """Why something was refused.  Closed list: first the core's, then one block a feature."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[str]) -> str:
        return name

    # core
    STORAGE_FULL = auto()
    STORAGE_DOWN = auto()
    STORAGE_UNSURE = auto()
    EVIDENCE_ERASED = auto()
    LEDGER_REWOUND = auto()
    LEDGER_CHANGED = auto()
    LEDGER_ELSEWHERE = auto()
    LEDGER_ABANDONED = auto()
    LEDGER_LOST = auto()
    LEDGER_BEHIND_COPY = auto()
    COPY_UNREADABLE = auto()
    COPY_DIFFERS = auto()
    LEDGER_RENAMED = auto()
    LEDGER_NOT_RENAMED = auto()
    LEDGER_NOT_BEHIND = auto()
    LEDGER_NAME_TAKEN = auto()
    LEDGER_BEHIND_WITNESSES = auto()
    TILE_MISSING = auto()
    SIGNATURE_DIFFERS = auto()
    KEY_DIFFERS = auto()
    ENROLMENT_MALFORMED = auto()
    ENROLMENT_DIFFERS = auto()
    EVIDENCE_MALFORMED = auto()
    TIMES_DIFFER = auto()
    PASSKEY_CROSS_ORIGIN = auto()
    PASSKEY_DIFFERS = auto()
    INDEX_OUTSIDE = auto()
    SIZE_OUTSIDE = auto()
    HASH_LENGTH = auto()
    PATH_LENGTH = auto()
    ROOT_DIFFERS = auto()
    TILE_PATH = auto()
    TILE_MALFORMED = auto()
    BUNDLE_MALFORMED = auto()
    VKEY_MALFORMED = auto()
    NOTE_MALFORMED = auto()
    NOTE_UNSIGNED = auto()
    NOTE_SIGNATURE = auto()
    CHECKPOINT_MALFORMED = auto()
    POLICY_MALFORMED = auto()
    WITNESSES_TOO_FEW = auto()
    WITNESSES_SILENT = auto()
    WITNESSES_UNHEARD = auto()
    SUBMISSION_MALFORMED = auto()
    PROOF_MALFORMED = auto()
    OTHER_LOG = auto()
    CBOR_MALFORMED = auto()
    COSE_MALFORMED = auto()
    CLAIMS_MALFORMED = auto()
    ISSUER_UNKNOWN = auto()
    NOT_YET_VALID = auto()
    EXPIRED = auto()
    ADDRESS_MALFORMED = auto()
    OTHER_HOST = auto()
    DIGITS_MALFORMED = auto()
    CERTIFICATE_NUMBER_MALFORMED = auto()
    CERTIFICATE_NUMBER_LETTER = auto()
    CERTIFICATE_NUMBER_CHECK = auto()
    STATUS_MALFORMED = auto()
    STATUS_OUTSIDE = auto()
    STATUS_OTHER = auto()
    STATUS_STALE = auto()
    STATUS_ROLLED_BACK = auto()
    STATUS_MISSING = auto()
    STATUS_REVOKED = auto()
    STATUS_SUSPENDED = auto()
    KEYSET_MALFORMED = auto()
    KEYSET_OTHER = auto()
    KEYSET_ROLLED_BACK = auto()
    KEYSET_MISSING = auto()
    KEYSET_UNVOUCHED = auto()
    KEY_CONFIRMED = auto()
    KEY_COMPROMISED = auto()
    NOT_IN_LEDGER = auto()
    LEDGER_MISSING = auto()
    LEDGER_BEHIND = auto()
    STATEMENT_MALFORMED = auto()
    SIGNATURE_MALFORMED = auto()

    # web
    SIGN_IN_FIRST = auto()
    SIGN_IN_AGAIN = auto()
    TOO_MANY_TRIES = auto()
    NOT_ALLOWED = auto()
    FORM_EXPIRED = auto()

    # erasure
    NOTHING_TO_ERASE = auto()

    # roster
    NUMBER_NOT_DIGITS = auto()
    NUMBER_FROM_EXCEL = auto()
    TEXT_TOO_LONG = auto()
    TEXT_HIDDEN_SIGNS = auto()
    STATUS_UNKNOWN = auto()
    PHONE_FORM = auto()
    NUMBER_TOO_SHORT = auto()
    NUMBER_TOO_LONG = auto()
    NUMBER_MISSING = auto()
    NUMBER_IS_PPPK = auto()
    NUMBER_IS_PNS = auto()
    NUMBER_IS_NIK = auto()
    NUMBER_FORM = auto()
    NRP_TNI_FORM = auto()
    NRP_POLRI_FORM = auto()
    NRP_MONTH = auto()
    NRP_LOST_ZERO = auto()
    NIP_START_YEAR = auto()
    NIP_START_MONTH = auto()
    NIP_SEX = auto()
    NIP_SERIAL = auto()
    NIP_OLD = auto()
    NIP_BIRTH_DATE = auto()
    NIP_AGE = auto()
    NAME_TOO_LONG = auto()
    NAME_MISSING = auto()
    NAME_LETTERS = auto()
    KIND_UNKNOWN = auto()
    EMAIL_FORM = auto()
    NUMBER_TWICE = auto()
    NUMBER_OF_OTHER_KIND = auto()
    UNIT_UNKNOWN = auto()
    UNIT_CLOSED = auto()
    ROSTER_EMPTY = auto()
    ROSTER_TOO_LARGE = auto()
    ROSTER_TOO_MANY_ROWS = auto()
    ROSTER_ENCODING = auto()
    ROSTER_NOT_CSV = auto()
    ROSTER_HEADER = auto()
    ROSTER_COLUMN_UNKNOWN = auto()
    ROSTER_ROW_WIDTH = auto()
    ROSTER_LINE_TOO_LONG = auto()
    ROSTER_REAL_PEOPLE = auto()
    ROSTER_DEMO_PEOPLE = auto()
    UNITS_FILE = auto()

    # accounts
    SLIP_UNKNOWN = auto()
    SLIP_USED = auto()
    SLIP_EXPIRED = auto()
    SLIP_REPLACED = auto()
    SLIP_UNUSED = auto()
    OTHER_RELYING_PARTY = auto()
    ACTIVATION_EXPIRED = auto()
    ALREADY_ACTIVE = auto()
    PERSON_NOT_ACTIVE = auto()
    PERSON_UNKNOWN = auto()
    PERSON_NOT_LISTED = auto()
    ACCOUNT_UNKNOWN = auto()
    SIGN_IN_FAILED = auto()
    TRIES_USED_UP = auto()
    PASSPHRASE_SHORT = auto()
    PASSPHRASE_LONG = auto()
    PASSPHRASE_GUESSABLE = auto()
    CHALLENGE_GONE = auto()
    PASSKEY_REFUSED = auto()
    PASSKEY_UNKNOWN = auto()
    KEY_MALFORMED = auto()
    KEY_TAKEN = auto()
    KEY_NOT_USABLE = auto()
    KEY_SET_ASIDE = auto()
    ROLE_UNKNOWN = auto()
    RECOVERY_REASON = auto()
    RECOVERY_OPEN = auto()
    RECOVERY_CLOSED = auto()
    RECOVERY_SAME_PERSON = auto()
    RECOVERY_REQUESTER = auto()
    RECOVERY_OWN = auto()

    # editions
    EDITION_FILE = auto()
    EDITION_FIELD = auto()
    EDITION_CODE = auto()
    EDITION_AUDIENCE = auto()
    EDITION_DAYS = auto()
    EDITION_CLAUSES = auto()
    LEGAL_BASIS_NOT_VALID = auto()
    EDITION_PUBLISHED = auto()
    EDITION_OVERLAP = auto()
    EDITION_UNKNOWN = auto()
    EDITION_CLOSED = auto()

    # signing
    SUDAH_MENANDATANGANI = auto()
    CLAUSES_NOT_TICKED = auto()
    STATEMENT_UNKNOWN = auto()
    STATEMENT_FOREIGN = auto()
    STATEMENT_STALE = auto()
    REPORT_INCOMPLETE = auto()
    ANSWER_INCOMPLETE = auto()
    CORRECTION_SAME = auto()
    CORRECTION_STALE = auto()
    REPORT_OWN = auto()
    REPORT_CLOSED = auto()

    # certificates
    STATUS_SAME = auto()
    STATUS_FINAL = auto()
    CERTIFICATE_UNKNOWN = auto()
    CERTIFICATE_NOT_READY = auto()

    # certificates: their documents
    TEXT_UNPRINTABLE = auto()

    # certificates: the keys that sign them
    KEY_UNREACHABLE = auto()
    TIMESTAMPS_AWAY = auto()
    ISSUING_STOPPED = auto()
    ISSUER_REPLACED = auto()
    KEY_SET_LOST = auto()
    ISSUER_KEY_UNKNOWN = auto()
    COMPROMISE_TIME = auto()
    LEDGER_KEY_STAYS = auto()

    # verification: files handed in
    FILE_MISSING = auto()
    FILE_TOO_LARGE = auto()
    FILE_HOLDS_MANY = auto()
    FILE_IS_ARCHIVE = auto()
    FILE_OF_TWO_KINDS = auto()
    FILE_TOO_HEAVY = auto()
    PDF_MALFORMED = auto()
    PDF_NOT_SEALED = auto()
    PDF_OTHER_SEAL = auto()
    PDF_CHANGED = auto()
    PDF_SEAL_LOST = auto()
    PDF_SEAL_UNCHECKED = auto()
    PDF_NO_CREDENTIAL = auto()
    PDF_PARTS_DIFFER = auto()
    EVIDENCE_ALONE = auto()
    IMAGE_FORMAT = auto()
    IMAGE_TOO_LARGE = auto()
    IMAGE_MOVES = auto()
    IMAGE_UNREADABLE = auto()
    IMAGE_TOO_SLOW = auto()
    IMAGE_WITHOUT_QR = auto()
    READER_BUSY = auto()

    # disputes
    DISPUTE_CLOSED = auto()
    DISPUTE_OPEN = auto()
    DISPUTE_NOT_UPHELD = auto()
    KEY_VOUCHED = auto()

    # revocation: requests to change a status
    REQUEST_UNKNOWN = auto()
    REQUEST_OWN = auto()
    REQUEST_CLASS = auto()
    REQUEST_REASON = auto()
    REQUEST_OPEN = auto()
    REQUEST_CLOSED = auto()
    REQUEST_OVERTAKEN = auto()
    REQUEST_SAME_PERSON = auto()
    REQUEST_FIRST_GONE = auto()

    # api: what programs ask
    QUESTION_MALFORMED = auto()
    QUESTION_TYPE = auto()

    # demonstration
    DEMO_REAL_PEOPLE = auto()
    DEMO_NOT_EMPTY = auto()
    DEMO_COUNTS = auto()


class Refusal(Exception):
    """A check that failed.

    reason  the machine-readable word      detail  a time, a row or a code for the sentence; never a secret
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
