"""Pages of appointments: who leads and administers, asking for a change, deciding on what others ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Select
from werkzeug.wrappers import Response

from pakta.accounts import service as accounts
from pakta.accounts import visitor
from pakta.accounts.blueprint import guarded_number
from pakta.accounts.models import RoleGrant
from pakta.appointments import queries, rules, service, wishes
from pakta.appointments.models import Appointment
from pakta.appointments.rules import Wanted
from pakta.appointments.wishes import Typed, Visitor
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import rules as roster_rules
from pakta.roster import scope, unitchoice, units
from pakta.roster.models import Person, Unit
from pakta.web import access, clock, display, errors, wired

bp = Blueprint("appointments", __name__)
ASKING = (Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
SEARCH_LENGTH = 60  # characters
FIELDS = ("nomor", "unit", "peran", "sebutan", "alasan", "sampai")


@bp.app_template_global("role_called")
def role_called(grant: RoleGrant) -> str:
    """Return how the holder of a role is called: of a delegate with the title that was typed (Sekretaris, Plt.)."""
    if grant.role != Role.DELEGATE:
        return display.role(grant.role)
    title = queries.titles(db.session(), holders=[grant])[grant.id]
    return f"Yang mewakili kepala, sebutan: {title}" if title else "Yang mewakili kepala"


@bp.app_template_global("waiting_appointments")
def waiting_appointments() -> Select[int] | int:
    """Return what counts what waits for the signed-in administrator, for the menu; nothing for others."""
    administered = visitor.open_units(Role.ADMINISTRATOR)
    if not administered:
        return 0
    account_id, now = current_user.account_id, clock.now()
    lapsed = queries.lapsed_of_others(db.session(), account_id=account_id, within=administered, now=now)
    if not lapsed:
        return queries.WAITING
    return lapsed + int(db.session.execute(queries.WAITING, visitor.bound()).scalar_one())


@bp.get("/peran")
@access.requires(*ASKING)
@access.fresh
def start() -> str:
    """Show who holds which role, what is undecided, and the form to have a role given."""
    return _start_page()


@bp.post("/peran/cari")
@access.requires(*ASKING)
@access.fresh
def search() -> str | Response | tuple[str, int]:
    """Find who holds a role, by name or number; what is typed stands in no address."""
    typed = " ".join(request.form.get("cari", "").split())[:SEARCH_LENGTH]
    if not typed:
        return redirect(url_for("appointments.start", _anchor="pemegang"))
    is_number = roster_rules.looks_like_number(typed)
    visitor.note("peran-cari", how=["menurut nomor" if is_number else "menurut nama"])
    session, within = db.session(), _within(_by())
    try:
        found = _numbered(within, typed) if is_number else _called(within, typed)
    except Refusal as refusal:
        return _start_page(refusal, at="cari"), errors.STATUS.get(refusal.reason, 422)
    titles = queries.titles(session, holders=found)
    return render_template(
        "appointments/found.html", typed="" if is_number else typed, found=found, titles=titles, most=queries.PAGE
    )


@bp.post("/peran/periksa")
@access.requires(*ASKING)
@access.fresh
def confirm() -> str | tuple[str, int]:
    """Say exactly what will happen; nothing is written yet."""
    tried = f"account {current_user.account_id}"
    try:
        with guarded_number(tried):
            wish = wishes.check_giving(db.session(), by=_by(), typed=_typed(), now=clock.now(), pepper=_pepper())
    except Refusal as refusal:
        visitor.note("peran-gagal")
        return _start_page(refusal), errors.STATUS.get(refusal.reason, 422)
    visitor.note("peran-periksa", person_id=wish.person.id)
    heads = _other_heads(wish.wanted, wish.role, wish.unit, wish.person)
    keyless = not accounts.usable_keys(db.session(), person=wish.person)
    return render_template("appointments/confirm.html", wish=wish, typed=_typed(), heads=heads, keyless=keyless)


@bp.post("/peran/cari-unit")
@access.requires(*ASKING)
@access.fresh
def find_unit() -> str:
    """Show the form again with the units that match what was typed."""
    return _start_page()


@bp.post("/peran")
@access.requires(*ASKING)
@access.fresh
def give() -> Response | tuple[str, int]:
    """Ask for a role to be given."""
    tried = f"account {current_user.account_id}"
    try:
        with guarded_number(tried), transaction() as session:
            row = service.give(session, by=_by(), typed=_typed(), now=clock.now(), pepper=_pepper())
            appointment_id = row.id
    except Refusal as refusal:
        visitor.note("peran-gagal")
        return _start_page(refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("appointments.show", appointment_id=appointment_id))


@bp.get("/peran/pemegang/<int:grant_id>")
@access.requires(*ASKING)
@access.fresh
def holder(grant_id: int) -> str:
    """Show who holds a role, and the form to have it ended."""
    return _holder_page(grant_id)


@bp.post("/peran/pemegang/<int:grant_id>/akhiri")
@access.requires(*ASKING)
@access.fresh
def end(grant_id: int) -> Response | tuple[str, int]:
    """Ask for a role to be ended."""
    _grant(grant_id)
    reason = request.form.get("alasan", "")
    try:
        with transaction() as session:
            row = service.end(session, by=_by(), grant_id=grant_id, reason=reason, now=clock.now())
            appointment_id = row.id
    except Refusal as refusal:
        return _holder_page(grant_id, refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("appointments.show", appointment_id=appointment_id))


@bp.get("/peran/permintaan/<int:appointment_id>")
@access.requires(*ASKING)
@access.fresh
def show(appointment_id: int) -> str:
    """Show one appointment, who has decided what, and what the visitor may decide."""
    _appointment(appointment_id)
    return _appointment_page(appointment_id)


@bp.post("/peran/permintaan/<int:appointment_id>/setujui")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def approve(appointment_id: int) -> Response | tuple[str, int]:
    """Approve, as the first administrator or the second."""
    _appointment(appointment_id)
    try:
        with transaction() as session:
            service.approve(session, appointment_id=appointment_id, by=_by(), now=clock.now())
    except Refusal as refusal:
        return _appointment_page(appointment_id, refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("appointments.show", appointment_id=appointment_id))


@bp.post("/peran/permintaan/<int:appointment_id>/tolak")
@access.requires(*ASKING)
@access.fresh
def refuse(appointment_id: int) -> Response | tuple[str, int]:
    """Refuse, or withdraw what the visitor has asked."""
    _appointment(appointment_id)
    try:
        with transaction() as session:
            service.refuse(session, appointment_id=appointment_id, by=_by(), now=clock.now())
    except Refusal as refusal:
        return _appointment_page(appointment_id, refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("appointments.show", appointment_id=appointment_id))


@bp.post("/peran/pemegang/<int:grant_id>/sampai")
@access.requires(*ASKING)
@access.fresh
def prolong(grant_id: int) -> Response | tuple[str, int]:
    """Ask for another last day of a role."""
    until, reason = request.form.get("sampai", ""), request.form.get("alasan-sampai", "")
    _grant(grant_id)
    try:
        with transaction() as session:
            row = service.prolong(session, by=_by(), grant_id=grant_id, until=until, reason=reason, now=clock.now())
            appointment_id = row.id
    except Refusal as refusal:
        return _holder_page(grant_id, refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(url_for("appointments.show", appointment_id=appointment_id))


def _called(within: Sequence[Unit], typed: str) -> list[RoleGrant]:
    return queries.holders_called(db.session(), within=within, words=typed.split(), now=clock.now())


def _numbered(within: Sequence[Unit], typed: str) -> list[RoleGrant]:
    """Return the roles of who has a number; of nobody it counts as a guess.  Refuses with TRIES_USED_UP."""
    try:
        with guarded_number(f"account {current_user.account_id}"):
            found = queries.holders_numbered(
                db.session(), within=within, number=typed, pepper=_pepper(), now=clock.now()
            )
            if not found:
                raise Refusal(Reason.PERSON_UNKNOWN)
            return found
    except Refusal as refusal:
        if refusal.reason is not Reason.PERSON_UNKNOWN:
            raise
        return []


def _by() -> Visitor:
    return Visitor(current_user.account, {role: visitor.open_units(role) for role in Role})


def _pepper() -> Any:
    return wired().keyring.pepper


def _today() -> Any:
    return clock.today(clock.now())


def _typed() -> Typed:
    """Return what the form says."""
    return Typed(*(request.form.get(field, "") for field in FIELDS))


def _within(by: Visitor) -> list[Unit]:
    return scope.roots([unit for role in ASKING for unit in by.units[role]])


def _grant(grant_id: int) -> RoleGrant:
    """Return a role within reach, standing or over by its last day; otherwise it does not exist for the visitor."""
    grant = db.session().get(RoleGrant, grant_id)
    if grant is None or _by().role_over(grant.unit) is None:
        abort(404)
    if not _counts(grant) and not queries.has_lapsed(db.session(), grant=grant, now=clock.now()):
        abort(404)
    return grant


def _counts(grant: RoleGrant) -> bool:
    return grant.counts_for(grant.account.person, on=_today())


def _appointment(appointment_id: int) -> Appointment:
    """Return an appointment if the visitor may see it; otherwise it does not exist for them."""
    row = db.session().get(Appointment, appointment_id)
    if row is None or not service.may_see(row, by=_by()):
        abort(404)
    return row


def _other_heads(wanted: str, role: str, unit: Unit, person: Person) -> list[RoleGrant]:
    """Return who leads the unit already, where another head is to be given."""
    second = (wanted, role) == (Wanted.GIVE, Role.HEAD)
    return queries.heads(db.session(), unit=unit, but=person, now=clock.now()) if second else []


def _narrow(within: Sequence[Unit]) -> Unit | None:
    """Return the unit of the visitor's whose holders alone are wanted, or None."""
    found = units.by_code(db.session(), code=request.args.get("unit", "")[:40])
    return found if found is not None and scope.in_scope(within, found) else None


def _start_page(refusal: Refusal | None = None, *, at: str = "nomor") -> str:
    """Show the page; `at` is the field of a number that is refused."""
    visitor.note("peran-lihat")
    session, by, now = db.session(), _by(), clock.now()
    within, administered = _within(by), by.units[Role.ADMINISTRATOR]
    rows = queries.seen_by(session, account=by.account, within=within, administered=administered)
    page = min(100_000, request.args.get("halaman", 1, type=int))
    narrow = _narrow(within)
    holders = queries.holders(session, within=[narrow] if narrow else within, now=now, page=page)
    asking = [role for role in ASKING if by.units[role]]
    return render_template(
        "appointments/start.html",
        holders=holders,
        narrow=narrow,
        most=queries.MOST,
        moved=queries.moved_away(session, administered=administered, now=now),
        lapsed=queries.lapsed(session, within=within, now=now),
        today=_today(),
        titles=queries.titles(session, holders=holders.grants),
        rows=[(row, service.state(row)) for row in rows],
        waits=rules.OPEN,
        roles=list(dict.fromkeys(role for asked_as in asking for role in rules.MAY_ASK[asked_as])),
        offer=unitchoice.offer(
            session, granted=within, on=_today(), words=request.form.get("cari-unit", ""), chosen=_typed().unit
        ),
        administers=bool(administered),
        typed=_typed(),
        at=at,
        **_told(refusal),
    )


def _holder_page(grant_id: int, refusal: Refusal | None = None) -> str:
    visitor.note("peran-pemegang", person_id=_grant(grant_id).account.person_id)
    grant, by = _grant(grant_id), _by()
    asked_as = by.role_over(grant.unit)
    may_end = asked_as is not None and grant.role in rules.MAY_ASK[asked_as]
    return render_template(
        "appointments/holder.html",
        grant=grant,
        title=queries.titles(db.session(), holders=[grant])[grant.id],
        counts=_counts(grant),
        may_end=may_end,
        may_prolong=may_end and grant.role in rules.LASTING and grant.account.person_id != by.account.person_id,
        until=request.form.get("sampai", grant.last_on.isoformat() if grant.last_on and _counts(grant) else ""),
        reason_until=request.form.get("alasan-sampai", ""),
        today=_today(),
        administers=by.administers(grant.unit),
        reason=request.form.get("alasan", ""),
        **_told(refusal),
    )


def _appointment_page(appointment_id: int, refusal: Refusal | None = None) -> str:
    visitor.note("peran-permintaan", person_id=db.session().get_one(Appointment, appointment_id).person_id)
    row, by = db.session().get_one(Appointment, appointment_id), _by()
    return render_template(
        "appointments/appointment.html",
        asked=row,
        state=service.state(row),
        administers=by.administers(row.unit),
        heads=_other_heads(row.wanted, row.role, row.unit, row.person),
        keyless=row.wanted == Wanted.GIVE.value and not accounts.usable_keys(db.session(), person=row.person),
        own=row.person_id == by.account.person_id,
        own_id=by.account.id,
        **_told(refusal),
    )


def _told(refusal: Refusal | None) -> dict[str, Any]:
    sentence = errors.as_json(refusal)["message"] if refusal else ""
    return {"refusal": refusal, "sentence": sentence}
