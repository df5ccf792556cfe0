"""A line in the access log: what the page has read before stays read."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import inspect, select

from pakta.database import db, transaction
from pakta.roster.models import Institution


def make(name: str) -> Institution:
    return Institution(code=name, name=name, short_name=name, town="Kota", marked=False)


def test_what_was_read_stays_loaded_where_the_write_depends_on_none_of_it(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            session.add(make("a"))
        read = db.session.scalars(select(Institution)).one()
        with transaction(anew=False) as session:
            session.add(make("b"))
        assert "name" not in inspect(read).unloaded
        with transaction() as session:
            assert "name" in inspect(read).unloaded
        assert db.session.scalars(select(Institution.code).order_by(Institution.code)).all() == ["a", "b"]


def test_a_change_that_nobody_committed_is_not_written_with_it(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            session.add(make("a"))
        db.session.scalars(select(Institution)).one().name = "changed"
        with transaction(anew=False) as session:
            session.add(make("b"))
        assert db.session.scalars(select(Institution.name).order_by(Institution.code)).all() == ["a", "b"]
