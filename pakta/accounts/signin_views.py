"""Signing in and out."""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask_login import current_user
from werkzeug.wrappers import Response

from pakta.accounts import rules, service, sessions, visitor
from pakta.accounts.blueprint import (
    HOME,
    START,
    body,
    bp,
    count_try,
    enter,
    forget_tries,
    let_in,
    status_of,
    text_of,
    told,
)
from pakta.accounts.models import SignIn
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.roster import rules as roster_rules
from pakta.web import access, addresses, clock, kept, keptwords, switch, wired


@bp.before_app_request
def note_last_seen() -> None:
    """Write the visitor's last-seen time, at most every five minutes, on pages that ask who they are."""
    mark = access.mark_of(current_app.view_functions.get(request.endpoint or ""))
    if mark is None or mark.open or not current_user.is_authenticated:
        return
    if sessions.seen_is_due(current_user, now=clock.now()):
        with transaction() as db_session:
            sessions.seen(db_session, sign_in=current_user, now=clock.now())


@bp.get("/masuk")
@access.open_to_all
@switch.bilingual
def sign_in() -> str | Response:
    """Offer the passkey button, and number with passphrase, at an address without any number."""
    onward = _next()
    if request.args.get("lanjut", onward) != onward:
        return redirect(access.sign_in_address(onward, again=_again()))
    return _page()


@bp.post("/masuk")
@access.open_to_all
@switch.bilingual
def sign_in_passphrase() -> Response | tuple[str, int]:
    """Sign in by number and passphrase."""
    number = request.form.get("nomor", "")
    tried = roster_rules.plain(number[:64])
    try:
        count_try("sign-in", tried)
        account = service.check_passphrase(
            db.session(),
            number=number,
            passphrase=request.form.get("kata_sandi", ""),
            pepper=wired().keyring.pepper,
        )
    except Refusal as refusal:
        return _page(refusal=refusal, number=number), status_of(refusal)
    with transaction() as db_session:
        row = enter(db_session, account=account)
        forget_tries(db_session, "sign-in", tried)
    let_in(row)
    return _with_kept() or redirect(_next() or _start_of(row))


@bp.get("/masuk/lagi")
@access.open_to_all
@switch.bilingual
def sign_in_anew() -> Response:
    """Lead whoever opens that page's address by itself to the sign-in page: what was typed is carried by a form."""
    return redirect(url_for("accounts.sign_in"))


@bp.post("/masuk/lagi")
@access.open_to_all
@switch.bilingual
def sign_in_keeping() -> str:
    """Offer to sign in again, and carry along what was typed into a form that came too late."""
    return _page()


@bp.post("/masuk/isian")
@access.signed_in
@switch.bilingual
def kept_form() -> Response:
    """Show that what was typed is still there, and how to send it; where it is not, say so."""
    return _with_kept() or redirect(_next() or START)


@bp.post("/masuk/kunci-sandi/mulai")
@access.open_to_all
@switch.bilingual
def sign_in_passkey_start() -> Response:
    """Give the options with which the browser asks for any passkey of this host."""
    count_try("passkey", None)
    with transaction() as db_session:
        options = service.start_passkey_sign_in(db_session, now=clock.now(), config=wired().config)
    return jsonify(options)


@bp.post("/masuk/kunci-sandi")
@access.open_to_all
@switch.bilingual
def sign_in_passkey() -> Response:
    """Sign in by passkey."""
    found = body()
    response = found.get("response")
    if not isinstance(response, Mapping):
        raise Refusal(Reason.PASSKEY_REFUSED)
    with transaction() as db_session:
        account, key = service.check_passkey(db_session, response=response, now=clock.now(), config=wired().config)
        row = enter(db_session, account=account, key=key)
    let_in(row)
    return jsonify({"next": _cleaned(text_of(found, "lanjut")) if found.get("lanjut") else _start_of(row)})


@bp.post("/keluar")
@access.open_to_all
@switch.bilingual
def sign_out() -> Response:
    """End this session."""
    visitor.leave()
    return redirect("/")


def _next() -> str:
    asked = request.values.get("lanjut", "")
    return _cleaned(asked) if asked else ""


def _start_of(row: SignIn) -> str:
    return HOME if row.grants else START


def _cleaned(onward: str) -> str:
    return addresses.without_numbers(rules.own_path(onward, otherwise=START))


def _with_kept() -> Response | None:
    """Return the page with what was typed before signing in again, or that it is lost; None where nothing came."""
    text = request.form.get(kept.FIELD, "")
    if not text:
        return None
    form = kept.read(text)
    more: dict[str, object] = {"form": None, "page": _next() or START}
    if form is not None:
        place, facts = keptwords.place(form), keptwords.facts(form)
        more = {"form": form, "page": access.page_of(form.path), "place": place, "facts": facts}
    return make_response(render_template("accounts/kept.html", **more))


def _again() -> bool:
    return request.values.get("ulang") == "1"


def _page(*, refusal: Refusal | None = None, number: str = "") -> str:
    return render_template(
        "accounts/sign_in.html",
        number=number,
        onward=_next(),
        again=_again(),
        kept=request.form.get(kept.FIELD, ""),
        ended="_user_id" in cookie and not current_user.is_authenticated,
        in_app=rules.is_in_app(request.user_agent.string),
        **told(refusal),
    )
