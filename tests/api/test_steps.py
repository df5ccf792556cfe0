"""Programs find every step by its name, whatever the verdict: within v1 nothing is removed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pakta.api import answers
from pakta.certificates.models import IssuedCredential
from pakta.core.verdict import Step
from pakta.web import clock
from tests.api.conftest import Program, revoke
from tests.people import City

WHOLE = [*(step.value for step in Step), answers.PERSON]


def names(found: dict[str, list[dict[str, str]]]) -> list[str]:
    """Return the steps of a result; each has its text, with no blank left in it."""
    assert all(each["text"] and "{" not in each["text"] for each in found["steps"])
    return [each["step"] for each in found["steps"]]


def test_of_what_is_no_certificate_each_step_is_told_as_not_taken(siti: IssuedCredential, program: Program) -> None:
    (found,) = program.verify(json={"address": "12345"}).get_json()["results"]
    assert (found["verdict"], names(found)) == ("TIDAK DIKENAL", WHOLE[:-1])
    assert [each["mark"] for each in found["steps"]] == ["no", *["unchecked"] * 6]


def test_of_a_revoked_one_the_person_is_told_too(city: City, siti: IssuedCredential, program: Program) -> None:
    revoke(city, siti)
    (found,) = program.verify(json={"number": siti.number}).get_json()["results"]
    assert (found["verdict"], names(found)) == ("DICABUT", WHOLE)


def test_of_an_expired_one_too(
    city: City, siti: IssuedCredential, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = clock.now() + timedelta(days=8 * 365)
    monkeypatch.setattr(clock, "now", lambda: later)
    (found,) = program.verify(json={"number": siti.number}).get_json()["results"]
    assert (found["verdict"], names(found)) == ("KEDALUWARSA", WHOLE)
