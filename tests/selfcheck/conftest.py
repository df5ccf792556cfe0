"""The city that the self-check is tried on: built once on each database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pakta import keyring
from pakta.database import db
from tests import databases, make
from tests.selfcheck.robbery import World


@pytest.fixture(scope="module", params=databases.DATABASES)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, keys_dir: Path, keys: keyring.Keyring
) -> Iterator[World]:
    """Give a city in which people have signed; whoever changes it puts it back."""
    folder = tmp_path_factory.mktemp("world")
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        request.getfixturevalue("cluster").empty("pakta")
    else:
        shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "pakta.sqlite")
        url = f"sqlite:///{folder / 'pakta.sqlite'}"
    config = replace(make.config(url, keys_dir), log_copy=folder / "salinan.txt")
    app = make.app(config, keys=keys)
    with app.app_context():
        found = World(app).live()
        assert found.findings() == []
        yield found
        db.session.remove()
        db.engine.dispose()
