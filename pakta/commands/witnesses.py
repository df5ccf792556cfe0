"""How the outside witnesses stand."""

from __future__ import annotations

import sys

import click

from pakta import startup
from pakta.core.errors import Refusal
from pakta.core.policy import Policy
from pakta.database import db
from pakta.ledger import rules, witnessing
from pakta.ledger import service as ledger_service
from pakta.ledger.witnessing import Report
from pakta.web import clock, display, language


@click.command()
@click.option("--tanya", "ask", is_flag=True, help="Ask each witness first, as the worker does.")
def witnesses(ask: bool) -> None:
    """Show the policy's witnesses and the newest witnessed head; exit 0 only while pacts may be issued."""
    app = startup.open_app()
    policy, collector = startup.wired_of(app).config.policy, startup.collector(app)
    if policy is None or collector is None:
        click.echo("Belum ada saksi luar: PAKTA_WITNESSES tidak diisi.")
        return
    if ask:
        collector.round()
    with app.app_context():
        for line in _lines(policy):
            click.echo(line)
        try:
            ledger_service.check_may_issue(db.session(), now=clock.now())
        except Refusal as refusal:
            click.echo(startup.stop(refusal).format_message())
            sys.exit(1)


def _lines(policy: Policy) -> list[str]:
    session = db.session()
    head, newest = witnessing.newest(session, policy=policy), witnessing.pending(session, policy=policy)
    if newest is None and not witnessing.may_begin(session, policy=policy):
        first = "Kepala pertama menunggu sampai kuorum saksi menjawab."
    elif head is None:
        first = "Belum ada kepala yang diteguhkan kuorum."
    else:
        first = f"Diteguhkan kuorum: {head.size} catatan, {display.moment(head.at)}."
    waiting = (newest.size if newest else 0) - (head.size if head else 0)
    reports = [_line(each) for each in witnessing.report(session, policy=policy, fill=language.sentence)]
    return [
        f"Kuorum: {rules.quorum(policy, fill=language.sentence)}.",
        first,
        f"Menunggu saksi: {waiting} catatan.",
        *reports,
    ]


def _line(row: Report) -> str:
    if not row.asked:
        return f"  {row.name}: tidak ditanya, tanpa alamat"
    when = display.moment(row.answered_at) if row.answered_at else "belum pernah"
    return f"  {row.name}: {row.size} catatan, terakhir menjawab {when}" + (f"; {row.trouble}" if row.trouble else "")
