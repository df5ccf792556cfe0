"""The issuer's key is stolen from a served site with witnesses: commands answer it, phone and command judge.

One database: what differs between the two is tried in tests/keyring.
"""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect

from pakta import keyring
from pakta.certificates.models import IssuedCredential
from pakta.commands.main import main
from pakta.core import credential, note
from pakta.keyring import folder as key_files
from pakta.ledger import service as ledger
from pakta.web import clock
from tests import databases
from tests.journeys.browser import Visitor
from tests.journeys.keeping import word
from tests.journeys.site import Site, free_port
from tests.journeys.test_verification import address, signed
from tests.ledger.witness import Witness, policy_of
from tests.people import City

PATIENCE = 20.0  # seconds until witnesses have cosigned


@pytest.fixture(scope="module")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give keys of our own: a command will replace one."""
    made = tmp_path_factory.mktemp("keys") / "private"
    keyring.create(made, host="localhost:5000", city="Kota Mojokerto")
    return made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Iterator[Site]:
    """Run Pakta with a policy of two of three witnesses, who run here."""
    folder, port = tmp_path_factory.mktemp("site"), free_port()
    witnesses = [Witness(name, log_vkey="").start() for name in ("satu", "dua", "tiga")]
    policy = policy_of(witnesses, least=2).decode()
    running = Site(folder, f"sqlite:///{folder / 'pakta.sqlite'}", keys_dir, port=port, witnesses=policy)
    for each in witnesses:
        each.log_vkey = ledger.verifier_key(keyring.load(keys_dir), running.config)
    databases.make_tables(running.app())
    running.start()
    yield running
    code, failures = running.stop(), running.failures()
    for each in witnesses:
        each.stop()
    assert (code, failures) == (0, [])


def run(site: Site, *words: str) -> str:
    """Type `python -m pakta …` beside the running site; return what it says."""
    surroundings = {
        "DATABASE_URL": site.config.database_url, "PAKTA_KEYS": str(site.config.keys_dir),
        "PAKTA_INSTANCE": str(site.folder), "PAKTA_ORIGIN": site.origin,
        "PAKTA_WITNESSES": str(site.folder / "witnesses"),
    }  # fmt: skip
    done = CliRunner(env=surroundings).invoke(main, words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.stdout


def witnessed(site: Site, row: IssuedCredential) -> IssuedCredential:
    """Wait until the head that everybody gets, with its quorum, covers a certificate."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{site.origin}/log/checkpoint", timeout=5) as answer:
                text = answer.read()
            if note.parse_checkpoint(text.partition(b"\n\n")[0] + b"\n").size > row.ledger_index:
                return row
        except URLError:
            pass  # 404: no head has its quorum yet
        time.sleep(0.1)
    raise AssertionError("no quorum came")


def forged(city: City, row: IssuedCredential, thief: keyring.IssuerKey) -> str:
    """Sign a certificate for nobody with a stolen key; return the address in its QR."""
    claims = replace(credential.parse(row.cose or b"").claims, name="Palsu Sekali", cti=b"p" * 16)
    sealed = thief.sign(credential.to_be_signed(claims, kid=thief.kid))
    made = credential.assemble(claims, kid=thief.kid, signature=sealed)
    return credential.to_address(made, origin=city.wired.config.origin)


def test_a_stolen_issuer_key_is_answered_and_phone_and_command_tell_four_certificates_apart(
    site: Site, city: City, visitors: Callable[..., Visitor]
) -> None:
    before = witnessed(site, signed(city, "siti"))
    known = visitors()  # has checked a certificate before the theft, and keeps the key set of then
    assert word(known.open(address(city, before))) == "SAH"
    thief, at = key_files.read_issuer(site.config.keys_dir / keyring.ISSUER), clock.now()
    after = witnessed(site, signed(city, "joko"))

    said = run(site, "keys", "compromised", "--kid", thief.kid.hex(), "--at", at.isoformat())
    assert re.search(r"^5\. Penerbitan berjalan lagi", said, re.MULTILINE), said
    new = witnessed(site, signed(city, "rini"))

    expected = {
        forged(city, before, thief): "TIDAK DIKENAL",
        address(city, before): "SAH, KUNCI LAMA DITEGUHKAN",
        address(city, after): "DITANGGUHKAN",
        address(city, new): "SAH",
    }
    for more in ([], ["--dari", site.origin]):
        assert {each: run(site, "verify", each, *more).partition("\n")[0] for each in expected} == expected
    for visitor in (known, visitors(desk=True)):
        for where, verdict in expected.items():
            page = visitor.open("/arti")  # the next address differs from the last by its fragment alone
            page.goto(where)
            expect(page.locator("#sumber")).to_contain_text("data terbaru")
            assert word(page) == verdict
