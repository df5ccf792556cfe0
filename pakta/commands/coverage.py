"""How far the signing has got, proved."""

from __future__ import annotations

import sys

import click

from pakta import startup
from pakta.coverage import proving
from pakta.database import db
from pakta.roster import units
from pakta.roster.models import Unit
from pakta.selfcheck import recount
from pakta.selfcheck import service as selfcheck
from pakta.web import clock, display

SAME, DIFFERS, UNPROVED = 0, 1, 2  # how the command ends


@click.group()
def coverage() -> None:
    """Look after what pages say of who has signed."""


@coverage.command("prove")
@click.argument("unit", required=False)
def coverage_prove(unit: str | None) -> None:
    """Count signatures anew from the ledger, and compare with all that is shown of UNIT (or of everyone).

    Every picture that the public was shown is compared as well.  Ends with 0 only if every figure is the same,
    with 1 if one differs, with 2 if none differs and one could not be proved.  A picture that was taken while an
    institution's people were brought in is told as of its first day, partial, and is no failure.
    """
    app = startup.open_app()
    with app.app_context():
        session = db.session()
        selfcheck.snapshot(session)
        ends = {_proved(each) for each in _chosen(unit)}
    sys.exit(DIFFERS if DIFFERS in ends or not ends else max(ends))


def _chosen(code: str | None) -> list[Unit]:
    session, today = db.session(), clock.today()
    if code is None:
        return units.institutions(session, on=today)
    found = units.by_code(session, code=code)
    if found is None:
        raise click.ClickException(f"Tidak ada unit dengan kode {code[:40]}.")
    return [found]


def _proved(unit: Unit) -> int:
    """Prove one unit, say what was found, and return how the command would end with it alone."""
    session = db.session()
    found = recount.recount(session, within=unit)
    proof = proving.prove(session, unit=unit, signed=found.signed, people=found.people, now=clock.now())
    lines = [f"{each}: sertifikat tanpa catatan yang cocok di buku catatan" for each in found.unproved]
    lines += proof.differences
    share = proof.share
    told = f"{display.number(share.signed)} dari {display.number(share.total)}"
    told += f" ({display.percent(share.signed, share.total)})"
    read = f"{display.number(found.read)} sertifikat dibaca, {display.number(proof.units)} unit dibandingkan"
    if proof.pictures:
        read += f", {display.number(proof.pictures)} gambar publik diperiksa"
    said = [f"{len(lines)} berbeda"] if lines else []
    said += [f"{len(proof.unproved)} tidak terbukti"] if proof.unproved else []
    said += [f"{len(proof.partial)} dari hari pertama, sebagian"] if proof.partial else []
    click.echo(f"{unit.code}: {told}; {read}: {', '.join(said) or 'semua sama'}.")
    unproved = [f"{each} (tidak terbukti)" for each in proof.unproved]
    for line in (*lines, *unproved, *(f"{each} (hari pertama, sebagian)" for each in proof.partial)):
        click.echo(f"  {line}")
    return DIFFERS if lines else UNPROVED if proof.unproved else SAME
