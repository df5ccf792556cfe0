"""The pages at the place of a roll call: the wall with its figures, and the kiosk that is bound to it.

Each is reached by a code of its own and asks nobody to sign in: a projector's laptop and a borrowed tablet hold no
account.  The wall knows no name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, abort, jsonify, redirect, render_template
from flask import session as cookie
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from pakta.accounts import rules as account_rules
from pakta.accounts import visitor
from pakta.accounts.blueprint import KIOSK_OF
from pakta.accounts.sessions import KIOSK_IDLE
from pakta.certificates import qr
from pakta.core.errors import Reason, Refusal
from pakta.coverage import rules as coverage_rules
from pakta.database import db, transaction
from pakta.rollcalls import queries, service
from pakta.rollcalls.blueprint import bp, kiosk_path, plan
from pakta.rollcalls.models import Rollcall
from pakta.rollcalls.rules import State
from pakta.roster.queries import Share
from pakta.web import access, caching, clock, display, pictures, wired

NARROW = 5  # signs of the largest counter that is drawn at full size: `d5` in the style sheet
LIVE = 3  # seconds for which a wall may hold the figures of a moment
USABLE = (State.PLANNED, State.RUNNING)  # when a kiosk may be started: before the beginning it is set up


@dataclass(frozen=True, slots=True)
class Figures:
    """The large counter, the line below it, and how much of the bar is filled.

    size  how many signs the counter can come to have: it keeps its size while it grows
    """

    counter: str
    rest: str
    filled: int
    size: int


@bp.get("/apel/<code>/dinding")
@access.open_to_all
def wall(code: str) -> str:
    """Show the figures of this moment, large, for a projector."""
    row, now = _by_wall(code), clock.now()
    return render_template(
        "rollcalls/wall.html",
        row=row,
        state=row.state(now),
        ended=_has_ended(row, now),
        plan=_plan(row, now),
        shown=_figures(row) if row.state(now) is State.RUNNING else None,
        now=now,
        clock_time=_clock_time,
        qr=qr.svg(wired().config.origin + "/", title="QR alamat Pakta", quiet=2),
    )


@bp.get("/apel/<code>/kini.json")
@access.open_to_all
def figures_now(code: str) -> Response:
    """Tell the wall how far the people are, while the roll call runs; before and after only how far it is."""
    row, now = _by_wall(code), clock.now()
    state = row.state(now)
    told: dict[str, object] = {"state": state.value}
    if state in USABLE:
        told |= {"plan": _plan(row, now)}  # place and end may be corrected while a wall shows them
    if state is State.OVER:
        told |= {"until": _clock_time(row.over_at)}
    if state is State.RUNNING:
        shown = _figures(row)
        told |= {"counter": shown.counter, "rest": shown.rest, "filled": shown.filled}
    answer = jsonify(told)
    answer.headers["Cache-Control"] = f"public, max-age={LIVE}"
    return caching.once(answer)


@bp.get("/apel/<code>/kios")
@access.open_to_all
def kiosk(code: str) -> str | Answer:
    """Show the kiosk of this roll call, and end what the one before left open."""
    row, now = _by_kiosk(code), clock.now()
    if row.state(now) not in USABLE:
        return render_template("rollcalls/kiosk_over.html", row=row, state=row.state(now))
    if current_user.is_authenticated and not current_user.kiosk:
        return render_template("rollcalls/kiosk_leave.html", row=row)
    if current_user.is_authenticated:
        visitor.leave()
    cookie[KIOSK_OF] = row.id
    least, idle = account_rules.PASSPHRASE_LEAST, KIOSK_IDLE.seconds
    return render_template("signing/kiosk.html", least=least, idle=idle, rollcall=row)


@bp.post("/apel/<code>/kios")
@access.open_to_all
def start_kiosk(code: str) -> Answer:
    """Sign whoever set the tablet up out of it, and show the kiosk: the next one must not find their session."""
    row = _by_kiosk(code)
    visitor.leave()
    return redirect(kiosk_path(row))


@bp.post("/apel/<code>/kios/kunci")
@access.signed_in
def note_key(code: str) -> Response:
    """Note that the key of this kiosk's session was made here, in a browser that had opened this kiosk's page.

    Refuses with ROLLCALL_NOT_RUNNING.
    """
    row, signed_in = _by_kiosk(code), current_user
    if cookie.get(KIOSK_OF) != row.id:
        raise Refusal(Reason.ROLLCALL_NOT_RUNNING)
    if not signed_in.kiosk or signed_in.key_id is None or row.state(clock.now()) not in USABLE:
        raise Refusal(Reason.ROLLCALL_NOT_RUNNING)
    rollcall_id, key_id, person_id = row.id, signed_in.key_id, signed_in.account.person_id
    with transaction() as session:
        service.note_key(session, rollcall_id=rollcall_id, key_id=key_id, person_id=person_id)
    return jsonify({"noted": True})


def shown_of(share: Share, *, marked: bool) -> Figures:
    """Return what is shown of a share; of a marked institution whole percents alone, and of few people none."""
    if marked:
        return _marked(share)
    total = display.number(share.total)
    return Figures(
        counter=display.number(share.signed),
        rest=f"dari {total} ({display.percent(share.signed, share.total)})",
        filled=pictures.filled(share.signed, share.total),
        size=len(total),
    )


def _marked(share: Share) -> Figures:
    whole = coverage_rules.whole_percent(share.signed, share.total)
    if whole is None:
        return Figures("–", f"kurang dari {coverage_rules.LEAST} orang", 0, NARROW)
    return Figures(f"{whole} %", "sudah menandatangani", pictures.filled(whole, 100), NARROW)


def _figures(row: Rollcall) -> Figures:
    return shown_of(queries.share(db.session(), rollcall=row), marked=row.unit.institution.marked)


def _has_ended(row: Rollcall, now: datetime) -> bool:
    return row.state(now) in USABLE and queries.has_ended(db.session(), rollcall=row, now=now)


def _plan(row: Rollcall, now: datetime) -> str:
    """Return what a wall compares with what it shows: where and when, and whether the unit has ended meanwhile."""
    return f"{plan(row)}, unit berakhir" if _has_ended(row, now) else plan(row)


def _by_wall(code: str) -> Rollcall:
    return service.by_wall(db.session(), code=code) or abort(404)


def _by_kiosk(code: str) -> Rollcall:
    return service.by_kiosk(db.session(), code=code) or abort(404)


def _clock_time(value: datetime, form: str = "%H.%M") -> str:
    return display.in_wib(value).strftime(form)
