"""The issuer's key is lost while the server runs: it goes on with a new one, and a signer confirms in the browser."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect

from pakta import keyring
from pakta.certificates import service as certificates
from pakta.commands.main import main
from pakta.database import db
from tests import databases
from tests.databases import DATABASES, Cluster
from tests.journeys.browser import Visitor
from tests.journeys.site import Site
from tests.journeys.test_signing import activate_with_passphrase, review, sign
from tests.people import City


@pytest.fixture(scope="module", params=DATABASES)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """Run Pakta over an empty database with keys of its own, which this journey changes."""
    folder = Path(tempfile.mkdtemp(prefix="pakta-lost-"))
    url = f"sqlite:///{folder / 'pakta.sqlite'}"
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.create(folder.name)
    keyring.create(folder / "private", host="localhost:5000", city="Kota Mojokerto")
    running = Site(folder, url, folder / "private")
    databases.make_tables(running.app())
    running.start()
    yield running
    code, failures = running.stop(), running.failures()
    if request.param == "postgresql":
        cluster.drop(folder.name)
    shutil.rmtree(folder, ignore_errors=True)
    assert (code, failures) == (0, [])


def typed(site: Site, *words: str) -> str:
    """Type `python -m pakta …` beside the running server."""
    surroundings = {
        "DATABASE_URL": site.config.database_url.replace("postgresql+psycopg://", "postgresql://"),
        "PAKTA_ORIGIN": site.origin, "PAKTA_KEYS": str(site.config.keys_dir), "PAKTA_INSTANCE": str(site.folder),
    }  # fmt: skip
    return CliRunner(env=surroundings).invoke(main, words).output


def verdict(city: City, site: Site, number: str) -> str:
    """Return the word that the command prints for a certificate."""
    with city.app.app_context():
        row = certificates.require(db.session(), text=number)
        address = certificates.address(row, config=site.config)
    return typed(site, "verify", address).splitlines()[0]


def test_a_signer_confirms_after_the_key_was_lost_and_the_server_was_not_restarted(
    desk: Visitor, city: City, site: Site
) -> None:
    before, lost = datetime.now(UTC), keyring.load(site.config.keys_dir).issuer.kid.hex()
    page = activate_with_passphrase(desk, city, "joko")
    review(page)
    first = sign(page)
    expect(page.get_by_role("link", name="Unduh lembar (PDF)")).to_be_visible(timeout=25_000)
    assert verdict(city, site, first) == "SAH"

    assert "Penerbitan berjalan lagi" in typed(site, "keys", "compromised", "--kid", lost, "--at", before.isoformat())

    page.reload()
    expect(page.get_by_role("heading", name="Sertifikat pakta")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Pemeriksa membaca DITANGGUHKAN")
    assert verdict(city, site, first) == "DITANGGUHKAN"
    page.get_by_role("link", name="Tanda tangani sekali lagi").click()
    expect(page.locator("main")).to_contain_text("sertifikat baru menggantikannya")
    review(page)
    second = sign(page)
    expect(page.get_by_role("link", name="Unduh lembar (PDF)")).to_be_visible(timeout=25_000)
    assert second != first
    assert (verdict(city, site, second), verdict(city, site, first)) == ("SAH", "DICABUT")
    page.goto(f"{site.origin}/sertifikat/{first}")
    expect(page.locator("main")).to_contain_text("Sertifikat ini dicabut")
    assert "Semua cocok" in typed(site, "ledger", "check")
