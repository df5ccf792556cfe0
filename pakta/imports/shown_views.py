"""What the page of one file shows, in words: its lists, what is wrong, how far a job has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_login import current_user
from sqlalchemy.orm import Session

from pakta.accounts.models import Account, RoleGrant
from pakta.core.errors import Reason, Refusal
from pakta.imports import departing, queries, rules, wrongrows
from pakta.imports.models import RosterImport
from pakta.imports.rules import Outcome, State
from pakta.jobs.models import Job
from pakta.jobs.telling import counted, pace
from pakta.roster import scope
from pakta.web import clock, errors, wording

LISTS = (*(each.value for each in Outcome), "tidak-ada")
FIELDS = {
    "number": "Nomor", "kind": "Jenis", "name": "Nama", "rank": "Pangkat", "position": "Jabatan",
    "unit_code": "Kode unit", "status": "Status", "email": "Surel", "phone": "Telepon", "": "Baris",
}  # fmt: skip


def told(error: Sequence[str]) -> str:
    """Return what is wrong with a row, in words that say how to mend it."""
    return f"{FIELDS.get(error[0], error[0])}: {wording.sentence(wrongrows.refusal(error))}"


def number(name: str) -> int:
    """Return a number from the address, from 1."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) else 1


def progress(job: Job | None) -> dict[str, Any]:
    """Return what a page tells of a job."""
    why = wording.sentence(Refusal(Reason(job.trouble))) if job and job.trouble in list(Reason) else ""
    return {"counted": counted(job) if job else "", "pace": pace(job) if job else "", "why": why}


def lists(session: Session, row: RosterImport) -> dict[str, Any]:
    """Return what the page of a checked file shows: the list that is asked for, or the first that has any."""
    missing = (
        queries.missing_count(session, row=row) if State(row.state) is not State.DROPPED and not row.wrong else 0
    )
    counts = {"baru": row.new, "berubah": row.changed, "sama": row.same, "salah": row.wrong, "tidak-ada": missing}
    chosen = request.args.get("daftar", "")
    if chosen not in LISTS:
        chosen = next((each for each in ("salah", "berubah", "baru", "tidak-ada", "sama") if counts[each]), "baru")
    page = min(number("halaman"), max(1, -(-counts[chosen] // queries.PAGE)))
    overruled = queries.overruled(session, row=row) if row.changed else {}
    if chosen == "tidak-ada":
        found: Sequence[Any] = queries.missing(session, row=row, page=page) if missing else []
    else:
        found = queries.page(session, row=row, outcome=Outcome(chosen), page=page, first=overruled)
    codes = {each.facts["unit_code"] for each in found if chosen in ("baru", "sama") and each.facts}
    removals = queries.removals(session, row=row)
    leading = queries.leading(session, row=row, now=clock.now()) if row.changed else {}
    roles = queries.roles(session, people=[person.id for person in leading], now=clock.now())
    ground = queries.ground(session, unit=row.unit, now=clock.now())
    return {
        "counts": counts,
        "chosen": chosen,
        "found": found,
        "unit_names": queries.unit_names(session, codes=codes),
        "page": page,
        "last": max(1, -(-counts[chosen] // queries.PAGE)),
        "told": told,
        "removals": removals,
        "named": {each.id: queries.named(session, people=each.people) for each in removals if not each.outcome},
        "undone": [each.id for each in removals if departing.may_be_undone(each, now=clock.now())],
        "measure": ground.measure(queries.leaving_pairs(session, row=row)),
        "marks": {
            each.id: ground.measure(queries.pairs_of(session, people=each.people))
            for each in removals
            if not each.outcome
        },
        "overruled": overruled,
        "alike": queries.alike(session, row=row) if row.new else 0,
        "leading": [
            (person.name, here := _within(row, roles[person.id]), len(roles[person.id]) - len(here), leaves)
            for person, leaves in leading.items()
        ],
        "of_asker": queries.changes(session, row=row, person_id=_asks(row).person_id),
        "alasan": request.form.get("alasan", ""),
        "kept": rules.KEPT.days,
    }


def refused(refusal: Refusal | None) -> dict[str, Any]:
    """Return what a page tells of a refusal."""
    shown = refusal
    if refusal and refusal.reason is Reason.IMPORT_COLUMNS:
        shown = Refusal(refusal.reason, ", ".join(FIELDS[name] for name in refusal.detail.split(", ")))
    sentence = errors.as_json(shown)["message"] if shown else ""
    return {"refusal": refusal, "sentence": sentence}


def _within(row: RosterImport, roles: Sequence[RoleGrant]) -> list[RoleGrant]:
    """Return those of these roles that are over units of an import; others are not for its readers to read."""
    return [each for each in roles if scope.in_scope([row.unit], each.unit)]


def _asks(row: RosterImport) -> Account:
    """Return who has asked for what waits, or who would ask: the visitor."""
    account: Account = current_user.account
    return row.asked_by or account if State(row.state) is State.WAITING else account
