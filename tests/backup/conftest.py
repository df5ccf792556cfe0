"""What the tests of back-ups share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pakta import keyring
from pakta.certificates.rules import Status
from tests import databases, make
from tests.backup.site import Site, change
from tests.databases import DATABASES, Cluster


@pytest.fixture(params=DATABASES)
def site(request: pytest.FixtureRequest, tmp_path: Path, keys: keyring.Keyring, keys_dir: Path) -> Iterator[Site]:
    """Give a city of which siti and budi have signed; budi's certificate was revoked."""
    url = f"sqlite:///{tmp_path / 'kota.sqlite'}"
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        cluster.drop("pulih")
        url = cluster.create("pulih")
    databases.make_tables(make.app(make.config(url, keys_dir), keys=keys))
    site = Site(url, tmp_path, keys, keys_dir)
    city = site.open().build()
    for who in ("siti", "budi", "agus"):
        city.sign(who)
    change(city, "budi", Status.REVOKED)
    yield site
    site.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Site]:
    """Give a city on SQLite with keys of its own, which commands may change; siti and budi have signed."""
    folder = tmp_path / "private"
    keyring.create(folder, host="localhost:5000", city="Kota Mojokerto")
    url = f"sqlite:///{tmp_path / 'kota.sqlite'}"
    databases.make_tables(make.app(make.config(url, folder)))
    site = Site(url, tmp_path, keyring.load(folder), folder)
    city = site.open().build()
    for who in ("siti", "budi"):
        city.sign(who)
    yield site
    site.close()
