"""A demonstration city of which 1,000 people have signed, and their documents as they download them."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from pakta import keyring
from pakta.certificates import filing, publishing
from pakta.certificates.models import IssuedCredential
from pakta.config import Config
from pakta.database import db, transaction
from pakta.demonstration import city
from pakta.ledger import sequencer
from pakta.web import Wired, clock, display
from tests import databases, make

PER_BATCH = 25
BERKAS_EVERY = 4  # each fourth document is a berkas bukti


@dataclass(frozen=True)
class Document:
    """One sealed document, and of whom it is."""

    path: Path
    kind: str
    signer: str
    method: int
    marked: bool


def build(folder: Path, *, origin: str, signed: int, seed: int) -> Flask:
    """Fill a database with invented people, of whom so many sign, and sign a checkpoint over it."""
    keys_dir = folder / "keys" / "private"
    keyring.create(keys_dir, host=origin.split("://")[1], city="Kota Mojokerto")
    app = _app(folder, origin)
    databases.make_tables(app)
    wired: Wired = app.extensions["pakta"]
    with app.app_context():
        city.fill(
            people=signed * 5 // 4, signed=signed, seed=seed, keyring=wired.keyring, config=wired.config,
            say=lambda line: print(f"  {line}", flush=True),
        )  # fmt: skip
        with transaction() as session:
            publishing.publish_key_set(session, now=clock.now(), keyring=wired.keyring, config=wired.config)
            publishing.publish_status_list(session, now=clock.now(), keyring=wired.keyring, config=wired.config)
        with transaction() as session:
            sequencer.sequence(session, keyring=wired.keyring, config=wired.config, now=clock.now())
    return app


@contextmanager
def served(app: Flask) -> Iterator[None]:
    """Serve the city at its address, for pyHanko's command line fetches the seal's list of revocations."""
    wired: Wired = app.extensions["pakta"]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it would say each request
    server = make_server("127.0.0.1", int(wired.config.host.split(":")[1]), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def download(app: Flask, folder: Path, *, documents: int) -> Iterator[Document]:
    """Yield the documents as they are made, a person each; as many processes make them as there are processors."""
    with app.app_context():
        ids = list(db.session().execute(select(IssuedCredential.id).order_by(IssuedCredential.id)).scalars())
        db.engine.dispose()
    chosen = ids[:documents]
    wired: Wired = app.extensions["pakta"]
    batches = [
        (folder, wired.config.origin, chosen[at : at + PER_BATCH], at) for at in range(0, len(chosen), PER_BATCH)
    ]
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        for made in pool.imap(_batch, batches):
            yield from made


def counts(documents: Sequence[Document]) -> str:
    """Return how many there are of each sort, on one line."""
    kinds, signers = Counter(each.kind for each in documents), Counter(each.signer for each in documents)
    methods = Counter(each.method for each in documents)
    parts = [f"{count} {name}" for name, count in kinds.items()]
    parts += [f"{count} of a {name}" for name, count in sorted(signers.items())]
    parts += [f"{count} signed by method {method}" for method, count in sorted(methods.items())]
    return ", ".join([*parts, f"{sum(each.marked for each in documents)} without a name"])


def _app(folder: Path, origin: str) -> Flask:
    config: Config = make.config(f"sqlite:///{folder / 'pakta.sqlite'}", folder / "keys" / "private", origin=origin)
    return make.app(replace(config, demo=True))


def _batch(given: tuple[Path, str, Sequence[int], int]) -> list[Document]:
    folder, origin, ids, first = given
    app, made = _app(folder, origin), []
    wired: Wired = app.extensions["pakta"]
    with app.app_context():
        for at, credential_id in enumerate(ids, first):
            row = db.session().get_one(IssuedCredential, credential_id)
            kind = "berkas" if at % BERKAS_EVERY == 0 else "lembar"
            signer, method, marked = row.person.kind, row.method, row.unit.institution.marked
            content = filing.file_of(
                row, kind=kind, display=display.moment, now=clock.now().replace(microsecond=0),
                keyring=wired.keyring, config=wired.config,
            )  # fmt: skip
            path = folder / f"{at:04}.pdf"
            path.write_bytes(content)
            made.append(Document(path, kind, signer, method, marked))
        db.engine.dispose()
    return made
