"""What the tests of back-ups share."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pakta import keyring
from pakta.certificates.rules import Status
from tests import databases, founding, make
from tests.backup.site import Site, change
from tests.databases import DATABASES, Cluster

NAME, FIRST = "pulih", "pulih_asal"  # on PostgreSQL: the database of a test, and that of which it is a copy
Arrange = Callable[[str], Site]


@pytest.fixture(scope="session")
def first(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, keys: keyring.Keyring, keys_dir: Path
) -> Arrange:
    """Return the city on a database of which each test has a copy; it is made once on each and then left alone."""
    made: dict[str, Site] = {}

    def arrange(database: str) -> Site:
        if database not in made:
            folder = tmp_path_factory.mktemp("asal")
            cluster: Cluster | None = request.getfixturevalue("cluster") if database == "postgresql" else None
            url = cluster.create(FIRST) if cluster else f"sqlite:///{folder / 'kota.sqlite'}"
            made[database] = founded(Site(url, folder, keys, keys_dir), "siti", "budi", "agus")
            change(made[database].open(), "budi", Status.REVOKED)
            made[database].close()
        return made[database]

    return arrange


@pytest.fixture(scope="session")
def first_own(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return the city with keys of its own of which each test has a copy."""
    folder = tmp_path_factory.mktemp("asal")
    keyring.create(folder / "private", host="localhost:5000", city="Kota Mojokerto")
    url, keys = f"sqlite:///{folder / 'kota.sqlite'}", keyring.load(folder / "private")
    return founded(Site(url, folder, keys, folder / "private"), "siti", "budi")


def founded(site: Site, *names: str) -> Site:
    """Build the city of which these have signed, and close it."""
    databases.make_tables(make.app(make.config(site.url, site.keys_dir), keys=site.keys))
    city = site.open().build()
    for who in names:
        city.sign(who)
    site.close()
    return site


def opened(site: Site, people: founding.People) -> Site:
    """Open a copied city, whose people hold the keys that they had."""
    site.open().keys = founding.copied(people)
    return site


@pytest.fixture(params=DATABASES)
def site(
    request: pytest.FixtureRequest, first: Arrange, tmp_path: Path, keys: keyring.Keyring, keys_dir: Path
) -> Iterator[Site]:
    """Give a city of which siti and budi have signed; budi's certificate was revoked."""
    source = first(request.param)
    assert source.city
    shutil.copytree(source.folder, tmp_path, dirs_exist_ok=True)
    url = f"sqlite:///{tmp_path / 'kota.sqlite'}"
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        cluster.drop(NAME)
        url = cluster.create(NAME, like=FIRST)
    site = opened(Site(url, tmp_path, keys, keys_dir), source.city.keys)
    yield site
    site.close()


@pytest.fixture
def own(first_own: Site, tmp_path: Path) -> Iterator[Site]:
    """Give a city on SQLite with keys of its own, which commands may change; siti and budi have signed."""
    assert first_own.city
    shutil.copytree(first_own.folder, tmp_path, dirs_exist_ok=True)
    keys = tmp_path / "private"
    site = opened(
        Site(f"sqlite:///{tmp_path / 'kota.sqlite'}", tmp_path, keyring.load(keys), keys), first_own.city.keys
    )
    yield site
    site.close()
