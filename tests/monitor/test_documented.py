"""The commands of docs/monitor.md, typed as they stand there, against a city that `python -m pakta serve` serves."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pakta import keyring
from pakta.config import ROOT
from pakta.ledger import service as ledger
from tests import databases
from tests.architecture import source
from tests.journeys.site import Site
from tests.people import KNOWN, City

COMMANDS = re.findall(r"```sh\n(.*?)\n```", (ROOT / "docs" / "monitor.md").read_text(), re.DOTALL)


@dataclass
class Desk:
    """A folder outside of the city, and what is typed there."""

    folder: Path
    site: Site
    city: City
    surroundings: dict[str, str] = field(default_factory=dict)

    def type(self, command: str) -> subprocess.CompletedProcess[str]:
        """Type a command of the document, in a shell."""
        return subprocess.run(
            ["sh", "-c", command], cwd=self.folder, env=self.surroundings, capture_output=True, text=True, timeout=120
        )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Serve a city in which people have enrolled and signed; give a desk with a roster and receipts."""
    folder, outside = tmp_path_factory.mktemp("city"), tmp_path_factory.mktemp("desk")
    keys = folder / "keys"
    site = Site(folder, f"sqlite:///{folder / 'pakta.sqlite'}", keys)
    keyring.create(keys, host=f"localhost:{site.port}", city="Kota Mojokerto")
    app = site.app()
    databases.make_tables(app)
    city = City(app).build()
    for who in ("siti", "joko"):
        city.sign(who)
    write(outside)
    bin_folder = outside / "bin"
    bin_folder.mkdir()
    (bin_folder / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (bin_folder / "python").chmod(0o755)
    site.start()
    surroundings = {
        **os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "CITY": site.origin,
        "VKEY": ledger.verifier_key(city.wired.keyring, city.wired.config), "PAKTA_ORIGIN": site.origin,
        "DATABASE_URL": site.config.database_url, "PAKTA_KEYS": str(keys), "PAKTA_INSTANCE": str(folder),
    }  # fmt: skip
    yield Desk(outside, site, city, surroundings)
    site.stop()
    databases.leave(app)
    shutil.rmtree(outside)


def write(folder: Path) -> None:
    """Write the roster and a receipt for each who has enrolled."""
    with (folder / "pegawai.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("number", "name"), *((each.number, each.name) for each in KNOWN.values())])
    with (folder / "tanda-terima.csv").open("w", newline="") as file:
        rows = [(KNOWN[who].number, "first", "2026-11-20") for who in ("siti", "joko")]
        csv.writer(file).writerows([("number", "purpose", "taken_on"), *rows])


def test_every_documented_command_agrees_with_an_honest_city(desk: Desk) -> None:
    assert len(COMMANDS) == 5
    said = []
    for command in COMMANDS:
        done = desk.type(command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        said.append(done.stdout)
    assert "dipercaya begitu saja" in said[0] and said[0].endswith("Semua cocok.\n")
    assert "diberikan oleh Anda" in said[1]
    assert json.loads(said[2])["good"] is True
    assert "2 pendaftaran dicocokkan" in said[4]


def test_an_enrolment_without_a_receipt_is_named_and_the_exit_code_says_so(desk: Desk) -> None:
    desk.type(COMMANDS[0])
    desk.city.activate("lina")
    desk.city.settle()
    assert desk.type(COMMANDS[3]).returncode == 0
    done = desk.type(COMMANDS[4])
    assert (done.returncode, done.stdout.splitlines()[0].split("  ")[0]) == (1, "ENROLMENT_WITHOUT_RECEIPT")
    assert KNOWN["lina"].number in done.stdout and "Lina Marlina" in done.stdout


def test_the_document_names_every_library_that_the_monitor_needs(desk: Desk) -> None:
    (line,) = re.findall(r"pip install (.*)", (ROOT / "docs" / "monitor.md").read_text())
    program = "import sys, pakta.commands.monitor as m; print(*(n for n in sys.modules if n.startswith('pakta.')))"
    files = [ROOT / f"{name.replace('.', '/')}.py" for name in desk.type(f'python -c "{program}"').stdout.split()]
    asked = {each.split(".")[0] for path in files if path.is_file() for each in source.imported(path)}
    assert len(files) > 20
    assert asked - sys.stdlib_module_names - {"pakta"} == set(line.split())
