"""The browser's scripts say of every case of the shared table what it expects, and what Python says, to each step."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests import slices
from tests.verdicts import judges, table
from tests.verdicts.case import Case
from tests.verdicts.judges import differing, wrong
from tests.verification import planting
from tests.verification.paper import ORIGIN

OF = 12  # `make test` takes each twelfth case
NAMED = 150  # from the table's beginning: all that are named one by one


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Make the table."""
    return table.make(origin=ORIGIN)


def test_the_browser_says_the_same_word_reason_and_steps(cases: list[Case], bare: Page) -> None:
    asked = slices.some(cases, turn=0, of=OF)
    said = judges.by_browser(bare, asked)
    assert differing(asked, [judges.by_core(each) for each in asked], said) == []
    assert wrong(asked, [answer for answer, _ in said]) == []


PLANTED = {
    "a revoked one is SAH": ("verdict.js", "const REVOKED = 1;", "const REVOKED = 9;"),
    "a fork is our own fault": ("verdict.js", 'if (ledger.refused === "NOT_IN_LEDGER")', "if (false)"),
    "no witness is needed": ("verdict.js", "if (!ledger.refused && policy) ledger", "if (false) ledger"),
    "the end is a second later": ("credential.js", "claims.expiresAt > now", "claims.expiresAt > now - 1"),
    "a list may lie 301 s ahead": ("statuslist.js", "SKEW = 300;", "SKEW = 301;"),
    "an edition may have 13 bytes": ("credential.js", "<= 12, REASON", "<= 13, REASON"),
    "a lost key's list is believed": ("verdict.js", "(verdict, known.value.sound,", "(verdict, known.value.keys,"),
    "the list goes before the lost key": (
        "verdict.js", "const missing = ledger.refused ?? status.refused;",
        "const missing = status.refused ?? ledger.refused;",
    ),
}  # fmt: skip


@pytest.mark.parametrize("bug", slices.some(sorted(PLANTED), turn=0, of=len(PLANTED)))
def test_a_browser_with_another_rule_is_found_out(bug: str, cases: list[Case], chromium: Browser, files: str) -> None:
    asked = [*cases[:NAMED], *cases[NAMED::6]]
    with planting.planted(chromium, files, *PLANTED[bug]) as page:
        assert wrong(asked, [answer for answer, _ in judges.by_browser(page, asked)])
