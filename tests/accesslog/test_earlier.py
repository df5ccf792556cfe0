"""Lines from before the log could be read: each finds its institution, and what an erasure left finds none."""

from __future__ import annotations

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from pakta.database import db

WHOLE_ON_POSTGRESQL = True
BEFORE = """
INSERT INTO institutions (id, code, name, short_name, town, marked) VALUES (7, 'a', 'A', 'A', 'T', '0');
INSERT INTO units (id, code, name, short_name, kind, parent_id, institution_id, path, valid_from)
VALUES (3, 'a', 'A', 'A', 'institution', NULL, 7, '/3/', '2026-01-01');
INSERT INTO access_log (id, action, unit_id, detail, at) VALUES
(1, 'cakupan-lihat', 3, '', '2026-02-01 00:00:00+00:00'), (2, 'slip-lihat', NULL, '', '2026-02-01 00:00:00+00:00'),
(3, 'penghapusan', NULL, '', '2026-02-01 00:00:00+00:00'), (4, 'peran-beri', 3, '', '1970-01-01 00:00:00+00:00')
"""


def test_lines_from_before_find_their_institution(empty: Flask) -> None:
    upgrade(revision="0028")
    with db.engine.begin() as connection:
        for statement in BEFORE.split(";"):
            connection.execute(text(statement.replace(":", r"\:")))
    upgrade()
    found = db.session().execute(text("SELECT id, institution_id FROM access_log ORDER BY id")).all()
    assert [tuple(row) for row in found] == [(1, 7), (2, None), (3, None), (4, None)]
