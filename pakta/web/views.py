"""The start page and the pages that only explain: what a signature means, privacy, where to report."""

from __future__ import annotations

from flask import Blueprint, render_template

from pakta.web import access, switch

bp = Blueprint("web", __name__)


@bp.get("/")
@access.open_to_all
@switch.bilingual
def start() -> str:
    """Show the one way in and the one way to check."""
    return render_template("pages/start.html")


@bp.get("/arti")
@access.open_to_all
@switch.bilingual
def meaning() -> str:
    """Explain what a signature here shows and what it does not."""
    return render_template("pages/meaning.html")


@bp.get("/privasi")
@access.open_to_all
@switch.bilingual
def privacy() -> str:
    """Explain what is kept of a person, on what ground, and which rights the person has."""
    return render_template("pages/privacy.html")


@bp.get("/lapor")
@access.open_to_all
@switch.bilingual
def report() -> str:
    """Say where a breach of neutrality is reported."""
    return render_template("pages/report.html")
