"""Pages of verification: the QR's page and what it reads, and the page on which one types or uploads."""

from __future__ import annotations

import gzip
from functools import lru_cache, partial
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives.serialization import Encoding
from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from pakta.certificates import publishing
from pakta.core import credential
from pakta.core.errors import Reason, Refusal
from pakta.database import db
from pakta.verification import asked, changes, document, installing, presentation, qrpage, sealroots, shell, telling
from pakta.verification.document import Finding
from pakta.verification.shell import Shell
from pakta.web import access, clock, errors, headers, page, recent, switch, wired
from pakta.web.caching import once

bp = Blueprint("verification", __name__)

FOREVER = "public, max-age=31536000, immutable"
REVALIDATED = "public, no-cache"
STATUS_AGE = "public, max-age=60"
LIST_AGE = "public, max-age=3600"
LONGEST_TYPED = 4000  # characters of a number or an address
NOT_OURS = (Reason.OTHER_HOST, Reason.ADDRESS_MALFORMED)  # of these whoever asks is shown what the QR says
MOST_SHOWN = 300  # characters of that


@bp.get(qrpage.PATH)
@access.open_to_all
@switch.bilingual
def qr_page() -> AnyResponse:
    """Serve the shell of the QR's page: the same bytes for everybody who asks in one language."""
    answer = _packed(_shell().pages[qrpage.address(switch.current())].encode(), "text/html")
    answer.headers["X-Robots-Tag"] = "noindex"
    return _cached(answer, REVALIDATED)


@bp.get("/v/<version>/<name>")
@access.open_to_all
def script(version: str, name: str) -> AnyResponse:
    """Serve a script of the shell; a page that came before the ribbon did, or went, still finds its own."""
    shells = _shells().values()
    content = next((each.scripts.get(name) for each in shells if each.version == version), None)
    if content is None:
        abort(404)
    return _cached(_packed(content, "text/javascript"), FOREVER)


@bp.get("/v-sw.js")
@access.open_to_all
def worker() -> AnyResponse:
    """Serve the worker that keeps the shell and its data on the phone."""
    source = shell.worker(_folder(), shell=_shell(), kept=wired().config.offline)
    return _cached(_packed(source.encode(), "text/javascript"), REVALIDATED)


@bp.get(installing.PATH)
@access.open_to_all
def manifest() -> AnyResponse:
    """Serve what a phone needs to install the QR's page."""
    return _cached(_packed(_shell().files[installing.PATH], "application/manifest+json"), REVALIDATED)


@bp.get("/nama-tidak-cocok")
@access.open_to_all
@switch.bilingual
def mismatch() -> str:
    """Say what to do where the name on a certificate is not that of the person who shows it."""
    return render_template("verification/mismatch.html")


@bp.get("/.well-known/pakta-keys.json")
@access.open_to_all
def key_set() -> AnyResponse:
    """Serve the newest key set, as it was signed."""
    text = recent.remember("verification.key_set", _newest_key_set)
    if text is None:
        abort(404)
    return _public(Response(text, mimetype="application/json"), REVALIDATED)


@bp.get("/s/0")
@access.open_to_all
def status_list() -> AnyResponse:
    """Serve the newest status list, as it was signed."""
    token = recent.remember("verification.status_list", _newest_status_list)
    if token is None:
        abort(404)
    return _public(Response(token, mimetype="application/statuslist+cwt"), STATUS_AGE)


@bp.get("/segel/<name>.crl")
@access.open_to_all
def revocations(name: str) -> AnyResponse:
    """Serve the list of revocations of one of our seals, as its root signed it: it names nobody."""
    found = wired().keyring.seal.crls.get(name)
    if found is None:
        abort(404)
    return _public(Response(found.public_bytes(Encoding.DER), mimetype="application/pkix-crl"), LIST_AGE)


@bp.get(sealroots.PATH)
@access.open_to_all
def seal_roots() -> AnyResponse:
    """Serve the roots of our seals, for whoever checks sealed files elsewhere."""
    seal = wired().keyring.seal
    text = sealroots.build(root=seal.chain[-1], earlier=seal.earlier, lost=seal.lost)
    return _public(Response(text, mimetype="application/json"), REVALIDATED)


@bp.get(changes.PATH)
@access.open_to_all
def status_changes() -> AnyResponse:
    """Serve when and why certificates were revoked or suspended: all of them, so that asking tells nothing."""
    answer = _packed(asked.listed(), "application/json")
    return _public(answer, STATUS_AGE)


@bp.get("/periksa")
@access.open_to_all
@switch.bilingual
def ask() -> AnyResponse:
    """Offer the ways to check: scan, type the number, upload a file or a photo."""
    return _form(again="lagi" in request.args)


@bp.post("/periksa")
@access.open_to_all
@switch.bilingual
def by_number() -> AnyResponse:
    """Find a certificate by its number: who verifies at our origin is led to its address, others get our verdict."""
    typed = request.form.get("nomor", "").strip()[:LONGEST_TYPED]
    try:
        address = _address(typed)
    except Refusal as refusal:
        return _asked_again(refusal, typed=typed)
    if request.form.get("sendiri") == wired().config.origin and _is_ours(address):
        return _private(redirect(f"{qrpage.PATH}#{address.partition('#')[2]}", 303))
    return _results([Finding(asked.judge(address))])


@bp.post("/periksa/berkas")
@access.open_to_all
@switch.bilingual
def by_file() -> AnyResponse:
    """Check an uploaded PDF, picture or text; nothing of it is kept."""
    sent = request.files.get("berkas") or request.files.get("foto")
    try:
        if not sent:
            raise Refusal(Reason.FILE_MISSING)
        findings = asked.in_file(sent.read(document.LARGEST + 1))
    except Refusal as refusal:
        return _asked_again(refusal, field="berkas")
    return _results(findings)


@bp.get("/periksa/berkas")
@bp.get("/periksa/kamera")
@access.open_to_all
@switch.bilingual
def nothing_sent() -> AnyResponse:
    """Lead back who comes back to an address to which only forms are sent, or asks for it in the other language."""
    return redirect("/periksa?lagi=1", 303)


@bp.post("/periksa/kamera")
@access.open_to_all
@switch.bilingual
def by_camera() -> AnyResponse:
    """Read the QR codes in a frame of a camera, for a browser that reads none itself; it judges what they say."""
    content = request.stream.read(asked.LARGEST_FRAME + 1)
    return _private(jsonify({"texts": asked.in_frame(content)}))


def _newest_key_set() -> bytes | None:
    row = publishing.newest_key_set(db.session())
    return None if row is None else row.text


def _newest_status_list() -> bytes | None:
    row = publishing.newest_status_list(db.session())
    return None if row is None else row.token


def _address(typed: str) -> str:
    """Return the address that was typed, or that of the certificate whose number was typed."""
    if "#" in typed or "://" in typed:
        return typed
    return asked.address_of_number(typed)


def _is_ours(address: str) -> bool:
    """Say whether an address is one of our certificates', with what is forgiven; its signature is not looked at."""
    try:
        return bool(credential.from_address(address, origin=wired().config.origin))
    except Refusal:
        return False


def _results(findings: list[Finding]) -> AnyResponse:
    """Show our own verdicts, for browsers that do not verify themselves and for files."""
    config = wired().config
    guarded, spoken = config.policy is not None, switch.current()
    results = [
        {
            "shown": presentation.show(each.verdict, host=config.host, guarded=guarded, spoken=spoken, served=True),
            "facts": [(mark, spoken.text(text)) for mark, text in each.facts],
            "why": presentation.why(each.verdict, listed=asked.listed, spoken=spoken),
            "read": telling.plain(each.read[:MOST_SHOWN]) if each.verdict.reason in NOT_OURS else "",
        }
        for each in findings
    ]
    page = render_template("verification/results.html", results=results, guarded=guarded, now=clock.now())
    return _private(page)


def _asked_again(refusal: Refusal, *, typed: str = "", field: str = "nomor") -> AnyResponse:
    told, status = errors.as_json(refusal), errors.STATUS.get(refusal.reason, 422)
    return _private(_form(refusal=told, typed=typed, field=field), status)


def _form(**shown: object) -> Response:
    """Return the page of the ways to check, the one page on which a browser may ask for the camera."""
    answer = Response(render_template("verification/ask.html", **shown), mimetype="text/html")
    answer.headers["Permissions-Policy"] = headers.WITH_CAMERA
    return answer


def _private(content: str | AnyResponse, status: int | None = None) -> AnyResponse:
    answer = Response(content, mimetype="text/html") if isinstance(content, str) else content
    answer.status_code = status or answer.status_code
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _public(answer: Response, caching: str) -> AnyResponse:
    """Let any site and any cache hold what is signed and public."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return _cached(answer, caching)


def _cached(answer: Response, caching: str) -> AnyResponse:
    answer.headers["Cache-Control"] = caching
    return once(answer)


def _packed(content: bytes, mimetype: str) -> Response:
    """Return a file, compressed where the browser takes it: a phone's signal is weak."""
    answer = Response(content, mimetype=mimetype)
    answer.headers["Vary"] = "Accept-Encoding"
    if request.accept_encodings["gzip"] > 0:
        answer.set_data(_compressed(content))
        answer.headers["Content-Encoding"] = "gzip"
    return answer


@lru_cache(maxsize=64)
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)


def _folder() -> Path:
    return Path(str(current_app.static_folder)) / "js"


def _shell() -> Shell:
    """Return the shell as it is now: whether it has the ribbon follows the people of the database."""
    return _shells()[recent.remember("verification.ribbon", _ribbon) is not None]


def _ribbon() -> bytes | None:
    return b"1" if page.is_demo(wired().config) else None


def _shells() -> dict[bool, Shell]:
    """Return the shell without and with the ribbon, made once an app: their files do not change while it runs."""
    made = current_app.extensions.get("pakta-shells")
    if made is None:
        made = current_app.extensions["pakta-shells"] = {demo: _made(demo=demo) for demo in (False, True)}
    return cast(dict[bool, Shell], made)


def _made(*, demo: bool) -> Shell:
    config = wired().config
    files = {page.asset(name): (_folder().parent / name).read_bytes() for name in ("pakta.css", "img/pakta.svg")}
    files[installing.PATH] = installing.manifest(config, asset=page.asset)
    pages = partial(qrpage.pages, config=config, demo=demo)
    return shell.make(_folder(), pages=pages, config=config, files=files)
