"""docs/verify-yourself.md by hand: every command of it with openssl, pycose and Go, on a city served for it.

python -m tests.interop.byhand        part of `make interop`
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from werkzeug.serving import make_server

from pakta import keyring
from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.config import ROOT
from pakta.database import db, transaction
from pakta.web import clock
from tests import databases, make
from tests.journeys.site import free_port
from tests.people import City

PAGE = ROOT / "docs" / "verify-yourself.md"
PROGRAMS = {"check.py": ("python", 0), "parts.py": ("python", 1), "cose.py": ("python", 2), "log.go": ("go", 0)}


def blocks(language: str) -> list[str]:
    """Return the page's programs in a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def write(folder: Path) -> None:
    """Write the programs of the page under the names that its text gives them."""
    for name, (language, at) in PROGRAMS.items():
        (folder / name).write_text(blocks(language)[at])


def run(commands: str, folder: Path, *, host: str, address: str) -> tuple[int, str]:
    """Run the commands of a block, until one fails; return how it ended, and what was said."""
    environment = os.environ | {"HOST": host, "ADDRESS": address}
    words = ["sh", "-ec", commands]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


@contextmanager
def served(folder: Path) -> Iterator[City]:
    """Serve a small city by HTTP."""
    keys, port = folder / "keys" / "private", free_port()
    keyring.create(keys, host=f"localhost:{port}", city="Kota Mojokerto")
    config = make.config(f"sqlite:///{folder / 'pakta.sqlite'}", keys, origin=f"http://localhost:{port}")
    app = make.app(config, keys=keyring.load(keys))
    databases.make_tables(app)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield City(app).build()
    server.shutdown()
    databases.leave(app)


def outcomes(city: City, folder: Path) -> Iterator[tuple[str, bool, int, str]]:
    """Yield what was tried, whether it is good, and how the whole page ended on it."""
    config, rows = city.wired.config, (city.sign("siti"), city.sign("joko"))
    good, other = (certificates.address(each, config=config) for each in rows)
    tools, script, more_tools, *page = blocks("sh")
    write(folder)
    _must(tools, folder, host=config.origin, address=good)
    yield "the script: good", True, *run(script, folder, host=config.origin, address=good)
    yield "the script: another site", False, *run(script, folder, host="https://lain.example", address=good)
    _must(more_tools, folder, host=config.origin, address=good)
    whole = "\n".join(page)
    yield "good", True, *run(whole, folder, host=config.origin, address=good)
    at = len(good) - 40  # in the signature
    changed = good[:at] + str((int(good[at]) + 1) % 10) + good[at + 1 :]
    yield "a digit changed", False, *run(whole, folder, host=config.origin, address=changed)
    place = page[-1].index("GO111MODULE")  # the ledger's own command, given an index at which something else stands
    moved = "\n".join((*page[:-1], f"{page[-1][:place]}echo 0 > index\n{page[-1][place:]}"))
    yield "another place in the ledger", False, *run(moved, folder, host=config.origin, address=good)
    with city.app.app_context(), transaction():
        row = db.session.merge(rows[1])
        certificates.change_status(
            db.session(), row=row, status=Status.REVOKED, reason=ReasonClass.DATA_WRONG, now=clock.now(),
            keyring=city.wired.keyring, config=config,
        )  # fmt: skip
    yield "the script: revoked", False, *run(script, folder, host=config.origin, address=other)
    yield "revoked", False, *run(whole, folder, host=config.origin, address=other)
    yield "good beside it", True, *run(whole, folder, host=config.origin, address=good)


def _must(commands: str, folder: Path, *, host: str, address: str) -> None:
    """Run what installs tools; without them nothing is tried."""
    code, said = run(commands, folder, host=host, address=address)
    if code:
        raise SystemExit(said)


def main() -> int:
    """Run the page; return 0 only where it says good of what is good, and of nothing else."""
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="pakta-byhand-") as name:
        home = Path(name)
        with served(home) as city:
            for what, good, code, said in outcomes(city, home):
                last = said.strip().splitlines()[-1] if said.strip() else ""
                print(
                    f"{'as it should' if good == (code == 0) else 'WRONG'}: {what}: exit {code}, {last}", flush=True
                )
                wrong += good != (code == 0)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
