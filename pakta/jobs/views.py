"""Pages of one's own jobs: the list, one with its progress, cancelling it."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, redirect, render_template
from flask_login import current_user
from werkzeug.wrappers import Response

from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.jobs import service
from pakta.jobs.models import Job
from pakta.jobs.telling import counted, pace
from pakta.roles import Role
from pakta.web import access, clock, wording

bp = Blueprint("jobs", __name__)
ELSEWHERE = frozenset({"impor"})  # kinds of job whose own page shows the progress
FAILURES = 50  # shown on the page; DAFTAR.csv has all
STATES = {"waiting": "Menunggu", "working": "Dikerjakan", "done": "Selesai", "cancelled": "Dibatalkan",
          "failed": "Gagal"}  # fmt: skip


@bp.get("/pekerjaan")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
def listing() -> str:
    """List the visitor's jobs."""
    found = service.of_account(db.session(), account_id=current_user.account_id, now=clock.now())
    return render_template("jobs/list.html", jobs=found, state=state)


@bp.get("/pekerjaan/<int:job_id>")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
def show(job_id: int) -> str | Response:
    """Show one of them, with its progress; one that has a page of its own is shown there."""
    job = _own(job_id)
    if job.kind in ELSEWHERE:
        return redirect(job.back)
    failed = service.failed(db.session(), job_id=job.id, limit=FAILURES)
    sentence = {reason: _sentence(reason) for _, reason in failed} | {job.trouble: _sentence(job.trouble)}
    return render_template("jobs/show.html", job=job, state=state, pace=pace(job), failed=failed, sentence=sentence)


@bp.get("/pekerjaan/<int:job_id>.json")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
def progress(job_id: int) -> Response:
    """Say to the page's script how far it is."""
    job = _own(job_id)
    told = {
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "counted": counted(job),
        "pace": pace(job),
        "trouble": job.trouble,
    }
    return jsonify(told)


@bp.post("/pekerjaan/<int:job_id>/batalkan")
@access.requires(Role.HEAD, Role.DELEGATE, Role.ADMINISTRATOR)
def cancel(job_id: int) -> Response:
    """Cancel it; what was made stays."""
    found = _own(job_id).id
    with transaction() as session:
        service.cancel(session, job=session.get_one(Job, found), now=clock.now())
    return redirect(f"/pekerjaan/{found}")


def state(job: Job) -> str:
    """Return the word for where a job stands."""
    if job.is_open and job.cancel_at is not None:
        return "Sedang dibatalkan"
    if job.is_open and job.trouble:
        return "Berhenti sementara"
    return "Selesai sebagian" if job.state == "done" and job.failed else STATES[job.state]


def _own(job_id: int) -> Job:
    """Return the visitor's job; another's does not exist."""
    job = service.own(db.session(), job_id=job_id, account_id=current_user.account_id, now=clock.now())
    if job is None:
        abort(404)
    return job


def _sentence(word: str) -> str:
    """Return what a person is told of a reason that was stored."""
    if word in list(Reason):
        return wording.sentence(Refusal(Reason(word)))
    return "Terjadi kesalahan pada sistem kami, bukan pada Anda." if word else ""
