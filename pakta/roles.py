"""The roles, and what each may do: the table of the house, as code that the access test reads."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person may be beside a signer."""

    SIGNER = "signer"
    HEAD = "head"
    DELEGATE = "delegate"
    ADMINISTRATOR = "administrator"
    SUPERVISOR = "supervisor"


class Power(StrEnum):
    """One row of the table: something that a role may or may not do."""

    SEE_NAMES = "see-names"
    SEE_COUNTS = "see-counts"
    SEE_CUSTODY = "see-custody"
    SEE_DISPUTES = "see-disputes"
    PRINT_SLIPS = "print-slips"
    READ_CERTIFICATES = "read-certificates"
    REVOKE = "revoke"
    RECOVER = "recover"
    APPOINT = "appoint"
    EXPORT = "export"
    ANSWER_REPORTS = "answer-reports"


MAY: dict[Role, frozenset[Power]] = {
    Role.SIGNER: frozenset(),
    Role.HEAD: frozenset({Power.SEE_NAMES, Power.SEE_COUNTS, Power.READ_CERTIFICATES, Power.EXPORT}),
    Role.DELEGATE: frozenset({Power.SEE_NAMES, Power.SEE_COUNTS, Power.READ_CERTIFICATES, Power.EXPORT}),
    Role.ADMINISTRATOR: frozenset(Power),
    Role.SUPERVISOR: frozenset({Power.SEE_COUNTS, Power.SEE_CUSTODY, Power.SEE_DISPUTES}),
}
