"""Pages of editions: the list of pact texts, and each text in full."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from pakta.database import db
from pakta.editions import rules, service
from pakta.web import access, clock, switch

bp = Blueprint("editions", __name__)


@bp.get("/naskah")
@access.open_to_all
@switch.bilingual
def listing() -> str:
    """List every text: those that can be signed today, those to come, those that closed."""
    today = rules.day_of(clock.now())
    editions = service.every_edition(db.session())
    return render_template(
        "editions/list.html",
        open=[edition for edition in editions if rules.is_open(edition, today)],
        coming=[edition for edition in editions if today < edition.opens_on],
        closed=[edition for edition in editions if edition.closes_on < today],
    )


@bp.get("/naskah/<code>")
@access.open_to_all
@switch.bilingual
def show(code: str) -> str:
    """Show one text whole, with its legal bases, its hash and its place in the ledger."""
    edition = service.find(db.session(), code=code)
    if edition is None:
        abort(404)
    return render_template(
        "editions/text.html",
        edition=edition,
        text=service.text_of(edition),
        is_open=rules.is_open(edition, rules.day_of(clock.now())),
    )
