"""The check in docs/verify-yourself.md, run as it stands there, in an interpreter that knows nothing of ours."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from pakta.certificates import publishing
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import keyset, status
from pakta.core.keyset import Compromise
from pakta.database import transaction
from pakta.keyring import Keyring
from pakta.ledger.models import Tile
from pakta.web import clock
from tests import databases, make
from tests.interop import byhand
from tests.journeys.site import free_port
from tests.people import City
from tests.verification.paper import Issuer


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Write the documented script to a file."""
    code = byhand.blocks("python")[0]
    path = tmp_path / "check.py"
    path.write_text(code)
    return path


@pytest.fixture
def city(tmp_path: Path, keys_dir: Path, keys: Keyring) -> Iterator[City]:
    """Serve a small city by HTTP."""
    port = free_port()
    config = make.config(f"sqlite:///{tmp_path / 'pakta.sqlite'}", keys_dir, origin=f"http://localhost:{port}")
    app = make.app(config, keys=keys)
    databases.make_tables(app)
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield City(app).build()
    server.shutdown()
    databases.leave(app)


def check(script: Path, address: str) -> tuple[int, str]:
    """Run the script outside of our project; return its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-I", script, address], cwd=script.parent, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def test_the_documented_check_says_good_of_a_good_certificate_only(script: Path, city: City) -> None:
    row = city.sign("siti")
    address = certificates.address(row, config=city.wired.config)
    code, said = check(script, address)
    assert (code, said.startswith("good: Siti Lestari | "), row.edition_code in said) == (0, True, True)
    middle = len(address) // 2
    changed = address[:middle] + ("1" if address[middle] != "1" else "2") + address[middle + 1 :]
    assert check(script, changed)[0] == 1
    with city.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=session.get_one(IssuedCredential, row.id), status=Status.REVOKED,
            reason=ReasonClass.DATA_WRONG, now=clock.now(), keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    code, said = check(script, address)
    assert (code, "revoked" in said) == (1, True)


def test_openssl_judges_the_three_signatures_as_documented(tmp_path: Path, city: City) -> None:
    """The commands for curl and openssl; `make interop` runs the COSE library's and the tlog client's, too."""
    origin = city.wired.config.origin
    address = certificates.address(city.sign("siti"), config=city.wired.config)
    (tmp_path / "alat" / "bin").mkdir(parents=True)
    python = tmp_path / "alat" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o700)
    *_, fetch, judge, _ = byhand.blocks("sh")
    byhand.write(tmp_path)
    assert byhand.run(fetch, tmp_path, host=origin, address=address) == (0, "")
    code, said = byhand.run(judge, tmp_path, host=origin, address=address)
    assert (code, said.count("Verified OK"), said.count("Signature Verified Successfully")) == (0, 2, 1)
    at = len(address) - 40  # in the signature
    changed = address[:at] + str((int(address[at]) + 1) % 10) + address[at + 1 :]
    code, said = byhand.run(judge, tmp_path, host=origin, address=changed)
    assert (code, "Verification failure" in said) == (1, True), said


def test_the_documented_check_heeds_a_lost_key(script: Path, city: City) -> None:
    """The key set after a loss is laid over the site's own: what stands before it is good, the rest is not."""
    before, after = city.sign("siti"), city.sign("joko")
    successor, issuer, config = Issuer(), city.wired.keyring.issuer, city.wired.config
    lst = status.encode(bytes(64))
    now = int(clock.now().timestamp())
    claims = status.TokenClaims(
        uri=f"{config.origin}/s/0", issued_at=now, expires_at=now + 172_800, ttl=43_200, lst=lst
    )
    token = status.assemble(
        claims, kid=successor.kid, signature=successor.sign(status.to_be_signed(claims, kid=successor.kid))
    )
    with city.app.app_context(), transaction() as session:
        row = publishing.newest_key_set(session)
        assert row is not None
        known = keyset.parse(row.text)
        payload = keyset.build(
            issuer_keys={issuer.kid: issuer.public_key, successor.kid: successor.public}, version=known.version,
            host=config.host, issued_at=clock.now(), log_origin=known.log_origin, log_vkey=known.log_vkey,
            compromised={issuer.kid: Compromise("2026-11-23T01:15:00Z", after.ledger_index, bytes(32))},
        )  # fmt: skip
        row.text = keyset.sign(payload, kid=successor.kid, sign=successor.sign)
    where = [certificates.address(each, config=config) for each in (before, after)]
    code, said = check(script, where[0])
    assert (code, "a status list of a lost key" in said) == (1, True)
    with city.app.app_context(), transaction() as session:
        listed = publishing.newest_status_list(session)
        assert listed is not None
        listed.token = token
    assert [check(script, each)[0] for each in where] == [0, 1]
    assert "entered after the issuer's key was lost" in check(script, where[1])[1]


def test_the_documented_check_finds_an_entry_that_was_changed(script: Path, city: City) -> None:
    row = city.sign("siti")
    with city.app.app_context(), transaction() as session:
        bundle = session.query(Tile).filter_by(level=-1).one()
        at = 36 * row.ledger_index + 10
        bundle.data = bundle.data[:at] + bytes([bundle.data[at] ^ 1]) + bundle.data[at + 1 :]
    code, said = check(script, certificates.address(row, config=city.wired.config))
    assert (code, "the entries do not make the root" in said) == (1, True)
