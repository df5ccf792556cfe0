"""Reading the access log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta import startup
from pakta.accesslog import queries, rules
from pakta.accesslog.queries import Condition, Wanted
from pakta.accounts import service as accounts
from pakta.accounts.models import AccessLog, Account
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.roster import service as roster
from pakta.roster import units
from pakta.roster.models import Unit
from pakta.web import Wired, clock, display


@click.command("access-log")
@click.option("--unit", "code", help="Lines about the unit with this code alone.")
@click.option("--person", "number", help="Lines about the person with this number, and of what they looked at.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day in WIB on.")
@click.option("--most", default=queries.PAGE, show_default=True, type=click.IntRange(1, 100_000))
def access_log(code: str | None, number: str | None, since: datetime | None, most: int) -> None:
    """Print the access log, the newest lines first: when, who, in which role, what, which unit, about whom."""
    app = startup.open_app()
    with app.app_context():
        session, now = db.session(), clock.now()
        try:
            branches = _branches(session, code, number, startup.wired_of(app))
        except Refusal as refusal:
            raise startup.stop(refusal) from refusal
        wanted = Wanted(since=since.replace(tzinfo=clock.WIB) if since else None)
        rows = queries.newest(session, branches=branches, wanted=wanted, most=most)
        everywhere = units.institutions(session, on=clock.today(now))
        lines = queries.told(session, rows=rows, named=everywhere)
        _note(everywhere, now)
        for line in lines:
            click.echo(_printed(line))


def _branches(session: Session, code: str | None, number: str | None, wired: Wired) -> Sequence[Sequence[Condition]]:
    """Return which lines are asked for.  Refuses with UNIT_UNKNOWN or PERSON_NOT_LISTED."""
    about: list[Condition] = []
    if code is not None:
        unit = units.by_code(session, code=code)
        if unit is None:
            raise Refusal(Reason.UNIT_UNKNOWN, code)
        about.append(AccessLog.unit_id == unit.id)
    if number is None:
        return [about]
    person = roster.person_by_number(session, number=number, pepper=wired.keyring.pepper)
    if person is None:
        raise Refusal(Reason.PERSON_NOT_LISTED)
    own = select(Account.id).where(Account.person_id == person.id)
    return [[AccessLog.person_id == person.id, *about], [AccessLog.account_id.in_(own), *about]]


def _printed(line: queries.Line) -> str:
    roles = ", ".join(display.role(each).lower() for each in line.roles)
    what = rules.said(line.action) + (f" ({line.detail})" if line.detail else "")
    cells = (display.moment(line.at), line.who, roles, what, line.unit, line.about)
    return "\t".join(each or "-" for each in cells)


def _note(everywhere: Sequence[Unit], now: datetime) -> None:
    """Let every institution find that its lines were read."""
    with transaction() as session:
        for root in everywhere:
            accounts.record(
                session, account_id=None, action="catatan-akses-perintah", institution_id=root.institution_id, now=now
            )
