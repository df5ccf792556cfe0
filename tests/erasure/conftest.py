"""The city of the erasure drill: built once on each database, siti erased by the first test that asks for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pakta import keyring
from pakta.database import db
from pakta.erasure.service import Erased
from pakta.web import clock
from tests import databases, make
from tests.erasure import tester
from tests.erasure.life import Files, Hours, Life, files_below
from tests.erasure.tester import Row
from tests.selfcheck.robbery import Thief

NAME = "hapus"


@pytest.fixture(scope="module")
def hours() -> Iterator[Hours]:
    """Set the app's clock, which goes on only when a test says so."""
    hours = Hours()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", hours.now)
        yield hours


@pytest.fixture(scope="module", params=databases.DATABASES)
def life(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    keys_dir: Path,
    keys: keyring.Keyring,
    hours: Hours,
) -> Iterator[Life]:
    """Give the city in which siti has done everything, and is still there."""
    folder = tmp_path_factory.mktemp("life")
    if request.param == "postgresql":
        cluster = request.getfixturevalue("cluster")
        url = cluster.create(NAME)
    else:
        shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "pakta.sqlite")
        url = f"sqlite:///{folder / 'pakta.sqlite'}"
    config = replace(make.config(url, keys_dir), log_copy=folder / "salinan.txt", instance=folder)
    app = make.app(config, keys=keys)
    if request.param == "postgresql":
        databases.make_tables(app)
    with app.app_context():
        yield Life(app, hours, _files(request, folder)).live()
        db.session.remove()
        db.engine.dispose()
    if request.param == "postgresql":
        request.getfixturevalue("cluster").drop(NAME)


def _files(request: pytest.FixtureRequest, folder: Path) -> Files:
    if request.param == "sqlite":
        return lambda: files_below(folder)
    cluster = request.getfixturevalue("cluster")

    def read() -> dict[str, bytes]:
        with cluster.connect(NAME) as connection:
            connection.execute("CHECKPOINT")
            row = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
        return files_below(folder, cluster.folder / "data" / "base" / str(row[0]))

    return read


@dataclass
class Gone:
    """The city after lina, agus of another institution, and then siti were erased, and what was known before."""

    life: Life
    tables: set[str]
    entries: set[int]
    rebuilt: list[str]
    files: list[str]
    rows: Mapping[str, Sequence[Row]]
    totals: Mapping[str, int]
    done: Erased


@pytest.fixture(scope="module")
def gone(life: Life) -> Gone:
    """Erase lina, agus and siti."""
    life.erase("lina")
    life.erase("agus")
    before = {
        "tables": life.tester.tables(),
        "entries": life.tester.entries(),
        "rebuilt": list(life.tester.rebuilt(tester.rows())),
        "files": life.tester.in_files(life.files()),
        "rows": {table: raw_rows(life, table) for table in tester.TABLES},
        "totals": life.totals(),
    }
    return Gone(life=life, done=life.erase("siti"), **before)


def raw_rows(life: Life, table: str) -> Sequence[Row]:
    """Return a table's rows as the driver gives them."""
    thief = Thief(life, table)
    thief.put_back()
    return thief.before
