"""Views of the interface for programs, and the page that explains it."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, Response, abort, jsonify, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from pakta.accounts.attempts import FROM_HERE
from pakta.api import answers, badge, openapi, statistics
from pakta.core.errors import Reason, Refusal
from pakta.coverage import published, publishing
from pakta.database import db
from pakta.roster import units
from pakta.verification import asked, document
from pakta.verification.document import Finding
from pakta.web import access, caching, clock, page, problem, recent, switch, wired, wording

EXPLAINED = "/untuk-program"

bp = Blueprint("api", __name__)
bp.record(lambda state: state.app.extensions.update({problem.EXPLAINED: EXPLAINED}))

AGE = "public, max-age=300"
ADDRESSES = "api"  # the purpose under which addresses are counted; numbers and files count as on /periksa


@bp.after_app_request
def open_to_other_sites(answer: Response) -> Response:
    """Let any site read what programs are answered, refusals too; nothing of it depends on a cookie."""
    if problem.is_wanted():
        answer.headers.update(problem.OPEN)
    return answer


@bp.get(EXPLAINED)
@access.open_to_all
@switch.bilingual
def explained() -> str:
    """Tell people who write programs how to ask."""
    reasons = [
        (reason.value, switch.say(wording.sentence(Refusal(reason, "…"))).replace("….", "…"))
        for reason in openapi.REASONS
    ]
    found = units.institutions(db.session(), on=clock.today(clock.now()))
    return render_template("api/explained.html", reasons=reasons, institutions=found, limit=FROM_HERE)


@bp.get("/api/v1/openapi.json")
@access.open_to_all
def description() -> AnyResponse:
    """Serve the description of this interface (OpenAPI 3.1)."""
    config = wired().config
    return _cached(json.dumps(openapi.document(origin=config.origin)).encode(), "application/json")


@bp.post("/api/v1/verify")
@access.open_to_all
def verify() -> Response:
    """Judge a certificate by its address, its number or a file; nothing of a file is kept."""
    try:
        findings = _findings()
    except Refusal as refusal:
        if refusal.reason in (Reason.QUESTION_MALFORMED, Reason.QUESTION_TYPE):
            asked.count_try(ADDRESSES, may_fail=True)  # what is no question is read, too
        raise
    config = wired().config
    told = answers.of(
        findings,
        config=config,
        demo=page.is_demo(config),
        listed=asked.listed,
        now=clock.now(),
        spoken=switch.by_address(),
    )
    return jsonify(told)


@bp.get("/api/v1/coverage")
@access.open_to_all
def shares() -> AnyResponse:
    """Serve the public's shares as JSON."""
    return _remembered("api.coverage", _shares, "application/json")


@bp.get("/api/v1/coverage.csv")
@access.open_to_all
def shares_as_csv() -> AnyResponse:
    """Serve the public's shares as CSV."""
    answer = _remembered("api.csv", lambda: statistics.as_csv(_picture()), "text/csv; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = 'attachment; filename="cakupan.csv"'
    return answer


@bp.get("/api/v1/coverage/<code>.csv")
@access.open_to_all
def course_as_csv(code: str) -> AnyResponse:
    """Serve an institution's shares of each day as CSV."""
    if code not in json.loads(recent.remember("api.institutions", _institutions) or b"{}"):
        abort(404)

    def told() -> str:
        unit = units.by_code(db.session(), code=code)
        course = published.course(db.session(), unit=unit, now=clock.now()) if unit else None
        return statistics.course_as_csv(course) if course else ""

    answer = _remembered(f"api.course.{code}", told, "text/csv; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = f'attachment; filename="cakupan-{code}.csv"'
    return answer


@bp.get("/api/v1/badge/<code>.svg")
@access.open_to_all
def badge_of(code: str) -> AnyResponse:
    """Serve the badge of an institution, to be shown on other sites."""
    names = json.loads(recent.remember("api.institutions", _institutions) or b"{}").get(code)
    if names is None:
        abort(404)
    name, short = names
    spoken = switch.by_address()

    def drawn() -> str:
        picture, demo = _picture(), page.is_demo(wired().config)
        known = {each.unit.code: each for each in statistics.known(picture)}
        return badge.draw(name, known.get(code), short=short, on=picture.taken_on, demo=demo, spoken=spoken)

    return _remembered(f"api.badge.{spoken.code}.{code}", drawn, "image/svg+xml")


def _findings() -> list[Finding]:
    """Return what was asked about; refuses with QUESTION_MALFORMED, QUESTION_TYPE, and as the pages do."""
    if request.is_json:
        return [Finding(asked.judge(_asked_address()))]
    return asked.in_file(_sent_file())


def _asked_address() -> str:
    try:
        question = json.loads(request.get_data(), object_pairs_hook=_members)
    except ValueError:
        question = None
    if not isinstance(question, dict) or len(question) != 1:
        raise Refusal(Reason.QUESTION_MALFORMED)
    ((name, value),) = question.items()
    if name not in ("address", "number") or not isinstance(value, str) or not 0 < len(value) <= openapi.LONGEST:
        raise Refusal(Reason.QUESTION_MALFORMED)
    if name == "number":
        return asked.address_of_number(value.strip())
    asked.count_try(ADDRESSES, may_fail=True)
    return value.strip()


def _members(pairs: list[tuple[str, object]]) -> dict[str, object] | None:
    """Return an object's members; of one that names a member twice, nothing: readers would differ on it."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else None


def _sent_file() -> bytes:
    if request.mimetype == "multipart/form-data":
        sent = [*request.files.items(multi=True), *request.form.items(multi=True)]
        if [name for name, _ in sent] != ["file"] or not request.files:
            raise Refusal(Reason.QUESTION_MALFORMED)  # of two files one verdict would be taken for that of both
        content: bytes = request.files["file"].read(document.LARGEST + 1)
        return content
    if request.mimetype not in openapi.FILES:
        raise Refusal(Reason.QUESTION_TYPE)
    return request.stream.read(document.LARGEST + 1)


def _institutions() -> bytes:
    """Return the names of the institutions, long and short, by their codes: only for these is anything remembered."""
    found = units.institutions(db.session(), on=clock.today(clock.now()))
    return json.dumps({unit.code: (unit.name, unit.short_name) for unit in found}).encode()


def _picture() -> publishing.Picture:
    return publishing.latest(db.session(), now=clock.now())


def _shares() -> str:
    told = statistics.as_json(_picture(), config=wired().config, demo=page.is_demo(wired().config))
    return json.dumps(told, ensure_ascii=False)


def _remembered(name: str, make: Callable[[], str], content_type: str) -> AnyResponse:
    return _cached(recent.remember(name, lambda: make().encode()) or b"", content_type)


def _cached(content: bytes, content_type: str) -> AnyResponse:
    answer = Response(content, content_type=content_type)
    answer.headers["Cache-Control"] = AGE
    return caching.once(answer)
