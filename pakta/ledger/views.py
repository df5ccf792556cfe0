"""The ledger's public files under /log/ (C2SP tlog-tiles), and its page for people."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template

from pakta.core import ledgerentry, tiles
from pakta.core.errors import Refusal
from pakta.database import db
from pakta.ledger import sequencer, service
from pakta.web import access, wired

bp = Blueprint("ledger", __name__)

FOREVER = "public, max-age=31536000, immutable"


@bp.get("/log/")
@access.open_to_all
def page() -> str:
    """Say how the ledger stands and how to follow it."""
    return render_template(
        "ledger/page.html",
        head=sequencer.newest_checkpoint(db.session()),
        vkey=service.verifier_key(wired().keyring, wired().config),
        origin=service.origin(wired().config),
        entries=service.newest_public(db.session()),
    )


@bp.get("/log/checkpoint")
@access.open_to_all
def checkpoint() -> Response:
    """Serve the newest signed head, as it was stored."""
    head = sequencer.newest_checkpoint(db.session())
    if head is None:
        abort(404)
    return _file(head.note, "text/plain; charset=utf-8", "no-cache")


@bp.get("/log/tile/<path:path>")
@access.open_to_all
def tile(path: str) -> Response:
    """Serve a tile of hashes or a bundle of entries."""
    try:
        level, index, width = tiles.parse_tile_path(path)
    except Refusal:
        abort(404)
    data = sequencer.stored_tile(db.session(), level=level, index=index, width=width)
    if data is None:
        abort(404)
    return _file(data, "application/octet-stream", FOREVER)


@bp.get("/log/payload/<int:index>")
@access.open_to_all
def payload(index: int) -> Response:
    """Serve the payload of a public entry; private and unknown ones answer alike."""
    row = service.public_payload_at(db.session(), index=index) if index < 1 << 62 else None
    if row is None:
        abort(404)
    kind = "application/json" if row.kind in ledgerentry.JSON_KINDS else "application/octet-stream"
    return _file(row.payload, kind, FOREVER)


def _file(content: bytes, mimetype: str, caching: str) -> Response:
    answer = Response(content, content_type=mimetype)
    answer.headers["Cache-Control"] = caching
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
