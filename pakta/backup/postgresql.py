"""Back-ups of a PostgreSQL database, by its own pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, inspect, make_url

PACKAGE = "postgresql-client"


class ToolMissing(Exception):
    """pg_dump or pg_restore is not on this machine; the message is the program."""


class ToolFailed(Exception):
    """pg_dump or pg_restore broke off; the message is what it said, without what a row holds."""


class NotEmpty(Exception):
    """The database that is to be restored into holds tables."""


def dump(url: str, target: Path) -> None:
    """Write a snapshot of the database at `url` to `target`, mode 0600, in pg_dump's own format."""
    target.touch(mode=0o600)
    _run("pg_dump", url, "--format=custom", "--no-owner", f"--file={target}")
    _run("pg_restore", None, "--list", str(target))  # reads the whole list of contents
    with target.open("rb") as file:
        os.fsync(file.fileno())


def load(backup: Path, url: str) -> None:
    """Bring a backup into the empty database at `url`, all of it or nothing; raises NotEmpty."""
    engine = create_engine(url)
    try:
        if inspect(engine).get_table_names():
            raise NotEmpty
    finally:
        engine.dispose()
    _run("pg_restore", url, "--no-owner", "--exit-on-error", "--single-transaction", str(backup))


def newest(backup: Path, table: str, column: str, *, order: str) -> str | bytes | None:
    """Return a column of the row of a table that is last by `order`; None where there is no row, or no table."""
    text = _run("pg_restore", None, "--data-only", f"--table={table}", "--file=-", str(backup))
    head, _, rest = text.partition(f"COPY public.{table} (")[2].partition(") FROM stdin;\n")
    if not rest:
        return None
    names = [name.strip(' "') for name in head.split(",")]
    lines = rest.partition("\\.\n")[0].splitlines()
    rows = [dict(zip(names, line.split("\t"), strict=True)) for line in lines]
    if not rows:
        return None
    found = max(rows, key=lambda row: (len(row[order]), row[order]))[column]  # numbers as text, by their length
    return bytes.fromhex(found[3:]) if found.startswith("\\\\x") else found


def _run(program: str, url: str | None, *arguments: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise ToolMissing(program)
    where, environment = _connection(url) if url else ([], os.environ.copy())
    done = subprocess.run(  # noqa: S603 the words are our own
        [path, *where, *arguments], env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise ToolFailed(f"{program}: {done.stderr.strip().splitlines()[0] if done.stderr.strip() else 'gagal'}")
    return done.stdout


def _connection(url: str) -> tuple[list[str], dict[str, str]]:
    """Return the database for a program's command line; the password goes by the environment, never by it."""
    parsed = make_url(url)
    environment = os.environ.copy()
    if parsed.password:
        environment["PGPASSWORD"] = str(parsed.password)
    plain = parsed.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    return [f"--dbname={plain}"], environment
