"""Whoever tries to link an entry of the ledger to a person who was erased.

They hold the whole database, its files, the server's pepper and keys, everything that is public, and the
roster as it was: number, name, e-mail, telephone, unit.  They do not hold a copy of the certificate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import product
from typing import Any

from sqlalchemy import Table, select, text

from pakta.accounts import attempts
from pakta.accounts import rules as account_rules
from pakta.core import canonical, ledgerentry
from pakta.core import evidence as core_evidence
from pakta.core.ledgerentry import EntryKind
from pakta.database import Base, db
from pakta.ledger.models import Absence, Checkpoint, Entry
from pakta.roster import rules as roster_rules
from tests.forms import as_bytes, forms_of

# Served to everybody, or about everybody: that times and indexes stand there is what a ledger is.
PUBLIC = {"ledger_entries", "ledger_tiles", "ledger_checkpoints", "ledger_absences", "status_lists", "key_sets",
          "editions", "erased_places", "relying_party", "heartbeats"}  # fmt: skip
NEAR = timedelta(minutes=20)
TABLES: Mapping[str, Table] = {table.name: table for table in Base.metadata.sorted_tables}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Suspect:
    """What the roster said of a person."""

    number: str
    name: str
    email: str = ""
    phone: str = ""

    def words(self) -> list[tuple[str, str]]:
        """Return what was said, by what it is."""
        return [("number", self.number), ("name", self.name), ("e-mail", self.email), ("telephone", self.phone)]


class Tester:
    """Searches for one person."""

    def __init__(self, suspect: Suspect, pepper: roster_rules.Pepper) -> None:
        self.suspect = suspect
        subjects = {
            f"attempts at {purpose}": account_rules.subject(purpose, "tried", suspect.number, pepper=pepper)
            for purpose in attempts.OF_A_NUMBER
        }
        said = [(what, word) for what, word in suspect.words() if word]
        self.needles: dict[str, bytes] = {
            "number look-up": roster_rules.lookup(suspect.number, pepper=pepper),
            **subjects,
            "name in UTF-16": suspect.name.encode("utf-16-be"),
            **{f"{what} {form}": needle for what, word in said for form, needle in forms_of(word).items()},
        }

    def findings(self) -> list[str]:
        """Return everything in the database that says something of the person, or of whose an erased entry is."""
        held = rows()
        return [
            *self.words(held), *dangling(held), *self.rebuilt(held), *payloads(held), *places(held), *times(held),
            *log(held), *written_together(),
        ]  # fmt: skip

    def words(self, held: Mapping[str, Sequence[Row]]) -> Iterator[str]:
        """Yield each column that holds a word of the roster about the person, in any form."""
        for table, its in held.items():
            for row, (form, needle) in product(its, self.needles.items()):
                for name, value in row.items():
                    if needle in as_bytes(value):
                        yield f"{table}.{name}: {form}"

    def rebuilt(self, held: Mapping[str, Sequence[Row]]) -> Iterator[str]:
        """Yield each entry that is an enrolment of the person's number with a key and a salt found anywhere."""
        everything = b"\0".join(as_bytes(value) for its in held.values() for row in its for value in row.values())
        keys, salts = (
            {each.decode() for each in re.findall(rb"(?<![\w-])[\w-]{%d}(?![\w-])" % length, everything)}
            for length in (43, 22)
        )
        known = {bytes(row["entry"]): row["index"] for row in held["ledger_entries"]}
        for key, salt, way in product(keys, salts, core_evidence.WAYS):
            members: dict[str, canonical.Json] = {
                "v": 1, "number": self.suspect.number, "key": key, "way": way, "earlier": None, "salt": salt,
            }  # fmt: skip
            made = core_evidence.ENROLMENT_PREFIX + canonical.encode(members)
            for kind in (EntryKind.KEY_ENROLLED, EntryKind.KEY_RECOVERED):
                index = known.get(ledgerentry.entry(kind, made))
                if index is not None:
                    yield f"ledger_entries: entry {index} is an enrolment of this number"

    def tables(self) -> set[str]:
        """Return the tables that hold something of the person: their words, or rows that hang on such a row."""
        return {table for table, its in self.belongings().items() if its}

    def entries(self) -> set[int]:
        """Return the entries that the database links to the person, by any row of theirs."""
        found = self.belongings()
        named = {
            row[name] for its in found.values() for row in its for name in ("ledger_index", "index") if name in row
        }
        return {each for each in named if isinstance(each, int)}

    def belongings(self) -> dict[str, list[Row]]:
        """Return the rows with the person's words, whatever points at one of them or names it, and so on."""
        held = rows()
        found: dict[str, list[Row]] = {table: [row for row in its if self._about(row)] for table, its in held.items()}
        grown = True
        while grown:
            grown = False
            for child, its in held.items():
                for row in its:
                    if row not in found[child] and _hangs(child, row, found):
                        found[child].append(row)
                        grown = True
        return found

    def _about(self, row: Row) -> bool:
        return any(needle in as_bytes(value) for value in row.values() for needle in self.needles.values())

    def in_files(self, files: Mapping[str, bytes]) -> list[str]:
        """Return each file that holds a word of the roster about the person, in any form."""
        return [
            f"{name}: {form}"
            for name, content in files.items()
            for form, needle in self.needles.items()
            if needle in content
        ]


def rows() -> dict[str, list[Row]]:
    """Return every row of every table."""
    session = db.session()
    session.rollback()
    session.expire_all()
    return {name: [dict(row._mapping) for row in session.execute(select(table))] for name, table in TABLES.items()}


def _references(table: str) -> list[tuple[str, str, str]]:
    """Return a table's foreign keys: column, the table it points at, and that one's column."""
    return [(key.parent.name, key.column.table.name, key.column.name) for key in TABLES[table].foreign_keys]


def _hangs(child: str, row: Row, found: Mapping[str, Sequence[Row]]) -> bool:
    if child == "ledger_payloads":  # a revocation names a key, a change of status a certificate
        keys, certificates = found["person_keys"], found["credentials"]
        names = [*(key["thumbprint"] for key in keys), *(each["number"] for each in certificates)]
        return any(name.encode() in row["payload"] for name in names)
    return any(
        row[column] is not None and any(row[column] == above[key] for above in found[parent])
        for column, parent, key in _references(child)
    )


def dangling(held: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Yield each column that points at a row which is gone: it says that somebody was there, and what was theirs."""
    for table, its in held.items():
        for column, parent, key in _references(table):
            present = {row[key] for row in held[parent]}
            for row in its:
                if row[column] is not None and row[column] not in present:
                    yield f"{table}.{column}: points at {parent} {row[column]}, who is gone"


def erased() -> dict[int, bytes]:
    """Return the entries whose payloads were erased."""
    found = select(Entry.index, Entry.entry).join(Absence, Absence.index == Entry.index)
    return {row[0]: row[1] for row in db.session().execute(found.where(Absence.cause == "erased"))}


def payloads(held: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Yield each column that holds what an erased entry is the hash of."""
    known = {entry: index for index, entry in erased().items()}
    for table, its in held.items():
        for row in its:
            for name, value in row.items():
                if not isinstance(value, bytes):
                    continue
                for kind in EntryKind:
                    index = known.get(ledgerentry.entry(kind, value))
                    if index is not None:
                        yield f"{table}.{name}: the payload of erased entry {index}"


def places(held: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Yield each private row that names the index of an erased entry."""
    gone = set(erased())
    for table, its in held.items():
        if table not in PUBLIC:
            for row in its:
                index = row.get("ledger_index", row.get("index"))
                if index in gone:
                    yield f"{table}: a row of erased entry {index}"


def entered_at() -> dict[int, datetime]:
    """Return about when each erased entry was made: the time of the first checkpoint that covers it is public."""
    heads = db.session().execute(select(Checkpoint.size, Checkpoint.signed_at).order_by(Checkpoint.size)).all()
    return {index: next(at for size, at in heads if size > index) for index in erased()}


def times(held: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Yield each private row that was written when an erased entry was."""
    moments = entered_at()
    public = {index for index, _ in _public_payloads(held)}
    for table, its in held.items():
        for row in its if table not in PUBLIC else ():
            if table == "ledger_payloads" and row["index"] in public:
                continue
            for name, value in row.items():
                if isinstance(value, datetime):
                    near = [index for index, at in moments.items() if abs(at - value) < NEAR]
                    if near:
                        yield f"{table}.{name}: at the time of erased entry {near[0]}"


def log(held: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Yield each line of the access log whose other side or time was taken away, and that tells yet.

    Whoever did something to a person who is gone has their units in `role_grants`: of a recovery or a dispute it
    leaves only those who were erased below these, of a day only the entries of that day.
    """
    found = [row for row in held["access_log"] if row["at"].time() == time(0)]
    days = {at.date(): index for index, at in entered_at().items()}
    for row in found:
        named = row["account_id"] is not None or row["person_id"] is not None
        if named and row["at"].date() in days:
            yield f"access_log.at: on the day of erased entry {days[row['at'].date()]}"
        if row["account_id"] is not None and row["person_id"] is None and not row["action"].endswith("-lihat"):
            yield f"access_log.action: {row['action']}, done to somebody who is gone by account {row['account_id']}"
    lines = [_line(row) for row in sorted(found, key=lambda row: row["id"])]
    if lines != sorted(lines):
        yield "access_log.id: the order of what was left at several erasures tells them apart"


def _line(row: Row) -> tuple[str, int, int, datetime]:
    return row["action"], row["account_id"] or 0, row["person_id"] or 0, row["at"]


def _public_payloads(held: Mapping[str, Sequence[Row]]) -> Iterator[tuple[int, Row]]:
    for row in held["ledger_payloads"]:
        if row["kind"] in ledgerentry.PUBLIC:
            yield row["index"], row


def written_together() -> Iterator[str]:
    """Yield each private table with a row whose last writer, on PostgreSQL, was that of an erased entry."""
    if db.engine.dialect.name != "postgresql":
        return
    with db.engine.connect() as connection:
        gone = list(erased())
        found = connection.execute(
            text('SELECT DISTINCT xmin::text FROM ledger_entries WHERE "index" = ANY(:gone)'), {"gone": gone}
        )
        writers = found.scalars().all()
        for table in sorted(set(TABLES) - PUBLIC):
            extra = " AND kind NOT IN (5, 6, 7, 8)" if table == "ledger_payloads" else ""
            question = f'SELECT count(*) FROM "{table}" WHERE xmin::text = ANY(:writers){extra}'
            count = connection.execute(text(question), {"writers": writers}).scalar_one()
            if count:
                yield f"{table}: {count} rows written by the transaction of an erased entry"
