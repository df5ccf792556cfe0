"""How many questions a page of coverage puts to the database: a bound each, whatever the country's size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from pakta.coverage import publishing
from pakta.database import db, transaction
from pakta.editions.models import Edition
from pakta.roles import Role
from pakta.web import clock
from tests.bench import country
from tests.bench.country import Size
from tests.bench.coverage import visitor

SIZES = (Size(3_000, 700), Size(30_000, 1_400))  # the second: more people in each unit, and more units
MOST = {
    "/cakupan/unit-1": 27,
    "/cakupan/opd-1": 28,
    "/cakupan/opd-1?jenis=pppk": 28,
    "/cakupan/negara": 32,
    "/cakupan/negara?halaman=5": 36,
    "/cakupan/opd-1?hari=PAST": 22,
    "/cakupan/opd-1/kini.json": 6,
    "/cakupan/opd-1/daftar": 18,
    "/cakupan-umum": 11,
    "/cakupan-umum/negara": 12,
    "/pengawas": 21,
}


@contextmanager
def statements() -> Iterator[list[str]]:
    """Keep what is asked of the database meanwhile, but for the beginnings of transactions."""
    found: list[str] = []

    def keep(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            found.append(statement)

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)


def build(size: Size) -> None:
    today, now = clock.today(), clock.now()
    opens = today - timedelta(days=country.DAYS)
    with transaction() as session:
        session.add(
            Edition(
                code="ASN-1", title="Pakta", audience=["pns", "pppk"], opens_on=opens, closes_on=today, text=b"{}",
                text_sha256="0" * 64, ledger_index=0, published_at=now - timedelta(days=country.DAYS),
            )
        )  # fmt: skip
    with transaction() as session:
        country.build(session.connection(), size=size, edition="ASN-1", today=today)
    with transaction() as session:
        publishing.take(session, now=now)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.people}-people")
def test_a_page_asks_no_more_of_a_larger_country(app: Flask, size: Size) -> None:
    with app.app_context():
        build(size)
        administrator, supervisor = visitor(app, Role.ADMINISTRATOR, 1), visitor(app, Role.SUPERVISOR, 2)
    past = (clock.today() - timedelta(days=10)).isoformat()
    asked = {}
    for address in MOST:
        client = supervisor if address == "/pengawas" else administrator
        with app.app_context(), statements() as found:
            assert client.get(address.replace("PAST", past)).status_code == 200
        asked[address] = len(found)
    assert {address: count for address, count in asked.items() if count > MOST[address]} == {}
