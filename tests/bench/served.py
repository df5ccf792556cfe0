"""Pakta as it is served, with two routes more to compare with: an empty one, and one that inserts a bare row."""

from __future__ import annotations

from flask import Response, jsonify
from flask_login import current_user
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, insert

from app import app
from pakta.database import UTCDateTime, db, transaction
from pakta.signing.blueprint import body
from pakta.web import access, clock

ROWS = Table(
    "bench_rows",
    MetaData(),
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("account_id", BigInteger),
    Column("content", LargeBinary),
    Column("at", UTCDateTime),
)


@app.get("/bench/kosong")
@access.open_to_all
def empty() -> Response:
    """Answer with nothing."""
    return Response(b"", content_type="text/plain")


@app.post("/bench/baris")
@access.signed_in
@access.fresh
def bare() -> Response:
    """Insert and commit one row, behind the same middleware, session, CSRF and sync to the disk as a signing."""
    statement, account_id = str(body().get("statement")), current_user.account_id
    with transaction() as session:
        session.execute(insert(ROWS).values(account_id=account_id, content=statement.encode(), at=clock.now()))
    return jsonify({"number": "", "address": ""})


def make_rows() -> None:
    """Make the table of the bare rows."""
    ROWS.metadata.create_all(db.engine)
