"""Pages of a certificate: for its owner, for those who may read it, and its files."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template
from flask_login import current_user

from pakta.accounts import service as accounts
from pakta.accounts import visitor
from pakta.certificates import confirming, documents, filing, qr, service
from pakta.certificates.models import IssuedCredential
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.editions import service as editions
from pakta.ledger import proofs
from pakta.roles import MAY, Power, Role
from pakta.roster import scope
from pakta.web import access, clock, display, wired

bp = Blueprint("certificates", __name__)


@bp.get("/sertifikat/<number>")
@access.signed_in
def show(number: str) -> str:
    """Show a certificate with its QR, its files and its state."""
    row = _readable(number)
    if row.person_id != current_user.person.id:
        visitor.note("sertifikat-lihat", person_id=row.person_id)
    config = wired().config
    address = service.address(row, config=config)
    return render_template(
        "certificates/show.html",
        row=row,
        own=row.person_id == current_user.person.id,
        edition=editions.by_code(db.session(), code=row.edition_code),
        address=address,
        qr=qr.svg(address),
        head=proofs.covering(db.session(), index=row.ledger_index),
        marked=row.unit.institution.marked,
        in_doubt=confirming.is_doubtful(db.session(), row=row),
    )


@bp.get("/sertifikat/<number>/lembar.pdf")
@access.signed_in
def sheet(number: str) -> Response:
    """Serve the sealed lembar."""
    return _file(_readable(number), "lembar")


@bp.get("/sertifikat/<number>/berkas-bukti.pdf")
@access.signed_in
@access.fresh
def evidence_file(number: str) -> Response:
    """Serve the sealed berkas bukti, to its owner only: it holds the identity number."""
    row = _readable(number)
    if row.person_id != current_user.person.id:
        abort(404)
    return _file(row, "berkas")


@bp.get("/sertifikat/<number>/kartu.png")
@access.signed_in
def card(number: str) -> Response:
    """Serve the picture for sharing."""
    return _file(_readable(number), "kartu")


def _file(row: IssuedCredential, kind: str) -> Response:
    content = filing.file_of(
        row, kind=kind, display=display.moment, now=clock.now(), keyring=wired().keyring, config=wired().config
    )
    _record(row, kind)
    mimetype = "image/png" if kind == "kartu" else "application/pdf"
    answer = Response(content, mimetype=mimetype)
    name = f"{documents.FILE_NAMES[kind]}-{row.number}{'.png' if kind == 'kartu' else '.pdf'}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _readable(number: str) -> IssuedCredential:
    """Return the certificate if the visitor may read it; otherwise it does not exist for them."""
    try:
        row = service.by_number(db.session(), text=number)
    except Refusal:
        row = None
    if row is None or not _may_read(row):
        abort(404)
    return row


def _may_read(row: IssuedCredential) -> bool:
    if row.person_id == current_user.person.id:
        return True
    granted = [grant.unit for grant in current_user.grants if Power.READ_CERTIFICATES in MAY[Role(grant.role)]]
    return scope.in_scope(granted, row.person.unit)


def _record(row: IssuedCredential, kind: str) -> None:
    """Write down who takes another's file, before it is given."""
    if row.person_id == current_user.person.id:
        return
    account_id, person_id = current_user.account_id, row.person_id
    with transaction() as session:
        accounts.record(session, account_id=account_id, action=f"unduh-{kind}", person_id=person_id, now=clock.now())
