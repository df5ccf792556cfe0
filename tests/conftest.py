"""What every test may ask for: the app on each of the two databases, its keys, its time.

    app      an app with an empty database of its own, once on SQLite and once on PostgreSQL
    client   a visitor of it    session  its database, inside the app's context

A test that uses a client and the database opens `with app.app_context():` around its own reads only:
a context left open would carry one visitor's sign-in into the next request.
"""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy.orm import Session

from pakta import keyring
from pakta.config import Config
from pakta.database import db
from tests import databases, make
from tests.begun import unbegun as unbegun
from tests.databases import DATABASES, Cluster
from tests.hashing import true_hashing as true_hashing
from tests.scheduling import pytest_collection_modifyitems as pytest_collection_modifyitems
from tests.scheduling import pytest_xdist_make_scheduler as pytest_xdist_make_scheduler
from tests.steps import empty as empty
from tests.trying import a_quarter_of_an_hour_begins as a_quarter_of_an_hour_begins

settings.register_profile("pakta", deadline=None)  # a busy machine is no finding
settings.load_profile("pakta")
gc.set_threshold(100_000, 50, 100)  # an app for each test leaves much to look through: 10 % of the processor's time


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the server's keys once."""
    folder = tmp_path_factory.mktemp("keys") / "private"
    keyring.create(folder, host="localhost:5000", city="Kota Mojokerto")
    return folder


@pytest.fixture(scope="session")
def keys(keys_dir: Path) -> keyring.Keyring:
    """Give the server's keys."""
    return keyring.load(keys_dir)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Run a PostgreSQL cluster for the whole run."""
    with databases.cluster() as running:
        yield running


@pytest.fixture(scope="session")
def postgresql_url(cluster: Cluster, keys_dir: Path, keys: keyring.Keyring) -> str:
    """Give a PostgreSQL database with our tables; each test empties it."""
    url = cluster.create(databases.SHARED)
    databases.make_tables(make.app(make.config(url, keys_dir), keys=keys))
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path, keys: keyring.Keyring) -> Path:
    """Make an SQLite file with our tables; each test copies it."""
    path = tmp_path_factory.mktemp("template") / "pakta.sqlite"
    databases.make_tables(make.app(make.config(f"sqlite:///{path}", keys_dir), keys=keys))
    return path


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty database with our tables."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgresql_url")
        request.getfixturevalue("cluster").empty(databases.SHARED)
        return url
    shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "pakta.sqlite")
    return f"sqlite:///{tmp_path / 'pakta.sqlite'}"


@pytest.fixture
def config(database_url: str, keys_dir: Path) -> Config:
    """Give the configuration of the app under test."""
    return make.config(database_url, keys_dir)


@pytest.fixture
def app(config: Config, keys: keyring.Keyring) -> Iterator[Flask]:
    """Give an app with an empty database of its own."""
    app = make.app(config, keys=keys)
    app.config["TESTING"] = True
    yield app
    databases.leave(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a visitor who has not signed in."""
    return app.test_client()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """Give the database, inside the app's context; write with `pakta.database.transaction()`."""
    with app.app_context():
        yield db.session()
