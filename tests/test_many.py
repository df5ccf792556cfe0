"""Conditions on many values as one parameter, on both databases."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, literal, not_, select

from pakta.database import db
from pakta.many import among, begins
from pakta.roster.models import Unit

PATHS = {1: "/1/", 2: "/1/2/", 3: "/3/", 4: "/11/4/"}
ROWS = select(literal(1).label("id"), literal(PATHS[1]).label("path")).union_all(
    *(select(literal(key), literal(path)) for key, path in PATHS.items() if key > 1)
)
LISTED = ROWS.subquery()


def found(app: Flask, condition: ColumnElement[bool], **bound: object) -> set[int]:
    with app.app_context():
        return set(db.session.execute(select(LISTED.c.id).where(condition), bound).scalars())


@pytest.mark.parametrize(
    ("ids", "wanted"), [([], set()), ([2], {2}), ([1, 3, 9], {1, 3}), (list(range(70_000)), set(PATHS))]
)
def test_an_id_is_among_any_number(app: Flask, ids: list[int], wanted: set[int]) -> None:
    assert found(app, among(LISTED.c.id, ids)) == wanted
    assert found(app, among(LISTED.c.id, "which"), which=ids) == wanted
    assert found(app, not_(among(LISTED.c.id, ids))) == set(PATHS) - wanted


@pytest.mark.parametrize(
    ("roots", "wanted"),
    [([], set()), (["/1/"], {1, 2}), (["/1/2/", "/3/"], {2, 3}), (["/1"], {1, 2, 4}), (["/_/"], set())],
)
def test_a_path_begins_with_one_of_many(app: Flask, roots: list[str], wanted: set[int]) -> None:
    assert found(app, begins(LISTED.c.path, roots)) == wanted
    assert found(app, begins(LISTED.c.path, "which"), which=roots) == wanted
    assert found(app, not_(begins(LISTED.c.path, roots))) == set(PATHS) - wanted


def test_it_is_one_statement_whatever_the_number_and_an_index_finds_the_ids(app: Flask) -> None:
    with app.app_context():
        engine = db.engine
        one, many = (str(select(Unit.id).where(among(Unit.id, ids)).compile(engine)) for ids in ([1], [1, 2, 3]))
        assert one == many
        if engine.dialect.name == "sqlite":
            plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", ("[1]",)).all()
            assert "SEARCH units USING" in str(plan)
