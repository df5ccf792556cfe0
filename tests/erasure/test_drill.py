"""The erasure drill: nobody links an entry to an erased person, whatever they hold but the certificate itself.

What cannot be mended is said in docs/threat-model.md: whose entries are left over when all others are named.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from pakta import database
from pakta.certificates.models import ErasedPlace
from pakta.certificates.rules import Status
from pakta.database import db
from pakta.ledger.copyfile import LogCopy
from pakta.ledger.models import Absence
from pakta.roles import Role
from pakta.roster import counters
from tests.erasure import tester
from tests.erasure.conftest import Gone
from tests.people import KNOWN
from tests.selfcheck.robbery import Thief

WHOLE_ON_POSTGRESQL = True

LEAST = {
    "people", "accounts", "sign_ins", "role_grants", "slips", "challenges", "person_keys", "recoveries", "disputes",
    "data_reports", "corrections", "prepared_statements", "evidence", "credentials", "documents", "signed_people",
    "access_log", "attempts", "ledger_payloads", "notices", "status_requests",
}  # fmt: skip


def test_before_the_erasure_the_same_search_finds_the_person_everywhere(gone: Gone) -> None:
    """The twin: a search that finds nothing now would have found her."""
    assert gone.tables >= LEAST, LEAST - gone.tables
    assert len(gone.entries) == gone.done.entries == 8
    assert len(gone.rebuilt) == 2
    assert any("number plain" in each for each in gone.files)
    assert any("name plain" in each for each in gone.files)


def test_after_the_erasure_nothing_in_the_database_leads_to_the_person(gone: Gone) -> None:
    assert gone.life.tester.findings() == []
    assert gone.life.tester.belongings() == {table: [] for table in tester.TABLES}


def test_after_the_erasure_no_file_of_the_database_holds_the_person(gone: Gone) -> None:
    files = gone.life.files()
    assert sum(map(len, files.values())) > 100_000
    assert gone.life.tester.in_files(files) == []


def test_after_the_erasure_the_copy_of_the_ledger_does_not_lead_to_the_person(gone: Gone) -> None:
    """It still holds the thumbprint of her revoked key, which names nobody, and of her enrolments no salt."""
    path = gone.life.wired.config.log_copy
    assert path is not None
    copied: list[tester.Row] = [
        {"payload": line.payload} for group in LogCopy(path).groups() for line in group if line.payload
    ]
    keys = gone.rows["person_keys"]
    held = b"".join(each["payload"] for each in copied)
    assert any(each["thumbprint"].encode() in held for each in keys)
    assert list(_led_to(gone, copied)) == []
    assert list(_led_to(gone, [*copied, *({"payload": each["record"]} for each in keys)])) != []  # the planted bug


def _led_to(gone: Gone, copied: list[tester.Row]) -> Iterator[str]:
    held = {**tester.rows(), "copy": copied}
    yield from gone.life.tester.words(held)
    yield from gone.life.tester.rebuilt(held)


def test_an_erasure_that_leaves_one_table_untouched_is_noticed(gone: Gone) -> None:
    """The planted bug, once for each table that held something of her, whichever those are."""
    noticed = {table: _left_untouched(gone, table) for table in sorted(gone.tables)}
    assert [table for table, found in noticed.items() if not found] == []
    everything = "\n".join(each for found in noticed.values() for each in found)
    for way in ("number plain", "name plain", "number look-up", "attempts at", "points at", "is an enrolment of",
                "the payload of", "a row of erased entry", "at the time of erased entry"):  # fmt: skip
        assert way in everything, way  # no part of the search is idle
    assert gone.life.tester.findings() == []


def _left_untouched(gone: Gone, table: str) -> list[str]:
    """Return what the search says of a table that holds again what it held before the erasure."""
    thief = Thief(gone.life, table)
    try:
        thief.fill(gone.rows[table])
        found = gone.life.tester.findings()
    finally:
        thief.put_back()
    return found if any(each.startswith((f"{table}.", f"{table}:")) for each in found) else []


@pytest.mark.parametrize(
    ("action", "at", "last", "noticed"),
    [
        ("pemulihan-setujui", datetime(1970, 1, 1, tzinfo=UTC), False, "access_log.action"),
        ("pemulihan-lihat", None, False, "access_log.at"),
        ("pemulihan-lihat", datetime(1970, 1, 1, tzinfo=UTC), True, "access_log.id"),
    ],
    ids=["who did what", "the day", "the order"],
)
def test_a_line_of_the_access_log_that_tells_of_one_of_several_who_were_erased_is_noticed(
    gone: Gone, action: str, at: datetime | None, last: bool, noticed: str
) -> None:
    """The planted bug: siti's recovery by dewi of the city, whereas agus was the police's."""
    day = min(tester.entered_at().values()).replace(hour=0, minute=0, second=0, microsecond=0)
    thief, place = Thief(gone.life, "access_log"), "max(id) + 1" if last else "-min(id)"
    try:
        thief.run(
            "INSERT INTO access_log (id, account_id, action, detail, at) "
            f"VALUES ((SELECT {place} FROM access_log), :account, :action, '', :at)",
            {"account": gone.life.keys["dewi"][0], "action": action, "at": as_stored(at or day)},
        )
        found = gone.life.tester.findings()
    finally:
        thief.put_back()
    assert [each for each in found if each.startswith(noticed)], found
    assert gone.life.tester.findings() == []


def as_stored(at: datetime) -> datetime | str:
    """Return a time as the driver takes it."""
    return at if db.engine.dialect.name == "postgresql" else at.strftime("%Y-%m-%d %H:%M:%S.%f")


def test_erased_entries_do_not_tell_which_of_them_were_one_persons(gone: Gone) -> None:
    """Two people were erased, one after the other: their rows lie mixed, as one writer wrote them."""
    row_number = "rowid" if db.engine.dialect.name == "sqlite" else "ctid"
    writer = "0" if db.engine.dialect.name == "sqlite" else "xmin::text"
    for table, key in (("ledger_absences", "index"), ("erased_places", "status_index")):
        rows = db.session().execute(db.text(f'SELECT "{key}", {writer} FROM {table} ORDER BY {row_number}')).all()
        assert len(rows) >= 3
        assert [row[0] for row in rows] == sorted(row[0] for row in rows)
        assert len({row[1] for row in rows}) == 1


def test_absences_explain_exactly_what_is_gone(gone: Gone) -> None:
    absent = set(db.session().execute(select(Absence.index)).scalars())
    assert absent >= gone.entries
    assert len(absent) == gone.done.entries + 4  # lina's and agus' keys and certificates
    assert len(db.session().execute(select(ErasedPlace)).scalars().all()) == gone.done.certificates + 2


def test_counters_do_not_tell_that_somebody_was_counted_there(gone: Gone) -> None:
    school = "SELECT count(*) FROM {} JOIN units ON units.id = unit_id WHERE units.code = 'sdn-kranggan-1'"
    for table in ("counter_people", "counter_signed", "daily_people", "daily_signed"):
        assert any(row["unit_id"] for row in gone.rows[table])
        assert db.session().execute(db.text(school.format(table))).scalar_one() == 0


def test_counters_that_the_writer_of_an_erased_entry_wrote_last_are_noticed(
    gone: Gone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: the counters of who was not counted any more are left as they are."""
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite does not note who wrote a row")
    gone.life.hours.strike()
    gone.life.change("budi", Status.REVOKED)
    gone.life.settle()
    monkeypatch.setattr(counters, "smooth", lambda session, path: None)
    gone.life.erase("budi")
    assert [each.split(":")[0] for each in gone.life.tester.findings()] == ["counter_signed"]


def test_without_the_sweep_the_files_still_hold_who_was_erased(gone: Gone) -> None:
    """The planted bug: rows are deleted, and lie on in free space, in the WAL and in the statistics."""
    rini = tester.Tester(tester.Suspect(KNOWN["rini"].number, KNOWN["rini"].name), gone.life.wired.keyring.pepper)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE people")
    gone.life.erase("rini", sweep=False)
    assert any("number plain" in each for each in rini.in_files(gone.life.files()))
    assert gone.life.sweep()
    assert rini.in_files(gone.life.files()) == []


def test_the_sweep_says_when_somebody_still_reads_what_was_deleted(
    gone: Gone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY", 1)
    db.session.remove()
    db.engine.dispose()  # new connections wait no longer than that
    with db.engine.connect() as reader:
        if reader.dialect.name == "postgresql":
            reader.execution_options(isolation_level="REPEATABLE READ")
        reader.execute(db.text("SELECT count(*) FROM people")).scalar_one()
        gone.life.grant("dewi", Role.DELEGATE, "dinkes")  # somebody writes meanwhile
        assert not gone.life.sweep()
    assert gone.life.sweep()
