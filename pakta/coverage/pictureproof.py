"""Whether what the public was shown of an institution, in every picture that is kept, is what the days add up to.

A picture was taken at one moment of its day, which is not kept.  So each of its figures is held against the end of
the day before and the end of its own day: it must be one of the two.  Where it is neither, and nothing moved on that
day, it is another one; where something moved, or a person has been erased since, who takes their days with them, it
is not proved (docs/decisions/0079).

On the first day of an institution, when its people are brought in and its picture is taken among them, there is no
end of a day before: figures between nothing and the end of that day are told as partial, and are no failure.  It is
the first day only where nothing counted before it, the counters' or the ledger's (docs/decisions/0088).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pakta.accounts import audit
from pakta.accounts.models import AccessLog
from pakta.certificates.models import IssuedCredential
from pakta.coverage import past, rules
from pakta.coverage.models import PublicPicture
from pakta.coverage.publishing import Told
from pakta.editions import rules as edition_rules
from pakta.roster import history, scope
from pakta.roster.models import Unit

Figures = dict[str, str]
Standings = Mapping[int, history.Standing]
NOTHING = history.Standing(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to be said of a picture.

    differs  it is wrong; else it could not be proved
    partial  it is of the institution's first day, of which only the end is known
    """

    line: str
    differs: bool
    partial: bool = False


def prove(session: Session, *, unit: Unit) -> tuple[int, list[Finding]]:
    """Return how many pictures show an institution, and what is to be said of them, the oldest first."""
    erased = _last_erasure(session)
    shown, found = 0, []
    for picture in session.scalars(select(PublicPicture).order_by(PublicPicture.taken_on)):
        told = [each for each in picture.institutions if each["unit"] == unit.id]
        shown += len(told)
        for each in told:
            where = f"{unit.code}, gambar publik {picture.taken_on.isoformat()}"
            kept = erased is None or erased < picture.taken_on
            days = _days(session, picture, _ids(each))
            found += [Finding(f"{where}: {line}", True) for line in _shape(unit, each)]
            first = _is_first(session, unit, picture, days[0]) and _can_be_part(each, days[1])
            found += [
                Finding(f"{where}: {line}", wrong and kept, partial=first) for line, wrong in _figures(each, *days)
            ]
    return shown, found


def _last_erasure(session: Session) -> date | None:
    wanted = select(AccessLog.at).where(AccessLog.action == audit.ERASURE).order_by(AccessLog.at.desc()).limit(1)
    at = session.execute(wanted).scalar()
    return None if at is None else edition_rules.day_of(at)


def _ids(told: Told) -> list[int]:
    lines = [each for ids, *_ in told.get("lines", ()) for each in ids]
    groups = [each for group in told["groups"] for each in group]
    return sorted({told["unit"], *lines, *groups})


def _days(session: Session, picture: PublicPicture, ids: list[int]) -> tuple[Standings, Standings]:
    asking = past.asked_of(session, codes=picture.editions)
    on = picture.taken_on
    before, after = (history.on_day(session, unit_ids=ids, on=each, asked=asking) for each in (on - timedelta(1), on))
    return before, after


def _is_first(session: Session, unit: Unit, picture: PublicPicture, before: Standings) -> bool:
    """Say whether an institution began on the day of a picture: nothing of it is older, in no way of counting."""
    if any(each != NOTHING for each in before.values()):
        return False
    signed = select(func.min(IssuedCredential.issued_at)).join(Unit, Unit.id == IssuedCredential.unit_id)
    oldest = session.execute(signed.where(scope.subtree_clause([unit]))).scalar()
    begun = oldest is None or edition_rules.day_of(oldest) >= picture.taken_on
    return begun and history.begins(session, unit_id=unit.id) == picture.taken_on


def _can_be_part(told: Told, after: Standings) -> bool:
    """Say whether no figure of a picture is more than what the end of its day has."""
    whole = after[told["unit"]]
    if "lines" not in told:
        return not told["percent"] or whole.signed > 0
    lines = [(ids, signed, total) for ids, signed, total in told["lines"]]
    parts = [each for each in _ids(told) if each != told["unit"]]
    rest = (
        whole.signed - sum(after[each].signed for each in parts),
        whole.total - sum(after[each].total for each in parts),
    )
    for ids, signed, total in [([told["unit"], *parts], told["signed"], told["total"]), *lines]:
        most = [(after[each].signed, after[each].total) if each != told["unit"] else rest for each in ids]
        if signed > sum(each[0] for each in most) or total > sum(each[1] for each in most):
            return False
    return (told.get("excused") or 0) <= rules.excused_told(whole.excused)


def _shape(unit: Unit, told: Told) -> Iterator[str]:
    """Yield what is wrong with a picture by itself, whatever the days say."""
    if "lines" not in told:
        return
    parts = [(signed, total) for _ids, signed, total in told["lines"]]
    if (sum(each[0] for each in parts), sum(each[1] for each in parts)) != (told["signed"], told["total"]):
        yield f"bagian-bagiannya tidak berjumlah {told['signed']} dari {told['total']}"
    if any(total < rules.LEAST for _signed, total in parts):
        yield f"memuat kelompok di bawah {rules.LEAST} orang"
    if any(not 0 <= signed <= total for signed, total in parts):
        yield "memuat lebih banyak tanda tangan daripada orang"
    if unit.institution.marked:
        yield "memuat jumlah orang, padahal untuk instansi ini hanya persentase yang ditampilkan"


def _figures(told: Told, before: Standings, after: Standings) -> Iterator[tuple[str, bool]]:
    """Yield each figure that neither end of the day has, with whether it is surely another one."""
    if "lines" in told:
        shown = {"jumlah": _share(told["signed"], told["total"])}
        shown |= {f"bagian {at}": _share(signed, total) for at, (_, signed, total) in enumerate(told["lines"], 1)}
    else:
        shown = {"jumlah": _percent(told["percent"])}
    if told.get("excused") is not None:
        shown["dikecualikan"] = _excused(told["excused"])
    ends = [_expected(told, each) for each in (before, after)]
    for what, figure in shown.items():
        first, last = (end[what] for end in ends)
        if figure in (first, last):
            continue
        still = all(before[each] == after[each] for each in _ids(told))
        ends_said = first if first == last else f"{first} pada akhir hari sebelumnya, {last} pada akhir hari itu"
        yield f"{what} {figure}, riwayat {ends_said}", still


def _expected(told: Told, days: Standings) -> Figures:
    """Return the figures that the picture would have if it were taken while units stood like this."""
    whole = days[told["unit"]]
    if "lines" not in told:
        return {
            "jumlah": _percent(rules.whole_percent(whole.signed, whole.total)),
            "dikecualikan": _excused(rules.excused_percent(whole.excused, whole.total)),
        }
    parts = [days[each] for each in _ids(told) if each != told["unit"]]
    rest = (whole.signed - sum(part.signed for part in parts), whole.total - sum(part.total for part in parts))
    found = {
        "jumlah": _share(whole.signed, whole.total),
        "dikecualikan": _excused(rules.excused_told(whole.excused)),
    }
    for at, (ids, *_) in enumerate(told["lines"], 1):
        own = [(days[each].signed, days[each].total) if each != told["unit"] else rest for each in ids]
        found[f"bagian {at}"] = _share(sum(each[0] for each in own), sum(each[1] for each in own))
    return found


def _share(signed: int, total: int) -> str:
    return f"{signed} dari {total}"


def _percent(whole: int | None) -> str:
    return "tidak ditampilkan" if whole is None else f"{whole} %"


def _excused(told: int) -> str:
    return str(told) if told else f"kurang dari {rules.LEAST}"
