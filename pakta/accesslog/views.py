"""The page of the access log, for who watches over an institution."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from pakta.accesslog import queries, rules
from pakta.accesslog.queries import Wanted
from pakta.accounts import visitor
from pakta.database import db
from pakta.roles import Power, Role, who_may
from pakta.roster import rules as roster_rules
from pakta.roster import scope, units
from pakta.roster.models import Unit
from pakta.web import access, clock

bp = Blueprint("accesslog", __name__)
NAME_LENGTH = 60  # characters
LINES = 2**31  # no line has such a number
FIRST_YEAR = 2020
FIELDS = ("unit", "siapa", "hari")


@bp.get("/catatan-akses")
@access.requires(Role.ADMINISTRATOR, Role.SUPERVISOR)
def listing() -> str:
    """Show the newest lines of the visitor's institutions, or those of a unit, a person who looked, a day."""
    asked = {field: " ".join(request.args.get(field, "").split())[:NAME_LENGTH] for field in FIELDS}
    if roster_rules.looks_like_number(asked["siapa"]):
        asked["siapa"] = ""
    before = request.args.get("sebelum", type=int)
    before = before if before is not None and 0 < before < LINES else None
    _note(asked, older=before is not None)
    roots, named = scope.roots(_granted(Power.READ_ACCESS_LOG)), _granted(Power.SEE_NAMES)
    wanted, errors = _wanted(asked, roots, before)
    rows = [] if errors else queries.of_units(db.session(), roots=roots, wanted=wanted, most=queries.PAGE + 1)
    lines = queries.told(db.session(), rows=rows[: queries.PAGE], named=named)
    older = {**{key: value for key, value in asked.items() if value}, "sebelum": lines[-1].id} if lines else {}
    return render_template(
        "accesslog/listing.html",
        lines=lines,
        asked=asked,
        filtered=any(asked.values()),
        errors=errors,
        older=urlencode(older) if len(rows) > queries.PAGE else "",
        first=before is None,
        said=rules.said,
        names=bool(named),
        today=clock.today(clock.now()),
    )


def _note(asked: dict[str, str], *, older: bool) -> None:
    words = {"unit": "menurut unit", "siapa": "menurut siapa", "hari": "menurut hari"}
    how = [words[field] for field, value in asked.items() if value]
    visitor.note("catatan-akses-lihat", how=[*how, "halaman berikutnya" if older else ""])


def _wanted(asked: dict[str, str], roots: Sequence[Unit], before: int | None) -> tuple[Wanted, list[tuple[str, str]]]:
    """Return what is asked for, and what cannot be: each with its field."""
    errors: list[tuple[str, str]] = []
    unit = units.by_code(db.session(), code=asked["unit"].lower()) if asked["unit"] else None
    if asked["unit"] and (unit is None or not scope.in_scope(roots, unit)):
        errors.append(("unit", "Tidak ada unit dengan kode itu di instansi Anda."))
    accounts: Sequence[int] | None = None
    if asked["siapa"]:
        accounts = queries.holders(db.session(), within=roots, name=asked["siapa"])
        if len(accounts) > queries.HOLDERS:
            errors.append(("siapa", "Terlalu banyak yang bernama demikian. Tulis nama yang lebih lengkap."))
    since, until = _day(asked["hari"]) if asked["hari"] else (None, None)
    if asked["hari"] and since is None:
        errors.append(("hari", "Tanggal itu tidak dikenal."))
    return Wanted(unit.id if unit else None, accounts, since, until, before), errors


def _day(text: str) -> tuple[datetime | None, datetime | None]:
    """Return where a day in WIB begins and ends, or nothing."""
    try:
        begin = datetime.combine(date.fromisoformat(text), time(0), clock.WIB)
        return (begin, begin + timedelta(days=1)) if begin.year >= FIRST_YEAR else (None, None)
    except (ValueError, OverflowError):
        return None, None


def _granted(power: Power) -> list[Unit]:
    """Return the units over which the visitor reads the log and holds this power, too."""
    return visitor.open_units(*who_may(power, Power.READ_ACCESS_LOG))
