"""Whoever notes a letter holds the person: another worker, and who is just signing, are waited for (decision 0076).

Two connections to PostgreSQL; SQLite lets one write at a time.
"""

from __future__ import annotations

import pytest

from pakta.database import transaction
from pakta.reminders import service
from pakta.web import clock
from tests.reminders.office import Office
from tests.signing.test_one_order_of_locks import Act, at_once

WHOLE_ON_POSTGRESQL = True

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def lina(office: Office) -> int:
    """Give the one to whom a letter is due."""
    office.reach(lina="lina@contoh.example")
    office.switch("dikbud")
    return office.id_of("lina")


def noting(person_id: int) -> Act:
    """Return what notes a letter as a worker does; its result says whether one is to be handed over."""

    def note() -> bool:
        with transaction() as session:
            return service.note(session, person_id=person_id, now=clock.now()) is not None

    return note


def test_of_two_workers_at_once_one_notes_the_letter(office: Office, lina: int) -> None:
    held = f"SELECT id FROM people WHERE id = {lina} FOR UPDATE"
    assert at_once(office, noting(lina), noting(lina), held=held) == [True, False]
    assert office.states() == ["dicatat"]


def test_a_signature_that_is_being_written_is_waited_for_and_seen(office: Office, lina: int) -> None:
    signing = (
        f"SELECT id FROM people WHERE id = {lina} FOR SHARE;"
        "INSERT INTO signed_people (person_id, edition_code, unit_id, signed_at)"
        f" SELECT id, 'ASN-2026', unit_id, now() FROM people WHERE id = {lina}"
    )
    assert at_once(office, noting(lina), held=signing) == [False]
    assert office.rows() == []


def test_a_signature_that_was_broken_off_keeps_no_letter_back(office: Office, lina: int) -> None:
    held = f"SELECT id FROM people WHERE id = {lina} FOR SHARE"
    assert at_once(office, noting(lina), held=held) == [True]
