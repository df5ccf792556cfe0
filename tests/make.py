"""Things that tests make, each with one call and no surprise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

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


def surroundings(config: Config) -> dict[str, str]:
    """Return the environment in which a command works on the database of `config`."""
    return {
        "DATABASE_URL": config.database_url.replace("postgresql+psycopg://", "postgresql://"),
        "PAKTA_ORIGIN": config.origin,
        "PAKTA_KEYS": str(config.keys_dir),
        "PAKTA_INSTANCE": str(config.instance),
    }


class Compiled(BytecodeCache):
    """Templates that were compiled once, for the apps of all tests."""

    def __init__(self) -> None:
        """Begin with none."""
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is known of a template."""
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        self._known[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = Compiled()


BUILDERS: dict[tuple[str, str, bool], Callable[..., Any]] = {}
_compile_builder = Rule._compile_builder


def _builder_once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
    """Compile once what builds the addresses of a route: most of the time that an app takes to be made."""
    key = (rule.rule, repr(rule.defaults), append_unknown)
    if key not in BUILDERS:
        BUILDERS[key] = _compile_builder(rule, append_unknown)
    return BUILDERS[key]


Rule._compile_builder = _builder_once  # type: ignore[assignment]


def app(config: Config, *, keys: keyring.Keyring | None = None) -> Flask:
    """Return an app as `create_app` makes it; it shares what it compiles with the apps of other tests."""
    made = create_app(config, keys=keys)
    made.jinja_env.bytecode_cache = TEMPLATES
    databases.share(made)
    return made
