"""Things that tests make, each with one call and no surprise."""

from __future__ import annotations

from pathlib import Path

from pakta.config import Config

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
