"""Pages of signing: read and tick, see exactly what is signed, sign, ask whether it was signed."""

from __future__ import annotations

import binascii
import re
from typing import Any

from flask import abort, jsonify, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pakta.accounts import service as accounts
from pakta.core import canonical, statement
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.editions import service as editions
from pakta.ledger import witnessing
from pakta.roster.rules import LEFT
from pakta.signing import rules, service
from pakta.signing.blueprint import asked_again, body, bp, queue
from pakta.web import access, clock, display, errors, wired

HASH = re.compile(r"[0-9a-f]{64}")


@bp.get("/pakta")
@access.signed_in
def read() -> str | Response:
    """Show the whole text, each clause with its tick; or the certificate when it is signed already."""
    return _read_page()


@bp.post("/pakta/siapkan")
@access.signed_in
def prepare() -> Response:
    """Make the statement for the ticked clauses and show exactly what will be signed."""
    ticked = request.form.getlist("butir")
    try:
        with transaction() as session:
            key = accounts.key_to_sign_with(
                session, person=current_user.person, thumbprint=request.form.get("kunci", "")
            )
            row = service.prepare(session, person=current_user.person, key=key, ticked=ticked, now=clock.now())
    except Refusal as refusal:
        if refusal.reason == Reason.SUDAH_MENANDATANGANI:
            return redirect(url_for("signing.read"))
        return make_response(_read_page(refusal=refusal, ticked=ticked), errors.STATUS.get(refusal.reason, 422))
    return redirect(url_for("signing.review", sha256=row.sha256.hex()))


@bp.get("/pakta/tinjau/<sha256>")
@access.signed_in
@access.fresh
def review(sha256: str) -> str | Response:
    """Show the fields of a prepared statement, read from the very bytes that will be signed."""
    digest = _digest(sha256)
    person = current_user.person
    signed = service.signed_by_hash(db.session(), person=person, sha256=digest)
    if signed is not None:
        return redirect(url_for("certificates.show", number=signed.number))
    row = service.prepared_by_hash(db.session(), person=person, sha256=digest)
    if row is None:
        return redirect(url_for("signing.read"))
    key = accounts.key_by_id(db.session(), key_id=row.key_id)
    stale = rules.is_stale(prepared_at=row.prepared_at, now=clock.now())
    return render_template(
        "signing/review.html",
        stated=statement.parse(row.statement),
        statement=canonical.base64url(row.statement),
        text=row.statement.decode(),
        row=row,
        key=key,
        stale=stale,
        clauses=editions.clause_ids(editions.by_code(db.session(), code=row.edition_code)),
        relying_party=wired().config.relying_party,
    )


@bp.post("/pakta/tandatangani")
@access.signed_in
@access.fresh_or_kiosk
def sign() -> Response:
    """Accept a signed statement; the same one again gives the same certificate."""
    found, person_id = body(), current_user.account.person_id
    number = queue().sign(person_id=person_id, statement=_decoded(found.get("statement")), proof=_proof(found))
    where = url_for("certificates.show", number=number)
    return jsonify({"number": display.certificate_number(number), "address": where})


@bp.get("/pakta/status")
@access.signed_in
def status() -> str | Response:
    """Say whether this person's pact is stored: the answer to a reply that was lost."""
    person = current_user.person
    edition = service.edition_for(db.session(), person=person, now=clock.now())
    issued = edition and service.standing_certificate(db.session(), person=person, edition=edition)
    if errors.wants_json():
        where = url_for("certificates.show", number=issued.number) if issued else None
        return jsonify({"signed": issued is not None, "address": where})
    policy = wired().config.policy
    waiting = issued and policy and not witnessing.covering(db.session(), index=issued.ledger_index, policy=policy)
    asked = None if issued else asked_again()
    return render_template("signing/status.html", edition=edition, issued=issued, waiting=waiting, asked=asked)


def _read_page(*, refusal: Refusal | None = None, ticked: list[str] | None = None) -> str | Response:
    person = current_user.person
    edition = service.edition_for(db.session(), person=person, now=clock.now())
    issued = None if edition is None else service.standing_certificate(db.session(), person=person, edition=edition)
    if issued is not None and refusal is None:
        return redirect(url_for("certificates.show", number=issued.number))
    left = person.status in LEFT
    if edition is None or left:
        return render_template("signing/none_open.html", person=person, left=left)
    return render_template(
        "signing/read.html",
        person=person,
        edition=edition,
        in_doubt=service.certificate_in_doubt(db.session(), person=person, edition=edition),
        asked=asked_again(),
        text=editions.text_of(edition),
        keys=accounts.usable_keys(db.session(), person=person),
        preferred=current_user.key_id,
        ticked=ticked or [],
        refusal=refusal,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
    )


def _proof(found: dict[str, Any]) -> dict[str, str]:
    names = ("signature", "authenticatorData", "clientDataJSON")
    proof = {name: found[name] for name in names if name in found}
    if not all(isinstance(value, str) for value in proof.values()):
        raise Refusal(Reason.SIGNATURE_MALFORMED)
    return proof


def _decoded(text: object) -> bytes:
    if not isinstance(text, str) or len(text) > 16_384:
        raise Refusal(Reason.STATEMENT_MALFORMED)
    try:
        return canonical.from_base64url(text)
    except (ValueError, binascii.Error) as error:
        raise Refusal(Reason.STATEMENT_MALFORMED) from error


def _digest(text: str) -> bytes:
    if not HASH.fullmatch(text):
        abort(404)
    return bytes.fromhex(text)
