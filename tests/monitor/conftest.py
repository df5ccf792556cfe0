"""What the tests of the monitor share: a served city, and a town on paper that can lie."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from pakta.keyring import Keyring
from tests import databases, make
from tests.journeys.site import free_port
from tests.monitor.town import Town
from tests.people import City


@pytest.fixture
def served(database_url: str, keys_dir: Path, keys: Keyring) -> Iterator[City]:
    """Serve a small city by HTTP, on each of the two databases."""
    port = free_port()
    app = make.app(make.config(database_url, keys_dir, origin=f"http://localhost:{port}"), keys=keys)
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield City(app).build()
    server.shutdown()
    databases.leave(app)


@pytest.fixture
def town() -> Iterator[Town]:
    """Serve a town made with the core alone; what it serves can be changed."""
    found = Town()
    yield found
    found.close()
