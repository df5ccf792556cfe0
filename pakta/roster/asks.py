"""Of whom a signature is asked: which edition stands for which people.

A person signs the edition whose audience holds their `signs_as`; a head signs that of their
kind where no open edition is for heads.  The same rule as `editions.rules.chosen`, turned
round so that it can be put to the counters and to SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from pakta.roster import rules
from pakta.roster.models import Person


@dataclass(frozen=True, slots=True)
class Ask:
    """One edition, and the (audience, kind) pairs of whom it is asked."""

    edition_code: str
    pairs: frozenset[rules.Pair]


def of_editions(audiences: Mapping[str, Collection[str]]) -> tuple[Ask, ...]:
    """Return what the open editions ask; `audiences` gives the audience of each edition's code."""
    heads_have_own = any(rules.HEAD in audience for audience in audiences.values())
    return tuple(
        Ask(edition_code=code, pairs=_pairs(audience, heads_have_own=heads_have_own))
        for code, audience in sorted(audiences.items())
    )


def _pairs(audience: Collection[str], *, heads_have_own: bool) -> frozenset[rules.Pair]:
    found = {(kind, kind) for kind in rules.KINDS if kind in audience}
    if rules.HEAD in audience:
        found |= {(rules.HEAD, kind) for kind in rules.KINDS}
    elif not heads_have_own:
        found |= {(rules.HEAD, kind) for kind in rules.KINDS if kind in audience}
    return frozenset(found)


def only(asked: Sequence[Ask], kind: str) -> tuple[Ask, ...]:
    """Return what is asked of one kind of people alone, or of the heads; of all where `kind` is empty."""
    if not kind:
        return tuple(asked)
    at = 0 if kind == rules.HEAD else 1
    narrowed = (Ask(ask.edition_code, frozenset(pair for pair in ask.pairs if pair[at] == kind)) for ask in asked)
    return tuple(ask for ask in narrowed if ask.pairs)


def asked_clause(ask: Ask) -> ColumnElement[bool]:
    """Return the condition on `Person` that holds for those whom the edition is asked of."""
    plain = sorted(kind for audience, kind in ask.pairs if audience == kind)
    heads = sorted(kind for audience, kind in ask.pairs if audience == rules.HEAD)
    return or_(
        Person.signs_as.in_(plain) if plain else false(),
        and_(Person.signs_as == rules.HEAD, Person.kind.in_(heads)) if heads else false(),
    )


def any_clause(asked: Sequence[Ask]) -> ColumnElement[bool]:
    """Return the condition on `Person` that holds for those whom any of the editions is asked of."""
    return or_(false(), *(asked_clause(ask) for ask in asked))


def clause_of(asked: Sequence[Ask], code: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition that `code` is the very edition that is asked of the `Person`."""
    return or_(false(), *(and_(code == ask.edition_code, asked_clause(ask)) for ask in asked))


def edition_of(asks: Sequence[Ask], *, signs_as: str, kind: str) -> str | None:
    """Return the code of the edition that is asked of a person, or None."""
    return next((ask.edition_code for ask in asks if (signs_as, kind) in ask.pairs), None)
