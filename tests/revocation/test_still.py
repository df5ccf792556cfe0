"""What an administrator did counts only while it can be theirs; a dispute that was upheld is not made up."""

from __future__ import annotations

import pytest

from pakta.accounts import service as accounts
from pakta.accounts.models import Account, PersonKey
from pakta.certificates.rules import Status
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.disputes import service as disputes
from pakta.disputes.models import Dispute
from pakta.revocation import service
from pakta.revocation.service import Visitor
from pakta.roles import Role
from pakta.web import clock
from tests.revocation.office import Office, reason_of

S, R, V = Status.SUSPENDED, Status.REVOKED, Status.VALID


def say_not_me(office: Office, who: str) -> None:
    """Say "Bukan saya" of a person's key, from their own account."""
    assert office.visitor(who).post(f"/bukan-saya/kunci/{office.keys[who][1]}").status_code == 200


def find(office: Office, who: str, result: str, dispute: int = 1) -> None:
    """Say what was found of a dispute."""
    sent = {"hasil": result, "keterangan": "diperiksa di kantor"}
    assert office.visitor(who).post(f"/keberatan/{dispute}", data=sent).status_code == 302


def end_roles(office: Office, who: str) -> None:
    """Take all roles of a person back."""
    with office.app.app_context(), transaction() as session:
        account = session.get_one(Account, office.keys[who][0])
        for grant in accounts.grants_of(session, account=account, now=clock.now()):
            accounts.end_role(session, grant=grant, now=clock.now())


def test_the_half_of_an_administrator_whose_key_was_disputed_since_does_not_count(office: Office) -> None:
    office.ask("ani")
    say_not_me(office, "ani")
    assert reason_of(office.decide("dewi")) == "REQUEST_FIRST_GONE"
    assert office.status()[0] == V


def test_the_half_counts_again_once_the_key_was_found_to_be_theirs(office: Office) -> None:
    office.grant("rini", Role.ADMINISTRATOR, "pemkot")
    office.ask("ani")
    say_not_me(office, "ani")
    for who in ("dewi", "rini"):
        find(office, who, "keliru")
    assert office.decide("dewi").status_code == 302
    assert office.status()[0] == R


@pytest.mark.parametrize(("before", "reason", "end"), [(False, "REQUEST_FIRST_GONE", V), (True, "", R)])
def test_a_key_that_was_revoked_after_its_owner_approved_makes_their_approval_void(
    office: Office, before: bool, reason: str, end: Status
) -> None:
    def revoke() -> None:
        with office.app.app_context(), transaction() as session:
            accounts.revoke_key(session, key=session.get_one(PersonKey, office.keys["ani"][1]), now=clock.now())

    if before:
        revoke()
    office.ask("ani")
    if not before:
        revoke()
    assert (reason_of(office.decide("dewi")), office.status()[0]) == (reason, end)


def test_a_finding_of_an_administrator_whose_key_was_disputed_since_does_not_count(office: Office) -> None:
    say_not_me(office, "siti")
    find(office, "ani", "benar")
    assert "Setujui" in office.visitor("dewi").get("/keberatan").text
    say_not_me(office, "ani")
    page = office.visitor("dewi").get("/keberatan").text
    assert ("Setujui" in page, "Temuan yang pertama tidak dihitung lagi" in page) == (False, True)
    find(office, "dewi", "benar")
    assert office.status()[0] == S
    office.grant("rini", Role.ADMINISTRATOR, "pemkot")
    find(office, "rini", "benar")
    assert office.status()[0] == R


@pytest.mark.parametrize("act", [service.approve, service.refuse])
def test_a_role_that_ended_while_its_holder_waited_for_their_turn_decides_nothing(
    office: Office, act: object
) -> None:
    office.ask("ani")
    with office.app.app_context():
        account = db.session().get_one(Account, office.keys["dewi"][0])
        grants = accounts.grants_of(db.session(), account=account, now=clock.now())
        by = Visitor(account, {Role.ADMINISTRATOR: [grant.unit for grant in grants]})
        end_roles(office, "dewi")
        with pytest.raises(Refusal) as raised, transaction() as session:
            if act is service.approve:
                service.approve(
                    session, request_id=1, by=by, now=clock.now(), keyring=office.wired.keyring,
                    config=office.wired.config,
                )  # fmt: skip
            else:
                service.refuse(session, request_id=1, by=by, now=clock.now())
    assert raised.value.reason is Reason.REQUEST_UNKNOWN
    assert (office.requests()[0].outcome, office.status()[0]) == (None, V)


def test_a_role_that_ended_meanwhile_suspends_nothing_and_closes_no_dispute(office: Office) -> None:
    say_not_me(office, "siti")
    ways = {"now": clock.now(), "keyring": office.wired.keyring, "config": office.wired.config}
    with office.app.app_context():
        account = db.session().get_one(Account, office.keys["dewi"][0])
        grants = accounts.grants_of(db.session(), account=account, now=clock.now())
        by = Visitor(account, {Role.ADMINISTRATOR: [grant.unit for grant in grants]})
        number = office.certificate("joko").number
        end_roles(office, "dewi")
        typed = service.Typed("tangguhkan", "data-salah", "Gelar dalam sertifikat keliru")
        with pytest.raises(Refusal, match="CERTIFICATE_UNKNOWN"), transaction() as session:
            service.enter(session, by=by, number=number, typed=typed, **ways)
        with pytest.raises(Refusal, match="NOT_ALLOWED"), transaction() as session:
            disputes.decide(session, dispute_id=1, by=account, result="benar", outcome="diperiksa", **ways)
    assert office.status("joko")[0] == V


def test_a_head_who_asked_and_became_administrator_is_not_one_of_the_two(office: Office) -> None:
    office.ask("budi")
    office.grant("budi", Role.ADMINISTRATOR, "pemkot")
    assert reason_of(office.decide("budi")) == "REQUEST_SAME_PERSON"
    office.decide("ani")
    assert reason_of(office.decide("budi")) == "REQUEST_SAME_PERSON"
    assert office.status()[0] == V
    assert office.decide("dewi").status_code == 302
    assert office.status()[0] == R


def test_that_a_dispute_was_upheld_is_not_said_where_none_was(office: Office) -> None:
    assert "Ada keberatan (hanya" not in office.visitor("ani").get(office.address()).text
    assert reason_of(office.ask("ani", golongan="sengketa")) == "DISPUTE_NOT_UPHELD"
    say_not_me(office, "siti")
    assert reason_of(office.ask("ani", golongan="sengketa")) == "DISPUTE_NOT_UPHELD"
    assert office.requests() == []
    assert office.ask("ani").status_code == 302  # another class stands
    assert office.decide("dewi").status_code == 302
    assert office.status() == (R, "data-salah")


def test_that_a_dispute_was_upheld_is_looked_at_once_more_when_the_second_approves(office: Office) -> None:
    say_not_me(office, "siti")
    with office.app.app_context(), transaction() as session:  # upheld, and a pact of that key stands nevertheless
        row = session.get_one(Dispute, 1)
        row.found, row.closed_at = "benar", clock.now()
    assert "Ada keberatan (hanya" in office.visitor("ani").get(office.address()).text
    assert office.ask("ani", golongan="sengketa").status_code == 302
    with office.app.app_context(), transaction() as session:
        session.get_one(Dispute, 1).closed_at = None
    assert reason_of(office.decide("dewi")) == "DISPUTE_NOT_UPHELD"
    assert office.status()[0] == S
    with office.app.app_context(), transaction() as session:
        session.get_one(Dispute, 1).closed_at = clock.now()
    assert office.decide("dewi").status_code == 302
    assert office.status() == (R, "sengketa")
