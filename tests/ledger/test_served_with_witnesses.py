"""The real server and worker under a policy: started, asked by strangers, and started again behind its witnesses."""

from __future__ import annotations

import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pakta.commands.main import main
from pakta.core import note, policy
from pakta.core.errors import Refusal
from pakta.keyring import Keyring
from tests.journeys.site import Site
from tests.ledger.witness import Witness, parsed, policy_of

NAMES = ("bawaslu", "inspektorat", "kampus")
PUBLIC = ("/v", "/periksa", "/log/", "/log/checkpoint", "/s/0", "/.well-known/pakta-keys.json")


def read(site: Site, path: str) -> tuple[int, bytes]:
    """Return the status and the body of a page."""
    try:
        with urllib.request.urlopen(site.origin + path, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for it, not for ever."""
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_city_is_served_with_witnesses_and_stops_writing_when_it_is_behind_them(
    tmp_path: Path, sqlite_template: Path, keys_dir: Path, keys: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "pakta.sqlite"
    shutil.copyfile(sqlite_template, database)
    site = Site(tmp_path, f"sqlite:///{database}", keys_dir)
    vkey = note.vkey(name=f"localhost:{site.port}/log", public_key=keys.ledger.public_bytes)
    witnesses = [Witness(name, log_vkey=vkey).start() for name in NAMES]
    (tmp_path / "saksi.policy").write_bytes(policy_of(witnesses, least=2))
    monkeypatch.setenv("PAKTA_WITNESSES", str(tmp_path / "saksi.policy"))
    witnesses[2].mode = "hangs"
    asked = parsed(witnesses, least=2)
    try:
        site.city()
        site.start()
        body = read(site, "/log/checkpoint")[1]
        assert set(policy.verify(body, policy=asked).times) == {"bawaslu", "inspektorat"}
        assert _command(site, "witnesses").exit_code == 0
        assert site.stop() == 0
        witnesses[0].mode = witnesses[1].mode = "claims"
        witnesses[0].claim = witnesses[1].claim = 5_000
        site.start()
        assert [read(site, path)[0] for path in PUBLIC] == [200] * len(PUBLIC)
        assert read(site, "/log/checkpoint")[1] == read(site, "/log/pending")[1] == body
        said = _command(site, "witnesses", "--tanya")
        assert said.exit_code == 1 and "LEDGER_BEHIND_WITNESSES" in said.stdout and "5000 catatan" in said.stdout
        refused = _command(site, "edition", "publish", "pakta/editions/texts/tni-2026.toml")
        assert refused.exit_code == 1 and "LEDGER_BEHIND_WITNESSES" in refused.stderr
        witnesses[0].mode = "honest"
        wait_until(lambda: _command(site, "witnesses", "--tanya").exit_code == 0)
        assert site.stop() == 0
    finally:
        site.stop()
        for each in witnesses:
            each.stop()
    with pytest.raises(Refusal):
        policy.verify(body, policy=parsed(witnesses, least=3))


def _command(site: Site, *words: str) -> Result:
    """Type a command beside the server."""
    environment = {
        "DATABASE_URL": site.config.database_url, "PAKTA_ORIGIN": site.origin, "PAKTA_INSTANCE": str(site.folder),
        "PAKTA_KEYS": str(site.config.keys_dir), "PAKTA_WITNESSES": str(site.folder / "saksi.policy"),
    }  # fmt: skip
    return CliRunner(env=environment).invoke(main, words)
