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
    ASK_TO_REVOKE = "ask-to-revoke"
    RECOVER = "recover"
    APPOINT = "appoint"
    ASK_TO_APPOINT = "ask-to-appoint"
    EXPORT = "export"
    ANSWER_REPORTS = "answer-reports"
    IMPORT = "import"
    READ_ACCESS_LOG = "read-access-log"


_LEADING = frozenset(
    {
        Power.SEE_NAMES,
        Power.SEE_COUNTS,
        Power.READ_CERTIFICATES,
        Power.EXPORT,
        Power.ASK_TO_REVOKE,
        Power.ASK_TO_APPOINT,
    }
)
MAY: dict[Role, frozenset[Power]] = {
    Role.SIGNER: frozenset(),
    Role.HEAD: _LEADING,
    Role.DELEGATE: _LEADING,
    Role.ADMINISTRATOR: frozenset(Power),
    Role.SUPERVISOR: frozenset(
        {Power.SEE_COUNTS, Power.SEE_CUSTODY, Power.SEE_DISPUTES, Power.ASK_TO_REVOKE, Power.READ_ACCESS_LOG}
    ),
}


def who_may(*powers: Power) -> tuple[Role, ...]:
    """Return the roles that may do all of this."""
    return tuple(role for role, may in MAY.items() if may.issuperset(powers))
