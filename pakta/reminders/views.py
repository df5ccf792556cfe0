"""Pages of reminders: who has not signed with a way to reach each, a text for the group, the switch of e-mail."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from pakta.accounts import visitor
from pakta.accounts.models import Account
from pakta.database import db, transaction
from pakta.reminders import rules, service, texts
from pakta.roles import Power, Role, who_may
from pakta.roster import lists, scope, units
from pakta.roster.models import Unit
from pakta.web import access, clock, display, wired

bp = Blueprint("reminders", __name__)
SEEING = (Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)


@bp.get("/cakupan/<code>/ingatkan")
@access.requires(*SEEING)
def unit(code: str) -> str:
    """Show who has not signed, and how each can be reminded."""
    found = _unit(code)
    session, now = db.session(), clock.now()
    asking = service.asked(session, now=now)[1]
    waiting = service.waiting(session, unit=found, now=now)
    page = min(100_000, max(1, request.args.get("halaman", 1, type=int)))
    visitor.note("ingatkan-lihat", unit_id=found.id, how=[f"halaman {page}" if page > 1 else ""])
    people = lists.unsigned(session, within=found, asked=asking, page=page)
    return render_template(
        "reminders/unit.html",
        unit=found,
        waiting=waiting,
        people=people,
        reached=service.reached(session, person_ids=[each.person_id for each in people.people], asking=asking),
        group=_group_text(found, waiting),
        switches=service.switches(session, unit=found),
        can_mail=wired().config.mail is not None,
        administers=Role.ADMINISTRATOR in access.roles_of(current_user),
        not_opened="tetap" in request.args,
        now=now,
        rules=rules,
    )


@bp.post("/cakupan/<code>/ingatkan")
@access.requires(*SEEING)
def switch(code: str) -> AnyResponse:
    """Turn automatic e-mail of a unit on or off."""
    found = _unit(code)
    with transaction() as session:
        service.switch(
            session, by=session.get_one(Account, current_user.account_id), unit=session.get_one(Unit, found.id),
            on="nyala" in request.form, now=clock.now(),
        )  # fmt: skip
    return redirect(url_for("reminders.unit", code=code, _anchor="surel"), 303)


@bp.post("/cakupan/<code>/ingatkan/<int:person_id>")
@access.requires(*SEEING)
def open_whatsapp(code: str, person_id: int) -> AnyResponse:
    """Note that WhatsApp is opened for somebody, and open it.

    The answer is a page that leads on by itself: our policy lets no form lead to another host.
    """
    found = _unit(code)
    with transaction() as session:
        opened = service.open_whatsapp(
            session, by=session.get_one(Account, current_user.account_id), unit=session.get_one(Unit, found.id),
            person_id=person_id, now=clock.now(),
        )  # fmt: skip
    if opened is None:
        return redirect(url_for("reminders.unit", code=code, tetap=1), 303)
    number, edition = opened
    address = rules.whatsapp_address(number, texts.to_one(_facts(edition.title, edition.closes_on)))
    answer: Response = make_response(render_template("reminders/opened.html", unit=found, address=address))
    answer.headers["Refresh"] = f"0; url={address}"
    return answer


def _group_text(found: Unit, waiting: service.Waiting) -> str:
    """Return the text for a unit's group, which names no objection; empty where nobody is waited for."""
    if waiting.closes_on is None:
        return ""
    counts = None if found.institution.marked else waiting.counts
    return texts.to_all(found.name, [display.number(each) for each in counts or ()], _facts("", waiting.closes_on))


def _facts(title: str, closes: date) -> texts.Facts:
    return texts.Facts(title, display.day(closes), wired().config.origin, wired().config.city)


def _unit(code: str) -> Unit:
    """Return the open unit with this code; one outside the scope answers as one that does not exist."""
    found, today = units.by_code(db.session(), code=code), clock.today(clock.now())
    if found is None or not scope.in_scope(visitor.open_units(*who_may(Power.SEE_NAMES)), found):
        abort(404)
    if not units.is_open(db.session(), unit=found, on=today):
        abort(404)
    return found
