"""The public's shares as open data: the picture of /cakupan-umum, nothing more, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pakta.config import Config
from pakta.coverage import rules
from pakta.coverage.published import Course
from pakta.coverage.publishing import Picture, PublicInstitution
from pakta.roster import queries
from pakta.roster.models import Unit
from pakta.web import display

CSV_HEAD = ("institution_code", "institution", "units", "signed", "total", "percent", "excused", "excused_percent")

Answer = dict[str, object]


@dataclass(frozen=True, slots=True)
class Known:
    """What the public may know of one institution.

    signed, total  None where only a percentage is shown
    percent        None of a group below `rules.LEAST`
    excused        how many are out of the sums, None of fewer than `rules.LEAST`; where only a percentage is shown
                   `excused_percent` of all its people
    """

    unit: Unit
    signed: int | None
    total: int | None
    percent: float | None
    lines: Sequence[rules.Line] = ()
    excused: int | None = None
    excused_percent: int | None = None


def known(picture: Picture) -> list[Known]:
    """Return the institutions of a picture: first those with counts, then those with a percentage."""
    return [
        *map(_counted, picture.institutions),
        *(_percents(each.unit, each.whole, each.excused) for each in picture.percents),
    ]


def as_json(picture: Picture, *, config: Config, demo: bool) -> Answer:
    """Return the shares as an object; it changes only when the picture of the day or an edition does."""
    return {
        "host": config.host,
        "city": config.city,
        "demonstration": demo,
        "as_of": picture.taken_on.isoformat() if picture.taken_on else None,
        "least": rules.LEAST,
        "editions": [
            {"code": edition.code, "title": edition.title, "closes_on": deadline.day.isoformat()}
            for deadline in picture.deadlines
            for edition in deadline.editions
        ],
        "institutions": [_institution(each) for each in known(picture)],
    }


def as_csv(picture: Picture) -> str:
    """Return the shares as CSV (RFC 4180): a line for each institution, its `units` empty, then one for each part."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in (CSV_HEAD, *_rows(picture)):
        writer.writerow([rules.safe_cell(cell) for cell in row])
    return out.getvalue()


def course_as_csv(course: Course) -> str:
    """Return what was published of an institution as CSV, a day after the other, each as `as_csv` tells it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("date", *CSV_HEAD))
    for day in course.days:
        known = (
            _percents(course.unit, day.percent, day.excused)
            if day.share is None
            else _counts(course.unit, day.share, day.lines, day.excused)
        )
        for row in _rows_of(known):
            writer.writerow([rules.safe_cell(cell) for cell in (day.on.isoformat(), *row)])
    return out.getvalue()


def _rows(picture: Picture) -> Iterator[tuple[str, ...]]:
    for each in known(picture):
        yield from _rows_of(each)


def _rows_of(each: Known) -> Iterator[tuple[str, ...]]:
    first = (each.unit.code, each.unit.name)
    yield (*first, "", *map(_cell, (each.signed, each.total, each.percent, each.excused, each.excused_percent)))
    for line in each.lines:
        figures = (line.signed, line.total, _percent(line.signed, line.total), None, None)
        yield (*first, "; ".join(line.names), *map(_cell, figures))


def _cell(figure: float | None) -> str:
    return "" if figure is None else str(figure)


def _counted(each: PublicInstitution) -> Known:
    return _counts(each.unit, each.share, each.lines, each.excused)


def _counts(unit: Unit, share: queries.Share, lines: Sequence[rules.Line], excused: int | None) -> Known:
    percent = _percent(share.signed, share.total)
    return Known(unit, share.signed, share.total, percent, lines, excused=excused or None)


def _percents(unit: Unit, whole: int | None, excused: int | None) -> Known:
    return Known(unit, None, None, whole, excused_percent=excused or None)


def _institution(each: Known) -> Answer:
    return {
        "code": each.unit.code,
        "name": each.unit.name,
        "signed": each.signed,
        "total": each.total,
        "percent": each.percent,
        "excused": each.excused,
        "excused_percent": each.excused_percent,
        "units": [
            {
                "names": list(line.names),
                "signed": line.signed,
                "total": line.total,
                "percent": _percent(line.signed, line.total),
            }
            for line in each.lines
        ],
    }


def _percent(signed: int, total: int) -> float:
    """Return a share with one decimal; 100 only where all, 0 only where none."""
    return display.permille(signed, total) / 10
