"""The kiosk: one page on which somebody without a phone activates and signs; the key never leaves its memory.

The page calls these with JSON, so that it is never left and the key not lost before the signature.
The text is read before the slip is used: who turns round before the last step has lost nothing.
"""

from __future__ import annotations

from flask import Response, jsonify, render_template
from flask_login import current_user

from pakta.accounts import rules as account_rules
from pakta.accounts import service as accounts
from pakta.accounts import visitor
from pakta.accounts.blueprint import shown_slip
from pakta.accounts.sessions import KIOSK_IDLE
from pakta.core import canonical, statement
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.editions import service as editions
from pakta.signing import service
from pakta.signing.blueprint import body, bp
from pakta.web import access, clock, display


@bp.get("/kios")
@access.open_to_all
def kiosk() -> str:
    """Show the kiosk, and end what the one before left open."""
    if current_user.is_authenticated and current_user.kiosk:
        visitor.leave()
    return render_template("signing/kiosk.html", least=account_rules.PASSPHRASE_LEAST, idle=KIOSK_IDLE.seconds)


@bp.post("/kios/naskah")
@access.open_to_all
def kiosk_text() -> Response:
    """Give the whole text that the holder of a slip is asked to sign; the slip stays unused."""
    person = shown_slip(body().get("ticket")).person
    edition = service.edition_to_sign(db.session(), person=person, now=clock.now())
    text = editions.text_of(edition)
    return jsonify(
        {
            "title": edition.title,
            "version": edition.code,
            "opening": text.opening,
            "closing": text.closing,
            "clauses": [{"id": clause.id, "text": clause.text} for clause in text.clauses],
            "basis": [f"{basis.title}, {basis.article}".strip(", ") for basis in text.legal_basis],
        }
    )


@bp.post("/kios/siapkan")
@access.signed_in
def kiosk_prepare() -> Response:
    """Make the statement, and give its bytes with their fields in words, and how its number is shown to others."""
    found = body()
    ticked = found.get("clauses")
    if not isinstance(ticked, list) or not all(isinstance(each, str) for each in ticked):
        raise Refusal(Reason.CLAUSES_NOT_TICKED)
    with transaction() as session:
        person = current_user.person
        key = accounts.key_to_sign_with(session, person=person, thumbprint=str(found.get("key", "")))
        row = service.prepare(session, person=person, key=key, ticked=ticked, now=clock.now())
    number = statement.parse(row.statement).signer.number
    shown = {"facts": _facts(row.statement), "masked": [number, display.masked(number)]}
    return jsonify({"statement": canonical.base64url(row.statement), **shown})


def _facts(text: bytes) -> list[tuple[str, str]]:
    """Return the statement's fields with their labels, read from the very bytes that will be signed.

    Others stand at the kiosk: of the number the end alone, as where the person was asked whether it is they.
    """
    stated = statement.parse(text)
    signer = stated.signer
    return [
        ("Pakta", f"{stated.title} ({stated.edition})"),
        ("Sidik naskah", stated.text_sha256),
        ("Nama", signer.name),
        (display.number_label(signer.kind), display.masked(signer.number)),
        (display.rank_label(signer.kind), signer.rank),
        ("Jabatan", signer.position),
        (display.unit_label(signer.kind), signer.unit),
        ("Instansi", signer.institution),
        ("Butir yang disetujui", f"{display.number(len(stated.acknowledged))} butir, semuanya"),
        ("Tempat", stated.place),
        ("Disiapkan", display.moment(stated.prepared_at)),
        ("Sidik kunci", stated.key),
    ]
