"""Pages of verification: the QR's page and what it reads, and the page on which one types or uploads."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from pakta.accounts import attempts
from pakta.certificates import publishing
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.verification import presentation, service, shell, words
from pakta.web import access, clock, errors, page, wired

bp = Blueprint("verification", __name__)

FOREVER = "public, max-age=31536000, immutable"
REVALIDATED = "public, no-cache"
STATUS_AGE = "public, max-age=60"
LONGEST_TYPED = 4000  # characters of a number or an address


@bp.get("/v")
@access.open_to_all
def qr_page() -> AnyResponse:
    """Serve the shell of the QR's page: the same bytes for everybody."""
    answer = Response(_shell_page(_version()), mimetype="text/html")
    answer.headers["X-Robots-Tag"] = "noindex"
    return _cached(answer, REVALIDATED)


@bp.get("/v/<version>/<name>")
@access.open_to_all
def script(version: str, name: str) -> AnyResponse:
    """Serve a script of the shell; only the present version exists."""
    if name not in (*shell.SCRIPTS, *shell.LATER) or version != _version():
        abort(404)
    return _cached(_script(_folder() / name), FOREVER)


@bp.get("/v-sw.js")
@access.open_to_all
def worker() -> AnyResponse:
    """Serve the worker that keeps the shell and its data on the phone."""
    files = [page.asset(name) for name in ("pakta.css", "img/pakta.svg")]
    source = shell.worker(_folder(), version=_version(), files=files)
    return _cached(Response(source, mimetype="text/javascript"), REVALIDATED)


@bp.get("/.well-known/pakta-keys.json")
@access.open_to_all
def key_set() -> AnyResponse:
    """Serve the newest key set, as it was signed."""
    row = publishing.newest_key_set(db.session())
    if row is None:
        abort(404)
    return _public(Response(row.text, mimetype="application/json"), REVALIDATED)


@bp.get("/s/0")
@access.open_to_all
def status_list() -> AnyResponse:
    """Serve the newest status list, as it was signed."""
    row = publishing.newest_status_list(db.session())
    if row is None:
        abort(404)
    return _public(Response(row.token, mimetype="application/statuslist+cwt"), STATUS_AGE)


@bp.get("/s/0/<int:index>")
@access.open_to_all
def status_change(index: int) -> AnyResponse:
    """Say when and why the certificate at this place was revoked or suspended; the rest answers alike."""
    change = service.change_at(db.session(), status_index=index) if index < 1 << 31 else None
    if change is None:
        abort(404)
    told = {"status": change.status, "class": change.reason_class, "at": change.at.isoformat()}
    return _public(jsonify(told), REVALIDATED)


@bp.get("/periksa")
@access.open_to_all
def ask() -> str:
    """Offer the ways to check: type the number, upload a file or a photo."""
    return render_template("verification/ask.html")


@bp.post("/periksa")
@access.open_to_all
def by_number() -> AnyResponse:
    """Find a certificate by its number: a browser gets the address and verifies it, others get our verdict."""
    typed = request.form.get("nomor", "").strip()[:LONGEST_TYPED]
    try:
        address = _address(typed)
    except Refusal as refusal:
        return _asked_again(refusal, typed)
    if errors.wants_json():
        return jsonify({"address": address})
    return _results([_judged(address)])


def _address(typed: str) -> str:
    """Return the address that was typed, or that of the certificate whose number was typed."""
    if "#" in typed or "://" in typed:
        return typed
    with transaction() as session:
        attempts.take(
            session,
            purpose="certificate",
            tried=None,
            address=request.remote_addr or "",
            now=clock.now(),
            pepper=wired().keyring.pepper,
        )
    return service.address_of_number(db.session(), text=typed, config=wired().config)


def _judged(address: str) -> dict[str, object]:
    """Return what a page shows of our own verdict on an address."""
    session, config = db.session(), wired().config
    found = service.verdict_for_address(session, address=address, config=config, now=clock.now())
    return {
        "shown": presentation.show(found, host=config.host),
        "change": service.change_of(session, found=found),
        "classes": words.CLASSES,
    }


def _results(results: list[dict[str, object]]) -> AnyResponse:
    return _private(render_template("verification/results.html", results=results))


def _asked_again(refusal: Refusal, typed: str) -> AnyResponse:
    told, status = errors.as_json(refusal), errors.STATUS.get(refusal.reason, 422)
    if errors.wants_json():
        return _private(jsonify(told), status)
    return _private(render_template("verification/ask.html", refusal=told, typed=typed), status)


def _private(content: str | Response, status: int = 200) -> AnyResponse:
    answer = content if isinstance(content, Response) else Response(content, mimetype="text/html")
    answer.status_code = status
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _public(answer: Response, caching: str) -> AnyResponse:
    """Let any site and any cache hold what is signed and public."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return _cached(answer, caching)


def _cached(answer: Response, caching: str) -> AnyResponse:
    answer.headers["Cache-Control"] = caching
    answer.add_etag()
    return answer.make_conditional(request)


def _script(path: Path) -> Response:
    """Return a script, compressed where the browser takes it: a phone's signal is weak."""
    answer = Response(path.read_bytes(), mimetype="text/javascript")
    answer.headers["Vary"] = "Accept-Encoding"
    if request.accept_encodings["gzip"] > 0:
        answer.set_data(_compressed(path, path.stat().st_mtime_ns))
        answer.headers["Content-Encoding"] = "gzip"
    return answer


@cache
def _compressed(path: Path, _changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)


def _folder() -> Path:
    return Path(str(current_app.static_folder)) / "js"


def _shell_page(version: str) -> str:
    return render_template(
        "verification/v.html",
        scripts=[shell.script_path(name, version=version) for name in shell.SCRIPTS],
        vocabulary=presentation.vocabulary(wired().config.host),
        person=words.PERSON,
        nameless=words.NAMELESS,
    )


def _version() -> str:
    return shell.version(_folder(), page=_shell_page(""))
