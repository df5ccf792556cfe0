"""Pages of coverage: for heads and administrators, for the supervisor, for the public."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request
from flask_login import current_user

from pakta.accounts import visitor
from pakta.coverage import publishing, rules, service
from pakta.database import db
from pakta.roles import MAY, Power, Role
from pakta.roster import rules as roster_rules
from pakta.roster import scope, units
from pakta.roster.models import Unit
from pakta.web import access, clock, display, switch

bp = Blueprint("coverage", __name__)
SEARCH_LENGTH = 60  # characters


@bp.get("/cakupan")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
def start() -> str:
    """Show the one unit that the visitor covers, or let them choose among several."""
    covered = scope.roots(_granted(Power.SEE_NAMES))
    if len(covered) == 1:
        return _unit_page(covered[0])
    found = service.lines(db.session(), of=covered, now=clock.now())
    return render_template("coverage/choose.html", lines=found)


@bp.get("/cakupan/<code>")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
def unit(code: str) -> str:
    """Show who has not signed in a unit and below it, then its parts, then who has."""
    return _unit_page(_unit_or_404(code, Power.SEE_NAMES))


@bp.get("/cakupan/<code>.csv")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
@access.fresh
def export(code: str) -> Response:
    """Hand out a unit's people as CSV."""
    found = _unit_or_404(code, Power.EXPORT)
    now = clock.now()
    visitor.note("cakupan-unduh", unit_id=found.id)
    lines = service.as_csv(db.session(), unit=found, now=now, masked=display.masked, moment=display.moment)
    name = f"cakupan-{found.code}-{clock.today(now).isoformat()}.csv"
    return Response(
        "\ufeff" + "".join(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@bp.get("/pengawas")
@access.requires(Role.SUPERVISOR)
def supervisor() -> str:
    """Show counts to the supervisor, never names."""
    granted = [grant.unit for grant in current_user.grants if grant.role == Role.SUPERVISOR]
    found = service.watched(db.session(), granted=_open(granted), now=clock.now())
    return render_template("coverage/supervisor.html", watched=found, whole_percent=rules.whole_percent)


@bp.get("/cakupan-umum")
@access.open_to_all
@switch.bilingual
def public() -> str:
    """Show the public each unit's share, as the day's picture has it."""
    picture = publishing.latest(db.session(), now=clock.now())
    return render_template("coverage/public.html", picture=picture, least=rules.LEAST)


def _unit_page(found: Unit) -> str:
    visitor.note("cakupan-lihat", unit_id=found.id)
    search = " ".join(request.args.get("cari", "").split())[:SEARCH_LENGTH]
    is_number = roster_rules.looks_like_number(search)
    wanted = service.Wanted(
        search="" if is_number else search,
        unsigned=_page("halaman"),
        excused=_page("dikecualikan"),
        signed=_page("sudah"),
    )
    now = clock.now()
    picture = service.picture(db.session(), unit=found, granted=_granted(Power.SEE_NAMES), wanted=wanted, now=now)
    return render_template(
        "coverage/unit.html",
        picture=picture,
        search=wanted.search,
        is_number=is_number,
        addresses=_addresses(found, wanted),
        unsigned_words=rules.unsigned_words,
        own_pact=service.own_pact(db.session(), person=current_user.person, now=now),
        now=now,
    )


def _addresses(found: Unit, wanted: service.Wanted) -> dict[str, str]:
    """Return the address of each list's pages: `{page}` stands for the page, the other lists stay put."""
    at = {"halaman": wanted.unsigned, "dikecualikan": wanted.excused, "sudah": wanted.signed}
    others = {"cari": wanted.search} if wanted.search else {}
    anchors = {"halaman": "belum", "dikecualikan": "dikecualikan", "sudah": "sudah"}
    return {
        name: f"/cakupan/{found.code}?"
        + urlencode(others | {key: str(page) for key, page in at.items() if key != name and page > 1} | {name: ""})
        + f"{{page}}#{anchors[name]}"
        for name in at
    }


def _granted(power: Power) -> list[Unit]:
    return _open([grant.unit for grant in current_user.grants if power in MAY[Role(grant.role)]])


def _open(granted: Sequence[Unit]) -> list[Unit]:
    today = clock.today(clock.now())
    return [each for each in granted if units.is_open(db.session(), unit=each, on=today)]


def _unit_or_404(code: str, power: Power) -> Unit:
    """Return the open unit with this code; one outside the scope answers as one that does not exist."""
    found = units.by_code(db.session(), code=code)
    if found is None or not scope.in_scope(_granted(power), found) or not _open([found]):
        abort(404)
    return found


def _page(name: str) -> int:
    return min(100_000, max(1, request.args.get(name, 1, type=int)))
