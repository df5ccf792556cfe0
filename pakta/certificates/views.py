"""Pages of a certificate: for its owner, for those who may read it, and its files."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response as WerkzeugResponse

from pakta.accounts import service as accounts
from pakta.accounts import visitor
from pakta.certificates import confirming, documents, filing, qr, renewing, service
from pakta.certificates.models import IssuedCredential
from pakta.core import credential
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.editions import service as editions
from pakta.ledger import heads, witnessing
from pakta.roles import Power, who_may
from pakta.roster import scope
from pakta.web import access, clock, display, wired

bp = Blueprint("certificates", __name__)


@dataclass(frozen=True, slots=True)
class Own:
    """A certificate as its owner sees it in their list."""

    row: IssuedCredential
    title: str
    doubtful: bool


@bp.app_template_global("qr_picture")
def qr_picture(address: str, title: str) -> Markup:
    """Return the QR of an address for a page."""
    return qr.svg(address, title=title)


@bp.app_template_global("own_certificates")
def own_certificates() -> list[Own]:
    """Return the visitor's certificates of all editions and states, newest first, for any page that lists them."""
    session = db.session()
    return [
        Own(row, editions.by_code(session, code=row.edition_code).title, confirming.is_doubtful(session, row=row))
        for row in service.of_person(session, person_id=current_user.person.id)
    ]


@bp.app_template_global("files_to_fetch_again")
def files_to_fetch_again() -> list[tuple[str, list[str]]]:
    """Return the visitor's certificates whose stored files carry a lost seal: their numbers, and which files."""
    seal = wired().keyring.seal
    rows = service.of_person(db.session(), person_id=current_user.person.id) if seal.lost else []
    found = [(row.number, documents.lost_kinds(db.session(), credential_id=row.id, key=seal)) for row in rows]
    return [each for each in found if each[1]]


@bp.get("/sertifikat/<number>")
@access.signed_in
def show(number: str) -> str:
    """Show a certificate with its QR, its files and its state."""
    row = _readable(number)
    if row.person_id != current_user.person.id:
        visitor.note("sertifikat-lihat", person_id=row.person_id)
    config = wired().config
    address = service.address(row, config=config)
    head = witnessing.covering(db.session(), index=row.ledger_index, policy=config.policy)
    return render_template(
        "certificates/show.html",
        row=row,
        own=row.person_id == current_user.person.id,
        edition=editions.by_code(db.session(), code=row.edition_code),
        address=address,
        qr=qr.svg(address),
        head=head,
        signed=head is not None or heads.covering(db.session(), index=row.ledger_index) is not None,
        witnesses=witnessing.named(head, policy=config.policy) if head else "",
        marked=row.unit.institution.marked,
        in_doubt=confirming.is_doubtful(db.session(), row=row),
        replaces=renewing.replaced(db.session(), row=row),
        named=credential.parse(row.cose or b"").claims.name,  # as signed, whatever its owner is called by now
    )


@bp.get("/sertifikat/<number>/lembar.pdf")
@access.signed_in
@access.fresh_unless_own
def sheet(number: str) -> Response | WerkzeugResponse:
    """Serve the sealed lembar; somebody else's leaves only to a fresh sign-in."""
    row = _readable(number)
    own = row.person_id == current_user.person.id
    return (None if own else access.ask_again()) or _file(row, "lembar")


@bp.get("/sertifikat/<number>/berkas-bukti.pdf")
@access.signed_in
@access.fresh
def evidence_file(number: str) -> Response:
    """Serve the sealed berkas bukti, to its owner only: it holds the identity number."""
    return _file(_own(number), "berkas")


@bp.get("/sertifikat/<number>/kartu.png")
@access.signed_in
def card(number: str) -> Response:
    """Serve the picture for sharing, to its owner only: whether it is shared is theirs to say."""
    return _file(_own(number), "kartu")


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


def _own(number: str) -> IssuedCredential:
    """Return the visitor's own certificate; another's does not exist here."""
    row = _readable(number)
    if row.person_id != current_user.person.id:
        abort(404)
    return row


def _may_read(row: IssuedCredential) -> bool:
    if row.person_id == current_user.person.id:
        return True
    return scope.in_scope(visitor.open_units(*who_may(Power.READ_CERTIFICATES)), row.person.unit)


def _record(row: IssuedCredential, kind: str) -> None:
    """Write down who takes another's file, before it is given."""
    if row.person_id == current_user.person.id:
        return
    account_id, person_id = current_user.account_id, row.person_id
    with transaction() as session:
        accounts.record(session, account_id=account_id, action=f"unduh-{kind}", person_id=person_id, now=clock.now())
