"""What the tests of the monitor share: a served city, and a town on paper that can lie."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from pakta.database import transaction
from pakta.keyring import Keyring
from pakta.verification import release
from pakta.web import clock
from tests import databases, make
from tests.journeys.site import free_port
from tests.monitor.town import Town
from tests.people import City


@pytest.fixture
def unreleased(database_url: str, keys_dir: Path, keys: Keyring, tmp_path: Path) -> Iterator[City]:
    """Serve a small city by HTTP that has released no scripts yet, on each of the two databases."""
    own = shutil.copytree(keys_dir, tmp_path / "kunci")  # a start notes there which ledger it began
    port = free_port()
    app = make.app(make.config(database_url, own, origin=f"http://localhost:{port}"), keys=keys)
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield City(app).build()
    server.shutdown()
    databases.leave(app)


@pytest.fixture
def served(unreleased: City) -> City:
    """Serve a small city by HTTP, on each of the two databases."""
    with unreleased.app.app_context(), transaction() as session:
        release.publish(session, config=unreleased.wired.config, now=clock.now())
    return unreleased


@pytest.fixture
def town() -> Iterator[Town]:
    """Serve a town made with the core alone; what it serves can be changed."""
    found = Town()
    yield found
    found.close()
