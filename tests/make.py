"""Things that tests make, each with one call and no surprise."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from pakta import keyring
from pakta.config import Config
from pakta.factory import create_app
from tests import databases

ORIGIN = "http://localhost:5000"


def config(url: str, keys_dir: Path, *, origin: str = ORIGIN) -> Config:
    """Return a configuration for the database at `url`; what it writes lies beside the keys."""
    return Config(
        database_url=url,
        origin=origin,
        keys_dir=keys_dir,
        instance=keys_dir.parent,
        log_copy=None,
        city="Kota Mojokerto",
        demo=False,
    )


def app(config: Config, *, keys: keyring.Keyring | None = None) -> Flask:
    """Return an app as `create_app` makes it; it shares its compiled statements with the apps of other tests."""
    made = create_app(config, keys=keys)
    databases.share_statements(made)
    return made
