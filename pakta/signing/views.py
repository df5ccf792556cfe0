"""Pages of signing: read and tick, see exactly what is signed, sign, ask whether it was signed."""

from __future__ import annotations

import binascii
import re
from typing import Any

from flask import Blueprint, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pakta.accounts import service as accounts
from pakta.accounts import sessions
from pakta.core import canonical, statement
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.editions import service as editions
from pakta.roles import Role
from pakta.signing import reports, rules, service
from pakta.web import access, clock, errors, wired

bp = Blueprint("signing", __name__)

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
        return make_response(_read_page(refusal=refusal, ticked=ticked), 422)
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
@access.fresh
def sign() -> Response:
    """Accept a signed statement; the same one again gives the same certificate."""
    body = _body()
    with transaction() as session:
        issued = service.accept(
            session,
            person=current_user.person,
            statement=_decoded(body.get("statement")),
            proof=_proof(body),
            now=clock.now(),
            keyring=wired().keyring,
            config=wired().config,
        )
        if current_user.kiosk:
            sessions.end(session, sign_in=current_user, now=clock.now())
    return jsonify({"number": issued.number, "address": url_for("certificates.show", number=issued.number)})


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
    return render_template("signing/status.html", edition=edition, issued=issued)


@bp.route("/data-salah", methods=["GET", "POST"])
@access.signed_in
def wrong_data() -> str | Response | tuple[str, int]:
    """Report that something in one's own data is wrong, and see the answers."""
    if request.method == "GET":
        return _wrong_data_page()
    try:
        with transaction() as session:
            reports.report(
                session,
                person=current_user.person,
                field=request.form.get("bagian", ""),
                message=request.form.get("pesan", ""),
                now=clock.now(),
            )
    except Refusal as refusal:
        return _wrong_data_page(refusal=refusal), 422
    return redirect(url_for("signing.wrong_data", terkirim=1))


@bp.get("/laporan-data")
@access.requires(Role.ADMINISTRATOR)
def report_queue() -> str:
    """Show the administrator the reports of wrong data inside their institution."""
    return _queue_page()


@bp.post("/laporan-data/<int:report_id>")
@access.requires(Role.ADMINISTRATOR)
def answer_report(report_id: int) -> str | Response | tuple[str, int]:
    """Answer one report."""
    try:
        with transaction() as session:
            row = reports.answer(
                session,
                report_id=report_id,
                granted=_administered(),
                account_id=current_user.account_id,
                text=request.form.get("jawaban", ""),
                now=clock.now(),
            )
            accounts.record(
                session,
                account_id=current_user.account_id,
                action="laporan-data-jawab",
                person_id=row.person_id,
                now=clock.now(),
            )
    except Refusal as refusal:
        return _queue_page(refusal=refusal, wrong_id=report_id), 422
    return redirect(url_for("signing.report_queue"))


def _read_page(*, refusal: Refusal | None = None, ticked: list[str] | None = None) -> str | Response:
    person = current_user.person
    edition = service.edition_for(db.session(), person=person, now=clock.now())
    if edition is None:
        return render_template("signing/none_open.html", person=person)
    issued = service.standing_certificate(db.session(), person=person, edition=edition)
    if issued is not None and refusal is None:
        return redirect(url_for("certificates.show", number=issued.number))
    return render_template(
        "signing/read.html",
        person=person,
        edition=edition,
        text=editions.text_of(edition),
        keys=accounts.usable_keys(db.session(), person=person),
        preferred=current_user.key_id,
        ticked=ticked or [],
        refusal=refusal,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
    )


def _wrong_data_page(*, refusal: Refusal | None = None) -> str:
    return render_template(
        "signing/wrong_data.html",
        person=current_user.person,
        rows=reports.of_person(db.session(), person=current_user.person),
        fields=rules.FIELDS,
        refusal=refusal,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
        sent=request.args.get("terkirim") == "1",
    )


def _queue_page(*, refusal: Refusal | None = None, wrong_id: int = 0) -> str:
    return render_template(
        "signing/report_queue.html",
        rows=reports.queue(db.session(), granted=_administered()),
        refusal=refusal,
        wrong_id=wrong_id,
        sentence=errors.as_json(refusal)["message"] if refusal else "",
    )


def _administered() -> list[Any]:
    return [grant.unit for grant in current_user.grants if grant.role == Role.ADMINISTRATOR]


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refusal(Reason.STATEMENT_MALFORMED)
    return body


def _proof(body: dict[str, Any]) -> dict[str, str]:
    names = ("signature", "authenticatorData", "clientDataJSON")
    proof = {name: body[name] for name in names if name in body}
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
