"""Pages of imports: the files, one of them step by step, and the history of moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request
from flask_login import current_user
from sqlalchemy import Select, func
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from pakta.accounts import visitor
from pakta.accounts.models import Account
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.imports import departing, examplefile, queries, rules, service, wrongrows
from pakta.imports import shown_views as shown
from pakta.imports.models import RosterImport
from pakta.imports.rules import State
from pakta.roles import Role
from pakta.roster import columns, moving, planning, scope, sheets
from pakta.roster import rules as roster_rules
from pakta.roster import units as roster_units
from pakta.roster.models import Unit
from pakta.web import access, clock, display, errors, inputs

bp = Blueprint("imports", __name__)
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PART = "-"  # a file that names nobody's all, in the form's place of a unit; no unit has this code
_WAITING: Select[Any] = queries.WAITING.with_only_columns(func.count())
Do = Callable[[Session, RosterImport, Account], object]


@bp.app_template_global("waiting_imports")
def waiting_imports() -> Select[int]:
    """Return what counts the imports in which something waits for the signed-in administrator, for the menu."""
    return _WAITING


@bp.app_template_global("refused_imports")
def refused_imports() -> Sequence[RosterImport]:
    """Return the files that the signed-in administrator asked for and another one refused, for their start page."""
    return db.session().scalars(queries.REFUSED, visitor.bound()).all()


@bp.get("/impor")
@access.requires(Role.ADMINISTRATOR)
def listing() -> str:
    """Show the newest files, and the form for another."""
    return _list_page()


@bp.post("/impor")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def upload() -> WerkzeugResponse | tuple[str, int]:
    """Take a file."""
    try:
        name, sheet = _sheet()
        with transaction() as session:
            unit = _chosen_unit(session, request.form.get("instansi", ""))
            row = service.upload(
                session, by=_account(session), unit=unit, file_name=name, sheet=sheet, now=clock.now()
            )
            row_id = row.id
    except Refusal as refusal:
        return _list_page(refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(f"/impor/{row_id}")


@bp.get("/impor/<int:import_id>")
@access.requires(Role.ADMINISTRATOR)
def show(import_id: int) -> str:
    """Show one file at the step where it stands."""
    return _page(import_id)


@bp.post("/impor/<int:import_id>/kolom")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def choose(import_id: int) -> WerkzeugResponse | tuple[str, int]:
    """Say which column is which, and begin the check."""

    def do(session: Session, row: RosterImport, by: Account) -> None:
        code = request.form.get("unit", "")[:40]
        about = roster_units.by_code(session, code=code)
        if about is None and code != PART:
            raise Refusal(Reason.UNIT_UNKNOWN, code)
        service.choose(session, row=row, by=by, mapped=_mapped(), about=about, now=clock.now())

    return _do(import_id, do)


@bp.post("/impor/<int:import_id>/periksa")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def check(import_id: int) -> WerkzeugResponse | tuple[str, int]:
    """Check once more."""
    return _do(import_id, lambda session, row, by: service.check_again(session, row=row, by=by, now=clock.now()))


@bp.get("/impor/<int:import_id>/salah.xlsx")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def wrong_rows(import_id: int) -> Response:
    """Give the wrong rows as a workbook to correct."""
    row = _found(import_id)
    visitor.note("impor-unduh-salah", unit_id=row.unit_id, how=[f"impor {row.id}"])
    row = _found(import_id)
    found = queries.wrong(db.session(), row=row)
    answer = Response(wrongrows.workbook(row.header, found, words=shown.told), mimetype=SHEET)
    answer.headers["Content-Disposition"] = f'attachment; filename="impor-{row.id}-baris-salah.xlsx"'
    return answer


@bp.post("/impor/<int:import_id>/perbaikan")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def correct(import_id: int) -> WerkzeugResponse | tuple[str, int]:
    """Take the corrected rows."""

    def do(session: Session, row: RosterImport, by: Account) -> None:
        service.correct(session, row=row, by=by, sheet=sheet, now=clock.now())

    _found(import_id)
    try:
        _, sheet = _sheet()
    except Refusal as refusal:
        return _page(import_id, refusal), 422
    return _do(import_id, do)


@bp.post("/impor/<int:import_id>/terapkan")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def apply(import_id: int) -> WerkzeugResponse | tuple[str, int]:
    """Write what was shown, or ask a second administrator first."""
    return _do(import_id, lambda session, row, by: service.ask(session, row=row, by=by, now=clock.now()))


@bp.post("/impor/<int:import_id>/setujui")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def approve(import_id: int) -> WerkzeugResponse | tuple[str, int]:
    """Approve as the second administrator."""
    return _do(import_id, lambda session, row, by: service.approve(session, row=row, by=by, now=clock.now()))


@bp.post("/impor/<int:import_id>/tolak")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def refuse(import_id: int) -> WerkzeugResponse | tuple[str, int]:
    """Refuse, or withdraw what the visitor asked."""
    words = request.form.get("alasan", "")
    return _do(
        import_id, lambda session, row, by: service.refuse(session, row=row, by=by, words=words, now=clock.now())
    )


@bp.post("/impor/<int:import_id>/buang")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def drop(import_id: int) -> WerkzeugResponse | tuple[str, int]:
    """Put the file away with all its rows."""
    return _do(import_id, lambda session, row, by: service.drop(session, row=row, by=by, now=clock.now()))


@bp.post("/impor/<int:import_id>/tandai")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def mark(import_id: int) -> WerkzeugResponse | tuple[str, int]:
    """Mark missing people as gone: those who are ticked, or all."""
    ticked = inputs.ids(request.form.getlist("orang"))[: queries.PAGE]
    people = None if request.form.get("siapa") == "semua" else ticked

    def do(session: Session, row: RosterImport, by: Account) -> None:
        status = request.form.get("status", "")
        departing.mark(session, row=row, by=by, people=people, status=status, now=clock.now())

    return _do(import_id, do, onward="?daftar=tidak-ada#keluar", moves=True)


@bp.post("/impor/<int:import_id>/tandai/<int:mark_id>/setujui")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def approve_mark(import_id: int, mark_id: int) -> WerkzeugResponse | tuple[str, int]:
    """Approve as the second administrator what another one marked."""
    return _do(
        import_id,
        lambda session, _row, by: departing.approve(session, removal_id=mark_id, by=by, now=clock.now()),
        moves=True,
    )


@bp.post("/impor/<int:import_id>/tandai/<int:mark_id>/tolak")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def refuse_mark(import_id: int, mark_id: int) -> WerkzeugResponse | tuple[str, int]:
    """Refuse what another administrator marked, or withdraw one's own."""
    return _do(
        import_id, lambda session, _row, by: departing.refuse(session, removal_id=mark_id, by=by, now=clock.now())
    )


@bp.post("/impor/<int:import_id>/tandai/<int:mark_id>/batal")
@access.requires(Role.ADMINISTRATOR)
@access.fresh
def undo_mark(import_id: int, mark_id: int) -> WerkzeugResponse | tuple[str, int]:
    """Give back whom a mark took out of the sums."""
    left_out = []

    def do(session: Session, _row: RosterImport, by: Account) -> None:
        left_out.append(departing.undo(session, removal_id=mark_id, by=by, now=clock.now()))

    done = _do(import_id, do, onward="#keluar", moves=True)
    return redirect(f"/impor/{import_id}?tertinggal={left_out[0]}#keluar") if left_out and left_out[0] else done


@bp.get("/impor/contoh.xlsx")
@access.requires(Role.ADMINISTRATOR)
def example() -> Response:
    """Give an empty file to fill in, with the codes of the visitor's units on its second sheet."""
    answer = Response(
        examplefile.workbook(units=queries.unit_codes(db.session(), within=_granted(), on=clock.today())),
        mimetype=SHEET,
    )
    answer.headers["Content-Disposition"] = 'attachment; filename="contoh-impor.xlsx"'
    return answer


@bp.get("/impor/perpindahan")
@access.requires(Role.ADMINISTRATOR)
def moves() -> str:
    """Show who came from where to where, the newest first."""
    search, page = " ".join(request.args.get("cari", "").split())[:60], shown.number("halaman")
    visitor.note("perpindahan-lihat", how=["dicari menurut nama" if search else ""])
    found, total = moving.history(db.session(), within=_granted(), search=search, page=page, size=queries.PAGE)
    last = max(1, -(-total // queries.PAGE))
    return render_template(
        "imports/moves.html", moves=found, how=moving.How, total=total, page=page, last=last, search=search
    )


def _do(import_id: int, do: Do, *, onward: str = "", moves: bool = False) -> WerkzeugResponse | tuple[str, int]:
    """Do something with an import in one transaction, and show it again; `moves` where it moves people."""
    _found(import_id)
    account_id = current_user.account_id
    try:
        with transaction() as session:
            if moves:
                planning.lock(session)  # before the import's row, as whoever writes people does
            by = session.get_one(Account, account_id)
            do(session, service.held(session, import_id=import_id, by=by, now=clock.now()), by)
    except Refusal as refusal:
        return _page(import_id, refusal), errors.STATUS.get(refusal.reason, 422)
    return redirect(f"/impor/{import_id}{onward}")


def _granted() -> list[Unit]:
    return scope.roots(visitor.open_units(Role.ADMINISTRATOR))


def _account(session: Session) -> Account:
    return session.get_one(Account, current_user.account_id)


def _found(import_id: int) -> RosterImport:
    """Return an import of the visitor's units; another does not exist for them."""
    row = db.session().get(RosterImport, import_id, populate_existing=True)
    if row is None or not scope.in_scope(_granted(), row.unit):
        abort(404)
    return row


def _sheet() -> tuple[str, sheets.Sheet]:
    """Return the name and the lines of the file that was sent.  Refuses with what is wrong with it."""
    sent = request.files.get("berkas")
    if not sent or not sent.filename:
        raise Refusal(Reason.IMPORT_NO_FILE)
    content = sent.read()
    try:
        return sent.filename, sheets.read(content)
    except sheets.UnreadableError as unreadable:
        raise unreadable.error.refusal from unreadable


def _chosen_unit(session: Session, code: str) -> Unit:
    """Return the unit that is written in the form, or the only one that the visitor administers."""
    ids = {unit.code: unit.id for unit in _granted()}
    return session.get_one(Unit, ids.get(code) or next(iter(ids.values())))


def _mapped() -> dict[str, int]:
    given = {name: request.form.get(f"kolom-{name}", "") for name in columns.COLUMNS}
    return {name: int(text) for name, text in given.items() if text.isascii() and text.isdigit() and len(text) < 5}


def _list_page(refusal: Refusal | None = None) -> str:
    session, granted = db.session(), _granted()
    rows = queries.newest(session, within=granted)
    waits = set(session.scalars(queries.WAITING, visitor.bound()))
    own = {"own_id": current_user.account_id, "granted": granted}
    return render_template("imports/list.html", rows=rows, waits=waits, **own, **shown.refused(refusal))


def _page(import_id: int, refusal: Refusal | None = None) -> str:
    row, chosen = _found(import_id), request.args.get("daftar", "")
    visitor.note("impor-lihat", unit_id=row.unit_id, how=[f"impor {row.id}", chosen if chosen in shown.LISTS else ""])
    if State(row.state) is State.DROPPED:
        with transaction(anew=False) as writing:
            service.look(writing, import_id=import_id, account_id=current_user.account_id, now=clock.now())
    session, row = db.session(), _found(import_id)
    job = queries.job_of(session, row=row)
    still = service.is_still(row, job)
    shared = {
        "row": row,
        "own_id": current_user.account_id,
        "fields": shown.FIELDS,
        **shown.refused(refusal),
    }
    shared["own_person_id"] = current_user.person.id
    shared["own_row"] = queries.changes(session, row=row, person_id=current_user.person.id)
    if State(row.state) is State.COLUMNS or (
        request.args.get("ubah") == "kolom" and State(row.state) is State.CHECKED
    ):
        about = roster_units.children(session, unit=row.unit, on=clock.today())
        sample = [
            display.masked(cell) if roster_rules.looks_like_number(cell) else cell
            for cell in queries.sample(session, row=row)
        ]
        return render_template(
            "imports/columns.html",
            needed=columns.NEEDED,
            lacking=refusal.detail.split(", ") if refusal and refusal.reason is Reason.IMPORT_COLUMNS else (),
            chosen=_mapped() if refusal else row.mapped,
            about=about,
            part=PART,
            sample=sample,
            **shared,
        )
    if State(row.state) in rules.WORKING:
        own = job is not None and job.account_id == current_user.account_id
        return render_template("imports/working.html", job=job, own=own, still=still, **shown.progress(job), **shared)
    return render_template("imports/show.html", **shown.lists(session, row), **shared)
