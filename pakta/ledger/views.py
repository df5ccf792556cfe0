"""The ledger's public files under /log/ (C2SP tlog-tiles), and its page for people."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from flask import Blueprint, Response, abort, current_app, render_template
from flask.blueprints import BlueprintSetupState

from pakta.core import ledgerentry, tiles
from pakta.core.errors import Refusal
from pakta.database import db
from pakta.ledger import rules, service, storedtiles, totals, witnessing
from pakta.ledger.witnessing import Handed
from pakta.web import access, language, recent, switch, wired
from pakta.web.caching import once

bp = Blueprint("ledger", __name__)

FOREVER = "public, max-age=31536000, immutable"
MOST_TILES = 2048  # tiles kept in memory: at most 19 MB


class _Missing(Exception):
    """There is no such tile, or not yet."""


@bp.record
def _cache_tiles(state: BlueprintSetupState) -> None:
    """Give each app its own memory of tiles: what was served once never changes."""
    state.app.extensions["pakta_tiles"] = lru_cache(MOST_TILES)(_tile_at)


@bp.record
def _tally(state: BlueprintSetupState) -> None:
    """Give each app its own count of entries by kind."""
    state.app.extensions["pakta_tally"] = totals.Tally()


@bp.get("/log/")
@access.open_to_all
@switch.bilingual
def page() -> str:
    """Say how the ledger stands and how to follow it."""
    policy = wired().config.policy
    return render_template(
        "ledger/page.html",
        head=witnessing.newest(db.session(), policy=policy),
        pending=witnessing.pending(db.session(), policy=policy),
        witnesses=witnessing.report(db.session(), policy=policy, fill=language.sentence) if policy else [],
        quorum=rules.quorum(policy, fill=language.sentence) if policy else "",
        vkey=service.verifier_key(wired().keyring, wired().config),
        origin=service.origin(wired().config),
        entries=service.newest_public(db.session()),
    )


@bp.get("/log/checkpoint")
@access.open_to_all
def checkpoint() -> Response:
    """Serve the newest head that may be relied on: with a policy the newest one that its quorum has cosigned."""
    return _head(recent.remember("ledger.checkpoint", lambda: _note(witnessing.newest)))


@bp.get("/log/pending")
@access.open_to_all
def pending() -> Response:
    """Serve the newest signed head, with what cosignatures it has so far."""
    return _head(recent.remember("ledger.pending", lambda: _note(witnessing.pending)))


@bp.get("/log/tile/<path:path>")
@access.open_to_all
def tile(path: str) -> Response:
    """Serve a tile of hashes or a bundle of entries."""
    remembered: Callable[[str], bytes] = current_app.extensions["pakta_tiles"]
    try:
        data = remembered(path)
    except (Refusal, _Missing):
        abort(404)
    return _file(data, "application/octet-stream", FOREVER)


@bp.get("/log/payload/<index>")
@access.open_to_all
def payload(index: str) -> Response:
    """Serve the payload of a public entry; private, erased and unknown ones answer alike."""
    canonical = index.isascii() and index.isdigit() and len(index) < 19 and str(int(index)) == index
    row = service.public_payload_at(db.session(), index=int(index)) if canonical else None
    if row is None:
        abort(404)
    kind = "application/json" if row.kind in ledgerentry.JSON_KINDS else "application/octet-stream"
    return _file(row.payload, kind, FOREVER)


@bp.get("/log/totals")
@access.open_to_all
def published_totals() -> Response:
    """Serve how many entries of each kind there are, and how many certificates of each edition are valid."""
    try:
        content = recent.remember("ledger.totals", _totals)
    except totals.Counting:
        abort(503)
    return _file(content or b"", "application/json", "no-cache")


def _totals() -> bytes:
    return totals.published(db.session(), tally=current_app.extensions["pakta_tally"])


def _note(ask: Callable[..., Handed | None]) -> bytes | None:
    head = ask(db.session(), policy=wired().config.policy)
    return None if head is None else head.note


def _head(note: bytes | None) -> Response:
    """Serve a note; whoever has it already (ETag) is told so."""
    if note is None:
        abort(404)
    answer = _file(note, "text/plain; charset=utf-8", "no-cache")
    return once(answer)


def _tile_at(path: str) -> bytes:
    level, index, width = tiles.parse_tile_path(path)
    data = storedtiles.served(db.session(), level=level, index=index, width=width)
    if data is None:
        raise _Missing
    return data


def _file(content: bytes, mimetype: str, caching: str) -> Response:
    answer = Response(content, content_type=mimetype)
    answer.headers["Cache-Control"] = caching
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
