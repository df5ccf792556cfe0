"""Serving, and the worker."""

from __future__ import annotations

import sys

import click

from pakta import config as configuration
from pakta import serve, startup
from pakta.commands import demo
from pakta.database import db, transaction
from pakta.ledger import worker
from pakta.verification import release
from pakta.web import clock


@click.command("serve")
@click.option("--port", default=5000, show_default=True, envvar="PORT")
@click.option(
    "--demo", "with_demo", is_flag=True, help="Fill the demonstration city first where the database is empty."
)
@click.pass_context
def serve_command(context: click.Context, port: int, with_demo: bool) -> None:
    """Serve with gunicorn and the worker; Ctrl-C ends both."""
    try:
        serve.check_port(port)
    except serve.PortTaken as error:
        raise click.ClickException(str(error)) from error
    app = startup.open_app(demo=with_demo)
    configuration.keep_origin(startup.wired_of(app).config)
    with app.app_context():
        with transaction() as session:
            release.publish(session, policy=startup.wired_of(app).config.policy, now=clock.now())
        startup.sequence(app)
    if with_demo:
        from pakta.demonstration import city

        with app.app_context():
            empty = city.is_empty(db.session())
            kept = "" if empty else city.kept_summary(db.session(), wired=startup.wired_of(app))
        if empty:
            context.invoke(demo.demo)
        click.echo(kept)
    sys.exit(serve.run(port=port, origin=startup.wired_of(app).config.origin))


@click.command("worker")
def worker_command() -> None:
    """Sign checkpoints over committed entries, once a second, and renew the status list."""
    app = startup.open_app()
    worker.run(app, each_tick=lambda: startup.sequence(app))
