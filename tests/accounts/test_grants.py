"""Roles: who signs as a head, and what is logged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from pakta.accounts import grants, service, sessions
from pakta.accounts.models import AccessLog, RoleGrant
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import service as roster
from tests.accounts.city import RANGGA, SITI, City


def grant(city: City, role: Role, unit: str, number: str = SITI) -> RoleGrant:
    """Give a role."""
    with transaction() as session:
        return service.grant_role(
            session, person=city.person(number), role=role, unit=city.unit(unit), now=city.time.at
        )


def end(city: City, row: RoleGrant) -> None:
    """Take a role back."""
    with transaction() as session:
        service.end_role(session, grant=session.get_one(RoleGrant, row.id), now=city.time.at)


def test_the_head_of_an_office_signs_as_head_while_the_role_stands(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    row = grant(city, Role.HEAD, "dikbud")
    assert city.person().signs_as == "kepala"
    end(city, row)
    assert city.person().signs_as == "pns"


@pytest.mark.parametrize(
    ("role", "unit"), [(Role.HEAD, "sdn-1"), (Role.DELEGATE, "dikbud"), (Role.ADMINISTRATOR, "pemkot")]
)
def test_others_sign_as_before(city: City, client: FlaskClient, role: Role, unit: str) -> None:
    city.with_device(client)
    grant(city, role, unit)
    assert city.person().signs_as == "pns"


def test_the_same_role_again_changes_nothing(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    assert grant(city, Role.HEAD, "dikbud").id == grant(city, Role.HEAD, "dikbud").id
    assert len(db.session.execute(select(RoleGrant)).scalars().all()) == 1


def test_who_has_not_activated_gets_no_role(city: City) -> None:
    with pytest.raises(Refusal) as refused:
        grant(city, Role.HEAD, "dikbud", RANGGA)
    assert refused.value.reason is Reason.ACCOUNT_UNKNOWN
    assert city.person(RANGGA).signs_as == "pns"


def test_signer_is_not_a_role_to_be_given(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    with pytest.raises(Refusal) as refused:
        grant(city, Role.SIGNER, "dikbud")
    assert refused.value.reason is Reason.ROLE_UNKNOWN


def test_giving_and_taking_are_logged_without_a_number(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    end(city, grant(city, Role.HEAD, "dikbud"))
    lines = db.session.execute(select(AccessLog).order_by(AccessLog.id)).scalars().all()
    assert [(line.action, line.detail) for line in lines] == [("peran-beri", "head"), ("peran-cabut", "head")]
    assert all(SITI not in line.detail for line in lines)


@pytest.mark.parametrize("status", ["mutasi", "pensiun", "meninggal"])
def test_who_has_left_holds_no_role_any_more(city: City, client: FlaskClient, status: str) -> None:
    city.administrator(client, SITI)
    assert client.get("/laporan-data").status_code == 200
    with transaction():
        city.person().status = status
    assert client.get("/laporan-data").status_code == 403
    assert not service.grants_of(db.session(), account=city.account(), now=city.time.at)


def test_who_left_and_came_back_has_their_role_only_when_it_is_given_anew(city: City, client: FlaskClient) -> None:
    city.with_device(client)
    grant(city, Role.HEAD, "dikbud")
    assert city.person().signs_as == "kepala"
    first = grant(city, Role.ADMINISTRATOR, "pemkot")
    for status in ("mutasi", "aktif"):
        city.time.at += timedelta(minutes=1)
        with transaction() as session:
            roster.set_place(session, person=city.person(), status=status, now=city.time.at)
        account = grants.account_of(db.session(), person=city.person())
        assert list(grants.of_account(db.session(), account=account, now=city.time.at)) == []
    with transaction() as session:
        assert sessions.open(session, account=session.merge(account), now=city.time.at).grants == []
    assert city.person().signs_as == "pns"
    second = grant(city, Role.ADMINISTRATOR, "pemkot")
    assert second.id != first.id and db.session().get_one(RoleGrant, first.id).ended_at == city.time.at
    assert [each.id for each in grants.of_account(db.session(), account=account, now=city.time.at)] == [second.id]
