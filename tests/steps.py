"""Migrations, a step at a time, and rows for the tables that they must keep locked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text

from pakta import keyring
from pakta.config import ROOT
from pakta.database import db
from tests import databases, make

MIGRATIONS = ROOT / "pakta" / "migrations"
REVISIONS = [each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


@pytest.fixture(params=databases.DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path, keys_dir: Path, keys: keyring.Keyring) -> Iterator[Flask]:
    """Give an app whose database has no table yet."""
    url, cluster = f"sqlite:///{tmp_path / 'kosong.sqlite'}", None
    if request.param == "postgresql":
        cluster = request.getfixturevalue("cluster")
        url = cluster.create("kosong")
    app = make.app(make.config(url, keys_dir), keys=keys)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    if cluster is not None:
        cluster.drop("kosong")


def insert(table: str, number: int) -> None:
    """Append an ordinary row to a locked table."""
    values: dict[str, dict[str, Any]] = {
        "ledger_entries": {"index": number, "entry": b"\x01" * 34},
        "editions": {
            "code": f"e{number}", "title": "Pakta", "audience": "[]", "opens_on": "2026-01-01",
            "closes_on": "2026-12-31", "text": b"{}", "text_sha256": f"{number:064}", "ledger_index": number,
            "published_at": "2026-01-01 00:00:00",
        },
    }  # fmt: skip
    row = values[table]
    names, places = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
    with db.engine.begin() as connection:
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row)
