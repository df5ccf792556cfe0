"""The city that is robbed: built once on each database, under three witnesses that really run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from pakta import keyring
from pakta.core import note, policy
from pakta.core.policy import Policy
from pakta.database import db
from tests import databases, make, slices
from tests.journeys.site import free_port
from tests.theft import readers
from tests.theft.booty import Scene, Thief, honest
from tests.theft.copies import Copies
from tests.theft.drill import WAYS
from tests.witness.running import Witness, run_witness

NAMES = ("bawaslu", "inspektorat", "universitas")
HERE = Path(__file__).parent
GOALS = {way.goal for way in WAYS}
# Of each goal, the first way by which another reader than `ledger check` is tried, with its twin.
FIRST = {next(way.name for way in WAYS if way.goal == goal and way.reader is not readers.of_ledger) for goal in GOALS}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try on PostgreSQL what the database may matter for; `make drills` tries everything there, too."""
    if not slices.WHOLE:
        items[:] = [item for item in items if item.path.parent != HERE or _is_of_the_slice(item)]


def _is_of_the_slice(item: pytest.Item) -> bool:
    given = item.callspec.params if hasattr(item, "callspec") else {}
    if given.get("scene") != "postgresql":
        return True
    way = given.get("way")
    if way is None:
        return False
    return (way.reader is readers.of_ledger and "deceived" not in item.name) or way.name in FIRST


@pytest.fixture(scope="session")
def witnesses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Witness]]:
    """Run three witnesses, each with a key and a file of its own."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("saksi")
        yield {
            name: stack.enter_context(run_witness(folder / name, name=f"{name}.contoh.go.id/saksi")) for name in NAMES
        }


def policy_of(witnesses: Mapping[str, Witness]) -> Policy:
    """Ask for two of three."""
    lines = [f"witness {name} {each.vkey} {each.url}" for name, each in witnesses.items()]
    return policy.parse("\n".join([*lines, f"group dua 2 {' '.join(witnesses)}", "quorum dua", ""]).encode())


@pytest.fixture(scope="module", params=databases.DATABASES)
def scene(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    keys_dir: Path,
    keys: keyring.Keyring,
    witnesses: Mapping[str, Witness],
) -> Iterator[Scene]:
    """Give the city after an honest week, and a way to copy its database."""
    folder, origin = tmp_path_factory.mktemp("kota"), f"http://localhost:{free_port()}"
    for each in witnesses.values():
        each.trust(note.vkey(name=f"{origin.removeprefix('http://')}/log", public_key=keys.ledger.public_bytes))
    cluster = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    copies = Copies(folder, cluster)
    url = copies.first(request.getfixturevalue("sqlite_template"))
    app = make.app(replace(make.config(url, keys_dir, origin=origin), policy=policy_of(witnesses)), keys=keys)
    if cluster:
        databases.make_tables(app)
    with app.app_context():
        world = honest(app)
    rest(app)
    yield Scene(world, witnesses, lambda: rest(app) or copies.make(), copies.forget)
    rest(app)
    copies.forget(url)


def rest(app: Flask) -> None:
    """Close the app's connections: a database in use cannot be copied."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def thief(scene: Scene) -> Iterator[Thief]:
    """Let a thief take everything."""
    found = scene.steal()
    yield found
    found.done()
