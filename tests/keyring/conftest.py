"""Fixtures of the server's keys: a house with a folder of keys of its own, and a PKCS#11 token."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pakta import keyring
from pakta.database import db
from pakta.keyring import token as key_tokens
from tests import make
from tests.keyring.house import MODULE, House


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder of new keys."""
    made = tmp_path / "private"
    keyring.create(made, host="localhost:5000", city="Kota Mojokerto")
    return made


@pytest.fixture
def house(database_url: str, folder: Path) -> Iterator[House]:
    """Give the running server of a small city, on each database."""
    app = make.app(make.config(database_url, folder))
    app.config["TESTING"] = True
    yield House(app).build()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make a SoftHSM token in a folder of its own, and return that folder."""
    tokens, pin = tmp_path / "tokens", tmp_path / "pin.txt"
    tokens.mkdir()
    settings = tmp_path / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    pin.write_text("481516\n")
    pin.chmod(0o600)
    for name, value in {
        "SOFTHSM2_CONF": settings, "PAKTA_PKCS11_MODULE": MODULE, "PAKTA_PKCS11_TOKEN": "pakta uji",
        "PAKTA_PKCS11_PIN_FILE": pin,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    words = ["--init-token", "--free", "--label", "pakta uji", "--pin", "481516", "--so-pin", "108108"]
    subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)
    yield tokens
    key_tokens.close()
