"""Pages of coverage: for heads and administrators, for the supervisor, for the public."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask_login import current_user

from pakta.accounts import visitor
from pakta.coverage import exporting, past, published, publishing, rules, service
from pakta.database import db
from pakta.roles import Power, Role, who_may
from pakta.roster import queries, reordering, scope, units
from pakta.roster import rules as roster_rules
from pakta.roster.models import Unit
from pakta.web import access, clock, display, pictures, switch

bp = Blueprint("coverage", __name__)
SEARCH_LENGTH = 60  # characters
KINDS = [("", "Semua"), *((each, display.kind(each)) for each in (*roster_rules.KINDS, roster_rules.HEAD))]
LIVE = 3  # seconds for which a page may hold the figures of this moment


@bp.get("/cakupan")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
def start() -> str:
    """Show the one unit that the visitor covers, or let them choose among several."""
    granted = visitor.open_units(*who_may(Power.SEE_NAMES))
    covered = scope.roots(granted)
    if len(covered) == 1:
        return _unit_page(covered[0], granted)
    found = service.lines(db.session(), of=covered, now=clock.now())
    return render_template("coverage/choose.html", lines=found)


@bp.get("/cakupan/<code>")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
def unit(code: str) -> str:
    """Show who has not signed in a unit and below it, then its parts, then who has; of a past day its figures."""
    asked = request.args.get("hari", "")
    on, today = rules.past_day(asked), clock.today(clock.now())
    is_past = on is not None and on < today
    found, granted = _place_or_404(code, Power.SEE_NAMES, on=on if is_past else None)
    if on is None or not is_past:
        return _unit_page(found, granted, wrong_day=asked if on is None else on if on > today else None)
    published = past.published_texts(db.session())
    day = past.day(db.session(), unit=found, granted=granted, on=on, published=published)
    course = past.course(db.session(), unit=found, until=on, published=published)
    is_open = units.is_open(db.session(), unit=found, on=today)
    went = _went(found, granted) if not is_open else []
    return render_template("coverage/day.html", day=day, course=course, is_open=is_open, today=today, went=went)


@bp.get("/cakupan/<code>.csv")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
@access.fresh
def export(code: str) -> Response:
    """Hand out a unit's people as CSV."""
    found = _unit_or_404(code, Power.EXPORT)
    now = clock.now()
    visitor.note("cakupan-unduh", unit_id=found.id, how=["CSV"])
    lines = exporting.as_csv(db.session(), unit=found, now=now, masked=display.masked, moment=display.sortable)
    return _file("".join(lines), found, "csv", "text/csv; charset=utf-8", now)


@bp.get("/cakupan/<code>.xlsx")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
@access.fresh
def export_workbook(code: str) -> Response | tuple[str, int]:
    """Hand out a unit's people as a workbook."""
    found = _unit_or_404(code, Power.EXPORT)
    if queries.headcount(db.session(), unit=found) > exporting.MOST:
        return render_template("coverage/too_large.html", of=f"/cakupan/{found.code}", most=exporting.MOST), 422
    now = clock.now()
    visitor.note("cakupan-unduh", unit_id=found.id, how=["XLSX"])
    made = exporting.as_xlsx(db.session(), unit=found, now=now, masked=display.masked, moment=display.sortable)
    return _file(made, found, "xlsx", exporting.XLSX, now)


@bp.get("/cakupan/<code>/daftar")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
def printed(code: str) -> str:
    """Show who has not signed as a list for paper, with room for remarks."""
    found, now, kind = _unit_or_404(code, Power.SEE_NAMES), clock.now(), _kind()
    visitor.note("cakupan-cetak", unit_id=found.id, how=[kind])
    unsigned = service.unsigned(db.session(), unit=found, kind=kind, now=now)
    return render_template(
        "coverage/printed.html", unsigned=unsigned, kind=kind, now=now, unsigned_words=rules.unsigned_words
    )


@bp.get("/cakupan/<code>/kini.json")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
def now_as_json(code: str) -> Response:
    """Tell how far a unit is at this moment: figures without names, for a page that is open while people sign."""
    share = service.standing(db.session(), unit=_unit_or_404(code, Power.SEE_NAMES), now=clock.now())
    answer = jsonify(
        signed=display.number(share.signed),
        total=display.number(share.total),
        unsigned=display.number(share.unsigned),
        share=display.percent(share.signed, share.total),
        filled=pictures.filled(share.signed, share.total),
    )
    answer.headers["Cache-Control"] = f"private, max-age={LIVE}"
    return answer


@bp.get("/pengawas")
@access.requires(Role.SUPERVISOR)
def supervisor() -> str:
    """Show counts to the supervisor, never names."""
    found = service.watched(db.session(), granted=visitor.open_units(Role.SUPERVISOR), now=clock.now())
    picture = publishing.latest(db.session(), now=clock.now())
    whole = [each.unit.id for each in picture.institutions] if picture else []
    percents = [each.unit.id for each in picture.percents if each.whole is not None] if picture else []
    return render_template(
        "coverage/supervisor.html",
        watched=found,
        courses={*whole, *percents},
        whole_percent=rules.whole_percent,
        excused_percent=rules.excused_percent,
        least=rules.LEAST,
    )


@bp.get("/cakupan-umum")
@access.open_to_all
@switch.bilingual
def public() -> str:
    """Show the public each unit's share, as the day's picture has it."""
    picture = publishing.latest(db.session(), now=clock.now())
    return render_template("coverage/public.html", picture=picture, least=rules.LEAST)


@bp.get("/cakupan-umum/<code>")
@access.open_to_all
@switch.bilingual
def public_course(code: str) -> str:
    """Show the public how an institution's share came about, picture by picture."""
    found = units.by_code(db.session(), code=code)
    course = published.course(db.session(), unit=found, now=clock.now()) if found else None
    if course is None:
        abort(404)
    return render_template("coverage/public_course.html", course=course, least=rules.LEAST)


def _file(content: str | bytes, of: Unit, ending: str, content_type: str, now: datetime) -> Response:
    name = f"cakupan-{of.code}-{clock.today(now).isoformat()}.{ending}"
    disposition = f'attachment; filename="{name}"'
    return Response(content, content_type=content_type, headers={"Content-Disposition": disposition})


def _unit_page(found: Unit, granted: Sequence[Unit], *, wrong_day: str | date | None = None) -> str:
    """Show a unit as it stands now.

    wrong_day  what was asked for in place of a past day: a day that is not past, or words that are no day
    """
    search = " ".join(request.args.get("cari", "").split())[:SEARCH_LENGTH]
    is_number = roster_rules.looks_like_number(search)
    wanted = service.Wanted(
        search="" if is_number else search,
        kind=_kind(),
        unsigned=_page("halaman"),
        excused=_page("dikecualikan"),
        signed=_page("sudah"),
    )
    visitor.note("cakupan-lihat", unit_id=found.id, how=_how(wanted))
    now = clock.now()
    picture = service.picture(db.session(), unit=found, granted=granted, wanted=wanted, now=now)
    return render_template(
        "coverage/unit.html",
        picture=picture,
        search=wanted.search,
        kind=wanted.kind,
        kinds=KINDS,
        is_number=is_number,
        wrong_day=wrong_day,
        reads_objections=Role.ADMINISTRATOR in access.roles_of(current_user),
        today=clock.today(now),
        addresses=_addresses(found, wanted),
        unsigned_words=rules.unsigned_words,
        went=_went(found, granted),
        own_pact=service.own_pact(db.session(), person=current_user.person, asking=picture.asking),
        now=now,
    )


def _went(unit: Unit, granted: Sequence[Unit]) -> list[tuple[Unit, bool]]:
    """Return where the people of a unit that ends came, and whether the visitor may open that; else nothing."""
    if unit.valid_until is None:
        return []
    return reordering.went_within(db.session(), unit=unit, granted=granted, on=clock.today())


def _how(wanted: service.Wanted) -> list[str]:
    """Return what the access log keeps of how the lists were asked for: never the words."""
    at = {"belum": wanted.unsigned, "dikecualikan": wanted.excused, "sudah": wanted.signed}
    turned = [f"{name} halaman {page}" for name, page in at.items() if page > 1]
    return [*(["dicari menurut nama"] if wanted.search else []), wanted.kind, *turned]


def _addresses(found: Unit, wanted: service.Wanted) -> dict[str, str]:
    """Return the address of each list's pages: `{page}` stands for the page, the other lists stay put."""
    at = {"halaman": wanted.unsigned, "dikecualikan": wanted.excused, "sudah": wanted.signed}
    others = {name: value for name, value in (("cari", wanted.search), ("jenis", wanted.kind)) if value}
    anchors = {"halaman": "belum", "dikecualikan": "dikecualikan", "sudah": "sudah"}
    return {
        name: f"/cakupan/{found.code}?"
        + urlencode(others | {key: str(page) for key, page in at.items() if key != name and page > 1} | {name: ""})
        + f"{{page}}#{anchors[name]}"
        for name in at
    }


def _unit_or_404(code: str, power: Power) -> Unit:
    return _place_or_404(code, power)[0]


def _place_or_404(code: str, power: Power, *, on: date | None = None) -> tuple[Unit, list[Unit]]:
    """Return the unit with this code that is open, or was `on` a past day, and the open units of the visitor's roles.

    One outside the scope does not exist.
    """
    found = units.by_code(db.session(), code=code)
    if found is None:
        abort(404)
    granted = visitor.open_units(*who_may(power))
    if not scope.in_scope(granted, found):
        abort(404)
    if not found.is_open(on=clock.today(clock.now())) and (
        on is None or not units.was_open(db.session(), unit=found, on=on)
    ):
        abort(404)
    return found, granted


def _kind() -> str:
    given = request.args.get("jenis", "")
    return given if given in (*roster_rules.KINDS, roster_rules.HEAD) else ""


def _page(name: str) -> int:
    return min(100_000, max(1, request.args.get(name, 1, type=int)))
