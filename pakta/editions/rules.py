"""Pure decisions on editions: which is open on a day, which overlap, which one a person signs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta, timezone
from typing import Protocol, TypeVar

WIB = timezone(timedelta(hours=7), "WIB")  # editions open and close by the day in Western Indonesia


class Opened(Protocol):
    """What the decisions need of an edition, stored or not."""

    @property
    def code(self) -> str:
        """The edition's code."""

    @property
    def audience(self) -> Collection[str]:
        """Who signs it."""

    @property
    def opens_on(self) -> date:
        """Its first day."""

    @property
    def closes_on(self) -> date:
        """Its last day."""


Some = TypeVar("Some", bound=Opened)


def day_of(now: datetime) -> date:
    """Return the day that it is in WIB."""
    return now.astimezone(WIB).date()


def is_open(edition: Opened, on: date) -> bool:
    """Say whether `edition` can be signed on a day; its first and its last day count."""
    return edition.opens_on <= on <= edition.closes_on


def overlapping(edition: Opened, others: Iterable[Some]) -> Some | None:
    """Return one of `others` that shares a day and an audience with `edition`, or None."""
    for other in others:
        days = other.opens_on <= edition.closes_on and edition.opens_on <= other.closes_on
        if days and set(other.audience) & set(edition.audience):
            return other
    return None


def chosen(editions: Iterable[Some], *, signs_as: str, kind: str) -> Some | None:
    """Return the one of today's `editions` that a person signs: by `signs_as`, else by `kind`, else None."""
    by_audience = {audience: edition for edition in editions for audience in edition.audience}
    return by_audience.get(signs_as) or by_audience.get(kind)
