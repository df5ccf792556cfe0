"""Slips and roles of a person."""

from __future__ import annotations

from datetime import date

import click
from sqlalchemy.orm import Session

from pakta import startup
from pakta.accounts import rules as account_rules
from pakta.accounts import service as accounts
from pakta.accounts import slipqr
from pakta.core.errors import Reason, Refusal
from pakta.custody import service as custody
from pakta.database import transaction
from pakta.ledger import service as ledger
from pakta.notices import service as notices
from pakta.notices.rules import Kind
from pakta.roles import Role
from pakta.roster import correcting
from pakta.roster import service as roster_service
from pakta.roster import units as roster_units
from pakta.roster.models import Person, Unit
from pakta.web import Wired, clock, display


@click.command()
@click.argument("number")
def slip(number: str) -> None:
    """Print an activation slip for the person with this NUMBER; the code is shown once, and cancels the old one.

    It is a line of the access log, and says which slip it ends.
    """
    app = startup.open_app()
    wired = startup.wired_of(app)
    with app.app_context():
        try:
            with transaction() as session:
                person = _person(session, number, wired)
                pepper = wired.keyring.pepper
                code, ended = custody.print_alone(session, person=person, now=clock.now(), pepper=pepper)
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal
        click.echo(f"{person.name}, {person.unit.name}")
        if ended:
            click.echo(f"Karena itu mati: {ended}.")
        click.echo(f"Kode   {account_rules.grouped_code(code)}   (berlaku 14 hari, satu kali)")
        click.echo(f"Buka   {wired.config.origin}/aktivasi#{code}")
        click.echo(slipqr.drawn(f"{wired.config.origin}/aktivasi#{code}"))


@click.command()
@click.argument("number")
@click.argument("role", type=click.Choice([each.value for each in Role if each is not Role.SIGNER]))
@click.argument("unit_code")
@click.option("--end", is_flag=True, help="End the role instead of giving it.")
def appoint(number: str, role: str, unit_code: str, end: bool) -> None:
    """Give the activated person with this NUMBER a ROLE over a unit and all below it, or end it."""
    app = startup.open_app()
    wired = startup.wired_of(app)
    with app.app_context():
        try:
            with transaction() as session:
                correcting.wait(session)  # no unit ends meanwhile
                ledger.wait_turn(session)  # nor is a role given twice
                person = _person(session, number, wired)
                unit = roster_units.by_code(session, code=unit_code)
                if unit is None:
                    raise Refusal(Reason.UNIT_UNKNOWN, unit_code)
                if not end and not roster_units.is_open(session, unit=unit, on=clock.today()):
                    raise Refusal(Reason.UNIT_CLOSED, unit_code)
                watches_own = (
                    role == Role.SUPERVISOR and not end and unit.institution_id == person.unit.institution_id
                )
                last_on = _change_role(session, person, Role(role), unit, end=end)
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal
    click.echo(f"{person.name}: {role} {'berakhir' if end else 'diberikan'} untuk {unit.name}.")
    if watches_own:
        click.echo(
            "Perhatian: ia berada di instansi yang diawasinya, yang administratornya dapat memulihkan akunnya."
        )
    if last_on is not None:
        click.echo(f"Hari terakhirnya tetap {display.day(last_on)}.")


def _person(session: Session, number: str, wired: Wired) -> Person:
    person = roster_service.person_by_number(session, number=number, pepper=wired.keyring.pepper)
    if person is None:
        raise Refusal(Reason.PERSON_NOT_LISTED)
    return person


def _change_role(session: Session, person: Person, role: Role, unit: Unit, *, end: bool) -> date | None:
    """Give or end a role and tell the person; return the last day that it has, if two administrators gave it one."""
    now, account = clock.now(), accounts.account_of(session, person=person)
    found = accounts.grants_of(session, account=account, now=now)
    held = [grant for grant in found if (grant.role, grant.unit_id) == (role, unit.id)]
    if bool(held) == end:  # otherwise nothing changes
        kind = Kind.ROLE_ENDED if end else Kind.ROLE_GIVEN
        facts = {"role": role.value, "unit": unit.name, "by": "server"}
        notices.tell(session, person_id=person.id, kind=kind, facts=facts, now=now)
    if not end:
        return accounts.grant_role(session, person=person, role=role, unit=unit, now=now).last_on
    for grant in held:
        accounts.end_role(session, grant=grant, now=now)
    return None
