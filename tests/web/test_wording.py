"""Every reason has its Indonesian sentence, and every sentence its reason."""

from __future__ import annotations

import pytest

from pakta.core.errors import Reason, Refusal
from pakta.web import wording


def test_every_reason_has_a_sentence_and_every_sentence_a_reason() -> None:
    assert sorted(set(Reason) - set(wording.WORDING)) == []
    assert sorted(set(wording.WORDING) - set(Reason)) == []


@pytest.mark.parametrize("reason", wording.WORDING)
def test_a_sentence_begins_with_a_capital_and_ends_with_a_stop(reason: Reason) -> None:
    sentence = wording.WORDING[reason]
    assert sentence[0].isupper() or sentence.startswith("{detail}")
    assert sentence[-1] in ".!?"
    assert "  " not in sentence


@pytest.mark.parametrize("reason", wording.WORDING)
def test_a_sentence_has_no_gap_but_the_detail(reason: Reason) -> None:
    assert "{" not in wording.WORDING[reason].replace("{detail}", "")


def test_the_detail_stands_in_the_sentence() -> None:
    assert "ASN-2026" in wording.sentence(Refusal(Reason.EDITION_PUBLISHED, "ASN-2026"))


def test_a_time_in_the_detail_is_shown_in_wib() -> None:
    used = Refusal(Reason.EDITION_FIELD, "2026-11-21T02:02:00+00:00")
    assert "21 November 2026 pukul 09.02 WIB" in wording.sentence(used)


def test_a_detail_with_braces_is_shown_as_it_is() -> None:
    assert "{0.__class__}" in wording.sentence(Refusal(Reason.EDITION_FIELD, "{0.__class__}"))


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 413, 418, 429, 500, 503])
def test_every_http_status_has_a_sentence(code: int) -> None:
    assert wording.status(code).endswith(".")
