"""A pact text: read from what an author wrote, checked, and put in its canonical bytes.

The author's form is the TOML of `python -m pakta edition publish`; the canonical form is
RFC 8785 JSON.  Both hold the same members, so that `from_bytes(text.to_bytes()) == text`.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from pakta.core import canonical
from pakta.core.errors import Reason, Refusal

VERSION = 1
AUDIENCES = ("pns", "pppk", "non-asn", "tni", "polri", "kepala")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,11}")
CLAUSE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
LONGEST_TITLE = 160  # characters: the column, and one line of the certificate
LONGEST = 2000
LARGEST_FILE = 256 * 1024  # bytes
MEMBERS = {"code", "title", "kinds", "opening", "closing", "opens_on", "closes_on", "legal_basis", "clause"}
BASIS_MEMBERS = {"title", "article", "valid_from", "valid_until"}
CLAUSE_MEMBERS = {"id", "text"}
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A rule of law that the text stands on; `valid_until` is its last day, None while it is in force."""

    title: str
    article: str
    valid_from: date
    valid_until: date | None

    def in_force(self, on: date) -> bool:
        """Say whether the rule is in force on a day."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered promise, ticked by its id."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A whole pact text."""

    code: str
    title: str
    audience: tuple[str, ...]
    opening: str
    closing: str
    legal_basis: tuple[LegalBasis, ...]
    clauses: tuple[Clause, ...]
    opens_on: date
    closes_on: date

    def to_bytes(self) -> bytes:
        """Return the canonical bytes: what is hashed, signed over and laid into the ledger."""
        return canonical.encode(
            {
                "v": VERSION,
                "code": self.code,
                "title": self.title,
                "audience": list(self.audience),
                "opening": self.opening,
                "closing": self.closing,
                "legal_basis": [_basis_members(basis) for basis in self.legal_basis],
                "clauses": [{"id": clause.id, "text": clause.text} for clause in self.clauses],
                "opens_on": self.opens_on.isoformat(),
                "closes_on": self.closes_on.isoformat(),
            }
        )


def from_toml(content: bytes) -> Text:
    """Read an author's file.  Refuses with EDITION_FILE, and as `from_members` does."""
    if len(content) > LARGEST_FILE:
        raise Refusal(Reason.EDITION_FILE, "terlalu besar")
    try:
        return from_members(tomllib.loads(content.decode("utf-8-sig")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal(Reason.EDITION_FILE, str(error)) from None


def from_members(members: Mapping[str, object]) -> Text:
    """Read an author's members, the keys of `MEMBERS`; opening, closing and legal_basis may be left out.

    Spaces and line breaks within a text are one space, letters are in NFC.
    Refuses with EDITION_FIELD, EDITION_CODE, EDITION_AUDIENCE, EDITION_DAYS,
    EDITION_CLAUSES or LEGAL_BASIS_NOT_VALID.
    """
    _only(members, MEMBERS, "naskah")
    text = Text(
        code=_code(members.get("code")),
        title=_words(members, "title", longest=LONGEST_TITLE),
        audience=_audience(members.get("kinds")),
        opening=_words(members, "opening", needed=False),
        closing=_words(members, "closing", needed=False),
        legal_basis=tuple(_basis(item) for item in _tables(members, "legal_basis")),
        clauses=tuple(_clause(item) for item in _tables(members, "clause")),
        opens_on=_day(members.get("opens_on"), "opens_on"),
        closes_on=_day(members.get("closes_on"), "closes_on"),
    )
    _check(text)
    return text


def from_bytes(content: bytes) -> Text:
    """Read canonical bytes that were published before, and therefore checked."""
    members = json.loads(content)
    return Text(
        code=members["code"],
        title=members["title"],
        audience=tuple(members["audience"]),
        opening=members["opening"],
        closing=members["closing"],
        legal_basis=tuple(_basis(item) for item in members["legal_basis"]),
        clauses=tuple(Clause(id=item["id"], text=item["text"]) for item in members["clauses"]),
        opens_on=date.fromisoformat(members["opens_on"]),
        closes_on=date.fromisoformat(members["closes_on"]),
    )


def _check(text: Text) -> None:
    if text.closes_on < text.opens_on:
        raise Refusal(Reason.EDITION_DAYS, f"{text.opens_on} – {text.closes_on}")
    ids = [clause.id for clause in text.clauses]
    if not ids or len(set(ids)) < len(ids):
        raise Refusal(Reason.EDITION_CLAUSES, ", ".join(ids) or "belum ada butir")
    for basis in text.legal_basis:
        if not basis.in_force(text.opens_on):
            raise Refusal(Reason.LEGAL_BASIS_NOT_VALID, basis.title)


def _basis_members(basis: LegalBasis) -> dict[str, str | None]:
    until = basis.valid_until
    return {
        "title": basis.title,
        "article": basis.article,
        "valid_from": basis.valid_from.isoformat(),
        "valid_until": until.isoformat() if until else None,
    }


def _basis(item: Mapping[str, object]) -> LegalBasis:
    _only(item, BASIS_MEMBERS, "legal_basis")
    until = item.get("valid_until")
    return LegalBasis(
        title=_words(item, "title"),
        article=_words(item, "article", needed=False),
        valid_from=_day(item.get("valid_from"), "legal_basis.valid_from"),
        valid_until=None if until in (None, "") else _day(until, "legal_basis.valid_until"),
    )


def _clause(item: Mapping[str, object]) -> Clause:
    _only(item, CLAUSE_MEMBERS, "clause")
    given = item.get("id")
    name = str(given) if isinstance(given, int | str) and not isinstance(given, bool) else ""
    if not CLAUSE_ID.fullmatch(name):
        raise Refusal(Reason.EDITION_CLAUSES, f"id {name[:40]!r}")
    return Clause(id=name, text=_words(item, "text"))


def _only(members: Mapping[str, object], known: set[str], where: str) -> None:
    if unknown := sorted(set(members) - known):
        raise Refusal(Reason.EDITION_FIELD, f"{where}: {', '.join(unknown)[:80]} tidak dikenal")


def _tables(members: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    value = members.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Refusal(Reason.EDITION_FIELD, f"{name} harus berupa daftar")
    return cast(Sequence[Mapping[str, object]], value)


def _words(members: Mapping[str, object], name: str, *, needed: bool = True, longest: int = LONGEST) -> str:
    value = members.get(name, "")
    if not isinstance(value, str):
        raise Refusal(Reason.EDITION_FIELD, f"{name} harus berupa teks")
    value = unicodedata.normalize("NFC", " ".join(value.split()))
    if needed and not value:
        raise Refusal(Reason.EDITION_FIELD, f"{name} kosong")
    if len(value) > longest or CONTROL.search(value):
        raise Refusal(Reason.EDITION_FIELD, f"{name} terlalu panjang atau memuat tanda yang tidak tampak")
    return value


def _day(value: object, name: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Refusal(Reason.EDITION_FIELD, f"{name} harus berupa tanggal TTTT-BB-HH")


def _code(value: object) -> str:
    if not isinstance(value, str) or not CODE.fullmatch(value):
        raise Refusal(Reason.EDITION_CODE, str(value)[:40])
    return value


def _audience(value: object) -> tuple[str, ...]:
    kinds = value if isinstance(value, list) else [value]
    if not kinds or any(kind not in AUDIENCES for kind in kinds) or len(set(kinds)) < len(kinds):
        raise Refusal(Reason.EDITION_AUDIENCE, ", ".join(str(kind) for kind in kinds)[:80] or "tidak ada")
    return tuple(kinds)
