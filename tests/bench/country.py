"""A country of people in SQL: units four levels deep, people, signatures, slips, counters and their days.

Made as the program would leave it, without the program: five million people one by one would take hours.
People lie in the order of their units, as a personnel system exports them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, text

REGIONS, OFFICES = 60, 480  # units below the one institution, and below those; the others stand below offices
DAYS = 30  # over which people signed
SHARE = 80  # of a hundred people have signed
OBJECT = 1000  # one in so many of those who have not objects
EXCUSED = 50  # one in so many is excused
MOVED = 50  # one in so many moved once, before anybody led anything
WAITING = 100  # of so many batches one waits for another administrator
BATCH = 300  # slips that are printed together; everybody has had one: used, handed over, expired or still here


@dataclass(frozen=True, slots=True)
class Size:
    """How large a country is."""

    people: int
    units: int


def build(connection: Connection, *, size: Size, edition: str, today: date) -> None:
    """Fill the empty tables of a database."""
    for statement in _statements(connection.dialect.name, size, edition, today):
        connection.execute(text(statement.replace(":", r"\:")))


def _statements(dialect: str, size: Size, edition: str, today: date) -> list[str]:
    first = today - timedelta(days=DAYS - 1)
    numbers = _numbers(dialect)
    above = REGIONS + OFFICES + 1
    leaves = size.units - above
    unit = f"id / {size.people // leaves + 1} + {above + 1}"
    region, office = f"(n % {REGIONS} + 2)", f"(n % {OFFICES} + {REGIONS + 2})"
    day = (
        f"DATE '{first}' + (id % {DAYS})"
        if dialect == "postgresql"
        else f"date('{first}', '+' || (id % {DAYS}) || ' days')"
    )
    lookup = "decode(lpad(id::text, 64, '0'), 'hex')" if dialect == "postgresql" else "CAST(id AS BLOB)"
    made = "TIMESTAMPTZ '2026-01-01 00:00:00+00'" if dialect == "postgresql" else "'2026-01-01 00:00:00.000000'"
    yes, later = ("true" if dialect == "postgresql" else 1), made.replace("2026-", "2099-")
    signed_at = f"{day} + interval '3 hours'" if dialect == "postgresql" else f"{day} || ' 03:00:00.000000'"
    status = f"CASE WHEN id % {EXCUSED} = 7 THEN 'cuti' ELSE 'aktif' END"
    return [
        f"INSERT INTO institutions (id, code, name, short_name, town, marked)"
        f" VALUES (1, 'negara', 'Negara', 'Negara', 'Kota', {'false' if dialect == 'postgresql' else 0})",
        _unit("1", "'negara'", "'institution'", "NULL", "'/1/'", "FROM (SELECT 1 AS n) AS one"),
        _unit("n + 1", "'wilayah-' || n", "'bagian'", "1", "'/1/' || (n + 1) || '/'", numbers.format(count=REGIONS)),
        _unit(
            f"n + {REGIONS + 1}",
            "'opd-' || n",
            "'opd'",
            region,
            f"'/1/' || {region} || '/' || (n + {REGIONS + 1}) || '/'",
            numbers.format(count=OFFICES),
        ),
        _unit(
            f"n + {above}",
            "'unit-' || n",
            "'upt'",
            office,
            f"(SELECT path FROM units AS o WHERE o.id = {office}) || (n + {above}) || '/'",
            numbers.format(count=leaves),
        ),
        f"INSERT INTO people (id, unit_id, kind, signs_as, number, number_lookup, name, rank, position, status,"
        f" email, phone, demo, changed_at) SELECT id, {unit}, kind, kind, '9' || id, {lookup},"
        f" 'Orang ' || id, '', 'Guru', {status}, '', '', {'true' if dialect == 'postgresql' else 1}, {made}"
        f" FROM (SELECT n AS id, CASE WHEN n % 4 = 0 THEN 'pppk' ELSE 'pns' END AS kind"
        f" {numbers.format(count=size.people)}) AS people_of",
        f"INSERT INTO signed_people (person_id, edition_code, unit_id, signed_at)"
        f" SELECT id, '{edition}', unit_id, {signed_at} FROM people WHERE id % 100 < {SHARE}",
        f"INSERT INTO objections (person_id, edition_code, reason_class, words, stated_at)"
        f" SELECT id, '{edition}', 'isi', '', {made} FROM people WHERE id % 100 >= {SHARE} AND id % {OBJECT} = 99",
        f"INSERT INTO slip_batches (id, unit_id, below, whom, people, asked_at, outcome)"
        f" SELECT n, 1, {yes}, 'baru', {BATCH}, {made}, CASE WHEN n % {WAITING} <> 0 THEN 'dicetak' END"
        f" {numbers.format(count=size.people // BATCH + 1)}",
        f"INSERT INTO slips (id, person_id, code_hash, purpose, created_at, expires_at, used_at)"
        f" SELECT id, id, number_lookup, 'first', {made}, CASE WHEN id % 20 = 3 THEN {made} ELSE {later} END,"
        f" CASE WHEN id % 10 < 6 AND id % 20 <> 3 THEN {made} END FROM people",
        f"INSERT INTO slip_custody (slip_id, batch_id, handed_at)"
        f" SELECT id, id / {BATCH} + 1, CASE WHEN id % 10 < 8 THEN {made} END FROM slips",
        *_leaders(dialect, size.people // leaves + 1, above, made),
        *_sums("people", edition, f"DATE '{first}'" if dialect == "postgresql" else f"'{first}'"),
        *_sums("signed", edition, day),
    ]


def _leaders(dialect: str, each: int, above: int, made: str) -> list[str]:
    """Return what gives every unit but the institution a head, and some people a move before that.

    each  people of a unit that has none below it: one leads it, and another one leads an office or region
    """
    leader = f"CASE WHEN u.id > {above} THEN (u.id - {above + 1}) * {each} + 4 ELSE (u.id - 2) * {each} + 5 END"
    handle = "decode(lpad(u.id::text, 64, '0'), 'hex')" if dialect == "postgresql" else "CAST(u.id AS BLOB)"
    return [
        f"INSERT INTO accounts (person_id, user_handle, created_at)"
        f" SELECT people.id, {handle}, {made} FROM units AS u JOIN people ON people.id = {leader} WHERE u.id > 1",
        f"INSERT INTO role_grants (account_id, role, unit_id, granted_at)"
        f" SELECT accounts.id, 'head', u.id, {made} FROM units AS u JOIN accounts ON person_id = {leader}",
        f"INSERT INTO people_moves (person_id, old_unit_id, new_unit_id, old_status, new_status, how, moved_at)"
        f" SELECT id, 2, unit_id, 'aktif', status, 'impor', {made.replace('2026-', '2025-')}"
        f" FROM people WHERE id % {MOVED} = 9",
    ]


def _numbers(dialect: str) -> str:
    if dialect == "postgresql":
        return "FROM generate_series(1, {count}) AS series(n)"
    return "FROM (WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s)"


def _unit(id: str, code: str, kind: str, parent: str, path: str, source: str) -> str:
    return (
        "INSERT INTO units (id, code, name, short_name, kind, parent_id, institution_id, path, valid_from)"
        f" SELECT {id}, {code}, {code}, {code}, {kind}, {parent}, 1, {path}, '2026-01-01' {source}"
    )


def _sums(what: str, edition: str, day: str) -> list[str]:
    """Return what fills a counter and its days, from the leaves up; `day` is when a person was counted."""
    signed = what == "signed"
    code, column = (f"'{edition}', ", "edition_code, ") if signed else ("", "")
    audience = "kind" if signed else "CASE WHEN status = 'aktif' THEN kind ELSE 'excused' END"
    who = f"WHERE id % 100 < {SHARE} AND status = 'aktif'" if signed else ""
    days, key = f"daily_{what}", f"{column}audience"
    counted = f"(SELECT unit_id, {audience} AS audience, kind, {day} AS day FROM people {who}) AS counted"
    return [
        f"INSERT INTO {days} (unit_id, {key}, kind, day, change)"
        f" SELECT unit_id, {code}audience, kind, day, count(*) FROM {counted} GROUP BY unit_id, audience, kind, day",
        *(
            f"INSERT INTO {days} (unit_id, {key}, kind, day, change)"
            f" SELECT parent_id, {key}, {days}.kind, day, sum(change) FROM {days} JOIN units ON id = unit_id"
            f" WHERE units.kind = '{level}' GROUP BY parent_id, {key}, {days}.kind, day"
            for level in ("upt", "opd", "bagian")
        ),
        f"INSERT INTO counter_{what} (unit_id, {key}, kind, {what})"
        f" SELECT unit_id, {key}, kind, sum(change) FROM {days} GROUP BY unit_id, {key}, kind",
    ]
