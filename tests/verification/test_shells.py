"""The shell with and without a demonstration's ribbon: which one is served follows the people of the database."""

from __future__ import annotations

import hashlib
import re

from flask import Flask
from flask.testing import FlaskClient

from pakta.verification import qrpage
from pakta.verification.publicfiles import RIBBON
from tests.people import City

PATH = re.compile(r'<script type="module" src="(/v/([0-9a-f]+)/v-all\.js)"')


def shown(client: FlaskClient) -> tuple[str, str, str]:
    """Return the page, the address of its script, and its version."""
    page = client.get("/v").text
    found = PATH.search(page)
    assert found
    return page, found[1], found[2]


def test_the_page_has_the_ribbon_from_the_first_invented_person_on(app: Flask) -> None:
    """In a process that has served the page before: another one, started later, serves the same."""
    client = app.test_client()
    before, script, old = shown(client)
    City(app).build()
    after, renewed, new = shown(client)
    assert (RIBBON in before.encode(), RIBBON in after.encode(), old == new) == (False, True, False)
    assert f'"version": "{new}"' in client.get("/v-sw.js").text
    assert client.get(script).data == client.get(renewed).data != b""  # the page of before still finds its own
    with app.app_context():
        assert plain(before) in qrpage.digests(app.extensions["pakta"].config)
        assert plain(after) in qrpage.digests(app.extensions["pakta"].config)


def plain(page: str) -> str:
    """Return the hash of a page without its version."""
    return hashlib.sha256(re.sub(r'"/v/[0-9a-f]+/', '"/v//', page).encode()).hexdigest()
