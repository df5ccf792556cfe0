"""The blueprint of roll calls, and the words for their times that its pages share."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint

from pakta.accounts import rules as account_rules
from pakta.rollcalls.models import Rollcall
from pakta.web import clock, display

bp = Blueprint("rollcalls", __name__)


def hours(row: Rollcall) -> str:
    """Return from when until when as "27 November 2026 pukul 07.30 sampai 08.30 WIB"."""
    begin, end = display.in_wib(row.begins_at), display.in_wib(row.over_at)
    return f"{display.day(begin.date())} pukul {begin:%H.%M} sampai {end:%H.%M} WIB"


def plan(row: Rollcall) -> str:
    """Return where and when it is, as the wall compares it with what it shows."""
    return f"{row.place}, {hours(row)}"


def signed_since(row: Rollcall, moment: datetime) -> str:
    """Return when somebody signed: by the clock alone where it was on the day of the roll call."""
    if clock.today(moment) != clock.today(row.begins_at):
        return display.moment(moment)
    return f"pukul {display.in_wib(moment):%H.%M} WIB"


def wall_path(row: Rollcall) -> str:
    """Return the address of the wall, without the host."""
    return f"/apel/{_grouped(row.wall_code)}/dinding"


def figures_path(row: Rollcall) -> str:
    """Return the address of the wall's figures."""
    return f"/apel/{_grouped(row.wall_code)}/kini.json"


def kiosk_path(row: Rollcall) -> str:
    """Return the address of the kiosk."""
    return f"/apel/{_grouped(row.kiosk_code)}/kios"


def _grouped(code: str) -> str:
    return account_rules.grouped_code(code).lower()


for word in (hours, plan, signed_since, wall_path, figures_path, kiosk_path):
    bp.add_app_template_global(word, f"rollcall_{word.__name__}")
