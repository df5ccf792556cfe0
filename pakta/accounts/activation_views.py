"""Activation: the slip's code, whose it is, and the first key."""

from __future__ import annotations

from collections.abc import Mapping

from flask import jsonify, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from pakta.accounts import passphrases, rules, service
from pakta.accounts.blueprint import (
    START,
    TICKET,
    body,
    bp,
    count_try,
    device,
    enter,
    let_in,
    shown_slip,
    slip_of,
    status_of,
    text_of,
    ticket_for,
    told,
)
from pakta.accounts.models import Account, PersonKey, Slip
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.web import access, clock, display, switch, wired


@bp.get("/aktivasi")
@access.open_to_all
@switch.bilingual
def activation() -> str:
    """Ask for the slip's code; a QR brings it in the fragment, which the script puts into the field."""
    return _code_page()


@bp.post("/aktivasi")
@access.open_to_all
@switch.bilingual
def activation_code() -> Response | tuple[str, int]:
    """Take the code and go on to the person's data."""
    code = request.form.get("kode", "")
    try:
        slip = _checked(code)
    except Refusal as refusal:
        return _code_page(refusal=refusal, code=code), status_of(refusal)
    session[TICKET] = ticket_for(slip)
    return redirect(url_for("accounts.activation_key"))


@bp.get("/aktivasi/kunci")
@access.open_to_all
@switch.bilingual
def activation_key() -> str | Response:
    """Show whose slip it is, and offer the two kinds of key."""
    try:
        slip = shown_slip(session.get(TICKET))
    except Refusal:
        return redirect(url_for("accounts.activation"))
    return render_template(
        "accounts/key.html",
        person=slip.person,
        slip=slip,
        ticket=session[TICKET],
        in_app=rules.is_in_app(request.user_agent.string),
        least=rules.PASSPHRASE_LEAST,
    )


@bp.post("/aktivasi/periksa")
@access.open_to_all
@switch.bilingual
def activation_check() -> Response:
    """Say to a script whose slip it is, and give the ticket that the next steps carry."""
    slip = _checked(text_of(body(), "kode"))
    person = slip.person
    return jsonify(
        {
            "name": person.name,
            "unit": person.unit.name,
            "institution": person.unit.institution.name,
            "label": display.number_label(person.kind),
            "number": display.masked(person.number),
            "ticket": ticket_for(slip),
        }
    )


@bp.post("/aktivasi/kunci-sandi/mulai")
@access.open_to_all
@switch.bilingual
def activation_passkey_start() -> Response:
    """Give the options with which the browser asks the authenticator for a new passkey."""
    slip_id = slip_of(body().get("ticket"))
    with transaction() as db_session:
        options = service.start_passkey(db_session, slip_id=slip_id, now=clock.now(), config=wired().config)
    return jsonify(options)


@bp.post("/aktivasi/kunci-sandi")
@access.open_to_all
@switch.bilingual
def activation_passkey() -> Response:
    """Enrol the new passkey and sign its owner in."""
    found = body()
    response = found.get("response")
    if not isinstance(response, Mapping):
        raise Refusal(Reason.PASSKEY_REFUSED)
    with transaction() as db_session:
        account, key = service.enrol_passkey(
            db_session,
            slip_id=slip_of(found.get("ticket")),
            ticket=text_of(found, "ticket"),
            response=response,
            now=clock.now(),
            config=wired().config,
            device=device(),
        )
        row = enter(db_session, account=account, key=key)
    let_in(row)
    return _activated(account, key)


@bp.post("/aktivasi/kunci-perangkat")
@access.open_to_all
@switch.bilingual
def activation_device() -> Response:
    """Enrol the key that the browser made, with the passphrase, and sign its owner in."""
    found = body()
    slip_id = slip_of(found.get("ticket"))
    kiosk = found.get("kiosk") in (1, True)
    hashed = _hash_passphrase(slip_id, text_of(found, "passphrase"), kiosk=kiosk)
    with transaction() as db_session:
        account, key = service.enrol_device(
            db_session,
            slip_id=slip_id,
            ticket=text_of(found, "ticket"),
            jwk=found.get("jwk"),
            passphrase_hash=hashed,
            device=device(),
            kiosk=kiosk,
            now=clock.now(),
        )
        row = enter(db_session, account=account, key=key, kiosk=key.kiosk)
    let_in(row)
    return _activated(account, key)


def _checked(code: str) -> Slip:
    count_try("slip", rules.parse_code(code))
    return service.check_slip(db.session(), code=code, now=clock.now(), pepper=wired().keyring.pepper)


def _hash_passphrase(slip_id: int, text: str, *, kiosk: bool) -> str | None:
    """Return the hash of a new passphrase; on a kiosk it may be left out."""
    if kiosk and not text:
        return None
    person = db.session.get_one(Slip, slip_id).person
    own = (person.number, person.name, person.unit.name, person.unit.short_name, wired().config.city)
    return passphrases.make(text, own=own)


def _code_page(*, refusal: Refusal | None = None, code: str = "") -> str:
    return render_template(
        "accounts/slip.html",
        code=code,
        in_app=rules.is_in_app(request.user_agent.string),
        doubt=_doubt(refusal, code),
        **told(refusal),
    )


def _doubt(refusal: Refusal | None, code: str) -> str:
    """Return what "Bukan saya" would do with this slip: "used", "replaced", "vouched" (refuse), or nothing."""
    words = {Reason.SLIP_USED: "used", Reason.SLIP_REPLACED: "replaced"}
    if refusal is None or refusal.reason not in words:
        return ""
    slip = service.slip_by_code(db.session(), code=code, pepper=wired().keyring.pepper)
    keys = service.keys_of_slip(db.session(), slip=slip)
    if keys and all(key.vouched_at is not None for key in keys):
        return "vouched"
    return words[refusal.reason] if keys else ""


def _activated(account: Account, key: PersonKey) -> Response:
    return jsonify(
        {
            "name": account.person.name,
            "thumbprint": key.thumbprint,
            "index": key.ledger_index,
            "next": START,
        }
    )
